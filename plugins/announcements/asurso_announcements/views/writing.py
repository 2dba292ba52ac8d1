"""Writing: the form, the preview, publishing, history, the trash."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, request

from asurso_announcements import forms, queries, services
from asurso_announcements.services.writing import FILE
from asurso_announcements.views.blueprint import pages
from asurso_core import access, files, web
from asurso_core.actors import new_operation
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.forms import VersionedForm
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext


@pages.route("/new", methods=["GET", "POST"])
@access.requires("announcements.write")
def new() -> Response:
    """Write an announcement."""
    return _form(None)


@pages.route("/<int:announcement_id>/edit", methods=["GET", "POST"])
@access.requires("announcements.write")
def edit(announcement_id: int) -> Response:
    """Change an announcement, or go on with a draft."""
    return _form(announcement_id)


def _form(announcement_id: int | None) -> Response:
    who, row, keys = web.actor(), None, list[str]()
    if announcement_id is not None:
        row, keys = queries.to_edit(who, announcement_id)
    form = forms.AnnouncementForm(data=forms.shown(row, keys, new_operation()[:24]))
    status = 200
    if request.method == "POST" and request.form.get("deed") != "find":
        status = 422
        if form.validate():
            try:
                saved = services.save(
                    who, announcement_id, _content(form), version=form.expected,
                    operation=form.op.data or None,
                )  # fmt: skip
            except Invalid as refusal:
                form.blame(refusal)
            except Refused as refusal:
                form.form_errors.append(refusal.message)
            except Conflict as refusal:
                form.form_errors.append(refusal.message)
                status = 409
            else:
                return _saved(saved)
    chosen = [key for key in form.keys.data or [] if isinstance(key, str)]
    attached = queries.page(who, announcement_id).files if announcement_id is not None else []
    return web.render(
        "announcements/form.html", status, form=form, row=row, attached=attached,
        dropped=form.dropped, offers=queries.audience_form(who, chosen),
        found=queries.people(who, form.who.data or ""), asked=bool(form.who.data),
        may_pin=who.holds("announcements.pin"),
        waits=row is None or queries.waits(row), draft=row is None or row.state == "draft",
    )  # fmt: skip


def _content(form: forms.AnnouncementForm) -> services.Content:
    """What the form says; the files are judged here, before the transaction."""
    sent = [one for one in form.files.data or [] if getattr(one, "filename", "")]
    try:
        received = [files.receive(FILE, one) for one in sent[:20]]
    except Invalid as refusal:
        raise Invalid(fields={"files": [refusal.message]}) from refusal
    may_pin = web.actor().holds("announcements.pin")
    return services.Content(
        title=form.title.data or "", text=form.text.data or "", keys=form.keys.data or [],
        appears_at=form.moment, ends_on=form.ends_on.data, urgent=form.urgent.data,
        must_acknowledge=form.must_acknowledge.data, anew=form.anew.data,
        pinned=bool(form.pinned.data) if may_pin else None, add=received, drop=form.dropped,
    )  # fmt: skip


def _saved(saved: Any) -> Response:
    if saved.state != "draft":
        flash(_("Saved."), "success")
        return web.go("announcements.show", announcement_id=saved.id)
    if request.form.get("deed") == "draft":
        flash(_("The draft is kept. Nobody else sees it."), "success")
        return web.go("announcements.index", shelf="mine")
    return web.go("announcements.preview", announcement_id=saved.id)


@pages.get("/<int:announcement_id>/preview")
@access.requires("announcements.write")
def preview(announcement_id: int) -> Response:
    """A draft as its readers will see it, and how many they are."""
    return _preview(announcement_id)


def _preview(
    announcement_id: int, status: int = 200, problems: list[str] | None = None
) -> Response:
    who = web.actor()
    row, keys = queries.to_edit(who, announcement_id)
    if row.state != "draft":
        return web.go("announcements.show", announcement_id=announcement_id)
    told, reached = problems or [], 0
    try:
        reached = queries.reach(who, keys)
    except (Invalid, Refused) as refusal:
        told = told or [refusal.message]
    return web.render(
        "announcements/preview.html", status, page=queries.page(who, announcement_id),
        reached=reached, problems=told,
    )  # fmt: skip


@pages.post("/<int:announcement_id>/publish")
@access.requires("announcements.write")
def publish(announcement_id: int) -> Response:
    """Put a draft on the board, now or at its hour."""
    form = VersionedForm()
    try:
        row = services.publish(web.actor(), announcement_id, version=form.expected)
    except Invalid as refusal:
        told = [text for texts in refusal.fields.values() for text in texts]
        return _preview(announcement_id, 422, told or [refusal.message])
    except Conflict as refusal:
        return _preview(announcement_id, 409, [refusal.message])
    flash(
        _("The announcement will appear at its hour.") if queries.waits(row)
        else _("The announcement is on the board."),
        "success",
    )  # fmt: skip
    return web.go("announcements.show", announcement_id=announcement_id)


@pages.post("/reach")
@access.requires("announcements.write")
def reach() -> Response:
    """How many people the chosen parts reach: for the script of the form. Nothing is written."""
    body = request.get_json(silent=True)
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, list) or len(keys) > 300:
        raise Invalid(_("There is no such group of people."))
    chosen = [str(key)[:60] for key in keys]
    count = queries.reach(web.actor(), chosen) if chosen else 0
    words = ngettext("%(num)s person will see it", "%(num)s people will see it", count)
    return jsonify(people=count, words=words)


@pages.get("/people.json")
@access.requires("announcements.write")
def people() -> Response:
    """People to write to, by the beginning of their names: for the script of the form."""
    found = queries.people(web.actor(), request.args.get("q", ""))
    response = jsonify(people=[{"key": key, "name": name} for key, name in found])
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/<int:announcement_id>/history")
@access.requires("announcements.write")
def history(announcement_id: int) -> Response:
    """What was changed, by whom."""
    row, steps = queries.history(web.actor(), announcement_id)
    return web.render("announcements/history.html", row=row, steps=steps)


@pages.route("/<int:announcement_id>/delete", methods=["GET", "POST"])
@access.requires("announcements.write")
def delete(announcement_id: int) -> Response:
    """Put an announcement into the trash."""
    found = queries.page(web.actor(), announcement_id)
    if not found.may_edit:
        raise Refused(_("Only its author or the administrator can delete an announcement."))
    form = forms.ReasonForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.delete(web.actor(), announcement_id, form.reason.data or "")
            except Invalid as refusal:
                form.blame(refusal)
            else:
                flash(_("The announcement is in the trash."), "success")
                return web.go("announcements.index", shelf="trash")
    return web.render("announcements/delete.html", status, page=found, form=form)


@pages.post("/<int:announcement_id>/restore")
@access.requires("announcements.write")
def restore(announcement_id: int) -> Response:
    """Bring an announcement back from the trash."""
    services.restore(web.actor(), announcement_id)
    flash(_("The announcement is back."), "success")
    return web.go("announcements.show", announcement_id=announcement_id)
