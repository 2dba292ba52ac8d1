"""Dated lessons as plain rows, for pages that show many of them: one statement each.

These functions ask no rights: whoever calls them has found the group, the person or the room
through :mod:`asurso_core.access` before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from asurso_core.db import as_date, rows, russian

CANCELLED = "cancelled"


class LessonRow(NamedTuple):
    """One dated lesson. ``starts`` and ``ends`` are whole minutes from midnight."""

    id: int
    date: dt.date
    number: int
    starts: int
    ends: int
    status: str  # planned, cancelled
    note: str | None
    by_hand: bool
    planned_on: dt.date | None  # the day the weekly grid meant, where it differs from ``date``
    group_id: int
    group_name: str  # «1 подгруппа»; empty for a whole class
    subject_id: int
    subject: str
    subject_short: str
    classes: str  # «5А» or «10А, 10Б»
    teacher_id: int | None
    teacher: str  # «Ёлкина А. П.»; empty when nobody is named
    room_id: int | None
    room: str

    @property
    def cancelled(self) -> bool:
        """Whether it does not take place."""
        return self.status == CANCELLED

    @property
    def moved(self) -> bool:
        """Whether it was moved to another day by hand."""
        return self.planned_on is not None and self.planned_on != self.date

    @property
    def clock(self) -> str:
        """«08:30–09:15»."""
        return f"{face(self.starts)}–{face(self.ends)}"


def face(minutes: int) -> str:
    """Minutes from midnight as on a clock: 510 → «08:30»."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def class_title(grade: int, letter: str) -> str:
    """The title of a class as :attr:`asurso_core.school.SchoolClass.title` writes it."""
    return f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"


def short_name(surname: str | None, given: str | None, patronymic: str | None) -> str:
    """«Ёлкина А. П.»; empty for nobody."""
    if surname is None:
        return ""
    return " ".join([surname, *(f"{part[0]}." for part in (given, patronymic) if part)])


_COLUMNS = """
    SELECT l.id, l.date, l.number, l.starts, l.ends, l.status, l.note, l.by_hand, l.planned_on,
           l.group_id, g.name, g.subject_id, s.name, s.short_name, l.teacher_id, p.surname,
           p.given_name, p.patronymic, l.room_id, r.name, c.grade, c.letter
      FROM {source}
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      LEFT JOIN core_person p ON p.id = l.teacher_id
      LEFT JOIN core_room r ON r.id = l.room_id
      LEFT JOIN core_group_class gc ON gc.group_id = l.group_id
      LEFT JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE l.date BETWEEN ? AND ? AND """
_ORDER = " ORDER BY l.date, l.starts, l.number, g.part, l.group_id, l.id, c.grade, "


_LESSONS = _COLUMNS.format(source="timetable_lesson l")
#: Lessons reached from the groups of one pupil, so that only their index is read.
_LESSONS_OF_PUPIL = _COLUMNS.format(
    source="""(
        SELECT k.group_id, m.since, m.until FROM core_class_member m
          JOIN core_group_class k ON k.school_class_id = m.school_class_id
          JOIN core_teaching_group w ON w.id = k.group_id AND w.part = 0
         WHERE m.pupil_id = ?
        UNION
        SELECT m.group_id, m.since, m.until FROM core_group_member m WHERE m.pupil_id = ?) mine
      JOIN timetable_lesson l ON l.group_id = mine.group_id AND l.date >= mine.since
       AND (mine.until IS NULL OR l.date < mine.until)"""
)


def _select(condition: str, start: dt.date, end: dt.date, params: Sequence[Any]) -> list[LessonRow]:
    return _gathered(_LESSONS + condition + _ORDER + russian("c.letter"), (start, end, *params))


def _gathered(sql: str, params: Sequence[Any]) -> list[LessonRow]:
    found: list[LessonRow] = []
    titles: list[str] = []
    last = None
    for row in rows(sql, params):
        if row[0] == last:
            # A group of several classes comes once for each of them.
            title = class_title(row[20], row[21])
            if title not in titles:
                titles.append(title)
            found[-1] = found[-1]._replace(classes=", ".join(titles))
            continue
        last = row[0]
        titles = [class_title(row[20], row[21])] if row[20] is not None else []
        found.append(
            LessonRow(
                row[0], as_date(row[1]), row[2], row[3], row[4], row[5], row[6], bool(row[7]),
                as_date(row[8]), row[9], row[10], row[11], row[12], row[13],
                titles[0] if titles else "", row[14], short_name(row[15], row[16], row[17]),
                row[18], row[19] or "",
            )
        )  # fmt: skip
    return found


def lessons_of_group(group_id: int, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons of a teaching group from start to end, both included, in order of time.

    Cancelled lessons are among them: look at ``status``.
    """
    return _select("l.group_id = ?", start, end, (group_id,))


def lessons_of_teacher(person_id: int, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons that a person gives from start to end, both included, in order of time."""
    return _select("l.teacher_id = ?", start, end, (person_id,))


def lessons_of_room(room_id: int, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons held in a room from start to end, both included, in order of time."""
    return _select("l.room_id = ?", start, end, (room_id,))


def lessons_of_class(class_id: int, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons of a class with all its subgroups from start to end, both included."""
    return _select(
        "l.group_id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?)",
        start,
        end,
        (class_id,),
    )


def lessons_of_pupil(pupil_id: int, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons of the groups where a pupil was a member on the very day of the lesson."""
    sql = f"{_LESSONS_OF_PUPIL} 1 = 1 {_ORDER}{russian('c.letter')}"
    return _gathered(sql, (pupil_id, pupil_id, start, end))


def lessons_by_id(ids: Iterable[int]) -> list[LessonRow]:
    """Lessons with these ids, in order of time."""
    return _select("l.id IN ?", dt.date(1900, 1, 1), dt.date(2100, 12, 31), [list(ids)])
