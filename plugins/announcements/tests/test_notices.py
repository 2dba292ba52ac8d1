"""People are told of what appears: those who read it, on their side, once."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_announcements import notices as told_by
from asurso_announcements import services
from asurso_announcements.models import Announcement, Target
from asurso_core import clock
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import FAMILY, STAFF
from asurso_core.errors import Refused
from asurso_core.jobs import Fact, attempts, queue
from asurso_core.notices.models import Notice
from asurso_core.outbox import Outbox
from asurso_core.school import services as school_services


def work():
    """What a worker does now: facts are handed on, their jobs are run."""
    queue.fan_out()
    for number in queue.due():
        attempts.attend(number, 7)


@pytest.fixture
def heard(school):
    """``heard()``: who was told of what kind, by the words of the test school."""

    def gather():
        called = {id_: name for name, id_ in school.persons.items()}
        found = {}
        for one in Notice.select().where(Notice.owner == "announcements"):
            found.setdefault(one.kind.removeprefix("announcements."), set()).add(
                called[one.person_id]
            )
        return found

    return gather


def test_what_is_published_is_told_to_those_whom_it_reaches(school, write, heard):
    write("class_teacher", "5А:parents", "5А:teachers")
    assert heard() == {}, "the deed itself waits for nobody"
    work()
    work()
    assert heard() == {
        "published": {"parent", "teacher_parent"},
        "published_staff": {"teacher", "english_1", "english_2"},
    }
    assert Notice.select().where(Notice.owner == "announcements").count() == 5


def test_who_is_reached_on_both_sides_is_told_once_at_work(school, write, heard):
    write("admin", "everyone", urgent=True)
    work()
    found = heard()
    assert set(found) == {"urgent", "urgent_staff"}
    assert "teacher_parent" in found["urgent_staff"] - found["urgent"]
    assert {"pupil", "parent"} <= found["urgent"]
    assert "admin" not in found["urgent_staff"]


def test_a_scheduled_one_is_told_once_when_its_hour_has_come(school, write, heard, clock):
    row = write("deputy", "5А:pupils", appears_at=dt.datetime.fromisoformat("2026-11-25T04:00"))
    late = write("deputy", "5Б:pupils", appears_at=dt.datetime.fromisoformat("2026-11-25T05:00"),
                 ends_on=dt.date(2026, 11, 25))  # fmt: skip
    services.tell_due()
    work()
    assert heard() == {}
    # The machine was off for two days: what is over by then is told to nobody.
    clock.move("2026-11-27T08:00")
    assert [services.tell_due(), services.tell_due()] == [1, 0]
    work()
    assert heard() == {"published": {"pupil", "pupil_2", "pupil_3", "pupil_4"}}
    assert Announcement.get_by_id(row.id).told_edition == 1
    assert Announcement.get_by_id(late.id).told_edition == 0


def test_recipients_are_those_of_the_moment_in_which_it_is_told(school, write, heard):
    write("deputy", "5А:pupils")
    school_services.move_pupil(
        school.actor("admin"), school.persons["pupil"], school.ids["5Б"], clock.today()
    )
    gone = write("deputy", "5Б:pupils")
    services.delete(school.actor("deputy"), gone.id)
    work()
    assert heard() == {"published": {"pupil_2", "pupil_3", "pupil_4"}}


def test_only_those_who_are_missing_are_reminded_and_once_a_day(school, write, heard, clock):
    row = write("class_teacher", "5А:parents", "5А:pupils", must_acknowledge=True)
    services.acknowledge(school.actor("parent"), row.id)
    services.mark_read(school.actor("pupil"), row.id)
    author = school.actor("class_teacher")
    assert services.remind(author, row.id) == 5
    services.acknowledge(school.actor("pupil_2"), row.id)
    work()
    assert heard()["reminder"] == {"teacher_parent", "pupil", "pupil_3", "pupil_4"}
    with pytest.raises(Refused):
        services.remind(author, row.id)
    clock.move("2026-11-25T10:00")
    assert services.remind(author, row.id) == 4
    with pytest.raises(Refused):
        services.remind(school.actor("director"), row.id)


def test_before_it_leaves_it_is_asked_whether_it_is_still_news(school, write):
    row = write("class_teacher", "5А:parents", must_acknowledge=True, title="Собрание")
    kinds = {one.name: one for one in told_by.KINDS}
    data = {"announcement": row.id}
    parent = school.actor("parent")
    words = kinds["announcements.published"].current(parent, data)
    assert words.title == "Собрание"
    assert "Собрание" not in words.bland
    services.mark_read(parent, row.id)
    assert kinds["announcements.published"].current(parent, data) is None
    assert kinds["announcements.reminder"].current(parent, data) is not None
    services.acknowledge(parent, row.id)
    assert kinds["announcements.reminder"].current(parent, data) is None
    for user, side in (("other_parent", FAMILY), ("teacher_parent", STAFF)):
        stranger = actor_for(school.users[user], side)
        assert kinds["announcements.published"].current(stranger, data) is None


def test_what_was_read_on_the_board_does_not_ring_any_more(school, write):
    row = write("admin", "5А:pupils")
    work()
    services.mark_read(school.actor("pupil"), row.id)
    left = {
        one.person_id for one in Notice.select().where(Notice.read_at.is_null())
        if one.kind == "announcements.published"
    }  # fmt: skip
    assert school.persons["pupil"] not in left
    assert school.persons["pupil_2"] in left


def test_an_older_edition_is_not_told_when_a_newer_one_follows(school, write, heard):
    row = write("admin", "5А:pupils")
    content = services.Content(
        title="Новое время", text="В пятницу", anew=True,
        keys=[one.key for one in _targets(row)],
    )  # fmt: skip
    services.save(school.actor("admin"), row.id, content, version=row.version)
    assert Outbox.select().where(Outbox.kind == "announcements.appeared").count() == 2
    work()
    assert {one.title for one in Notice.select().where(Notice.owner == "announcements")} == {
        "Новое время"
    }
    fact = Fact(id=1, kind="announcements.appeared", payload={"announcement": 999, "edition": 1},
                at=clock.stamp())  # fmt: skip
    told_by.tell(None, fact)


def _targets(row):
    return Target.select().where(Target.announcement == row)
