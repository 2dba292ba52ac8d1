"""Teaching groups: a class or several, a subject, subgroups, and who teaches them (R4.1.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import (
    GroupClass,
    GroupTeacher,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.school.services.classes import end_duty, open_class, take_over
from asurso_core.school.services.rules import (
    change,
    noted,
    open_year_of,
    plain,
    staff_member,
    within,
    wrong,
)

EDIT = "core.classes.edit"
TEACH = "core.teaching.edit"
SEE = "core.classes.view"
_GROUP = ("subject", "part", "name", "weekly_hours")


def open_group(actor: Actor, permission: str, group_id: int) -> TeachingGroup:
    """A teaching group that takes writing: NotThere, or Refused when its year is closed."""
    access.require_any(actor, permission)
    row: TeachingGroup = access.find(actor, SEE, TeachingGroup, group_id)
    open_year_of(actor, permission, row.year)
    access.require(actor, permission, row, see=SEE)
    return row


def _subject_in_use(subject_id: int) -> Subject:
    row: Subject | None = Subject.get_or_none(
        (Subject.id == subject_id) & (Subject.archived == False)  # noqa: E712 - SQL
    )
    if row is None:
        raise wrong("subject", _("Choose one of the list."))
    return row


def _living(subject: Subject, class_ids: list[int]) -> list[TeachingGroup]:
    return list(
        TeachingGroup.select()
        .distinct()
        .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
        .where(
            TeachingGroup.subject == subject,
            TeachingGroup.archived == False,  # noqa: E712 - SQL
            GroupClass.school_class.in_(class_ids),
        )
        .order_by(TeachingGroup.part)
    )


def _hours(hours: Decimal | None) -> None:
    if hours is not None and not 0 <= hours <= 60:
        raise wrong("weekly_hours", _("Hours a week lie between 0 and 60."))


def create_group(
    actor: Actor,
    class_ids: Sequence[int],
    subject_id: int,
    *,
    part: int = 0,
    name: str = "",
    weekly_hours: Decimal | None = None,
    teacher_id: int | None = None,
    since: dt.date | None = None,
) -> TeachingGroup:
    """Let classes of one year learn a subject together.

    ``part`` 0 takes all their pupils; 1, 2, … makes a subgroup whose members are listed. With a
    teacher, teaching begins at ``since`` (the first day of the year if it is not given).
    """
    with transaction():
        rows = [open_class(actor, EDIT, id_) for id_ in dict.fromkeys(class_ids)]
        if not rows:
            raise wrong("classes", _("Choose at least one class."))
        if len({row.year_id for row in rows}) > 1:
            raise wrong("classes", _("Classes of a group belong to one year."))
        subject = _subject_in_use(subject_id)
        _hours(weekly_hours)
        if not 0 <= part <= 20:
            raise wrong("part", _("There are at most twenty subgroups."))
        others = _living(subject, [row.id for row in rows])
        if any(other.part == part for other in others):
            raise wrong(
                "subject",
                _("This subgroup is there already.")
                if part
                else _("The class learns this subject as a whole already."),
            )
        row = _make(actor, rows, subject, part, name, weekly_hours)
        if teacher_id is not None:
            assign_group_teacher(actor, row.id, teacher_id, since or rows[0].year.starts)
    return row


def _make(
    actor: Actor,
    classes: Sequence[SchoolClass],
    subject: Subject,
    part: int,
    name: str,
    weekly_hours: Decimal | None,
) -> TeachingGroup:
    row: TeachingGroup = TeachingGroup.create(
        year=classes[0].year_id,
        subject=subject,
        part=part,
        name=name.strip() or (_("subgroup %(n)s", n=part) if part else ""),
        weekly_hours=weekly_hours,
    )
    for one in classes:
        GroupClass.create(group=row, school_class=one)
    noted(
        actor, "core.group_created", f"group:{row.id}",
        after={**plain(row, _GROUP), "classes": [one.id for one in classes]},
    )  # fmt: skip
    return row


def divide_class(actor: Actor, class_id: int, subject_id: int, count: int) -> list[TeachingGroup]:
    """Divide a class into ``count`` subgroups of a subject; those that exist are kept.

    The pupils are put into them afterwards (:func:`arrange_division`).
    """
    with transaction():
        row = open_class(actor, EDIT, class_id)
        subject = _subject_in_use(subject_id)
        if not 2 <= count <= 6:
            raise wrong("count", _("A class is divided into two to six subgroups."))
        known = {group.part: group for group in _living(subject, [row.id])}
        return [
            known.get(part) or _make(actor, [row], subject, part, "", None)
            for part in range(1, count + 1)
        ]


def edit_group(
    actor: Actor, group_id: int, *, name: str, weekly_hours: Decimal | None, version: int
) -> TeachingGroup:
    """Change the name and the hours a week of a teaching group.

    :raises Conflict: they were changed since ``version``.
    """
    with transaction():
        row = open_group(actor, EDIT, group_id)
        _hours(weekly_hours)
        before, after = change(row, {"name": name.strip(), "weekly_hours": weekly_hours}, version)
        if after:
            noted(actor, "core.group_changed", f"group:{row.id}", before, after)
    return row


def archive_group(actor: Actor, group_id: int) -> TeachingGroup:
    """Put a group away: no new lessons are planned for it, its journal stays."""
    return _put_group(actor, group_id, archived=True)


def restore_group(actor: Actor, group_id: int) -> TeachingGroup:
    """Bring a group back from the archive."""
    return _put_group(actor, group_id, archived=False)


def _put_group(actor: Actor, group_id: int, *, archived: bool) -> TeachingGroup:
    with transaction():
        row = open_group(actor, EDIT, group_id)
        if row.archived != archived:
            row.archived = archived
            row.save(only=[TeachingGroup.archived])
            noted(
                actor,
                "core.group_archived" if archived else "core.group_restored",
                f"group:{row.id}",
            )
    return row


def assign_group_teacher(
    actor: Actor, group_id: int, teacher_id: int, since: dt.date, *, replace: bool = True
) -> GroupTeacher:
    """Let somebody teach a group from a date; with ``replace`` those before end there."""
    with transaction():
        row = open_group(actor, TEACH, group_id)
        within(row.year, "since", since)
        teacher = staff_member("teacher", teacher_id)
        if teacher is None:
            raise wrong("teacher", _("Choose a member of staff of the list."))
        mine = list(GroupTeacher.select().where(GroupTeacher.group == row.id))
        found: GroupTeacher = take_over(
            actor, GroupTeacher, mine, teacher, since, replace, {"group": row},
            "core.group_teacher_assigned", f"group:{row.id}",
        )  # fmt: skip
    return found


def end_group_teacher(actor: Actor, link_id: int, until: dt.date) -> int:
    """End a teacher's work with a group: ``until`` is the first day without it."""
    access.require_any(actor, TEACH)
    with transaction():
        link = GroupTeacher.get_or_none(GroupTeacher.id == link_id)
        if link is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        row = open_group(actor, TEACH, link.group_id)
        end_duty(actor, link, until, "core.group_teacher_ended", f"group:{row.id}")
    return int(row.id)
