"""Keeping the times of weekly lessons equal to the bells of their classes."""

from __future__ import annotations

import peewee as pw

from asurso_core import clock
from asurso_core.db import db, rows
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.school import AcademicYear
from asurso_timetable.guards import CLASH
from asurso_timetable.models import Grid, GridEntry
from asurso_timetable.queries.bells import ClassTimes


def refresh_entries(year: AcademicYear) -> int:
    """Give the weekly lessons of a year's present and coming grids the times of today's bells.

    Returns how many changed. Call inside a transaction.

    :raises Invalid: with the new times two weekly lessons would clash.
    """
    today = clock.today()
    grids = {
        grid.id: max(grid.since, min(today, year.ends))
        for grid in Grid.select().where(
            Grid.year == year, Grid.until.is_null() | (Grid.until > today)
        )
    }
    first = dict(
        rows(
            "SELECT gc.group_id, MIN(gc.school_class_id) FROM core_group_class gc "
            "JOIN core_teaching_group g ON g.id = gc.group_id WHERE g.year_id = ? "
            "GROUP BY gc.group_id",
            (year.id,),
        )
    )
    times = ClassTimes(set(first.values()))
    changed: list[tuple[GridEntry, tuple[int, int]]] = []
    for entry in GridEntry.select().where(GridEntry.grid.in_(list(grids))):
        bells = times.of(first.get(entry.group_id, 0), grids[entry.grid_id])
        new = bells.get(entry.number)
        if new is not None and new != (entry.starts, entry.ends):
            changed.append((entry, new))
    try:
        with db.atomic():
            # Out of the way first: half of the new times would clash with the other half.
            for entry, _new in changed:
                GridEntry.update(weekday=-entry.weekday).where(GridEntry.id == entry.id).execute()
            for entry, (starts, ends) in changed:
                GridEntry.update(weekday=entry.weekday, starts=starts, ends=ends).where(
                    GridEntry.id == entry.id
                ).execute()
    except pw.IntegrityError as error:
        if CLASH not in str(error):
            raise
        raise Invalid(
            _("With these times two lessons of the weekly grid would overlap. Nothing was saved.")
        ) from error
    return len(changed)
