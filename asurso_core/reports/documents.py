"""What a report answers: tables, notes and charts of plain values, the same for every format."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _

BAR, LINE, STACKED = "bar", "line", "stacked"
#: How a tone is told without colour, beside the value and on paper.
SIGNS = {"good": "▲", "warn": "●", "bad": "▼"}
#: Kinds of rows.
ORDINARY, TOTAL, MUTED = "", "total", "muted"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table; figures stand at the right.

    Neighbouring columns with the same ``group`` share a heading above them. ``about`` says in full
    what a short title means: beside the heading on the screen, below the table on paper. Figures of
    a column whose title ends with «%» are per cents: spreadsheets get them as such.
    """

    title: Any
    number: bool = False
    group: Any = ""
    about: Any = ""

    @property
    def percent(self) -> bool:
        """Whether its figures are per cents."""
        return self.number and str(self.title).endswith("%")


@dataclass(frozen=True)
class Cell:
    """A value with more to it: where it leads to, and how good or bad it is.

    ``url`` must be an address that the reader may open; whoever builds the report asks that.
    ``tone`` is ``good``, ``warn`` or ``bad``: it is told by a sign too, never by colour alone.
    """

    value: Any
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """Cells with a meaning: ``total`` for sums, ``muted`` for who has left."""

    cells: Sequence[Any]
    kind: str = ORDINARY


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of plain values: text, whole numbers, decimals, dates, None, or :class:`Cell` of them.

    A row is a sequence of values, or a :class:`Row`. ``empty`` is said where there is no row.
    """

    columns: Sequence[Column]
    rows: Sequence[Any]
    title: Any = ""
    empty: Any = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of figures that stand in a table of the document too.

    ``labels`` stand along the bottom; each of ``series`` is a title and a value (or None) for each
    label. ``kind`` is ``bar``, ``line`` or ``stacked``.
    """

    title: Any
    labels: Sequence[Any]
    series: Sequence[tuple[Any, Sequence[Any]]]
    kind: str = BAR


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a report answers: a heading, a sentence on what was counted, tables and charts.

    ``basis`` says over what each figure is computed, ``warnings`` what the figures lack
    («Incomplete: no marks in …»).
    """

    title: Any
    tables: Sequence[Table]
    note: Any = ""
    basis: Any = ""
    warnings: Sequence[Any] = ()
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report of an owner.

    ``form`` is a WTForms class read from the address, without a token; one made from
    :class:`~asurso_core.reports.ReportForm` offers what the reader may see and opens at once with
    useful values. ``build(actor, params)`` takes its data and asks for rights itself. ``requires``
    is the permission without which the report does not exist for the reader. ``side`` keeps it to
    the staff or to families. ``long`` has it made by a job, with progress. ``submit`` lets it be
    handed in to the deputy director.
    """

    name: str
    title: Any
    group: Any
    requires: str
    form: type[Any]
    build: Callable[[Actor, dict[str, Any]], Document]
    about: Any = ""
    order: int = field(default=100)
    side: str | None = None
    long: bool = False
    submit: bool = False


def percent(part: int, whole: int) -> Decimal | None:
    """``part`` of ``whole`` in per cent with one place, half up; None of nothing (features 4.1)."""
    if whole == 0:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


# --- values as text and figures ------------------------------------------------------------------


def value_of(cell: Any) -> Any:
    """The value of a cell without what hangs on it."""
    return cell.value if isinstance(cell, Cell) else cell


def row_of(row: Any) -> Row:
    """A row of any form as a :class:`Row`."""
    return row if isinstance(row, Row) else Row(row)


def shown(cell: Any, *, number: bool = False) -> str:
    """A value as people read it: 4,25, 01.09.2026; «—» where a figure could not be computed."""
    value = value_of(cell)
    if value is None or value == "":
        return "—" if number else ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Decimal):
        text = format(value, "f")
        return (text.lstrip("-") if not value else text).replace(".", ",")
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, dt.datetime):
        return value.strftime("%d.%m.%Y %H:%M")
    if isinstance(value, dt.date):
        return value.strftime("%d.%m.%Y")
    return str(value)


def sign_of(cell: Any) -> str:
    """The sign of a cell's tone, empty for a value without one."""
    return SIGNS.get(cell.tone, "") if isinstance(cell, Cell) else ""


def signed(cell: Any, *, number: bool = False) -> str:
    """A value with the sign of its tone: «2,80 ▼»."""
    return f"{shown(cell, number=number)} {sign_of(cell)}".rstrip()


def explanations(table: Table) -> list[str]:
    """What short headings mean and what the signs in a table say, one text each."""
    named = [one for one in table.columns if str(one.about) and str(one.about) != str(one.title)]
    told = list(dict.fromkeys(f"{one.title} — {one.about}" for one in named))
    met = {sign_of(cell) for row in table.rows for cell in row_of(row).cells} - {""}
    words = {"▲": _("doing well"), "●": _("look at this"), "▼": _("bad")}
    if met:
        told.append(", ".join(f"{sign} — {word}" for sign, word in words.items() if sign in met))
    return told


def digest(told: Any) -> str:
    """SHA-256 over the canonical JSON of what is kept: equal contents, equal digests."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def headings(table: Table) -> list[tuple[str, int]]:
    """``(group, columns)`` of the upper line of headings; empty when no column has a group."""
    if not any(str(one.group) for one in table.columns):
        return []
    found: list[tuple[str, int]] = []
    for one in table.columns:
        group = str(one.group)
        if found and group and found[-1][0] == group:
            found[-1] = (group, found[-1][1] + 1)
        else:
            found.append((group, 1))
    return found
