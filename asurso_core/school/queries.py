"""Reading the school: who belongs where as of a date, which lessons' year is open, periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from asurso_core import access, clock
from asurso_core.accounts.models import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, binary_order, rows, russian_order
from asurso_core.school.days import parity_of, school_days_of
from asurso_core.school.models import (
    AcademicYear,
    CalendarDay,
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupTeacher,
    Holiday,
    Period,
    SchoolClass,
    TeachingGroup,
)


def active(model: Any, on: dt.date) -> Any:
    """The condition that a dated row (``since``, ``until``) holds on a date."""
    return (model.since <= on) & (model.until.is_null() | (model.until > on))


def overlapping(model: Any, start: dt.date, end: dt.date) -> Any:
    """The condition that a dated row holds on some day from start to end, both included."""
    return (model.since <= end) & (model.until.is_null() | (model.until > start))


def tuples_of(query: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples."""
    return list(query.tuples())


def current_year() -> AcademicYear | None:
    """The year that is being worked in, or None before the first is opened."""
    year: AcademicYear | None = AcademicYear.select().where(AcademicYear.state == "current").first()
    return year


# --- ids of the scopes -------------------------------------------------------------------------


def led_class_ids(person_id: int | None, on: dt.date | None = None) -> Any:
    """A query of the classes that a person leads on a date."""
    on = on or clock.today()
    return ClassTeacher.select(ClassTeacher.school_class).where(
        ClassTeacher.teacher == person_id, active(ClassTeacher, on)
    )


def taught_group_ids(person_id: int | None, on: dt.date | None = None) -> Any:
    """A query of the teaching groups that a person teaches on a date."""
    on = on or clock.today()
    return GroupTeacher.select(GroupTeacher.group).where(
        GroupTeacher.teacher == person_id, active(GroupTeacher, on)
    )


def studied_class_ids(pupils: Any, on: dt.date | None = None) -> Any:
    """A query of the classes in which pupils (ids or a query) are on a date."""
    on = on or clock.today()
    return ClassMember.select(ClassMember.school_class).where(
        ClassMember.pupil.in_(pupils), active(ClassMember, on)
    )


def pupils_of_classes(classes: Any, on: dt.date | None = None) -> Any:
    """A query of the pupils who are in classes (ids or a query) on a date."""
    on = on or clock.today()
    return ClassMember.select(ClassMember.pupil).where(
        ClassMember.school_class.in_(classes), active(ClassMember, on)
    )


def groups_of_classes(classes: Any) -> Any:
    """A query of the teaching groups that draw pupils from classes (ids or a query)."""
    return GroupClass.select(GroupClass.group).where(GroupClass.school_class.in_(classes))


def classes_of_groups(groups: Any) -> Any:
    """A query of the classes from which teaching groups (ids or a query) draw pupils."""
    return GroupClass.select(GroupClass.school_class).where(GroupClass.group.in_(groups))


# --- members of a teaching group ---------------------------------------------------------------

_WHOLE = """
    SELECT p.id, p.surname, p.given_name, p.sort_key, m.since, m.until
    FROM core_group_class gc
    JOIN core_class_member m ON m.school_class_id = gc.school_class_id
    JOIN core_person p ON p.id = m.pupil_id
    WHERE gc.group_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""
_LISTED = """
    SELECT p.id, p.surname, p.given_name, p.sort_key, m.since, m.until
    FROM core_group_member m
    JOIN core_person p ON p.id = m.pupil_id
    WHERE m.group_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""


def division_version(groups: Iterable[TeachingGroup]) -> int:
    """What changes whenever somebody is put into another subgroup of a class and subject."""
    return sum(group.version for group in groups)


def group_members(group: TeachingGroup, start: dt.date, end: dt.date) -> list[dict[str, Any]]:
    """Pupils of a teaching group on some day from start to end, in Russian order.

    One dict a pupil: ``id``, ``name`` (surname and given name) and ``spans``, a list of
    ``(since, until)`` with ``until`` not included and None for "still". One statement.
    """
    found: dict[int, dict[str, Any]] = {}
    sql = _WHOLE if group.part == 0 else _LISTED
    for id_, surname, given, _key, since, until in sorted(
        rows(sql, (group.id, end, start)), key=lambda row: (row[3], row[0])
    ):
        pupil = found.setdefault(id_, {"id": id_, "name": f"{surname} {given}", "spans": []})
        pupil["spans"].append((as_date(since), as_date(until)))
    return list(found.values())


def group_ids_of_pupil(pupil_id: int, start: dt.date, end: dt.date) -> list[tuple[int, Any, Any]]:
    """``(group id, since, until)`` of every group a pupil learns in between two dates."""
    sql = """
        SELECT gc.group_id, m.since, m.until
        FROM core_class_member m
        JOIN core_group_class gc ON gc.school_class_id = m.school_class_id
        JOIN core_teaching_group g ON g.id = gc.group_id AND g.part = 0
        WHERE m.pupil_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
        UNION ALL
        SELECT m.group_id, m.since, m.until FROM core_group_member m
        WHERE m.pupil_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    """
    return [
        (group, as_date(since), as_date(until))
        for group, since, until in rows(sql, (pupil_id, end, start, pupil_id, end, start))
    ]


def class_members(school_class: SchoolClass, on: dt.date) -> list[Person]:
    """Pupils of a class on a date, in Russian order."""
    return list(
        Person.select(Person)
        .join(ClassMember, on=(ClassMember.pupil == Person.id))
        .where(ClassMember.school_class == school_class, active(ClassMember, on))
        .order_by(binary_order(Person.sort_key))
    )


def class_of(pupil_id: int, on: dt.date) -> SchoolClass | None:
    """The class a pupil is in on a date."""
    found: SchoolClass | None = (
        SchoolClass.select(SchoolClass)
        .join(ClassMember, on=(ClassMember.school_class == SchoolClass.id))
        .where(ClassMember.pupil == pupil_id, active(ClassMember, on))
        .first()
    )
    return found


def periods_of_class(school_class: SchoolClass) -> list[Period]:
    """The periods of a class's year, in order."""
    return list(
        Period.select()
        .where(Period.period_type == school_class.period_type_id)
        .order_by(Period.number)
    )


def period_at(periods: list[Period], on: dt.date) -> Period | None:
    """The period a day falls into; in holidays the one before; before the first, the first."""
    before = [period for period in periods if period.starts <= on]
    if before:
        return before[-1]
    return periods[0] if periods else None


def classes(actor: Actor, year: AcademicYear) -> list[SchoolClass]:
    """Classes of a year that the actor may see, by grade and letter."""
    query = SchoolClass.select().where(SchoolClass.year == year)
    return list(
        access.visible(actor, "core.classes.view", query).order_by(
            SchoolClass.grade, russian_order(SchoolClass.letter)
        )
    )


def class_titles(group_ids: list[int]) -> dict[int, str]:
    """Titles of the classes of teaching groups: ``{group id: "5А"}`` or «5А, 5Б»; one statement."""
    found: dict[int, list[str]] = {}
    query = (
        GroupClass.select(GroupClass.group, SchoolClass)
        .join(SchoolClass)
        .where(GroupClass.group.in_(group_ids))
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    for link in query:
        found.setdefault(link.group_id, []).append(link.school_class.title)
    return {group: ", ".join(titles) for group, titles in found.items()}


def open_years() -> Any:
    """A query of the ids of years that may be written into."""
    return AcademicYear.select(AcademicYear.id).where(AcademicYear.state != "closed")


# --- school days -------------------------------------------------------------------------------


def school_days(
    year_id: int, grade: int, week_days: int, start: dt.date, end: dt.date
) -> list[tuple[dt.date, int]]:
    """School days of a grade from start to end, both included, within the year's own bounds.

    Each date comes with the weekday (1 Monday … 6 Saturday) whose lessons are held on it: a
    working Saturday may be taught "as Monday". Holidays of the grade and days off are left out.
    Three statements, whatever the number of days.
    """
    year = AcademicYear.get_by_id(year_id)
    start, end = max(start, year.starts), min(end, year.ends)
    holidays = Holiday.select(Holiday.starts, Holiday.ends).where(
        Holiday.year == year_id,
        Holiday.first_grade <= grade,
        Holiday.last_grade >= grade,
        Holiday.starts <= end,
        Holiday.ends >= start,
    )
    days = list(
        CalendarDay.select().where(
            CalendarDay.year == year_id, CalendarDay.date >= start, CalendarDay.date <= end
        )
    )
    return school_days_of(
        start,
        end,
        week_days=week_days,
        holidays=[(first, last) for first, last in tuples_of(holidays)],
        off=[day.date for day in days if day.kind == "day_off"],
        working={day.date: day.weekday_as for day in days if day.kind == "working"},
    )


def week_parity(year: AcademicYear, on: dt.date) -> int:
    """1 in odd weeks, 2 in even ones; the week of the first of September is the first."""
    return parity_of(dt.date(year.starts.year, 9, 1), on)
