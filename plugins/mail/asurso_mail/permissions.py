"""Who uses mail and how far (features.md 2.3, rows "Mail")."""

from __future__ import annotations

from typing import Any

from asurso_core.access import PERSONAL, SPAM, Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_mail.models import Report

USE = "mail.use"
FAMILIES = "mail.families"
BROADCAST = "mail.broadcast"
OUTSIDE = "mail.outside"
MODERATE = "mail.moderate"

_STAFF = (
    "admin", "director", "deputy", "teacher", "technical", "secretary", "hr", "medical",
    "psychologist",
)  # fmt: skip

PERMISSIONS: list[Any] = [
    Permission(
        name=USE,
        label=_l("Have a mailbox: read and write letters"),
        # Over oneself and nothing else: nobody, the administrator included, can be given the
        # letters of others.
        scopes=("own",),
        default=dict.fromkeys((*_STAFF, "pupil", "parent"), "own"),
    ),
    Permission(
        name=FAMILIES,
        label=_l("Write letters to pupils and parents, as staff"),
        scopes=("school", "own_class", "own_group"),
        default={
            **dict.fromkeys(
                ("admin", "director", "deputy", "secretary", "hr", "medical", "psychologist"),
                "school",
            ),
            "teacher": ("own_class", "own_group"),
        },
    ),
    Permission(
        name=BROADCAST,
        label=_l("Send a letter to groups: classes, parents, staff"),
        scopes=("school", "own_class", "own_group"),
        default={
            **dict.fromkeys(("admin", "director", "deputy", "medical", "psychologist"), "school"),
            "teacher": ("own_class", "own_group"),
        },
        risk=SPAM,
    ),
    Permission(
        name=OUTSIDE,
        label=_l("Send letters to outside e-mail addresses"),
        scopes=("own",),
        default=dict.fromkeys(
            ("admin", "director", "deputy", "teacher", "secretary", "hr", "medical",
             "psychologist"),
            "own",
        ),
        risk=SPAM,
    ),
    Permission(
        name=MODERATE,
        label=_l("Read letters that were reported, and decide"),
        default={"admin": "school", "psychologist": "school"},
        edits=True,
        risk=PERSONAL,
    ),
]  # fmt: skip

RESOURCES = [Resource(model=Report, anchors={})]
