"""The only clock: everything that asks for the time asks here, so that tests can move it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Samara")
_frozen: dt.datetime | None = None


def set_zone(name: str) -> None:
    """Set the school's own time zone, which decides what "today" means."""
    global _ZONE  # noqa: PLW0603 - one process serves one school
    _ZONE = ZoneInfo(name)


def zone() -> ZoneInfo:
    """The school's time zone."""
    return _ZONE


def now() -> dt.datetime:
    """This moment in UTC, aware.

    ``ASURSO_NOW`` (ISO date and time) holds the clock still; the demonstration and the screenshots
    use it to show a school on an ordinary working day.
    """
    if _frozen is not None:
        return _frozen
    held = os.environ.get("ASURSO_NOW")
    if held:
        moment = dt.datetime.fromisoformat(held)
        return moment if moment.tzinfo else moment.replace(tzinfo=_ZONE).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def stamp() -> dt.datetime:
    """This moment as the naive UTC timestamp that database columns hold (whole microseconds)."""
    return now().astimezone(dt.UTC).replace(tzinfo=None)


def local(moment: dt.datetime | None = None) -> dt.datetime:
    """A moment (naive UTC as stored, or aware; now if not given) on the school's own clock."""
    if moment is None:
        moment = now()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(_ZONE)


def today() -> dt.date:
    """The date at school."""
    return local().date()


@contextmanager
def frozen(moment: dt.datetime | dt.date | str) -> Iterator[None]:
    """Hold the clock at a moment: an ISO string, a date (noon at school) or an aware datetime."""
    global _frozen  # noqa: PLW0603 - the clock is one
    before = _frozen
    _frozen = _moment(moment)
    try:
        yield
    finally:
        _frozen = before


def _moment(value: dt.datetime | dt.date | str) -> dt.datetime:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(12), tzinfo=_ZONE)
    if value.tzinfo is None:
        value = value.replace(tzinfo=_ZONE)
    return value.astimezone(dt.UTC)
