"""The board's part of the search at the top of every page."""

from __future__ import annotations

from flask import url_for

from asurso_announcements import queries
from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.search import Hit


def hits(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Announcements that hold all words of the text; what is on the board first, newest first."""
    return [
        Hit(
            title=one.title,
            url=url_for("announcements.show", announcement_id=one.id),
            kind=_("announcement in the archive") if one.state == "ended" else _("announcement"),
            rank=-float(place),
            excerpt=f"{one.author}: {one.excerpt}",
        )
        for place, one in enumerate(queries.search(actor, text, limit))
    ]
