"""Who is absent: the page of a class and a day, absences and notes of a pupil, unknown reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asurso_core import access, clock, files
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows, russian
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    AcademicYear,
    SchoolClass,
    TeachingGroup,
    class_members,
    led_class_ids,
)
from asurso_journal import permissions, policy
from asurso_journal.marks import cell_text
from asurso_journal.models import Absence, AbsenceNote
from asurso_journal.services.notes import target_of
from asurso_journal.services.vocabulary import UNKNOWN
from asurso_timetable.api import LessonRow, lessons_of_class

#: Unknown reasons are looked for so far back; older ones are of a closed period.
LOOK_BACK = dt.timedelta(days=60)


class AbsenceRow(NamedTuple):
    """An absence of days; ``by`` is who entered it."""

    id: int
    pupil_id: int
    starts: dt.date
    ends: dt.date
    first_lesson: int | None
    last_lesson: int | None
    code: str
    certificate: str
    reason: str
    version: int
    by: str
    letter: str  # the code as people write it


class NoteRow(NamedTuple):
    """A parent's note; ``by`` is who sent it."""

    id: int
    pupil_id: int
    pupil: str
    starts: dt.date
    ends: dt.date
    reason: str
    state: str
    answer: str
    created_at: dt.datetime
    version: int
    by: str
    mine: bool
    files: list[files.StoredFile]


_ABSENCES = """
    SELECT a.id, a.pupil_id, a.starts, a.ends, a.first_lesson, a.last_lesson, a.code,
           a.certificate, a.reason, a.version, COALESCE(w.surname || ' ' || w.given_name, ''),
           COALESCE(k.letter, a.code)
      FROM journal_absence a
      LEFT JOIN journal_attendance_code k ON k.code = a.code
      LEFT JOIN core_user u ON u.id = a.created_by_id
      LEFT JOIN core_person w ON w.id = u.person_id
     WHERE a.removed_at IS NULL AND a.pupil_id IN ? AND a.starts <= ? AND a.ends >= ?
     ORDER BY a.starts, a.id
"""
_NOTES = """
    SELECT n.id, n.pupil_id, p.surname || ' ' || p.given_name, n.starts, n.ends, n.reason, n.state,
           n.answer, n.created_at, n.version, COALESCE(w.surname || ' ' || w.given_name, ''),
           n.created_by_id
      FROM journal_absence_note n
      JOIN core_person p ON p.id = n.pupil_id
      LEFT JOIN core_user u ON u.id = n.created_by_id
      LEFT JOIN core_person w ON w.id = u.person_id
     WHERE n.pupil_id IN ? AND {more}
     ORDER BY n.id DESC LIMIT 100
"""


def _absences(pupils: Iterable[int], start: dt.date, end: dt.date) -> list[AbsenceRow]:
    return [
        AbsenceRow(row[0], row[1], as_date(row[2]), as_date(row[3]), *row[4:])
        for row in rows(_ABSENCES, [sorted(set(pupils)), end, start])
    ]


def _notes(actor: Actor, pupils: Iterable[int], *, waiting: bool) -> list[NoteRow]:
    sql = _NOTES.format(more="n.state = 'new'" if waiting else "n.state <> 'withdrawn'")
    found = rows(sql, [sorted(set(pupils))])
    hung: dict[str, list[files.StoredFile]] = {}
    for file in files.of_target(*[target_of(row[0]) for row in found]):
        hung.setdefault(file.target, []).append(file)
    told = []
    for row in found:
        id_, pupil, name, starts, ends, reason, state, answer, at, version, by, user = row
        told.append(
            NoteRow(
                id_, pupil, name, as_date(starts), as_date(ends), reason, state, answer,
                as_stamp(at), version, by, user is not None and user == actor.user_id,
                hung.get(target_of(id_), []),
            )
        )  # fmt: skip
    return told


def may_read_note_file(actor: Actor, row: files.StoredFile) -> bool:
    """The file of a note is for the family of the child and for those who answer notes."""
    owner, _colon, number = row.target.partition(":")
    if owner != "journal.absence_note" or not number.isdecimal():
        return False
    note = AbsenceNote.get_or_none(AbsenceNote.id == int(number))
    return note is not None and any(
        access.allowed_ids(actor, right, Person, [note.pupil_id])
        for right in (permissions.NOTE, permissions.ABSENCE)
    )


# --- a class and a day -------------------------------------------------------------------------


@dataclass
class DayPage:
    """Pupils of a class against the lessons of one day."""

    school_class: SchoolClass
    day: dt.date
    #: number of the lesson → its lessons: several where the class is divided
    columns: dict[int, list[LessonRow]]
    pupils: list[dict[str, Any]]
    notes: list[NoteRow]
    #: code → letter, name, whether missed, whether illness, whether archived
    codes: dict[str, tuple[str, str, bool, bool, bool]]
    may: str  # "any" reason, "illness" alone, or nothing may be entered here
    absent: list[dict[str, Any]] = field(default_factory=list)


_CELLS = """
    SELECT t.lesson_id, t.pupil_id, t.code, '', false FROM journal_attendance t
     WHERE t.lesson_id IN ? AND t.code <> ''
    UNION ALL
    SELECT a.lesson_id, m.pupil_id, '', m.value, m.dot FROM journal_assignment a
      JOIN journal_mark m ON m.assignment_id = a.id AND (m.value <> '' OR m.dot)
     WHERE a.lesson_id IN ?
"""


def day_page(actor: Actor, class_id: int, day: dt.date) -> DayPage:
    """A class on a day: codes and, where the actor sees the journals, marks.

    :raises NotThere: the class is not open to the actor.
    """
    school_class = access.find(actor, permissions.DAY, SchoolClass, class_id)
    members = class_members(school_class, day)
    lessons = [one for one in lessons_of_class(class_id, day, day) if not one.cancelled]
    seen: set[int] = set()
    if actor.holds(permissions.VIEW):
        groups = sorted({one.group_id for one in lessons})
        open_groups = access.allowed_ids(actor, permissions.VIEW, TeachingGroup, groups)
        seen = {one.id for one in lessons if one.group_id in open_groups}
    ids = [one.id for one in lessons]
    vocabulary = _vocabulary()
    texts: dict[tuple[int, int], list[str]] = {}
    missed: dict[int, int] = {}
    for lesson, pupil, code, value, dot in rows(_CELLS, [ids, sorted(seen)]) if ids else ():
        letter, _name, counts, *_more = vocabulary.get(code, (code, "", True, False, False))
        texts.setdefault((lesson, pupil), []).append(cell_text(letter, value, dot))
        if code and counts:
            missed[pupil] = missed.get(pupil, 0) + 1
    pupils_ids = [one.id for one in members]
    spans: dict[int, list[AbsenceRow]] = {}
    for row in _absences(pupils_ids, day, day):
        spans.setdefault(row.pupil_id, []).append(row)
    columns: dict[int, list[LessonRow]] = {}
    for one in lessons:
        columns.setdefault(one.number, []).append(one)
    may = _may(actor, pupils_ids)
    page = DayPage(
        school_class=school_class, day=day, columns=dict(sorted(columns.items())), pupils=[],
        notes=_notes(actor, pupils_ids, waiting=True) if may == "any" else [], codes=vocabulary,
        may=may,
    )  # fmt: skip
    for person in members:
        mine = {
            "id": person.id,
            "name": f"{person.surname} {person.given_name}",
            "cells": [
                " ".join(" ".join(texts.get((one.id, person.id), [])) for one in column).strip()
                for column in page.columns.values()
            ],
            "missed": missed.get(person.id, 0),
            "spans": spans.get(person.id, []),
        }
        page.pupils.append(mine)
        if mine["missed"] or mine["spans"]:
            page.absent.append(mine)
    return page


def _may(actor: Actor, pupils: list[int]) -> str:
    for right, word in ((permissions.ABSENCE, "any"), (permissions.ILLNESS, "illness")):
        if actor.holds(right) and access.allowed_ids(actor, right, Person, pupils):
            return word
    return ""


def _vocabulary() -> dict[str, tuple[str, str, bool, bool, bool]]:
    sql = """
        SELECT code, letter, name, missed, illness, archived FROM journal_attendance_code
         ORDER BY position, id
    """
    return {
        code: (letter, name, bool(missed), bool(ill), bool(archived))
        for code, letter, name, missed, ill, archived in rows(sql)
    }


_SCHOOL = """
    SELECT c.id, c.grade, c.letter, p.id, p.surname, p.given_name, p.sort_key,
           CASE WHEN EXISTS (SELECT 1 FROM journal_absence a WHERE a.pupil_id = p.id
             AND a.removed_at IS NULL AND a.starts <= ? AND a.ends >= ?) THEN 1 ELSE 0 END,
           COALESCE(t.missed, 0)
      FROM core_school_class c
      JOIN core_class_member m ON m.school_class_id = c.id AND m.since <= ?
       AND (m.until IS NULL OR m.until > ?)
      JOIN core_person p ON p.id = m.pupil_id
      LEFT JOIN (SELECT t.pupil_id, COUNT(*) AS missed FROM timetable_lesson l
             JOIN journal_attendance t ON t.lesson_id = l.id
             JOIN journal_attendance_code k ON k.code = t.code AND k.missed
            WHERE l.date = ? GROUP BY t.pupil_id) t ON t.pupil_id = p.id
     WHERE c.id IN ?
     ORDER BY c.grade, {letter}, p.sort_key, p.id
"""


def days_of_school(actor: Actor, day: dt.date) -> list[dict[str, Any]]:
    """Classes of the current year whose days the actor sees, with who is absent on a day.

    Two statements. ``{id, title, pupils, absent: [{id, name, missed, planned}]}`` each.
    """
    present = AcademicYear.select(AcademicYear.id).where(AcademicYear.state == "current")
    query = SchoolClass.select(SchoolClass.id).where(SchoolClass.year.in_(present))
    ids = [row[0] for row in access.visible(actor, permissions.DAY, query).tuples()]
    told: dict[int, dict[str, Any]] = {}
    sql = _SCHOOL.format(letter=russian("c.letter"))
    for id_, grade, letter, pupil, surname, given, _key, planned, missed in (
        rows(sql, [day, day, day, day, day, ids]) if ids else ()
    ):
        title = SchoolClass(grade=grade, letter=letter).title
        one = told.setdefault(id_, {"id": id_, "title": title, "pupils": 0, "absent": []})
        one["pupils"] += 1
        if planned or missed:
            one["absent"].append(
                {
                    "id": pupil, "name": f"{surname} {given}", "missed": missed,
                    "planned": bool(planned),
                }
            )  # fmt: skip
    return list(told.values())


def absence(actor: Actor, absence_id: int) -> tuple[Absence, Person]:
    """An absence and its pupil, for whoever sees the day of the pupil's class.

    :raises NotThere: it is not there, or not open to the actor.
    """
    row: Absence | None = Absence.get_or_none(
        Absence.id == absence_id, Absence.removed_at.is_null()
    )
    if row is None or not access.allowed_ids(actor, permissions.DAY, Person, [row.pupil_id]):
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row, Person.get_by_id(row.pupil_id)


def class_of_pupil(pupil_id: int, day: dt.date) -> int:
    """The id of the class a pupil is in on a day, or was in before; 0 for none."""
    found = rows(
        "SELECT school_class_id FROM core_class_member WHERE pupil_id = ? AND since <= ? "
        "ORDER BY since DESC LIMIT 1",
        [pupil_id, day],
    )
    return int(found[0][0]) if found else 0


# --- one pupil ---------------------------------------------------------------------------------


def absences_of_pupil(
    actor: Actor, pupil_id: int, start: dt.date, end: dt.date
) -> list[AbsenceRow]:
    """Absences of days of a pupil that touch a span of days.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    from asurso_journal.pupil_rows import require_sight

    require_sight(actor, pupil_id)
    return _absences([pupil_id], start, end)


def notes_of_pupil(actor: Actor, pupil_id: int) -> list[NoteRow]:
    """The notes of the family about a pupil, newest first; empty for whoever may send none."""
    if not access.allowed_ids(actor, permissions.NOTE, Person, [pupil_id]):
        return []
    return _notes(actor, [pupil_id], waiting=False)


# --- reasons that are not known ----------------------------------------------------------------

_UNKNOWN = """
    SELECT c.id, c.grade, c.letter, p.id, p.surname || ' ' || p.given_name, MIN(l.date), COUNT(*)
      FROM core_school_class c
      JOIN core_class_member m ON m.school_class_id = c.id AND m.since <= ?
       AND (m.until IS NULL OR m.until > ?)
      JOIN core_person p ON p.id = m.pupil_id
      JOIN journal_attendance t ON t.pupil_id = p.id AND t.year_id = c.year_id AND t.code = ?
      JOIN timetable_lesson l ON l.id = t.lesson_id AND l.date BETWEEN ? AND ?
     WHERE c.id IN ?
     GROUP BY c.id, c.grade, c.letter, p.id, p.surname, p.given_name
     ORDER BY MIN(l.date), p.surname || ' ' || p.given_name
"""


def unknown_reasons(class_ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Pupils who were absent for a reason that is not known after the days of the setting.

    ``{class: [{pupil, name, since, lessons, title}]}``, oldest first; one statement. The caller
    has found the classes by right.
    """
    wanted = sorted(set(class_ids))
    if not wanted:
        return {}
    today = clock.today()
    last = today - dt.timedelta(days=int(policy.rule("reason_days")))
    told: dict[int, list[dict[str, Any]]] = {}
    for id_, grade, letter, pupil, name, since, count in rows(
        _UNKNOWN, [today, today, UNKNOWN, today - LOOK_BACK, last, wanted]
    ):
        told.setdefault(id_, []).append(
            {
                "pupil": pupil, "name": name, "since": as_date(since), "lessons": count,
                "title": SchoolClass(grade=grade, letter=letter).title, "class_id": id_,
            }
        )  # fmt: skip
    return told


def _led(actor: Actor) -> list[int]:
    """The classes that the actor leads; asked once a request."""
    if "journal.led" not in actor.memo:
        actor.memo["journal.led"] = [row[0] for row in led_class_ids(actor.person_id).tuples()]
    found: Any = actor.memo["journal.led"]
    return list(found)


def own_unknown_reasons(actor: Actor) -> list[dict[str, Any]]:
    """The same of the classes that the actor leads."""
    return [one for found in unknown_reasons(_led(actor)).values() for one in found]


def waiting_notes(actor: Actor) -> list[tuple[NoteRow, int]]:
    """Notes that wait for an answer from the classes that the actor leads, with the class."""
    today, led = clock.today(), _led(actor)
    if not led:
        return []
    members = dict(
        rows(
            "SELECT m.pupil_id, m.school_class_id FROM core_class_member m WHERE m.since <= ? "
            "AND (m.until IS NULL OR m.until > ?) AND m.school_class_id IN ?",
            [today, today, led],
        )
    )
    if not members:
        return []
    return [(note, members[note.pupil_id]) for note in _notes(actor, members, waiting=True)]
