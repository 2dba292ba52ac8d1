"""What reports count over: marks and absences read for whole classes, in a few statements.

Rights are asked by the reports before; here nobody is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asurso_core import clock
from asurso_core.db import as_date, rows
from asurso_core.school import Period, SchoolClass
from asurso_journal import final_rows, finals, policy
from asurso_journal.final_rows import PupilRow
from asurso_journal.indicators import Counts, Pupils, category, is_bad, odd_one
from asurso_journal.scales import FIVE, Scale

#: The failing are told apart by the number of subjects.
FAILING_ONE, FAILING_MORE = "failing_one", "failing_more"


def title_of(grade: int, letter: str) -> str:
    """«5А»; a word instead of a letter is set apart."""
    return f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"


def sou_weights() -> dict[str, int]:
    """The school's weights of the degree of learning."""
    return {
        "5": int(policy.rule("sou_five")), "4": int(policy.rule("sou_four")),
        "3": int(policy.rule("sou_three")), "2": int(policy.rule("sou_two")),
        "1": int(policy.rule("sou_two")), "н/а": int(policy.rule("sou_unattested")),
    }  # fmt: skip


@dataclass
class Results:
    """Final marks of some classes in one slot each, with who belongs and who learns what."""

    classes: list[SchoolClass]
    pupils: list[PupilRow]
    studied: dict[int, set[int]]  # pupil → subjects
    marks: dict[int, dict[int, str]]  # pupil → subject → mark
    groups: dict[tuple[int, int], int]  # (pupil, subject) → group
    names: dict[int, str] = field(default_factory=dict)  # subject → name
    shorts: dict[int, str] = field(default_factory=dict)
    #: Classes that have no such period; they are told apart.
    without: list[SchoolClass] = field(default_factory=list)
    #: Which period the classes of a division of the year take part with, by division.
    periods: dict[int, Period] = field(default_factory=dict)
    scale: Scale = FIVE
    _by_class: dict[int, list[PupilRow]] = field(default_factory=dict)
    _lists: dict[int, str] = field(default_factory=dict)
    _graded: dict[int, bool] = field(default_factory=dict)

    def subjects(self, pupils: Iterable[PupilRow] | None = None) -> list[int]:
        """Subjects that somebody learns or has a mark in, in the order of their names."""
        wanted = {one.id for one in (self.pupils if pupils is None else pupils)}
        there = {
            subject
            for pupil in wanted
            for subject in [*self.studied.get(pupil, ()), *self.marks.get(pupil, {})]
        }
        return [id_ for id_ in self.names if id_ in there]

    def value(self, pupil: int, subject: int) -> str:
        """The mark of a pupil in a subject, empty where there is none."""
        return self.marks.get(pupil, {}).get(subject, "")

    def of_subject(self, subject: int, pupils: Iterable[PupilRow]) -> Counts:
        """Counts of a subject over those of the pupils who learn it or have a mark in it."""
        learning = (
            self.value(one.id, subject)
            for one in pupils
            if subject in self.studied.get(one.id, ()) or self.value(one.id, subject)
        )
        return Counts.of(learning, self.scale)

    def counts(self, pupils: Iterable[PupilRow]) -> Counts:
        """Counts of all marks of the pupils."""
        values = (value for one in pupils for value in self.marks.get(one.id, {}).values())
        return Counts.of(values, self.scale)

    def odd_one(self, pupil: PupilRow, mark: str) -> int | None:
        """The subject of the pupil's only mark of the level 4 or 3, see indicators."""
        return odd_one(self.marks.get(pupil.id, {}), mark, self.scale)

    def is_bad(self, value: str) -> bool:
        """Whether a mark must be told by name."""
        return is_bad(value, self.scale)

    def of_class(self, class_id: int) -> list[PupilRow]:
        """The pupils of a class."""
        if not self._by_class:
            for one in self.pupils:
                self._by_class.setdefault(one.class_id, []).append(one)
        return self._by_class.get(class_id, [])

    def graded(self, class_id: int) -> bool:
        """Whether marks are put in a class at all."""
        if class_id not in self._graded:
            grade = next(one.grade for one in self.classes if one.id == class_id)
            self._graded[class_id] = not policy.is_unmarked(grade)
        return self._graded[class_id]

    def category(self, pupil: PupilRow) -> str:
        """The list that a pupil belongs to."""
        if pupil.id not in self._lists:
            self._lists[pupil.id] = category(self.marks.get(pupil.id, {}).values(), self.scale)
        return self._lists[pupil.id]

    def failing_list(self, pupil: PupilRow) -> str:
        """Which of the two lists of the failing a pupil stands in (pupil_performance_lists)."""
        marks = self.marks.get(pupil.id, {}).values()
        bad = sum(self.is_bad(one) and one != finals.UNATTESTED for one in marks)
        return FAILING_ONE if bad == 1 else FAILING_MORE

    def lists(self, pupils: Iterable[PupilRow]) -> Pupils:
        """How many of the pupils stand in which list."""
        return Pupils.of(self.category(one) for one in pupils)

    def missing(self, pupils: Iterable[PupilRow], subject: int | None = None) -> dict[str, int]:
        """``{subject: how many marks are missing}`` of subjects that lack any, or of one."""
        lacks: dict[int, int] = {}
        for one in pupils:
            if not self.graded(one.class_id):
                continue
            for learnt in self.studied.get(one.id, ()):
                if not self.value(one.id, learnt) and subject in {None, learnt}:
                    lacks[learnt] = lacks.get(learnt, 0) + 1
        return {self.names[id_]: lacks[id_] for id_ in self.names if id_ in lacks}


def results(
    classes: Sequence[SchoolClass], period: Period | None, slot: int, *,
    subject: int | None = None, studied: bool = True,
) -> Results:  # fmt: skip
    """Final marks of classes in a study period, or in the year, exam or final slot.

    With a subject nothing else is read. Without ``studied`` nobody can tell which marks are
    missing; lists and counts of the marks that are there need no more.

    A class of another division of the year takes part with its own period that goes with the chosen
    one, see :func:`fitting`. About four statements for each division.
    """
    found = Results([], [], {}, {}, {})
    if classes:
        found.scale = policy.scale(classes[0].year_id)
    by_type: dict[int, list[SchoolClass]] = {}
    for one in classes:
        by_type.setdefault(one.period_type_id, []).append(one)
    for type_id, some in by_type.items():
        if period is None:
            _add(found, some, slot, _end_of_year(some[0].year_id), subject, studied)
            continue
        own = fitting(type_id, period)
        if own is None:
            found.without += some
            continue
        found.periods[type_id] = own
        _add(found, some, own.id, min(as_date(own.ends), clock.today()), subject, studied)
    found.classes.sort(key=lambda one: (one.grade, one.letter))
    named = {id_ for studied in found.studied.values() for id_ in studied}
    named |= {id_ for marks in found.marks.values() for id_ in marks}
    for id_, name, short in final_rows.subjects_of(named):
        found.names[id_], found.shorts[id_] = name, short
    return found


def _end_of_year(year_id: int) -> dt.date:
    found = rows("SELECT ends FROM core_academic_year WHERE id = ?", [year_id])
    ends: dt.date = as_date(found[0][0])
    return min(ends, clock.today())


#: Periods that go together need not end on the very same day, for example before holidays.
NEAR = dt.timedelta(days=7)


def fitting(type_id: int, period: Period) -> Period | None:
    """The period of a division of the year that goes with a period, perhaps of another division.

    That is the one that ends within :data:`NEAR` of it: «1 полугодие» goes with «2 четверть», and
    nothing with «1 четверть» where there are half-years. At most one statement.
    """
    if period.period_type_id == type_id:
        return period
    ends = as_date(period.ends)
    query = Period.select().where(
        Period.period_type == type_id, Period.ends.between(ends - NEAR, ends + NEAR)
    )
    return min(query, key=lambda one: abs(as_date(one.ends) - ends), default=None)


def _add(
    found: Results, classes: list[SchoolClass], slot: int, on: dt.date, subject: int | None,
    studied: bool,
) -> None:  # fmt: skip
    ids = [one.id for one in classes]
    pupils = final_rows.pupils_on(ids, on)
    found.classes += classes
    found.pupils += pupils
    for one in final_rows.studied_on(ids, on, subject) if studied else ():
        found.studied.setdefault(one.pupil_id, set()).add(one.subject_id)
        found.groups[one.pupil_id, one.subject_id] = one.group_id
    for mark in final_rows.finals_of(
        classes[0].year_id, [one.id for one in pupils], [slot], subject
    ):
        found.marks.setdefault(mark.pupil_id, {})[mark.subject_id] = mark.value
        found.groups.setdefault((mark.pupil_id, mark.subject_id), mark.group_id)


# --- marks of lessons ----------------------------------------------------------------------------


class Given(NamedTuple):
    """Marks of one value and weight that a pupil has in a subject."""

    pupil_id: int
    subject_id: int
    value: str
    weight: int
    times: int
    dots: int


def given(pupil_ids: Iterable[int], year_id: int, since: dt.date, until: dt.date) -> list[Given]:
    """Marks and debts of pupils of a year for lessons held between two days, in whatever group.

    Whoever changed the subgroup or the class keeps all marks of a subject (features.md 3.9).
    Values are counted, not listed. One statement.
    """
    wanted = sorted(set(pupil_ids))
    if not wanted:
        return []
    sql = """
        SELECT m.pupil_id, g.subject_id, m.value, a.weight, COUNT(*),
               SUM(CASE WHEN m.value = '' AND m.dot THEN 1 ELSE 0 END)
          FROM core_teaching_group g
          JOIN timetable_lesson l ON l.group_id = g.id
          JOIN journal_assignment a ON a.lesson_id = l.id
          JOIN journal_mark m ON m.assignment_id = a.id
         WHERE g.year_id = ? AND g.id IN (
               SELECT gc.group_id FROM core_group_class gc
                 JOIN core_class_member n ON n.school_class_id = gc.school_class_id
                WHERE n.pupil_id IN ?)
           AND m.pupil_id IN ? AND l.date BETWEEN ? AND ? AND (m.value <> '' OR m.dot)
         GROUP BY m.pupil_id, g.subject_id, m.value, a.weight
    """
    return [Given(*row) for row in rows(sql, [year_id, wanted, wanted, since, until])]


def missed(class_ids: Iterable[int], since: dt.date, until: dt.date) -> list[tuple[Any, ...]]:
    """``(pupil, day, code, missed, excused, illness, lessons)`` of pupils of the classes.

    One statement; lateness comes too, as a code that counts for no missed lesson.
    """
    wanted = sorted(set(class_ids))
    if not wanted:
        return []
    sql = """
        SELECT t.pupil_id, l.date, t.code, CASE WHEN k.missed THEN 1 ELSE 0 END,
               CASE WHEN k.excused THEN 1 ELSE 0 END, CASE WHEN k.illness THEN 1 ELSE 0 END,
               COUNT(*)
          FROM timetable_lesson l
          JOIN journal_attendance t ON t.lesson_id = l.id
          JOIN journal_attendance_code k ON k.code = t.code
         WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
           AND l.group_id IN (SELECT group_id FROM core_group_class WHERE school_class_id IN ?)
           AND t.pupil_id IN (SELECT pupil_id FROM core_class_member WHERE school_class_id IN ?)
         GROUP BY t.pupil_id, l.date, t.code, k.missed, k.excused, k.illness
    """
    return [
        (pupil, as_date(on), *rest)
        for pupil, on, *rest in rows(sql, [since, until, wanted, wanted])
    ]


def lessons_of_days(
    class_ids: Iterable[int], since: dt.date, until: dt.date
) -> dict[tuple[int, dt.date], int]:
    """``{(pupil, day): lessons}`` that were to be attended by pupils of classes; one statement."""
    wanted = sorted(set(class_ids))
    if not wanted:
        return {}
    sql = """
        SELECT n.pupil_id, l.date, COUNT(*)
          FROM core_class_member n
          JOIN core_group_class gc ON gc.school_class_id = n.school_class_id
          JOIN core_teaching_group g ON g.id = gc.group_id AND g.part = 0
          JOIN timetable_lesson l ON l.group_id = g.id
         WHERE n.school_class_id IN ? AND l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
           AND l.date >= n.since AND (n.until IS NULL OR l.date < n.until)
         GROUP BY n.pupil_id, l.date
        UNION ALL
        SELECT n.pupil_id, l.date, COUNT(*)
          FROM core_group_member n
          JOIN core_teaching_group g ON g.id = n.group_id AND g.part <> 0
          JOIN timetable_lesson l ON l.group_id = g.id
         WHERE n.pupil_id IN (SELECT pupil_id FROM core_class_member WHERE school_class_id IN ?)
           AND g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id IN ?)
           AND l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
           AND l.date >= n.since AND (n.until IS NULL OR l.date < n.until)
         GROUP BY n.pupil_id, l.date
    """
    told: dict[tuple[int, dt.date], int] = {}
    for pupil, on, count in rows(sql, [wanted, since, until, wanted, wanted, since, until]):
        key = pupil, as_date(on)
        told[key] = told.get(key, 0) + count
    return told


def members_between(
    class_id: int, since: dt.date, until: dt.date
) -> list[tuple[int, str, dt.date, dt.date | None]]:
    """``(pupil, name, since, until)`` of every stay in a class that touches the days."""
    sql = """
        SELECT p.id, p.surname, p.given_name, m.since, m.until, p.sort_key
          FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
         WHERE m.school_class_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    """
    found = sorted(rows(sql, [class_id, until, since]), key=lambda row: (row[5], row[0]))
    return [
        (id_, f"{surname} {name}", as_date(begins), as_date(ends) if ends else None)
        for id_, surname, name, begins, ends, _key in found
    ]


def teachers_of(group_ids: Iterable[int], on: dt.date) -> dict[int, str]:
    """``{group: «Иванова А. П.»}`` of groups on a day; one statement."""
    wanted = sorted(set(group_ids))
    if not wanted:
        return {}
    sql = """
        SELECT t.group_id, p.surname, p.given_name, p.patronymic
          FROM core_group_teacher t JOIN core_person p ON p.id = t.teacher_id
         WHERE t.group_id IN ? AND t.since <= ? AND (t.until IS NULL OR t.until > ?)
    """
    told: dict[int, str] = {}
    for group, surname, given_name, patronymic in rows(sql, [wanted, on, on]):
        signs = "".join(f" {part[0]}." for part in (given_name, patronymic) if part)
        name = f"{surname}{signs}"
        told[group] = f"{told[group]}, {name}" if group in told else name
    return told
