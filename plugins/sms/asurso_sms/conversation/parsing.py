"""A query's text as words, days and periods. No database here: names come later.

«ОЦЕНКИ, Иван. матем 12-18.09» → words, among them one piece of dates; :func:`arguments` then
takes days and periods out, and what is left are names of children and subjects.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from asurso_sms.conversation import spelling

#: Nobody asks in more; what follows is not read.
LONGEST = 300


@dataclass(frozen=True)
class Dates:
    """A date or a span as it was typed, day, month, year; the year may be missing."""

    first: tuple[int, int, int | None]
    last: tuple[int, int, int | None]


Token = str | Dates


@dataclass(frozen=True)
class Arguments:
    """What was typed after a command, sorted.

    ``period`` is ``(kind, number)``: kind ``quarter``, ``half_year``, ``trimester``, ``module``,
    ``year``; number None for the present one.
    """

    words: tuple[str, ...] = ()
    days: tuple[dt.date, dt.date] | None = None
    period: tuple[str, int | None] | None = None


_DAY = r"([0-9]{1,2})[./]([0-9]{1,2})(?:[./]([0-9]{4}|[0-9]{2}))?(?![0-9])"
_DATES = re.compile(
    rf"(?<![0-9])(?:(?P<from>[0-9]{{1,2}})\s*[-–—]\s*)?{_DAY}"
    rf"|(?<![0-9])(?P<day>[0-9]{{1,2}})\s+(?P<month>[а-яa-z]{{3,}})"
)
_HALF_YEAR = re.compile(r"\bп\s*/\s*г\b")
#: «5-А» and «5 «А»» are one word; «1-я четверть» is not a class.
_CLASS = re.compile(r"\b(1[01]|[1-9])\s*[-–«\"']+\s*(?![яйе]\b)([а-яa-z])\b")
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")


def scan(text: str) -> list[Token]:
    """Words and dates of a text, in order."""
    plain = spelling.written(text[:LONGEST])[:LONGEST]
    plain = _HALF_YEAR.sub("полугодие", plain)
    plain = _CLASS.sub(r"\1\2", plain)
    found: list[Token] = []
    at = 0
    for match in _DATES.finditer(plain):
        dates = _dates(match)
        if dates is not None:
            found += spelling.split(plain[at : match.start()])
            found.append(dates)
            at = match.end()
    return found + spelling.split(plain[at:])


def _dates(match: re.Match[str]) -> Dates | None:
    if match["day"]:
        month = _month(match["month"])
        day = (int(match["day"]), month, None)
        return Dates(day, day) if month else None
    day_, month_, year_ = match.group(2), match.group(3), match.group(4)
    year = None if year_ is None else int(year_) + (2000 if len(year_) == 2 else 0)
    last = (int(day_), int(month_), year)
    return Dates((int(match["from"]), *last[1:]) if match["from"] else last, last)


def _month(word: str) -> int:
    heard = spelling.sound(word)
    if heard in {spelling.sound(form) for form in ("май", "мая", "мае")}:
        return 5
    for number, stem in enumerate(_MONTHS, 1):
        if number != 5 and heard.startswith(spelling.sound(stem)):
            return number
    return 0


# --- days and periods --------------------------------------------------------------------------

_SHIFTS = {"сегодня": 0, "завтра": 1, "послезавтра": 2, "вчера": -1, "позавчера": -2}
_WEEKDAYS = (
    ("понедельник", "понедельника", "пн", "пон", "понед"),
    ("вторник", "вторника", "вт", "втор", "вторн"),
    ("среда", "среду", "среды", "ср"),
    ("четверг", "четверга", "чт"),
    ("пятница", "пятницу", "пятницы", "пт", "пятн"),
    ("суббота", "субботу", "субботы", "сб", "субб"),
    ("воскресенье", "воскресенья", "вс", "воскр"),
)
#: Too much like a quarter: asked for only where no quarter can be meant.
_THURSDAY, _SHORT_THURSDAY = 3, ("четв", "четвер", "chetv")
_SPANS = {"неделя": 7, "неделю": 7, "недели": 7, "месяц": 30, "месяца": 30}
#: Forms that mean a period with or without a number, and those that need one beside them.
_PERIODS = {
    "quarter": (("четверть", "четверти", "четв"), ("ч", "чет", "четвер")),
    "half_year": (("полугодие", "полугодия", "полугодии", "полуг"), ("пол", "пг")),
    "trimester": (("триместр", "триместра", "трим"), ("три", "тр")),
    "module": (("модуль", "модуля", "модуле"), ("мод",)),
    "year": (("год", "года", "году"), ()),
}
_NUMBER = re.compile(r"([1-6])(?:й|я|ая|ую|ой|е|ое|ый|ая)?")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "і": 1, "іі": 2, "ііі": 3}
_GLUED = re.compile(r"([1-6]|i{1,3}|iv)([а-я]+|[a-z]+)")
_ORDINALS = {"перв": 1, "втор": 2, "трет": 3, "четверта": 4, "четверту": 4, "четверто": 4}
_ENDINGS = frozenset(("й", "я", "ая", "ую", "ой", "е", "ое", "ый"))
#: Words that say nothing.
_FILLERS = frozenset((
    "и", "а", "в", "во", "за", "на", "по", "про", "у", "о", "об", "с", "со", "до", "от", "мне",
    "мои", "мой", "моя", "моего", "моей", "же", "ли", "какие", "какой", "какая", "какое", "что",
    "как", "есть", "г", "гг", "учебный", "класс", "класса", "урок", "урока", "пожалуйста",
    "плз", "дайте", "скажите", "пришлите", "этот", "эту", "это", "текущий", "текущую",
))  # fmt: skip


def arguments(
    tokens: Sequence[Token], today: dt.date, *, ahead: bool = False, periods: bool = True
) -> Arguments:
    """Days and periods among the tokens after a command, and the words that are left.

    ``ahead`` looks for the next Wednesday, not for the last one. Without ``periods`` «четв» is a
    Thursday.
    """
    days: list[dt.date] = []
    words: list[str] = []
    period: tuple[str, int | None] | None = None
    left = list(tokens)
    while left:
        token = left.pop(0)
        if isinstance(token, Dates):
            named = [_day(one, today) for one in (token.first, token.last)]
            days += [day for day in named if day is not None]
            if None in named:
                words.append("?")  # no such day: it must not pass for "no day was named"
            continue
        found, used = _period(token, left) if periods else (None, 0)
        if found is not None:
            period = period or found
            del left[:used]
            continue
        span = _named_days(token, today, ahead=ahead)
        if span is not None:
            days += span
        elif token not in _FILLERS:
            words.append(token)
    return Arguments(tuple(words), (min(days), max(days)) if days else None, period)


def _day(typed: tuple[int, int, int | None], today: dt.date) -> dt.date | None:
    """The date; without a year, that of the school year around today."""
    day, month, year = typed
    if year is None:
        begun = today.year if today.month >= 8 else today.year - 1
        year = begun if month >= 8 else begun + 1
    try:
        return dt.date(year, month, day) if 2000 <= year <= 2099 else None
    except ValueError:
        return None


def _named_days(word: str, today: dt.date, *, ahead: bool) -> list[dt.date] | None:
    for name, shift in _SHIFTS.items():
        if _is(word, (name,)):
            return [today + dt.timedelta(days=shift)]
    for number, forms in enumerate(_WEEKDAYS):
        if _is(word, forms) or (number == _THURSDAY and word in _SHORT_THURSDAY):
            step = (number - today.weekday()) % 7 if ahead else -((today.weekday() - number) % 7)
            return [today + dt.timedelta(days=step)]
    for name, length in _SPANS.items():
        if _is(word, (name,)):
            other = today + dt.timedelta(days=(length - 1) * (1 if ahead else -1))
            return [today, other]
    return None


def _is(word: str, forms: Sequence[str]) -> bool:
    """Whether a word is one of the forms, whole or, where it is long enough, with one slip."""
    return any(
        (level := spelling.fit(word, form)) == spelling.WHOLE
        or (level == spelling.SLIPPED and len(form) > 5)
        for form in forms
    )


def _period(head: str, after: list[Token]) -> tuple[tuple[str, int | None] | None, int]:
    """``(kind, number)`` of a period that begins here, and how many more tokens it takes."""
    glued = _GLUED.fullmatch(head)
    if glued and (kind := _kind(glued[2], numbered=True)):
        return (kind, _ROMAN.get(glued[1]) or int(glued[1])), 0
    number = _number(head)
    if number is not None:
        used = 1 if after and after[0] in _ENDINGS else 0
        kind = _kind(after[used], numbered=True) if len(after) > used else None
        return ((kind, number), used + 1) if kind else (None, 0)
    kind = _kind(head, numbered=False)
    if kind is None:
        return None, 0
    number = _number(after[0]) if after and kind != "year" else None
    return (kind, number), 0 if number is None else 1


def _number(token: Token) -> int | None:
    if isinstance(token, Dates):
        return None
    plain = _NUMBER.fullmatch(token)
    if plain:
        return int(plain[1])
    if token in _ROMAN:
        return _ROMAN[token]
    heard = spelling.sound(token)
    return next((number for stem, number in _ORDINALS.items() if heard.startswith(stem)), None)


def _kind(token: Token, *, numbered: bool) -> str | None:
    if isinstance(token, Dates) or spelling.fit(token, "четверг") == spelling.WHOLE:
        return None
    for kind, (always, beside) in _PERIODS.items():
        if _is(token, always) or (numbered and token in beside):
            return kind
    return None
