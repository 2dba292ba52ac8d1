"""The card of the school, subjects and rooms (R4.1.3, R4.1.5, R4.1.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.db import folded, transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import Room, School, Subject
from asurso_core.school.services.rules import (
    change,
    needed,
    noted,
    staff_member,
    wrong,
)
from asurso_core.text import fold

CARD = (
    "name", "short_name", "address", "phone", "email", "website", "director", "founder", "zone",
)  # fmt: skip
ROOM = ("name", "building", "capacity", "kind", "responsible")


def update_school(actor: Actor, values: Mapping[str, Any], version: int) -> School:
    """Change the card of the school; ``values`` holds some of :data:`CARD`.

    :raises Conflict: the card was changed since ``version``.
    """
    access.require_any(actor, "core.school.edit")
    with transaction():
        row: School | None = School.select().first()
        if row is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        values = {name: values[name] for name in CARD if name in values}
        for name in ("name", "short_name"):
            if name in values:
                needed(name, values[name])
        if "zone" in values and values["zone"] not in available_timezones():
            raise wrong("zone", _("Choose one of the list."))
        before, after = change(row, values, version)
        if after:
            noted(actor, "core.school_changed", f"school:{row.id}", before, after)
    return row


# --- subjects ----------------------------------------------------------------------------------


def _subject(actor: Actor, id_: int) -> Subject:
    access.require_any(actor, "core.subjects.edit")
    found: Subject = access.find(actor, "core.subjects.edit", Subject, id_)
    return found


def _free_subject_name(name: str, but: int = 0) -> None:
    other = Subject.select().where(folded(Subject.name) == fold(name), Subject.id != but).first()
    if other is not None:
        raise wrong(
            "name",
            _("There is such a subject in the archive. Bring it back from there.")
            if other.archived
            else _("There is such a subject already."),
        )


def create_subject(
    actor: Actor, *, name: str, short_name: str = "", area: str | None = None
) -> Subject:
    """Add a subject; its short name is the long one cut if none is given."""
    access.require_any(actor, "core.subjects.edit")
    with transaction():
        name = needed("name", name)
        _free_subject_name(name)
        row: Subject = Subject.create(
            name=name, short_name=(short_name or name)[:30].strip(), area=area or None
        )
        noted(actor, "core.subject_created", f"subject:{row.id}", after={"name": name})
    return row


def edit_subject(
    actor: Actor, id_: int, *, name: str, short_name: str, area: str | None, version: int
) -> Subject:
    """Rename a subject; journals of all years show the new name.

    :raises Conflict: it was changed since ``version``.
    """
    with transaction():
        row = _subject(actor, id_)
        name = needed("name", name)
        _free_subject_name(name, row.id)
        before, after = change(
            row,
            {"name": name, "short_name": (short_name or name)[:30].strip(), "area": area or None},
            version,
        )
        if after:
            noted(actor, "core.subject_changed", f"subject:{row.id}", before, after)
    return row


def archive_subject(actor: Actor, id_: int) -> Subject:
    """Put a subject away: it is no longer offered, everything taught in it stays."""
    return _put_subject(actor, id_, archived=True)


def restore_subject(actor: Actor, id_: int) -> Subject:
    """Bring a subject back from the archive."""
    return _put_subject(actor, id_, archived=False)


def _put_subject(actor: Actor, id_: int, *, archived: bool) -> Subject:
    with transaction():
        row = _subject(actor, id_)
        if row.archived != archived:
            row.archived = archived
            row.save(only=[Subject.archived])
            deed = "core.subject_archived" if archived else "core.subject_restored"
            noted(actor, deed, f"subject:{row.id}", after={"name": row.name})
    return row


# --- rooms -------------------------------------------------------------------------------------


def _room(actor: Actor, id_: int) -> Room:
    access.require_any(actor, "core.rooms.edit")
    found: Room = access.find(actor, "core.rooms.edit", Room, id_)
    return found


def _room_values(values: Mapping[str, Any], but: int = 0) -> dict[str, Any]:
    name = needed("name", values.get("name"))
    building = (values.get("building") or "").strip()
    capacity = values.get("capacity")
    if capacity is not None and not 0 < capacity <= 2000:
        raise wrong("capacity", _("The number of places lies between 1 and 2000."))
    staff_member("responsible", values.get("responsible"))
    if Room.select().where(Room.building == building, Room.name == name, Room.id != but).exists():
        raise wrong("name", _("There is such a room in this building already."))
    return {
        "name": name,
        "building": building,
        "capacity": capacity,
        "kind": values.get("kind") or None,
        "responsible": values.get("responsible"),
    }


def create_room(actor: Actor, values: Mapping[str, Any]) -> Room:
    """Add a room; ``values`` holds some of :data:`ROOM`, ``responsible`` is a person's id."""
    access.require_any(actor, "core.rooms.edit")
    with transaction():
        data = _room_values(values)
        row: Room = Room.create(**data)
        noted(actor, "core.room_created", f"room:{row.id}", after=data)
    return row


def edit_room(actor: Actor, id_: int, values: Mapping[str, Any], version: int) -> Room:
    """Change a room.

    :raises Conflict: it was changed since ``version``.
    """
    with transaction():
        row = _room(actor, id_)
        before, after = change(row, _room_values(values, row.id), version)
        if after:
            noted(actor, "core.room_changed", f"room:{row.id}", before, after)
    return row


def archive_room(actor: Actor, id_: int) -> Room:
    """Put a room away: it is no longer offered, the lessons held in it keep it."""
    return _put_room(actor, id_, archived=True)


def restore_room(actor: Actor, id_: int) -> Room:
    """Bring a room back from the archive."""
    return _put_room(actor, id_, archived=False)


def _put_room(actor: Actor, id_: int, *, archived: bool) -> Room:
    with transaction():
        row = _room(actor, id_)
        if row.archived != archived:
            row.archived = archived
            row.save(only=[Room.archived])
            deed = "core.room_archived" if archived else "core.room_restored"
            noted(actor, deed, f"room:{row.id}", after={"name": row.name})
    return row
