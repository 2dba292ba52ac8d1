"""What the pages of the school show; every list is asked as of a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import peewee as pw

from asurso_core import access, clock, facts
from asurso_core.accounts.models import Person, Role, User, UserRole
from asurso_core.actors import STAFF, Actor
from asurso_core.db import binary_order, russian_order
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import (
    AcademicYear,
    CalendarDay,
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupMember,
    GroupTeacher,
    Holiday,
    Period,
    PeriodType,
    Room,
    School,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.school.queries import (
    active,
    class_members,
    current_year,
    division_version,
    tuples_of,
)

SEE = "core.classes.view"


def _edits(actor: Actor, permission: str, year: AcademicYear) -> bool:
    return actor.holds(permission) and year.state != "closed"


def card(actor: Actor) -> dict[str, Any]:
    """The card of the school; staff also see how large it is."""
    access.require_any(actor, "core.school.view")
    row = School.select().first()
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    numbers = None
    year = current_year()
    if actor.side == STAFF and year is not None:
        today = clock.today()
        members = (
            ClassMember.select(
                pw.fn.COUNT(ClassMember.id),
                pw.fn.COUNT(ClassMember.school_class.distinct()),
            )
            .join(SchoolClass)
            .where(SchoolClass.year == year.id, active(ClassMember, today))
        )
        pupils, classes = members.tuples().first()
        numbers = {"pupils": pupils, "classes": classes, "staff": len(staff(actor))}
    return {"card": row, "year": year, "numbers": numbers}


def staff(actor: Actor) -> list[tuple[int, str]]:
    """``(id, full name)`` of active members of staff, in Russian order; for choices in forms."""
    access.require_any(actor, "core.school.view")
    employed = (
        User.select(User.person)
        .join(UserRole, on=(UserRole.user == User.id))
        .join(Role, on=(Role.id == UserRole.role))
        .where(Role.side == STAFF)
    )
    query = (
        Person.select()
        .where(Person.id.in_(employed), Person.archived_at.is_null())
        .order_by(binary_order(Person.sort_key))
    )
    return [(row.id, row.name) for row in query]


# --- years -------------------------------------------------------------------------------------


def years(actor: Actor) -> list[AcademicYear]:
    """All years, the latest first."""
    access.require_any(actor, "core.years.view")
    return list(AcademicYear.select().order_by(AcademicYear.starts.desc()))


def find_year(actor: Actor, year_id: int | None) -> AcademicYear:
    """A year by id; without an id the current one, or else the latest."""
    if year_id is not None:
        found: AcademicYear = access.find(actor, "core.years.view", AcademicYear, year_id)
        return found
    access.require_any(actor, "core.years.view")
    latest = AcademicYear.select().order_by(AcademicYear.starts.desc()).first()
    row = current_year() or latest
    if row is None:
        raise NotThere(_("No school year has been set up yet."))
    return row


def year_page(actor: Actor, year_id: int) -> dict[str, Any]:
    """A year with its periods by type, holidays and single days."""
    year = find_year(actor, year_id)
    types = list(PeriodType.select().where(PeriodType.year == year).order_by(PeriodType.id))
    periods: dict[int, list[Period]] = {}
    query = Period.select().join(PeriodType).where(PeriodType.year == year)
    for period in query.order_by(Period.number):
        periods.setdefault(period.period_type_id, []).append(period)
    used: dict[int, list[str]] = {}
    classes_of_year = SchoolClass.select().where(SchoolClass.year == year)
    for row in classes_of_year.order_by(SchoolClass.grade, russian_order(SchoolClass.letter)):
        used.setdefault(row.period_type_id, []).append(row.title)
    return {
        "year": year,
        "types": [
            {"row": one, "periods": periods.get(one.id, []), "classes": used.get(one.id, [])}
            for one in types
        ],
        "holidays": list(
            Holiday.select()
            .where(Holiday.year == year)
            .order_by(Holiday.starts, Holiday.first_grade)
        ),
        "days": list(
            CalendarDay.select().where(CalendarDay.year == year).order_by(CalendarDay.date)
        ),
        "edits": _edits(actor, "core.years.edit", year),
        "shipped": any(one.starts.year == year.starts.year for one in facts.year_calendars()),
    }


def find_period_type(actor: Actor, type_id: int) -> tuple[PeriodType, list[Period]]:
    """A way of dividing a year, with its periods in order."""
    access.require_any(actor, "core.years.view")
    row = _one(PeriodType.select(PeriodType, AcademicYear).join(AcademicYear), PeriodType, type_id)
    periods = Period.select().where(Period.period_type == row.id).order_by(Period.number)
    return row, list(periods)


def find_holiday(actor: Actor, holiday_id: int) -> Any:
    """Holidays by id, with their year."""
    access.require_any(actor, "core.years.view")
    return _one(Holiday.select(Holiday, AcademicYear).join(AcademicYear), Holiday, holiday_id)


def find_day(actor: Actor, day_id: int) -> Any:
    """A single day of the calendar by id, with its year."""
    access.require_any(actor, "core.years.view")
    return _one(
        CalendarDay.select(CalendarDay, AcademicYear).join(AcademicYear), CalendarDay, day_id
    )


def _one(query: Any, model: Any, id_: int) -> Any:
    row = query.where(model.id == id_).first() if 0 < id_ < 2**31 else None
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def period_types(actor: Actor, year: AcademicYear) -> list[tuple[int, str]]:
    """``(id, name)`` of the ways of dividing a year."""
    access.require_any(actor, "core.years.view")
    query = PeriodType.select().where(PeriodType.year == year).order_by(PeriodType.id)
    return [(row.id, row.name) for row in query]


# --- subjects and rooms ------------------------------------------------------------------------


def subjects(actor: Actor, *, archived: bool = False) -> list[Subject]:
    """Subjects in use, or those of the archive, in Russian order."""
    access.require_any(actor, SEE)
    query = Subject.select().where(Subject.archived == archived)
    return list(query.order_by(russian_order(Subject.name)))


def find_subject(actor: Actor, subject_id: int) -> Subject:
    """A subject by id."""
    access.require_any(actor, SEE)
    found: Subject = _one(Subject.select(), Subject, subject_id)
    return found


def rooms(actor: Actor, *, archived: bool = False) -> list[Room]:
    """Rooms in use, or those of the archive, by building and name, with who answers for them."""
    access.require_any(actor, "core.rooms.view")
    query = (
        Room.select(Room, Person)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Room.responsible == Person.id))
        .where(Room.archived == archived)
    )
    return list(query.order_by(russian_order(Room.building), russian_order(Room.name)))


def find_room(actor: Actor, room_id: int) -> Room:
    """A room by id."""
    found: Room = access.find(actor, "core.rooms.view", Room, room_id)
    return found


# --- classes -----------------------------------------------------------------------------------


def classes_page(actor: Actor, year_id: int | None, on: dt.date) -> dict[str, Any]:
    """Classes of a year by grade: pupils on a date, class teachers on it, periods."""
    year = find_year(actor, year_id)
    query = (
        SchoolClass.select(SchoolClass, PeriodType)
        .join(PeriodType)
        .where(SchoolClass.year == year)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    rows = list(access.visible(actor, SEE, query))
    ids = [row.id for row in rows]
    counts: dict[int, int] = dict(
        tuples_of(
            ClassMember.select(ClassMember.school_class, pw.fn.COUNT(ClassMember.id))
            .where(ClassMember.school_class.in_(ids), active(ClassMember, on))
            .group_by(ClassMember.school_class)
        )
    )
    leaders: dict[int, list[str]] = {}
    links = (
        ClassTeacher.select(ClassTeacher, Person)
        .join(Person)
        .where(ClassTeacher.school_class.in_(ids), active(ClassTeacher, on))
        .order_by(ClassTeacher.since)
    )
    for link in links:
        leaders.setdefault(link.school_class_id, []).append(link.teacher.name)
    grades: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        grades.setdefault(row.grade, []).append(
            {"row": row, "pupils": counts.get(row.id, 0), "teachers": leaders.get(row.id, [])}
        )
    return {
        "year": year,
        "grades": grades,
        "total": sum(counts.values()),
        "number": len(rows),
        "edits": _edits(actor, "core.classes.edit", year),
    }


def find_class(actor: Actor, class_id: int) -> SchoolClass:
    """A class that the actor may see."""
    found: SchoolClass = access.find(actor, SEE, SchoolClass, class_id)
    return found


def class_page(actor: Actor, class_id: int, on: dt.date) -> dict[str, Any]:
    """A class: pupils on a date, all its class teachers, its groups."""
    row = find_class(actor, class_id)
    year = row.year
    groups = list(
        TeachingGroup.select(TeachingGroup, Subject)
        .join(Subject)
        .switch(TeachingGroup)
        .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
        .where(GroupClass.school_class == row)
        .order_by(TeachingGroup.archived, russian_order(Subject.name), TeachingGroup.part)
    )
    ids = [group.id for group in groups]
    counts = _group_counts(ids, on)
    teachers = _group_teachers(ids, on)
    return {
        "row": row,
        "year": year,
        "pupils": class_members(row, on),
        "leaders": list(
            ClassTeacher.select(ClassTeacher, Person)
            .join(Person)
            .where(ClassTeacher.school_class == row)
            .order_by(ClassTeacher.since.desc())
        ),
        "groups": [
            {"row": one, "pupils": counts.get(one.id, 0), "teachers": teachers.get(one.id, [])}
            for one in groups
        ],
        "divided": sorted({one.subject_id for one in groups if one.part and not one.archived}),
        "edits": _edits(actor, "core.classes.edit", year),
        "on": on,
    }


def _group_counts(ids: list[int], on: dt.date) -> dict[int, int]:
    """How many pupils are listed in subgroups on a date."""
    query = GroupMember.select(GroupMember.group, pw.fn.COUNT(GroupMember.id)).where(
        GroupMember.group.in_(ids), active(GroupMember, on)
    )
    return dict(tuples_of(query.group_by(GroupMember.group)))


def _group_teachers(ids: list[int], on: dt.date) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    links = (
        GroupTeacher.select(GroupTeacher, Person)
        .join(Person)
        .where(GroupTeacher.group.in_(ids), active(GroupTeacher, on))
        .order_by(GroupTeacher.since)
    )
    for link in links:
        found.setdefault(link.group_id, []).append(link.teacher.short_name)
    return found


def find_class_pupil(actor: Actor, class_id: int, pupil_id: int) -> tuple[SchoolClass, Person]:
    """A pupil who is or was in a class; raises :class:`NotThere` for anybody else."""
    row = find_class(actor, class_id)
    pupil = (
        Person.select(Person)
        .join(ClassMember, on=(ClassMember.pupil == Person.id))
        .where(Person.id == pupil_id, ClassMember.school_class == row)
        .first()
        if 0 < pupil_id < 2**31
        else None
    )
    if pupil is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row, pupil


def free_pupils(actor: Actor, on: dt.date) -> list[tuple[int, str]]:
    """``(id, name)`` of pupils who are in no class on a date, in Russian order."""
    access.require_any(actor, "core.classes.edit")
    placed = ClassMember.select(ClassMember.pupil).where(active(ClassMember, on))
    query = (
        Person.select(Person)
        .join(User, on=(User.person == Person.id))
        .join(UserRole, on=(UserRole.user == User.id))
        .join(Role, on=(Role.id == UserRole.role))
        .where(Role.name == "pupil", Person.archived_at.is_null(), Person.id.not_in(placed))
        .order_by(binary_order(Person.sort_key))
    )
    return [(row.id, row.name) for row in query]


def class_choices(actor: Actor, year: AcademicYear, *, but: int = 0) -> list[tuple[int, str]]:
    """``(id, title)`` of the classes of a year that the actor may see."""
    query = SchoolClass.select().where(SchoolClass.year == year, SchoolClass.id != but)
    query = access.visible(actor, SEE, query)
    rows = query.order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    return [(row.id, row.title) for row in rows]


def find_class_teacher(actor: Actor, link_id: int) -> Any:
    """A class teacher's duty by id."""
    access.require_any(actor, SEE)
    query = (
        ClassTeacher.select(ClassTeacher, Person, SchoolClass)
        .join(Person)
        .switch(ClassTeacher)
        .join(SchoolClass)
    )
    return _one(query, ClassTeacher, link_id)


# --- groups ------------------------------------------------------------------------------------


def find_group(actor: Actor, group_id: int) -> TeachingGroup:
    """A teaching group that the actor may see."""
    found: TeachingGroup = access.find(actor, SEE, TeachingGroup, group_id)
    return found


def find_group_teacher(actor: Actor, link_id: int) -> Any:
    """A teacher's work with a group by id."""
    access.require_any(actor, SEE)
    query = GroupTeacher.select(GroupTeacher, Person).join(Person)
    return _one(query, GroupTeacher, link_id)


def group_page(actor: Actor, group_id: int, on: dt.date) -> dict[str, Any]:
    """A teaching group: classes, pupils on a date, teachers with their dates."""
    row = find_group(actor, group_id)
    class_rows = list(
        SchoolClass.select(SchoolClass)
        .join(GroupClass, on=(GroupClass.school_class == SchoolClass.id))
        .where(GroupClass.group == row)
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    if row.part:
        pupils = (
            Person.select(Person, GroupMember.since.alias("since"))
            .join(GroupMember, on=(GroupMember.pupil == Person.id))
            .where(GroupMember.group == row, active(GroupMember, on))
        )
    else:
        pupils = (
            Person.select(Person, ClassMember.since.alias("since"))
            .join(ClassMember, on=(ClassMember.pupil == Person.id))
            .where(
                ClassMember.school_class.in_([one.id for one in class_rows]),
                active(ClassMember, on),
            )
        )
    year = row.year
    return {
        "row": row,
        "year": year,
        "subject": row.subject,
        "classes": class_rows,
        "pupils": list(pupils.order_by(binary_order(Person.sort_key)).objects()),
        "teachers": list(
            GroupTeacher.select(GroupTeacher, Person)
            .join(Person)
            .where(GroupTeacher.group == row)
            .order_by(GroupTeacher.since.desc())
        ),
        "edits": _edits(actor, "core.classes.edit", year),
        "teaches": _edits(actor, "core.teaching.edit", year),
        "on": on,
    }


def division(actor: Actor, class_id: int, subject_id: int, on: dt.date) -> dict[str, Any]:
    """A class and the subgroups of one subject on a date: who is where."""
    row = find_class(actor, class_id)
    subject = find_subject(actor, subject_id)
    groups = list(
        TeachingGroup.select(TeachingGroup)
        .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
        .where(
            GroupClass.school_class == row,
            TeachingGroup.subject == subject,
            TeachingGroup.part > 0,
            TeachingGroup.archived == False,  # noqa: E712 - SQL
        )
        .order_by(TeachingGroup.part)
    )
    ids = [group.id for group in groups]
    held: dict[int, int] = dict(
        tuples_of(
            GroupMember.select(GroupMember.pupil, GroupMember.group).where(
                GroupMember.group.in_(ids), active(GroupMember, on)
            )
        )
    )
    teachers = _group_teachers(ids, on)
    return {
        "row": row,
        "year": row.year,
        "subject": subject,
        "groups": [{"row": one, "teachers": teachers.get(one.id, [])} for one in groups],
        "pupils": [
            {"id": pupil.id, "name": pupil.call_name, "group": held.get(pupil.id)}
            for pupil in class_members(row, on)
        ],
        "on": on,
        "version": division_version(groups),
    }


def subgroup_choices(actor: Actor, class_ids: Iterable[int]) -> list[tuple[int, str]]:
    """``(id, text)`` of the subgroups that draw pupils from classes: «Английский язык, 1 …»."""
    access.require_any(actor, SEE)
    query = (
        TeachingGroup.select(TeachingGroup, Subject)
        .join(Subject)
        .switch(TeachingGroup)
        .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
        .where(
            GroupClass.school_class.in_(list(class_ids)),
            TeachingGroup.part > 0,
            TeachingGroup.archived == False,  # noqa: E712 - SQL
        )
        .order_by(russian_order(Subject.name), TeachingGroup.part)
    )
    return [(row.id, f"{row.subject.name}, {row.name}") for row in query]
