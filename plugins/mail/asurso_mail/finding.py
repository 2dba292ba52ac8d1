"""The mail's part of the search at the top of every page: one's own letters."""

from __future__ import annotations

from flask import url_for

from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.search import Hit
from asurso_mail import queries


def hits(actor: Actor, text: str, limit: int) -> list[Hit]:
    """Own letters that hold all words of the text, on the side one looks from; newest first."""
    return [
        Hit(
            title=one.subject or _("(no subject)"),
            url=url_for("mail.letter", copy_id=one.id),
            kind=_("letter"),
            rank=-float(place),
            excerpt=f"{one.who}: {one.excerpt}",
        )
        for place, one in enumerate(queries.search(actor, text, limit).lines)
    ]
