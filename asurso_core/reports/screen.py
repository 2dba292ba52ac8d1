"""A document as the template of the screen takes it: drawn once, measured once."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from asurso_core.reports import charts, layout
from asurso_core.reports.documents import (
    SIGNS,
    Chart,
    Document,
    Table,
    explanations,
    headings,
    row_of,
    shown,
)

#: Tables with more rows scroll inside a box of their own, below a heading that stays.
_LONG = 20


@dataclass(frozen=True)
class ShownTable:
    """A table with what the page asks about it."""

    table: Table
    upper: list[tuple[str, int]]
    rows: list[Any]
    named: int  # the place of the column that says of whom a row is
    turned: frozenset[int]
    explanations: list[str]
    long: bool


@dataclass(frozen=True)
class ShownChart:
    """A chart as pictures that stand in the page itself, and what they show in words.

    ``phone`` is the address of another picture for narrow screens, empty where one does for all.
    """

    title: str
    about: str
    picture: str
    phone: str
    narrow: bool


@dataclass(frozen=True)
class Body:
    """A document on the screen; ``sideways`` lays it on its side when the page is printed."""

    document: Document
    charts: list[ShownChart]
    tables: list[ShownTable]
    sideways: bool

    def shown(self, cell: Any, *, number: bool) -> str:
        """A value as people read it."""
        return shown(cell, number=number)

    def sign(self, tone: str) -> str:
        """The sign of a tone."""
        return SIGNS.get(tone, "")


def body(document: Document) -> Body:
    """What the template of a report needs of a document."""
    return Body(
        document=document,
        charts=[_shown_chart(one) for one in document.charts if charts.has_figures(one)],
        tables=[
            ShownTable(
                table=one, upper=headings(one), rows=[row_of(row) for row in one.rows],
                named=layout.leading(one) - 1, turned=layout.turned_of(one, layout.SCREEN),
                explanations=explanations(one), long=len(one.rows) > _LONG,
            )
            for one in document.tables
        ],
        sideways=layout.wide(document),
    )  # fmt: skip


def _shown_chart(chart: Chart) -> ShownChart:
    picture, phone = _address(charts.as_svg(chart)), _address(charts.as_svg(chart, phone=True))
    return ShownChart(
        title=str(chart.title), about=charts.about(chart), picture=picture,
        phone="" if phone == picture else phone, narrow=charts.is_narrow(chart),
    )  # fmt: skip


def _address(picture: str) -> str:
    """A picture as an address: its styles stay its own, and the page is built but once."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
