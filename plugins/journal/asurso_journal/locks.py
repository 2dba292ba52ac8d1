"""What closes a day of the journal beside the passing of days: closed periods, and their unlocking.

The pieces stand in statements of others, so that asking for them costs no statement of its own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, stamp_value

#: 1 where the period of a lesson ``l`` is closed for any class of its group, else 0.
LOCKED = """
    CASE WHEN EXISTS (SELECT 1 FROM core_group_class lgc
      JOIN core_school_class lc ON lc.id = lgc.school_class_id
      JOIN core_period lp ON lp.period_type_id = lc.period_type_id
      JOIN journal_period_closing lk ON lk.period_id = lp.id AND lk.school_class_id = lc.id
     WHERE lgc.group_id = l.group_id AND l.date BETWEEN lp.starts AND lp.ends) THEN 1 ELSE 0 END
"""
#: The last day of the study period of a lesson ``l``, null outside of all periods.
ENDS = """
    (SELECT MAX(lp.ends) FROM core_group_class lgc
      JOIN core_school_class lc ON lc.id = lgc.school_class_id
      JOIN core_period lp ON lp.period_type_id = lc.period_type_id
     WHERE lgc.group_id = l.group_id AND l.date BETWEEN lp.starts AND lp.ends)
"""
#: The reason for which a lesson ``l`` is unlocked for a teacher at a moment (two parameters).
UNLOCKED = """
    COALESCE((SELECT MAX(lu.reason) FROM journal_unlock lu
      LEFT JOIN core_period lp ON lp.id = lu.period_id
     WHERE lu.teacher_id = ? AND lu.until > ? AND lu.ended_at IS NULL
       AND (lu.group_id IS NULL OR lu.group_id = l.group_id)
       AND (lu.period_id IS NULL OR l.date BETWEEN lp.starts AND lp.ends)), '')
"""


class Lock(NamedTuple):
    """Whether the period is closed, and the reason for which it is unlocked for the actor."""

    locked: bool = False
    unlocked: str = ""


def whose(actor: Actor) -> list[Any]:
    """The two parameters of :data:`UNLOCKED`."""
    return [actor.person_id or 0, stamp_value(clock.stamp())]


def of_lesson(actor: Actor, lesson_id: int) -> tuple[Lock, dt.date | None]:
    """The lock of one lesson, and the last day of its study period; one statement."""
    sql = f"SELECT {LOCKED}, {UNLOCKED}, {ENDS} FROM timetable_lesson l WHERE l.id = ?"  # noqa: S608
    locked, unlocked, ends = rows(sql, [*whose(actor), lesson_id])[0]
    return Lock(bool(locked), unlocked), as_date(ends)
