"""The texts that the school uses again and again for text messages."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request

from asurso_core import access, web
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _
from asurso_sms import history, texts
from asurso_sms.forms_broadcasts import TemplateForm
from asurso_sms.policy import rule
from asurso_sms.services import templates as services
from asurso_sms.views.blueprint import sms


@sms.get("/templates")
@access.requires("sms.templates.edit")
def templates() -> Response:
    """The texts by what they are about."""
    return web.render("sms/templates.html", found=history.templates(web.actor()), history=history)


@sms.route("/templates/new", methods=["GET", "POST"])
@access.requires("sms.templates.edit")
def new_template() -> Response:
    """Write one."""
    return _form(None, {})


@sms.route("/templates/<int:template_id>", methods=["GET", "POST"])
@access.requires("sms.templates.edit")
def template(template_id: int) -> Response:
    """Change one."""
    row = history.template(web.actor(), template_id)
    return _form(
        template_id,
        {"title": row.title, "kind": row.kind, "text": row.text, "version": row.version},
    )


def _form(template_id: int | None, data: dict[str, Any]) -> Response:
    form, status = TemplateForm(data=data), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                services.save(
                    web.actor(), template_id, title=form.title.data or "",
                    kind=form.kind.data or "", text=form.text.data or "", version=form.expected,
                )  # fmt: skip
            except (Invalid, Conflict) as refusal:
                form.blame(refusal)
                status = refusal.status
            else:
                flash(_("The text is kept."), "success")
                return web.go("sms.templates")
    return web.render(
        "sms/template.html", status, form=form, template_id=template_id, fields=texts.offered(),
        price=int(rule("part_price")), latin=bool(rule("latin")),
    )  # fmt: skip


@sms.post("/templates/<int:template_id>/remove")
@access.requires("sms.templates.edit")
def remove_template(template_id: int) -> Response:
    """Remove one."""
    services.remove(web.actor(), template_id)
    flash(_("The text is removed."), "success")
    return web.go("sms.templates")
