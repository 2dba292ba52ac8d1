"""Dated lessons by hand: add, move, cancel, restore, delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import peewee as pw

from asurso_core import access, audit, outbox, plugins
from asurso_core.actors import Actor
from asurso_core.db import db, transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_core.school import AcademicYear, TeachingGroup
from asurso_timetable import clashes
from asurso_timetable.guards import CLASH
from asurso_timetable.hookspecs import timetable_changed
from asurso_timetable.models import Lesson
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.queries.bells import numbers_of_class
from asurso_timetable.queries.usage import classes_of, in_use
from asurso_timetable.rows import CANCELLED
from asurso_timetable.services.grid import check_place, teacher_of

ANY: Any = object()
_SHOWN = ("date", "number", "starts", "ends", "group_id", "teacher_id", "room_id", "status", "note")


def editable_lesson(actor: Actor, lesson_id: int) -> Lesson:
    """A dated lesson that the actor may change; raises NotThere or Refused (a closed year)."""
    lesson: Lesson = access.find(actor, VIEW, Lesson, lesson_id)
    access.require(actor, EDIT, lesson, see=VIEW)
    return lesson


def _values(lesson: Lesson) -> dict[str, Any]:
    found = {name: getattr(lesson, name) for name in _SHOWN}
    return {**found, "date": lesson.date.isoformat()}


def times_at(group_id: int, date: dt.date, number: int) -> tuple[int, int]:
    """When the n-th lesson of a group is on a day, by the bells of its first class.

    :raises Invalid: the class has no bells for it.
    """
    for class_id in classes_of(group_id)[:1]:
        found = numbers_of_class(class_id, date).get(number)
        if found is not None:
            return found
    raise Invalid(
        _("The bells of this class have no lesson %(n)s. Say when it begins and ends.", n=number),
        {"number": [_("The bells have no such lesson.")]},
    )


@contextmanager
def _explained(lesson: Lesson) -> Iterator[None]:
    try:
        with db.atomic():
            yield
    except pw.IntegrityError as error:
        if CLASH not in str(error):
            raise
        told = clashes.with_lessons(
            lesson.date,
            clashes.Taken(
                lesson.id or 0, lesson.starts, lesson.ends, lesson.group_id, lesson.teacher_id,
                lesson.room_id,
            ),
        )  # fmt: skip
        raise Invalid(" ".join(f"{one}." for one in told) or _("The time is taken.")) from error


def _tell(
    actor: Actor, kind: str, lesson: Lesson, before: Any, after: Any, dates: Iterable[dt.date]
) -> None:
    days = sorted(dates)
    audit.record(actor, kind, f"timetable.lesson:{lesson.id}", before=before, after=after)
    outbox.put(
        "timetable.changed", classes=classes_of(lesson.group_id),
        start=days[0].isoformat(), end=days[-1].isoformat(),
    )  # fmt: skip
    plugins.announce(
        timetable_changed,
        class_ids=classes_of(lesson.group_id),
        start=days[0],
        end=days[-1],
        actor=actor,
    )


def _check_day(group: TeachingGroup, date: dt.date) -> None:
    year = AcademicYear.get_by_id(group.year_id)
    if not year.starts <= date <= year.ends:
        raise Invalid(
            _("The day lies outside the school year."),
            {"date": [_("The day lies outside the school year.")]},
        )


def _check_times(starts: int, ends: int) -> None:
    if not 0 <= starts < ends <= 24 * 60:
        raise Invalid(
            _("The lesson must end after it begins, on the same day."),
            {"ends": [_("The lesson must end after it begins, on the same day.")]},
        )


def add_lesson(
    actor: Actor,
    group_id: int,
    date: dt.date,
    number: int,
    *,
    teacher_id: Any = ANY,
    room_id: int | None = None,
    starts: int | None = None,
    ends: int | None = None,
    note: str | None = None,
) -> Lesson:
    """Add a lesson by hand, even before there is a grid. Without times the bells decide.

    Times are minutes from midnight. Without a teacher named it is the group's own.

    :raises NotThere: the group is not there for the actor.
    :raises Refused: its year is closed.
    :raises Invalid: it clashes (the message says with what), or the day is outside the year.
    """
    group = access.find(actor, VIEW, TeachingGroup, group_id)
    access.require(actor, EDIT, group, see=VIEW)
    _check_day(group, date)
    if starts is None or ends is None:
        starts, ends = times_at(group.id, date, number)
    _check_times(starts, ends)
    teacher = teacher_of(group.id, date) if teacher_id is ANY else teacher_id
    check_place(teacher, room_id)
    lesson = Lesson(
        date=date, number=number, starts=starts, ends=ends, group=group.id, teacher=teacher,
        room=room_id, by_hand=True, note=note or None,
    )  # fmt: skip
    with transaction():
        with _explained(lesson):
            lesson.save(force_insert=True)
        _tell(actor, "timetable.lesson_added", lesson, None, _values(lesson), [date])
    return lesson


def move_lesson(
    actor: Actor,
    lesson_id: int,
    *,
    expected: int,
    date: dt.date,
    number: int,
    teacher_id: int | None,
    room_id: int | None,
    starts: int | None = None,
    ends: int | None = None,
    note: Any = ANY,
) -> Lesson:
    """Give a lesson another day, hour, teacher or room. Its row stays, and with it all marks.

    ``expected`` is the version the page was opened with. Without times the bells decide.

    :raises Conflict: somebody changed it first; nothing was written.
    :raises Invalid: it clashes; the message says with what.
    """
    lesson = editable_lesson(actor, lesson_id)
    group = TeachingGroup.get_by_id(lesson.group_id)
    _check_day(group, date)
    before, old_date, old_place = _values(lesson), lesson.date, (lesson.date, lesson.number)
    if starts is None or ends is None:
        if (date, number) == old_place:
            starts, ends = lesson.starts, lesson.ends
        else:
            starts, ends = times_at(group.id, date, number)
    _check_times(starts, ends)
    check_place(teacher_id, room_id)
    if lesson.entry is not None and lesson.planned_on is None:
        lesson.planned_on = old_date
    lesson.date, lesson.number, lesson.starts, lesson.ends = date, number, starts, ends
    lesson.teacher, lesson.room = teacher_id, room_id
    if note is not ANY:
        lesson.note = note or None
    if _values(lesson) == before and lesson.version == expected:
        return lesson
    with transaction():
        _write(lesson, expected, {"by_hand": True})
        _tell(actor, "timetable.lesson_moved", lesson, before, _values(lesson), [old_date, date])
    return lesson


def _write(lesson: Lesson, expected: int, more: dict[str, Any]) -> None:
    columns = {name: getattr(lesson, name) for name in (*_SHOWN, "planned_on")}
    columns.update(more, version=Lesson.version + 1)
    changes = {getattr(Lesson, name.removesuffix("_id")): one for name, one in columns.items()}
    with _explained(lesson):
        done = (
            Lesson.update(changes)
            .where(Lesson.id == lesson.id, Lesson.version == expected)
            .execute()
        )
    if not done:
        raise Conflict(
            _("Somebody changed this lesson while you were looking at it. Open it again.")
        )
    lesson.version = expected + 1


def cancel_lesson(actor: Actor, lesson_id: int, *, expected: int, note: str) -> Lesson:
    """Cancel a lesson and say why; it stays in view, crossed out, and frees teacher and room."""
    lesson = editable_lesson(actor, lesson_id)
    before = _values(lesson)
    lesson.status, lesson.note = CANCELLED, note or None
    if lesson.entry is not None and lesson.planned_on is None:
        lesson.planned_on = lesson.date
    with transaction():
        _write(lesson, expected, {"by_hand": True})
        _tell(actor, "timetable.lesson_cancelled", lesson, before, _values(lesson), [lesson.date])
    return lesson


def restore_lesson(actor: Actor, lesson_id: int, *, expected: int) -> Lesson:
    """Let a cancelled lesson take place after all.

    :raises Invalid: its teacher, room or class is busy by now; the message says with what.
    """
    lesson = editable_lesson(actor, lesson_id)
    before = _values(lesson)
    lesson.status, lesson.note = "planned", None
    with transaction():
        _write(lesson, expected, {"by_hand": True})
        _tell(actor, "timetable.lesson_restored", lesson, before, _values(lesson), [lesson.date])
    return lesson


def delete_lesson(actor: Actor, lesson_id: int) -> None:
    """Delete a lesson that nothing was written about.

    :raises Invalid: it is in use: cancelling keeps what was written.
    """
    lesson = editable_lesson(actor, lesson_id)
    refusal = Invalid(
        _("This lesson has marks, attendance, a topic or homework. Cancel it instead.")
    )
    with transaction():
        if in_use([lesson.id]):
            raise refusal
        before = _values(lesson)
        try:
            with db.atomic():
                lesson.delete_instance()
        except pw.IntegrityError as error:
            raise refusal from error
        _tell(actor, "timetable.lesson_deleted", lesson, before, None, [lesson.date])
