"""Pupils who came into a group or left it within a period: their marks of the subject go with them.

A mark belongs to the pupil, not to the group (features.md 3.9): averages of a subject are counted
over all marks of the period, in whichever subgroup or class they were put.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from asurso_core.db import as_date, rows

Spans = Iterable[tuple[dt.date, dt.date | None]]


class Brought(NamedTuple):
    """A mark that a pupil got in the same subject in another group."""

    date: dt.date
    value: str
    weight: int


def is_there(spans: Spans, on: dt.date) -> bool:
    """Whether a day lies in one of ``[since, until)``."""
    return any(since <= on and (until is None or until > on) for since, until in spans)


def is_whole(spans: Spans, starts: dt.date, ends: dt.date) -> bool:
    """Whether somebody belongs to a group from the first to the last day of a period."""
    return any(since <= starts and (until is None or until > ends) for since, until in spans)


# Marks first: those who moved are few, the lessons of a subject in a school are thousands.
_MARKS = """
    WITH own AS MATERIALIZED (
        SELECT m.pupil_id, m.value, a.lesson_id, a.weight, a.position, a.id
          FROM journal_mark m
          JOIN journal_assignment a ON a.id = m.assignment_id
         WHERE m.pupil_id IN ? AND m.value <> ''
           AND m.year_id = (SELECT year_id FROM core_teaching_group WHERE id = ?))
    SELECT own.pupil_id, l.date, own.value, own.weight
      FROM own
      JOIN timetable_lesson l ON l.id = own.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
     WHERE l.date BETWEEN ? AND ? AND g.id <> ?
       AND g.subject_id = (SELECT subject_id FROM core_teaching_group WHERE id = ?)
     ORDER BY l.date, l.starts, own.position, own.id
"""


def brought(
    group_id: int, spans: Mapping[int, Spans], starts: dt.date, ends: dt.date
) -> dict[int, list[Brought]]:
    """Marks that pupils who moved have in other groups of the same subject.

    ``spans`` are the ``[since, until)`` of belonging to the group by pupil. A move may be entered
    days later than it was: what the former teacher put meanwhile counts too. Asks no right. One
    statement, none where everybody was there for the whole period.
    """
    moved = sorted(id_ for id_, own in spans.items() if not is_whole(own, starts, ends))
    if not moved:
        return {}
    told: dict[int, list[Brought]] = {}
    params = [moved, group_id, starts, ends, group_id, group_id]
    for pupil, on, value, weight in rows(_MARKS, params):
        told.setdefault(pupil, []).append(Brought(as_date(on), value, weight))
    return told


def other_groups(group_id: int, pupil_ids: Iterable[int]) -> list[int]:
    """Other groups of the subject and year to which pupils belong or belonged; one statement."""
    pupils = sorted(set(pupil_ids))
    sql = """
        SELECT g.id FROM core_teaching_group g
          JOIN core_teaching_group h ON h.id = ? AND h.subject_id = g.subject_id
           AND h.year_id = g.year_id AND h.id <> g.id
         WHERE (g.part <> 0 AND g.id IN (
                    SELECT group_id FROM core_group_member WHERE pupil_id IN ?))
            OR (g.part = 0 AND g.id IN (
                    SELECT gc.group_id FROM core_group_class gc
                      JOIN core_class_member n ON n.school_class_id = gc.school_class_id
                     WHERE n.pupil_id IN ?))
         ORDER BY g.id
    """
    return [id_ for (id_,) in rows(sql, [group_id, pupils, pupils])]
