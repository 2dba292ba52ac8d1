"""A week of lessons as somebody sees it: a class, a teacher, a room, a pupil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, clock
from asurso_core.accounts import Person, children_ids
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import binary_order, rows, russian_order
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    CalendarDay,
    Holiday,
    Room,
    SchoolClass,
    class_of,
    current_year,
)
from asurso_timetable.models import Lesson
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.rows import (
    LessonRow,
    lessons_of_class,
    lessons_of_pupil,
    lessons_of_room,
    lessons_of_teacher,
)


@dataclass
class Slot:
    """One lesson number of a day: lessons side by side, or a gap."""

    number: int
    lessons: list[LessonRow] = field(default_factory=list)


@dataclass
class Day:
    """A day of the week view. ``off`` says why there are no lessons: the title of the holidays."""

    date: dt.date
    today: bool
    slots: list[Slot] = field(default_factory=list)
    off: str = ""


@dataclass
class Week:
    """Monday to Saturday of one class, teacher, room or pupil."""

    monday: dt.date
    title: str
    kind: str  # class, teacher, room, pupil
    days: list[Day]
    target: int = 0
    editable: bool = False
    next_lesson: dt.date | None = None

    @property
    def saturday(self) -> dt.date:
        """The last day shown."""
        return self.monday + dt.timedelta(days=5)

    @property
    def previous(self) -> dt.date:
        """Monday of the week before."""
        return self.monday - dt.timedelta(days=7)

    @property
    def following(self) -> dt.date:
        """Monday of the week after."""
        return self.monday + dt.timedelta(days=7)

    @property
    def is_current(self) -> bool:
        """Whether today lies in it."""
        return self.monday == monday_of(clock.today())

    @property
    def count(self) -> int:
        """How many lessons there are."""
        return sum(len(slot.lessons) for day in self.days for slot in day.slots)


def monday_of(day: dt.date) -> dt.date:
    """Monday of a day's week."""
    return day - dt.timedelta(days=day.isoweekday() - 1)


def default_monday() -> dt.date:
    """This week; on a Sunday already the next one."""
    today = clock.today()
    return monday_of(today + dt.timedelta(days=1) if today.isoweekday() == 7 else today)


def _week(
    kind: str, target: int, title: str, monday: dt.date, found: list[LessonRow], grade: int | None
) -> Week:
    off = _days_off(monday, monday + dt.timedelta(days=6), grade)
    today = clock.today()
    days = []
    for step in range(7):
        date = monday + dt.timedelta(days=step)
        mine = [row for row in found if row.date == date]
        if step == 6 and not mine:
            continue
        day = Day(date, date == today, _slots(mine), off.get(date, ""))
        days.append(day)
    if days[-1].date.isoweekday() == 6 and not days[-1].slots and not any(d.off for d in days):
        days.pop()
    return Week(monday, title, kind, days, target)


def _slots(lessons: list[LessonRow]) -> list[Slot]:
    by_number: dict[int, Slot] = {}
    for row in lessons:
        by_number.setdefault(row.number, Slot(row.number)).lessons.append(row)
    if not by_number:
        return []
    first, last = min(by_number), max(by_number)
    return [by_number.get(number, Slot(number)) for number in range(first, last + 1)]


def _days_off(start: dt.date, end: dt.date, grade: int | None) -> dict[dt.date, str]:
    query = Holiday.select().where(Holiday.starts <= end, Holiday.ends >= start)
    if grade is None:
        query = query.where(Holiday.first_grade == 1, Holiday.last_grade == 11)
    else:
        query = query.where(Holiday.first_grade <= grade, Holiday.last_grade >= grade)
    found: dict[dt.date, str] = {}
    for holiday in query:
        day = max(start, holiday.starts)
        while day <= min(end, holiday.ends):
            found[day] = holiday.title
            day += dt.timedelta(days=1)
    for single in CalendarDay.select().where(
        CalendarDay.date >= start, CalendarDay.date <= end, CalendarDay.kind == "day_off"
    ):
        found[single.date] = single.title
    return found


def sees_school(actor: Actor) -> bool:
    """Whether the timetables of all teachers and rooms are open to the actor."""
    return access.condition(actor, VIEW, Room) is not False


def _editable(actor: Actor) -> bool:
    return access.condition(actor, EDIT, Lesson) is not False


def week_of_class(actor: Actor, class_id: int, monday: dt.date) -> Week:
    """The week of a class; raises :class:`NotThere` unless it is open to the actor."""
    found = access.find(actor, VIEW, SchoolClass, class_id)
    lessons = lessons_of_class(found.id, monday, monday + dt.timedelta(days=6))
    week = _week("class", found.id, found.title, monday, lessons, found.grade)
    week.editable = _editable(actor)
    return week


def _only_school(actor: Actor) -> None:
    if not sees_school(actor):
        raise NotThere(_("There is no such page, or it is not open to you."))


def week_of_teacher(actor: Actor, person_id: int, monday: dt.date) -> Week:
    """The week of a teacher; one's own is always open to staff."""
    if actor.person_id != person_id or actor.side == FAMILY:
        _only_school(actor)
    person = Person.get_or_none(Person.id == person_id)
    if person is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    lessons = lessons_of_teacher(person.id, monday, monday + dt.timedelta(days=6))
    week = _week("teacher", person.id, person.name, monday, lessons, None)
    week.editable = _editable(actor)
    return week


def week_of_room(actor: Actor, room_id: int, monday: dt.date) -> Week:
    """The week of a room."""
    _only_school(actor)
    room = access.find(actor, VIEW, Room, room_id)
    lessons = lessons_of_room(room.id, monday, monday + dt.timedelta(days=6))
    week = _week("room", room.id, room.name, monday, lessons, None)
    week.editable = _editable(actor)
    return week


def pupils_of(actor: Actor) -> list[Person]:
    """Whose timetable the family side shows: the pupil, or the children of a parent.

    Asks the rights over the class of each, so that a narrowed grant narrows the list too.
    """
    if not actor.holds(VIEW):
        return []
    wanted = (Person.id == actor.person_id) | Person.id.in_(children_ids(actor.person_id))
    query = Person.select().where(wanted, Person.archived_at.is_null())
    pupils = Person.id.in_(
        [row[0] for row in rows("SELECT DISTINCT pupil_id FROM core_class_member WHERE pupil_id IN "
         "(SELECT pupil_id FROM core_guardian WHERE guardian_id = ? UNION SELECT ?)",
         (actor.person_id, actor.person_id))]
    )  # fmt: skip
    return list(query.where(pupils).order_by(binary_order(Person.sort_key)))


def week_of_pupil(actor: Actor, pupil: Person, monday: dt.date) -> Week:
    """The week of a pupil of :func:`pupils_of` in own class and own subgroups."""
    end = monday + dt.timedelta(days=6)
    lessons = lessons_of_pupil(pupil.id, monday, end)
    mine = class_of(pupil.id, min(max(monday, clock.today()), end))
    if mine is not None and not access.can(actor, VIEW, mine):
        raise NotThere(_("There is no such page, or it is not open to you."))
    grade = mine.grade if mine is not None else None
    title = f"{pupil.call_name}, {mine.title}" if mine is not None else pupil.call_name
    return _week("pupil", pupil.id, title, monday, lessons, grade)


# --- the lists to choose from ------------------------------------------------------------------


def classes_to_see(actor: Actor) -> dict[int, list[SchoolClass]]:
    """Classes of the current year whose timetable is open to the actor, by grade."""
    year = current_year()
    if year is None:
        return {}
    query = access.visible(actor, VIEW, SchoolClass.select().where(SchoolClass.year == year))
    found: dict[int, list[SchoolClass]] = {}
    for one in query.order_by(SchoolClass.grade, russian_order(SchoolClass.letter)):
        found.setdefault(one.grade, []).append(one)
    return found


def teachers_to_see(actor: Actor) -> list[Person]:
    """Teachers who give lessons this year, in Russian order."""
    year = current_year()
    if not sees_school(actor) or year is None:
        return []
    teaching = giving_lessons(year.starts, year.ends)
    return list(
        Person.select().where(Person.id.in_(teaching)).order_by(binary_order(Person.sort_key))
    )


def giving_lessons(start: dt.date, end: dt.date) -> Any:
    """A query of the persons who give dated lessons between two days."""
    return (
        Lesson.select(Lesson.teacher)
        .where(Lesson.date >= start, Lesson.date <= end, Lesson.teacher.is_null(False))
        .distinct()
    )


def rooms_to_see(actor: Actor) -> list[Room]:
    """Rooms of the school."""
    if not sees_school(actor):
        return []
    return list(
        Room.select()
        .where(Room.archived == False)  # noqa: E712 - SQL
        .order_by(Room.building, russian_order(Room.name))
    )


# --- the start page ----------------------------------------------------------------------------


@dataclass(frozen=True)
class NextDay:
    """The nearest day with lessons still to come."""

    pupil: str
    pupil_id: int
    date: dt.date
    lessons: list[LessonRow]


def next_days(actor: Actor) -> list[NextDay]:
    """For each pupil of the family: today's lessons, or those of the next school day."""
    return [NextDay(pupil.call_name, pupil.id, *_day_ahead(pupil.id)) for pupil in pupils_of(actor)]


def _day_ahead(pupil_id: int) -> tuple[dt.date, list[LessonRow]]:
    """Today's lessons if one is still to come, else those of the next day that has any."""
    now = clock.local()
    minute = now.hour * 60 + now.minute
    today = now.date()
    lessons = lessons_of_pupil(pupil_id, today, today + dt.timedelta(days=14))
    coming = [
        row for row in lessons if not row.cancelled and (row.date > today or row.ends > minute)
    ]
    date = coming[0].date if coming else today
    return date, [row for row in lessons if row.date == date]


# --- short answers -----------------------------------------------------------------------------


def _require_own(actor: Actor, pupil_id: int) -> None:
    """The pupil must be one of :func:`pupils_of`, in a class that is open to the actor."""
    mine = class_of(pupil_id, clock.today())
    if pupil_id not in {one.id for one in pupils_of(actor)} or (
        mine is not None and not access.can(actor, VIEW, mine)
    ):
        raise NotThere(_("There is no such page, or it is not open to you."))


def day_ahead(actor: Actor, pupil_id: int) -> tuple[dt.date, list[LessonRow]]:
    """For one pupil of the family: today if a lesson is still to come, else the next school day.

    :raises NotThere: this pupil's timetable is not the actor's own affair.
    """
    _require_own(actor, pupil_id)
    return _day_ahead(pupil_id)


def days_of_pupil(
    actor: Actor, pupil_id: int, first: dt.date, last: dt.date
) -> dict[dt.date, list[LessonRow]]:
    """Lessons of one pupil of the family by day, both days included; of those that have any.

    :raises NotThere: this pupil's timetable is not the actor's own affair.
    """
    _require_own(actor, pupil_id)
    found: dict[dt.date, list[LessonRow]] = {}
    for row in lessons_of_pupil(pupil_id, first, last):
        found.setdefault(row.date, []).append(row)
    return found


Reader = Callable[[Actor, int, dt.date], Week]
READERS: dict[str, Reader] = {
    "class": week_of_class,
    "teacher": week_of_teacher,
    "room": week_of_room,
}
