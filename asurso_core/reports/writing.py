"""Documents as files: CSV and XLSX in which nothing is a formula, and PDF."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from asurso_core import clock, typesetting
from asurso_core.i18n import gettext as _
from asurso_core.reports import charts, layout
from asurso_core.reports.documents import (
    MUTED,
    SIGNS,
    TOTAL,
    Cell,
    Column,
    Document,
    Table,
    explanations,
    headings,
    row_of,
    shown,
    signed,
    value_of,
)
from asurso_core.tables import write_csv

#: Tables with more columns are for spreadsheets on their side, and grow too much as tagged PDF.
WIDE = 7


def as_csv(document: Document) -> bytes:
    """All tables one below the other, as Russian spreadsheets open them."""
    rows: list[Sequence[Any]] = []
    for table in document.tables:
        if rows:
            rows += [[]]
        if table.title:
            rows.append([table.title])
        rows.append([_full(column) for column in table.columns])
        rows += [
            [shown(cell, number=column.number)
             for cell, column in zip(row_of(row).cells, table.columns, strict=True)]
            for row in table.rows
        ]  # fmt: skip
    # A file that travels alone says how it was counted and what its figures lack.
    told = [one for one in (document.note, document.basis, *document.warnings) if str(one)]
    if told:
        rows += [[], *([one] for one in told)]
    return write_csv([document.title], rows)


def _full(column: Any) -> str:
    return f"{column.group}: {column.title}" if str(column.group) else str(column.title)


def as_xlsx(document: Document) -> bytes:
    """A sheet a table: dates, figures and per cents are such, text is text, nothing a formula."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    looks = _Looks(book)
    for number, table in enumerate(document.tables, start=1):
        _write_sheet(book.add_worksheet(_sheet_name(number, table)), looks, document, table)
    if not document.tables:
        book.add_worksheet("1").write_string(0, 0, str(document.title), looks.title)
    book.close()
    return out.getvalue()


def _sheet_name(number: int, table: Table) -> str:
    """The number of a table and its title, as far as spreadsheets take it."""
    title = re.sub(r"[^\w .,()-]", "", str(table.title)).strip()
    return f"{number}. {title}"[:31].strip() if title else f"{number}"


class _Looks:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "align": "center", "valign": "vcenter"}
        )
        self._made: dict[tuple[str, str, str], Any] = {}

    def of(self, code: str, row: str, cell: Any) -> Any:
        """The format for a code of numbers, a kind of row, and the tone of a cell."""
        tone = cell.tone if isinstance(cell, Cell) else ""
        key = (code, row, tone)
        if key not in self._made:
            made: dict[str, Any] = {"border": 1, "valign": "top"}
            if code == "@":
                made["text_wrap"] = True
            if tone in SIGNS:
                # The sign belongs to the look: the figure stays a figure that can be summed.
                code = f'{code}" {SIGNS[tone]}"'
                made["bold"] = tone == "bad"
            if row == TOTAL:
                made["bold"] = True
            if row == MUTED:
                made |= {"italic": True, "font_color": "#555555"}
            self._made[key] = self.book.add_format({**made, "num_format": code})
        return self._made[key]


def _write_sheet(sheet: Any, looks: _Looks, document: Document, table: Table) -> None:
    sheet.write_string(0, 0, str(document.title), looks.title)
    told = [table.title, document.note, document.basis, *document.warnings]
    sheet.write_string(1, 0, ". ".join(str(one).rstrip(".") for one in told if str(one)))
    top = _write_head(sheet, table, looks.head)
    rows = [row_of(one) for one in table.rows]
    for line, row in enumerate(rows, start=top):
        for at, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
            _write_cell(sheet, looks, (line, at), row.kind, cell, column)
    for line, words in enumerate(explanations(table), start=top + len(rows) + 1):
        sheet.write_string(line, 0, words)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, _width(column, [row.cells[at] for row in rows]))
    # Sums at the end are no rows to choose from.
    last = top + len(rows) - 1
    while last >= top and rows[last - top].kind == TOTAL:
        last -= 1
    if last >= top:
        sheet.autofilter(top - 1, 0, last, len(table.columns) - 1)
    sheet.freeze_panes(top, layout.leading(table))
    sheet.repeat_rows(2, top - 1)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if len(table.columns) > WIDE:
        sheet.set_landscape()


def _width(column: Column, cells: Sequence[Any]) -> float:
    """How wide a column of a sheet is, in figures of its type."""
    texts = [signed(cell, number=column.number) for cell in cells]
    words = max((len(word) for word in str(column.title).split()), default=0)
    return float(min(45, max(6, words + 4, *(len(one) + 2 for one in texts or [""]))))


def _write_head(sheet: Any, table: Table, head: Any) -> int:
    """Write the headings; returns the first line of the rows."""
    upper = headings(table)
    line = 2
    if upper:
        at = 0
        for group, width in upper:
            if width > 1:
                sheet.merge_range(2, at, 2, at + width - 1, "", head)
            sheet.write_string(2, at, group, head)
            at += width
        line = 3
    for at, column in enumerate(table.columns):
        sheet.write_string(line, at, str(column.title), head)
    return line + 1


#: Whole numbers up to this are figures of a spreadsheet; longer ones would lose their end.
_EXACT = 10**15
#: The calendar of spreadsheets begins here.
_FIRST_YEAR = 1900


def _write_cell(
    sheet: Any, looks: _Looks, place: tuple[int, int], row: str, cell: Any, column: Column
) -> None:
    value = value_of(cell)
    if isinstance(value, dt.date) and value.year >= _FIRST_YEAR:
        code = "dd.mm.yyyy hh:mm" if isinstance(value, dt.datetime) else "dd.mm.yyyy"
        moment = value.replace(tzinfo=None) if isinstance(value, dt.datetime) else value
        sheet.write_datetime(*place, moment, looks.of(code, row, cell))
        return
    figure = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if figure and math.isfinite(value) and abs(value) < _EXACT:
        exact = Decimal(str(value))
        places = max(0, -int(exact.as_tuple().exponent))
        code = "0." + "0" * places if places else "0"
        if column.percent:
            exact, code = exact / 100, f"{code}%"
        sheet.write_number(*place, float(exact), looks.of(code, row, cell))
        return
    text = shown(cell, number=column.number) if value is not None else ""
    sheet.write_string(*place, text, looks.of("@", row, cell))


# --- paper ---------------------------------------------------------------------------------------


def as_pdf(
    document: Document, *, author: str = "", moment: dt.datetime | None = None,
    stamp: dict[str, str] | None = None,
) -> bytes:  # fmt: skip
    """The document on A4, PDF/A: repeated headings, «page n of m», charts as drawings.

    The foot of each page names the school, ``author`` and ``moment`` (now, unless given). ``stamp``
    tells of a kept report: its ``words`` and the ``code`` picture (SVG of a QR code).
    """
    from asurso_core.school import School

    school = School.get_or_none()
    sideways = layout.wide(document)
    drawn = [
        (part, charts.as_svg(part, whole=chart).encode())
        for chart in document.charts
        if charts.has_figures(chart)
        for part in charts.parts(chart, charts.LOW if sideways else charts.HIGH)
    ]
    pictures = {f"chart{number}.svg": picture for number, (_part, picture) in enumerate(drawn)}
    if stamp:
        pictures["code.svg"] = stamp["code"].encode()
    columns = max((len(table.columns) for table in document.tables), default=0)
    return typesetting.pdf(
        "core",
        "report.typ",
        {
            "title": str(document.title), "note": str(document.note), "basis": str(document.basis),
            "warnings": [str(one) for one in document.warnings],
            "tables": [_on_paper(one, sideways=sideways) for one in document.tables],
            "charts": [
                {"title": str(one.title), "file": f"chart{number}.svg", "alt": charts.about(one),
                 "narrow": charts.is_narrow(one)}
                for number, (one, _picture) in enumerate(drawn)
            ],
            "school": school.name if school else "",
            "short_school": school.short_name if school else "",
            "made": made_words(author, moment),
            "wide": sideways,
            "page_word": _("Page"),
            "stamp": (stamp or {}).get("words", ""),
        },
        pictures=pictures,
        tagged=columns <= WIDE,
        archival=True,
    )  # fmt: skip


def made_words(author: str = "", moment: dt.datetime | None = None) -> str:
    """Who made a report and when, for the head or the foot of a paper."""
    when = (moment or clock.local()).strftime("%d.%m.%Y %H:%M")
    return _("made on %(when)s, %(who)s", when=when, who=author) if author else when


def _on_paper(table: Table, *, sideways: bool) -> dict[str, Any]:
    """A table as the template takes it, in as many parts as its columns need."""
    rows = [row_of(one) for one in table.rows]
    parts = layout.fits(table, sideways=sideways) if rows else []
    return {
        "title": str(table.title),
        "empty": str(table.empty),
        "explanations": explanations(table),
        "parts": [
            {
                "words": _("Columns, part %(number)s of %(count)s",
                           number=number, count=len(parts)),
                "size": fit.size,
                "groups": [
                    {"title": title, "width": width}
                    for title, width in headings(
                        Table(columns=[table.columns[at] for at in fit.columns], rows=[])
                    )
                ],
                "columns": [
                    {"title": str(table.columns[at].title), "number": table.columns[at].number,
                     "width": width, "turned": at in fit.turned,
                     "height": layout.turned_height(str(table.columns[at].title))}
                    for at, width in zip(fit.columns, fit.widths, strict=True)
                ],
                "rows": [
                    {"kind": row.kind,
                     "cells": [signed(row.cells[at], number=table.columns[at].number)
                               for at in fit.columns]}
                    for row in rows
                ],
            }
            for number, fit in enumerate(parts, start=1)
        ],
    }  # fmt: skip
