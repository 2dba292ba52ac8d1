"""Reading: the board, one announcement, who has read it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, request, url_for

from asurso_announcements import queries, services
from asurso_announcements.views.blueprint import pages
from asurso_core import access, web
from asurso_core.app import wants_json
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext


def _filter() -> queries.Filter:
    def text(name: str) -> str:
        return request.args.get(name, "").replace("\x00", "")[:100].strip()

    author = text("author")
    plain = author.isascii() and author.isdecimal() and len(author) < 10
    return queries.Filter(
        shelf=text("shelf") or "current", text=text("q"), key=text("key"),
        author=int(author) if plain else None, unread=bool(text("unread")),
    )  # fmt: skip


@pages.get("/")
@access.requires("announcements.view")
def index() -> Response:
    """The board, its archive, one's own announcements or the trash."""
    found = queries.listing(web.actor(), _filter(), web.page_number())
    wanted = found.filter
    chosen: dict[str, Any] = {
        "shelf": wanted.shelf, "q": wanted.text or None, "author": wanted.author,
        "key": wanted.key or None, "unread": "1" if wanted.unread else None,
    }  # fmt: skip
    return web.render(
        "announcements/index.html", found=found, words=queries.SHELVES,
        at=lambda page: url_for("announcements.index", **chosen, page=page),
    )  # fmt: skip


@pages.get("/<int:announcement_id>")
@access.requires("announcements.view")
def show(announcement_id: int) -> Response:
    """One announcement."""
    return web.render("announcements/show.html", page=queries.page(web.actor(), announcement_id))


@pages.post("/<int:announcement_id>/read")
@access.requires("announcements.view")
def read(announcement_id: int) -> Response:
    """It was read: told by the page's script when it was seen, or by its button."""
    services.mark_read(web.actor(), announcement_id)
    if wants_json():
        return jsonify(ok=True)
    return web.back("announcements.show", announcement_id=announcement_id)


@pages.post("/read")
@access.requires("announcements.view")
def read_all() -> Response:
    """Everything on the board is read."""
    count = services.mark_all_read(web.actor())
    flash(
        ngettext(
            "%(num)s announcement is marked as read", "%(num)s announcements are marked as read",
            count,
        )
    )  # fmt: skip
    return web.go("announcements.index")


@pages.post("/<int:announcement_id>/acknowledge")
@access.requires("announcements.view")
def acknowledge(announcement_id: int) -> Response:
    """The reader knows what is written."""
    services.acknowledge(web.actor(), announcement_id)
    flash(_("Thank you: it is noted that you know."), "success")
    return web.back("announcements.show", announcement_id=announcement_id)


@pages.get("/<int:announcement_id>/readers")
@access.requires("announcements.write")
def readers(announcement_id: int) -> Response:
    """Who has read it and who has not, by class."""
    wanted = "missing" if request.args.get("who") == "missing" else "all"
    circle = queries.circle(web.actor(), announcement_id, wanted)
    return web.render(
        "announcements/readers.html", circle=circle, wanted=wanted,
        may_remind=queries.is_on_board(circle.row),
    )  # fmt: skip


@pages.post("/<int:announcement_id>/remind")
@access.requires("announcements.write")
def remind(announcement_id: int) -> Response:
    """Tell those again who have not read it."""
    count = services.remind(web.actor(), announcement_id)
    flash(ngettext("%(num)s person is reminded.", "%(num)s people are reminded.", count), "success")
    return web.go("announcements.readers", announcement_id=announcement_id)
