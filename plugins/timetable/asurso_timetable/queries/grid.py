"""Reading the weekly grid: the list of grids, and the whole week of a class in one table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import rows, russian, russian_order
from asurso_core.school import AcademicYear, Room, SchoolClass, Subject, current_year
from asurso_timetable.models import Grid, GridAct, GridEntry, StaleSpan
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.queries.bells import Times, numbers_of_class
from asurso_timetable.rows import class_title, face, short_name

WEEKDAYS = range(1, 7)


@dataclass
class GridList:
    """Grids of a year, and what should be made again."""

    year: AcademicYear | None
    grids: list[Grid] = field(default_factory=list)
    stale: list[StaleSpan] = field(default_factory=list)
    present: int = 0
    classes: list[SchoolClass] = field(default_factory=list)


def grids(actor: Actor) -> GridList:
    """The grids of the current year that the actor may change; five statements."""
    access.require_any(actor, EDIT)
    year = current_year()
    if year is None:
        return GridList(None)
    query = access.visible(actor, EDIT, Grid.select().where(Grid.year == year))
    found = GridList(year, list(query.order_by(Grid.since)))
    today = max(year.starts, min(clock.today(), year.ends))
    for grid in found.grids:
        if grid.since <= today and (grid.until is None or grid.until > today):
            found.present = grid.id
    found.stale = list(StaleSpan.select().where(StaleSpan.year == year).order_by(StaleSpan.starts))
    found.classes = list(
        SchoolClass.select()
        .where(SchoolClass.year == year)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    return found


class EntryRow(NamedTuple):
    """A weekly lesson as the editor shows it."""

    id: int
    weekday: int
    number: int
    parity: int
    starts: int
    ends: int
    group_id: int
    part: int
    group_name: str
    subject: str
    subject_short: str
    teacher: str
    room: str
    classes: str

    @property
    def clock(self) -> str:
        """«08:30–09:15»."""
        return f"{face(self.starts)}–{face(self.ends)}"


class Counter(NamedTuple):
    """A group of the class: hours a week that it should have and those already placed."""

    id: int
    subject: str
    name: str
    teacher: str
    hours: Decimal | None
    placed: Decimal

    @property
    def state(self) -> str:
        """``done``, ``less`` or ``more``; ``unknown`` when no hours are set."""
        if self.hours is None:
            return "unknown"
        return (
            "done" if self.placed == self.hours else "less" if self.placed < self.hours else "more"
        )


@dataclass
class Editor:
    """Everything the editor of one class shows."""

    grid: Grid
    school_class: SchoolClass
    classes: list[SchoolClass]
    times: Times
    numbers: list[int]
    weekdays: list[int]
    cells: dict[tuple[int, int], list[EntryRow]]
    groups: list[Counter]
    can_undo: bool

    def at(self, number: int, weekday: int) -> list[EntryRow]:
        """Weekly lessons of a cell."""
        return self.cells.get((number, weekday), [])

    def clock(self, number: int) -> str:
        """«08:30–09:15», or nothing when the bells do not know the number."""
        found = self.times.get(number)
        return "" if found is None else f"{face(found[0])}–{face(found[1])}"


_ENTRIES = """
    SELECT e.id, e.weekday, e.number, e.parity, e.starts, e.ends, e.group_id, g.part, g.name,
           s.name, s.short_name, p.surname, p.given_name, p.patronymic, r.name, c.grade, c.letter
      FROM timetable_grid_entry e
      JOIN core_teaching_group g ON g.id = e.group_id
      JOIN core_subject s ON s.id = g.subject_id
      LEFT JOIN core_person p ON p.id = e.teacher_id
      LEFT JOIN core_room r ON r.id = e.room_id
      JOIN core_group_class gc ON gc.group_id = e.group_id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE e.grid_id = ?
       AND e.group_id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?)
     ORDER BY e.weekday, e.number, e.parity, g.part, {subject}, e.id, c.grade, {letter}"""
_GROUPS = """
    SELECT g.id, s.name, g.name, g.weekly_hours, p.surname, p.given_name, p.patronymic
      FROM core_group_class gc
      JOIN core_teaching_group g ON g.id = gc.group_id
      JOIN core_subject s ON s.id = g.subject_id
      LEFT JOIN core_group_teacher t
        ON t.group_id = g.id AND t.since <= ? AND (t.until IS NULL OR t.until > ?)
      LEFT JOIN core_person p ON p.id = t.teacher_id
     WHERE gc.school_class_id = ? AND g.archived = ?
     ORDER BY {subject}, g.part, g.id, t.id"""


def _entries(grid_id: int, class_id: int) -> list[EntryRow]:
    found: list[EntryRow] = []
    for row in rows(
        _ENTRIES.format(letter=russian("c.letter"), subject=russian("s.name")), (grid_id, class_id)
    ):
        title = class_title(row[15], row[16])
        if found and found[-1].id == row[0]:
            found[-1] = found[-1]._replace(classes=f"{found[-1].classes}, {title}")
            continue
        teacher = short_name(row[11], row[12], row[13])
        found.append(EntryRow._make((*row[:11], teacher, row[14] or "", title)))
    return found


def _counters(class_id: int, on: dt.date, placed: dict[int, Decimal]) -> list[Counter]:
    found: dict[int, Counter] = {}
    for id_, subject, name, hours, *who in rows(
        _GROUPS.format(subject=russian("s.name")), (on, on, class_id, False)
    ):
        teacher = short_name(*who)
        if id_ in found:
            found[id_] = found[id_]._replace(teacher=f"{found[id_].teacher}, {teacher}")
            continue
        plan = None if hours is None else Decimal(str(hours)).normalize()
        found[id_] = Counter(id_, subject, name, teacher, plan, placed.get(id_, Decimal(0)))
    return list(found.values())


def editor(actor: Actor, grid_id: int, class_id: int) -> Editor:
    """The whole week of a class in a grid; at most nine statements.

    :raises NotThere: the grid or the class is not there for the actor.
    """
    grid: Grid = access.find(actor, EDIT, Grid, grid_id)
    classes = list(
        SchoolClass.select()
        .where(SchoolClass.year == grid.year_id)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    mine = next((one for one in classes if one.id == class_id), None)
    if mine is None:
        mine = access.find(actor, VIEW, SchoolClass, 0)  # raises NotThere
    on = day_of(grid)
    entries = _entries(grid.id, mine.id)
    times = numbers_of_class(mine.id, on)
    cells: dict[tuple[int, int], list[EntryRow]] = {}
    placed: dict[int, Decimal] = {}
    for entry in entries:
        cells.setdefault((entry.number, entry.weekday), []).append(entry)
        share = Decimal("0.5") if entry.parity else Decimal(1)
        placed[entry.group_id] = placed.get(entry.group_id, Decimal(0)) + share
    last = max([5, mine.week_days, *(entry.weekday for entry in entries)])
    return Editor(
        grid, mine, classes, times,
        sorted({*times, *(entry.number for entry in entries)}),
        list(range(1, last + 1)), cells, _counters(mine.id, on, placed),
        GridAct.select().where(GridAct.grid == grid, GridAct.user == actor.user_id).exists(),
    )  # fmt: skip


def day_of(grid: Grid) -> dt.date:
    """The day as of which a grid is shown: today, cut to the time it is in force."""
    on = max(grid.since, clock.today())
    if grid.until is not None and on >= grid.until:
        on = grid.until - dt.timedelta(days=1)
    return on


def entry_of(actor: Actor, entry_id: int) -> GridEntry:
    """A weekly lesson that the actor may change."""
    found: GridEntry = access.find(actor, EDIT, GridEntry, entry_id)
    return found


# --- what forms offer --------------------------------------------------------------------------


def teacher_choices() -> list[tuple[int, str]]:
    """``(id, name)`` of everybody who teaches a group or has the role of a teacher."""
    return [
        (id_, " ".join(part for part in who if part))
        for id_, _key, *who in rows(
            "SELECT p.id, p.sort_key, p.surname, p.given_name, p.patronymic FROM core_person p "
            "WHERE p.archived_at IS NULL AND (p.id IN (SELECT teacher_id FROM core_group_teacher) "
            "OR p.id IN (SELECT u.person_id FROM core_user u "
            "JOIN core_user_role ur ON ur.user_id = u.id "
            "JOIN core_role r ON r.id = ur.role_id AND r.name = 'teacher'))"
        )
    ]


def sorted_teachers() -> list[tuple[int, str]]:
    """Teachers to choose from, in Russian order."""
    from asurso_core.text import sort_key

    return sorted(teacher_choices(), key=lambda pair: sort_key(pair[1]))


def subject_choices() -> list[tuple[int, str]]:
    """``(id, name)`` of the subjects in use."""
    found = Subject.select().where(Subject.archived == False)  # noqa: E712 - SQL
    return [(one.id, one.name) for one in found.order_by(russian_order(Subject.name))]


def room_choices() -> list[tuple[int, str]]:
    """``(id, name)`` of the rooms in use."""
    return [
        (room.id, f"{room.name}, {room.building}" if room.building else room.name)
        for room in Room.select()
        .where(Room.archived == False)  # noqa: E712 - SQL
        .order_by(Room.building, russian_order(Room.name))
    ]


def group_choices(class_id: int) -> list[tuple[int, str]]:
    """``(id, «Алгебра, 1 подгруппа»)`` of the groups of a class."""
    found: dict[int, Any] = {}
    for id_, subject, name, *_rest in rows(
        _GROUPS.format(subject=russian("s.name")), (clock.today(), clock.today(), class_id, False)
    ):
        found[id_] = f"{subject}, {name}" if name else subject
    return list(found.items())


def class_choices(year_id: int) -> list[tuple[int, str]]:
    """``(id, title)`` of the classes of a year."""
    return [
        (one.id, one.title)
        for one in SchoolClass.select()
        .where(SchoolClass.year == year_id)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    ]
