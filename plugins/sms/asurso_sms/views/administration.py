"""What the administrator sees: messages and why they failed, numbers, gateways."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for

from asurso_core import access, clock, web
from asurso_core.errors import AsursoError
from asurso_core.i18n import gettext as _
from asurso_sms import forms, numbers, queries, words
from asurso_sms.services import budget, messages, phones
from asurso_sms.state import gateway_state
from asurso_sms.views.blueprint import day_of, sms


@sms.get("/")
@access.requires("sms.messages.view")
def index() -> Response:
    """Messages, the newest first."""
    who = web.actor()
    wanted = queries.Filter(
        state=request.args.get("state", ""),
        purpose=request.args.get("purpose", ""),
        day=day_of(request.args.get("day", "")),
        name=request.args.get("name", "")[:80].replace("\x00", "").strip(),
    )
    found, pages, total = web.paged(queries.messages(who, wanted), 50)
    kept = {"state": wanted.state, "purpose": wanted.purpose, "name": wanted.name,
            "day": wanted.day.isoformat() if wanted.day else ""}  # fmt: skip
    return web.render(
        "sms/index.html",
        messages=found,
        repeated=queries.repeated(found),
        total=total,
        page=min(web.page_number(), pages),
        pages=pages,
        page_url=lambda number: url_for("sms.index", page=number, **_given(kept)),
        filters=kept,
        local=clock.local,
        told=numbers.told,
        may_repeat=who.holds("sms.messages.edit"),
        gateways=gateway_state(),
        used_up=budget.excess(1, clock.stamp()),
        words=words,
    )


@sms.post("/messages/<int:message_id>/repeat")
@access.requires("sms.messages.edit")
def repeat(message_id: int) -> Response:
    """Send a message again."""
    messages.repeat(web.actor(), message_id)
    flash(_("The message is sent again as a new one."), "success")
    return web.back("sms.index")


@sms.get("/phones")
@access.requires("sms.phones.edit")
def phones_list() -> Response:
    """Who has confirmed a number; the numbers themselves are not told."""
    name = request.args.get("name", "")[:80].replace("\x00", "").strip()
    found, pages, total = web.paged(queries.phones(web.actor(), name), 50)
    return web.render(
        "sms/phones.html",
        phones=found,
        total=total,
        name=name,
        page=min(web.page_number(), pages),
        pages=pages,
        page_url=lambda number: url_for("sms.phones_list", page=number, name=name or None),
        masked=numbers.masked,
        local=clock.local,
    )


@sms.route("/phones/<int:person_id>/release", methods=["GET", "POST"])
@access.requires("sms.phones.edit")
def release_of(person_id: int) -> Response:
    """Take a number from somebody, with a reason."""
    who = web.actor()
    owned = queries.owned_phone(who, person_id)
    form = forms.ReleaseForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                phones.release_of(who, person_id, form.reason.data or "")
            except AsursoError as refusal:
                form.blame(refusal)
            else:
                flash(_("The number is free: another person may confirm it."), "success")
                return web.go("sms.phones_list")
    return web.render("sms/release.html", status, form=form, owned=owned, masked=numbers.masked)


def _given(kept: dict[str, str]) -> dict[str, Any]:
    """The filters that say something."""
    return {name: value for name, value in kept.items() if value}
