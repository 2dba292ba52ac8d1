"""The forum in the menu and on the start page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.actors import Actor
from asurso_core.dashboard import Widget
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import PICTURES
from asurso_core.navigation import NavItem
from asurso_forum import permissions, queries

NAVIGATION = [
    NavItem(
        name="forum", label=_l("Forum"), endpoint="forum.index", section="people", order=60,
        icon="forum",
    )
]  # fmt: skip


def _new(actor: Actor) -> Mapping[str, Any] | None:
    topics = queries.fresh(actor)
    return {"topics": topics} if topics else None


FILE_KINDS = [
    FileKind(
        name="forum.image",
        title=_l("Pictures of the forum"),
        types=PICTURES,
        max_bytes=5 * 1024 * 1024,
        quota_bytes=50 * 1024 * 1024,
        may_read=queries.may_read_picture,
    )
]

WIDGETS = [
    Widget(
        name="forum.new",
        title=_l("New in the forum"),
        template="forum/widget.html",
        prepare=_new,
        requires=permissions.VIEW,
        order=60,
    )
]
