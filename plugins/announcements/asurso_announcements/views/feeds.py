"""The feed: its page, where it is made and revoked, and the feed itself."""

from __future__ import annotations

import hashlib

from flask import Response, flash, make_response, url_for

from asurso_announcements import atom, queries, services
from asurso_announcements.views.blueprint import pages
from asurso_core import access, web
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _


@pages.get("/feed")
@access.requires("announcements.view")
def feed() -> Response:
    """One's own feed: whether there is an address, how to get and how to revoke one."""
    return _page(None)


def _page(token: str | None) -> Response:
    address = url_for("announcements.read_feed", token=token, _external=True) if token else None
    found = queries.feed_of(web.actor())
    answer = web.render("announcements/feed.html", feed=found, address=address)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/feed")
@access.requires("announcements.view")
def make_feed() -> Response:
    """A new secret address; the answer is the only page that ever shows it."""
    return _page(services.make_feed(web.actor()))


@pages.post("/feed/revoke")
@access.requires("announcements.view")
def revoke_feed() -> Response:
    """The address stops working."""
    services.revoke_feed(web.actor())
    flash(_("The address of your feed does not work any more."), "success")
    return web.go("announcements.feed")


@pages.get("/feed/<token>")
@access.public
def read_feed(token: str) -> Response:
    """The feed of whoever has its secret address, as Atom (RFC 4287)."""
    try:
        reader = queries.reader_of_feed(token)
    except NotThere as refusal:
        # One answer for every token that opens nothing: nobody learns which of them ever did.
        return _secret(Response(f"{refusal.message}\n", 404, mimetype="text/plain"))
    body = atom.feed(
        queries.school_name(),
        queries.feed_entries(reader),
        home=url_for("announcements.index", _external=True),
        address=lambda id_: url_for("announcements.show", announcement_id=id_, _external=True),
    )
    tag = hashlib.sha256(body).hexdigest()[:32]
    answer = web.not_modified(tag)
    if answer is None:
        answer = make_response(body)
        answer.mimetype = "application/atom+xml"
        web.tagged(answer, tag)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _secret(answer: Response) -> Response:
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
