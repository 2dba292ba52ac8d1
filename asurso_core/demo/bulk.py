"""Many rows at once, with ids known before they are written.

A school is a web of rows that point at each other; asking the database for every new id would
take minutes. Ids are counted here instead and the sequences of PostgreSQL are moved afterwards.
Only for filling an empty database inside one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import peewee as pw

from asurso_core.db import Record, db, is_sqlite

_CHUNK = 20_000


class Bulk:
    """Gathers rows by table and writes them in the order in which the tables were first met."""

    def __init__(self) -> None:
        self._next: dict[type[Record], int] = {}
        self._waiting: dict[type[Record], list[dict[str, Any]]] = {}

    def reserve(self, model: type[Record], count: int = 1) -> int:
        """The first of ``count`` ids that nobody else will get."""
        if model not in self._next:
            found: int | None = model.select(pw.fn.MAX(model.id)).scalar()
            self._next[model] = (found or 0) + 1
        first = self._next[model]
        self._next[model] += count
        return first

    def add(self, model: type[Record], **values: Any) -> int:
        """Put a row aside until :meth:`flush`; returns its id."""
        values["id"] = self.reserve(model)
        self._waiting.setdefault(model, []).append(values)
        return int(values["id"])

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, {}
        for model, found in waiting.items():
            names = list({name: None for row in found for name in row})
            self.write(model, names, [tuple(row.get(name) for name in names) for row in found])

    def write(
        self, model: type[Record], names: Sequence[str], rows: Iterable[tuple[Any, ...]]
    ) -> None:
        """Write rows given as tuples of the named fields, ``id`` among them.

        Fields that are not named get the model's own default.
        """
        meta: Any = model._meta  # noqa: SLF001 - peewee keeps a model's table there
        extra = {
            field: default() if callable(default) else default
            for field, default in meta.defaults.items()
            if field.name not in names
        }
        fields = [*(meta.fields[name] for name in names), *extra]
        columns = [field.column_name for field in fields]
        tail = tuple(extra.values())
        chunk: list[tuple[Any, ...]] = []
        for row in rows:
            chunk.append(row + tail)
            if len(chunk) >= _CHUNK:
                _insert(meta.table_name, columns, chunk)
                chunk = []
        if chunk:
            _insert(meta.table_name, columns, chunk)

    def finish(self) -> None:
        """Write what waits and let the database count on from the ids used here."""
        self.flush()
        if is_sqlite():
            return
        for model, following in self._next.items():
            table = model._meta.table_name  # noqa: SLF001 - peewee keeps a model's table there
            db.execute_sql(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", (table, following)
            )


def _insert(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    cursor = db.obj.cursor()
    if is_sqlite():
        marks = ", ".join("?" * len(columns))
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - our own names
        cursor.executemany(sql, (_plain(row) for row in rows))
        return
    with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row with dates as SQLite keeps them, the same text that peewee writes."""
    if any(isinstance(value, dt.date) for value in row):
        return tuple(str(value) if isinstance(value, dt.date) else value for value in row)
    return row
