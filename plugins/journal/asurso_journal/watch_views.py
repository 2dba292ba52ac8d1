"""Unusual changes, and putting back what an account has changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, flash, request

from asurso_core import access, clock, web
from asurso_core.actors import new_operation
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_journal import services, watch_rows
from asurso_journal.views import journal


@journal.get("/unusual")
@access.requires("journal.alarm.view")
def unusual() -> Response:
    """Unusual changes of marks, with the way to put them back."""
    who = web.actor()
    return web.render(
        "journal/unusual.html", alarms=watch_rows.alarms(who), may=who.holds("journal.revert")
    )


def _moment(text: str, usual: dt.datetime) -> dt.datetime:
    """A moment of the school's clock as naive UTC."""
    try:
        found = dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2099:
        return usual
    local = found.replace(tzinfo=clock.zone()) if found.tzinfo is None else found
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def _asked(values: Any) -> tuple[int, dt.datetime, dt.datetime]:
    now = clock.stamp()
    since = _moment(values.get("since", ""), now - dt.timedelta(days=1))
    until = _moment(values.get("until", ""), now)
    text = values.get("user", "")
    user = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return user, since, max(since, until)


@journal.get("/revert")
@access.requires("journal.revert")
def revert() -> Response:
    """Choose an account and a span, and look at what would come back."""
    user, since, until = _asked(request.args)
    found = services.would_revert(web.actor(), user, since, until) if user else []
    return _page(user, since, until, found)


def _page(
    user: int, since: dt.datetime, until: dt.datetime, found: list[Any], status: int = 200
) -> Response:
    return web.render(
        "journal/revert.html", status, user=user, since=clock.local(since),
        until=clock.local(until), lines=watch_rows.told(found),
        accounts=watch_rows.accounts(since, until), op=new_operation(),
        count=sum(not one.by_others for one in found),
    )  # fmt: skip


@journal.post("/revert")
@access.requires("journal.revert")
def put_back() -> Response:
    """Put everything back in one act."""
    who = web.actor()
    user, since, until = _asked(request.form)
    operation = request.form.get("op", "")
    if not (operation.isascii() and operation.isalnum() and 16 <= len(operation) <= 40):
        raise Invalid(_("The page is too old. Open it again."))
    try:
        done, left = services.revert(
            who, user, since, until, reason=request.form.get("reason", ""), operation=operation
        )
    except Invalid as refusal:
        told = [text for texts in refusal.fields.values() for text in texts] or [refusal.message]
        flash(" ".join(told), "error")
        found = services.would_revert(who, user, since, until) if user else []
        return _page(user, since, until, found, 422)
    flash(ngettext("%(num)s mark was put back.", "%(num)s marks were put back.", done), "success")
    if left:
        flash(
            ngettext(
                "%(num)s mark was changed by somebody else since and stays.",
                "%(num)s marks were changed by somebody else since and stay.", len(left),
            ),
            "warning",
        )  # fmt: skip
    return web.go("journal.unusual")
