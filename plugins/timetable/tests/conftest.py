"""Bells and a grid for the small school."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from asurso_core.db import transaction
from asurso_core.testing.make import FIRST_DAY, SmallSchool
from asurso_timetable.models import BellSchedule, BellSlot, ClassBells, Grid


class Week:
    """The school's bells (7 lessons of 40 minutes from 08:30) and an empty grid."""

    def __init__(self, school: SmallSchool) -> None:
        self.school = school
        self.bells = BellSchedule.create(title="Обычные")
        for n in range(1, 8):
            BellSlot.create(schedule=self.bells, number=n, starts=460 + n * 50, ends=500 + n * 50)
        for title in ("5А", "5Б"):
            ClassBells.create(school_class=school.ids[title], schedule=self.bells, since=FIRST_DAY)
        self.grid = Grid.create(year=school.ids["year"], title="Год", since=FIRST_DAY)

    def put(self, group: str, weekday: int = 1, number: int = 1, **more: Any) -> Any:
        """Place a group into the grid as the deputy director."""
        from asurso_timetable.services.grid import place

        class_id = self.school.ids["5Б" if group.endswith("5b") else "5А"]
        return place(
            self.school.actor("deputy"), self.grid.id, class_id,
            group_id=self.school.ids[group], weekday=weekday, number=number, **more,
        )  # fmt: skip

    def make(self, start: dt.date = FIRST_DAY, end: dt.date = dt.date(2027, 5, 26)) -> Any:
        """Make the lessons of all classes."""
        from asurso_timetable.services.generate import generate, span_of

        who = self.school.actor("deputy")
        return generate(who, span_of(who, self.school.ids["year"], None, start, end))


@pytest.fixture
def week(school: SmallSchool) -> Week:
    """Bells for both classes and an empty grid from the first of September."""
    with transaction():
        return Week(school)
