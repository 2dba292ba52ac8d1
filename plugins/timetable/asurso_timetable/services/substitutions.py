"""Appointing substitutes, changing and taking substitutions back (features.md 3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock, outbox
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import Subject
from asurso_timetable.models import Lesson, Substitution
from asurso_timetable.permissions import SUBSTITUTE, VIEW
from asurso_timetable.rows import short_name
from asurso_timetable.services.grid import check_place
from asurso_timetable.services.lessons import _tell, _values, _write
from asurso_timetable.substitutions import CANCELLED, KINDS, MERGED, OTHER, PAYMENTS, REASONS


@dataclass(frozen=True, kw_only=True)
class Change:
    """What shall become of a lesson whose teacher is absent."""

    kind: str
    reason: str
    payment: str
    substitute_id: int | None = None
    subject_id: int | None = None
    order_number: str = ""


def _lesson(actor: Actor, lesson_id: int) -> Lesson:
    lesson: Lesson = access.find(actor, VIEW, Lesson, lesson_id)
    access.require(actor, SUBSTITUTE, lesson, see=VIEW)
    return lesson


def _check(change: Change, absent_id: int | None) -> None:
    for field, value, known in (
        ("kind", change.kind, KINDS), ("reason", change.reason, REASONS),
        ("payment", change.payment, PAYMENTS),
    ):  # fmt: skip
        if value not in known:
            raise Invalid(fields={field: [_("Choose one of the list.")]})
    if absent_id is None:
        raise Invalid(_("Nobody is named as the teacher of this lesson."))
    if change.kind != CANCELLED and change.substitute_id in {None, absent_id}:
        raise Invalid(fields={"substitute": [_("Choose who gives the lesson.")]})
    if (
        change.kind == OTHER
        and not Subject.select().where(Subject.id == change.subject_id).exists()
    ):
        raise Invalid(fields={"subject": [_("Choose the subject that is given.")]})
    if len(change.order_number) > 40 or "\x00" in change.order_number:
        raise Invalid(fields={"order_number": [_("At most 40 characters fit here.")]})


def substitute(actor: Actor, lesson_id: int, change: Change, *, expected: int) -> Substitution:
    """Have somebody else give a lesson, or cancel it, or have it given together with another.

    The lesson stays and all that is written in it. The substitute gets the right over this lesson
    only, for as long as its marks can be changed at all; who is absent keeps the own journal.
    ``expected`` is the version of the lesson. Done again, it changes the substitution.

    :raises Conflict: somebody changed the lesson first.
    :raises Invalid: the substitute has a lesson at that time, or something was not chosen.
    """
    lesson = _lesson(actor, lesson_id)
    row: Substitution | None = Substitution.get_or_none(Substitution.lesson == lesson)
    absent = row.absent_id if row is not None else lesson.teacher_id
    _check(change, absent)
    if change.substitute_id is not None:
        check_place(change.substitute_id, None)
    before = _values(lesson)
    old = None if row is None else _facts(row)
    lesson.status = "cancelled" if change.kind == CANCELLED else "planned"
    # A merged lesson is given by somebody who has the own one at that time: nobody can be in two
    # lessons by the timetable, so this one names nobody, and the substitution says who gives it.
    lesson.teacher = {CANCELLED: absent, MERGED: None}.get(change.kind, change.substitute_id)
    lesson.note = _note(change, absent)
    if lesson.entry is not None and lesson.planned_on is None:
        lesson.planned_on = lesson.date
    with transaction():
        _write(lesson, expected, {"by_hand": True})
        if row is None:
            row = Substitution(lesson=lesson, absent=absent)
        row.kind, row.reason, row.payment = change.kind, change.reason, change.payment
        row.substitute = None if change.kind == CANCELLED else change.substitute_id
        row.subject = change.subject_id if change.kind == OTHER else None
        row.order_number = change.order_number.strip()
        row.made_at, row.made_by = clock.stamp(), actor.user_id
        row.save()
        _told(actor, "timetable.substituted", lesson, row, old, _facts(row))
        _tell(actor, "timetable.lesson_moved", lesson, before, _values(lesson), [lesson.date])
    return row


def take_back(actor: Actor, substitution_id: int) -> Lesson:
    """Let the teacher give the lesson after all.

    :raises NotThere: no such substitution.
    :raises Invalid: the teacher, the room or the class is busy by now.
    """
    row: Substitution | None = Substitution.get_or_none(Substitution.id == substitution_id)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    lesson = _lesson(actor, row.lesson_id)
    before, old = _values(lesson), _facts(row)
    lesson.teacher, lesson.status, lesson.note = row.absent_id, "planned", None
    with transaction():
        _write(lesson, lesson.version, {"by_hand": True})
        _told(actor, "timetable.substitution_ended", lesson, row, old, None)
        row.delete_instance()
        _tell(actor, "timetable.lesson_moved", lesson, before, _values(lesson), [lesson.date])
    return lesson


def _told(
    actor: Actor, kind: str, lesson: Lesson, row: Substitution, before: Any, after: Any
) -> None:
    audit.record(
        actor, kind, f"timetable.substitution:{lesson.id}", before=before, after=after,
        person=row.absent_id,
    )  # fmt: skip
    people = {row.absent_id, row.substitute_id, (before or {}).get("substitute")}
    outbox.put(
        "timetable.substituted", lesson=lesson.id,
        people=sorted(one for one in people if one is not None),
    )  # fmt: skip


def _facts(row: Substitution) -> dict[str, Any]:
    return {
        "absent": row.absent_id, "substitute": row.substitute_id, "kind": row.kind,
        "subject": row.subject_id, "reason": row.reason, "payment": row.payment,
        "order": row.order_number,
    }  # fmt: skip


def _note(change: Change, absent_id: int | None) -> str:
    """What the timetable and the diary show beside the lesson."""
    del absent_id
    if change.kind == CANCELLED:
        return _("the teacher is absent")
    person = Person.get_by_id(change.substitute_id)
    name = short_name(person.surname, person.given_name, person.patronymic)
    note = _("substitute: %(name)s", name=name)
    if change.kind == OTHER:
        note += f", {Subject.get_by_id(change.subject_id).name}"
    if change.kind == MERGED:
        note += ", " + _("together with another subgroup")
    return note
