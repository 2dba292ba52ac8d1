"""Remembering which days may no longer follow the grid, the calendar or the bells."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock
from asurso_core.school import AcademicYear
from asurso_timetable.models import Lesson, StaleSpan


def mark_stale(year: AcademicYear, start: dt.date, end: dt.date, reason: str) -> None:
    """Say that lessons from start to end should be made again; call inside a transaction.

    Says nothing while the year has no dated lessons in these days: there is nothing to repair.
    """
    if start > end or not Lesson.select().where(Lesson.date >= start, Lesson.date <= end).exists():
        return
    known = StaleSpan.get_or_none(StaleSpan.year == year, StaleSpan.reason == reason)
    if known is None:
        StaleSpan.create(year=year, starts=start, ends=end, reason=reason, at=clock.stamp())
        return
    StaleSpan.update(
        starts=min(known.starts, start), ends=max(known.ends, end), at=clock.stamp()
    ).where(StaleSpan.id == known.id).execute()


def mark_fresh(year: AcademicYear, start: dt.date, end: dt.date) -> None:
    """Forget what a generation of all classes from start to end has put right."""
    for span in StaleSpan.select().where(StaleSpan.year == year):
        if start <= span.starts and span.ends <= end:
            span.delete_instance()
        elif start <= span.starts <= end:
            StaleSpan.update(starts=end + dt.timedelta(days=1)).where(
                StaleSpan.id == span.id
            ).execute()
        elif start <= span.ends <= end:
            StaleSpan.update(ends=start - dt.timedelta(days=1)).where(
                StaleSpan.id == span.id
            ).execute()
