"""Reading the states of study periods: what is closed, what lacks marks, who is unlocked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows, stamp_value
from asurso_core.school import SchoolClass, current_year
from asurso_journal import final_rows, permissions, policy, queries


@dataclass
class ClassState:
    """A study period of a class: closed since when and by whom, or how many marks it lacks."""

    id: int
    title: str
    closed_at: dt.datetime | None = None
    closed_by: str = ""
    missing: int = 0
    expected: int = 0


@dataclass
class PeriodState:
    """A study period with the classes that learn by it."""

    id: int
    title: str
    starts: dt.date
    ends: dt.date
    can_close: bool
    classes: list[ClassState] = field(default_factory=list)

    @property
    def open(self) -> list[ClassState]:
        """Classes for which the period is not closed."""
        return [one for one in self.classes if one.closed_at is None]


_PERIODS = """
    SELECT p.id, p.title, p.starts, p.ends, c.id, k.closed_at,
           COALESCE(b.surname || ' ' || b.given_name, '')
      FROM core_school_class c
      JOIN core_period p ON p.period_type_id = c.period_type_id
      LEFT JOIN journal_period_closing k ON k.period_id = p.id AND k.school_class_id = c.id
      LEFT JOIN core_user u ON u.id = k.closed_by_id
      LEFT JOIN core_person b ON b.id = u.person_id
     WHERE c.id IN ? ORDER BY p.starts, p.id
"""


def period_states(actor: Actor) -> list[PeriodState]:
    """Study periods of the current year with their classes; three statements a begun period.

    Marks are counted as missing where a pupil who belongs to the class at the end of the period
    learns a subject and has none; the first grade gets none and lacks none.
    """
    access.require_any(actor, permissions.CLOSE)
    year = current_year()
    if year is None:
        return []
    query = SchoolClass.select().where(SchoolClass.year == year)
    classes = {one.id: one for one in access.visible(actor, permissions.CLOSE, query)}
    states: dict[int, PeriodState] = {}
    today = clock.today()
    for id_, title, starts, ends, class_id, at, by in rows(_PERIODS, [sorted(classes) or [0]]):
        state = states.setdefault(
            id_,
            PeriodState(id_, title, as_date(starts), as_date(ends), as_date(ends) <= today),
        )
        state.classes.append(
            ClassState(class_id, classes[class_id].title, as_stamp(at) if at else None, by)
        )
    ahead = dt.timedelta(days=int(policy.rule("final_ahead")))
    for state in states.values():
        state.classes.sort(key=lambda one: (classes[one.id].grade, one.title))
        if state.ends - ahead <= today:
            _count_missing(state, classes, year.id)
    return list(states.values())


def _count_missing(state: PeriodState, classes: dict[int, SchoolClass], year_id: int) -> None:
    marked = [one.id for one in state.classes if not policy.is_unmarked(classes[one.id].grade)]
    day = min(state.ends, clock.today())
    pupils = {one.id: one.class_id for one in final_rows.pupils_on(marked, day)}
    put = {
        (one.pupil_id, one.subject_id) for one in final_rows.finals_of(year_id, pupils, [state.id])
    }
    by_id = {one.id: one for one in state.classes}
    studied = {
        (one.pupil_id, one.subject_id)
        for one in final_rows.studied_on(marked, day)
        if one.pupil_id in pupils
    }
    for pupil, subject in studied:
        one = by_id[pupils[pupil]]
        one.expected += 1
        one.missing += (pupil, subject) not in put


def unlocks(actor: Actor) -> list[dict[str, Any]]:
    """Unlockings that hold now, the one that ends first at the top; one statement."""
    access.require_any(actor, permissions.CLOSE)
    sql = """
        SELECT u.id, t.surname, t.given_name, s.name, g.name, p.title, u.until, u.reason,
               COALESCE(b.surname || ' ' || b.given_name, '')
          FROM journal_unlock u
          JOIN core_person t ON t.id = u.teacher_id
          LEFT JOIN core_teaching_group g ON g.id = u.group_id
          LEFT JOIN core_subject s ON s.id = g.subject_id
          LEFT JOIN core_period p ON p.id = u.period_id
          LEFT JOIN core_user a ON a.id = u.given_by_id
          LEFT JOIN core_person b ON b.id = a.person_id
         WHERE u.ended_at IS NULL AND u.until > ? ORDER BY u.until, u.id
    """
    return [
        {
            "id": id_, "teacher": f"{surname} {given}",
            "group": " ".join(part for part in (subject, group) if part),
            "period": period or "", "until": clock.local(as_stamp(until)), "reason": reason,
            "by": by,
        }
        for id_, surname, given, subject, group, period, until, reason, by in rows(
            sql, [stamp_value(clock.stamp())]
        )
    ]  # fmt: skip


def teachers() -> list[tuple[int, str]]:
    """Teachers who give lessons in the current year, by name: for a list to choose from."""
    sql = """
        SELECT DISTINCT t.id, t.surname, t.given_name, t.patronymic, t.sort_key
          FROM core_group_teacher k
          JOIN core_teaching_group g ON g.id = k.group_id
          JOIN core_academic_year y ON y.id = g.year_id AND y.state = 'current'
          JOIN core_person t ON t.id = k.teacher_id
    """
    found = sorted(rows(sql), key=lambda row: (row[4], row[0]))
    return [
        (id_, " ".join(part for part in (surname, given, patronymic) if part))
        for id_, surname, given, patronymic, _key in found
    ]


def groups_seen(actor: Actor) -> list[tuple[int, str]]:
    """Teaching groups of the current year by class and subject: for a list to choose from."""
    found = queries.shelf(actor)
    return [
        (one["id"], " ".join(part for part in (title, one["subject"], one["name"]) if part))
        for title, entries in found.classes.items()
        for one in entries
    ]
