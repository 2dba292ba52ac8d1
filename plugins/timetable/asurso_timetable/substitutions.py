"""Substitutions as rows, and who could stand in; for pages, reports and other plugins.

These functions ask no rights: whoever calls them has asked before.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from asurso_core.db import as_date, rows, russian
from asurso_core.i18n import lazy_gettext as _l
from asurso_timetable.rows import class_title, short_name

SAME, OTHER, MERGED, CANCELLED = "same", "other", "merged", "cancelled"
KINDS = {
    SAME: _l("the same subject"), OTHER: _l("another subject"),
    MERGED: _l("together with another subgroup"), CANCELLED: _l("the lesson is cancelled"),
}  # fmt: skip
REASONS = {
    "ill": _l("sick leave"), "course": _l("courses"), "trip": _l("business trip"),
    "leave": _l("leave"), "event": _l("school event"), "other": _l("other"),
}  # fmt: skip
PAYMENTS = {
    "hourly": _l("paid by the hour"), "included": _l("within the salary"), "none": _l("not paid"),
}  # fmt: skip


class SubstitutionRow(NamedTuple):
    """A substitution with all that a list of them tells."""

    id: int
    lesson_id: int
    date: dt.date
    number: int
    classes: str
    group: str
    subject: str
    absent_id: int
    absent: str
    substitute_id: int | None
    substitute: str
    kind: str
    actual: str  # the subject that was given, where it is another one
    reason: str
    payment: str
    order_number: str
    version: int  # of the lesson


_ROWS = """
    SELECT x.id, l.id, l.date, l.number, g.name, s.name, x.absent_id, a.surname, a.given_name,
           a.patronymic, x.substitute_id, b.surname, b.given_name, b.patronymic, x.kind,
           COALESCE(o.name, ''), x.reason, x.payment, x.order_number, l.version, c.grade, c.letter
      FROM timetable_substitution x
      JOIN timetable_lesson l ON l.id = x.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_person a ON a.id = x.absent_id
      LEFT JOIN core_person b ON b.id = x.substitute_id
      LEFT JOIN core_subject o ON o.id = x.subject_id
      LEFT JOIN core_group_class gc ON gc.group_id = g.id
      LEFT JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE {which} ORDER BY l.date, l.number, x.id, c.grade, {letter}
"""


def substitutions(
    since: dt.date, until: dt.date, *, class_id: int | None = None
) -> list[SubstitutionRow]:
    """Substitutions between two days, of the school or of a class; one statement."""
    which, params = "l.date BETWEEN ? AND ?", [since, until]
    more: list[Any] = []
    if class_id is not None:
        which += (
            " AND l.group_id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?)"
        )
        more = [class_id]
    return _read(which, [*params, *more])


def _read(which: str, params: list[Any]) -> list[SubstitutionRow]:
    found: dict[int, SubstitutionRow] = {}
    for row in rows(_ROWS.format(which=which, letter=russian("c.letter")), params):
        title = class_title(row[20], row[21]) if row[20] is not None else ""
        if row[0] in found:
            before = found[row[0]]
            found[row[0]] = before._replace(classes=f"{before.classes}, {title}")
            continue
        found[row[0]] = SubstitutionRow(
            row[0], row[1], as_date(row[2]), row[3], title, row[4], row[5], row[6],
            short_name(*row[7:10]), row[10], short_name(*row[11:14]), row[14], row[15], row[16],
            row[17], row[18], row[19],
        )  # fmt: skip
    return list(found.values())


def one(substitution_id: int) -> SubstitutionRow | None:
    """A substitution by its id."""
    found = _read("x.id = ?", [substitution_id])
    return found[0] if found else None


# --- who could stand in --------------------------------------------------------------------------


class LessonOfAbsent(NamedTuple):
    """A lesson of the absent teacher that needs somebody, with who is free then."""

    id: int
    date: dt.date
    number: int
    starts: int
    ends: int
    classes: str
    subject_id: int
    subject: str
    group: str
    version: int
    free: list[tuple[int, str, str]]  # (person, name, why first: «subject», «near», «»)


_OWN = """
    SELECT l.id, l.date, l.number, l.starts, l.ends, g.subject_id, s.name, g.name, l.version,
           c.grade, c.letter
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      LEFT JOIN core_group_class gc ON gc.group_id = g.id
      LEFT JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE l.teacher_id = ? AND l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
     ORDER BY l.date, l.starts, l.id, c.grade, {letter}
"""
_BUSY = """
    SELECT l.date, l.teacher_id, l.starts, l.ends FROM timetable_lesson l
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled' AND l.teacher_id IS NOT NULL
"""
_TEACHERS = """
    SELECT DISTINCT p.id, p.surname, p.given_name, p.patronymic, p.sort_key, g.subject_id
      FROM core_group_teacher t
      JOIN core_teaching_group g ON g.id = t.group_id AND NOT g.archived
      JOIN core_academic_year y ON y.id = g.year_id AND y.state = 'current'
      JOIN core_person p ON p.id = t.teacher_id
     WHERE t.until IS NULL OR t.until > ?
"""


def lessons_of_absent(teacher_id: int, since: dt.date, until: dt.date) -> list[LessonOfAbsent]:
    """Lessons of an absent teacher with those who are free by the clock; three statements.

    Teachers of the same subject come first, then those who have a lesson right before or after,
    then all others by name. Whoever is substituted that day is not offered.
    """
    found: dict[int, LessonOfAbsent] = {}
    for row in rows(_OWN.format(letter=russian("c.letter")), [teacher_id, since, until]):
        title = class_title(row[9], row[10]) if row[9] is not None else ""
        if row[0] in found:
            before = found[row[0]]
            found[row[0]] = before._replace(classes=f"{before.classes}, {title}")
        else:
            found[row[0]] = LessonOfAbsent(
                row[0], as_date(row[1]), row[2], row[3], row[4], title, row[5], row[6], row[7],
                row[8], [],
            )  # fmt: skip
    if not found:
        return []
    busy: dict[dt.date, dict[int, list[tuple[int, int]]]] = {}
    for on, teacher, starts, ends in rows(_BUSY, [since, until]):
        busy.setdefault(as_date(on), {}).setdefault(teacher, []).append((starts, ends))
    names: dict[int, tuple[str, str]] = {}
    subjects: dict[int, set[int]] = {}
    for id_, surname, given, patronymic, key, subject in rows(_TEACHERS, [since]):
        names[id_] = key, short_name(surname, given, patronymic)
        subjects.setdefault(id_, set()).add(subject)
    away = {
        (as_date(on), person)
        for on, person in rows(
            "SELECT l.date, x.absent_id FROM timetable_substitution x "
            "JOIN timetable_lesson l ON l.id = x.lesson_id WHERE l.date BETWEEN ? AND ?",
            [since, until],
        )
    }
    for lesson in found.values():
        offered = []
        for id_, (key, name) in names.items():
            times = busy.get(lesson.date, {}).get(id_, [])
            if id_ == teacher_id or (lesson.date, id_) in away:
                continue
            if any(starts < lesson.ends and ends > lesson.starts for starts, ends in times):
                continue
            why = ""
            if lesson.subject_id in subjects[id_]:
                why = "subject"
            elif any(
                abs(starts - lesson.ends) <= 30 or abs(lesson.starts - ends) <= 30
                for starts, ends in times
            ):
                why = "near"
            offered.append((("subject", "near", "").index(why), key, id_, name, why))
        lesson.free.extend((id_, name, why) for _rank, _key, id_, name, why in sorted(offered))
    return list(found.values())
