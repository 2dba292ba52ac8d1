"""What tests find of the journal in the small school: a work with a mark, topic and homework."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from asurso_core import clock
from asurso_journal import models
from asurso_timetable.api import Lesson

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """A marked work and a written lesson on each side."""
    kind = models.AssignmentType.create(name="Контрольная", letter="К")
    school = world.school
    for side, code in zip(world.sides, models.AttendanceCode.select(), strict=False):
        side.values.update(code_id=code.id, kind_id=kind.id)
    for side in world.sides:
        lesson = side.values["lesson_id"]
        pupil, year = school.persons[side.pupil], school.ids["year"]
        work = models.Assignment.create(lesson=lesson, type=kind)
        mark = models.Mark.create(
            assignment=work, pupil=pupil, year=year, value="5", comment=side.secret
        )
        models.Attendance.create(lesson=lesson, pupil=pupil, year=year, code="")
        models.LessonNote.create(lesson=lesson, topic="Дроби", homework="§ 12")
        group = Lesson.get_by_id(lesson).group
        models.FinalMark.create(
            pupil=pupil, year=year, subject=group.subject_id, slot=school.ids["period_1"],
            period=school.ids["period_1"], group=group, value="5",
        )  # fmt: skip
        if side.name == "own":
            models.PeriodClosing.create(
                period=school.ids["period_1"], school_class=school.ids[side.title],
                closed_at=clock.stamp(), closed_by=school.users["deputy"], rules={},
            )  # fmt: skip
        unlocked = models.Unlock.create(
            teacher=school.persons["teacher"], until=clock.stamp() + dt.timedelta(days=1),
            reason="Болел учитель", given_at=clock.stamp(), given_by=school.users["deputy"],
        )  # fmt: skip
        models.Alarm.create(
            user=school.users[side.teacher], actor_name="Кто-то", rule="night",
            day=clock.today(), changes=3, groups=[group.id], first_at=clock.stamp(),
            last_at=clock.stamp(),
        )  # fmt: skip
        side.values.update(unlock_id=unlocked.id, slot=school.ids["period_1"])
        days = {"starts": world.monday, "ends": world.monday, "pupil": pupil, "year": year}
        absence = models.Absence.create(
            **days, code="Б", reason=side.secret, created_at=clock.stamp(),
            created_by=school.users["deputy"],
        )  # fmt: skip
        models.AbsenceFill.create(absence=absence, lesson=lesson, written=0)
        note = models.AbsenceNote.create(
            **days, reason=side.secret, created_at=clock.stamp(),
            created_by=school.users[side.parent],
        )  # fmt: skip
        task = models.Task.create(
            lesson=lesson, set_at=clock.stamp(), answers=True, links=["https://example.org"]
        )
        answer = models.Answer.create(task=task, pupil=pupil, handed_at=clock.stamp())
        models.AnswerVersion.create(
            answer=answer, number=1, text=side.secret, at=clock.stamp(),
            judged_by=school.users[side.teacher],
        )  # fmt: skip
        models.TaskPupil.create(task=task, pupil=pupil)
        models.CommentRead.create(
            mark=mark, person=school.persons[side.parent], version=1, read_at=clock.stamp()
        )
        side.values.update(task_id=task.id, answer_id=answer.id)
        side.values.update(absence_id=absence.id, note_id=note.id)
        side.values.update(work_id=work.id, work=work.id)
