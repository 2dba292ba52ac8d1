"""A document as the template of the screen takes it: drawn once, measured once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from asurso_core.reports import charts, layout
from asurso_core.reports.documents import (
    SIGNS,
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
class Body:
    """A document on the screen; ``sideways`` lays it on its side when the page is printed."""

    document: Document
    charts: list[tuple[str, Markup]]
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
        charts=[
            (str(one.title), Markup(charts.as_svg(one, f"chart{number}")))  # noqa: S704 - our own
            for number, one in enumerate(document.charts, start=1)
        ],
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
