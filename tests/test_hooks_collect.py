"""Every hook that is asked while the school opens, answered by a plugin of a few lines.

The functions marked with ``@hookimpl`` are the examples of ``docs/developers/hooks.md``.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from typing import Any

import click
from click.testing import CliRunner
from flask import Blueprint, Flask, g, render_template_string
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from wtforms import Form, IntegerField

from asurso_core import (
    access,
    audit,
    audit_chain,
    clock,
    create_app,
    demo,
    facts,
    files,
    hookimpl,
    install,
    jobs,
    notices,
    outbox,
    plugins,
    privacy,
    settings,
)
from asurso_core.access import Permission, Resource, RoleDeclaration, Scope
from asurso_core.accounts import Person, Role
from asurso_core.admin.checks import run_all
from asurso_core.audit import AuditKind
from asurso_core.audit_chain import Witness
from asurso_core.cli import main
from asurso_core.dashboard import Widget
from asurso_core.db import transaction
from asurso_core.demo import Bulk, DemoSchool, DemoStep
from asurso_core.files import FileKind
from asurso_core.health import OK, Finding, HealthCheck
from asurso_core.jobs import Attempt, Fact, Job, OutboxConsumer, Service, attempts, kinds, queue
from asurso_core.navigation import NavItem
from asurso_core.notices import Channel, NoticeKind, Words
from asurso_core.privacy import PersonalData
from asurso_core.reports import Column, Document, Paper, Report, ReportDestination, Table
from asurso_core.school import ClassMember, Subject
from asurso_core.settings import SettingsForm
from asurso_core.slots import Fragment, Slot
from asurso_core.testing.make import SmallSchool

Join = Callable[..., Any]
Login = Callable[..., FlaskClient]


def test_hook_asurso_blueprints(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_blueprints() -> list[Blueprint]:
        pages = Blueprint("guest", __name__)

        @pages.get("/")
        @access.public
        def shelf() -> str:
            return "Полка открыта"

        return [pages]

    join(asurso_blueprints)
    # Pages are mounted when the application is assembled.
    reopened = create_app(app.extensions["asurso_config"])
    assert reopened.test_client().get("/guest/").text == "Полка открыта"


def test_hook_asurso_navigation(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_navigation() -> list[NavItem]:
        # Shown to whoever may enter the endpoint.
        return [NavItem(name="guest", label="Библиотека", endpoint="core.start", section="study")]

    join(asurso_navigation)
    assert "Библиотека" in login_as("pupil").get("/").text


def test_hook_asurso_widgets(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_widgets() -> list[Widget]:
        def prepare(actor: Any) -> dict[str, Any] | None:
            return {"name": actor.name} if actor.side == "family" else None

        return [Widget(name="guest.hello", title="Полка", template="guest/hello.html",
                       prepare=prepare)]  # fmt: skip

    join(asurso_widgets, templates={"guest/hello.html": "На полке {{ name }} пусто."})
    assert "На полке Абрамов" in login_as("pupil").get("/").text
    assert "На полке" not in login_as("teacher").get("/").text


def test_hook_asurso_roles(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_roles() -> list[RoleDeclaration]:
        return [RoleDeclaration(name="librarian", label="Библиотекарь", idle_minutes=30)]

    join(asurso_roles)
    install.install_defaults()
    made = Role.get(Role.name == "librarian")
    assert (made.label, made.side, made.idle_minutes) == ("Библиотекарь", "staff", 30)


def test_hook_asurso_permissions(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_permissions() -> list[Permission]:
        return [
            Permission(
                name="guest.book.view",
                label="Смотреть книги класса",
                scopes=("own_class", "school"),
                default={"teacher": "own_class", "director": "school"},
            )
        ]

    join(asurso_permissions)
    assert "Смотреть книги класса" in login_as("admin").get("/admin/access?owner=guest").text
    assert school.actor("teacher").holds("guest.book.view")
    assert not school.actor("pupil").holds("guest.book.view")


def test_hook_asurso_scopes(school: SmallSchool, join: Join) -> None:
    pupil = school.persons["pupil"]

    @hookimpl
    def asurso_scopes() -> list[Scope]:
        # The ids of the persons over whom a holder of the right has it.
        return [Scope(name="guest_readers", label="Читатели", anchor="person",
                      ids=lambda actor: [pupil])]  # fmt: skip

    @hookimpl
    def asurso_permissions() -> list[Permission]:
        return [Permission(name="guest.reader.view", label="Видеть читателей",
                           scopes=("guest_readers",),
                           default={"teacher": "guest_readers"})]  # fmt: skip

    join(asurso_scopes, asurso_permissions)
    seen = access.visible(school.actor("teacher"), "guest.reader.view", Person.select())
    assert [row.id for row in seen] == [pupil]


def test_hook_asurso_resources(school: SmallSchool, join: Join) -> None:
    @hookimpl
    def asurso_resources() -> list[Resource]:
        def of_classes(ids: Any) -> Any:
            return ClassMember.school_class.in_(ids)

        return [Resource(model=ClassMember, anchors={"class": of_classes})]

    @hookimpl
    def asurso_permissions() -> list[Permission]:
        return [Permission(name="guest.member.view", label="Видеть состав класса",
                           scopes=("own_class",), default={"teacher": "own_class"})]  # fmt: skip

    join(asurso_resources, asurso_permissions)
    who = school.actor("class_teacher")
    seen = access.visible(who, "guest.member.view", ClassMember.select())
    assert {row.school_class_id for row in seen} == {school.ids["5А"]}


def test_hook_asurso_settings(school: SmallSchool, login_as: Login, join: Join) -> None:
    class Rules(Form):
        days = IntegerField("На сколько дней выдают книгу")

    @hookimpl
    def asurso_settings() -> list[SettingsForm]:
        return [SettingsForm(name="guest", title="Библиотека", form=Rules, defaults={"days": 14},
                             requires="core.settings.edit")]  # fmt: skip

    join(asurso_settings)
    assert settings.get("guest", "days") == 14
    assert "Библиотека" in login_as("admin").get("/admin/settings").text
    settings.put(school.actor("admin"), "guest", {"days": 21})
    assert settings.get("guest", "days") == 21


def test_hook_asurso_audit_kinds(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_audit_kinds() -> list[AuditKind]:
        return [AuditKind(name="guest.book_lent", title="Выдана книга")]

    join(asurso_audit_kinds)
    audit.record(school.actor("teacher"), "guest.book_lent", "guest.book:7", after={"days": 14})
    assert "Выдана книга" in login_as("admin").get("/admin/history?kind=guest.book_lent").text


def test_hook_asurso_audit_witnesses(school: SmallSchool, join: Join) -> None:
    stands = {"guest.book:7": "выдана"}

    @hookimpl
    def asurso_audit_kinds() -> list[AuditKind]:
        return [AuditKind(name="guest.book_lent", title="Выдана книга")]

    @hookimpl
    def asurso_audit_witnesses() -> list[Witness]:
        return [
            Witness(
                name="guest.books",
                title="Книги",
                kind="guest.book_lent",
                stands=lambda targets: {one: stands[one] for one in targets},
                held=lambda after: [one for one in sorted(stands) if one > after],
            )
        ]

    join(asurso_audit_kinds, asurso_audit_witnesses)
    audit.record(school.actor("teacher"), "guest.book_lent", "guest.book:7", after="выдана")
    assert _contradicted() == []
    stands["guest.book:7"] = "на полке"
    assert _contradicted() == ["contradicted"]


def _contradicted() -> list[str]:
    report = audit_chain.Report()
    audit_chain.verify_witnesses(report)
    return [fault.kind for fault in report.faults]


def test_hook_asurso_health_checks(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_health_checks() -> list[HealthCheck]:
        def run() -> Finding:
            return Finding(level=OK, text="Все книги на месте.")

        return [HealthCheck(name="GUEST1", title="Книги", run=run)]

    join(asurso_health_checks)
    assert [found.text for check, found in run_all() if check.name == "GUEST1"] == [
        "Все книги на месте."
    ]


def test_hook_asurso_cli(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_cli() -> list[click.Command]:
        @click.group("guest")
        def library() -> None:
            """The school's library."""

        @library.command()
        def count() -> None:
            """Count the books."""
            click.echo("7")

        return [library]

    join(asurso_cli)
    context = click.Context(main, resilient_parsing=True)  # outside of a school: not asked if on
    assert "guest" in main.list_commands(context)
    command = main.get_command(context, "guest")
    assert command is not None
    assert CliRunner().invoke(command, ["count"]).output == "7\n"


def test_hook_asurso_demo(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_demo() -> list[DemoStep]:
        def fill(school: DemoSchool) -> None:
            Subject.create(name=f"Чтение {school.seed}", short_name="чт")

        return [DemoStep(name="guest.books", order=900, fill=fill)]

    join(asurso_demo)
    last = demo.contributed()[-1]
    now = clock.local()
    last.fill(DemoSchool(seed=7, size="small", now=now, calendar=facts.year_on(now.date()),
                         bulk=Bulk()))  # fmt: skip
    assert Subject.get(Subject.short_name == "чт").name == "Чтение 7"


def test_hook_asurso_personal_data(school: SmallSchool, join: Join) -> None:
    @hookimpl
    def asurso_personal_data() -> list[PersonalData]:
        def export(person_id: int) -> Any:
            return {"books": [f"книга читателя {person_id}"]}

        def erase(person_id: int) -> None:
            """Nothing here says who the person was."""

        return [PersonalData(name="guest", title="Библиотека", export=export, erase=erase)]

    join(asurso_personal_data)
    pupil = school.persons["pupil"]
    told = privacy.export(school.actor("admin"), pupil)
    assert told["data"]["guest"] == {"books": [f"книга читателя {pupil}"]}


def test_hook_asurso_file_kinds(
    app: Flask, school: SmallSchool, login_as: Login, join: Join
) -> None:
    @hookimpl
    def asurso_file_kinds() -> list[FileKind]:
        return [
            FileKind(
                name="guest.cover",
                title="Обложка",
                types=("application/pdf",),
                max_bytes=100_000,
                may_read=lambda actor, row: actor.person_id == row.owner_id,
            )
        ]

    join(asurso_file_kinds)
    sent = FileStorage(io.BytesIO(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"), "обложка.pdf")
    row = files.save(school.actor("pupil"), "guest.cover", sent, target="guest.book:7")
    with app.test_request_context():
        address = files.url(row)
    assert login_as("pupil").get(address).status_code == 200
    assert login_as("pupil_2").get(address).status_code == 404


def test_hook_asurso_slots(app: Flask, school: SmallSchool, join: Join) -> None:
    @hookimpl
    def asurso_slots() -> list[Slot]:
        # In the page of a book: {{ slot("guest.book", number=7) }}
        return [Slot(name="guest.book", about="Под описанием книги", passes=("number",))]

    @hookimpl
    def asurso_fragments() -> list[Fragment]:
        return [Fragment(name="guest.copies", slot="guest.book", template="guest/copies.html",
                         prepare=lambda actor, number: {"count": number * 2})]  # fmt: skip

    join(asurso_slots, asurso_fragments, templates={"guest/copies.html": "{{ count }} штук"})
    with app.test_request_context():
        app.preprocess_request()
        g.actor = school.actor("pupil")
        page = render_template_string('{{ slot("guest.book", number=7) }}')
    assert page == "14 штук"


def test_hook_asurso_fragments(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_fragments() -> list[Fragment]:
        def prepare(actor: Any, person: Any) -> dict[str, Any] | None:
            return {"surname": person.surname}

        return [Fragment(name="guest.books", slot="core.person.card", template="guest/books.html",
                         prepare=prepare)]  # fmt: skip

    join(asurso_fragments, templates={"guest/books.html": "<p>Читатель {{ surname }}</p>"})
    page = login_as("admin").get(f"/people/{school.users['pupil']}").text
    assert "<p>Читатель Абрамов</p>" in page


def test_hook_asurso_reports(school: SmallSchool, login_as: Login, join: Join) -> None:
    @hookimpl
    def asurso_reports() -> list[Report]:
        def build(actor: Any, params: Any) -> Document:
            columns = [Column(title="Книга"), Column(title="Выдано", number=True)]
            return Document(title="Книги", tables=[Table(columns=columns, rows=[["Букварь", 3]])])

        return [Report(name="guest.books", title="Книги", group="Библиотека", form=Form,
                       requires="core.people.search", build=build)]  # fmt: skip

    join(asurso_reports)
    browser = login_as("admin")
    assert "guest.books" in browser.get("/reports").text
    assert "Букварь" in browser.get("/reports/guest.books").text
    assert '"Букварь";"3"' in browser.get("/reports/guest.books.csv").text


def test_hook_asurso_report_destinations(school: SmallSchool, login_as: Login, join: Join) -> None:
    printed = []

    @hookimpl
    def asurso_report_destinations() -> list[ReportDestination]:
        def begin(actor: Any, paper: Paper) -> tuple[str, dict[str, Any]]:
            printed.append(paper.body)
            return "reports.index", {}

        return [ReportDestination(name="guest.printer", title="На принтер библиотеки", icon="print",
                                  requires="core.people.search", begin=begin)]  # fmt: skip

    join(asurso_report_destinations)
    browser = login_as("deputy")
    assert "На принтер библиотеки" in browser.get("/reports/core.class_sizes").text
    browser.post("/reports/core.class_sizes/keep", data={"send": "guest.printer"})
    assert printed[0].startswith(b"%PDF")


def test_hook_asurso_jobs(app: Flask, join: Join) -> None:
    reminded = []

    @hookimpl
    def asurso_jobs() -> list[Job]:
        def remind(attempt: Attempt, book: int) -> None:
            reminded.append((attempt.number, book))

        return [Job(name="guest.remind", title="Напоминание о книге", run=remind)]

    join(asurso_jobs)
    attempts.attend(jobs.enqueue("guest.remind", book=17), worker=7)
    assert reminded == [(1, 17)]


def test_hook_asurso_outbox_consumers(app: Flask, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_outbox_consumers() -> list[OutboxConsumer]:
        def tell(attempt: Attempt, fact: Fact) -> None:
            heard.append(fact.payload["group"])

        return [OutboxConsumer(name="guest.tell", title="Новости", facts=("journal.cells_changed",),
                               run=tell)]  # fmt: skip

    join(asurso_outbox_consumers)
    outbox.put("journal.cells_changed", group=5)
    queue.fan_out()
    for number in queue.due():
        attempts.attend(number, worker=7)
    assert heard == [5]


def test_hook_asurso_services(app: Flask, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_services() -> list[Service]:
        def listen(stop: threading.Event) -> None:
            while not stop.wait(0.1):  # whatever it waits for has a time-out
                heard.append("кто-то позвонил")
                stop.set()

        return [Service(name="guest.line", title="Телефонная линия", run=listen)]

    join(asurso_services)
    owner, service = kinds.services()["guest.line"]
    service.run(threading.Event())
    assert (owner, heard) == ("guest", ["кто-то позвонил"])


def test_a_guest_leaves_with_its_test(app: Flask) -> None:
    assert "guest" not in plugins.current().plugins


def test_hook_asurso_notices(app: Flask, school: SmallSchool, join: Join) -> None:
    @hookimpl
    def asurso_notices() -> list[NoticeKind]:
        return [NoticeKind(name="guest.late", title="Не сданная книга", group="Библиотека")]

    join(asurso_notices)
    parent = school.persons["parent"]
    with transaction():
        told = notices.tell("guest.late", Words(title="«Муму»"), key="book 7", to=[parent])
    assert told == 1


def test_hook_asurso_channels(app: Flask, school: SmallSchool, join: Join, outbox: Any) -> None:
    given = []

    @hookimpl
    def asurso_channels() -> list[Channel]:
        def reach(people: Iterable[int]) -> dict[int, str]:
            return dict.fromkeys(people, "у окна")

        def hand(reference: str, person: int, urgent: bool) -> None:
            given.append(person)  # a row of the plugin's own; its job sends it later

        return [Channel(name="guest.pigeon", title="Голубь", reach=reach, hand=hand)]

    join(asurso_channels)
    hr = school.persons["hr"]
    with transaction():
        notices.tell("core.security", Words(title="Новое устройство"), key="1", to=[hr])
    outbox.run()
    assert given == [hr]
