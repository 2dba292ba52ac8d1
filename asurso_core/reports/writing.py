"""Documents as files: CSV and XLSX in which nothing is a formula, PDF, and charts as pictures."""

from __future__ import annotations

import functools
import io
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from asurso_core import clock, typesetting
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.reports.documents import (
    LINE,
    STACKED,
    TOTAL,
    Chart,
    Document,
    Table,
    headings,
    plain,
    row_of,
    shown,
    value_of,
)
from asurso_core.tables import write_csv

#: Tables with more columns lie on their side on paper.
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
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(
            {"bold": True, "text_wrap": True, "border": 1, "align": "center", "valign": "vcenter"}
        ),
        "text": book.add_format({"border": 1}),
        "whole": book.add_format({"border": 1, "num_format": "0"}),
        "text.total": book.add_format({"border": 1, "bold": True}),
        "whole.total": book.add_format({"border": 1, "bold": True, "num_format": "0"}),
    }
    for number, table in enumerate(document.tables, start=1):
        sheet = book.add_worksheet(f"{number}")
        sheet.write_string(0, 0, str(document.title), formats["title"])
        told = [table.title, document.note, document.basis, *document.warnings]
        sheet.write_string(1, 0, ". ".join(str(one).rstrip(".") for one in told if str(one)))
        top = _write_head(sheet, table, formats["head"])
        for line, row in enumerate(map(row_of, table.rows), start=top):
            _write_row(book, formats, sheet, line, row)
        sheet.freeze_panes(top, 1)
        sheet.repeat_rows(2, top - 1)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if len(table.columns) > WIDE:
            sheet.set_landscape()
    if not document.tables:
        book.add_worksheet("1").write_string(0, 0, str(document.title), formats["title"])
    book.close()
    return out.getvalue()


def _write_head(sheet: Any, table: Table, head: Any) -> int:
    """Write the headings; returns the first line of the rows."""
    upper = headings(table)
    line = 2
    if upper:
        at = 0
        for group, width in upper:
            if width > 1:
                sheet.merge_range(2, at, 2, at + width - 1, group, head)
            else:
                sheet.write_string(2, at, group, head)
            at += width
        line = 3
    for at, column in enumerate(table.columns):
        sheet.write_string(line, at, str(column.title), head)
        sheet.set_column(at, at, 9 if column.number else 28 if at == 0 else 18)
    return line + 1


def _write_row(book: Any, formats: dict[str, Any], sheet: Any, line: int, row: Any) -> None:
    end = ".total" if row.kind == TOTAL else ""
    for at, cell in enumerate(row.cells):
        value = value_of(cell)
        if isinstance(value, Decimal):
            places = max(0, -int(value.as_tuple().exponent))
            name = f"{places}{end}"
            if name not in formats:
                code = "0." + "0" * places if places else "0"
                formats[name] = book.add_format(
                    {"border": 1, "bold": bool(end), "num_format": code}
                )
            sheet.write_number(line, at, float(value), formats[name])
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            kind = "whole" if isinstance(value, int) else "text"
            sheet.write_number(line, at, value, formats[kind + end])
        else:
            sheet.write_string(line, at, shown(value), formats["text" + end])


# --- paper ---------------------------------------------------------------------------------------


def as_pdf(document: Document, *, stamp: dict[str, str] | None = None) -> bytes:
    """The document on A4, PDF/A: repeated headings, «page n of m», charts as drawings.

    ``stamp`` tells of a snapshot: its ``words`` and the ``code`` picture (SVG of a QR code).
    """
    from asurso_core.school import School

    school = School.get_or_none()
    told = plain(document)
    pictures = {
        f"chart{number}.svg": as_svg(chart) for number, chart in enumerate(document.charts, start=1)
    }
    if stamp:
        pictures["code.svg"] = stamp["code"].encode()
    told["charts"] = [
        {"title": one["title"], "file": f"chart{number}.svg"}
        for number, one in enumerate(told["charts"], start=1)
    ]
    columns = max((len(table.columns) for table in document.tables), default=0)
    for table, source in zip(told["tables"], document.tables, strict=True):
        table["groups"] = [{"title": title, "width": width} for title, width in headings(source)]
    return typesetting.pdf(
        "core",
        "report.typ",
        {
            **told,
            "school": school.name if school else "",
            "day": date_text(clock.today(), "d MMMM y 'г.'"),
            "wide": columns > WIDE,
            "small": columns > 2 * WIDE,
            "page_word": _("Page"),
            "stamp": (stamp or {}).get("words", ""),
        },
        pictures=pictures,
        tagged=columns <= WIDE,
        archival=True,
    )


# --- charts --------------------------------------------------------------------------------------

#: Told apart without colour too: by dashes of lines, and by the values written beside them.
_COLOURS = ("#3546a6", "#b0241d", "#17653a", "#7d4b00", "#17577f", "#6b2d82")
_SCRIPT = re.compile(rb"<script.*?</script>", re.DOTALL)
_DASHES = ("", "6, 3", "2, 3", "9, 3, 2, 3", "1, 2", "12, 4")


@functools.cache
def _pygal() -> Any:
    """The library of charts, without the importer that it puts before everybody's.

    It serves plugins of its own and has the form of Python 2: every import after it would warn.
    """
    import pygal
    import pygal.style

    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "PluginImportFixer"]
    return pygal


def as_svg(chart: Chart) -> bytes:
    """A chart as a drawing without scripts, with its values written in it."""
    pygal = _pygal()
    style = pygal.style.Style(
        background="#ffffff", plot_background="#ffffff", foreground="#1d2135",
        foreground_strong="#1d2135", foreground_subtle="#555a6d", colors=_COLOURS,
        font_family="DejaVu Sans, Libertinus Serif, sans-serif", value_font_size=11,
        label_font_size=12, legend_font_size=13, opacity="0.9",
    )  # fmt: skip
    kinds = {LINE: pygal.Line, STACKED: pygal.StackedBar}
    drawing = kinds.get(chart.kind, pygal.Bar)(
        style=style, js=[], width=900, height=380, print_values=len(chart.labels) <= 16,
        show_legend=len(chart.series) > 1, legend_at_bottom=True, truncate_label=-1,
        truncate_legend=-1, x_label_rotation=30 if len(chart.labels) > 6 else 0, pretty_print=False,
        disable_xml_declaration=False, no_data_text=_("No figures"), margin=12, range=None,
        value_formatter=lambda value: shown(_rounded(value)), dots_size=4, allow_interruptions=True,
    )  # fmt: skip
    drawing.x_labels = [str(label) for label in chart.labels]
    for number, (title, values) in enumerate(chart.series):
        dash = _DASHES[number % len(_DASHES)]
        stroke = {"width": 2, **({"dasharray": dash} if dash and chart.kind == LINE else {})}
        drawing.add(str(title), [_figure(one) for one in values], stroke_style=stroke)
    # pygal configures scripts that it was told to leave out.
    return _SCRIPT.sub(b"", drawing.render())


def _rounded(value: Any) -> Any:
    if value is None:
        return None
    found = Decimal(str(value)).quantize(Decimal("0.01"))
    return int(found) if found == found.to_integral_value() else found


def _figure(value: Any) -> float | None:
    found = value_of(value)
    return None if found is None else float(found)
