"""Reading bells: the schedules, and by which of them a class lives on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, russian, russian_order
from asurso_core.school import SchoolClass, active, current_year
from asurso_timetable.models import BellSchedule, BellSlot, ClassBells
from asurso_timetable.permissions import EDIT
from asurso_timetable.rows import class_title

#: Number of a lesson → minutes from midnight at its beginning and end.
Times = dict[int, tuple[int, int]]


class ClassTimes:
    """The bells of classes through the year, read with one statement."""

    def __init__(self, class_ids: Iterable[int]) -> None:
        wanted = list(class_ids)
        self._spans: dict[int, list[tuple[dt.date, dt.date | None, Times]]] = {}
        found: dict[int, tuple[int, dt.date, dt.date | None, Times]] = {}
        sql = """
            SELECT b.id, b.school_class_id, b.since, b.until, s.number, s.starts, s.ends
              FROM timetable_class_bells b
              JOIN timetable_bell_slot s ON s.schedule_id = b.schedule_id
             WHERE b.school_class_id IN ?
             ORDER BY b.since, b.id, s.number"""
        for id_, class_id, since, until, number, starts, ends in rows(sql, [wanted]):
            span = found.setdefault(id_, (class_id, as_date(since), as_date(until), {}))
            span[3][number] = (starts, ends)
        for class_id, since_, until_, times in found.values():
            self._spans.setdefault(class_id, []).append((since_, until_, times))

    def of(self, class_id: int, on: dt.date) -> Times:
        """Lesson times of a class on a day; empty when it has no bells yet."""
        for since, until, times in self._spans.get(class_id, ()):
            if since <= on and (until is None or until > on):
                return times
        return {}


@dataclass
class ScheduleRow:
    """A bell schedule with its lessons and the classes that live by it today."""

    schedule: BellSchedule
    slots: list[BellSlot] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)


def schedules(actor: Actor) -> list[ScheduleRow]:
    """All bell schedules; three statements."""
    query = access.visible(actor, EDIT, BellSchedule.select())
    found = {
        one.id: ScheduleRow(one)
        for one in query.order_by(BellSchedule.archived, russian_order(BellSchedule.title))
    }
    for slot in BellSlot.select().order_by(BellSlot.number):
        if slot.schedule_id in found:
            found[slot.schedule_id].slots.append(slot)
    sql = """
        SELECT b.schedule_id, c.grade, c.letter FROM timetable_class_bells b
          JOIN core_school_class c ON c.id = b.school_class_id
          JOIN core_academic_year y ON y.id = c.year_id AND y.state = 'current'
         WHERE b.since <= ? AND (b.until IS NULL OR b.until > ?) ORDER BY c.grade, {letter}"""
    for schedule, grade, letter in rows(
        sql.format(letter=russian("c.letter")), (clock.today(), clock.today())
    ):
        if schedule in found:
            found[schedule].classes.append(class_title(grade, letter))
    return list(found.values())


def slots_of(schedule: BellSchedule) -> list[BellSlot]:
    """Lessons of a schedule in order."""
    return list(BellSlot.select().where(BellSlot.schedule == schedule).order_by(BellSlot.number))


@dataclass
class ClassRow:
    """A class with the bells of its year."""

    school_class: SchoolClass
    spans: list[ClassBells] = field(default_factory=list)
    present: str = ""


def bells_of_classes(actor: Actor) -> list[ClassRow]:
    """Every class of the current year with its bells from date to date; two statements."""
    year = current_year()
    if year is None or not actor.holds(EDIT):
        return []
    found = {
        one.id: ClassRow(one)
        for one in SchoolClass.select()
        .where(SchoolClass.year == year)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    }
    today = clock.today()
    for span in (
        ClassBells.select(ClassBells, BellSchedule)
        .join(BellSchedule)
        .where(ClassBells.school_class.in_(list(found)))
        .order_by(ClassBells.since)
    ):
        row = found[span.school_class_id]
        row.spans.append(span)
        if span.since <= today and (span.until is None or span.until > today):
            row.present = span.schedule.title
    return list(found.values())


def schedule_choices() -> list[tuple[int, str]]:
    """``(id, title)`` of the schedules that are not archived."""
    return [
        (one.id, one.title)
        for one in BellSchedule.select()
        .where(BellSchedule.archived == False)  # noqa: E712 - SQL
        .order_by(russian_order(BellSchedule.title))
    ]


def numbers_of_class(class_id: int, on: dt.date) -> Times:
    """Lesson times of one class on a day."""
    found = ClassBells.select().where(
        ClassBells.school_class == class_id, active(ClassBells, on)
    ).first()  # fmt: skip
    return (
        {} if found is None else {s.number: (s.starts, s.ends) for s in slots_of(found.schedule_id)}
    )


def schedule_to_change(actor: Actor, schedule_id: int) -> tuple[BellSchedule, list[BellSlot]]:
    """A schedule that the actor may change, with its lessons."""
    schedule: BellSchedule = access.find(actor, EDIT, BellSchedule, schedule_id)
    return schedule, slots_of(schedule)
