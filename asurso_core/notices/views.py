"""The notice centre, one's own choices, the school's rules and the journal of deliveries."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, flash, make_response, redirect, request
from werkzeug.exceptions import HTTPException

from asurso_core import access, web
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.navigation import NavItem
from asurso_core.notices import choosing, queries, services
from asurso_core.notices.kinds import INSIDE, channels

notices = Blueprint("core_notices", __name__)


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


@notices.get("/notices")
@access.signed_in
def centre() -> Response:
    """What the school tells the reader, newest first."""
    kind = request.args.get("kind", "").replace("\x00", "")  # PostgreSQL takes no NUL
    unread = request.args.get("unread") == "1"
    found = queries.centre(web.actor(), kind=kind, unread=unread, before=_before())
    return web.render("core/notices/centre.html", found=found, kind=kind, only_unread=unread)


@notices.post("/notices/<int:notice_id>/read")
@access.signed_in
def read(notice_id: int) -> Response:
    """Mark a notice as read and open its page."""
    url = services.read(web.actor(), notice_id)
    if not _leads(url):
        return web.go("core_notices.centre")
    return make_response(redirect(request.script_root + url, code=303))


def _leads(url: str) -> bool:
    """Whether a path of this site leads to a page whose plugin is switched on."""
    if not url or not web.is_local(url):
        return False
    try:
        endpoint, _values = current_app.url_map.bind("").match(url.partition("?")[0])
    except HTTPException:
        return False
    return web.has(endpoint)


@notices.post("/notices/read")
@access.signed_in
def read_all() -> Response:
    """Mark everything as read."""
    number = services.read_all(web.actor())
    flash(ngettext("%(num)s notice is read.", "%(num)s notices are read.", number), "success")
    return web.go("core_notices.centre")


@notices.get("/settings/notices")
@access.signed_in
def own() -> Response:
    """How the reader wants to be told."""
    return _own_page()


def _own_page(status: int = 200, trouble: str = "") -> Response:
    who = web.actor()
    return web.render(
        "core/notices/own.html", status, found=queries.own(who), inside=INSIDE, trouble=trouble,
        sent=queries.sent(who, mine=True)[:20], states=queries.STATES, has=web.has,
    )  # fmt: skip


@notices.post("/settings/notices")
@access.signed_in
def choose() -> Response:
    """Keep the choices, the quiet hours and the consents."""
    who = web.actor()
    wanted = {
        name.removeprefix("r:"): value
        for name, value in request.form.items()
        if name.startswith("r:")
    }
    try:
        services.choose(who, wanted)
        services.keep_quiet(who, request.form.get("begins", ""), request.form.get("ends", ""))
        for name, channel in channels().items():
            if channel.asks_consent and f"shown:{name}" in request.form:
                services.agree(who, name, f"agree:{name}" in request.form)
    except Invalid as refusal:
        return _own_page(422, refusal.message)
    flash(_("Saved."), "success")
    return web.go("core_notices.own")


@notices.get("/admin/notices")
@access.requires(queries.EDIT)
def rules() -> Response:
    """Of what people are told unless they choose otherwise."""
    return _rules_page()


def _rules_page(status: int = 200, trouble: str = "") -> Response:
    return web.render(
        "core/notices/rules.html", status, lines=queries.matrix(web.actor()), inside=INSIDE,
        channels=channels(), quiet=choosing.quiet_hours(), trouble=trouble,
    )  # fmt: skip


@notices.post("/admin/notices")
@access.requires(queries.EDIT)
def set_rules() -> Response:
    """Keep the school's rules."""
    wanted = {
        name.removeprefix("r:"): value
        for name, value in request.form.items()
        if name.startswith("r:")
    }
    form = request.form
    try:
        services.set_rules(web.actor(), wanted, form.get("begins", ""), form.get("ends", ""))
    except Invalid as refusal:
        return _rules_page(422, refusal.message)
    flash(_("Saved."), "success")
    return web.go("core_notices.rules")


@notices.get("/admin/notices/sent")
@access.requires(queries.VIEW)
def sent() -> Response:
    """What left, to whom, by which channel, and what became of it."""
    wanted = {
        name: request.args.get(name, "").replace("\x00", "")[:100]
        for name in ("channel", "state", "person")
    }
    found = queries.sent(
        web.actor(), channel=wanted["channel"], state=wanted["state"], person=wanted["person"],
        before=_before(),
    )  # fmt: skip
    return web.render(
        "core/notices/sent.html", found=found[: queries.PAGE], more=len(found) > queries.PAGE,
        states=queries.STATES, wanted=wanted,
        ways=[(name, str(one.title)) for name, one in channels().items()],
    )  # fmt: skip


BLUEPRINTS: list[Any] = [notices]
NAVIGATION: list[Any] = [
    NavItem(name="core.notice_rules", label=_l("Notices to people"), endpoint="core_notices.rules",
            section="admin", icon="bell", order=55),
]  # fmt: skip
