"""Lessons, marks and homework of the small school, for the diary's tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from asurso_core.testing.make import SmallSchool
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    Attendance,
    AttendanceCode,
    LessonNote,
    Mark,
)
from asurso_timetable.models import Lesson


@pytest.fixture
def lesson(school: SmallSchool) -> Callable[..., Lesson]:
    """``lesson("maths_5a", "2026-11-23", number=2)`` makes a dated lesson."""

    def make(group: str, date: str, number: int = 1, **more: Any) -> Lesson:
        made: Lesson = Lesson.create(
            date=dt.date.fromisoformat(date),
            number=number,
            starts=480 + 60 * number,
            ends=525 + 60 * number,
            group=school.ids[group],
            **more,
        )
        return made

    return make


@pytest.fixture
def mark(school: SmallSchool) -> Callable[..., Mark]:
    """``mark(lesson, "pupil", "5", weight=2)`` puts a mark; ``dot=True`` a debt."""

    def put(at: Lesson, pupil: str, value: str = "", *, weight: int = 1, **more: Any) -> Mark:
        kind, _new = AssignmentType.get_or_create(
            name="Контрольная работа", defaults={"letter": "К"}
        )
        work, _new = Assignment.get_or_create(lesson=at, type=kind, weight=weight)
        made: Mark = Mark.create(
            assignment=work, pupil=school.persons[pupil], year=at.group.year_id, value=value, **more
        )
        return made

    return put


@pytest.fixture
def absent(school: SmallSchool) -> Callable[..., Attendance]:
    """``absent(lesson, "pupil", "Б")`` notes an absence."""

    def note(at: Lesson, pupil: str, code: str) -> Attendance:
        AttendanceCode.get_or_create(code=code, defaults={"name": "Болезнь", "letter": code})
        made: Attendance = Attendance.create(
            lesson=at, pupil=school.persons[pupil], year=at.group.year_id, code=code
        )
        return made

    return note


@pytest.fixture
def note() -> Callable[..., LessonNote]:
    """``note(lesson, homework="§ 12")`` writes topic and homework."""

    def write(at: Lesson, topic: str = "", homework: str = "") -> LessonNote:
        made: LessonNote = LessonNote.create(lesson=at, topic=topic, homework=homework)
        return made

    return write
