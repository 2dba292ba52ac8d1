"""Who belongs where from when: classes and subgroups with dates (R4.1.5, features 3.9).

Every deed says "from this day on". History before the day stays as it is; a pupil is in one class
at a time and in at most one subgroup of a subject. The person's row is locked first, so that two
deeds about one pupil come one after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from asurso_core import plugins
from asurso_core.accounts.models import Person
from asurso_core.actors import Actor
from asurso_core.db import is_sqlite, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.hookspecs.announce import (
    asurso_group_changed,
    asurso_pupil_enrolled,
    asurso_pupil_left,
    asurso_pupil_moved,
)
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.school.models import (
    AcademicYear,
    ClassMember,
    GroupClass,
    GroupMember,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.school.queries import active, division_version, tuples_of
from asurso_core.school.services.classes import open_class
from asurso_core.school.services.groups import open_group
from asurso_core.school.services.rules import SHORT, noted, within, wrong

EDIT = "core.classes.edit"
_DAY = dt.timedelta(days=1)


def _lock(person_ids: Iterable[int]) -> dict[int, Person]:
    """The persons, locked against any other deed about them (SQLite has one writer anyway)."""
    query = Person.select().where(Person.id.in_(list(person_ids))).order_by(Person.id)
    return {row.id: row for row in (query if is_sqlite() else query.for_update())}


def _pupil(pupil: Person | int) -> Person:
    id_ = pupil if isinstance(pupil, int) else pupil.id
    found = _lock([id_]).get(id_)
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found


def _class_rows(pupil: Person) -> list[ClassMember]:
    return list(
        ClassMember.select(ClassMember, SchoolClass, AcademicYear)
        .join(SchoolClass)
        .join(AcademicYear)
        .where(ClassMember.pupil == pupil)
        .order_by(ClassMember.since)
    )


def _holds(row: Any, on: dt.date) -> bool:
    return bool(row.since <= on and (row.until is None or row.until > on))


def _end(row: Any, on: dt.date) -> None:
    """End a dated row at ``on``; a row that would hold on no day is taken away."""
    model = type(row)
    if row.since >= on:
        model.delete().where(model.id == row.id).execute()
    else:
        model.update(until=on).where(model.id == row.id).execute()


def _no_later(rows: Iterable[Any], on: dt.date) -> None:
    """Refuse to write before a change that is already known for a later day."""
    later = min((row.since for row in rows if row.since > on), default=None)
    if later is not None:
        raise wrong(
            "on",
            _(
                "There is a later change from %(date)s already. Choose that day or a later one.",
                date=date_text(later, SHORT),
            ),
        )


# --- classes -----------------------------------------------------------------------------------


def enrol_pupil(
    actor: Actor, pupil: Person | int, school_class: SchoolClass | int, on: dt.date
) -> ClassMember:
    """Take a pupil into a class from a date.

    :raises Invalid: the pupil is in a class on that day or later, or the day is outside the year.
    """
    with transaction():
        row = open_class(actor, EDIT, _id(school_class))
        who = _pupil(pupil)
        within(row.year, "on", on)
        if who.archived_at is not None:
            raise wrong("pupil", _("This person is in the archive."))
        mine = _class_rows(who)
        for one in mine:
            if one.school_class.year_id != row.year_id and one.until is None:
                # Still open from another year: it ends with that year, and no later.
                last = one.school_class.year.ends + _DAY
                if one.since < last <= on:
                    _end(one, last)
                    one.until = last
        here = next((one for one in mine if _holds(one, on)), None)
        if here is not None:
            raise wrong(
                "pupil",
                _(
                    "On this day the pupil is in %(title)s. Move the pupil instead.",
                    title=here.school_class.title,
                ),
            )
        _no_later((one for one in mine if one.school_class.year_id == row.year_id), on)
        # A class of the coming year is known already: this one ends where that one begins.
        until = min((one.since for one in mine if one.since > on), default=None)
        found: ClassMember = ClassMember.create(pupil=who, school_class=row, since=on, until=until)
        noted(
            actor, "core.pupil_enrolled", f"class:{row.id}",
            after={"class": row.id, "since": on.isoformat()}, person=who.id,
        )  # fmt: skip
        plugins.announce(asurso_pupil_enrolled, pupil=who, school_class=row, on=on, actor=actor)
    return found


def move_pupil(
    actor: Actor,
    pupil: Person | int,
    new_class: SchoolClass | int,
    on: dt.date,
    groups: Iterable[TeachingGroup | int] | None = None,
) -> ClassMember:
    """Move a pupil to another class of the same year from a date.

    The subgroups of the old class end on that day; ``groups`` are the subgroups to join. Marks
    stay with the pupil.

    :raises Invalid: the pupil is in no class on that day, or something is known for a later one.
    """
    with transaction():
        row = open_class(actor, EDIT, _id(new_class))
        who = _pupil(pupil)
        within(row.year, "on", on)
        mine = [one for one in _class_rows(who) if one.school_class.year_id == row.year_id]
        here = next((one for one in mine if _holds(one, on)), None)
        if here is None:
            raise wrong("on", _("On this day the pupil is in no class of this year."))
        old = here.school_class
        open_class(actor, EDIT, old.id)
        if old.id == row.id:
            raise wrong("school_class", _("The pupil is in this class already."))
        _no_later(mine, on)
        _end(here, on)
        # A departure that is known already stays known.
        found: ClassMember = ClassMember.create(
            pupil=who, school_class=row, since=on, until=here.until
        )
        dropped = _leave_groups(actor, who, on, row.year_id, keep_class=row.id)
        noted(
            actor, "core.pupil_moved", f"class:{row.id}",
            before={"class": old.id, "groups": dropped},
            after={"class": row.id, "since": on.isoformat()}, person=who.id,
        )  # fmt: skip
        for group in groups or ():
            move_to_subgroup(actor, who, group, on)
        plugins.announce(
            asurso_pupil_moved, pupil=who, old_class=old, new_class=row, on=on, actor=actor
        )
    return found


def leave_pupil(actor: Actor, pupil: Person | int, on: dt.date, reason: str = "") -> None:
    """A pupil leaves the school: ``on`` is the first day without them.

    :raises Invalid: the pupil is in no class on the day before, or something is known for later.
    """
    with transaction():
        who = _pupil(pupil)
        mine = _class_rows(who)
        # The first day without the class may be the day after the year's end.
        here = next((one for one in mine if _holds(one, on)), None)
        if here is None:
            raise wrong("on", _("On this day the pupil is in no class."))
        row = open_class(actor, EDIT, here.school_class_id)
        if not row.year.starts <= on <= row.year.ends + _DAY:
            within(row.year, "on", on)
        _no_later(mine, on)
        _end(here, on)
        dropped = _leave_groups(actor, who, on, row.year_id, keep_class=None)
        noted(
            actor, "core.pupil_left", f"class:{row.id}",
            before={"class": row.id, "groups": dropped}, after={"until": on.isoformat()},
            person=who.id, reason=reason[:255] or None,
        )  # fmt: skip
        plugins.announce(asurso_pupil_left, pupil=who, on=on, reason=reason, actor=actor)


def _leave_groups(
    actor: Actor, pupil: Person, on: dt.date, year_id: int, keep_class: int | None
) -> list[dict[str, Any]]:
    """End all listed memberships of a year from a day on, but those of groups of a kept class."""
    query = (
        GroupMember.select(GroupMember, TeachingGroup)
        .join(TeachingGroup)
        .where(
            GroupMember.pupil == pupil,
            TeachingGroup.year == year_id,
            GroupMember.until.is_null() | (GroupMember.until > on),
        )
    )
    if keep_class is not None:
        kept = GroupClass.select(GroupClass.group).where(GroupClass.school_class == keep_class)
        query = query.where(GroupMember.group.not_in(kept))
    dropped = []
    for row in query:
        dropped.append({"group": row.group_id, "since": row.since.isoformat()})
        _end(row, on)
        _tell(actor, row.group, [], [pupil.id], on)
    return dropped


def _id(row: Any) -> int:
    return int(row if isinstance(row, int) else row.id)


def _tell(
    actor: Actor, group: TeachingGroup, added: list[int], removed: list[int], on: dt.date
) -> None:
    if added or removed:
        plugins.announce(
            asurso_group_changed, group=group, added=added, removed=removed, on=on, actor=actor
        )


# --- subgroups ---------------------------------------------------------------------------------


def move_to_subgroup(
    actor: Actor, pupil: Person | int, group: TeachingGroup | int, on: dt.date
) -> None:
    """Put a pupil into a subgroup from a date; the sibling subgroup ends on that day."""
    with transaction():
        row = open_group(actor, EDIT, _id(group))
        _arrange(actor, row.year_id, row.subject_id, {_id(pupil): row.id}, on)


def leave_subgroup(
    actor: Actor, pupil: Person | int, group: TeachingGroup | int, on: dt.date
) -> None:
    """Take a pupil out of the subgroups of a subject: ``on`` is the first day without them."""
    with transaction():
        row = open_group(actor, EDIT, _id(group))
        _arrange(actor, row.year_id, row.subject_id, {_id(pupil): None}, on)


def set_group_members(
    actor: Actor, group: TeachingGroup | int, pupils: Iterable[Person | int], on: dt.date
) -> None:
    """Say who exactly is in a subgroup from a date; newcomers leave its siblings."""
    with transaction():
        row = open_group(actor, EDIT, _id(group))
        wanted = {_id(pupil) for pupil in pupils}
        listed = GroupMember.select(GroupMember.pupil).where(
            GroupMember.group == row, active(GroupMember, on)
        )
        now = {pupil for (pupil,) in tuples_of(listed)}
        choice: dict[int, int | None] = dict.fromkeys(wanted, row.id)
        choice.update(dict.fromkeys(now - wanted, None))
        _arrange(actor, row.year_id, row.subject_id, choice, on)


def arrange_division(
    actor: Actor,
    school_class: SchoolClass | int,
    subject_id: int,
    choice: Mapping[int, int | None],
    on: dt.date,
    *,
    version: int | None = None,
) -> int:
    """Put pupils of a class into the subgroups of a subject from a date: ``{pupil: group}``.

    None takes a pupil out of all of them. Returns how many pupils changed their place. ``version``
    is the :func:`asurso_core.school.queries.division_version` that the writer saw.

    :raises Conflict: somebody else has arranged these subgroups meanwhile.
    :raises Invalid: a pupil is not of the class on that day, or a group is not of this division.
    """
    with transaction():
        row = open_class(actor, EDIT, _id(school_class))
        listed = ClassMember.select(ClassMember.pupil).where(
            ClassMember.school_class == row, active(ClassMember, on)
        )
        mine = {pupil for (pupil,) in tuples_of(listed)}
        if not set(choice) <= mine:
            raise Invalid(_("Not all of these pupils are in the class on this day."))
        divided = (
            TeachingGroup.select(TeachingGroup.id, TeachingGroup.archived, TeachingGroup.version)
            .join(GroupClass, on=(GroupClass.group == TeachingGroup.id))
            .where(
                GroupClass.school_class == row,
                TeachingGroup.subject == subject_id,
                TeachingGroup.part > 0,
            )
            .order_by(TeachingGroup.id)
        )
        if not is_sqlite():
            divided = divided.for_update(of=TeachingGroup)
        groups = {group.id: group for group in divided}
        if not {group for group in choice.values() if group is not None} <= set(groups):
            raise Invalid(_("Choose one of the subgroups of this class."))
        present = division_version(one for one in groups.values() if not one.archived)
        if version is not None and version != present:
            raise Conflict(
                _("Somebody else changed this while you were editing. Compare and save again."),
                other={},
                version=present,
            )
        return _arrange(actor, row.year_id, subject_id, choice, on)


def _arrange(
    actor: Actor,
    year_id: int,
    subject_id: int,
    choice: Mapping[int, int | None],
    on: dt.date,
) -> int:
    """The one place where listed memberships change: at most one subgroup of a subject a pupil."""
    year = AcademicYear.get_by_id(year_id)
    within(year, "on", on)
    people = _lock(choice)
    if len(people) != len(choice):
        raise NotThere(_("There is no such page, or it is not open to you."))
    siblings = {
        group.id: group
        for group in TeachingGroup.select(TeachingGroup, Subject)
        .join(Subject)
        .where(
            TeachingGroup.year == year_id,
            TeachingGroup.subject == subject_id,
            TeachingGroup.part > 0,
        )
    }
    for group_id in {group for group in choice.values() if group is not None}:
        if group_id not in siblings:
            raise wrong("group", _("A whole class has no list of its own: move the class."))
        if siblings[group_id].archived:
            raise Refused(_("This group is in the archive."))
    held: dict[int, list[GroupMember]] = {id_: [] for id_ in choice}
    for member in GroupMember.select().where(
        GroupMember.pupil.in_(list(choice)), GroupMember.group.in_(list(siblings))
    ):
        held[member.pupil_id].append(member)
    until = _of_their_classes(choice, on)
    added: dict[int, list[int]] = {}
    removed: dict[int, list[int]] = {}
    for pupil_id, wanted in sorted(choice.items()):
        here = [member for member in held[pupil_id] if _holds(member, on)]
        if [member.group_id for member in here] == ([] if wanted is None else [wanted]):
            continue
        _no_later(held[pupil_id], on)
        for member in here:
            if member.group_id != wanted:
                removed.setdefault(member.group_id, []).append(pupil_id)
                _end(member, on)
        if wanted is not None and wanted not in {member.group_id for member in here}:
            ends = [until[pupil_id, wanted], *(member.until for member in here)]
            GroupMember.create(
                pupil=pupil_id,
                group=wanted,
                since=on,
                until=min((end for end in ends if end is not None), default=None),
            )
            added.setdefault(wanted, []).append(pupil_id)
        noted(
            actor, "core.subgroup_changed", f"subject:{subject_id}",
            before={"groups": [member.group_id for member in here]},
            after={"group": wanted, "since": on.isoformat()}, person=pupil_id,
        )  # fmt: skip
    TeachingGroup.update(version=TeachingGroup.version + 1).where(
        TeachingGroup.id.in_([*added, *removed])
    ).execute()
    for group_id in sorted({*added, *removed}):
        _tell(actor, siblings[group_id], added.get(group_id, []), removed.get(group_id, []), on)
    return len({pupil for ids in (*added.values(), *removed.values()) for pupil in ids})


def _of_their_classes(
    choice: Mapping[int, int | None], on: dt.date
) -> dict[tuple[int, int], dt.date | None]:
    """``{(pupil, group): end}`` of the class memberships that entitle pupils to their subgroups.

    Refuses a subgroup that draws nobody from the class in which the pupil is on that day.
    """
    wanted = {group for group in choice.values() if group is not None}
    entitled = (
        ClassMember.select(ClassMember.pupil, GroupClass.group, ClassMember.until)
        .join(GroupClass, on=(GroupClass.school_class == ClassMember.school_class))
        .where(
            ClassMember.pupil.in_([id_ for id_, group in choice.items() if group is not None]),
            GroupClass.group.in_(list(wanted)),
            active(ClassMember, on),
        )
    )
    fit = {(pupil, group): until for pupil, group, until in tuples_of(entitled)}
    for pupil_id, group_id in choice.items():
        if group_id is not None and (pupil_id, group_id) not in fit:
            raise wrong("pupil", _("On this day the pupil is not in a class of this group."))
    return fit
