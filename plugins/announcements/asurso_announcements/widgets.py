"""The board in the menu and on the start page, and the files that hang on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_announcements import permissions, queries
from asurso_announcements.services.writing import FILE
from asurso_core.actors import Actor
from asurso_core.dashboard import Widget
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_core.navigation import NavItem

NAVIGATION = [
    NavItem(
        name="announcements", label=_l("Announcements"), endpoint="announcements.index",
        section="main", order=20, icon="megaphone",
    )
]  # fmt: skip


def _unread(actor: Actor) -> Mapping[str, Any] | None:
    found = queries.unread(actor, 5)
    return {"found": found} if found else None


WIDGETS = [
    Widget(
        name="announcements.unread",
        title=_l("New announcements"),
        template="announcements/widget.html",
        prepare=_unread,
        requires=permissions.VIEW,
        order=15,
    )
]

FILE_KINDS = [
    FileKind(
        name=FILE,
        title=_l("Files of announcements"),
        types=(*PICTURES, *DOCUMENTS),
        max_bytes=10 * 1024 * 1024,
        quota_bytes=200 * 1024 * 1024,
        may_read=queries.may_read_file,
    )
]
