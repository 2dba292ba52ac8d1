"""Fields that broadcasts by text message may have: the average of the period, debts.

The plugin *sms* asks for them by its hook ``sms_fields``; nothing of it is imported here. They are
worked out by the rights of whoever gets the message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import pgettext
from asurso_core.school import class_of, period_at, periods_of_class
from asurso_core.text import sort_key
from asurso_journal import pupil_rows
from asurso_journal.marks import averages, shown
from asurso_journal.permissions import MARK_VIEW
from asurso_journal.pupil_rows import PupilWeek


@dataclass(frozen=True, kw_only=True)
class SmsField:
    """A field as the hook ``sms_fields`` describes it."""

    name: str
    title: Any
    longest: int
    value: Callable[[Actor, int], str]
    requires: str = MARK_VIEW


def _known(reader: Actor, pupil_id: int) -> PupilWeek:
    """What the journal holds of a pupil in the present period, by the rights of the reader.

    Remembered for as long as the reader lives: both fields stand in one message.
    """
    slot = ("sms_fields", pupil_id)
    if slot not in reader.memo:
        reader.memo[slot] = _read(reader, pupil_id)
    return cast("PupilWeek", reader.memo[slot])


def _read(reader: Actor, pupil_id: int) -> PupilWeek:
    today = clock.today()
    place = class_of(pupil_id, today)
    period = period_at(periods_of_class(place), today) if place is not None else None
    span = (period.starts, period.ends) if period is not None else (today, today)
    return pupil_rows.week_of_pupil(reader, pupil_id, (today, today), span, today)


def average(reader: Actor, pupil_id: int) -> str:
    """«4,25»: all marks of the present period, by their weights; «нет» when there are none."""
    pairs = [pair for found in _known(reader, pupil_id).pairs.values() for pair in found]
    return shown(averages(pairs).weighted) or pgettext("field of a broadcast", "none")


def debts(reader: Actor, pupil_id: int) -> str:
    """«Математика 2, Физика»: works of the year that are still owed; «нет» when nothing is."""
    counted = Counter(subject for subject, _row in _known(reader, pupil_id).debts)
    told = [
        f"{subject} {number}" if number > 1 else subject
        for subject, number in sorted(counted.items(), key=lambda one: sort_key(one[0]))
    ]
    return ", ".join(told) or pgettext("field of a broadcast", "none")


FIELDS = [
    SmsField(name="средний", title=_l("average of the present period"), longest=4, value=average),
    SmsField(name="долги", title=_l("subjects with debts"), longest=80, value=debts),
]
