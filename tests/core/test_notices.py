"""Notices: who is told, by which way, when, and what stops them on the way (house 13, T26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from asurso_core import audit, clock, hookimpl, notices, plugins, settings
from asurso_core import outbox as facts
from asurso_core.accounts import Guardian, Person, User
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.notices import Channel, NoticeKind, Words, choosing, handing, queries, services
from asurso_core.notices.models import Notice, NoticeChoice, NoticeDelivery
from asurso_core.testing.make import SmallSchool

Tell = Callable[..., int]
#: What the toy channel was given, and what it can reach.
given: list[tuple[str, int, bool]] = []
reached: dict[int, str] = {}
#: For whom it fails.
ill: set[int] = set()


def _reach(people: Iterable[int]) -> Mapping[int, str]:
    return {person: reached[person] for person in people if person in reached}


def _hand(reference: str, person: int, urgent: bool) -> None:
    if person in ill:
        raise RuntimeError("the pigeon is ill")
    given.append((reference, person, urgent))


def _current(actor: Actor, data: Mapping[str, Any]) -> Words | None:
    if data.get("gone"):
        return None
    return Words(title=f"Книга для {actor.name.split()[1]}", text="Читать вслух")


@hookimpl
def asurso_notices() -> list[NoticeKind]:
    """Books of a child, only the late ones, a meeting for staff."""
    more: dict[str, Any] = {
        "group": "Библиотека",
        "of_pupil": True,
        "requires": "journal.mark.view",
    }
    return [
        NoticeKind(name="guest.book", title="Новая книга", current=_current, **more),
        NoticeKind(name="guest.late", title="Не сданная книга", urgent=True, **more),
        NoticeKind(name="guest.quiet", title="Тихое", inside="off", **more),
        NoticeKind(name="guest.meeting", title="Совещание", group="Работа", side="staff"),
    ]


@hookimpl
def asurso_channels() -> list[Channel]:
    """Pigeons."""
    return [Channel(name="guest.pigeon", title="Голубь", reach=_reach, hand=_hand)]


@pytest.fixture
def library(school: SmallSchool, join: Any) -> Iterator[SmallSchool]:
    """The small school at noon with a library that tells of books and pigeons for two parents."""
    given.clear()
    ill.clear()
    reached.clear()
    reached.update(
        {school.persons[name]: f"голубь {name}" for name in ("parent", "teacher_parent")}
    )
    join(asurso_notices, asurso_channels)
    with clock.frozen("2026-11-24T12:00"):
        yield school


@pytest.fixture
def tell(library: SmallSchool) -> Tell:
    """``tell("guest.book")`` tells the family of *pupil*."""
    number = iter(range(1, 1000))

    def say(kind: Any = "guest.book", pupil: str | None = "pupil", **more: Any) -> int:
        words = Words(title="Книга", text="Сказка", bland="Новость библиотеки")
        key = more.pop("key", f"k{next(number)}")
        about = library.persons[pupil] if pupil else None
        with transaction():
            return notices.tell(kind, words, key=key, about=about, **more)

    return say


def choose(school: SmallSchool, who: str, side: str = FAMILY, **rhythms: str) -> None:
    """``choose(school, "parent", book="now")``: by pigeon, for all children."""
    actor = school.actor(who, side)
    for kind, rhythm in rhythms.items():
        NoticeChoice.create(
            user=actor.user_id, kind=f"guest.{kind}", about=0, channel="guest.pigeon",
            rhythm=rhythm,
        )  # fmt: skip


def told(school: SmallSchool, kind: str = "guest.book") -> set[str]:
    """Who has a notice of a kind."""
    called = {id_: name for name, id_ in school.persons.items()}
    return {called[row.person_id] for row in Notice.select().where(Notice.kind == kind)}


def states() -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in NoticeDelivery.select().order_by(NoticeDelivery.id)]


def test_the_family_of_a_pupil_is_told(library: SmallSchool, tell: Tell) -> None:
    assert tell() == 2
    assert told(library) == {"pupil", "parent"}


def test_the_same_thing_is_told_once(library: SmallSchool, tell: Tell) -> None:
    tell(key="book 7")
    tell(key="book 7")
    assert Notice.select().where(Notice.person == library.persons["parent"]).count() == 1


def test_a_guardian_who_may_not_receive_information_is_not_told(
    library: SmallSchool, tell: Tell
) -> None:
    Guardian.update(may_receive=False).execute()
    tell()
    assert told(library) == {"pupil"}


def test_who_may_not_read_it_on_the_page_is_not_told(library: SmallSchool, tell: Tell) -> None:
    strangers = [library.persons[name] for name in ("other_parent", "technical", "parent")]
    tell(to=strangers)
    assert told(library) == {"parent"}


def test_blocked_accounts_and_those_who_did_it_are_not_told(
    library: SmallSchool, tell: Tell
) -> None:
    User.update(state="blocked").where(User.person == library.persons["pupil"]).execute()
    assert tell(by=library.persons["parent"]) == 0


def test_what_nobody_declared_cannot_be_told_and_what_is_switched_off_is_told_to_nobody(
    library: SmallSchool, tell: Tell
) -> None:
    with pytest.raises(KeyError):
        tell("guest.nothing")
    plugins.PluginState.update(state="disabled").where(
        plugins.PluginState.name == "guest"
    ).execute()
    plugins.current().forget()
    plugins.current().refresh(1)
    assert tell() == 0


def test_several_kinds_of_one_event_leave_once_in_the_swiftest_rhythm(
    library: SmallSchool, tell: Tell, outbox: Any
) -> None:
    choose(library, "parent", book="weekly", late="now")
    tell(["guest.late", "guest.book"])
    outbox.run()
    assert [person for _ref, person, _urgent in given] == [library.persons["parent"]]
    assert states() == [("handed", None)]


def test_a_choice_for_one_child_leaves_the_other_alone(
    library: SmallSchool, tell: Tell, outbox: Any
) -> None:
    parent = library.actor("parent", FAMILY)
    child = library.persons["pupil"]
    services.choose(parent, {f"guest.late/{child}/guest.pigeon": "now"})
    tell("guest.late", "pupil_5")
    tell("guest.late", "pupil")
    outbox.run()
    assert [about for (about,) in _abouts()] == [child]


def _abouts() -> list[Any]:
    return list(NoticeDelivery.select(Notice.about).join(Notice).tuples())


def test_quiet_hours_hold_back_what_is_not_urgent(
    library: SmallSchool, tell: Tell, outbox: Any
) -> None:
    choose(library, "parent", book="now", late="now")
    with clock.frozen("2026-11-24T22:30"):
        tell("guest.book")
        tell("guest.late")
        outbox.run()
        assert len(given) == 1
    with clock.frozen("2026-11-25T08:01"):
        handing.hand(_attempt())
    assert len(given) == 2


def _attempt() -> Any:
    class Calm:
        def progress(self, *_words: Any) -> None: ...

    return Calm()


@pytest.mark.parametrize(
    ("now", "quiet", "wanted"),
    [
        ("2026-11-24T12:00", ("21:00", "08:00"), "2026-11-24 12:00"),
        ("2026-11-24T21:00", ("21:00", "08:00"), "2026-11-25 08:00"),
        ("2026-11-25T07:59", ("21:00", "08:00"), "2026-11-25 08:00"),
        ("2026-11-25T08:00", ("21:00", "08:00"), "2026-11-25 08:00"),
        ("2026-11-24T13:30", ("13:00", "14:00"), "2026-11-24 14:00"),
        ("2026-11-24T23:00", ("00:00", "00:00"), "2026-11-24 23:00"),
    ],
)
def test_quiet_hours_end_in_the_morning(
    app: Any, now: str, quiet: tuple[str, str], wanted: str
) -> None:
    del app
    begins, ends = (dt.time.fromisoformat(text) for text in quiet)
    with clock.frozen(now):
        assert f"{clock.local(choosing.due('now', quiet=(begins, ends))):%Y-%m-%d %H:%M}" == wanted


@pytest.mark.parametrize(
    ("now", "rhythm", "wanted"),
    [
        ("2026-11-24T12:00", "daily", "2026-11-24 18:00"),
        ("2026-11-24T18:00", "daily", "2026-11-25 18:00"),
        ("2026-11-24T12:00", "weekly", "2026-11-27 18:00"),
        ("2026-11-27T17:59", "weekly", "2026-11-27 18:00"),
        ("2026-11-27T18:01", "weekly", "2026-12-04 18:00"),
    ],
)
def test_digests_leave_at_their_hour(app: Any, now: str, rhythm: str, wanted: str) -> None:
    del app
    with clock.frozen(now):
        assert f"{clock.local(choosing.due(rhythm, quiet=None)):%Y-%m-%d %H:%M}" == wanted


def test_a_digest_is_one_message(library: SmallSchool, tell: Tell, outbox: Any) -> None:
    choose(library, "parent", book="daily")
    with clock.frozen("2026-11-24T10:00"):
        tell()
        tell(pupil="pupil_5")
        outbox.run()
        assert not given
    with clock.frozen("2026-11-24T18:00"):
        handing.hand(_attempt())
    ((reference, person, _urgent),) = given
    parcel = notices.parcel(reference)
    assert parcel is not None
    assert (person, parcel.digest, len(parcel.items)) == (library.persons["parent"], True, 2)


def parcel_after(change: Callable[[], Any], tell: Tell, outbox: Any, **more: Any) -> Any:
    """Tell the parent at once, change something, ask for the parcel."""
    tell(**more)
    outbox.run()
    change()
    return notices.parcel(given[-1][0])


def test_a_guardian_removed_on_the_way_gets_nothing(
    library: SmallSchool, tell: Tell, outbox: Any
) -> None:
    choose(library, "parent", book="now")

    def remove() -> None:
        Guardian.delete().where(Guardian.guardian == library.persons["parent"]).execute()

    assert parcel_after(remove, tell, outbox) is None
    assert states() == [("dropped", "Этому человеку больше нельзя это знать.")]


@pytest.mark.parametrize("what", ["read", "gone", "blocked", "switched off"])
def test_what_is_not_needed_any_more_does_not_leave(
    library: SmallSchool, tell: Tell, outbox: Any, what: str
) -> None:
    choose(library, "parent", book="now")

    def change() -> None:
        if what == "read":
            services.read_all(library.actor("parent", FAMILY))
        elif what == "blocked":
            User.update(state="blocked").where(User.id == library.users["parent"]).execute()
        elif what == "switched off":
            plugins.current().leave("guest")

    assert parcel_after(change, tell, outbox, data={"gone": what == "gone"}) is None


def test_contents_leave_only_after_consent(library: SmallSchool, tell: Tell, outbox: Any) -> None:
    choose(library, "parent", book="now")
    parent = library.actor("parent", FAMILY)
    parcel = parcel_after(lambda: None, tell, outbox)
    assert [(item.title, item.text) for item in parcel.items] == [("Новость библиотеки", "")]
    services.agree(parent, "guest.pigeon", True)
    parcel = notices.parcel(given[-1][0])
    assert parcel is not None
    assert [(item.title, item.text) for item in parcel.items] == [
        ("Книга для Елена", "Читать вслух")
    ]
    assert audit.AuditEntry.select().where(audit.AuditEntry.kind == "core.contents_agreed").count()


def test_a_state_never_goes_back(library: SmallSchool, tell: Tell, outbox: Any) -> None:
    choose(library, "parent", book="now")
    tell()
    outbox.run()
    reference = given[0][0]
    for state in ("unknown", "delivered", "sent", "failed"):
        notices.report(reference, state, "так сказал голубь")
    notices.report("sms:1", "failed")
    assert states() == [("delivered", "так сказал голубь")]


def test_a_channel_that_fails_does_not_hold_up_the_others(
    library: SmallSchool, tell: Tell, outbox: Any
) -> None:
    choose(library, "parent", book="now")
    choose(library, "teacher_parent", book="now")
    ill.add(library.persons["parent"])
    tell("guest.book", "pupil")
    tell("guest.book", "pupil_2")
    outbox.run()
    assert [person for _ref, person, _urgent in given] == [library.persons["teacher_parent"]]
    assert states() == [("failed", "Канал неисправен."), ("handed", None)]


def test_the_centre_shows_the_present_side_only(library: SmallSchool, tell: Tell) -> None:
    tell(pupil="pupil_2")
    with transaction():
        notices.tell(
            "guest.meeting", Words(title="В 15:00"), key="m", to=[library.persons["teacher_parent"]]
        )
    for side, kind in ((FAMILY, "guest.book"), (STAFF, "guest.meeting")):
        found = queries.centre(library.actor("teacher_parent", side))
        assert [row.kind for row in found.items] == [kind]


def test_a_notice_of_another_is_not_there(library: SmallSchool, tell: Tell) -> None:
    tell()
    mine = Notice.get(Notice.person == library.persons["parent"])
    with pytest.raises(NotThere):
        services.read(library.actor("other_parent", FAMILY), mine.id)


def test_the_bell_counts_and_reading_leads_to_the_page(
    library: SmallSchool, tell: Tell, login_as: Any
) -> None:
    tell(url="/settings")
    tell(url="//evil.example")
    browser = login_as("parent", FAMILY)
    assert "Уведомления: 2 непрочитанных" in browser.get("/").text
    newest = Notice.select().where(Notice.person == library.persons["parent"]).order_by(Notice.id)
    first, second = newest
    answer = browser.post(f"/notices/{first.id}/read")
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert browser.post(f"/notices/{second.id}/read").location == "/notices"
    assert "непрочитанн" not in browser.get("/").text


def test_a_person_chooses_on_the_page(library: SmallSchool, login_as: Any) -> None:
    browser = login_as("parent", FAMILY)
    child = library.persons["pupil"]
    page = browser.get("/settings/notices").text
    name = f"r:guest.late/{child}/guest.pigeon"
    assert name in page
    assert "Абрамов Егор" in page
    form = {name: "daily", "begins": "22:00", "ends": "07:00", "shown:guest.pigeon": "1"}
    assert browser.post("/settings/notices", data=form).status_code == 303
    own = queries.own(library.actor("parent", FAMILY))
    assert f"{own.quiet[0]:%H:%M}" == "22:00"
    assert NoticeChoice.get(NoticeChoice.about == child).rhythm == "daily"


@pytest.mark.parametrize(
    ("name", "value"),
    [("guest.late/0/guest.pigeon", "now"), ("guest.late/999/inside", "now"), ("x", "now"),
     ("core.security/0/inside", "off"), ("guest.meeting/0/inside", "off")],
)  # fmt: skip
def test_what_is_not_on_the_page_cannot_be_chosen(
    library: SmallSchool, name: str, value: str
) -> None:
    with pytest.raises(Invalid):
        services.choose(library.actor("parent", FAMILY), {name: value})


def test_the_school_sets_defaults_and_bounds(library: SmallSchool, tell: Tell, outbox: Any) -> None:
    admin = library.actor("admin")
    services.set_rules(
        admin, {"guest.book/guest.pigeon": "must", "guest.late/guest.pigeon": "closed"},
        "20:00", "09:00",
    )  # fmt: skip
    choose(library, "parent", book="off", late="now")
    with clock.frozen("2026-11-24T12:00"):
        tell("guest.book")
        tell("guest.late")
        outbox.run()
    assert [
        row.notice.kind for row in NoticeDelivery.select(NoticeDelivery, Notice).join(Notice)
    ] == ["guest.book"]
    with pytest.raises(Refused):
        services.set_rules(library.actor("deputy"), {}, "20:00", "09:00")
    with pytest.raises(Invalid):
        services.set_rules(admin, {"guest.book/guest.pigeon": "hourly"}, "20:00", "09:00")


def test_the_journal_of_deliveries_tells_states_and_no_contents(
    library: SmallSchool, tell: Tell, outbox: Any, login_as: Any
) -> None:
    choose(library, "parent", book="now")
    tell()
    outbox.run()
    notices.report(given[0][0], "failed", "голубь улетел")
    page = login_as("admin").get("/admin/notices/sent?person=абрамова&state=failed").text
    assert "голубь улетел" in page
    assert "Сказка" not in page
    assert login_as("deputy").get("/admin/notices/sent").status_code == 403


def test_old_notices_are_forgotten(library: SmallSchool, tell: Tell) -> None:
    tell()
    keep = settings.get("core.notices", "keep_days")
    with clock.frozen(clock.now() + dt.timedelta(days=keep - 1)):
        handing.clean(_attempt())
        assert Notice.select().count() == 2
    with clock.frozen(clock.now() + dt.timedelta(days=keep + 1)):
        handing.clean(_attempt())
    assert not Notice.select().count()


def test_the_owner_is_told_of_a_new_password(school: SmallSchool, outbox: Any) -> None:
    with transaction():
        facts.put("core.security", person=school.persons["hr"], what="password")
    outbox.run()
    found = queries.centre(actor_for(school.users["hr"]))
    assert [row.title for row in found.items] == ["Пароль вашей учётной записи изменён"]


def test_a_thousand_recipients_cost_few_statements(library: SmallSchool, statements: Any) -> None:
    everybody = [row.id for row in Person.select()]
    with statements() as seen, transaction():
        notices.tell("guest.meeting", Words(title="В 15:00"), key="m", to=everybody)
    assert len(seen) <= 8
