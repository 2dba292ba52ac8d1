"""What views of kernel and plugins share: the actor, rendering, freshness, pages of lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import peewee as pw
from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie

from asurso_core import clock, plugins, revisions
from asurso_core.actors import Actor
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _

PAGE_SIZE = 50


def actor() -> Actor:
    """Who is signed in; only for views whose door lets nobody else in."""
    found: Actor = g.actor
    return found


def render(template: str, status: int = 200, **context: Any) -> Response:
    """A page from a template, as a response."""
    response = make_response(render_template(template, **context))
    response.status_code = status
    return response


def go(endpoint: str, **values: Any) -> Response:
    """Redirect to an endpoint with 303, as after every successful POST."""
    answer = redirect(url_for(endpoint, **values), code=303)
    return make_response(answer)


def back(default: str, **values: Any) -> Response:
    """Redirect to the local address in ``next``, or to an endpoint; never to another site (T23)."""
    wanted = request.values.get("next", "")
    return make_response(
        redirect(wanted if is_local(wanted) else url_for(default, **values), code=303)
    )


def has(endpoint: str) -> bool:
    """Whether there is such a page now: installed, and its plugin switched on.

    For links to pages of a plugin that this one does not need.
    """
    if endpoint not in current_app.view_functions:
        return False
    owner = current_app.extensions["asurso_owner"].get(endpoint.split(".", maxsplit=1)[0], "core")
    return plugins.current().is_enabled(owner)


def is_local(url: str) -> bool:
    """Whether an address is a plain path of this site."""
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        return False
    if any(ord(sign) < 32 or sign == "\\" for sign in url):
        return False
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc


def etag(*topics: str, more: str = "") -> str:
    """A tag of a page made of these revision topics (see :mod:`asurso_core.revisions`).

    The reader, their side and rights, the day, the theme and the program's version are always in
    it. ``school``, ``access``, ``settings`` and ``plugins`` are known without a query.
    """
    wanted = [topic for topic in topics if topic not in g.revisions]
    numbers = dict(g.revisions)
    if wanted:
        numbers.update(zip(wanted, revisions.of(*wanted), strict=True))
    who = actor()
    # Not the number of the session: SQLite gives that of an ended one again, and the next person at
    # the same computer would be shown the page that the browser still holds of the first.
    parts = (
        who.user_id, cookie.get("_user_id"), who.side, clock.today(),
        who.preferences.get("theme"), who.unread, request.full_path,
        current_app.extensions["asurso_version"], sorted(numbers.items()), more,
    )  # fmt: skip
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def not_modified(tag: str) -> Response | None:
    """A 304 answer if the browser already holds the page with this tag."""
    if tag in request.if_none_match:
        response = Response(status=304)
        _keep(response, tag)
        return response
    return None


def tagged(response: Response, tag: str) -> Response:
    """The response, allowed to wait in the reader's own browser and to be asked about again."""
    _keep(response, tag)
    return response


def _keep(response: Response, tag: str) -> None:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"


def page_number() -> int:
    """``?page=`` as a number from 1 to 10 000; nonsense is the first page."""
    text = request.args.get("page", "1")
    plain = text.isascii() and text.isdecimal() and len(text) < 7
    return min(int(text), 10_000) if plain and int(text) else 1


def paged(query: pw.ModelSelect[Any], size: int = PAGE_SIZE) -> tuple[list[Any], int, int]:
    """``(rows of this page, number of pages, number of all rows)`` for a list page."""
    total = query.count()
    pages = max(1, -(-total // size))
    number = min(page_number(), pages)
    return list(query.paginate(number, size)), pages, total


def integer(name: str, values: Mapping[str, str] | None = None) -> int:
    """A positive id from the query string; raises :class:`NotThere` for anything else."""
    text = (values if values is not None else request.args).get(name, "")
    if text.isascii() and text.isdecimal() and len(text) < 11 and 0 < int(text) < 2**31:
        return int(text)
    raise NotThere(_("There is no such page, or it is not open to you."))


def addresses(app: Flask, name: str) -> list[str]:
    """The rules under which a plugin's pages answer."""
    owners = app.extensions["asurso_owner"]
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if owners.get(rule.endpoint.split(".")[0], "core") == name
    )
