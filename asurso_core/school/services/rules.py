"""What every deed of the school asks first: an open year, a sane date, a row that is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import peewee as pw

from asurso_core import access, audit
from asurso_core.accounts.models import Person, User, UserRole
from asurso_core.actors import Actor
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.school.models import AcademicYear

SHORT = "d.MM.y"


def open_year_of(actor: Actor, permission: str, year: AcademicYear, see: str | None = None) -> None:
    """Raise unless the year takes writing and the actor holds the right.

    :raises Refused: the year is closed (whoever asks, R4.1.19b), or the right is missing.
    """
    del see
    access.require_any(actor, permission)
    state = AcademicYear.select(AcademicYear.state).where(AcademicYear.id == year.id).scalar()
    if state == "closed":
        raise Refused(
            _("The year %(title)s is closed: it can be read, but not changed.", title=year.title)
        )


def within(year: AcademicYear, field: str, *days: dt.date | None) -> None:
    """Raise :class:`Invalid` if a day lies outside the year; None is skipped."""
    for day in days:
        if day is not None and not year.starts <= day <= year.ends:
            raise wrong(
                field,
                _(
                    "The date must lie within the year: from %(starts)s to %(ends)s.",
                    starts=date_text(year.starts, SHORT),
                    ends=date_text(year.ends, SHORT),
                ),
            )


def wrong(field: str, message: str) -> Invalid:
    """The refusal of one field."""
    return Invalid(message, {field: [message]})


def needed(field: str, text: str | None) -> str:
    """Text that may not be empty."""
    if not text or not text.strip():
        raise wrong(field, _("Fill in this field."))
    return text.strip()


def staff_member(field: str, person_id: int | None) -> Person | None:
    """An active member of staff by id, or None for no id; raises :class:`Invalid`."""
    if person_id is None:
        return None
    from asurso_core.accounts.models import Role

    found: Person | None = (
        Person.select(Person)
        .join(User, on=(User.person == Person.id))
        .join(UserRole, on=(UserRole.user == User.id))
        .join(Role, on=(Role.id == UserRole.role))
        .where(Person.id == person_id, Person.archived_at.is_null(), Role.side == "staff")
        .first()
    )
    if found is None:
        raise wrong(field, _("Choose a member of staff of the list."))
    return found


def plain(row: pw.Model, names: Mapping[str, Any] | tuple[str, ...]) -> dict[str, Any]:
    """Values of a row for the audit: ids for references, ISO text for dates."""
    data = row.__data__
    return {
        name: value.isoformat() if isinstance(value := data.get(name), dt.date) else value
        for name in names
    }


def apply(row: pw.Model, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set the values that differ; returns ``(before, after)`` of those only."""
    before = plain(row, tuple(values))
    for name, value in values.items():
        setattr(row, name, value)
    after = plain(row, tuple(values))
    changed = [name for name in values if before[name] != after[name]]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}


def change(
    row: Any, values: Mapping[str, Any], expected: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set and write the values that differ; returns ``(before, after)`` of those only.

    Where nothing differs nothing is written, and the version stays.

    :raises Conflict: the row was changed since the version that the writer saw.
    """
    before, after = apply(row, values)
    if after or expected != row.version:
        save_version(row, expected, tuple(values))
    return before, after


def save_version(
    row: Any,
    expected: int,
    names: tuple[str, ...],
    more: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Write a versioned row if it still has the expected version, and count the version up.

    :param more: asked after a conflict for what else stands there now, apart from the row.
    :raises Conflict: somebody else changed it meanwhile; ``other`` holds their values.
    """
    model = type(row)
    fields = {getattr(model, name): row.__data__[name] for name in names}
    fields[model.version] = expected + 1
    written = model.update(fields).where(model.id == row.id, model.version == expected).execute()
    if not written:
        theirs = model.get_or_none(model.id == row.id)
        if theirs is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        raise Conflict(
            _("Somebody else changed this while you were editing. Compare and save again."),
            other={**plain(theirs, names), **more()},
            version=theirs.version,
        )
    row.version = expected + 1


def noted(
    actor: Actor, kind: str, target: str, before: Any = None, after: Any = None, **more: Any
) -> None:
    """Record a deed of the school; the target becomes ``core.<thing>:<id>``."""
    audit.record(actor, kind, f"core.{target}", before=before, after=after, **more)
