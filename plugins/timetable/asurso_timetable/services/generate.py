"""Making dated lessons for a period from the grid, the calendar and the bells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock, outbox, plugins
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, run, transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    AcademicYear,
    CalendarDay,
    Holiday,
    SchoolClass,
    school_days_of,
    week_parity,
)
from asurso_timetable.generation import Existing, Plan, Target, match, settle
from asurso_timetable.hookspecs import timetable_changed
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.queries.bells import ClassTimes
from asurso_timetable.queries.usage import in_use
from asurso_timetable.services.stale import mark_fresh


@dataclass(frozen=True)
class Span:
    """What is made: a year's classes (None: all of them) from start to end, both included."""

    year: AcademicYear
    classes: tuple[int, ...] | None
    start: dt.date
    end: dt.date


def span_of(actor: Actor, year_id: int, class_id: int | None, start: dt.date, end: dt.date) -> Span:
    """Check what is asked for; days outside the year are cut off.

    :raises NotThere: the year or class is not there for the actor.
    :raises Refused: the actor may look, but not make the timetable, or the year is closed.
    :raises Invalid: the last day comes before the first.
    """
    year = access.find(actor, VIEW, AcademicYear, year_id)
    access.require(actor, EDIT, year, see=VIEW)
    start, end = max(start, year.starts), min(end, year.ends)
    if start > end:
        raise Invalid(
            _("The last day comes before the first."),
            {"end": [_("The last day comes before the first.")]},
        )
    classes = None
    if class_id is not None:
        classes = (access.find(actor, VIEW, SchoolClass, class_id).id,)
    return Span(year, classes, start, end)


def plan(span: Span) -> Plan:
    """What would be added, removed and kept; writes nothing. About eight statements."""
    found = _Groups(span)
    targets = list(_targets(span, found))
    mine, others = _existing(span, set(found.wanted))
    matching = match(targets, mine)
    used = in_use(row.id for row in matching.loose)
    return settle(matching, used, others, found.classes)


def generate(actor: Actor, span: Span, *, mark: str | None = None) -> Plan:
    """Make the lessons of a span: one transaction, whole or not at all. Repeating changes nothing.

    ``mark`` is that of the plan that was shown; None applies whatever comes out.

    :raises Conflict: the timetable has changed since the plan was shown.
    """
    access.require(actor, EDIT, span.year, see=VIEW)
    with transaction():
        made = plan(span)
        if mark is not None and mark != made.mark:
            raise Conflict(
                _("The timetable has changed since this preview. Look at it again and repeat.")
            )
        _delete([row.id for row in made.remove])
        _insert(made.add)
        if span.classes is None:
            mark_fresh(span.year, span.start, span.end)
        if not made.empty:
            _tell(actor, span, made)
    return made


def _tell(actor: Actor, span: Span, made: Plan) -> None:
    groups = {row.group for row in made.add} | {row.group for row in made.remove}
    classes = span.classes or tuple(
        one
        for (one,) in rows(
            "SELECT DISTINCT gc.school_class_id FROM core_group_class gc "
            "JOIN core_teaching_group g ON g.id = gc.group_id WHERE g.year_id = ?",
            (span.year.id,),
        )
    )
    audit.record(
        actor,
        "timetable.generated",
        f"core.year:{span.year.id}",
        after={
            "start": span.start.isoformat(), "end": span.end.isoformat(),
            "classes": None if span.classes is None else list(span.classes),
            "groups": len(groups), "added": len(made.add), "removed": len(made.remove),
            "in_use": len(made.in_use), "by_hand": len(made.by_hand),
            "refused": len(made.refused),
        },
    )  # fmt: skip
    outbox.put(
        "timetable.changed", classes=sorted(classes),
        start=span.start.isoformat(), end=span.end.isoformat(),
    )  # fmt: skip
    plugins.announce(
        timetable_changed, class_ids=list(classes), start=span.start, end=span.end, actor=actor
    )


# --- what the grid wants -----------------------------------------------------------------------


class _Groups:
    """Teaching groups of the year: their classes and part, and which of them are reckoned."""

    def __init__(self, span: Span) -> None:
        self.classes: dict[int, tuple[tuple[int, ...], int]] = {}
        self.grades: dict[int, tuple[int, int]] = {}  # class → grade, days a week
        archived = set()
        for group, part, shut, class_id, grade, week_days in rows(
            "SELECT g.id, g.part, g.archived, c.id, c.grade, c.week_days "
            "FROM core_teaching_group g JOIN core_group_class gc ON gc.group_id = g.id "
            "JOIN core_school_class c ON c.id = gc.school_class_id WHERE g.year_id = ? "
            "ORDER BY g.id, c.id",
            (span.year.id,),
        ):
            known = self.classes.get(group, ((), part))[0]
            self.classes[group] = ((*known, class_id), part)
            self.grades[class_id] = (grade, week_days)
            if shut:
                archived.add(group)
        self.archived = archived
        chosen = None if span.classes is None else set(span.classes)
        self.wanted = [
            group
            for group, (classes, _part) in self.classes.items()
            if chosen is None or chosen & set(classes)
        ]


def _targets(span: Span, groups: _Groups) -> Iterable[Target]:
    wanted = set(groups.wanted) - groups.archived
    days = _days(span, {groups.grades[one] for group in wanted for one in groups.classes[group][0]})
    times = ClassTimes({groups.classes[group][0][0] for group in wanted})
    parity = {date: week_parity(span.year, date) for found in days.values() for date in found}
    for since, until, entries in _grids(span):
        for id_, weekday, number, odd, starts, ends, group, teacher, room in entries:
            if group not in wanted:
                continue
            classes = groups.classes[group][0]
            # A group of several classes meets on the days that all of them are at school.
            common = [days[groups.grades[one]] for one in classes]
            for date, taught_as in common[0].items():
                if taught_as != weekday or not since <= date < until:
                    continue
                if odd and parity[date] != odd:
                    continue
                if any(date not in one for one in common[1:]):
                    continue
                bells = times.of(classes[0], date)
                if bells and number not in bells:
                    continue  # the first grade has fewer lessons in autumn
                begin, finish = bells.get(number, (starts, ends))
                yield Target(date, number, begin, finish, group, teacher, room, id_)


def _days(span: Span, grades: set[tuple[int, int]]) -> dict[tuple[int, int], dict[dt.date, int]]:
    holidays = list(Holiday.select().where(Holiday.year == span.year))
    single = list(CalendarDay.select().where(CalendarDay.year == span.year))
    off = [day.date for day in single if day.kind == "day_off"]
    working = {day.date: day.weekday_as for day in single if day.kind == "working"}
    return {
        (grade, week_days): dict(
            school_days_of(
                span.start,
                span.end,
                week_days=week_days,
                holidays=[
                    (one.starts, one.ends)
                    for one in holidays
                    if one.first_grade <= grade <= one.last_grade
                ],
                off=off,
                working=working,
            )
        )
        for grade, week_days in grades
    }


def _grids(span: Span) -> Iterable[tuple[dt.date, dt.date, list[tuple[Any, ...]]]]:
    far = span.end + dt.timedelta(days=1)
    found: dict[tuple[int, dt.date, dt.date], list[tuple[Any, ...]]] = {}
    for grid, since, until, *entry in rows(
        "SELECT d.id, d.since, d.until, e.id, e.weekday, e.number, e.parity, e.starts, e.ends, "
        "e.group_id, e.teacher_id, e.room_id FROM timetable_grid d "
        "JOIN timetable_grid_entry e ON e.grid_id = d.id "
        "WHERE d.year_id = ? AND d.since <= ? AND (d.until IS NULL OR d.until > ?) ORDER BY e.id",
        (span.year.id, span.end, span.start),
    ):
        key = (grid, as_date(since), as_date(until) or far)
        found.setdefault(key, []).append(tuple(entry))
    for (_grid, since, until), entries in found.items():
        yield since, until, entries


# --- what is there -----------------------------------------------------------------------------


def _existing(span: Span, wanted: set[int]) -> tuple[list[Existing], list[Existing]]:
    """Lessons to be reckoned with, and the others of the same days."""
    mine: list[Existing] = []
    others: list[Existing] = []
    for (
        id_, date, number, starts, ends, group, teacher, room, entry, planned, by_hand, status,
    ) in rows(
        "SELECT id, date, number, starts, ends, group_id, teacher_id, room_id, entry, planned_on, "
        "by_hand, status FROM timetable_lesson WHERE date BETWEEN ? AND ? "
        "UNION ALL "
        "SELECT id, date, number, starts, ends, group_id, teacher_id, room_id, entry, planned_on, "
        "by_hand, status FROM timetable_lesson WHERE by_hand = ? AND planned_on BETWEEN ? AND ? "
        "AND NOT date BETWEEN ? AND ?",
        (span.start, span.end, True, span.start, span.end, span.start, span.end),
    ):  # fmt: skip
        day = as_date(date)
        meant = as_date(planned) or day
        row = Existing(
            id_, day, number, starts, ends, group, teacher, room, entry, meant, bool(by_hand),
            status == "cancelled",
        )  # fmt: skip
        (mine if group in wanted and span.start <= meant <= span.end else others).append(row)
    return mine, others


# --- writing -----------------------------------------------------------------------------------

_COLUMNS = (
    "date, number, starts, ends, group_id, teacher_id, room_id, entry, status, by_hand, version"
)
_ROW = "(" + ", ".join("?" * 11) + ")"
_CHUNK = 400


def _insert(targets: Sequence[Target]) -> None:
    for first in range(0, len(targets), _CHUNK):
        part = targets[first : first + _CHUNK]
        values = ", ".join([_ROW] * len(part))
        params = [one for row in part for one in (*row, "planned", False, 1)]
        run(f"INSERT INTO timetable_lesson ({_COLUMNS}) VALUES {values}", params)  # noqa: S608 - question marks only


def _delete(ids: Sequence[int]) -> None:
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        run("DELETE FROM timetable_lesson WHERE id IN ?", [list(part)])


def calendar_changed(year_id: int, start: dt.date, end: dt.date) -> None:
    """The calendar of a year changed between two days: its lessons should be made again."""
    from asurso_timetable.services.stale import mark_stale

    year = AcademicYear.get_by_id(year_id)
    mark_stale(year, max(start, year.starts), min(end, year.ends), "calendar")


def default_start(year: AcademicYear) -> dt.date:
    """Where a generation begins unless told otherwise: today, or the first day of the year."""
    return max(year.starts, min(clock.today(), year.ends))
