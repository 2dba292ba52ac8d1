"""The administrator's page of one person's data: give everything out, or erase it."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, flash, request

from asurso_core import access, privacy, web
from asurso_core.admin import queries
from asurso_core.errors import Invalid, Refused
from asurso_core.forms import Form, TextField
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

privacy_pages = Blueprint("core_privacy", __name__, url_prefix="/admin/personal-data")


class EraseForm(Form):
    """The surname, typed by whoever erases."""

    typed = TextField(_l("Surname"), longest=80, required=True)


@privacy_pages.get("/")
@access.requires(privacy.EXPORT)
def index() -> Response:
    """Find the person, the archived ones too."""
    text = request.args.get("q", "")[:100].replace("\x00", "")
    found = queries.persons_called(web.actor(), text) if text.strip() else []
    return web.render("core/admin/personal_data.html", q=text, found=found)


def _page(person_id: int, form: EraseForm | None = None, status: int = 200) -> Response:
    person = privacy.find(web.actor(), privacy.EXPORT, person_id)
    return web.render(
        "core/admin/personal_data_of.html", status, person=person, owners=privacy.owners(),
        form=form or EraseForm(formdata=None),
    )  # fmt: skip


@privacy_pages.get("/<int:person_id>")
@access.requires(privacy.EXPORT)
def person_page(person_id: int) -> Response:
    """What is kept about a person, by owner."""
    return _page(person_id)


@privacy_pages.post("/<int:person_id>/export")
@access.requires(privacy.EXPORT)
def export(person_id: int) -> Response:
    """All of a person's data as one JSON file."""
    data = privacy.export(web.actor(), person_id)
    body = json.dumps(data, ensure_ascii=False, indent=2)
    response = Response(body, mimetype="application/json")
    response.headers["Content-Disposition"] = f"attachment; filename=person-{person_id}.json"
    return response


@privacy_pages.post("/<int:person_id>/erase")
@access.requires(privacy.ERASE)
def erase(person_id: int) -> Response:
    """Make the person nameless, after the surname was typed."""
    form = EraseForm()
    if not form.validate():
        return _page(person_id, form, 422)
    try:
        privacy.erase(web.actor(), person_id, form.typed.data)
    except (Invalid, Refused) as refusal:
        words = refusal.fields.get("typed", []) if isinstance(refusal, Invalid) else []
        form.typed.errors = words or [refusal.message]
        return _page(person_id, form, refusal.status)
    flash(_("The person's data are erased."), "success")
    return web.go("core_privacy.index")


BLUEPRINTS: list[Any] = [privacy_pages]
NAVIGATION: list[Any] = [
    NavItem(
        name="core.personal_data", label=_l("Personal data"), endpoint="core_privacy.index",
        section="admin", icon="shield", order=65,
    )
]  # fmt: skip
