"""With what a lesson clashes, in words that name the place and the hour."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from asurso_core.db import rows, russian
from asurso_core.i18n import gettext as _
from asurso_timetable.rows import class_title, face, short_name

_SHARED = """
    (SELECT their.group_id FROM core_group_class mine
       JOIN core_group_class their ON their.school_class_id = mine.school_class_id
       JOIN core_teaching_group ng ON ng.id = mine.group_id
       JOIN core_teaching_group og ON og.id = their.group_id
      WHERE mine.group_id = ? AND (og.part = 0 OR ng.part = 0 OR og.part = ng.part))"""
_FROM = """
    SELECT o.id, o.starts, o.ends, o.teacher_id, o.room_id, g.name, s.name,
           p.surname, p.given_name, p.patronymic, r.name, c.grade, c.letter
      FROM {table} o
      JOIN core_teaching_group g ON g.id = o.group_id
      JOIN core_subject s ON s.id = g.subject_id
      LEFT JOIN core_person p ON p.id = o.teacher_id
      LEFT JOIN core_room r ON r.id = o.room_id
      LEFT JOIN core_group_class gc ON gc.group_id = o.group_id
      LEFT JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE {same} AND o.starts < ? AND o.ends > ? AND o.id <> ?
       AND (o.teacher_id = ? OR o.room_id = ? OR o.group_id IN {shared})
     ORDER BY o.starts, o.id, c.grade, {letter}"""


class Taken(NamedTuple):
    """What is wanted: minutes from midnight, ids; ``id`` 0 for a new row."""

    id: int
    starts: int
    ends: int
    group: int
    teacher: int | None
    room: int | None


def with_lessons(date: dt.date, wanted: Taken) -> list[str]:
    """Sentences for the dated lessons that stand in the way of a wanted one; one statement."""
    sql = _FROM.format(
        table="timetable_lesson", same="o.date = ? AND o.status <> 'cancelled'", shared=_SHARED,
        letter=russian("c.letter"),
    )  # fmt: skip
    return _told(sql, (date,), wanted)


def with_entries(grid: int, weekday: int, parity: int, wanted: Taken) -> list[str]:
    """Sentences for the weekly lessons that stand in the way of a wanted one; one statement."""
    same = "o.grid_id = ? AND o.weekday = ? AND (o.parity = 0 OR ? = 0 OR o.parity = ?)"
    sql = _FROM.format(
        table="timetable_grid_entry", same=same, shared=_SHARED, letter=russian("c.letter")
    )
    return _told(sql, (grid, weekday, parity, parity), wanted)


def _told(sql: str, where: tuple[Any, ...], wanted: Taken) -> list[str]:
    params = (
        *where, wanted.ends, wanted.starts, wanted.id, wanted.teacher, wanted.room, wanted.group,
    )  # fmt: skip
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows(sql, params):
        found.setdefault(row[0], []).append(row)
    return [_sentence(mine, wanted) for mine in found.values()]


def _sentence(mine: list[tuple[Any, ...]], wanted: Taken) -> str:
    first = mine[0]
    titles = ", ".join(class_title(row[11], row[12]) for row in mine if row[11] is not None)
    subject = first[6][:1].lower() + first[6][1:]
    what = ", ".join(
        part for part in (titles, subject, first[5], f"{face(first[1])}–{face(first[2])}") if part
    )
    if wanted.teacher is not None and first[3] == wanted.teacher:
        return _("%(teacher)s is busy: %(what)s", teacher=short_name(*first[7:10]), what=what)
    if wanted.room is not None and first[4] == wanted.room:
        return _("Room %(room)s is taken: %(what)s", room=first[10], what=what)
    return _("The class is busy: %(what)s", what=what)
