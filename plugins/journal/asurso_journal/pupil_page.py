"""One pupil in the journal, for the staff: all subjects against the days of a study period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass
from asurso_journal import permissions
from asurso_journal.absence_rows import AbsenceRow, absences_of_pupil
from asurso_journal.marks import DOT, averages, shown
from asurso_journal.pupil_rows import attendance_of_pupil, marks_of_pupil, subjects_of_groups


@dataclass
class Line:
    """One subject: what stands on each day, averages, missed lessons.

    A pupil who changed the subgroup or the class in the period keeps one line (features.md 3.9).
    """

    subject: str
    cells: dict[dt.date, list[str]] = field(default_factory=dict)
    pairs: list[tuple[str, int]] = field(default_factory=list)
    missed: int = 0
    dots: int = 0
    groups: set[int] = field(default_factory=set)

    @property
    def weighted(self) -> str:
        """The weighted average as people read it."""
        return shown(averages(self.pairs).weighted)

    @property
    def simple(self) -> str:
        """The plain average as people read it."""
        return shown(averages(self.pairs).simple)


@dataclass
class Page:
    """What the page of a pupil shows."""

    person: Person
    class_id: int
    class_title: str
    periods: list[dict[str, Any]]
    period: dict[str, Any] | None
    lines: list[Line]
    days: list[dt.date]
    absences: list[AbsenceRow]


_PERIODS = """
    SELECT m.since, c.id, c.grade, c.letter, p.id, p.title, p.starts, p.ends
      FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
      LEFT JOIN core_period p ON p.period_type_id = c.period_type_id
     WHERE m.pupil_id = ? AND m.since <= ?
     ORDER BY m.since DESC, p.number
"""


def page(actor: Actor, pupil_id: int, period_id: int | None) -> Page:
    """A pupil's marks and absences by subject and day in a period of the last class.

    :raises NotThere: the pupil is not open to the actor, or has no such period.
    """
    person = access.find(actor, permissions.MARK_VIEW, Person, pupil_id)
    found = rows(_PERIODS, [pupil_id, clock.today()])
    if not found:
        raise NotThere(_("There is no such page, or it is not open to you."))
    mine = [row for row in found if row[0] == found[0][0]]
    periods = [
        {"id": row[4], "title": row[5], "starts": as_date(row[6]), "ends": as_date(row[7])}
        for row in mine
        if row[4]
    ]
    told = Page(
        person, mine[0][1], SchoolClass(grade=mine[0][2], letter=mine[0][3]).title, periods, None,
        [], [], [],
    )  # fmt: skip
    if period_id is not None:
        told.period = next((one for one in periods if one["id"] == period_id), None)
        if told.period is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
    elif periods:
        begun = [one for one in periods if one["starts"] <= clock.today()]
        told.period = begun[-1] if begun else periods[0]
    if told.period is not None:
        _fill(actor, told, told.period["starts"], told.period["ends"])
    return told


def _fill(actor: Actor, told: Page, starts: dt.date, ends: dt.date) -> None:
    marks = marks_of_pupil(actor, told.person.id, starts, ends)
    codes = attendance_of_pupil(actor, told.person.id, starts, ends)
    subjects = subjects_of_groups([row.group_id for row in marks] + [row.group_id for row in codes])
    lines: dict[str, Line] = {}

    def line(group: int) -> Line:
        name = subjects[group].name
        one = lines.setdefault(name, Line(name))
        one.groups.add(group)
        return one

    for code in codes:
        one = line(code.group_id)
        one.cells.setdefault(code.date, []).append(code.code)
        one.missed += code.missed
    for mark in marks:
        one = line(mark.group_id)
        one.cells.setdefault(mark.date, []).append(mark.value or DOT)
        one.pairs.append((mark.value, mark.weight))
        one.dots += mark.dot
    told.lines = [lines[name] for name in sorted(lines)]
    told.days = sorted({day for one in told.lines for day in one.cells})
    told.absences = absences_of_pupil(actor, told.person.id, starts, ends)
