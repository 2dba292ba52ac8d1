"""The blueprint that the pages of the forum share, and what they all do."""

from __future__ import annotations

from flask import Blueprint, Response

from asurso_core import web

forum = Blueprint("forum", __name__)


def to_message(topic_id: int, number: int) -> Response:
    """Redirect to a message on its page."""
    from asurso_forum import queries

    page = queries.page_of(number)
    return web.go(
        "forum.topic", topic_id=topic_id, page=page if page > 1 else None, _anchor=f"m{number}"
    )
