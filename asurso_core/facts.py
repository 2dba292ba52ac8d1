"""Facts that move, shipped with the kernel: calendars, subjects, federal plans, norms of load.

Each table is a CSV file in ``asurso_core/data``; ``sources.csv`` says for every file how long it
holds, where it comes from and how sure it is. Nothing here is stored in the database: a school
copies what it needs and changes its copy.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources

#: Days before the first of September when the coming year is already the one people work on.
_LEAD_DAYS = 17


def rows(package: str, file: str) -> list[dict[str, str]]:
    """Rows of a CSV table that a package ships in its ``data`` folder.

    Plugins keep their own facts the same way: ``rows("asurso_timetable", "bells.csv")``.
    """
    text = resources.files(package).joinpath("data", file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the facts of one file come from and while they hold."""

    file: str
    title: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    source: str
    confidence: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """Named days of a school calendar, first and last included, for some grades."""

    title: str
    starts: dt.date
    ends: dt.date
    first_grade: int
    last_grade: int
    confidence: str

    def __contains__(self, day: dt.date) -> bool:
        return self.starts <= day <= self.ends


@dataclass(frozen=True, kw_only=True)
class YearCalendar:
    """The recommended calendar of one school year."""

    title: str  # 2026/27
    starts: dt.date
    ends: dt.date
    quarters: tuple[Span, ...]
    half_years: tuple[Span, ...]
    vacations: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class SpecialDay:
    """A day that differs from its weekday in the production calendar."""

    date: dt.date
    kind: str  # holiday, day_off, short, working
    title: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class SubjectFact:
    """A subject of the federal programmes, or a usual extracurricular course."""

    code: str
    name: str
    short_name: str
    area: str
    first_grade: int
    last_grade: int
    kind: str  # subject, extracurricular
    aliases: tuple[str, ...]
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A federal curriculum: which grades it serves and how many hours a week it may take."""

    code: str
    title: str
    stage: str
    week_days: int
    first_grade: int
    last_grade: int
    valid_from: dt.date
    valid_to: dt.date
    mandatory_hours: tuple[Decimal, ...]  # by grade, from the first one
    free_hours: tuple[Decimal, ...]
    week_maximum: tuple[Decimal, ...]
    total_hours: int
    confidence: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """Weekly hours of one subject in one grade of a federal curriculum."""

    plan: str
    grade: int
    part: str  # mandatory, free
    area: str
    subject: str  # code of a SubjectFact; empty for the free part as a whole
    title: str
    level: str  # basic, advanced or empty
    hours: Decimal


@dataclass(frozen=True, kw_only=True)
class LoadNorm:
    """The sanitary norm of load for a grade."""

    grade: int
    week_5_days: int
    week_6_days: int | None  # None: a six-day week is not allowed
    year_minimum: int | None
    year_maximum: int | None
    extracurricular_week: int
    lessons_a_day: int
    lessons_once_a_week: int  # one day a week may be this long
    homework_hours: Decimal
    study_weeks: int
    confidence: str


@dataclass(frozen=True, kw_only=True)
class ScheduleRule:
    """A requirement to the timetable in words, with its weight (``error`` or ``warn``)."""

    code: str
    title: str
    value: str
    severity: str
    source: str
    confidence: str


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _number(text: str) -> int | None:
    return int(text) if text else None


def _decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(part) for part in text.split())


@functools.cache
def sources() -> tuple[Source, ...]:
    """What is known about every file of facts."""
    return tuple(
        Source(
            file=row["file"],
            title=row["title"],
            valid_from=_date(row["valid_from"]),
            valid_to=_date(row["valid_to"]),
            source=row["source"],
            confidence=row["confidence"],
            note=row["note"],
        )
        for row in rows("asurso_core", "sources.csv")
    )


@functools.cache
def year_calendars() -> tuple[YearCalendar, ...]:
    """The shipped school years, earliest first."""
    spans: dict[str, dict[str, list[Span]]] = {}
    for row in rows("asurso_core", "calendar.csv"):
        span = Span(
            title=row["title"],
            starts=dt.date.fromisoformat(row["starts"]),
            ends=dt.date.fromisoformat(row["ends"]),
            first_grade=int(row["first_grade"]),
            last_grade=int(row["last_grade"]),
            confidence=row["confidence"],
        )
        spans.setdefault(row["year"], {}).setdefault(row["kind"], []).append(span)
    return tuple(
        YearCalendar(
            title=title,
            starts=kinds["year"][0].starts,
            ends=kinds["year"][0].ends,
            quarters=tuple(kinds["quarter"]),
            half_years=tuple(kinds["half_year"]),
            vacations=tuple(kinds["vacation"]),
        )
        for title, kinds in sorted(spans.items())
    )


def year_calendar(title: str) -> YearCalendar:
    """The calendar of a year by its title, ``2026/27``; ``KeyError`` if it is not shipped."""
    for found in year_calendars():
        if found.title == title:
            return found
    raise KeyError(title)


def year_on(day: dt.date) -> YearCalendar:
    """The year people work on at a date; the nearest shipped one outside the known years."""
    begun = [
        year for year in year_calendars() if year.starts - dt.timedelta(days=_LEAD_DAYS) <= day
    ]
    return begun[-1] if begun else year_calendars()[0]


@functools.cache
def _special_days() -> tuple[SpecialDay, ...]:
    return tuple(
        SpecialDay(
            date=dt.date.fromisoformat(row["date"]),
            kind=row["kind"],
            title=row["title"],
            basis=row["basis"],
        )
        for row in rows("asurso_core", "production_calendar.csv")
    )


def special_days(first: dt.date, last: dt.date) -> Iterator[SpecialDay]:
    """Public holidays, moved days off, short days and working Saturdays between two dates."""
    return (day for day in _special_days() if first <= day.date <= last)


@functools.cache
def subjects() -> tuple[SubjectFact, ...]:
    """All known subjects, those out of use included (see ``valid_to``)."""
    return tuple(
        SubjectFact(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            area=row["area"],
            first_grade=int(row["first_grade"]),
            last_grade=int(row["last_grade"]),
            kind=row["kind"],
            aliases=tuple(part for part in row["aliases"].split("|") if part),
            valid_from=_date(row["valid_from"]),
            valid_to=_date(row["valid_to"]),
        )
        for row in rows("asurso_core", "subjects.csv")
    )


def subject(code: str) -> SubjectFact:
    """A subject by its code; ``KeyError`` if there is none."""
    for found in subjects():
        if found.code == code:
            return found
    raise KeyError(code)


@functools.cache
def _plans() -> tuple[Plan, ...]:
    return tuple(
        Plan(
            code=row["code"],
            title=row["title"],
            stage=row["stage"],
            week_days=int(row["week_days"]),
            first_grade=int(row["first_grade"]),
            last_grade=int(row["last_grade"]),
            valid_from=dt.date.fromisoformat(row["valid_from"]),
            valid_to=dt.date.fromisoformat(row["valid_to"]),
            mandatory_hours=_decimals(row["mandatory_hours"]),
            free_hours=_decimals(row["free_hours"]),
            week_maximum=_decimals(row["week_maximum"]),
            total_hours=int(row["total_hours"]),
            confidence=row["confidence"],
            note=row["note"],
        )
        for row in rows("asurso_core", "curriculum_plans.csv")
    )


def plans(on: dt.date | None = None) -> tuple[Plan, ...]:
    """Federal curricula; with a date, only those in force on it."""
    return tuple(plan for plan in _plans() if on is None or plan.valid_from <= on <= plan.valid_to)


@functools.cache
def _plan_rows() -> dict[tuple[str, int], tuple[PlanRow, ...]]:
    found: dict[tuple[str, int], list[PlanRow]] = {}
    for row in rows("asurso_core", "curriculum_hours.csv"):
        line = PlanRow(
            plan=row["plan"],
            grade=int(row["grade"]),
            part=row["part"],
            area=row["area"],
            subject=row["subject"],
            title=row["title"],
            level=row["level"],
            hours=Decimal(row["hours"]),
        )
        found.setdefault((line.plan, line.grade), []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}


def plan_rows(plan: str, grade: int) -> tuple[PlanRow, ...]:
    """Subjects and weekly hours of a grade; ``KeyError`` if the plan does not serve it."""
    return _plan_rows()[plan, grade]


@functools.cache
def load_norms() -> dict[int, LoadNorm]:
    """Norms of load by grade."""
    return {
        int(row["grade"]): LoadNorm(
            grade=int(row["grade"]),
            week_5_days=int(row["week_5_days"]),
            week_6_days=_number(row["week_6_days"]),
            year_minimum=_number(row["year_minimum"]),
            year_maximum=_number(row["year_maximum"]),
            extracurricular_week=int(row["extracurricular_week"]),
            lessons_a_day=int(row["lessons_a_day"]),
            lessons_once_a_week=int(row["lessons_once_a_week"]),
            homework_hours=Decimal(row["homework_hours"]),
            study_weeks=int(row["study_weeks"]),
            confidence=row["confidence"],
        )
        for row in rows("asurso_core", "load_norms.csv")
    }


@functools.cache
def _difficulty() -> dict[tuple[str, int], int]:
    return {
        (row["subject"], int(row["grade"])): int(row["points"])
        for row in rows("asurso_core", "difficulty.csv")
    }


def difficulty(subject_code: str, grade: int) -> int | None:
    """Points of a subject on the sanitary scale of difficulty; None where there is no norm."""
    return _difficulty().get((subject_code, grade))


@functools.cache
def schedule_rules() -> tuple[ScheduleRule, ...]:
    """Requirements to a timetable, in words."""
    return tuple(ScheduleRule(**row) for row in rows("asurso_core", "schedule_rules.csv"))
