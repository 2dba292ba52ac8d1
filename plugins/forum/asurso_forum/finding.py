"""The forum's part of the search at the top of every page."""

from __future__ import annotations

from flask import url_for

from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.search import Hit
from asurso_forum import queries


def hits(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Messages that hold all words of the text, within the reader's sections; newest first."""
    return [
        Hit(
            title=one.title,
            url=url_for("forum.message", message_id=one.id),
            kind=_("forum, %(section)s", section=one.section),
            rank=-float(place),
            excerpt=f"{one.author}: {one.excerpt}",
        )
        for place, one in enumerate(queries.search(actor, text, limit))
    ]
