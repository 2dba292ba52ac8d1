"""The command РАСП that parents and pupils send as a text message.

The plugin *sms* asks for it by its hook ``sms_commands``; nothing of it is imported here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_timetable.queries import week
from asurso_timetable.rows import LessonRow, face

if TYPE_CHECKING:
    from asurso_sms.hookspecs import SmsQuestion

#: Of more days than a week nothing is told.
MOST_DAYS = dt.timedelta(days=6)


@dataclass(frozen=True, kw_only=True)
class SmsCommand:
    """A command as the hook ``sms_commands`` describes it."""

    name: str
    words: tuple[str, ...]
    help: Any
    takes: frozenset[str]
    answer: Callable[[Actor, Person, SmsQuestion], list[str]]
    order: int
    ahead: bool = False


def lessons(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А пн 14.09: 08:30 Мат, 09:25 Рус, до 10:10»: of the next day, or of those named."""
    if question.days is None:
        first, today = week.day_ahead(actor, pupil.id)
        days = {first: today}
    else:
        first, last = question.days
        last = min(last, first + MOST_DAYS)
        days = week.days_of_pupil(actor, pupil.id, first, last) or {first: []}
    pieces = [question.who]
    for date, found in days.items():
        pieces.append(f"{date_text(date, 'EEE')} {date:%d.%m}:")
        pieces += _told(found)
    return pieces


def _told(found: list[LessonRow]) -> list[str]:
    if not found:
        return [_("no lessons")]
    pieces, cancelled = [], _("cancelled")
    for row in found:
        subject = (row.subject_short or row.subject).rstrip(". ")
        off = f" ({cancelled})" if row.cancelled else ""
        pieces.append(f"{face(row.starts)} {subject}{off},")
    held = [row.ends for row in found if not row.cancelled]
    until = _("until %(time)s", time=face(max(held))) if held else _("no lessons")
    return [*pieces, until]


COMMANDS = [
    SmsCommand(
        name="timetable.lessons",
        words=("РАСП", "расписание", "уроки"),
        help=_l("[name] [date]: lessons with times"),
        takes=frozenset(("day",)),
        answer=lessons,
        order=70,
        ahead=True,
    ),
]
