"""Changing cells: every rule of apply_edits, on both engines."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import audit, outbox
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.school import AcademicYear, TeachingGroup
from asurso_core.school.queries import group_members
from asurso_core.school.services import leave_pupil, move_to_subgroup
from asurso_journal.models import Assignment, Attendance, Mark
from asurso_journal.services import apply_edits
from asurso_timetable.models import Lesson


def cells():
    query = audit.AuditEntry.select().where(audit.AuditEntry.kind == "journal.cell")
    return list(query.order_by(audit.AuditEntry.id))


def told():
    return outbox.Outbox.select().where(outbox.Outbox.kind == "journal.cells_changed").count()


# --- who -----------------------------------------------------------------------------------------


def test_a_teacher_puts_a_mark_in_an_own_group(put, lesson, school):
    at = lesson()
    answer = put("teacher", at, "pupil", "5")
    mark = Mark.get()
    assert (answer["state"], answer["value"], answer["version"]) == ("saved", "5", 1)
    assert answer["assignment"] == mark.assignment_id == Assignment.get().id
    assert (mark.value, mark.pupil_id) == ("5", school.persons["pupil"])


@pytest.mark.parametrize(
    "who",
    [
        "class_teacher", "teacher_parent", "english_1", "admin", "director", "deputy", "pupil",
        "parent", "secretary", "psychologist", "technical",
    ],
)  # fmt: skip
def test_nobody_else_puts_marks_there(put, lesson, who):
    assert put(who, lesson(), "pupil", "5")["state"] == "refused"
    assert not Mark.select().exists()
    assert cells() == []


def test_who_may_not_look_is_not_told_that_the_lesson_is_there(put, lesson):
    at = lesson()
    there = put("parent", at, "pupil", "5")["message"]
    at.id = 2**31 - 1
    assert put("parent", at, "pupil", "5")["message"] == there


def test_a_substitute_keeps_the_lesson_that_was_given(put, lesson, school):
    at = lesson(teacher=school.persons["english_1"])
    assert put("english_1", at, "pupil", "4")["state"] == "saved"
    other = lesson(number=2)
    assert put("english_1", other, "pupil", "4")["state"] == "refused"


def test_a_class_teacher_puts_marks_of_other_subjects_once_the_school_allows(put, lesson, rules):
    at = lesson()
    rules(class_teacher_marks=True)
    assert put("class_teacher", at, "pupil", "4")["state"] == "saved"
    assert put("english_1", at, "pupil_2", "4")["state"] == "refused"


# --- when ----------------------------------------------------------------------------------------


def test_a_cancelled_lesson_takes_nothing(put, lesson):
    assert put("teacher", lesson(status="cancelled"), "pupil", "5")["state"] == "refused"


def test_a_future_lesson_takes_no_marks(put, lesson):
    assert put("teacher", lesson(date="2026-11-25"), "pupil", "5")["state"] == "refused"


def test_cells_stay_open_for_the_days_the_school_says(put, lesson, rules):
    at, before = lesson(date="2026-11-17"), lesson(date="2026-11-16")
    assert put("teacher", at, "pupil", "5")["state"] == "saved"
    refused = put("teacher", before, "pupil", "5")
    assert refused["state"] == "refused"
    assert "7 дней" in refused["message"]
    rules(days_back_teacher=8)
    assert put("teacher", before, "pupil", "5")["state"] == "saved"


def test_a_class_teacher_has_longer_where_the_school_says_so(put, lesson, rules):
    at = lesson("russian_5a", "2026-11-10")
    other = lesson("maths_5a", "2026-11-10", 2)
    rules(days_back_class_teacher=20)
    assert put("class_teacher", at, "pupil", "5")["state"] == "saved"
    assert put("teacher", other, "pupil", "5")["state"] == "refused"


def test_a_period_closes_after_its_grace(put, lesson, rules):
    at = lesson(date="2026-10-23")
    rules(days_back_teacher=60, period_grace=30)
    assert put("teacher", at, "pupil", "5")["state"] == "saved"
    rules(days_back_teacher=60, period_grace=29)
    assert put("teacher", at, "pupil_2", "5")["state"] == "refused"


def test_a_closed_year_takes_nothing(put, lesson, school):
    at = lesson()
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    assert put("teacher", at, "pupil", "5")["state"] == "refused"


# --- whose ---------------------------------------------------------------------------------------


def test_a_pupil_of_another_class_gets_nothing(put, lesson):
    assert put("teacher", lesson(), "pupil_5", "5")["state"] == "refused"


def test_a_pupil_who_left_gets_marks_up_to_the_last_day(put, lesson, school):
    with transaction():
        leave_pupil(system("tests"), school.persons["pupil"], dt.date(2026, 11, 20))
    assert put("teacher", lesson(date="2026-11-19"), "pupil", "5")["state"] == "saved"
    assert put("teacher", lesson(date="2026-11-20"), "pupil", "5")["state"] == "refused"


def test_a_move_between_subgroups_is_right_before_and_after_its_day(put, lesson, school):
    day = dt.date(2026, 11, 19)
    with transaction():
        move_to_subgroup(system("tests"), school.persons["pupil"], school.ids["english_5a_2"], day)
    first = [lesson("english_5a_1", f"2026-11-{n}", n - 17) for n in (18, 19)]
    second = [lesson("english_5a_2", f"2026-11-{n}", n - 17) for n in (18, 19)]
    states = [put("english_1", at, "pupil", "4")["state"] for at in first]
    states += [put("english_2", at, "pupil", "4")["state"] for at in second]
    assert states == ["saved", "refused", "refused", "saved"]

    def names(part, on):
        group = TeachingGroup.get_by_id(school.ids[f"english_5a_{part}"])
        return {
            one["id"]
            for one in group_members(group, on, on)
            if any(s <= on and (u is None or u > on) for s, u in one["spans"])
        }

    mine = school.persons["pupil"]
    eve = day - dt.timedelta(days=1)
    assert [mine in names(part, on) for part in (1, 2) for on in (eve, day)] == [
        True, False, False, True,
    ]  # fmt: skip


# --- what ----------------------------------------------------------------------------------------


def test_attendance_and_mark_stand_in_one_cell(put, lesson):
    at = lesson()
    answer = put("teacher", at, "pupil", "б4")
    assert (answer["state"], answer["value"], answer["version"]) == ("saved", "Б/4", 2)
    assert Attendance.get().code == "Б"
    cleared = put("teacher", at, "pupil", "", 2)
    assert (cleared["state"], cleared["value"], cleared["version"]) == ("saved", "", 4)


def test_attendance_alone_makes_no_column(put, lesson):
    assert put("teacher", lesson(), "pupil", "н")["value"] == "ОТ"
    assert not Assignment.select().exists()


def test_attendance_stands_in_the_first_column_only(put, lesson, work):
    at = lesson()
    work(at)
    second = work(at, position=1)
    assert put("teacher", at, "pupil", "б", assignment=second.id)["state"] == "invalid"
    assert put("teacher", at, "pupil", "4", assignment=second.id)["state"] == "saved"


def test_a_column_of_another_lesson_is_refused(put, lesson, work):
    foreign = work(lesson(number=2))
    assert put("teacher", lesson(), "pupil", "4", assignment=foreign.id)["state"] == "refused"


@pytest.mark.parametrize("typed", ["6", "пять", "\u202e5", "5" * 100])
def test_nonsense_is_invalid_and_writes_nothing(put, lesson, typed):
    assert put("teacher", lesson(), "pupil", typed)["state"] == "invalid"
    assert cells() == []
    assert told() == 0


def test_a_comment_goes_with_its_mark(put, lesson):
    at = lesson()
    assert put("teacher", at, "pupil", "3", comment=" описка ")["comment"] == "описка"
    assert put("teacher", at, "pupil", "4", 1)["comment"] == "описка"
    put("teacher", at, "pupil", "", 2)
    assert Mark.get().comment is None


# --- one after another -------------------------------------------------------------------------


def test_an_edit_sent_again_is_not_applied_again(put, lesson):
    at = lesson()
    put("teacher", at, "pupil", "5", op="once")
    put("teacher", at, "pupil", "4", 1)
    again = put("teacher", at, "pupil", "5", op="once")
    assert (again["state"], again["value"], again["version"]) == ("repeated", "4", 2)
    assert len(cells()) == 2


def test_an_operation_of_another_cell_is_invalid(put, lesson):
    at = lesson()
    put("teacher", at, "pupil", "5", op="once")
    assert put("teacher", at, "pupil_2", "5", op="once")["state"] == "invalid"


def test_a_stale_edit_is_a_conflict_and_tells_who_was_faster(put, lesson):
    at = lesson()
    put("teacher", at, "pupil", "5")
    late = put("teacher", at, "pupil", "3")
    assert (late["state"], late["value"], late["version"]) == ("conflict", "5", 1)
    assert late["changed_by"].startswith("Мартынюк")
    assert late["changed_at"] == "24.11.2026 10:00"
    assert Mark.get().value == "5"


def test_one_operation_twice_in_a_batch_counts_once(edit, lesson, school):
    at = lesson()
    batch = [edit(at, "pupil", "5", op="same"), edit(at, "pupil", "5", op="same")]
    states = [one["state"] for one in apply_edits(school.actor("teacher"), batch)]
    assert states == ["saved", "repeated"]
    assert len(cells()) == 1


def test_a_cell_twice_in_a_batch_is_recorded_twice_and_ends_as_the_last(edit, lesson, school):
    at = lesson()
    batch = [edit(at, "pupil", "5"), edit(at, "pupil", "4", 1), edit(at, "pupil", "3", 0)]
    answers = apply_edits(school.actor("teacher"), batch)
    assert [one["state"] for one in answers] == ["saved", "saved", "conflict"]
    assert (Mark.get().value, Mark.get().version) == ("4", 2)
    assert [entry.after["value"] for entry in cells()] == ["5", "4"]


def test_one_bad_edit_does_not_hold_up_the_others(edit, lesson, school):
    at = lesson()
    batch = [edit(at, "pupil", "5"), edit(at, "pupil_5", "5"), edit(at, "pupil_2", "9")]
    states = [one["state"] for one in apply_edits(school.actor("teacher"), batch)]
    assert states == ["saved", "refused", "invalid"]


def test_a_deed_is_recorded_and_told_once(put, lesson, school):
    at = lesson()
    put("teacher", at, "pupil", "б4")
    (entry,) = cells()
    assert (entry.before, entry.after) == ({"value": ""}, {"value": "Б/4"})
    assert entry.person == school.persons["pupil"]
    assert told() == 1


def test_typing_what_stands_there_already_is_no_deed(put, lesson):
    at = lesson()
    put("teacher", at, "pupil", "5")
    assert put("teacher", at, "pupil", "5", 1)["state"] == "saved"
    assert len(cells()) == 1


def test_averages_come_back_with_the_answer(put, lesson, work, school):
    first, second = lesson(), lesson(date="2026-11-23")
    work(second, weight=3)
    put("teacher", second, "pupil", "3")
    put("teacher", lesson(date="2026-11-20"), "pupil", ".")
    mean = put("teacher", first, "pupil", "н/4")["averages"][str(school.persons["pupil"])]
    assert mean == {
        "simple": "3,50", "weighted": "3,25", "count": 2, "missed": 1, "dots": 1,
    }  # fmt: skip


# --- statements --------------------------------------------------------------------------------


def test_one_mark_is_saved_in_few_statements(edit, lesson, school, statements):
    actor, one = school.actor("teacher"), edit(lesson(), "pupil", "5")
    with statements() as seen:
        apply_edits(actor, [one])
    assert len(seen) <= 12, "\n".join(seen)


def test_many_cells_take_as_many_statements_as_one(edit, lesson, school, statements):
    actor, one, two = school.actor("teacher"), lesson(), lesson(number=2)
    with statements() as few:
        apply_edits(actor, [edit(one, "pupil", "н")])
    batch = [edit(two, name, "н") for name in ("pupil", "pupil_2", "pupil_3", "pupil_4")]
    with statements() as many:
        apply_edits(school.actor("teacher"), batch)
    assert len(many) <= len(few) + 1  # a fresh actor asks its rights anew
    assert Attendance.select().where(Attendance.lesson == two).count() == 4


def test_a_lesson_that_holds_a_mark_is_in_use(put, lesson):
    from asurso_journal.queries import lessons_in_use

    at, empty = lesson(), lesson(number=2)
    put("teacher", at, "pupil", "5")
    assert lessons_in_use([at.id, empty.id]) == {at.id}
    assert Lesson.select().count() == 2
