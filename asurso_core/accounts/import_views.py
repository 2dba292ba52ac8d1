"""Pages of the import of people: upload, preview, report, slips of the new accounts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request

from asurso_core import access, web
from asurso_core.accounts import import_columns, importing, people_services
from asurso_core.accounts import people_forms as forms
from asurso_core.accounts import people_queries as queries
from asurso_core.accounts.people_fields import LABELS, shown
from asurso_core.accounts.people_views import printed
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

people_import = Blueprint("people_import", __name__)

#: So many rows of a kind are shown in the preview; all are counted.
SHOWN = 300


@people_import.route("/people/import", methods=["GET", "POST"])
@access.requires("core.people.import")
def upload() -> Response:
    """Choose a file, or look at what is wrong with it."""
    form = forms.ImportForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            file = form.file.data
            try:
                batch = importing.upload(
                    web.actor(), form.kind.data, file.filename or "", file.read()
                )
                return web.go("people_import.preview", batch_id=batch.id)
            except Invalid as error:
                form.file.errors = [error.message]
    columns = {kind: import_columns.COLUMNS[kind] for kind in import_columns.KINDS}
    return web.render("core/people/import.html", status, form=form, columns=columns, kinds=KINDS)


KINDS = {"staff": _l("Staff"), "pupils": _l("Pupils"), "parents": _l("Parents")}


@people_import.get("/people/import/template/<kind>.xlsx")
@access.requires("core.people.import")
def template(kind: str) -> Response:
    """An empty file with the names of columns."""
    if kind not in import_columns.KINDS:
        raise NotThere(_("There is no such page, or it is not open to you."))
    titles = [title for _id, title in queries.class_choices(web.actor())]
    response = Response(
        import_columns.template(kind, titles),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


@people_import.get("/people/import/<int:batch_id>")
@access.requires("core.people.import")
def preview(batch_id: int) -> Response:
    """What the file would do; after the import, what it did."""
    batch = importing.batch_of(web.actor(), batch_id)
    if batch.applied_at is not None:
        return web.render(
            "core/people/import_done.html",
            batch=batch,
            kind=KINDS[batch.kind],
            waiting=len(importing.without_password(batch)),
            most=people_services.MOST_SLIPS,
        )
    return _preview(batch)


def _preview(batch: Any, status: int = 200) -> Response:
    made = importing.plan(web.actor(), batch.kind, importing.sheet_of(batch))
    roles = queries.role_labels()

    def told(name: str, value: Any) -> str:
        return roles.get(str(value), str(value or "")) if name == "roles" else shown(name, value)

    response = web.render(
        "core/people/import_preview.html",
        status,
        batch=batch,
        plan=made,
        kind=KINDS[batch.kind],
        labels=LABELS,
        shown=told,
        roles=roles,
        most=SHOWN,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@people_import.post("/people/import/<int:batch_id>/apply")
@access.requires("core.people.import")
def apply(batch_id: int) -> Response:
    """Carry the plan out, if it is still the plan that was shown."""
    batch = importing.batch_of(web.actor(), batch_id)
    try:
        importing.apply(web.actor(), batch, request.form.get("digest", ""))
    except (Conflict, Invalid) as error:
        if importing.batch_of(web.actor(), batch_id).applied_at is not None:
            raise
        flash(error.message, "error")
        return _preview(batch, error.status)
    flash(_("The file has been imported."), "success")
    return web.go("people_import.preview", batch_id=batch_id)


@people_import.post("/people/import/<int:batch_id>/slips")
@access.requires("core.people.import")
def slips(batch_id: int) -> Response:
    """Slips of the next new accounts that have no password yet."""
    batch = importing.batch_of(web.actor(), batch_id)
    waiting = importing.without_password(batch)[: people_services.MOST_SLIPS]
    return printed(people_services.first_passwords(web.actor(), waiting))


BLUEPRINTS: list[Any] = [people_import]
NAVIGATION: list[Any] = [
    NavItem(
        name="people_import", label=_l("Import of people"), endpoint="people_import.upload",
        section="people", order=30, icon="import", side="staff",
    ),
]  # fmt: skip
