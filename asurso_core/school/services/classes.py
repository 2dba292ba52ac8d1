"""Classes and who leads them (R4.1.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from asurso_core import access
from asurso_core.accounts.models import Person
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import (
    AcademicYear,
    ClassTeacher,
    PeriodType,
    SchoolClass,
)
from asurso_core.school.services.rules import (
    change,
    needed,
    noted,
    open_year_of,
    plain,
    staff_member,
    within,
    wrong,
)

EDIT = "core.classes.edit"
SEE = "core.classes.view"
_CLASS = ("grade", "letter", "profile", "period_type", "week_days")


def open_class(actor: Actor, permission: str, class_id: int) -> SchoolClass:
    """A class that takes writing: NotThere, or Refused when its year is closed."""
    access.require_any(actor, permission)
    row: SchoolClass = access.find(actor, SEE, SchoolClass, class_id)
    open_year_of(actor, permission, row.year)
    access.require(actor, permission, row, see=SEE)
    return row


def _class_values(year: AcademicYear, values: Mapping[str, Any], but: int = 0) -> dict[str, Any]:
    grade, letter = values.get("grade"), needed("letter", values.get("letter"))
    if not isinstance(grade, int) or not 1 <= grade <= 12:
        raise wrong("grade", _("The grade lies between 1 and 12."))
    if len(letter) > 15:
        raise wrong("letter", _("The letter has at most 15 characters."))
    if values.get("week_days") not in {5, 6}:
        raise wrong("week_days", _("Choose one of the list."))
    known = PeriodType.select().where(
        PeriodType.id == values.get("period_type"), PeriodType.year == year.id
    )
    if not known.exists():
        raise wrong("period_type", _("Choose the periods of this very year."))
    twin = SchoolClass.select().where(
        SchoolClass.year == year.id,
        SchoolClass.grade == grade,
        SchoolClass.letter == letter,
        SchoolClass.id != but,
    )
    if twin.exists():
        raise wrong("letter", _("There is such a class already."))
    return {
        "grade": grade,
        "letter": letter,
        "profile": values.get("profile") or None,
        "period_type": values["period_type"],
        "week_days": values["week_days"],
    }


def create_class(actor: Actor, year_id: int, values: Mapping[str, Any]) -> SchoolClass:
    """Add a class: grade, letter (up to 15 characters), profile, period type, days of the week."""
    access.require_any(actor, EDIT)
    with transaction():
        year = access.find(actor, "core.years.view", AcademicYear, year_id)
        open_year_of(actor, EDIT, year)
        row: SchoolClass = SchoolClass.create(year=year, **_class_values(year, values))
        noted(actor, "core.class_created", f"class:{row.id}", after=plain(row, _CLASS))
    return row


def edit_class(actor: Actor, class_id: int, values: Mapping[str, Any], version: int) -> SchoolClass:
    """Change a class; its pupils and groups stay.

    :raises Conflict: it was changed since ``version``.
    """
    with transaction():
        row = open_class(actor, EDIT, class_id)
        before, after = change(row, _class_values(row.year, values, row.id), version)
        if after:
            noted(actor, "core.class_changed", f"class:{row.id}", before, after)
    return row


def assign_class_teacher(
    actor: Actor, class_id: int, teacher_id: int, since: dt.date, *, replace: bool = True
) -> ClassTeacher:
    """Let somebody lead a class from a date.

    With ``replace`` those who lead it on that date end there; without it a class has several
    class teachers side by side.
    """
    with transaction():
        row = open_class(actor, EDIT, class_id)
        within(row.year, "since", since)
        teacher = staff_member("teacher", teacher_id)
        if teacher is None:
            raise wrong("teacher", _("Choose a member of staff of the list."))
        mine = list(ClassTeacher.select().where(ClassTeacher.school_class == row.id))
        found: ClassTeacher = take_over(
            actor, ClassTeacher, mine, teacher, since, replace, {"school_class": row},
            "core.class_teacher_assigned", f"class:{row.id}",
        )  # fmt: skip
    return found


def take_over(
    actor: Actor,
    model: Any,
    mine: list[Any],
    teacher: Person,
    since: dt.date,
    replace: bool,
    place: Mapping[str, Any],
    deed: str,
    target: str,
) -> Any:
    """Open a dated duty and, if asked, end those that hold on its first day."""
    for one in mine:
        if one.since > since and (replace or one.teacher_id == teacher.id):
            raise wrong("since", _("There is a later change already. Choose a later date."))
    now = [one for one in mine if one.since <= since and (one.until is None or one.until > since)]
    same = next((one for one in now if one.teacher_id == teacher.id), None)
    ended = []
    if replace:
        for one in now:
            if one is same:
                continue
            ended.append(one.teacher_id)
            if one.since == since:
                model.delete().where(model.id == one.id).execute()
            else:
                model.update(until=since).where(model.id == one.id).execute()
    if same is not None:
        if same.until is not None:
            model.update(until=None).where(model.id == same.id).execute()
        found = same
    else:
        found = model.create(teacher=teacher, since=since, **place)
    if ended or same is None or same.until is not None:
        noted(
            actor, deed, target,
            before={"teachers": ended} if ended else None,
            after={"teacher": teacher.id, "since": since.isoformat()},
            person=teacher.id,
        )  # fmt: skip
    return found


def end_class_teacher(actor: Actor, link_id: int, until: dt.date) -> int:
    """End a class teacher's duty: ``until`` is the first day without it; returns the class's id."""
    access.require_any(actor, EDIT)
    with transaction():
        link = ClassTeacher.get_or_none(ClassTeacher.id == link_id)
        if link is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        row = open_class(actor, EDIT, link.school_class_id)
        end_duty(actor, link, until, "core.class_teacher_ended", f"class:{row.id}")
    return int(row.id)


def end_duty(actor: Actor, link: Any, until: dt.date, deed: str, target: str) -> None:
    if until < link.since or (link.until is not None and until > link.until):
        raise wrong("until", _("The date lies outside the time of this duty."))
    before = plain(link, ("teacher", "since", "until"))
    model = type(link)
    if until == link.since:
        model.delete().where(model.id == link.id).execute()
    else:
        model.update(until=until).where(model.id == link.id).execute()
    noted(actor, deed, target, before, {"until": until.isoformat()}, person=link.teacher_id)
