"""Documents as JSON and back: what a kept report holds is exactly the document that was shown.

Values keep their kind: a date stays a date, 4,50 keeps its places, «NaN» stays the word that
somebody typed. Reports that were kept before values had kinds (without ``form``) still open.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from asurso_core.reports.documents import Cell, Chart, Column, Document, Row, Table, row_of

#: The form in which documents are written today.
FORM = 2


def packed(document: Document) -> dict[str, Any]:
    """A document as plain JSON."""
    return {
        "form": FORM,
        "title": str(document.title),
        "note": str(document.note),
        "basis": str(document.basis),
        "warnings": [str(one) for one in document.warnings],
        "tables": [_packed_table(one) for one in document.tables],
        "charts": [
            {
                "title": str(one.title), "kind": one.kind,
                "labels": [str(label) for label in one.labels],
                "series": [[str(title), [_value(value) for value in values]]
                           for title, values in one.series],
            }
            for one in document.charts
        ],
    }  # fmt: skip


def _packed_table(table: Table) -> dict[str, Any]:
    rows = [row_of(one) for one in table.rows]
    return {
        "title": str(table.title),
        "empty": str(table.empty),
        "columns": [
            {"title": str(one.title), "number": one.number, "group": str(one.group),
             "about": str(one.about)}
            for one in table.columns
        ],
        "rows": [{"kind": row.kind, "cells": [_value(cell) for cell in row.cells]} for row in rows],
    }  # fmt: skip


def _value(value: Any) -> Any:
    """A value as JSON: text, whole numbers and None as they are, the rest as ``[kind, …]``."""
    if isinstance(value, Cell):
        return ["cell", _value(value.value), value.url, value.tone]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, float):
        return ["float", repr(value)]
    if isinstance(value, dt.datetime):
        return ["moment", value.isoformat()]
    if isinstance(value, dt.date):
        return ["day", value.isoformat()]
    return str(value)  # a text that is translated when it is shown


_KINDS: dict[str, Any] = {
    "decimal": Decimal, "float": float, "moment": dt.datetime.fromisoformat,
    "day": dt.date.fromisoformat,
}  # fmt: skip


def unpacked(kept: Mapping[str, Any], *, links: bool = True) -> Document:
    """The document that was packed; without ``links`` its cells lead nowhere.

    Links were made for whoever ran the report, others may not be able to follow them.
    """
    old = "form" not in kept

    def value(told: Any, *, number: bool) -> Any:
        if old:
            return _figure(told) if number else told
        return _back(told, links=links)

    return Document(
        title=kept["title"], note=kept["note"], basis=kept["basis"], warnings=kept["warnings"],
        tables=[
            Table(
                title=one["title"], empty=one["empty"],
                columns=[Column(**column) for column in one["columns"]],
                rows=[
                    Row(
                        [
                            value(cell, number=column["number"])
                            for cell, column in zip(row["cells"], one["columns"], strict=True)
                        ],
                        row["kind"],
                    )
                    for row in one["rows"]
                ],
            )
            for one in kept["tables"]
        ],
        charts=[
            Chart(
                title=one["title"], kind=one["kind"], labels=one["labels"],
                series=[(title, [value(cell, number=True) for cell in values])
                        for title, values in one["series"]],
            )
            for one in kept["charts"]
        ],
    )  # fmt: skip


def _back(told: Any, *, links: bool) -> Any:
    if not isinstance(told, list):
        return told
    kind, inside, *more = told
    if kind == "cell":
        url, tone = more
        return Cell(_back(inside, links=links), url if links else "", tone)
    return _KINDS[kind](inside)


_WHOLE, _BROKEN = re.compile(r"-?[0-9]+\Z"), re.compile(r"-?[0-9]+,[0-9]+\Z")


def _figure(text: str) -> Any:
    """A figure of an old kept report, which held texts; what is no figure stays a text."""
    if text in {"—", ""}:
        return None
    if _WHOLE.match(text):
        return int(text)
    return Decimal(text.replace(",", ".")) if _BROKEN.match(text) else text
