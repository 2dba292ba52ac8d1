"""Reading the vocabularies of the journal: kinds of works, codes of attendance, letters."""

from __future__ import annotations

from typing import Any

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.db import rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import Subject
from asurso_core.text import sort_key
from asurso_journal import permissions
from asurso_journal.models import AssignmentType, AssignmentTypeSubject, AttendanceCode

#: Whether a kind of work ``k`` can be given at a lesson (one parameter): in use, of its subject.
FITS = """
    (NOT k.archived AND (NOT EXISTS (
        SELECT 1 FROM journal_assignment_type_subject x WHERE x.type_id = k.id) OR EXISTS (
        SELECT 1 FROM journal_assignment_type_subject x
          JOIN core_teaching_group xg ON xg.subject_id = x.subject_id
          JOIN timetable_lesson xl ON xl.group_id = xg.id
         WHERE x.type_id = k.id AND xl.id = ?)))
"""


def fitting_type(lesson_id: int, name: str) -> int:
    """The id of the kind of this name if it fits the lesson, else of the first that does.

    One kind for all subjects is always left (:func:`services.archive_work_type`).
    """
    sql = f"""
        SELECT k.id FROM journal_assignment_type k WHERE {FITS}
         ORDER BY CASE WHEN k.name = ? THEN 0 ELSE 1 END, k.position, k.id LIMIT 1
    """  # noqa: S608 - constant
    return int(rows(sql, [lesson_id, name])[0][0])


def letters() -> dict[str, str]:
    """``{code: letter}``: what cells and the history hold, and what people read; one statement."""
    return dict(rows("SELECT code, letter FROM journal_attendance_code"))


def work_types(actor: Actor) -> list[dict[str, Any]]:
    """All kinds of works in their order, with subjects and how many works bear them."""
    access.require_any(actor, permissions.VOCABULARY)
    names: dict[int, list[str]] = {}
    limits = """
        SELECT x.type_id, s.name FROM journal_assignment_type_subject x
          JOIN core_subject s ON s.id = x.subject_id
    """
    for id_, name in sorted(rows(limits), key=lambda row: sort_key(row[1])):
        names.setdefault(id_, []).append(name)
    used = dict(rows("SELECT type_id, COUNT(*) FROM journal_assignment GROUP BY type_id"))
    query = AssignmentType.select().order_by(AssignmentType.position, AssignmentType.id)
    return [
        {"row": row, "subjects": names.get(row.id, []), "used": used.get(row.id, 0)}
        for row in query
    ]


def work_type(actor: Actor, type_id: int) -> tuple[AssignmentType, list[int]]:
    """A kind of work and the ids of its subjects; raises :class:`NotThere`."""
    access.require_any(actor, permissions.VOCABULARY)
    row: AssignmentType | None = AssignmentType.get_or_none(AssignmentType.id == type_id)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    limits = AssignmentTypeSubject.select().where(AssignmentTypeSubject.type == row)
    return row, sorted(one.subject_id for one in limits)


def subjects(kept: list[int]) -> list[tuple[int, str]]:
    """Subjects to choose from by name: those in use, and those that are chosen already."""
    found = Subject.select().where((Subject.archived == False) | Subject.id.in_(kept or [0]))  # noqa: E712 - SQL
    return sorted(((row.id, row.name) for row in found), key=lambda one: sort_key(one[1]))


def attendance_codes(actor: Actor) -> list[dict[str, Any]]:
    """All codes of attendance in their order, and whether any cell holds them."""
    access.require_any(actor, permissions.VOCABULARY)
    used = dict(rows("SELECT code, COUNT(*) FROM journal_attendance GROUP BY code"))
    query = AttendanceCode.select().order_by(AttendanceCode.position, AttendanceCode.id)
    return [{"row": row, "used": used.get(row.code, 0)} for row in query]


def attendance_code(actor: Actor, code_id: int) -> AttendanceCode:
    """A code of attendance; raises :class:`NotThere`."""
    access.require_any(actor, permissions.VOCABULARY)
    row: AttendanceCode | None = AttendanceCode.get_or_none(AttendanceCode.id == code_id)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row
