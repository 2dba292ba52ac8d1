"""Who reads and who writes notes."""

from __future__ import annotations

from asurso_core.access import Permission, Resource
from asurso_core.i18n import lazy_gettext as _l

from asurso_@name@.models import Note

READ = "@name@.read"
WRITE = "@name@.write"

PERMISSIONS = [
    Permission(
        name=READ,
        label=_l("Read the notes of the staff"),
        default=dict.fromkeys(("admin", "director", "deputy", "teacher"), "school"),
    ),
    Permission(
        name=WRITE,
        label=_l("Write notes and take them away"),
        scopes=("school", "own"),
        default={"admin": "school", "deputy": "own", "teacher": "own"},
        edits=True,
    ),
]

RESOURCES = [
    # "own" over a note means: I wrote it.
    Resource(model=Note, anchors={"person": lambda ids: Note.author.in_(ids)}),
]
