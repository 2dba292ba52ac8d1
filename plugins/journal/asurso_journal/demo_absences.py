"""Absences of days in the demonstration school: who is ill now, and what parents wrote of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import clock
from asurso_core.db import as_date, rows
from asurso_core.demo import DemoSchool, DemoStep
from asurso_journal.models import Absence, AbsenceNote

# Pupils who were ill on the last day with lessons, and since when.
_ILL = """
    SELECT t.pupil_id, MIN(l.date)
      FROM journal_attendance t JOIN timetable_lesson l ON l.id = t.lesson_id
     WHERE t.code = 'Б' AND l.date BETWEEN ? AND ? AND t.pupil_id IN (
           SELECT x.pupil_id FROM journal_attendance x JOIN timetable_lesson y ON y.id = x.lesson_id
            WHERE x.code = 'Б' AND y.date = (SELECT MAX(z.date) FROM timetable_lesson z
                  JOIN journal_attendance q ON q.lesson_id = z.id WHERE z.date <= ?))
     GROUP BY t.pupil_id ORDER BY t.pupil_id
"""
_WELL = """
    SELECT m.pupil_id, MIN(u.id) FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = ?
      JOIN core_guardian k ON k.pupil_id = m.pupil_id AND k.may_receive
      JOIN core_user u ON u.person_id = k.guardian_id
     WHERE m.until IS NULL GROUP BY m.pupil_id ORDER BY m.pupil_id
"""
_WORDS = (
    "Температура, вызвали врача", "Едем на соревнования по плаванию", "Семейные обстоятельства",
    "Запись к стоматологу", "Болит горло, побудет дома",
)  # fmt: skip


def fill(school: DemoSchool) -> None:
    """Illnesses of these days are entered as a whole; a few notes wait for an answer."""
    school.bulk.flush()
    today, lots = school.today, school.lots("absences")
    stamp = clock.stamp()
    plain: dict[str, Any] = {"year": school.year_id, "created_at": stamp}
    for pupil, since in rows(_ILL, [today - dt.timedelta(days=6), today, today]):
        Absence.create(
            **plain, pupil=pupil, starts=as_date(since), code="Б",
            ends=today + dt.timedelta(days=lots.randint(0, 4)),
            certificate=str(lots.randint(100, 999)) if lots.random() < 0.4 else "",
        )  # fmt: skip
    well = rows(_WELL, [school.year_id])
    for pupil, user in lots.sample(well, min(len(well), 2 + len(well) // 40)):
        day = today + dt.timedelta(days=lots.randint(0, 2))
        AbsenceNote.create(
            **plain, pupil=pupil, starts=day, ends=day + dt.timedelta(days=lots.randint(0, 1)),
            reason=lots.choice(_WORDS), created_by=user,
        )  # fmt: skip


STEPS = [DemoStep(name="journal.absences", order=26, fill=fill)]
