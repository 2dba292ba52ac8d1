"""Making the weekly grid: place, move, remove, undo; new grids from a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import db, transaction
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    AcademicYear,
    GroupClass,
    GroupTeacher,
    Room,
    SchoolClass,
    TeachingGroup,
    active,
)
from asurso_timetable import clashes
from asurso_timetable.guards import CLASH
from asurso_timetable.models import Grid, GridAct, GridEntry
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.queries.bells import numbers_of_class
from asurso_timetable.services.stale import mark_stale

_FIELDS = ("weekday", "number", "parity", "starts", "ends", "group_id", "teacher_id", "room_id")
ANY: Any = object()


def editable_grid(actor: Actor, grid_id: int) -> Grid:
    """A grid that the actor may change; raises NotThere or Refused (a closed year)."""
    grid: Grid = access.find(actor, VIEW, Grid, grid_id)
    access.require(actor, EDIT, grid, see=VIEW)
    return grid


def editable_entry(actor: Actor, entry_id: int) -> GridEntry:
    """A weekly lesson that the actor may change."""
    entry: GridEntry = access.find(actor, VIEW, GridEntry, entry_id)
    access.require(actor, EDIT, entry, see=VIEW)
    return entry


# --- grids -------------------------------------------------------------------------------------


def create_grid(
    actor: Actor, year_id: int, title: str, since: dt.date, *, copy_of: int | None = None
) -> Grid:
    """A grid in force from a day until the next one begins, empty or as a copy of another.

    :raises Invalid: the day lies outside the year, or another grid begins on it.
    """
    year = access.find(actor, VIEW, AcademicYear, year_id)
    access.require(actor, EDIT, year, see=VIEW)
    if not year.starts <= since <= year.ends:
        raise Invalid(
            _("The day lies outside the school year."),
            {"since": [_("The day lies outside the school year.")]},
        )
    others = list(Grid.select().where(Grid.year == year).order_by(Grid.since))
    if any(one.since == since for one in others):
        raise Invalid(
            _("Another grid begins on this day."),
            {"since": [_("Another grid begins on this day.")]},
        )
    source = access.find(actor, VIEW, Grid, copy_of) if copy_of is not None else None
    if source is not None and source.year_id != year.id:
        raise NotThere(_("There is no such page, or it is not open to you."))
    later = next((one.since for one in others if one.since > since), None)
    with transaction():
        made: Grid = Grid.create(year=year, title=title, since=since, until=later)
        Grid.update(until=since).where(
            Grid.year == year, Grid.since < since, Grid.until.is_null() | (Grid.until > since)
        ).execute()
        if source is not None:
            _copy(source, made)
        mark_stale(year, since, (later or year.ends), "grid")
        audit.record(
            actor,
            "timetable.grid_made",
            f"timetable.grid:{made.id}",
            after={"title": title, "since": since.isoformat(), "copy_of": copy_of},
        )
    return made


def _copy(source: Grid, made: Grid) -> None:
    columns = [getattr(GridEntry, name.removesuffix("_id")) for name in _FIELDS]
    entries = GridEntry.select(pw.Value(made.id, converter=False), *columns).where(
        GridEntry.grid == source
    )
    GridEntry.insert_from(entries, [GridEntry.grid, *columns]).execute()


def delete_grid(actor: Actor, grid_id: int) -> None:
    """Throw a grid away; the one before it is in force again. Dated lessons stay as they are."""
    grid = editable_grid(actor, grid_id)
    with transaction():
        before = (
            Grid.select()
            .where(Grid.year == grid.year_id, Grid.since < grid.since)
            .order_by(Grid.since.desc())
            .first()
        )
        if before is not None:
            Grid.update(until=grid.until).where(Grid.id == before.id).execute()
        GridAct.delete().where(GridAct.grid == grid).execute()
        GridEntry.delete().where(GridEntry.grid == grid).execute()
        grid.delete_instance()
        year = AcademicYear.get_by_id(grid.year_id)
        mark_stale(year, max(grid.since, clock.today()), grid.until or year.ends, "grid")
        audit.record(
            actor,
            "timetable.grid_deleted",
            f"timetable.grid:{grid.id}",
            before={"title": grid.title, "since": grid.since.isoformat()},
        )


# --- entries -----------------------------------------------------------------------------------


def values_of(entry: GridEntry | None) -> dict[str, Any] | None:
    """The columns of a weekly lesson, as an undo and the audit keep them."""
    return None if entry is None else {name: getattr(entry, name) for name in _FIELDS}


@contextmanager
def _explained(grid: Grid, entry_id: int, values: dict[str, Any]) -> Iterator[None]:
    """Turn a refusal of the database into sentences that say with what it clashes."""
    try:
        with db.atomic():
            yield
    except pw.IntegrityError as error:
        if CLASH not in str(error):
            raise
        told = clashes.with_entries(
            grid.id,
            values["weekday"],
            values["parity"],
            clashes.Taken(
                entry_id, values["starts"], values["ends"], values["group_id"],
                values["teacher_id"], values["room_id"],
            ),
        )  # fmt: skip
        raise Invalid(" ".join(f"{one}." for one in told) or _("The time is taken.")) from error


def place(
    actor: Actor,
    grid_id: int,
    class_id: int,
    *,
    group_id: int,
    weekday: int,
    number: int,
    parity: int = 0,
    teacher_id: Any = ANY,
    room_id: int | None = None,
) -> GridEntry:
    """Put a lesson of a group of the class into the week, at the hour of the class's bells.

    Without a teacher named it is the group's own.

    :raises Invalid: it clashes (the message says with what), the class has no bells for the
        number, or the group is not of this class.
    """
    grid = editable_grid(actor, grid_id)
    school_class, group = _group_of(actor, grid, class_id, group_id)
    if teacher_id is ANY:
        teacher_id = teacher_of(group.id, grid.since)
    starts, ends = _times(grid, school_class.id, number)
    values = _checked(
        {
            "weekday": weekday, "number": number, "parity": parity, "starts": starts, "ends": ends,
            "group_id": group.id, "teacher_id": teacher_id, "room_id": room_id,
        }
    )  # fmt: skip
    with transaction():
        with _explained(grid, 0, values):
            entry: GridEntry = GridEntry.create(grid=grid, **values)
        _remember(actor, grid, entry.id, None, values, "timetable.entry_placed")
    return entry


def move(
    actor: Actor,
    entry_id: int,
    *,
    weekday: int,
    number: int,
    parity: Any = ANY,
    teacher_id: Any = ANY,
    room_id: Any = ANY,
) -> GridEntry:
    """Move a weekly lesson, or give it another teacher, room or parity.

    :raises Invalid: it clashes; the message says with what.
    """
    entry = editable_entry(actor, entry_id)
    grid = editable_grid(actor, entry.grid_id)
    before = values_of(entry)
    values = dict(before or {})
    values.update(weekday=weekday, number=number)
    given = {"parity": parity, "teacher_id": teacher_id, "room_id": room_id}
    values.update({name: one for name, one in given.items() if one is not ANY})
    if number != entry.number:
        first = GroupClass.select().where(GroupClass.group == entry.group_id).first()
        class_id = 0 if first is None else first.school_class_id
        values["starts"], values["ends"] = _times(grid, class_id, number)
    values = _checked(values)
    if values == before:
        return entry
    with transaction():
        with _explained(grid, entry.id, values):
            GridEntry.update(_columns(values)).where(GridEntry.id == entry.id).execute()
        _remember(actor, grid, entry.id, before, values, "timetable.entry_moved")
    return entry


def remove(actor: Actor, entry_id: int) -> GridEntry:
    """Take a lesson out of the week."""
    entry = editable_entry(actor, entry_id)
    grid = editable_grid(actor, entry.grid_id)
    with transaction():
        GridEntry.delete().where(GridEntry.id == entry.id).execute()
        _remember(actor, grid, entry.id, values_of(entry), None, "timetable.entry_removed")
    return entry


def undo(actor: Actor, grid_id: int) -> None:
    """Take back what the actor last did in a grid.

    :raises Conflict: there is nothing to undo, or somebody has changed the lesson since.
    :raises Invalid: the old place is taken by now.
    """
    grid = editable_grid(actor, grid_id)
    with transaction():
        act = GridAct.get_or_none(GridAct.grid == grid, GridAct.user == actor.user_id)
        if act is None:
            raise Conflict(_("There is nothing to undo."))
        present = values_of(
            GridEntry.get_or_none(GridEntry.id == act.entry, GridEntry.grid == grid)
        )
        if present != act.after:
            raise Conflict(_("Somebody has changed this lesson since. It cannot be undone."))
        if act.before is None:
            GridEntry.delete().where(GridEntry.id == act.entry).execute()
        else:
            with _explained(grid, act.entry, act.before):
                if present is None:
                    GridEntry.create(grid=grid, **act.before)
                else:
                    GridEntry.update(_columns(act.before)).where(
                        GridEntry.id == act.entry
                    ).execute()
        act.delete_instance()
        _record(actor, grid, act.entry, act.after, act.before, "timetable.entry_undone")


def _columns(values: dict[str, Any]) -> dict[Any, Any]:
    return {getattr(GridEntry, name.removesuffix("_id")): values[name] for name in _FIELDS}


def _remember(actor: Actor, grid: Grid, entry: int, before: Any, after: Any, kind: str) -> None:
    if actor.user_id is not None:
        GridAct.delete().where(GridAct.grid == grid, GridAct.user == actor.user_id).execute()
        GridAct.create(
            grid=grid, user=actor.user_id, entry=entry, before=before, after=after,
            at=clock.stamp(),
        )  # fmt: skip
    _record(actor, grid, entry, before, after, kind)


def _record(actor: Actor, grid: Grid, entry: int, before: Any, after: Any, kind: str) -> None:
    year = AcademicYear.get_by_id(grid.year_id)
    last = year.ends if grid.until is None else grid.until - dt.timedelta(days=1)
    mark_stale(year, max(grid.since, clock.today()), last, "grid")
    audit.record(actor, kind, f"timetable.entry:{entry}", before=before, after=after)


def teacher_of(group_id: int, on: dt.date) -> int | None:
    """Who teaches a group on a day; today's or the first one to come if nobody does."""
    day = max(on, min(clock.today(), dt.date(2100, 1, 1)))
    for moment in (on, day):
        found = (
            GroupTeacher.select()
            .where(GroupTeacher.group == group_id, active(GroupTeacher, moment))
            .order_by(GroupTeacher.id)
            .first()
        )
        if found is not None:
            return int(found.teacher_id)
    return None


def _group_of(
    actor: Actor, grid: Grid, class_id: int, group_id: int
) -> tuple[SchoolClass, TeachingGroup]:
    school_class = access.find(actor, VIEW, SchoolClass, class_id)
    group = (
        TeachingGroup.select()
        .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
        .where(
            TeachingGroup.id == group_id,
            TeachingGroup.year == grid.year_id,
            GroupClass.school_class == school_class,
        )
        .first()
    )
    if group is None:
        raise Invalid(
            _("Choose a group of this class."), {"group": [_("Choose a group of this class.")]}
        )
    return school_class, group


def _times(grid: Grid, class_id: int, number: int) -> tuple[int, int]:
    year = AcademicYear.get_by_id(grid.year_id)
    on = max(grid.since, min(clock.today(), year.ends))
    if grid.until is not None and on >= grid.until:
        on = grid.until - dt.timedelta(days=1)
    found = numbers_of_class(class_id, on).get(number)
    if found is None:
        raise Invalid(
            _(
                "The bells of this class have no lesson %(n)s. Give the class bells first.",
                n=number,
            ),
            {"number": [_("The bells have no such lesson.")]},
        )
    return found


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if not 1 <= values["weekday"] <= 6:
        raise Invalid(_("Choose a day from Monday to Saturday."))
    if values["parity"] not in {0, 1, 2}:
        raise Invalid(_("Choose every week, odd or even weeks."))
    check_place(values["teacher_id"], values["room_id"])
    return values


def check_place(teacher_id: int | None, room_id: int | None) -> None:
    """Raise :class:`Invalid` for a teacher or a room that does not exist."""
    if teacher_id is not None and not Person.select().where(Person.id == teacher_id).exists():
        raise Invalid(_("There is no such teacher."), {"teacher": [_("Choose one of the list.")]})
    if room_id is not None and not Room.select().where(Room.id == room_id).exists():
        raise Invalid(_("There is no such room."), {"room": [_("Choose one of the list.")]})
