"""Substitutions of the demonstration school: two teachers were ill for some days."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock
from asurso_core.db import rows
from asurso_core.demo import DemoSchool, DemoStep
from asurso_timetable.models import Lesson, Substitution
from asurso_timetable.rows import short_name
from asurso_timetable.substitutions import SAME, lessons_of_absent

_BUSIEST = """
    SELECT l.teacher_id, COUNT(*) FROM timetable_lesson l
     WHERE l.date BETWEEN ? AND ? AND l.teacher_id IS NOT NULL AND l.status <> 'cancelled'
     GROUP BY l.teacher_id HAVING COUNT(*) BETWEEN 2 AND 8 ORDER BY l.teacher_id
"""


def fill(school: DemoSchool) -> None:
    """Appoint who is free for the lessons of two teachers in the last days."""
    school.bulk.flush()
    lots = school.lots("substitutions")
    since, until = school.today - dt.timedelta(days=3), school.today + dt.timedelta(days=1)
    found = [row[0] for row in rows(_BUSIEST, [since, until])]
    for teacher in sorted(lots.sample(found, min(2, len(found)))):
        lessons = lessons_of_absent(teacher, since, until)
        for lesson in lessons:
            if not lesson.free:
                continue
            who = lesson.free[0][0]
            if rows(
                "SELECT 1 FROM timetable_lesson WHERE teacher_id = ? AND date = ? "
                "AND starts < ? AND ends > ?",
                [who, lesson.date, lesson.ends, lesson.starts],
            ):
                continue  # appointed for another lesson of this hour a moment ago
            name = rows(
                "SELECT surname, given_name, patronymic FROM core_person WHERE id = ?", [who]
            )[0]
            Lesson.update(
                teacher=who, note=f"замена: {short_name(*name)}", by_hand=True,
                version=Lesson.version + 1,
            ).where(Lesson.id == lesson.id).execute()  # fmt: skip
            Substitution.create(
                lesson=lesson.id, absent=teacher, substitute=who, kind=SAME, reason="ill",
                payment="hourly", order_number="112-к", made_at=clock.stamp(),
            )  # fmt: skip


STEPS = [DemoStep(name="timetable.substitutions", order=12, fill=fill)]
