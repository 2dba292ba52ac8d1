"""What the timetable asks and tells; the marked functions are examples of the hooks' page."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import hookimpl
from asurso_core.errors import Invalid
from asurso_timetable.models import Lesson
from asurso_timetable.services.lessons import add_lesson, delete_lesson

MONDAY = dt.date(2026, 11, 30)


def _add(school) -> Lesson:
    return add_lesson(
        school.actor("deputy"), school.ids["maths_5a"], MONDAY, 1, starts=510, ends=550
    )


def test_hook_timetable_lessons_in_use(school, join):
    booked: set[int] = set()

    # Optional: the plugin starts without the timetable too.
    @hookimpl(optionalhook=True)
    def timetable_lessons_in_use(lesson_ids: list[int]) -> set[int]:
        return booked & set(lesson_ids)

    join(timetable_lessons_in_use)
    lesson = _add(school)
    booked.add(lesson.id)
    with pytest.raises(Invalid):
        delete_lesson(school.actor("deputy"), lesson.id)
    booked.clear()
    delete_lesson(school.actor("deputy"), lesson.id)
    assert not Lesson.select().where(Lesson.id == lesson.id).exists()


def test_hook_timetable_changed(school, join):
    heard = []

    @hookimpl(optionalhook=True)
    def timetable_changed(class_ids: list[int], start: dt.date, end: dt.date) -> None:
        heard.append((class_ids, start, end))

    join(timetable_changed)
    _add(school)
    assert heard == [([school.ids["5А"]], MONDAY, MONDAY)]
