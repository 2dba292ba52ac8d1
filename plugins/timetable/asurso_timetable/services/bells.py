"""Changing bells, and by which of them classes live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from asurso_core import access, audit, clock
from asurso_core.actors import Actor
from asurso_core.db import db, transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.school import AcademicYear, SchoolClass
from asurso_timetable import bells as shipped_bells
from asurso_timetable.models import BellSchedule, BellSlot, ClassBells
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.services import times
from asurso_timetable.services.stale import mark_stale

#: ``(number, starts, ends)`` with minutes from midnight.
SlotValue = tuple[int, int, int]
DAY = 24 * 60


def check_slots(slots: Sequence[SlotValue]) -> list[SlotValue]:
    """The slots in order of their numbers.

    :raises Invalid: a number comes twice, a lesson ends before it begins or runs past midnight,
        or begins before the one before has ended.
    """
    ordered = sorted(slots)
    if not ordered:
        raise Invalid(_("Enter at least one lesson."))
    for number, starts, ends in ordered:
        if not 0 <= starts < ends <= DAY:
            raise Invalid(_("Lesson %(n)s must end after it begins, on the same day.", n=number))
    for (first, _starts, ends), (second, starts, _ends) in pairwise(ordered):
        if first == second:
            raise Invalid(_("Lesson %(n)s is entered twice.", n=first))
        if starts < ends:
            raise Invalid(
                _("Lesson %(n)s begins before lesson %(m)s has ended.", n=second, m=first)
            )
    return ordered


def create(
    actor: Actor, title: str, *, copy_of: int | None = None, code: str | None = None
) -> BellSchedule:
    """Make a schedule: empty, a copy of another, or one of the shipped sets by its code."""
    access.require_any(actor, EDIT)
    if BellSchedule.select().where(BellSchedule.title == title).exists():
        raise Invalid(
            _("There are bells with this title already."), {"title": [_("Choose another title.")]}
        )
    slots: list[SlotValue] = []
    if copy_of is not None:
        source = access.find(actor, EDIT, BellSchedule, copy_of)
        slots = [
            (one.number, one.starts, one.ends)
            for one in BellSlot.select().where(BellSlot.schedule == source)
        ]
    elif code is not None:
        found = shipped_bells.shipped().get(code)
        if found is None:
            raise Invalid(_("Choose one of the list."), {"source": [_("Choose one of the list.")]})
        slots = [(one.number, one.starts, one.ends) for one in found.slots]
    with transaction():
        made: BellSchedule = BellSchedule.create(title=title)
        _write(made, slots)
        audit.record(
            actor, "timetable.bells_made", f"timetable.bells:{made.id}", after={"title": title}
        )
    return made


def _write(schedule: BellSchedule, slots: Sequence[SlotValue]) -> None:
    BellSlot.delete().where(BellSlot.schedule == schedule).execute()
    for number, starts, ends in slots:
        BellSlot.create(schedule=schedule, number=number, starts=starts, ends=ends)


def save(actor: Actor, schedule_id: int, title: str, slots: Sequence[SlotValue]) -> BellSchedule:
    """Change a schedule. Weekly lessons take the new times at once, dated ones when made again."""
    schedule: BellSchedule = access.find(actor, EDIT, BellSchedule, schedule_id)
    ordered = check_slots(slots)
    twin = BellSchedule.select().where(BellSchedule.title == title, BellSchedule.id != schedule.id)
    if twin.exists():
        raise Invalid(
            _("There are bells with this title already."), {"title": [_("Choose another title.")]}
        )
    before = [
        [one.number, one.starts, one.ends]
        for one in BellSlot.select().where(BellSlot.schedule == schedule).order_by(BellSlot.number)
    ]
    with transaction():
        BellSchedule.update(title=title).where(BellSchedule.id == schedule.id).execute()
        _write(schedule, ordered)
        touched = [
            row.school_class_id
            for row in ClassBells.select(ClassBells.school_class)
            .where(ClassBells.schedule == schedule)
            .distinct()
        ]
        _follow(touched, clock.today())
        audit.record(
            actor,
            "timetable.bells_changed",
            f"timetable.bells:{schedule.id}",
            before={"title": schedule.title, "slots": before},
            after={"title": title, "slots": [list(one) for one in ordered]},
        )
    return schedule


def _follow(class_ids: list[int], since: dt.date) -> None:
    """Let weekly lessons take the new times, and say that dated ones may be out of date."""
    years = list(
        AcademicYear.select()
        .join(SchoolClass, on=(SchoolClass.year == AcademicYear.id))
        .where(SchoolClass.id.in_(class_ids), AcademicYear.state != "closed")
        .distinct()
    )
    for year in years:
        times.refresh_entries(year)
        mark_stale(year, max(since, year.starts), year.ends, "bells")


def archive(actor: Actor, schedule_id: int, *, archived: bool) -> None:
    """Put a schedule away, or take it out again; classes that live by it keep it."""
    schedule = access.find(actor, EDIT, BellSchedule, schedule_id)
    with transaction():
        BellSchedule.update(archived=archived).where(BellSchedule.id == schedule.id).execute()
        audit.record(
            actor,
            "timetable.bells_changed",
            f"timetable.bells:{schedule.id}",
            before={"archived": schedule.archived},
            after={"archived": archived},
        )


def assign(actor: Actor, class_ids: Sequence[int], schedule_id: int, since: dt.date) -> None:
    """Let classes live by a schedule from a day until the next change that is already entered.

    :raises NotThere: a class or the schedule is not there.
    :raises Refused: a class belongs to a closed year.
    """
    schedule = access.find(actor, EDIT, BellSchedule, schedule_id)
    if not class_ids:
        raise Invalid(_("Choose the classes."), {"classes": [_("Choose the classes.")]})
    found = [access.find(actor, VIEW, SchoolClass, one) for one in class_ids]
    for one in found:
        access.require(actor, EDIT, one, see=VIEW)
    with transaction(), db.atomic():
        for one in found:
            _assign(one, schedule, since)
        _follow([one.id for one in found], since)
        audit.record(
            actor,
            "timetable.bells_assigned",
            f"timetable.bells:{schedule.id}",
            after={"classes": [one.title for one in found], "since": since.isoformat()},
        )


def _assign(school_class: SchoolClass, schedule: BellSchedule, since: dt.date) -> None:
    spans = list(
        ClassBells.select()
        .where(ClassBells.school_class == school_class)
        .order_by(ClassBells.since)
    )
    later = next((span.since for span in spans if span.since > since), None)
    for span in spans:
        if span.since == since:
            span.delete_instance()
        elif span.since < since and (span.until is None or span.until > since):
            ClassBells.update(until=since).where(ClassBells.id == span.id).execute()
    ClassBells.create(school_class=school_class, schedule=schedule, since=since, until=later)
