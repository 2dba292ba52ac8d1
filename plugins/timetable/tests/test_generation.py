"""Dated lessons follow grid and calendar, and never at the price of work that was done."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asurso_core import plugins
from asurso_core.errors import Conflict, Invalid
from asurso_core.hookspecs.announce import asurso_calendar_changed
from asurso_core.school import CalendarDay
from asurso_timetable.generation import Existing, Target, match, settle
from asurso_timetable.hookspecs import timetable_lessons_in_use
from asurso_timetable.models import Lesson, StaleSpan
from asurso_timetable.services.grid import move, remove
from asurso_timetable.services.lessons import delete_lesson, move_lesson

MONDAY = dt.date(2026, 11, 30)


def _dates(group: int) -> list[Any]:
    return [row.date for row in Lesson.select().where(Lesson.group == group).order_by(Lesson.date)]


def test_lessons_skip_holidays_and_follow_working_saturdays(school, week):
    CalendarDay.create(
        year=school.ids["year"], date=dt.date(2026, 12, 5), kind="working", title="За 7 декабря",
        weekday_as=1,
    )  # fmt: skip
    CalendarDay.create(
        year=school.ids["year"], date=dt.date(2026, 12, 7), kind="day_off", title="Выходной"
    )
    week.put("maths_5a", weekday=1)
    week.make(end=dt.date(2026, 12, 31))
    found = _dates(school.ids["maths_5a"])
    assert dt.date(2026, 10, 26) not in found
    assert dt.date(2026, 12, 5) in found
    assert dt.date(2026, 12, 7) not in found
    assert found[0] == dt.date(2026, 9, 7)


def test_a_second_generation_changes_nothing(school, week):
    week.put("maths_5a")
    week.put("english_5a_1", number=2, parity=1)
    assert week.make().add
    before = list(Lesson.select().order_by(Lesson.id).tuples())
    assert week.make().empty
    assert list(Lesson.select().order_by(Lesson.id).tuples()) == before


def test_a_lesson_in_use_stays_when_the_grid_moves_away(school, week, monkeypatch):
    entry = week.put("maths_5a")
    week.make(MONDAY)
    used = Lesson.get(Lesson.date == MONDAY)
    others = plugins.ask

    def ask(spec: Any, **more: Any) -> Any:
        if spec is timetable_lessons_in_use:
            return iter([(None, {used.id} & set(more["lesson_ids"]))])
        return others(spec, **more)

    monkeypatch.setattr(plugins, "ask", ask)
    move(school.actor("deputy"), entry.id, weekday=1, number=4)
    made = week.make(MONDAY)
    assert [row.id for row in made.in_use] == [used.id]
    # One lesson of the group on that day, not two.
    assert Lesson.select().where(Lesson.date == MONDAY).count() == 1
    assert Lesson.get(Lesson.date == MONDAY + dt.timedelta(days=7)).number == 4
    with pytest.raises(Invalid):
        delete_lesson(school.actor("deputy"), used.id)


def test_a_lesson_moved_by_hand_keeps_its_row_and_is_not_made_twice(school, week):
    week.put("maths_5a")
    week.make(MONDAY)
    lesson = Lesson.get(Lesson.date == MONDAY)
    moved = move_lesson(
        school.actor("deputy"), lesson.id, expected=1, date=MONDAY + dt.timedelta(days=1),
        number=5, teacher_id=lesson.teacher_id, room_id=None,
    )  # fmt: skip
    assert moved.id == lesson.id
    assert week.make(MONDAY).empty
    assert not Lesson.select().where(Lesson.date == MONDAY).exists()


def test_a_stale_version_is_refused(school, week):
    week.put("maths_5a")
    week.make(MONDAY)
    lesson = Lesson.get(Lesson.date == MONDAY)
    with pytest.raises(Conflict):
        move_lesson(
            school.actor("deputy"), lesson.id, expected=7, date=MONDAY, number=5,
            teacher_id=None, room_id=None,
        )  # fmt: skip


def test_a_change_of_the_calendar_only_says_that_lessons_should_be_made_again(school, week):
    entry = week.put("maths_5a")
    week.make()
    count = Lesson.select().count()
    plugins.announce(
        asurso_calendar_changed, year_id=school.ids["year"], start=MONDAY, end=MONDAY,
        actor=school.actor("admin"),
    )  # fmt: skip
    assert [row.reason for row in StaleSpan.select()] == ["calendar"]
    assert Lesson.select().count() == count
    week.make()
    assert not StaleSpan.select().exists()
    remove(school.actor("deputy"), entry.id)
    assert [row.reason for row in StaleSpan.select()] == ["grid"]


_PLACES = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3))


@given(
    grids=st.lists(st.lists(_PLACES, max_size=12), min_size=1, max_size=4),
    in_use=st.sets(st.integers(0, 30)),
    by_hand=st.sets(st.integers(0, 30)),
)
def test_no_chain_of_grid_changes_loses_a_lesson_in_use(grids, in_use, by_hand):
    classes = {1: ((1,), 0), 2: ((1,), 1), 3: ((1,), 2)}
    lessons: dict[int, Existing] = {}
    for grid in grids:
        targets = [
            Target(MONDAY + dt.timedelta(days=day), n, n * 60, n * 60 + 40, group, group, None, i)
            for i, (day, n, group) in enumerate(grid)
        ]
        plan = settle(match(targets, lessons.values()), in_use, [], classes)
        kept = {row.id for row in plan.remove}
        assert not kept & (in_use | by_hand)
        for row in plan.remove:
            del lessons[row.id]
        for target in plan.add:
            id_ = max(lessons, default=-1) + 1
            lessons[id_] = Existing(id_, *target, target.date, id_ in by_hand, False)
        again = settle(match(targets, lessons.values()), in_use, [], classes)
        assert again.empty
        places = [(row.date, row.starts, row.group) for row in lessons.values()]
        assert len(places) == len(set(places))
