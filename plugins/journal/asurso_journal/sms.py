"""Commands that parents and pupils send as a text message: marks, forecast, absences, homework.

The plugin *sms* asks for them by its hook ``sms_commands``; nothing of it is imported here. Each
answer is made of pieces that are joined by spaces, and each asks
:data:`asurso_journal.permissions.MARK_VIEW` over the pupil, as the diary does.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asurso_core import clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.text import sort_key
from asurso_journal import final_rows, pupil_rows, vocabulary_rows
from asurso_journal.forecast import forecast as forecast_of
from asurso_journal.marks import DOT, averages, shown
from asurso_journal.pupil_rows import MarkRow, SubjectRow
from asurso_journal.services.tasks import LONGEST
from asurso_timetable.api import lessons_of_pupil

if TYPE_CHECKING:
    from asurso_sms.hookspecs import SmsQuestion

#: Marks of so many days are told when no day is named.
LAST_DAYS = 7
#: Homework is looked for at lessons of as many days before as it may be set for, and so many ahead.
LOOK_BACK, LOOK_AHEAD = LONGEST, dt.timedelta(days=14)
#: Of more days than a week homework is not told.
MOST_DAYS = dt.timedelta(days=6)
#: The reasons that are told even if there is none of them.
REASONS = ("Б", "УП", "НП")

Dates = tuple[dt.date, dt.date]


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


def marks(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А 12-18.09: Мат 4 5 •, Рус 3»: of the last days, or of what was named."""
    today = clock.today()
    span = (today - dt.timedelta(days=LAST_DAYS - 1), today)
    title = _span(span)
    if question.days is not None:
        span = question.days
        title = _span(span)
    elif question.period is not None and (question.period_asked or question.subjects):
        span, title = (question.period.starts, question.period.ends), question.period.title
    found = _by_subject(question, pupil_rows.marks_of_pupil(actor, pupil.id, *span))
    told = [
        f"{subject.short} {' '.join(row.value or DOT for row in rows)}" for subject, rows in found
    ]
    return [f"{question.who} {title}:", *(_listed(told) or [_("no marks")])]


def forecast(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Прогноз 1 четв: Мат 4(4,33) Рус 3(3,40)»: what the marks speak for by the school's rules."""
    if question.period is None:
        return _no_period(question)
    told = []
    for subject, marks in _of_period(actor, pupil, question):
        found = forecast_of((row.value, row.weight) for row in marks)
        if found.count:
            told.append(f"{subject.short} {found.value}({shown(found.average)})")
    head = _("Forecast %(period)s:", period=question.period.title)
    return [head, *(told or [_("no marks yet")])]


def totals(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А 1 четверть: Мат 4, Рус 5»: of what was named, else of the last column with marks.

    Where there is no final mark it says so, and tells the averages of the period.
    """
    columns = final_rows.told_finals(
        actor, pupil.id, question.year.starts if question.year else clock.today()
    )
    if question.period_asked and question.period is not None:
        columns = [one for one in columns if _is_of(one[0], question)]
    answer: list[str] = []
    for slot, found in columns if question.period_asked else columns[-1:]:
        told = [
            f"{one.short} {one.value}"
            for one in found
            if not question.subjects or one.subject_id in question.subjects
        ]
        if told:
            answer += [f"{slot.title}:", *_listed(told)]
    if answer:
        return [question.who, *answer]
    if question.period is None:
        return _no_period(question)
    told = [
        f"{subject.short} {shown(found.weighted)}"
        for subject, found in _averages(actor, pupil, question)
        if found.count
    ]
    head = f"{question.who} {question.period.title}:"
    none = _("no final marks are kept in the journal.")
    return [head, none, *([_("Averages:"), *_listed(told)] if told else [_("There are no marks.")])]


def _is_of(slot: final_rows.Slot, question: SmsQuestion) -> bool:
    """Whether a column is the named study period; the year, exam and final mark are of the year."""
    assert question.period is not None  # noqa: S101 - the caller has looked
    return (slot.starts, slot.ends) == (question.period.starts, question.period.ends)


def absences(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А 2 четв: пропущено уроков 12, Б 6, УП 4, НП 2», in lessons."""
    if question.days is not None:
        span, title = question.days, _span(question.days)
    elif question.period is not None:
        span, title = (question.period.starts, question.period.ends), question.period.title
    else:
        return _no_period(question)
    found = pupil_rows.attendance_of_pupil(actor, pupil.id, *span)
    codes = Counter(row.code for row in found if row.missed)
    head = f"{question.who} {title}:"
    if not codes:
        return [head, _("no lessons were missed")]
    letters = vocabulary_rows.letters()
    usual = [letters.get(code, code) for code in REASONS]
    told = [f"{letter} {codes.pop(letter, 0)}" for letter in usual]
    told += [f"{code} {number}" for code, number in sorted(codes.items())]
    total = sum(1 for row in found if row.missed)
    return [head, _("missed lessons %(number)s,", number=total), *_listed(told)]


def debts(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А, долги: Мат 12.09 19.09, Рус 15.09»: open dots of the year, by date of the work."""
    today = clock.today()
    starts = today - dt.timedelta(days=365) if question.year is None else question.year.starts
    found = _by_subject(question, pupil_rows.debts_of_pupil(actor, pupil.id, starts, today))
    if not found:
        return [f"{question.who}:", _("no debts")]
    told = [
        f"{subject.short} {' '.join(_day(row.date) for row in rows)}" for subject, rows in found
    ]
    return [_("%(who)s, debts:", who=question.who), *_listed(told)]


def homework(actor: Actor, pupil: Person, question: SmsQuestion) -> list[str]:
    """«Иван 5А, ДЗ на 19.09: Мат: № 5–7; Рус: § 12»: for the next day of lessons, or the named."""
    pupil_rows.require_sight(actor, pupil.id)
    today = clock.today()
    first, last = question.days or (today + dt.timedelta(days=1), today + LOOK_AHEAD)
    if question.days is not None:
        last = min(last, first + MOST_DAYS)
    lessons = [
        row
        for row in lessons_of_pupil(pupil.id, first, last)
        if not row.cancelled and (not question.subjects or row.subject_id in question.subjects)
    ]
    if question.days is None:
        lessons = [row for row in lessons if row.date == lessons[0].date]
    if not lessons:
        title = _span((first, last)) if question.days is not None else ""
        return [f"{question.who} {title}".rstrip() + ":", _("no lessons")]
    groups = {row.group_id for row in lessons}
    _topics, due, tasks = pupil_rows.homework_of_pupil(
        actor, pupil.id, groups, lessons[0].date - LOOK_BACK, lessons[-1].date
    )
    by_day: dict[dt.date, list[str]] = {row.date: [] for row in lessons}
    for row in lessons:
        own = [one.text for one in tasks.get(row.id, ()) if not one.for_all]
        told = " ".join([due.get(row.id, ""), *own]).split()
        if told:
            by_day[row.date].append(f"{_short(row)}: {' '.join(told)}")
    pieces = []
    for day, listed in by_day.items():
        pieces.append(_("homework for %(day)s:", day=_day(day)))
        pieces += _listed(listed, ";") or [_("nothing is written down")]
    return [f"{question.who},", *pieces]


# --- pieces ------------------------------------------------------------------------------------


def _by_subject(
    question: SmsQuestion, found: Iterable[MarkRow]
) -> list[tuple[SubjectRow, list[MarkRow]]]:
    """Rows of each subject that was asked about, subjects in Russian order."""
    rows = list(found)
    subjects = pupil_rows.subjects_of_groups(row.group_id for row in rows)
    told: dict[SubjectRow, list[MarkRow]] = defaultdict(list)
    for row in rows:
        subject = subjects[row.group_id]
        if not question.subjects or subject.id in question.subjects:
            told[subject].append(row)
    return sorted(told.items(), key=lambda pair: sort_key(pair[0].short))


def _averages(
    actor: Actor, pupil: Person, question: SmsQuestion
) -> Iterator[tuple[SubjectRow, Any]]:
    for subject, rows in _of_period(actor, pupil, question):
        yield subject, averages((row.value, row.weight) for row in rows)


def _of_period(
    actor: Actor, pupil: Person, question: SmsQuestion
) -> list[tuple[SubjectRow, list[MarkRow]]]:
    assert question.period is not None  # noqa: S101 - the callers have looked
    found = pupil_rows.marks_of_pupil(actor, pupil.id, question.period.starts, question.period.ends)
    return _by_subject(question, found)


def _no_period(question: SmsQuestion) -> list[str]:
    return [f"{question.who}:", _("no study periods are set for the class")]


def _listed(told: list[str], sign: str = ",") -> list[str]:
    """Pieces of a list: a sign after each but the last."""
    return [f"{one}{sign}" for one in told[:-1]] + told[-1:]


def _short(lesson: Any) -> str:
    return str(lesson.subject_short or lesson.subject).rstrip(". ")


def _day(day: dt.date) -> str:
    return f"{day:%d.%m}"


def _span(span: Dates) -> str:
    """«12-18.09», «28.09-04.10», «18.09»."""
    first, last = span
    if first == last:
        return _day(first)
    month = "" if (first.year, first.month) == (last.year, last.month) else f"{first:.%m}"
    return f"{first:%d}{month}-{_day(last)}"


_ALL = frozenset(("subject", "day", "period"))
COMMANDS = [
    SmsCommand(
        name="journal.marks",
        words=("ОЦЕНКИ", "оценка", "отметки", "отметка"),
        help=_l("[name] [subject] [date or quarter]: marks, of the last 7 days at first"),
        takes=_ALL,
        answer=marks,
        order=10,
    ),
    SmsCommand(
        name="journal.forecast",
        words=("ПРОГНОЗ",),
        help=_l("[name] [subject]: which mark of the quarter the average speaks for"),
        takes=frozenset(("subject", "period")),
        answer=forecast,
        order=20,
    ),
    SmsCommand(
        name="journal.totals",
        words=("ИТОГИ", "итог", "итоговые"),
        help=_l("[name] [quarter]: marks of quarters and of the year"),
        takes=frozenset(("subject", "period")),
        answer=totals,
        order=30,
    ),
    SmsCommand(
        name="journal.absences",
        words=("ПРОПУСКИ", "пропуск", "посещаемость"),
        help=_l("[name] [date or quarter]: missed lessons and why"),
        takes=frozenset(("day", "period")),
        answer=absences,
        order=40,
    ),
    SmsCommand(
        name="journal.debts",
        words=("ДОЛГИ", "долг"),
        help=_l("[name] [subject]: works that are owed"),
        takes=frozenset(("subject",)),
        answer=debts,
        order=50,
    ),
    SmsCommand(
        name="journal.homework",
        words=("ДЗ", "домашка", "домашнее", "задание", "задано"),
        help=_l("[name] [subject] [date]: homework for the next day"),
        takes=frozenset(("subject", "day")),
        answer=homework,
        order=60,
        ahead=True,
    ),
]
