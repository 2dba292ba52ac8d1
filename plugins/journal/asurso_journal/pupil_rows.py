"""What one pupil's diary shows of the journal: plain rows, one statement each.

Every function asks :data:`asurso_journal.permissions.MARK_VIEW` over the pupil: own data for the
pupil, own children for a parent. Dates are both included. Another pupil's row is never read here,
except for the class average, which is a bare number of at least five pupils (decisions 12).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from asurso_core import access
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, marks, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.marks import averages, figures, hundredths

#: A class average of fewer pupils would tell about single ones.
FEWEST = 5


class MarkRow(NamedTuple):
    """A mark or a debt dot of a pupil."""

    lesson_id: int
    date: dt.date
    group_id: int
    assignment_id: int
    value: str  # «5», «4/5», «зач»; empty when only the dot stands
    dot: bool
    comment: str | None
    type: str  # «Контрольная работа»
    letter: str
    title: str
    weight: int


class AttendanceRow(NamedTuple):
    """A pupil's attendance at a lesson, where a code stands."""

    lesson_id: int
    date: dt.date
    group_id: int
    code: str
    name: str
    missed: bool
    excused: bool
    illness: bool


class NoteRow(NamedTuple):
    """Topic and homework of a lesson."""

    lesson_id: int
    topic: str
    homework: str


@dataclass(frozen=True, slots=True)
class GroupAverages:
    """A pupil's averages in one teaching group over some days.

    ``of_class`` is the average of all marks of the group as one number, None for fewer than five
    pupils with marks.
    """

    group_id: int
    simple: Decimal | None
    weighted: Decimal | None
    count: int
    dots: int
    of_class: Decimal | None


def _may(actor: Actor, pupil_id: int) -> None:
    """Raise :class:`NotThere` unless the actor may see the marks of this pupil."""
    if "school" in actor.grants.get(permissions.MARK_VIEW, ()) or actor.is_system:
        return
    key = (permissions.MARK_VIEW, pupil_id)
    if key not in actor.memo:
        actor.memo[key] = bool(access.allowed_ids(actor, permissions.MARK_VIEW, Person, [pupil_id]))
    if not actor.memo[key]:
        raise NotThere(_("There is no such page, or it is not open to you."))


_MARKS = """
    SELECT l.id, l.date, l.group_id, a.id, m.value, m.dot, m.comment, t.name, t.letter, a.title,
           a.weight
      FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN journal_assignment_type t ON t.id = a.type_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
     WHERE m.pupil_id = ? AND (m.value <> '' OR m.dot) AND {more}
     ORDER BY l.date, l.starts, a.position, a.id
"""


def _mark_rows(more: str, params: list[object]) -> list[MarkRow]:
    return [
        MarkRow(
            row[0], as_date(row[1]), row[2], row[3], row[4], bool(row[5]) and not row[4], *row[6:]
        )
        for row in rows(_MARKS.format(more=more), params)
    ]


def marks_of_pupil(actor: Actor, pupil_id: int, start: dt.date, end: dt.date) -> list[MarkRow]:
    """Marks and dots for works of lessons between two days, in order of time.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    _may(actor, pupil_id)
    return _mark_rows("l.date BETWEEN ? AND ?", [pupil_id, start, end])


def debts_of_pupil(actor: Actor, pupil_id: int, start: dt.date, end: dt.date) -> list[MarkRow]:
    """Works between two days that the pupil still owes (open dots), oldest first.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    _may(actor, pupil_id)
    return _mark_rows("m.value = '' AND m.dot AND l.date BETWEEN ? AND ?", [pupil_id, start, end])


def attendance_of_pupil(
    actor: Actor, pupil_id: int, start: dt.date, end: dt.date
) -> list[AttendanceRow]:
    """Attendance codes between two days, in order of time.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    _may(actor, pupil_id)
    sql = """
        SELECT l.id, l.date, l.group_id, k.code, k.name, k.missed, k.excused, k.illness
          FROM journal_attendance t
          JOIN journal_attendance_code k ON k.code = t.code
          JOIN timetable_lesson l ON l.id = t.lesson_id
         WHERE t.pupil_id = ? AND l.date BETWEEN ? AND ?
         ORDER BY l.date, l.starts
    """
    return [
        AttendanceRow(
            id_, as_date(date), group, code, name, bool(missed), bool(excused), bool(illness)
        )
        for id_, date, group, code, name, missed, excused, illness in rows(
            sql, [pupil_id, start, end]
        )
    ]


def notes_of_lessons(actor: Actor, lesson_ids: Iterable[int]) -> dict[int, NoteRow]:
    """Topic and homework of lessons that the caller has found by right: ``{lesson id: note}``.

    Topics and homework are no personal data; who may see a lesson may see them. ``actor`` must be
    somebody who may see marks at all.
    """
    access.require_any(actor, permissions.MARK_VIEW)
    wanted = list(lesson_ids)
    if not wanted:
        return {}
    sql = (
        "SELECT lesson_id, topic, homework FROM journal_lesson_note "  # noqa: S608 - marks only
        f"WHERE lesson_id IN ({marks(wanted)})"
    )
    return {row[0]: NoteRow(*row) for row in rows(sql, wanted)}


def averages_of_pupil(
    actor: Actor, pupil_id: int, start: dt.date, end: dt.date
) -> dict[int, GroupAverages]:
    """A pupil's averages by teaching group between two days, with the average of the group.

    ``{group id: averages}`` of the groups where the pupil has a mark or a dot. One statement.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    _may(actor, pupil_id)
    # Marks of the others come as counts only: value, weight, how many, from how many pupils.
    sql = """
        WITH own AS (
            SELECT DISTINCT l.group_id AS id
              FROM journal_mark m
              JOIN journal_assignment a ON a.id = m.assignment_id
              JOIN timetable_lesson l ON l.id = a.lesson_id
             WHERE m.pupil_id = ? AND l.date BETWEEN ? AND ? AND (m.value <> '' OR m.dot)),
        cells AS (
            SELECT l.group_id, m.pupil_id, m.value, m.dot, a.weight
              FROM timetable_lesson l
              JOIN journal_assignment a ON a.lesson_id = l.id
              JOIN journal_mark m ON m.assignment_id = a.id
             WHERE l.group_id IN (SELECT id FROM own) AND l.date BETWEEN ? AND ?
               AND (m.value <> '' OR m.dot))
        SELECT 'own', group_id, value, weight, COUNT(*), CASE WHEN value = '' THEN 1 ELSE 0 END
          FROM cells WHERE pupil_id = ? GROUP BY group_id, value, weight
        UNION ALL
        SELECT 'all', group_id, value, weight, COUNT(*), 0
          FROM cells WHERE value <> '' AND weight > 0 GROUP BY group_id, value, weight
        UNION ALL
        SELECT 'who', group_id, '', 0, COUNT(DISTINCT pupil_id), 0
          FROM cells WHERE value <> '' AND value IN ({figures}) AND weight > 0 GROUP BY group_id
    """
    own: dict[int, list[tuple[str, int]]] = {}
    dots: dict[int, int] = {}
    everybody: dict[int, list[tuple[str, int]]] = {}
    pupils: dict[int, int] = {}
    known = list(_FIGURE_TEXTS)
    found = rows(
        sql.format(figures=marks(known)), [pupil_id, start, end, start, end, pupil_id, *known]
    )
    for kind, group, value, weight, count, dot in found:
        if kind == "own":
            own.setdefault(group, []).extend([(value, weight)] * count)
            dots[group] = dots.get(group, 0) + (count if dot else 0)
        elif kind == "all":
            everybody.setdefault(group, []).append((value, count))
        else:
            pupils[group] = count
    told = {}
    for group, values in own.items():
        mine = averages(values)
        told[group] = GroupAverages(
            group, mine.simple_number, mine.weighted_number, mine.count, dots.get(group, 0),
            _of_class(everybody.get(group, [])) if pupils.get(group, 0) >= FEWEST else None,
        )  # fmt: skip
    return told


_FIGURE_TEXTS = [str(n) for n in range(1, 6)] + [
    f"{a}/{b}" for a in range(1, 6) for b in range(1, 6)
]


def _of_class(counted: list[tuple[str, int]]) -> Decimal | None:
    total = sum(sum(figures(value)) * times for value, times in counted)
    count = sum(len(figures(value)) * times for value, times in counted)
    found = hundredths(total, count)
    return None if found is None else Decimal(found).scaleb(-2)
