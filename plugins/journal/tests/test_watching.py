"""Unusual changes are noticed and told; what an account changed is put back in one act."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock as clocks
from asurso_core.audit import AuditEntry
from asurso_core.audit_chain import Report, verify_witnesses
from asurso_core.db import rows
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_journal import watching
from asurso_journal.models import Alarm, Attendance, Mark
from asurso_journal.services import (
    Edit,
    FinalEdit,
    apply_edits,
    put_finals,
    revert,
    would_revert,
)
from asurso_journal.watch_rows import alarms

PUPILS = ("pupil", "pupil_2", "pupil_3", "pupil_4")


@pytest.fixture
def filled(school, lesson, clock):
    """Thirteen lessons with a mark of each of the four pupils: 52 marks, put on their days."""
    watching.look()
    lessons = []
    for number in range(13):
        day = dt.date(2026, 11, 9) + dt.timedelta(days=number)
        clock.move(f"{day}T09:30")
        at = lesson("maths_5a", day.isoformat())
        lessons.append(at)
        edits = [
            Edit(
                op=f"a{number}{who}", lesson=at.id, pupil=school.persons[who], value="3", version=0
            )
            for who in PUPILS
        ]
        states = {one["state"] for one in apply_edits(school.actor("teacher"), edits)}
        assert states == {"saved"}
    return lessons


def change(school, lessons, count, value="5", who="teacher"):
    """Replace the first ``count`` marks, as somebody with a stolen password would."""
    edits = [
        Edit(op=f"{value}{at.id}{pupil}", lesson=at.id, pupil=school.persons[pupil], value=value,
             version=1)
        for at in lessons for pupil in PUPILS
    ][:count]  # fmt: skip
    answers = apply_edits(school.actor(who), edits)
    assert {one["state"] for one in answers} == {"saved"}


def values():
    return sorted(row.value for row in Mark.select())


@pytest.fixture
def wide(rules):
    rules(days_back_teacher=60)


@pytest.mark.usefixtures("wide")
def test_fifty_one_changed_marks_are_noticed_and_come_back_in_one_act(
    school, filled, clock, outbox
):
    clock.move("2026-11-24T23:40")
    change(school, filled, 51)
    assert values().count("5") == 51
    while watching.look():
        pass
    rules_ = {row.rule: row.changes for row in Alarm.select()}
    assert (rules_[watching.MANY], rules_[watching.NIGHT]) == (51, 51)
    told = {person for (person,) in rows("SELECT person_id FROM core_notice WHERE kind = ?",
                                         [watching.NOTICE])}  # fmt: skip
    assert {school.persons["teacher"], school.persons["deputy"]} <= told
    clock.move("2026-11-25T08:00")
    deputy, now = school.actor("deputy"), clocks.stamp()
    since = now - dt.timedelta(hours=12)
    assert len(would_revert(deputy, school.users["teacher"], since, now)) == 51
    done, left = revert(
        deputy, school.users["teacher"], since, now, reason="Украден пароль", operation="o" * 32
    )
    assert (done, left) == (51, [])
    assert values() == ["3"] * 52
    entries = AuditEntry.select().where(AuditEntry.reason == "Украден пароль")
    assert entries.where(AuditEntry.kind == "journal.cell").count() == 51
    assert {row.user for row in entries} == {school.users["deputy"]}
    report = Report()
    verify_witnesses(report)
    assert report.faults == []
    # The same click again puts nothing back a second time.
    again = revert(
        deputy, school.users["teacher"], since, clocks.stamp(), reason="Ещё раз",
        operation="o" * 32,
    )  # fmt: skip
    assert again == (0, [])
    del outbox


@pytest.mark.usefixtures("wide")
def test_what_somebody_else_has_changed_since_is_left_alone_and_named(school, filled, clock, rules):
    rules(class_teacher_marks=True, days_back_class_teacher=60, days_back_teacher=60)
    clock.move("2026-11-24T12:00")
    change(school, filled, 4)
    at = filled[0]
    edit = Edit(op="later", lesson=at.id, pupil=school.persons["pupil"], value="4", version=2)
    assert apply_edits(school.actor("class_teacher"), [edit])[0]["state"] == "saved"
    now = clocks.stamp()
    done, left = revert(
        school.actor("deputy"), school.users["teacher"], now - dt.timedelta(hours=1), now,
        reason="Ошибка", operation="p" * 32,
    )  # fmt: skip
    assert done == 3
    assert [(one.now, one.by_others) for one in left] == [("4", "Черных Нина Павловна")]
    assert values().count("4") == 1


@pytest.mark.usefixtures("wide")
def test_attendance_comments_and_period_marks_come_back_too(school, filled, clock):
    clock.move("2026-12-25T10:00")
    teacher, group, slot = school.actor("teacher"), school.ids["maths_5a"], school.ids["period_2"]
    pupil = school.persons["pupil"]
    put_finals(teacher, group, [FinalEdit(op="f1", pupil=pupil, slot=slot, value="3", version=0)])
    clock.move("2026-12-26T10:00")
    since = clocks.stamp() - dt.timedelta(minutes=1)
    put_finals(teacher, group, [FinalEdit(op="f2", pupil=pupil, slot=slot, value="5", version=1)])
    at = filled[-1]
    edit = Edit(op="c", lesson=at.id, pupil=pupil, value="Б/5", version=1, comment="хорошо")
    assert apply_edits(teacher, [edit])[0]["state"] == "saved"
    done, _left = revert(
        school.actor("deputy"), school.users["teacher"], since, clocks.stamp(), reason="Ошибка",
        operation="q" * 32,
    )  # fmt: skip
    assert done == 2
    assert rows("SELECT value FROM journal_final_mark") == [("3",)]
    assert [row.code for row in Attendance.select()] == [""]
    assert not Mark.select().where(Mark.comment.is_null(False)).exists()


@pytest.mark.usefixtures("wide")
def test_first_marks_and_a_few_changes_by_day_are_nothing_unusual(school, filled, clock):
    clock.move("2026-11-21T12:00")
    change(school, filled[-1:], 4)
    while watching.look():
        pass
    assert not Alarm.select().exists()


def test_a_change_in_somebody_elses_journal_is_told(school, filled, clock, rules):
    rules(class_teacher_marks=True, days_back_class_teacher=60)
    clock.move("2026-11-21T12:00")
    change(school, filled[-1:], 1, who="class_teacher")
    watching.look()
    assert [row.rule for row in Alarm.select()] == [watching.FOREIGN]
    assert [one["changes"] for one in alarms(school.actor("teacher"))] == [1]
    assert alarms(school.actor("english_1")) == []


@pytest.mark.parametrize("who", ["teacher", "class_teacher", "director", "secretary", "parent"])
def test_only_deputy_and_administrator_put_back(school, who):
    now = clocks.stamp()
    with pytest.raises((Refused, NotThere)):
        revert(school.actor(who), school.users["teacher"], now, now, reason="x", operation="r" * 32)


def test_nothing_is_put_back_without_a_reason_or_where_nothing_was_changed(school):
    now = clocks.stamp()
    for reason in (" ", "Украден пароль"):
        with pytest.raises(Invalid):
            revert(school.actor("deputy"), 1, now, now, reason=reason, operation="s" * 32)


@pytest.mark.usefixtures("wide")
def test_the_page_shows_what_comes_back_and_does_it(school, filled, clock, login_as):
    clock.move("2026-11-24T12:00")
    change(school, filled, 2)
    browser = login_as("deputy")
    page = browser.get(f"/journal/revert?user={school.users['teacher']}")
    assert page.text.count("Абрамов Егор") == 1
    answer = browser.post(
        "/journal/revert",
        data={"user": school.users["teacher"], "op": "t" * 32, "reason": "Ошибка"},
    )
    assert answer.status_code == 303
    assert values() == ["3"] * 52
