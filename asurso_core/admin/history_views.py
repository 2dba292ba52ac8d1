"""Pages of the history: everything that was done, whose data were reached, who looked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Response, make_response, request, url_for
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from asurso_core import access, clock, web
from asurso_core.admin import exporting, history
from asurso_core.errors import Invalid
from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

history_pages = Blueprint("history", __name__)

_TEXTS = ("kind", "who", "person", "address", "text")
_DAYS = ("since", "until")
_IDS = ("user_id", "person_id", "before")
#: Persons or accounts on one page.
SIZE = 100


class ExportForm(Form):
    """Which file, and why."""

    format = SelectField(
        _l("File"), choices=[SelectChoice("xlsx", "XLSX"), SelectChoice("csv", "CSV")]
    )
    reason = StringField(
        _l("Why it is needed"),
        [Optional(), Length(max=255)],
        description=_l("Needed when the file speaks of more than 100 persons."),
    )


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:100]


def _day(name: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(request.args.get(name, "")[:10])
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def _id(name: str) -> int | None:
    text = request.args.get(name, "")
    plain = text.isascii() and text.isdecimal() and len(text) < 11
    return int(text) if plain and int(text) < 2**31 else None


def _filters() -> history.Filters:
    found: dict[str, Any] = {name: _text(name) for name in _TEXTS}
    found.update({name: _day(name) for name in _DAYS}, **{name: _id(name) for name in _IDS})
    return history.Filters(**found)


def _asked(filters: history.Filters, **more: Any) -> dict[str, Any]:
    """The filters as the query of an address."""
    told = {name: value for name, value in vars(filters).items() if value not in {"", None}}
    told = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in told.items()
    }
    return {**told, **more}


@history_pages.get("/admin/history")
@access.requires("core.log.all")
def index() -> Response:
    """The history, narrowed and leafed through from new to old."""
    return _page(ExportForm(formdata=None))


def _page(form: ExportForm, status: int = 200) -> Response:
    filters = _filters()
    found = history.page(web.actor(), filters)
    return web.render(
        "core/admin/history.html",
        status,
        found=found,
        filters=filters,
        kinds=history.kind_choices(),
        form=form,
        older=url_for("history.index", **_asked(filters, before=found.older))
        if found.older is not None
        else None,
        newest=url_for("history.index", **{**_asked(filters), "before": None})
        if filters.before is not None
        else None,
        asked={**_asked(filters), "before": None},
        narrowed=any(name != "before" for name in _asked(filters)),
    )


@history_pages.post("/admin/history/export")
@access.requires("core.log.export")
@access.fresh
def export() -> Response:
    """The same entries as a file."""
    form = ExportForm()
    if not form.validate():
        return _page(form, 422)
    try:
        data = exporting.export_history(
            web.actor(), _filters(), xlsx=form.format.data == "xlsx", reason=form.reason.data or ""
        )
    except Invalid as refusal:
        form.reason.errors = [refusal.message]
        return _page(form, 422)
    return _attachment(data, f"history-{clock.today().isoformat()}.{form.format.data}")


def _attachment(data: bytes, name: str) -> Response:
    response = make_response(data)
    response.headers["Content-Type"] = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        if name.endswith(".xlsx")
        else "text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


# --- whose data were reached, and by whom --------------------------------------------------------


def _period() -> tuple[dt.date, dt.date]:
    until = _day("until") or clock.today()
    return _day("since") or until - dt.timedelta(days=30), until


def _reach() -> dict[str, Any]:
    since, until = _period()
    user_id = _id("user_id")
    choices = history.accounts_found(_text("who"))
    # What was chosen for another name does not hold for this one.
    if choices and user_id not in {id_ for id_, _name in choices}:
        user_id = choices[0][0] if len(choices) == 1 else None
    return {"user_id": user_id, "address": _text("address"), "since": since, "until": until}


@history_pages.get("/admin/reached")
@access.requires("core.log.all")
def reached() -> Response:
    """Which persons' data an account or an address reached from … to … (152-ФЗ)."""
    return _reached_page(ExportForm(formdata=None))


def _reached_page(form: ExportForm, status: int = 200) -> Response:
    asked = _reach()
    number = web.page_number()
    rows = history.reached(web.actor(), **asked, limit=SIZE + 1, offset=(number - 1) * SIZE)
    query = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in asked.items()
        if value not in {"", None}
    }
    choices = history.accounts_found(_text("who"))
    if asked["user_id"] is not None and not choices:
        choices = history.account_named(asked["user_id"])
    return web.render(
        "core/admin/reached.html",
        status,
        asked=asked,
        query=query,
        who=_text("who"),
        choices=choices,
        rows=rows[:SIZE],
        page=number,
        more=len(rows) > SIZE,
        form=form,
    )


@history_pages.post("/admin/reached/export")
@access.requires("core.log.export")
@access.fresh
def reached_export() -> Response:
    """The same persons as a file."""
    form = ExportForm()
    if not form.validate():
        return _reached_page(form, 422)
    try:
        data = exporting.export_reached(
            web.actor(), _reach(), xlsx=form.format.data == "xlsx", reason=form.reason.data or ""
        )
    except Invalid as refusal:
        form.reason.errors = [refusal.message]
        return _reached_page(form, 422)
    return _attachment(data, f"reached-{clock.today().isoformat()}.{form.format.data}")


@history_pages.get("/admin/seen/<int:person_id>")
@access.requires("core.log.all")
def seen(person_id: int) -> Response:
    """Who looked at a person's data or changed them."""
    since, until = _period()
    number = web.page_number()
    person, rows = history.seen_by(
        web.actor(), person_id, since=since, until=until, limit=SIZE + 1,
        offset=(number - 1) * SIZE,
    )  # fmt: skip
    return web.render(
        "core/admin/seen.html",
        person=person,
        since=since,
        until=until,
        rows=rows[:SIZE],
        page=number,
        more=len(rows) > SIZE,
    )


NAVIGATION: list[Any] = [
    NavItem(
        name="core.history", label=_l("History"), endpoint="history.index", section="admin",
        order=62, icon="history", side="staff",
    ),
    NavItem(
        name="core.reached", label=_l("Whose data were reached"), endpoint="history.reached",
        section="admin", order=63, icon="eye", side="staff",
    ),
]  # fmt: skip
BLUEPRINTS: list[Any] = [history_pages]
