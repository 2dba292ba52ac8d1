"""Tables as JSON lines: the same bytes for the same rows on both engines.

What archives of plugins are made of. A line is one row, ``{column: value}`` in the order of column
names, rows in the order of their ids; dates and timestamps are ISO texts, truth values are truth
values. The digest of a table is that of its lines.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from asurso_core.db import db, is_sqlite, rows, run

_CHUNK = 500


def lines(table: str) -> Iterator[str]:
    """The rows of a table, each as a line without its end; read in pieces by id."""
    columns = sorted(db.obj.get_columns(table), key=lambda one: one.name)
    told = [(one.name, _plain_of(str(one.data_type).lower())) for one in columns]
    names = ", ".join(f'"{name}"' for name, _plain in told)
    place = next(index for index, (name, _plain) in enumerate(told) if name == "id")
    last = 0
    while True:
        found = rows(
            f'SELECT {names} FROM "{table}" WHERE id > ? ORDER BY id LIMIT {_CHUNK}',  # noqa: S608 - names of the database
            [last],
        )
        for row in found:
            plain = {
                name: None if value is None else make(value)
                for (name, make), value in zip(told, row, strict=True)
            }
            yield json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        if len(found) < _CHUNK:
            return
        last = found[-1][place]


def digest(found: Iterable[str]) -> tuple[int, str]:
    """``(number of lines, SHA-256)`` of the lines of a table."""
    total, hashed = 0, hashlib.sha256()
    for line in found:
        total += 1
        hashed.update(line.encode() + b"\n")
    return total, hashed.hexdigest()


def load(table: str, found: Iterable[str]) -> int:
    """Put lines back into an empty table with their old ids; call inside a transaction.

    Returns how many there were. Columns that the table does not have are an error.
    """
    total = 0
    sql = ""
    for line in found:
        row: dict[str, Any] = json.loads(line)
        if not sql:
            names = ", ".join(f'"{name}"' for name in row)
            places = ", ".join("?" * len(row))
            sql = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608 - names of the archive, checked against the manifest
        run(sql, list(row.values()))
        total += 1
    if total and not is_sqlite():
        rows(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - our own names
            f'(SELECT MAX(id) FROM "{table}"))'
        )
    return total


def in_order(tables: Iterable[str]) -> list[str]:
    """Tables so that each one comes after those it refers to."""
    wanted = sorted(tables)
    order: list[str] = []
    points = {
        table: {key.dest_table for key in db.obj.get_foreign_keys(table)} - {table}
        for table in wanted
    }
    while len(order) < len(wanted):
        ready = [
            table
            for table in wanted
            if table not in order and not (points[table] & set(wanted)) - set(order)
        ]
        if not ready:
            raise ValueError(f"tables refer to each other in a circle: {wanted}")
        order += ready
    return order


def _plain_of(kind: str) -> Callable[[Any], Any]:
    if kind.startswith("bool"):
        return bool
    if kind.startswith("date") and "time" not in kind:
        return lambda value: value if isinstance(value, str) else value.isoformat()
    if "time" in kind:
        return _moment
    return lambda value: str(value) if isinstance(value, Decimal) else value


def _moment(value: Any) -> str:
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    told: str = found.isoformat(" ")
    return told
