"""Who reads, who writes to whom (features.md 2.3, rows "Announcements")."""

from __future__ import annotations

from typing import Any

from asurso_announcements.models import Announcement, Target
from asurso_core import audience
from asurso_core.access import SPAM, Permission, Resource, Scope
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l

VIEW = "announcements.view"
WRITE = "announcements.write"
EDIT_ALL = "announcements.edit_all"
PIN = "announcements.pin"

_READERS = (
    "deputy", "teacher", "technical", "secretary", "hr", "medical", "psychologist", "pupil",
    "parent",
)  # fmt: skip
_TO_ALL = ("admin", "director", "deputy", "medical", "psychologist")


def _addressed(actor: Actor) -> Any:
    """A query of the announcements that are meant for the actor today, on the actor's side.

    Its keys are those of this moment, so ask by ``access.condition`` or ``access.visible``, which
    make it anew each time; ``access.can`` and ``access.find`` may remember it for a day, while a
    pupil changes classes.
    """
    return Target.select(Target.announcement).where(Target.key.in_(sorted(audience.keys_of(actor))))


SCOPES = [
    Scope(
        name="announcements_for_me",
        label=_l("announcements that are meant for one"),
        anchor="announcement",
        ids=_addressed,
    )
]

PERMISSIONS: list[Any] = [
    Permission(
        name=VIEW,
        label=_l("Read announcements"),
        scopes=("school", "announcements_for_me"),
        default={
            "admin": "school",
            "director": "school",
            **dict.fromkeys(_READERS, "announcements_for_me"),
        },
    ),
    Permission(
        name=WRITE,
        label=_l("Publish announcements"),
        # Over whom one may speak: audience.check asks this very permission.
        scopes=("school", "own_class", "own_group"),
        default={**dict.fromkeys(_TO_ALL, "school"), "teacher": ("own_class", "own_group")},
        edits=True,
        risk=SPAM,
    ),
    Permission(
        name=EDIT_ALL,
        label=_l("Change and delete announcements of others, see who has read them"),
        default={"admin": "school"},
        edits=True,
    ),
    Permission(
        name=PIN,
        label=_l("Pin announcements to the top of the board"),
        default={"admin": "school", "director": "school", "deputy": "school"},
        edits=True,
    ),
]

RESOURCES = [
    Resource(
        model=Announcement,
        anchors={"announcement": lambda ids: Announcement.id.in_(ids)},
    )
]
