"""Reading the journal for its pages: who may see what is asked here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, audit, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, is_sqlite, rows, russian
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import TeachingGroup, group_members
from asurso_core.text import sort_key
from asurso_journal import locks, moved, narrowing, permissions, policy
from asurso_journal import marks as cell
from asurso_journal.final_rows import why_marks_closed
from asurso_journal.grid import Column, Final, Grid, Row
from asurso_journal.marks import target_of_cell
from asurso_journal.rights import editable_groups, editable_lessons, led_lessons, rights_over
from asurso_journal.scales import ORDINARY, Marking
from asurso_journal.vocabulary_rows import FITS
from asurso_timetable.api import Lesson, LessonRow, lessons_by_id, lessons_of_teacher


def _missing() -> NotThere:
    return NotThere(_("There is no such page, or it is not open to you."))


# --- which journals ----------------------------------------------------------------------------

_GROUPS = """
    SELECT g.id, s.name, g.name, c.id, c.grade, c.letter, g.part,
           (SELECT COUNT(*) FROM core_group_teacher t WHERE t.group_id = g.id AND t.teacher_id = ?
              AND t.since <= ? AND (t.until IS NULL OR t.until > ?)),
           (SELECT COUNT(*) FROM core_class_teacher k WHERE k.school_class_id = c.id
              AND k.teacher_id = ? AND k.since <= ? AND (k.until IS NULL OR k.until > ?))
      FROM core_teaching_group g
      JOIN core_academic_year y ON y.id = g.year_id AND y.state = 'current'
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE NOT g.archived
"""


@dataclass
class Shelf:
    """Journals that the actor may open: own groups, the own class, all classes by title."""

    own: list[dict[str, Any]] = field(default_factory=list)
    led: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    classes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    class_ids: dict[str, int] = field(default_factory=dict)  # by title


def shelf(actor: Actor) -> Shelf:
    """The journals of the current year, cut to what the actor may see."""
    today = clock.today()
    me = actor.person_id
    found = sorted(
        rows(_GROUPS, [me, today, today, me, today, today]),
        key=lambda row: (row[4], sort_key(row[5]), sort_key(row[1]), row[6]),
    )
    seen = access.allowed_ids(
        actor, permissions.VIEW, TeachingGroup, sorted({row[0] for row in found})
    )
    told = Shelf()
    own: dict[int, dict[str, Any]] = {}
    for id_, subject, name, class_id, grade, letter, _part, teaches, leads in found:
        if id_ not in seen:
            continue
        title = f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"
        entry = {"id": id_, "subject": subject, "name": name, "classes": title}
        told.classes.setdefault(title, []).append(entry)
        told.class_ids[title] = class_id
        if leads:
            told.led.setdefault(title, []).append(entry)
        if teaches:
            mine = own.setdefault(id_, entry)
            if mine is not entry:
                mine["classes"] = f"{mine['classes']}, {title}"
    told.own = list(own.values())
    return told


# --- the grid ----------------------------------------------------------------------------------


@dataclass
class GridPage:
    """The page of one teaching group in one period."""

    group_id: int
    subject: str
    group_name: str
    classes: str
    period: dict[str, Any]
    periods: list[dict[str, Any]]
    grid: Grid
    lessons: list[dict[str, Any]]
    codes: list[dict[str, Any]]
    marking: Marking
    editable: bool


_PLACE = """
    SELECT g.id, s.name, g.name, g.part, c.grade, c.letter, p.id, p.title, p.starts, p.ends,
           y.state,
           CASE WHEN EXISTS (SELECT 1 FROM core_group_class kc
             JOIN journal_period_closing k ON k.school_class_id = kc.school_class_id
            WHERE kc.group_id = g.id AND k.period_id = p.id) THEN 1 ELSE 0 END,
           COALESCE((SELECT MAX(u.reason) FROM journal_unlock u
            WHERE u.teacher_id = ? AND u.until > ? AND u.ended_at IS NULL
              AND (u.group_id IS NULL OR u.group_id = g.id)
              AND (u.period_id IS NULL OR u.period_id = p.id)), ''), y.id, s.id
      FROM core_teaching_group g
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_academic_year y ON y.id = g.year_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
      LEFT JOIN core_period p ON p.period_type_id = c.period_type_id
     WHERE g.id = ? ORDER BY c.grade, {letter}, p.number
"""
_COLUMNS = """
    SELECT l.id, l.date, l.number, l.status, a.id, a.title, a.weight, t.letter, t.name,
           n.topic, n.homework, l.note
      FROM timetable_lesson l
      LEFT JOIN journal_assignment a ON a.lesson_id = l.id
      LEFT JOIN journal_assignment_type t ON t.id = a.type_id
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.group_id = ? AND l.date BETWEEN ? AND ?
     ORDER BY l.date, l.starts, l.id, a.position, a.id
"""
_MARKS = """
    SELECT m.assignment_id, m.pupil_id, m.value, m.dot, m.comment IS NOT NULL, m.version
      FROM timetable_lesson l
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE l.group_id = ? AND l.date BETWEEN ? AND ?
    UNION ALL
    SELECT 0, f.pupil_id, f.value, {no}, f.reason IS NOT NULL, f.version
      FROM journal_final_mark f
     WHERE f.pupil_id IN ? AND f.year_id = ? AND f.subject_id = ? AND f.slot = ?
"""
_CODES = """
    SELECT t.lesson_id, t.pupil_id, t.code, t.version
      FROM timetable_lesson l JOIN journal_attendance t ON t.lesson_id = l.id
     WHERE l.group_id = ? AND l.date BETWEEN ? AND ?
"""


def grid_page(actor: Actor, group_id: int, period_id: int | None) -> GridPage:
    """The journal of a group in a period (the present one if None).

    :raises NotThere: no such group or period, or the actor may not see it.
    """
    held = rights_over(
        actor, group_id, (permissions.VIEW, permissions.FINAL_VIEW, permissions.FINAL_EDIT)
    )
    place = _places(actor, group_id) if permissions.VIEW in held else []
    if not place:
        raise _missing()
    group = TeachingGroup(id=group_id, part=place[0][3])
    periods: dict[int, dict[str, Any]] = {}
    classes: list[str] = []
    for row in place:
        grade, letter = row[4], row[5]
        title = f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"
        if title not in classes:
            classes.append(title)
        if row[6] is not None and len(classes) == 1:
            periods[row[6]] = {
                "id": row[6], "title": row[7], "starts": as_date(row[8]), "ends": as_date(row[9]),
                "lock": locks.Lock(bool(row[11]), row[12]),
            }  # fmt: skip
    period = _period(list(periods.values()), period_id)
    starts, ends = period["starts"], period["ends"]
    span = [group_id, starts, ends]
    found = rows(_COLUMNS, span)
    closed, editable = _closed(actor, found, place[0][10] == "closed", ends, period["lock"])
    vocabulary = _codes()
    members = group_members(group, starts, ends)
    final = _final(actor, group_id, held, place[0], period)
    slot = [[one["id"] for one in members] or [0], place[0][13], place[0][14],
            final.slot if final else 0]  # fmt: skip
    marks = rows(_MARKS.format(no="0" if is_sqlite() else "FALSE"), [*span, *slot])
    letters = {one["key"]: one["code"] for one in vocabulary}
    grid = Grid(
        columns=_columns(found, closed),
        rows=[Row(one["id"], one["name"], one["spans"]) for one in members],
        marks=[row for row in marks if row[0]],
        final=final,
        finals={
            pupil: (value, bool(noted), version)
            for work, pupil, value, _dot, noted, version in marks
            if not work
        },
        codes=[
            (lesson, pupil, letters.get(code, code), version)
            for lesson, pupil, code, version in rows(_CODES, span)
        ],
        missed_codes=frozenset(one["code"] for one in vocabulary if one["missed"]),
        today=clock.today(),
        scale=policy.scale(place[0][13]),
        starts=starts,
        ends=ends,
        brought=moved.brought(group_id, {one["id"]: one["spans"] for one in members}, starts, ends),
        linked=_linked(actor, [one["id"] for one in members]),
    )
    return GridPage(
        group_id=group_id,
        subject=place[0][1],
        group_name=place[0][2],
        classes=", ".join(classes),
        period=period,
        periods=list(periods.values()),
        grid=grid,
        lessons=_lesson_lines(found),
        codes=vocabulary,
        marking=policy.marking(place[0][13], place[0][4], place[0][14]),
        editable=editable,
    )


def _final(
    actor: Actor, group_id: int, held: set[str], place: tuple[Any, ...], period: dict[str, Any]
) -> Final | None:
    """The column of the period's mark, None where there is none to be seen."""
    if permissions.FINAL_VIEW not in held or not period["id"]:
        return None
    editable = permissions.FINAL_EDIT in held
    if not editable and policy.rule("class_teacher_marks"):
        editable = bool(editable_groups(actor, [group_id]))
    closed = why_marks_closed(
        actor, editable=editable, grade=place[4], year_closed=place[10] == "closed",
        ends=period["ends"], lock=period["lock"],
    )  # fmt: skip
    day = min(period["ends"], max(clock.today(), period["starts"]))
    return Final(period["id"], period["title"], day, closed)


def _linked(actor: Actor, pupils: list[int]) -> set[int] | None:
    """The pupils whose page the actor may open; None, without a statement, for all of them."""
    if "school" in actor.grants.get(permissions.MARK_VIEW, ()) and not narrowing.is_narrowed(actor):
        return None
    return set(access.allowed_ids(actor, permissions.MARK_VIEW, Person, pupils))


def _period(periods: list[dict[str, Any]], wanted: int | None) -> dict[str, Any]:
    if wanted is not None:
        for one in periods:
            if one["id"] == wanted:
                return one
        raise _missing()
    today = clock.today()
    begun = [one for one in periods if one["starts"] <= today]
    if begun:
        return begun[-1]
    if periods:
        return periods[0]
    return {"id": 0, "title": "", "starts": today, "ends": today, "lock": policy.OPEN}


def _places(actor: Actor, group_id: int) -> list[tuple[Any, ...]]:
    return rows(_PLACE.format(letter=russian("c.letter")), [*locks.whose(actor), group_id])


def present_period(actor: Actor, group_id: int) -> int:
    """The id of the period that a group is in today; raises :class:`NotThere`."""
    access.find(actor, permissions.VIEW, TeachingGroup, group_id)
    found = [
        {"id": row[6], "starts": as_date(row[8])} for row in _places(actor, group_id) if row[6]
    ]
    found.sort(key=lambda one: one["starts"])
    id_ = int(_period(found, None)["id"]) if found else 0
    if not id_:
        raise NotThere(_("The class of this journal has no study periods yet."))
    return id_


def _closed(
    actor: Actor, found: list[tuple[Any, ...]], year_closed: bool, ends: dt.date, lock: locks.Lock
) -> tuple[dict[int, str], bool]:
    """Why each lesson's cells cannot be changed, and whether any group right is there at all."""
    lessons = {row[0]: (as_date(row[1]), row[3]) for row in found}
    allowed = editable_lessons(actor, lessons) if actor.holds(permissions.EDIT) else set()
    led: set[int] | None = None
    closed: dict[int, str] = {}
    window = policy.window(actor)
    longer = policy.longer_for_class_teacher(actor)
    for id_, (on, status) in lessons.items():
        if id_ not in allowed:
            closed[id_] = _(
                "You can look at this journal; only the teacher of the group can change it."
            )
        elif year_closed:
            closed[id_] = _("This year is closed: it can be read, but not changed.")
        elif status == "cancelled":
            closed[id_] = _("This lesson was cancelled: nothing can be put here.")
        else:
            reason = window.closed(on, ends, lock=lock)
            if reason and longer and on <= window.today:
                if led is None:
                    led = led_lessons(actor, list(lessons))
                if id_ in led:
                    reason = window.closed(on, ends, leads=True, lock=lock)
            closed[id_] = reason
    return closed, bool(allowed)


def _columns(found: list[tuple[Any, ...]], closed: dict[int, str]) -> list[Column]:
    columns = []
    before = None
    for id_, date, number, status, work, title, weight, letter, kind, _topic, _home, note in found:
        columns.append(
            Column(
                lesson=id_,
                assignment=work or 0,
                main=id_ != before,
                date=as_date(date),
                number=number,
                letter=letter or "",
                weight=1 if weight is None else weight,
                title=", ".join(
                    part for part in (f"{kind}: {title}" if title else kind, note) if part
                ),
                note=note or "",
                cancelled=status == "cancelled",
                closed=closed.get(id_, ""),
            )
        )
        before = id_
    return columns


def _lesson_lines(found: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    lines: dict[int, dict[str, Any]] = {}
    horizon = clock.today() + dt.timedelta(days=14)
    for row in found:
        date = as_date(row[1])
        if date <= horizon or row[9] or row[10]:
            lines[row[0]] = {
                "id": row[0], "date": date, "topic": row[9] or "", "homework": row[10] or "",
                "cancelled": row[3] == "cancelled",
            }  # fmt: skip
    return list(lines.values())[::-1]


def _codes() -> list[dict[str, Any]]:
    """The vocabulary; ``code`` is the letter that people see and type, ``key`` what cells hold."""
    return [
        {
            "key": key, "code": letter, "name": name, "missed": bool(missed),
            "with_mark": bool(with_mark), "archived": bool(archived),
        }
        for key, letter, name, missed, with_mark, archived in rows(
            "SELECT code, letter, name, missed, allows_mark, archived "
            "FROM journal_attendance_code ORDER BY position, id"
        )
    ]  # fmt: skip


# --- one lesson --------------------------------------------------------------------------------


@dataclass
class Card:
    """One lesson with its pupils, as the teacher keeps it in the classroom."""

    lesson: LessonRow
    works: list[dict[str, Any]]
    pupils: list[dict[str, Any]]
    note: dict[str, Any]
    previous_homework: str
    closed: str
    note_closed: str
    codes: list[dict[str, Any]]
    marking: Marking
    types: list[dict[str, Any]]
    around: list[LessonRow]
    period_id: int
    homework_at: dt.datetime | None = None
    #: Filled by the page: the next day with a lesson of the group, whether homework came late.
    next_day: Any = None
    late: bool = False

    @property
    def absent(self) -> int:
        """How many pupils have a code that counts as missed."""
        return sum(1 for pupil in self.pupils if pupil["missed"])


def card(actor: Actor, lesson_id: int) -> Card:
    """The card of a lesson; raises :class:`NotThere` unless the actor may see its journal."""
    row = access.find(actor, permissions.VIEW, Lesson, lesson_id)
    found = lessons_of_teacher(row.teacher_id, row.date, row.date) if row.teacher_id else []
    lesson = next((one for one in found if one.id == lesson_id), None)
    if lesson is None:
        lesson = lessons_by_id([lesson_id])[0]
    group = TeachingGroup(id=lesson.group_id)
    facts = _card_facts(actor, lesson)
    group.part = facts["part"]
    vocabulary = _codes()
    letters = {one["key"]: one["code"] for one in vocabulary}
    missed = {one["key"] for one in vocabulary if one["missed"]}
    works = facts["works"]
    closed, note_closed = _card_closed(actor, lesson, facts)
    pupils = []
    for one in group_members(group, lesson.date, lesson.date):
        if not any(s <= lesson.date and (u is None or u > lesson.date) for s, u in one["spans"]):
            continue
        code, code_version = facts["codes"].get(one["id"], ("", 0))
        cells = []
        for index, work in enumerate(works or [{"id": 0}]):
            value, dot, comment, version = facts["marks"].get(
                (work["id"], one["id"]), ("", False, "", 0)
            )
            main = index == 0
            cells.append(
                {
                    "work": 0 if main else work["id"],
                    "text": cell.cell_text(letters.get(code, code) if main else "", value, dot),
                    "version": version + (code_version if main else 0),
                    "comment": comment or "",
                }
            )
        pupils.append(
            {
                "id": one["id"],
                "name": one["name"],
                "cells": cells,
                "missed": code in missed,
                "away": facts["away"].get(one["id"]),
            }
        )
    return Card(
        lesson=lesson,
        works=works,
        pupils=pupils,
        note=facts["note"],
        previous_homework=facts["previous"],
        closed=closed,
        note_closed=note_closed,
        codes=vocabulary,
        marking=facts["marking"],
        types=facts["types"],
        around=[one for one in found if one.teacher_id == lesson.teacher_id],
        period_id=facts["period"],
        homework_at=facts["homework_at"],
    )


_CARD = """
    SELECT 'w', a.id, a.weight, a.version, t.id, a.position, a.title, t.name, t.letter
      FROM journal_assignment a JOIN journal_assignment_type t ON t.id = a.type_id
     WHERE a.lesson_id = ?
    UNION ALL
    SELECT 'm', m.assignment_id, m.pupil_id, m.version, CASE WHEN m.dot THEN 1 ELSE 0 END, 0,
           m.value, COALESCE(m.comment, ''), ''
      FROM journal_mark m JOIN journal_assignment a ON a.id = m.assignment_id
     WHERE a.lesson_id = ?
    UNION ALL
    SELECT 'a', t.pupil_id, t.version, 0, 0, 0, t.code, '', ''
      FROM journal_attendance t WHERE t.lesson_id = ?
    UNION ALL
    SELECT 'n', n.version, CASE WHEN n.attendance_at IS NULL THEN 0 ELSE 1 END, 0, 0, 0,
           n.topic, n.homework, COALESCE(CAST(n.homework_at AS TEXT), '')
      FROM journal_lesson_note n WHERE n.lesson_id = ?
    UNION ALL
    SELECT 't', k.id, k.weight, k.position, CASE WHEN {fits} THEN 1 ELSE 0 END, 0, k.name, k.letter,
           ''
      FROM journal_assignment_type k
     WHERE {fits} OR k.id IN (SELECT type_id FROM journal_assignment WHERE lesson_id = ?)
    UNION ALL
    SELECT 'p', b.pupil_id, 0, 0, 0, 0, k.letter, CAST(b.ends AS TEXT), ''
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN journal_absence b ON b.year_id = g.year_id AND b.removed_at IS NULL
       AND b.starts <= l.date AND b.ends >= l.date
       AND (b.starts < l.date OR b.first_lesson IS NULL OR b.first_lesson <= l.number)
       AND (b.ends > l.date OR b.last_lesson IS NULL OR b.last_lesson >= l.number)
      JOIN journal_attendance_code k ON k.code = b.code
     WHERE l.id = ?
    UNION ALL
    SELECT 'y', g.year_id, g.subject_id, (SELECT MIN(c.grade) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id WHERE gc.group_id = g.id),
           0, 0, '', '', ''
      FROM timetable_lesson l JOIN core_teaching_group g ON g.id = l.group_id WHERE l.id = ?
    UNION ALL
    SELECT 'g', g.part, CASE WHEN y.state = 'closed' THEN 1 ELSE 0 END,
           COALESCE((SELECT MIN(p.id) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = g.id AND ? BETWEEN p.starts AND p.ends), 0), {locked}, 0,
           COALESCE((SELECT n.homework FROM timetable_lesson q
              JOIN journal_lesson_note n ON n.lesson_id = q.id
             WHERE q.group_id = g.id AND q.date < ? AND n.homework <> ''
             ORDER BY q.date DESC, q.starts DESC LIMIT 1), ''),
           CAST((SELECT MAX(p.ends) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = g.id AND ? BETWEEN p.starts AND p.ends) AS TEXT), {unlocked}
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_academic_year y ON y.id = g.year_id WHERE l.id = ?
"""


def _card_facts(actor: Actor, lesson: LessonRow) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "works": [], "marks": {}, "codes": {}, "types": [], "part": 0, "closed": False,
        "ends": None, "period": 0, "previous": "", "lock": policy.OPEN,
        "homework_at": None, "away": {}, "marking": ORDINARY,
        "note": {"topic": "", "homework": "", "version": 0, "confirmed": False},
    }  # fmt: skip
    params = [*([lesson.id] * 9), lesson.date, lesson.date, lesson.date]
    params += [*locks.whose(actor), lesson.id]
    sql = _CARD.format(locked=locks.LOCKED, unlocked=locks.UNLOCKED, fits=FITS)
    for kind, a, b, c, d, e, text, other, letter in rows(sql, params):
        if kind == "w":
            facts["works"].append(
                {
                    "id": a, "weight": b, "version": c, "type": d, "title": text, "name": other,
                    "letter": letter, "place": (e, a),
                }
            )  # fmt: skip
        elif kind == "m":
            facts["marks"][a, b] = (text, bool(d), other, c)
        elif kind == "a":
            facts["codes"][a] = (text, b)
        elif kind == "n":
            facts["note"] = {
                "topic": text, "homework": other, "version": a, "confirmed": bool(b),
            }  # fmt: skip
            facts["homework_at"] = as_stamp(letter) if letter else None
        elif kind == "y":
            facts["marking"] = policy.marking(a, c, b)
        elif kind == "p":
            facts["away"][a] = (text, as_date(other))
        elif kind == "t":
            facts["types"].append(
                {"id": a, "weight": b, "order": c, "name": text, "letter": other, "fits": bool(d)}
            )
        else:
            facts.update(
                part=a, closed=bool(b), period=c, previous=text, ends=as_date(other),
                lock=locks.Lock(bool(d), letter),
            )  # fmt: skip
    facts["works"].sort(key=lambda one: one["place"])
    facts["types"].sort(key=lambda one: one["order"])
    return facts


def _card_closed(actor: Actor, lesson: LessonRow, facts: dict[str, Any]) -> tuple[str, str]:
    if lesson.id not in editable_lessons(actor, [lesson.id]):
        only = _("You can look at this journal; only the teacher of the group can change it.")
        return only, only
    if facts["closed"]:
        shut = _("This year is closed: it can be read, but not changed.")
        return shut, shut
    if lesson.cancelled:
        off = _("This lesson was cancelled: nothing can be put here.")
        return off, off
    leads = bool(policy.longer_for_class_teacher(actor) and led_lessons(actor, [lesson.id]))
    return (
        policy.window(actor).closed(lesson.date, facts["ends"], leads=leads, lock=facts["lock"]),
        policy.writing_closed(actor, lesson.date, facts["ends"], leads=leads, lock=facts["lock"]),
    )


# --- a day of a teacher ------------------------------------------------------------------------


def day_of_teacher(actor: Actor, date: dt.date) -> list[dict[str, Any]]:
    """The actor's own lessons of a day and how far each is filled in; two statements."""
    access.require_any(actor, permissions.VIEW)
    if actor.person_id is None:
        return []
    lessons = lessons_of_teacher(actor.person_id, date, date)
    filled = _filled([lesson.id for lesson in lessons])
    now = clock.local()
    minutes = now.hour * 60 + now.minute
    told = []
    for lesson in lessons:
        state = filled.get(lesson.id, {})
        when = "later"
        if date < now.date() or (date == now.date() and lesson.ends <= minutes):
            when = "past"
        elif date == now.date() and lesson.starts - 10 <= minutes < lesson.ends:
            when = "now"
        told.append({"lesson": lesson, "when": when, **_EMPTY, **state})
    return told


_EMPTY: dict[str, Any] = {"topic": "", "homework": "", "confirmed": False, "marks": 0, "absent": 0}


def _filled(lesson_ids: list[int]) -> dict[int, dict[str, Any]]:
    if not lesson_ids:
        return {}
    sql = """
        SELECT 'n', n.lesson_id, CASE WHEN n.attendance_at IS NULL THEN 0 ELSE 1 END, n.topic,
               n.homework
          FROM journal_lesson_note n WHERE n.lesson_id IN ?
        UNION ALL
        SELECT 'm', a.lesson_id, COUNT(*), '', '' FROM journal_assignment a
          JOIN journal_mark m ON m.assignment_id = a.id AND m.value <> ''
         WHERE a.lesson_id IN ? GROUP BY a.lesson_id
        UNION ALL
        SELECT 'a', t.lesson_id, COUNT(*), '', '' FROM journal_attendance t
          JOIN journal_attendance_code k ON k.code = t.code AND k.missed
         WHERE t.lesson_id IN ? GROUP BY t.lesson_id
    """
    told: dict[int, dict[str, Any]] = {}
    for kind, id_, number, topic, homework in rows(sql, [lesson_ids] * 3):
        state = told.setdefault(id_, {})
        if kind == "n":
            state.update(topic=topic, homework=homework, confirmed=bool(number))
        else:
            state["marks" if kind == "m" else "absent"] = number
    return told


def unfilled(actor: Actor, days: int = 7) -> list[LessonRow]:
    """Own lessons of the last days that have no topic yet, oldest first."""
    if actor.person_id is None:
        return []
    today = clock.today()
    lessons = [
        lesson
        for lesson in lessons_of_teacher(
            actor.person_id, today - dt.timedelta(days=days), today - dt.timedelta(days=1)
        )
        if not lesson.cancelled
    ]
    filled = _filled([lesson.id for lesson in lessons])
    return [lesson for lesson in lessons if not filled.get(lesson.id, {}).get("topic")]


# --- history of a cell -------------------------------------------------------------------------


def history(actor: Actor, lesson_id: int, work: int, pupil_id: int) -> dict[str, Any]:
    """All values that a cell had, newest first, with who, when and from where.

    :raises NotThere: the actor may not see the history of this lesson's journal.
    """
    row = access.find(actor, permissions.HISTORY, Lesson, lesson_id)
    lesson = lessons_by_id([row.id])[0]
    group = TeachingGroup(id=lesson.group_id, part=_part(lesson.group_id))
    pupil = next(
        (one for one in group_members(group, lesson.date, lesson.date) if one["id"] == pupil_id),
        None,
    )
    entries = list(
        audit.AuditEntry.select()
        .where(audit.AuditEntry.target == target_of_cell(lesson_id, work, pupil_id))
        .order_by(audit.AuditEntry.id.desc())
        .limit(200)
    )
    if pupil is None and not entries:
        raise _missing()
    letters = {one["key"]: one["code"] for one in _codes()}
    return {
        "lesson": lesson,
        "pupil": pupil["name"] if pupil else "",
        "readers": _readers(lesson_id, work, pupil_id),
        "entries": [
            {
                "at": clock.local(as_stamp(entry.at)),
                "who": entry.actor_name,
                "before": _told(entry.before, letters),
                "after": _told(entry.after, letters),
                "address": entry.address if "admin" in actor.roles else "",
                "reason": entry.reason or "",
            }
            for entry in entries
        ],
    }


_READERS = """
    SELECT w.surname || ' ' || w.given_name, r.read_at, CASE WHEN r.version = m.version
           THEN 1 ELSE 0 END
      FROM journal_assignment a
      JOIN journal_mark m ON m.assignment_id = a.id AND m.pupil_id = ? AND m.comment IS NOT NULL
      JOIN journal_comment_read r ON r.mark_id = m.id
      JOIN core_person w ON w.id = r.person_id
     WHERE a.lesson_id = ? AND a.id = CASE WHEN ? <> 0 THEN ? ELSE
           (SELECT b.id FROM journal_assignment b WHERE b.lesson_id = a.lesson_id
             ORDER BY b.position, b.id LIMIT 1) END
     ORDER BY r.read_at
"""


def _readers(lesson_id: int, work: int, pupil_id: int) -> list[tuple[str, dt.datetime, bool]]:
    """Who of the family has read the comment of a cell, when, and whether it still says that."""
    return [
        (name, as_stamp(at), bool(same))
        for name, at, same in rows(_READERS, [pupil_id, lesson_id, work, work])
    ]


def _part(group_id: int) -> int:
    return int(rows("SELECT part FROM core_teaching_group WHERE id = ?", [group_id])[0][0])


def _told(value: Any, letters: dict[str, str]) -> str:
    """A recorded content of a cell in the words of the grid."""
    if isinstance(value, dict):
        text = cell.in_letters(str(value.get("value") or ""), letters)
        comment = value.get("comment")
        return f"{text} — {comment}" if comment else text
    return "" if value is None else str(value)


def lessons_in_use(lesson_ids: list[int]) -> set[int]:
    """Those of the lessons that any row of the journal hangs on: they are never thrown away."""
    if not lesson_ids:
        return set()
    used: set[int] = set()
    for start in range(0, len(lesson_ids), 500):
        part = lesson_ids[start : start + 500]
        sql = (
            "SELECT lesson_id FROM journal_lesson_note WHERE lesson_id IN ? "
            "UNION SELECT lesson_id FROM journal_assignment WHERE lesson_id IN ? "
            "UNION SELECT lesson_id FROM journal_attendance WHERE lesson_id IN ? "
            "UNION SELECT lesson_id FROM journal_absence_fill WHERE lesson_id IN ? "
            "UNION SELECT lesson_id FROM journal_task WHERE lesson_id IN ?"
        )
        used.update(row[0] for row in rows(sql, [part] * 5))
    return used
