"""Keeping a portfolio: entering, changing, ordering, sharing, confirming; and what is refused."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage

from asurso_core import files, hookimpl, lifecycle
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, NotThere, PluginError, Refused
from asurso_core.files import StoredFile
from asurso_core.plugins import Plugin
from asurso_core.testing.make import SmallSchool
from asurso_portfolio import queries, services
from asurso_portfolio.hookspecs import ItemKind
from asurso_portfolio.models import Author, Item
from asurso_portfolio.vocabulary import kinds

NEW = {
    "title": "Олимпиада", "date": "2026-11-20", "level": "municipal", "place": "prize",
    "venue": "Управление образования", "subject": "Математика", "text": "Второе место",
    "visibility": "class",
}  # fmt: skip


def test_a_pupil_enters_an_achievement_and_finds_it_on_the_page(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    browser = login_as("pupil")
    answer = browser.post("/portfolio/new/achievement", data=NEW, follow_redirects=True)
    assert "муниципальный" in answer.text
    page = browser.get(f"/portfolio/{school.persons['pupil']}").text
    assert "Олимпиада" in page
    assert "призёр" in page
    entry = AuditEntry.get(AuditEntry.kind == "portfolio.item_added")
    assert entry.person == school.persons["pupil"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "Д" * 201), ("title", "a\x00b"), ("date", "вчера"),
        ("level", "planet"), ("place", "queen"), ("visibility", "everybody"),
        ("text", "Д" * 5001), ("venue", "Д" * 201),
    ],
)  # fmt: skip
def test_wrong_input_comes_back_with_what_was_typed(
    field: str, value: str, school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    answer = login_as("pupil").post("/portfolio/new/achievement", data={**NEW, field: value})
    assert answer.status_code == 422
    assert "Управление образования" in answer.text or field == "venue"
    assert Item.select().count() == 0


def test_a_pupil_has_no_methodical_works_and_staff_have_no_class_of_their_own(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    pupil = login_as("pupil")
    assert pupil.get("/portfolio/new/method").status_code == 404
    assert pupil.get("/portfolio/new/nonsense").status_code == 404
    teacher = login_as("teacher")
    assert teacher.get("/portfolio/new/method").status_code == 200
    assert teacher.post("/portfolio/new/method", data=NEW).status_code == 422
    assert login_as("parent").get("/portfolio/new/work").status_code == 403


def test_what_is_not_on_the_form_is_not_written(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    more = {
        "confirmed_at": "2026-11-20",
        "confirmed_by": "1",
        "owner": "1",
        "id": "77",
        "kind": "x",
    }
    login_as("pupil").post("/portfolio/new/achievement", data={**NEW, **more})
    row = Item.get()
    assert (row.confirmed_at, row.owner_id, row.kind) == (
        None, school.persons["pupil"], "achievement",
    )  # fmt: skip


def test_nobody_else_changes_or_deletes_an_item(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    row = item(visibility="school")
    for name in ("parent", "class_teacher", "director", "admin", "pupil_2"):
        browser = login_as(name)
        assert browser.post(f"/portfolio/items/{row.id}/edit", data=NEW).status_code == 403
        assert browser.post(f"/portfolio/items/{row.id}/delete").status_code == 403
        assert (
            browser.post(f"/portfolio/items/{row.id}/move", data={"step": "up"}).status_code == 403
        )
    assert Item.get().title == row.title


def test_two_who_write_at_once_see_both_texts_and_nothing_is_lost(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    row = item()
    services.change(
        school.actor("pupil"), row.id, 1, {**NEW, "date": None, "title": "Первый текст"}
    )
    answer = login_as("pupil").post(
        f"/portfolio/items/{row.id}/edit", data={**NEW, "title": "Второй текст", "version": "1"}
    )
    assert answer.status_code == 409
    assert "Первый текст" in answer.text
    assert "Второй текст" in answer.text
    assert Item.get().title == "Первый текст"
    assert 'name="version" type="hidden" value="2"' in answer.text


def test_words_about_oneself_keep_their_versions(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    who = school.actor("pupil")
    services.save_about(who, 0, "Люблю шахматы", "me")
    with pytest.raises(Conflict):
        services.save_about(who, 0, "Люблю футбол", "me")
    data = {"about": "Люблю хоккей", "visibility": "class", "version": "0"}
    answer = login_as("pupil").post("/portfolio/about", data=data)
    assert answer.status_code == 409
    assert "Люблю шахматы" in answer.text
    data["version"] = "1"
    assert login_as("pupil", "family").post("/portfolio/about", data=data).status_code == 303


# --- order ---------------------------------------------------------------------------------------


def _order(school: SmallSchool, name: str = "pupil") -> list[str]:
    found = queries.page(school.actor(name), school.persons[name])
    return [one.row.title for _kind, items in found.sections for one in items]


def test_items_move_by_buttons_and_by_dragging(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    rows = [item(title=title) for title in "АБВГ"]
    item(kind="work", title="Работа")
    browser = login_as("pupil")
    browser.post(f"/portfolio/items/{rows[2].id}/move", data={"step": "up"})
    assert _order(school) == ["А", "В", "Б", "Г", "Работа"]
    browser.post(f"/portfolio/items/{rows[0].id}/move", data={"step": "up"})
    assert _order(school) == ["А", "В", "Б", "Г", "Работа"]
    browser.post(f"/portfolio/items/{rows[3].id}/move", json={"before": rows[0].id})
    assert _order(school) == ["Г", "А", "В", "Б", "Работа"]
    browser.post(f"/portfolio/items/{rows[3].id}/move", json={"before": 0})
    assert _order(school) == ["А", "В", "Б", "Г", "Работа"]


@pytest.mark.parametrize("sent", [{"before": "x"}, {"before": 2**40}, [], "x", {"before": [1]}, {}])
def test_a_nonsensical_move_breaks_nothing(
    sent: Any,
    school: SmallSchool,
    item: Callable[..., Item],
    login_as: Callable[..., FlaskClient],
) -> None:
    rows = [item(title=title) for title in "АБ"]
    answer = login_as("pupil").post(f"/portfolio/items/{rows[0].id}/move", json=sent)
    assert answer.status_code == 200
    assert sorted(_order(school)) == ["А", "Б"]


# --- confirming ----------------------------------------------------------------------------------


def test_the_class_teacher_confirms_and_then_nothing_changes_until_it_is_withdrawn(
    school: SmallSchool, item: Callable[..., Item], scan: Callable[..., Any]
) -> None:
    pupil, leader = school.actor("pupil"), school.actor("class_teacher")
    row = item()
    services.confirm(leader, row.id, row.version)
    version = Item.get().version
    for deed in (
        lambda: services.change(pupil, row.id, version, {**NEW, "date": None}),
        lambda: services.remove(pupil, row.id),
        lambda: services.add_file(pupil, row.id, scan()),
    ):
        with pytest.raises(Refused, match="подтверж"):
            deed()
    services.show_to(pupil, row.id, "school")
    services.withdraw(leader, row.id)
    services.change(pupil, row.id, Item.get().version, {**NEW, "date": None})
    told = [entry.kind for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert "portfolio.confirmed" in told
    assert "portfolio.confirmation_withdrawn" in told


def test_the_owner_may_give_the_confirmation_up(
    school: SmallSchool, item: Callable[..., Item]
) -> None:
    row = item()
    services.confirm(school.actor("class_teacher"), row.id, 1)
    services.withdraw(school.actor("pupil"), row.id)
    assert Item.get().confirmed_at is None


def test_what_was_changed_after_the_page_was_opened_is_not_confirmed(
    school: SmallSchool, item: Callable[..., Item]
) -> None:
    row = item()
    services.change(school.actor("pupil"), row.id, 1, {**NEW, "date": None})
    with pytest.raises(Conflict):
        services.confirm(school.actor("class_teacher"), row.id, 1)


@pytest.mark.parametrize(
    "name", ["pupil", "parent", "teacher", "teacher_parent", "director", "admin"]
)
def test_nobody_but_the_class_teacher_confirms(
    name: str, school: SmallSchool, item: Callable[..., Item]
) -> None:
    row = item(visibility="school")
    with pytest.raises(Refused):
        services.confirm(school.actor(name), row.id, 1)
    assert Item.get().confirmed_at is None


def test_a_class_teacher_confirms_only_the_own_class_and_only_what_can_be_confirmed(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    leader = school.actor("class_teacher")
    foreign = item("pupil_6", visibility="school")
    work = item(kind="work", visibility="school")
    own = item(title="Своя")
    for row in (foreign, work):
        with pytest.raises(Refused):
            services.confirm(leader, row.id, 1)
    waiting = login_as("class_teacher").get("/portfolio/waiting").text
    assert "Своя" in waiting
    assert waiting.count("Олимпиада по математике") == 0
    login_as("class_teacher", "staff").post(
        f"/portfolio/items/{own.id}/confirm", data={"version": 1}
    )
    assert Item.get_by_id(own.id).confirmed_by_id == school.persons["class_teacher"]


# --- several authors -----------------------------------------------------------------------------


def test_a_project_stands_on_the_page_of_whoever_accepts(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    row = item(kind="project", title="Метеостанция")
    browser = login_as("pupil")
    data = {"name": "ежикова майя"}
    assert browser.post(f"/portfolio/items/{row.id}/authors", data=data).status_code == 303
    other = login_as("pupil_2")
    assert _order(school, "pupil_2") == []
    page = other.get(f"/portfolio/{school.persons['pupil_2']}").text
    assert "приглашают в авторы" in page
    assert other.post(f"/portfolio/items/{row.id}/edit", data=NEW).status_code == 403
    other.post(f"/portfolio/items/{row.id}/answer", data={"accept": "1"})
    assert _order(school, "pupil_2") == ["Метеостанция"]
    changed = other.post(f"/portfolio/items/{row.id}/edit", data={**NEW, "version": 1})
    assert changed.status_code == 303
    assert other.post(f"/portfolio/items/{row.id}/delete").status_code == 403


def test_an_invitation_can_be_declined_and_authors_can_leave(
    school: SmallSchool, item: Callable[..., Item]
) -> None:
    row = item(kind="project")
    owner, other = school.actor("pupil"), school.actor("pupil_2")
    services.invite(owner, row.id, "Ёжикова Майя Олеговна")
    services.answer(other, row.id, accept=False)
    assert Author.select().count() == 1
    services.invite(owner, row.id, "Ёжикова Майя Олеговна")
    services.answer(other, row.id, accept=True)
    mine = Author.get(Author.person == other.person_id)
    services.part_with(other, row.id, mine.id)
    assert Author.select().count() == 1
    with pytest.raises(NotThere):
        services.part_with(owner, row.id, Author.get().id)


def test_pupils_invite_classmates_and_their_teachers_only_and_only_to_shared_kinds(
    school: SmallSchool, item: Callable[..., Item]
) -> None:
    who = school.actor("pupil")
    project, work = item(kind="project"), item(kind="work")
    invited = []
    for name, id_ in school.persons.items():
        with contextlib.suppress(Invalid):
            services.invite(who, project.id, school.person(name).name)
            invited.append((name, id_))
    assert [name for name, _id in invited] == [
        "teacher", "class_teacher", "english_1", "english_2", "pupil_2", "pupil_3", "pupil_4",
    ]  # fmt: skip
    with pytest.raises(Invalid):
        services.invite(who, work.id, school.person("pupil_2").name)


def test_numbers_beyond_the_database_are_simply_not_there(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    row, far = item(), 2**63
    browser = login_as("pupil")
    posts = [
        f"items/{far}/answer", f"items/{far}/move", f"items/{row.id}/links/{far}/withdraw",
        f"items/{row.id}/files/{far}/delete", f"items/{row.id}/authors/{far}/remove",
    ]  # fmt: skip
    answers = [browser.post(f"/portfolio/{path}").status_code for path in posts]
    answers += [browser.get(f"/portfolio/{path}").status_code for path in (far, f"items/{far}")]
    assert answers == [404] * 7


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\x00" + bytes(300), "диплом.pdf"),
        (b"<svg onload=alert(1)>", "a.svg"),
        (b"<html><script>alert(1)</script>", "a.png"),
        (b"", "пусто.png"),
        (b"GIF89a<script>alert(1)</script>", "a.gif"),
    ],
)
def test_a_hostile_file_is_refused_on_the_page_in_words(
    data: bytes,
    name: str,
    school: SmallSchool,
    item: Callable[..., Item],
    login_as: Callable[..., FlaskClient],
) -> None:
    row = item()
    form = {"upload": (io.BytesIO(data), name)}
    answer = login_as("pupil").post(f"/portfolio/items/{row.id}/files", data=form)
    assert answer.status_code == 422
    assert "notice-bad" in answer.text
    assert StoredFile.select().count() == 0


def test_files_hang_on_an_item_and_go_with_it(
    school: SmallSchool,
    item: Callable[..., Item],
    scan: Callable[..., FileStorage],
    login_as: Callable[..., FlaskClient],
) -> None:
    row = item()
    browser = login_as("pupil")
    form = {"upload": (scan().stream, "../../диплом.png")}
    page = browser.post(f"/portfolio/items/{row.id}/files", data=form, follow_redirects=True)
    assert "диплом.png" in page.text
    file = StoredFile.get()
    assert (file.kind, file.owner_id) == ("portfolio.file", school.persons["pupil"])
    assert login_as("pupil_2").post(
        f"/portfolio/items/{row.id}/files/{file.id}/delete"
    ).status_code == 404  # fmt: skip
    browser = login_as("pupil", "family")
    assert browser.post(f"/portfolio/items/{row.id}/delete").status_code == 303
    assert StoredFile.select().count() == 0


def test_a_file_that_was_sent_with_nothing_chosen_is_told(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    answer = login_as("pupil").post(f"/portfolio/items/{item().id}/files", data={})
    assert answer.status_code == 422
    assert "Выберите файл" in answer.text


def test_a_lost_scan_is_told_plainly_and_the_page_and_the_pdf_stand(
    school: SmallSchool,
    item: Callable[..., Item],
    scan: Callable[..., FileStorage],
    login_as: Callable[..., FlaskClient],
) -> None:
    row = item()
    services.add_file(school.actor("pupil"), row.id, scan(color="#123456"))
    file = StoredFile.get()
    files.path_of(file).unlink()
    browser = login_as("pupil")
    assert "Файл потерян" in browser.get(f"/portfolio/items/{row.id}").text
    assert browser.get(f"/portfolio/{school.persons['pupil']}/pdf").status_code == 200


# --- paper ---------------------------------------------------------------------------------------


def test_markup_in_a_text_is_printed_and_not_obeyed(
    school: SmallSchool,
    item: Callable[..., Item],
    scan: Callable[..., FileStorage],
    login_as: Callable[..., FlaskClient],
) -> None:
    row = item(
        title='#image("/etc/passwd") *не жирно* $x$ \\ #{panic()}',
        text='#read("data.json")\n= не заголовок\n[скобка',
        venue='<script>alert("1")</script>',
    )
    services.add_file(school.actor("pupil"), row.id, scan('#panic("x").png'))
    services.save_about(school.actor("pupil"), 0, "#panic()\nвторая строка", "me")
    answer = login_as("pupil").get(f"/portfolio/{school.persons['pupil']}/pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_markup_in_a_text_is_shown_and_not_obeyed_on_the_page(
    school: SmallSchool, item: Callable[..., Item], login_as: Callable[..., FlaskClient]
) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    row = item(title=hostile, text=hostile, venue=hostile, subject=hostile)
    browser = login_as("pupil")
    for address in (f"/portfolio/items/{row.id}", f"/portfolio/{school.persons['pupil']}"):
        assert "<img src=x" not in browser.get(address).text


# --- kinds of other plugins ----------------------------------------------------------------------


def test_hook_portfolio_item_kinds(
    school: SmallSchool, login_as: Callable[..., FlaskClient], join: Callable[..., Plugin]
) -> None:
    @hookimpl(optionalhook=True)
    def portfolio_item_kinds() -> list[Any]:
        from asurso_portfolio.hookspecs import ItemKind

        return [ItemKind(name="guest.club", title="Кружки", one="Кружок",
                         fields={"venue": "Где"}, order=70)]  # fmt: skip

    join(portfolio_item_kinds)
    browser = login_as("pupil")
    data = {"title": "Робототехника", "venue": "Дом детства", "visibility": "me"}
    assert browser.post("/portfolio/new/guest.club", data=data).status_code == 303
    row, mine = Item.get(), f"/portfolio/{school.persons['pupil']}"
    page = browser.get(mine).text
    assert "Кружки" in page
    assert "Дом детства" in page
    lifecycle.disable(school.actor("admin"), "guest")
    assert "Кружки" not in browser.get(mine).text
    assert browser.get(f"/portfolio/items/{row.id}").status_code == 404
    lifecycle.enable(school.actor("admin"), "guest")
    assert browser.get(f"/portfolio/items/{row.id}").status_code == 200


def test_a_kind_that_two_plugins_bring_is_refused(join: Callable[..., Plugin]) -> None:
    @hookimpl(optionalhook=True)
    def portfolio_item_kinds() -> list[Any]:
        return [ItemKind(name="guest.club", title="Кружки", one="Кружок")] * 2

    join(portfolio_item_kinds)
    with pytest.raises(PluginError):
        kinds()
