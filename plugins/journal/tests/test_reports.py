"""Figures of the journal's reports on the small school, computed by hand beside each test."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from asurso_core.errors import NotThere
from asurso_core.reports.documents import row_of, value_of
from asurso_core.school.models import ClassMember, GroupMember, Period, PeriodType, SchoolClass
from asurso_journal.models import Attendance, FinalMark
from asurso_journal.reports import pupil as of_pupil
from asurso_journal.reports import school as of_school
from asurso_journal.reports import school_class as of_class


def figures(table):
    """Rows by their first cell, as plain values."""
    told = {}
    for row in table.rows:
        cells = [value_of(cell) for cell in row_of(row).cells]
        told[cells[0]] = cells[1:]
    return told


@pytest.fixture
def final(school):
    """``final("pupil", "5")`` stands in mathematics of the first quarter."""

    def put(who, value, subject="Математика", slot=None, group="maths_5a"):
        slot = slot or school.ids["period_1"]
        FinalMark.create(
            pupil=school.persons[who], year=school.ids["year"], subject=school.ids[subject],
            slot=slot, period=slot, group=school.ids[group], value=value,
        )  # fmt: skip

    return put


@pytest.fixture
def first_quarter(school, final):
    """5А in mathematics: 5, 3, н/а, осв."""
    for who, value in (("pupil", "5"), ("pupil_2", "3"), ("pupil_3", "н/а"), ("pupil_4", "осв")):
        final(who, value)
    return {
        "year": school.ids["year"], "school_class": school.ids["5А"],
        "period": school.ids["period_1"],
    }  # fmt: skip


def leave(school, who, on):
    ClassMember.update(until=dt.date.fromisoformat(on)).where(
        ClassMember.pupil == school.persons[who]
    ).execute()


def test_a_class_leads_to_its_results_and_a_pupil_to_the_own_marks(school, login_as, first_quarter):
    browser = login_as("deputy")
    url = of_school.by_class(school.actor("deputy"), first_quarter).tables[0].rows[0][0].url
    page = browser.get(url).text
    assert "5А, 1 четверть" in page
    name = of_class.period_results(school.actor("deputy"), first_quarter).tables[0].rows[0][0]
    assert name.value in browser.get(name.url).text


def test_results_count_the_unattested_and_leave_out_the_exempt(school, first_quarter):
    table = of_class.period_results(school.actor("deputy"), first_quarter).tables[0]
    told = figures(table)
    column = [one.title for one in table.columns].index("Мат.") - 1
    # N = 3: 5, 3, н/а. Success 2/3, quality 1/3, SOU (100 + 36 + 7) / 3, average (5 + 3) / 2.
    found = [value[column] for value in list(told.values())[-4:]]
    assert found == [Decimal("66.7"), Decimal("33.3"), Decimal("47.67"), Decimal("4.00")]


def test_a_departed_pupil_is_not_in_the_results_but_in_the_movement(school, first_quarter):
    leave(school, "pupil_2", "2026-10-10")
    told = of_class.class_teacher(school.actor("class_teacher"), first_quarter)
    moves, indicators = told.tables[:2]
    assert [one[0] for one in figures(moves).values()] == [4, 0, 1, 3]
    # Of three pupils two are graded (5, н/а): one of two succeeds.
    assert [one[0] for one in figures(indicators).values()][:3] == [3, 2, Decimal("50.0")]


def test_a_pupil_who_came_is_told_in_the_movement(school, first_quarter):
    leave(school, "pupil_6", "2026-10-05")
    ClassMember.create(
        pupil=school.persons["pupil_6"], school_class=school.ids["5А"], since=dt.date(2026, 10, 5)
    )
    moves = of_class.class_teacher(school.actor("class_teacher"), first_quarter).tables[0]
    assert [one[0] for one in figures(moves).values()] == [4, 1, 0, 5]


def test_an_empty_class_has_no_figures(school):
    empty = SchoolClass.create(
        year=school.ids["year"], grade=6, letter="А", period_type=school.ids["quarters"]
    )
    params = {"school_class": empty.id, "period": school.ids["period_1"]}
    assert of_class.period_results(school.actor("deputy"), params).tables[0].rows == []


def test_lessons_of_the_subgroup_left_behind_are_not_held_for_the_new_class(school, lesson):
    member = GroupMember.get(GroupMember.pupil == school.persons["pupil"])
    at = lesson("maths_5b", "2026-11-20")
    lesson("maths_5a", "2026-11-09")
    type(at).create(
        date=dt.date(2026, 11, 9), number=3, starts=700, ends=745, group=member.group_id
    )
    leave(school, "pupil", "2026-11-16")
    GroupMember.update(until=dt.date(2026, 11, 16)).where(GroupMember.id == member.id).execute()
    ClassMember.create(
        pupil=school.persons["pupil"], school_class=school.ids["5Б"], since=dt.date(2026, 11, 16)
    )
    Attendance.create(lesson=at, pupil=school.persons["pupil"], year=school.ids["year"], code="Б")
    params = {
        "school_class": school.ids["5Б"], "year": school.ids["year"],
        "since": dt.date(2026, 11, 1), "until": dt.date(2026, 11, 24),
    }  # fmt: skip
    told = figures(of_class.attendance(school.actor("deputy"), params).tables[0])
    # One lesson was held for the pupil in 5Б, and it was missed: a whole day, nothing attended.
    assert told["Абрамов Егор"] == [1, 1, 0, 0, 0, 1, 0, Decimal("0.0")]


def test_a_period_is_compared_with_the_one_before_of_its_own_kind(school, final):
    halves = PeriodType.create(year=school.ids["year"], name="Полугодия", kind="half")
    half = Period.create(
        period_type=halves, number=1, title="1 полугодие",
        starts=dt.date(2026, 9, 1), ends=dt.date(2026, 11, 20),
    )  # fmt: skip
    SchoolClass.update(period_type=halves).where(SchoolClass.id == school.ids["5Б"]).execute()
    final("pupil", "5")
    final("pupil_5", "3", slot=half.id, group="maths_5b")
    told = figures(
        of_school.periods(school.actor("deputy"), {"year": school.ids["year"]}).tables[0]
    )
    # 5Б had no half-year before: the quarter of 5А is nothing to compare it with.
    assert told["1 полугодие"][4:6] == [Decimal("0.0"), None]


def test_a_parent_reads_nothing_about_a_child_of_others(school):
    params = {"pupil": school.persons["pupil_6"], "year": school.ids["year"]}
    with pytest.raises(NotThere):
        of_pupil.final_marks(school.actor("parent"), params)


def test_figures_of_a_class_of_four_marks_are_not_told(school, first_quarter):
    params = {**first_quarter, "pupil": school.persons["pupil"]}
    told = figures(of_pupil.beside_class(school.actor("parent"), params).tables[0])
    assert told["Математика"] == ["5", None, None, None, None]


def test_a_teacher_kept_to_own_classes_does_not_see_how_all_journals_are_kept(
    school, lesson, rules
):
    rules(teachers_see_all=False)
    lesson("maths_5a", "2026-11-20", teacher=school.persons["teacher"])
    lesson("maths_5b", "2026-11-20", teacher=school.persons["teacher_parent"])
    params = {
        "year": school.ids["year"],
        "since": dt.date(2026, 11, 1),
        "until": dt.date(2026, 11, 24),
    }
    told = of_school.control(school.actor("class_teacher"), params).tables[0]
    assert set(figures(told)) == {"Мартынюк Иван"}
