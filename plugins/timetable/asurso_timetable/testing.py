"""What tests find of the timetable in the small school: bells, grids, a lesson of each side."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_timetable import models

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """Bells and grids, and a weekly and a dated lesson on each side."""
    ids, persons = world.school.ids, world.school.persons
    bells = models.BellSchedule.create(title="Обычные")
    spare = models.BellSchedule.create(title="Сокращённые")
    for number in range(1, 8):
        for schedule in (bells, spare):
            models.BellSlot.create(
                schedule=schedule, number=number, starts=460 + number * 50, ends=500 + number * 50
            )
    grid = models.Grid.create(year=ids["year"], title="Год", since=world.first_day)
    later = models.Grid.create(year=ids["year"], title="Весна", since=dt.date(2027, 1, 11))
    for side in world.sides:
        models.ClassBells.create(
            school_class=ids[side.title], schedule=bells, since=world.first_day
        )
        common = {
            "number": side.number, "group": ids[side.group], "teacher": persons[side.teacher],
            "room": ids[f"room_{side.room}"], "starts": 460 + side.number * 50,
            "ends": 500 + side.number * 50,
        }  # fmt: skip
        entry = models.GridEntry.create(grid=grid, weekday=1, **common)
        lesson = models.Lesson.create(date=world.monday, **common)
        given = models.Lesson.create(
            date=world.monday + dt.timedelta(days=1), **{**common, "teacher": persons["deputy"]}
        )
        made = models.Substitution.create(
            lesson=given, absent=persons[side.teacher], substitute=persons["deputy"], kind="same",
            reason="ill", payment="hourly", made_at=clock.stamp(),
            made_by=world.school.users["deputy"],
        )  # fmt: skip
        side.values.update(
            entry_id=entry.id, lesson_id=lesson.id, substitution_id=made.id,
            teacher_id=persons[side.teacher],
        )  # fmt: skip
    models.GridAct.create(
        grid=grid, user=world.school.users["deputy"], entry=world.own["entry_id"],
        at=clock.stamp(),
    )  # fmt: skip
    world.own.update(schedule_id=bells.id, grid_id=grid.id)
    world.foreign.update(schedule_id=spare.id, grid_id=later.id)
    # Weeks of teachers are on the wall of every school.
    world.open_things.add("timetable.of_teacher")
