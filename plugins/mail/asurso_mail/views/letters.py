"""One letter: reading it, marking it, reporting it."""

from __future__ import annotations

from flask import Response, flash, jsonify, request

from asurso_core import access, web
from asurso_core.app import wants_json
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_mail import forms, kinds, queries, services
from asurso_mail.views.blueprint import mail


@mail.get("/letter/<int:copy_id>")
@access.requires("mail.use")
def letter(copy_id: int) -> Response:
    """A letter; looking at a draft leads to the page of writing."""
    found = queries.letter(web.actor(), copy_id)
    if found.message.sent_at is None:
        return web.go("mail.draft", copy_id=copy_id)
    return web.render(
        "mail/letter.html", one=found, states=kinds.OUTSIDE, boxes=kinds.BOXES,
        folders=found.folders, unread=found.unread,
    )  # fmt: skip


@mail.get("/message/<int:message_id>")
@access.requires("mail.use")
def message(message_id: int) -> Response:
    """To one's own copy of a letter: for links that are the same for all who got it."""
    return web.go("mail.letter", copy_id=queries.found_by_message(web.actor(), message_id).id)


@mail.post("/letter/<int:copy_id>/read")
@access.requires("mail.use")
def read(copy_id: int) -> Response:
    """The letter was seen: told by the page's script, or by its button."""
    who = web.actor()
    found = queries.copy(who, copy_id)
    services.mark(who, [found.id], read=request.form.get("unread") != "1")
    if wants_json():
        return jsonify(ok=True)
    if request.form.get("unread") == "1":
        return web.go("mail.index")
    return web.go("mail.letter", copy_id=copy_id)


@mail.route("/letter/<int:copy_id>/report", methods=["GET", "POST"])
@access.requires("mail.use")
def report(copy_id: int) -> Response:
    """Ask a moderator to read a letter."""
    who = web.actor()
    found = queries.letter(who, copy_id)
    form = forms.ReportForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.report(who, copy_id, form.reason.data, form.note.data or "")
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("Thank you. A moderator will read the letter."), "success")
                return web.go("mail.letter", copy_id=copy_id)
    return web.render("mail/report.html", status, one=found, form=form)
