"""Reports: an owner says what stands in them, the kernel puts it on the screen, paper and sheets.

A report builds a :class:`Document` and knows nothing of formats. Cells are plain values: numbers
stay numbers, everything else is text that no spreadsheet takes for a formula.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, request, url_for

from asurso_core import access, files, plugins, web
from asurso_core.actors import Actor
from asurso_core.errors import Invalid, NotThere
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.tables import write_csv


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table; figures stand at the right."""

    title: Any
    number: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of plain values: text, whole numbers, decimals, None."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    title: Any = ""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a report answers: a heading, a sentence on what was counted, and tables."""

    title: Any
    tables: Sequence[Table]
    note: Any = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report of an owner.

    ``form`` is a WTForms class read from the address, without a token; ``build(actor, params)``
    takes its data and asks for rights itself. ``requires`` is the permission without which the
    report does not exist for the reader.
    """

    name: str
    title: Any
    group: Any
    requires: str
    form: type[Any]
    build: Callable[[Actor, dict[str, Any]], Document]
    about: Any = ""
    order: int = field(default=100)


def open_to(actor: Actor) -> list[Report]:
    """The reports that somebody may run, by their order."""
    return [
        report
        for _plugin, report in plugins.collect(asurso_reports)
        if actor.holds(report.requires)
    ]


def find(actor: Actor, name: str) -> Report:
    """One of them; raises :class:`NotThere` for every other name."""
    for report in open_to(actor):
        if report.name == name:
            return report
    raise NotThere(_("There is no such page, or it is not open to you."))


# --- formats -------------------------------------------------------------------------------------


def as_csv(document: Document) -> bytes:
    """All tables one below the other, as Russian spreadsheets open them."""
    rows: list[Sequence[Any]] = []
    for table in document.tables:
        if rows:
            rows += [[]]
        if table.title:
            rows.append([table.title])
        rows.append([column.title for column in table.columns])
        rows += [[_shown(cell) for cell in row] for row in table.rows]
    return write_csv([document.title], rows)


def as_xlsx(document: Document) -> bytes:
    """A sheet a table: text is written as text, figures as figures, nothing as a formula."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    head = book.add_format({"bold": True, "text_wrap": True, "border": 1})
    title = book.add_format({"bold": True, "font_size": 14})
    for number, table in enumerate(document.tables, start=1):
        sheet = book.add_worksheet(f"{number}")
        sheet.write_string(0, 0, str(table.title or document.title), title)
        for at, column in enumerate(table.columns):
            sheet.write_string(2, at, str(column.title), head)
            sheet.set_column(at, at, 10 if column.number else 28)
        for line, row in enumerate(table.rows, start=3):
            for at, cell in enumerate(row):
                if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                    sheet.write_number(line, at, cell)
                elif cell is not None:
                    sheet.write_string(line, at, str(cell))
        sheet.freeze_panes(3, 0)
        sheet.repeat_rows(2)
    book.close()
    return out.getvalue()


def _shown(cell: Any) -> str:
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    return "" if cell is None else str(cell)


_FORMATS: dict[str, tuple[Callable[[Document], bytes], str]] = {
    "csv": (as_csv, "text/csv"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


# --- pages ---------------------------------------------------------------------------------------

reports = Blueprint("reports", __name__)


@reports.get("/reports")
@access.signed_in
def index() -> Response:
    """The reports that the reader may run, by group."""
    groups: dict[str, list[Report]] = {}
    for report in open_to(web.actor()):
        groups.setdefault(str(report.group), []).append(report)
    return web.render("core/reports/list.html", groups=groups)


@reports.get("/reports/<name>", defaults={"kind": "html"})
@reports.get("/reports/<name>.<any(csv,xlsx):kind>")
@access.signed_in
def show(name: str, kind: str) -> Response:
    """One report on the screen or as a file; its parameters stand in the address."""
    who = web.actor()
    report = find(who, name)
    form = report.form(formdata=request.args or None, meta={"csrf": False})
    document = None
    if form.validate() if request.args else True:
        try:
            document = report.build(who, form.data)
        except Invalid as refusal:
            form.form_errors.append(refusal.message)
    if kind in _FORMATS and document is not None:
        write, type_ = _FORMATS[kind]
        answer = make_response(write(document))
        answer.mimetype = type_
        answer.headers["Content-Disposition"] = files.attachment(f"{document.title}.{kind}")
        return answer
    asked = urlencode({key: request.args[key] for key in form.data if key in request.args})
    status = 200 if document is not None else 422
    return web.render(
        "core/reports/show.html",
        status,
        report=report,
        form=form,
        document=document,
        file_url=lambda wanted: f"{url_for('reports.show', name=name, kind=wanted)}?{asked}",
    )


BLUEPRINTS: list[Any] = [reports]
NAVIGATION: list[Any] = [
    NavItem(name="core.reports", label=_l("Reports"), endpoint="reports.index", section="study",
            icon="report", order=90, side="staff"),
]  # fmt: skip
