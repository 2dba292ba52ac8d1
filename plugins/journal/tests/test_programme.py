"""Fulfilment of the programme, computed by hand on the small school."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from asurso_core import clock
from asurso_core.errors import NotThere
from asurso_core.reports.documents import row_of, value_of
from asurso_core.school.models import GroupTeacher, Holiday, TeachingGroup
from asurso_journal.models import LessonNote
from asurso_journal.reports.programme import programme
from asurso_timetable.models import Substitution

# Two school weeks: Monday the 9th to Friday the 20th of November; today is the 24th.
SINCE, UNTIL = dt.date(2026, 11, 9), dt.date(2026, 11, 20)


def told(school, who="teacher", of="teacher", until=UNTIL):
    """Figures of 5А mathematics and the list of lessons without a topic."""
    params = {"year": school.ids["year"], "teacher": school.persons[of], "since": SINCE,
              "until": until}  # fmt: skip
    document = programme(school.actor(who), params)
    figures, bare = document.tables
    found = {
        value_of(row_of(row).cells[0]): [value_of(cell) for cell in row_of(row).cells[1:]]
        for row in figures.rows
    }
    return found["5А Математика"], [[value_of(cell) for cell in row] for row in bare.rows]


@pytest.fixture
def weekly(school):
    TeachingGroup.update(weekly_hours=4).where(TeachingGroup.id == school.ids["maths_5a"]).execute()


def test_hours_given_are_compared_with_the_weekly_ones(school, lesson, work, weekly):
    first, second, third = (lesson("maths_5a", f"2026-11-{day:02}") for day in (9, 10, 11))
    lesson("maths_5a", "2026-11-12", status="cancelled")
    lesson("maths_5a", "2026-11-25")  # after the last day asked for
    LessonNote.create(lesson=first, topic="Дроби")
    LessonNote.create(lesson=second, topic="Проценты")
    work(second)
    figures, bare = told(school)
    # Two weeks of 4 hours are 8; four lessons stand in the timetable, three were given: 5 behind.
    assert figures == [Decimal(4), Decimal("8.0"), 4, 3, Decimal("5.0"), 0, 1, 1, 1]
    assert bare == [["5А Математика", dt.date(2026, 11, 11), 1]]
    assert third.date == bare[0][1]


def test_a_holiday_asks_for_fewer_hours(school, weekly):
    Holiday.create(year=school.ids["year"], title="Карантин", starts=dt.date(2026, 11, 9),
                   ends=dt.date(2026, 11, 10))  # fmt: skip
    # Eight school days of a week of five: 4 * 8 / 5.
    assert told(school)[0][1] == Decimal("6.4")


def test_days_to_come_are_in_the_timetable_but_not_in_the_plan(school, lesson, weekly):
    lesson("maths_5a", "2026-11-27")
    figures, _bare = told(school, until=dt.date(2026, 11, 30))
    # From the 9th to today, the 24th, there are twelve school days: 4 * 12 / 5.
    assert figures[1:5] == [Decimal("9.6"), 1, 0, Decimal("9.6")]


@pytest.mark.parametrize(
    ("kind", "given", "by_others"), [("same", 1, 1), ("other", 0, 0)], ids=["same", "other"]
)
def test_a_lesson_of_another_subject_is_not_given(school, lesson, weekly, kind, given, by_others):
    at = lesson("maths_5a", "2026-11-09")
    Substitution.create(
        lesson=at, absent=school.persons["teacher"], substitute=school.persons["english_1"],
        kind=kind, reason="illness", payment="hourly", made_at=clock.stamp(),
        subject=school.ids["Русский язык"] if kind == "other" else None,
    )  # fmt: skip
    figures, _bare = told(school)
    assert (figures[3], figures[5]) == (given, by_others)


def test_a_teacher_answers_only_for_the_days_of_teaching_the_group(school, lesson, weekly):
    GroupTeacher.update(since=dt.date(2026, 11, 12), until=dt.date(2026, 11, 19)).where(
        GroupTeacher.group == school.ids["maths_5a"]
    ).execute()
    for day in (11, 12, 18, 19):
        lesson("maths_5a", f"2026-11-{day}")
    figures, bare = told(school)
    # From Thursday the 12th to Wednesday the 18th: a week of school days, two lessons.
    assert figures[1:5] == [Decimal("4.0"), 2, 2, Decimal("2.0")]
    assert [row[1].day for row in bare] == [12, 18]


def test_school_days_are_asked_for_once_however_many_groups_there_are(school, queries):
    teacher = school.persons["teacher"]
    params = {"year": school.ids["year"], "teacher": teacher, "since": SINCE, "until": UNTIL}
    for number, group in enumerate(("maths_5a", "russian_5a")):
        TeachingGroup.update(weekly_hours=3 + number).where(
            TeachingGroup.id == school.ids[group]
        ).execute()
    GroupTeacher.create(group=school.ids["russian_5a"], teacher=teacher, since=dt.date(2026, 9, 1))
    actor = school.actor("deputy")
    programme(actor, params)
    with queries(11):
        programme(actor, params)


def test_a_group_without_weekly_hours_has_no_lag_and_is_warned_of(school, lesson):
    lesson("maths_5a", "2026-11-09")
    figures, _bare = told(school)
    assert figures[:5] == [None, None, 1, 1, None]


def test_a_teacher_does_not_read_the_programme_of_another(school):
    with pytest.raises(NotThere):
        told(school, who="class_teacher", of="teacher")
    assert told(school, who="deputy")[0]
