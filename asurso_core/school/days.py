"""Which dates are school days: arithmetic of a calendar, without a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

_DAY = dt.timedelta(days=1)


def between(start: dt.date, end: dt.date) -> Iterable[dt.date]:
    """Every date from start to end, both included; nothing if end comes first."""
    while start <= end:
        yield start
        start += _DAY


def school_days_of(
    start: dt.date,
    end: dt.date,
    *,
    week_days: int,
    holidays: Iterable[tuple[dt.date, dt.date]] = (),
    off: Iterable[dt.date] = (),
    working: Mapping[dt.date, int | None] | None = None,
) -> list[tuple[dt.date, int]]:
    """School days from start to end, both included, each with the weekday it is taught as.

    ``week_days`` is 5 or 6. ``holidays`` are first and last days, both included. ``working`` maps
    a working day off (a working Saturday) to the weekday whose lessons are held, None for its own.
    A day off and holidays win over a working day: they are told to the family beforehand, and a
    working Saturday of the whole school does not call back a grade that is on holiday.
    """
    working = working or {}
    shut = set(off)
    for first, last in holidays:
        shut.update(between(max(first, start), min(last, end)))
    found = []
    for day in between(start, end):
        if day in shut:
            continue
        if day in working:
            found.append((day, working[day] or day.isoweekday()))
        elif day.isoweekday() <= week_days:
            found.append((day, day.isoweekday()))
    return found


def parity_of(first_september: dt.date, day: dt.date) -> int:
    """1 in the week (Monday to Sunday) of the first of September and every other one, else 2."""

    def monday(date: dt.date) -> dt.date:
        return date - dt.timedelta(days=date.isoweekday() - 1)

    return 1 + (monday(day) - monday(first_september)).days // 7 % 2
