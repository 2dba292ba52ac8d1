"""What whoever leads the school looks at first: who is absent, what the journals lack."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import rows
from asurso_journal import permissions

#: So many days back journals without a topic and unusual changes are counted.
DAYS = 7


class SchoolToday(NamedTuple):
    """Figures of the whole school: of today, and of the days since ``since`` until yesterday."""

    since: dt.date
    lessons: int  # of today that take place
    absent: int  # pupils with a missed lesson today, or known to be absent
    bare: int  # lessons since ``since`` without a topic
    teachers: int  # whose lessons these are
    alarms: int  # unusual changes since ``since``, those of today too


_SCHOOL = """
    SELECT (SELECT COUNT(*) FROM timetable_lesson l
             WHERE l.date = ? AND l.status <> 'cancelled'),
           (SELECT COUNT(*) FROM (
              SELECT t.pupil_id FROM timetable_lesson l
                JOIN journal_attendance t ON t.lesson_id = l.id
                JOIN journal_attendance_code k ON k.code = t.code AND k.missed
               WHERE l.date = ? AND l.status <> 'cancelled'
               UNION
              SELECT a.pupil_id FROM journal_absence a
               WHERE a.removed_at IS NULL AND a.starts <= ? AND a.ends >= ?) gone),
           COUNT(*), COUNT(DISTINCT l.teacher_id),
           (SELECT COUNT(*) FROM journal_alarm r WHERE r.day >= ?)
      FROM timetable_lesson l
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled' AND COALESCE(n.topic, '') = ''
"""


def school_today(actor: Actor) -> SchoolToday | None:
    """The state of the whole school for whoever watches over all journals; one statement.

    None for everybody else: a part of the school would be read as the whole of it.
    """
    access.require_any(actor, permissions.WATCH)
    if not actor.is_system and "school" not in actor.grants.get(permissions.WATCH, ()):
        return None
    today = clock.today()
    since, yesterday = today - dt.timedelta(days=DAYS), today - dt.timedelta(days=1)
    found = rows(_SCHOOL, [today, today, today, today, since, since, yesterday])
    return SchoolToday(since, *found[0])
