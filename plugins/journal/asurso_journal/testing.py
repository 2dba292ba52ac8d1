"""What tests find of the journal in the small school: a work with a mark, topic and homework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_journal import models

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """A marked work and a written lesson on each side."""
    kind = models.AssignmentType.create(name="Контрольная", letter="К")
    school = world.school
    for side in world.sides:
        lesson = side.values["lesson_id"]
        pupil, year = school.persons[side.pupil], school.ids["year"]
        work = models.Assignment.create(lesson=lesson, type=kind)
        models.Mark.create(assignment=work, pupil=pupil, year=year, value="5", comment=side.secret)
        models.Attendance.create(lesson=lesson, pupil=pupil, year=year, code="")
        models.LessonNote.create(lesson=lesson, topic="Дроби", homework="§ 12")
        side.values.update(work_id=work.id, work=work.id)
