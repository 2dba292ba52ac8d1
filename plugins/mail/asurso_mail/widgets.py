"""Mail in the menu, on the start page and among the kinds of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.actors import Actor
from asurso_core.dashboard import Widget
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_core.navigation import NavItem
from asurso_mail import permissions, queries

NAVIGATION = [
    NavItem(
        name="mail", label=_l("Mail"), endpoint="mail.index", section="people", order=20,
        icon="mail",
    )
]  # fmt: skip

FILE_KINDS = [
    FileKind(
        name=queries.FILE_KIND,
        title=_l("Files of letters"),
        types=(*PICTURES, *DOCUMENTS),
        max_bytes=20 * 1024 * 1024,
        # The school's own rule lies below this; see policy.
        quota_bytes=4096 * 1024 * 1024,
        may_read=queries.may_read_file,
    )
]


def _unread(actor: Actor) -> Mapping[str, Any] | None:
    lines = queries.fresh(actor)
    return {"lines": lines} if lines else None


WIDGETS = [
    Widget(
        name="mail.unread",
        title=_l("New letters"),
        template="mail/widget.html",
        prepare=_unread,
        requires=permissions.USE,
        order=20,
    )
]
