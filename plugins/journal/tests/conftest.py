"""Lessons and edits of the small school, for the journal's tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from asurso_core import settings
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.testing.make import SmallSchool
from asurso_journal.models import Assignment, AssignmentType
from asurso_journal.services import Edit, apply_edits
from asurso_timetable.models import Lesson

TODAY = "2026-11-24"


@pytest.fixture
def lesson(school: SmallSchool) -> Callable[..., Lesson]:
    """``lesson("maths_5a", "2026-11-23", number=2)`` makes a dated lesson."""

    def make(group: str = "maths_5a", date: str = TODAY, number: int = 1, **more: Any) -> Lesson:
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
def work() -> Callable[..., Assignment]:
    """``work(lesson, weight=3)`` adds a column."""

    def add(at: Lesson, *, weight: int = 1, position: int = 0, title: str = "") -> Assignment:
        kind = AssignmentType.get(AssignmentType.name == "Контрольная работа")
        made: Assignment = Assignment.create(
            lesson=at, type=kind, weight=weight, position=position, title=title
        )
        return made

    return add


@pytest.fixture
def edit(school: SmallSchool) -> Callable[..., Edit]:
    """``edit(lesson, "pupil", "5")`` is one change with an operation id of its own."""
    number = iter(range(1, 10_000))

    def make(at: Lesson, pupil: str, value: str, version: int = 0, **more: Any) -> Edit:
        op = more.pop("op", None) or f"t{next(number)}"
        return Edit(
            op=op, lesson=at.id, pupil=school.persons[pupil], value=value, version=version, **more
        )

    return make


@pytest.fixture
def put(school: SmallSchool, edit: Callable[..., Edit]) -> Callable[..., dict[str, Any]]:
    """``put("teacher", lesson, "pupil", "5")`` applies one change and gives its answer."""

    def apply(who: str, at: Lesson, pupil: str, value: str, version: int = 0, **more: Any) -> Any:
        return apply_edits(school.actor(who), [edit(at, pupil, value, version, **more)])[0]

    return apply


@pytest.fixture
def rules(app: Any) -> Callable[..., None]:
    """``rules(days_back_teacher=3)`` sets rules of the school."""
    del app

    def change(**values: Any) -> None:
        with transaction():
            settings.put(system("tests"), "journal", values)
        settings.forget()

    return change
