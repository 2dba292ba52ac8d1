"""What one pupil's diary shows of the journal: plain rows, one statement each.

Every function asks :data:`asurso_journal.permissions.MARK_VIEW` over the pupil: own data for the
pupil, own children for a parent. Dates are both included. Another pupil's row is never read here,
except for the class average, which is a bare number of at least five pupils (decisions 12).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from asurso_core import access
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_journal import permissions
from asurso_journal.marks import WORDS, averages, figures, hundredths
from asurso_journal.narrowing import is_narrowed

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
    """A pupil's attendance at a lesson, where a code stands, told by the letter of today."""

    lesson_id: int
    date: dt.date
    group_id: int
    code: str
    name: str
    missed: bool
    excused: bool
    illness: bool


class TrailRow(NamedTuple):
    """A lesson of a group with its topic and the homework set at it, empty where there is none.

    The homework is due at the next lesson, or at the first one from ``due_on`` on.
    """

    lesson_id: int
    group_id: int
    topic: str
    homework: str
    date: dt.date
    due_on: dt.date | None


class TaskRow(NamedTuple):
    """Homework of a pupil that has more than a text: links, files, an answer, or a text of its own.

    ``state`` is that of the pupil's answer: empty, handed, returned or accepted.
    """

    id: int
    lesson_id: int
    group_id: int
    for_all: bool
    text: str
    links: tuple[str, ...]
    due_on: dt.date | None
    answers: bool
    state: str
    late: bool
    files: int


class SubjectRow(NamedTuple):
    """The subject of a teaching group."""

    id: int
    name: str
    short: str  # «Мат», without the full stop of the abbreviation


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


def require_sight(actor: Actor, pupil_id: int) -> None:
    """The actor must be allowed to see the marks of this pupil.

    :raises NotThere: they are not open to the actor.
    """
    if actor.is_system:
        return
    if "school" in actor.grants.get(permissions.MARK_VIEW, ()) and not is_narrowed(actor):
        return
    key = (permissions.MARK_VIEW, pupil_id)
    if key not in actor.memo:
        actor.memo[key] = bool(access.allowed_ids(actor, permissions.MARK_VIEW, Person, [pupil_id]))
    if not actor.memo[key]:
        raise NotThere(_("There is no such page, or it is not open to you."))


#: The years that a span of days touches: marks are kept by pupil and year.
_YEARS = "(SELECT id FROM core_academic_year WHERE starts <= ? AND ends >= ?)"
# The first part is made whole before the lessons are looked at: a pupil's marks are few, the
# lessons of the school in the same days are thousands, and PostgreSQL cannot know that.
_OWN = """
    WITH own AS MATERIALIZED (
        SELECT m.value, m.dot, m.comment, a.id, a.lesson_id, a.title, a.weight, a.position,
               a.type_id
          FROM journal_mark m
          JOIN journal_assignment a ON a.id = m.assignment_id
         WHERE m.pupil_id = ? AND m.year_id IN {years} AND (m.value <> '' OR m.dot))
"""
_MARKS = """
    {own}
    SELECT l.id, l.date, l.group_id, own.id, own.value, own.dot, own.comment, t.name, t.letter,
           own.title, own.weight
      FROM own
      JOIN journal_assignment_type t ON t.id = own.type_id
      JOIN timetable_lesson l ON l.id = own.lesson_id
     WHERE l.date BETWEEN ? AND ? {more}
     ORDER BY l.date, l.starts, own.position, own.id
"""


def _mark_rows(pupil_id: int, start: dt.date, end: dt.date, more: str = "") -> list[MarkRow]:
    sql = _MARKS.format(own=_OWN.format(years=_YEARS), more=more)
    return [
        MarkRow(
            row[0], as_date(row[1]), row[2], row[3], row[4], bool(row[5]) and not row[4], *row[6:]
        )
        for row in rows(sql, [pupil_id, end, start, start, end])
    ]


def marks_of_pupil(actor: Actor, pupil_id: int, start: dt.date, end: dt.date) -> list[MarkRow]:
    """Marks and dots for works of lessons between two days, in order of time.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    return _mark_rows(pupil_id, start, end)


def debts_of_pupil(actor: Actor, pupil_id: int, start: dt.date, end: dt.date) -> list[MarkRow]:
    """Works between two days that the pupil still owes (open dots), oldest first.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    return _mark_rows(pupil_id, start, end, "AND own.value = '' AND own.dot")


def attendance_of_pupil(
    actor: Actor, pupil_id: int, start: dt.date, end: dt.date
) -> list[AttendanceRow]:
    """Attendance codes between two days, in order of time.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    sql = f"""
        WITH own AS MATERIALIZED (
            SELECT t.lesson_id, t.code FROM journal_attendance t
             WHERE t.pupil_id = ? AND t.year_id IN {_YEARS})
        SELECT l.id, l.date, l.group_id, k.letter, k.name, k.missed, k.excused, k.illness
          FROM own
          JOIN journal_attendance_code k ON k.code = own.code
          JOIN timetable_lesson l ON l.id = own.lesson_id
         WHERE l.date BETWEEN ? AND ?
         ORDER BY l.date, l.starts
    """  # noqa: S608 - our own words
    return [
        AttendanceRow(
            id_, as_date(date), group, code, name, bool(missed), bool(excused), bool(illness)
        )
        for id_, date, group, code, name, missed, excused, illness in rows(
            sql, [pupil_id, end, start, start, end]
        )
    ]


@dataclass(slots=True)
class PupilWeek:
    """What the journal holds of a pupil for the page of one week."""

    marks: list[MarkRow]  # of the week, in order of time
    absences: dict[int, AttendanceRow]  # of the week, by lesson
    debts: list[tuple[str, MarkRow]]  # (subject, dot that is still open), oldest first
    #: subject → (mark, weight) pairs of the period
    pairs: dict[str, list[tuple[str, int]]]


_WEEK = """
    {own},
    dated AS MATERIALIZED (
        SELECT own.*, l.date, l.starts, l.group_id
          FROM own JOIN timetable_lesson l ON l.id = own.lesson_id)
    SELECT 'm' AS kind, d.lesson_id, d.date, d.starts, d.position, d.group_id, d.id, d.value, d.dot,
           d.comment, t.name, t.letter, d.title, d.weight, '' AS subject
      FROM dated d JOIN journal_assignment_type t ON t.id = d.type_id
     WHERE d.date BETWEEN ? AND ?
    UNION ALL
    SELECT 'd', d.lesson_id, d.date, d.starts, d.position, d.group_id, d.id, d.value, d.dot,
           d.comment, t.name, t.letter, d.title, d.weight, s.name
      FROM dated d
      JOIN journal_assignment_type t ON t.id = d.type_id
      JOIN core_teaching_group g ON g.id = d.group_id
      JOIN core_subject s ON s.id = g.subject_id
     WHERE d.value = '' AND d.dot AND d.date <= ?
    UNION ALL
    SELECT 'p', COUNT(*), CAST(NULL AS date), 0, 0, 0, 0, d.value, false, NULL, '', '', '',
           d.weight, s.name
      FROM dated d
      JOIN core_teaching_group g ON g.id = d.group_id
      JOIN core_subject s ON s.id = g.subject_id
     WHERE d.date BETWEEN ? AND ? AND d.value <> ''
     GROUP BY d.value, d.weight, s.name
    UNION ALL
    SELECT 'a', l.id, l.date, l.starts, CASE WHEN k.missed THEN 1 ELSE 0 END, l.group_id,
           CASE WHEN k.excused THEN 1 ELSE 0 END, k.letter, k.illness, NULL, k.name, '', '', 0, ''
      FROM journal_attendance t
      JOIN journal_attendance_code k ON k.code = t.code
      JOIN timetable_lesson l ON l.id = t.lesson_id
     WHERE t.pupil_id = ? AND t.year_id IN {years} AND l.date BETWEEN ? AND ?
"""


def week_of_pupil(
    actor: Actor,
    pupil_id: int,
    week: tuple[dt.date, dt.date],
    period: tuple[dt.date, dt.date],
    today: dt.date,
) -> PupilWeek:
    """Marks and absences of a week, debts of the year until today, marks of a period by subject.

    ``week`` and ``period`` are first and last day. One statement.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    monday, sunday = week
    params = [pupil_id, sunday, monday, *week, today, *period]
    params += [pupil_id, sunday, monday, *week]
    told = PupilWeek([], {}, [], {})
    sql = _WEEK.format(own=_OWN.format(years=_YEARS), years=_YEARS)
    found = rows(sql, params)
    found.sort(key=lambda row: (str(row[2] or ""), row[3], row[4], row[6]))
    for row in found:
        kind, lesson, on, _starts, place, group, id_, value, flag = row[:9]
        if kind == "p":
            told.pairs.setdefault(row[14], []).extend([(value, row[13])] * lesson)
            continue
        date = as_date(on)
        if kind == "a":
            told.absences[lesson] = AttendanceRow(
                lesson, date, group, value, row[10], bool(place), bool(id_), bool(flag)
            )
            continue
        mark = MarkRow(
            lesson, date, group, id_, value, bool(flag) and not value, row[9], *row[10:14]
        )
        if kind == "m":
            told.marks.append(mark)
        else:
            told.debts.append((row[14], mark))
    return told


def homework_trail(
    actor: Actor, group_ids: Iterable[int], start: dt.date, end: dt.date
) -> list[TrailRow]:
    """Lessons of groups that were or will be held between two days, with what was set at each.

    In order of time; from them it follows at which lesson a homework is due. The caller has found
    the groups by right. ``actor`` must be somebody who may see marks at all.
    """
    access.require_any(actor, permissions.MARK_VIEW)
    wanted = sorted(set(group_ids))
    if not wanted:
        return []
    sql = """
        SELECT l.id, l.group_id, COALESCE(n.topic, ''), COALESCE(n.homework, ''), l.date, k.due_on
          FROM timetable_lesson l
          LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
          LEFT JOIN journal_task k ON k.lesson_id = l.id AND k.for_all
         WHERE l.group_id IN ? AND l.date BETWEEN ? AND ?
           AND l.status <> 'cancelled'
         ORDER BY l.date, l.starts, l.id
    """
    return [
        TrailRow(id_, group, topic, homework, as_date(date), as_date(due_on))
        for id_, group, topic, homework, date, due_on in rows(sql, [wanted, start, end])
    ]


def homework_due(
    actor: Actor, group_ids: Iterable[int], start: dt.date, end: dt.date
) -> tuple[dict[int, str], dict[int, str]]:
    """``(topics, homework)`` by lesson; homework stands where it is due.

    That is the next lesson of the same group that takes place, or the first one from the day on
    that the teacher chose. See :func:`homework_trail`.
    """
    trail = homework_trail(actor, group_ids, start, end)
    return {row.lesson_id: row.topic for row in trail}, placed(trail)


def placed(trail: list[TrailRow]) -> dict[int, str]:
    """Homework of all by the lesson where it is due; empty where none is."""
    due: dict[int, str] = {}
    waiting: dict[int, list[TrailRow]] = {}
    for row in trail:
        mine = waiting.get(row.group_id, [])
        here = [one for one in mine if one.due_on is None or one.due_on <= row.date]
        due[row.lesson_id] = "\n".join(one.homework for one in here)
        waiting[row.group_id] = [one for one in mine if one not in here]
        if row.homework:
            waiting[row.group_id].append(row)
    return due


_TASKS = """
    SELECT k.id, k.lesson_id, l.group_id, k.for_all, k.text, k.links, k.due_on, k.answers,
           COALESCE(a.state, ''), COALESCE(a.late, false),
           (SELECT COUNT(*) FROM core_stored_file f
             WHERE f.target = 'journal.task:' || CAST(k.id AS TEXT))
      FROM timetable_lesson l
      JOIN journal_task k ON k.lesson_id = l.id
      LEFT JOIN journal_answer a ON a.task_id = k.id AND a.pupil_id = ?
     WHERE l.group_id IN ? AND l.date BETWEEN ? AND ?
       AND (k.for_all OR EXISTS (SELECT 1 FROM journal_task_pupil p
             WHERE p.task_id = k.id AND p.pupil_id = ?))
     ORDER BY l.date, l.starts, k.id
"""


def homework_of_pupil(
    actor: Actor, pupil_id: int, group_ids: Iterable[int], start: dt.date, end: dt.date
) -> tuple[dict[int, str], dict[int, str], dict[int, list[TaskRow]]]:
    """``(topics, homework, tasks)`` by lesson: also what was set for this pupil, with its files.

    The caller has found the groups by right. Two statements.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    wanted = sorted(set(group_ids))
    trail = homework_trail(actor, wanted, start, end)
    topics = {row.lesson_id: row.topic for row in trail}
    tasks: dict[int, list[TaskRow]] = {}
    place = {row.lesson_id: number for number, row in enumerate(trail)}
    for row in rows(_TASKS, [pupil_id, wanted, start, end, pupil_id]) if wanted else ():
        links = json.loads(row[5]) if isinstance(row[5], str) else row[5]
        task = TaskRow(
            row[0], row[1], row[2], bool(row[3]), row[4], tuple(links), as_date(row[6]),
            bool(row[7]), row[8], bool(row[9]), row[10],
        )  # fmt: skip
        after = trail[place[task.lesson_id] + 1 :] if task.lesson_id in place else []
        for one in after:
            if one.group_id == task.group_id and (not task.due_on or task.due_on <= one.date):
                tasks.setdefault(one.lesson_id, []).append(task)
                break
    return topics, placed(trail), tasks


def subjects_of_groups(group_ids: Iterable[int]) -> dict[int, SubjectRow]:
    """The subjects of teaching groups that the caller has found by right; one statement."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    sql = """
        SELECT g.id, s.id, s.name, s.short_name
          FROM core_teaching_group g JOIN core_subject s ON s.id = g.subject_id WHERE g.id IN ?
    """
    return {
        group: SubjectRow(id_, name, (short or name).rstrip(". "))
        for group, id_, name, short in rows(sql, [wanted])
    }


def averages_of_pupil(
    actor: Actor, pupil_id: int, start: dt.date, end: dt.date
) -> dict[int, GroupAverages]:
    """A pupil's averages by teaching group between two days, with the average of the group.

    ``{group id: averages}`` of the groups where the pupil has a mark or a dot. One statement.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
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
          FROM cells WHERE value <> '' AND NOT (value IN ?) AND weight > 0 GROUP BY group_id
    """
    own: dict[int, list[tuple[str, int]]] = {}
    dots: dict[int, int] = {}
    everybody: dict[int, list[tuple[str, int]]] = {}
    pupils: dict[int, int] = {}
    words = sorted(set(WORDS.values()))
    found = rows(sql, [pupil_id, start, end, start, end, pupil_id, words])
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


def _of_class(counted: list[tuple[str, int]]) -> Decimal | None:
    total = sum(sum(figures(value)) * times for value, times in counted)
    count = sum(len(figures(value)) * times for value, times in counted)
    found = hundredths(total, count)
    return None if found is None else Decimal(found).scaleb(-2)
