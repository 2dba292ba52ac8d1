"""The shape of a database, to compare: what migrations built with what models say."""

from __future__ import annotations

from typing import Any

from asurso_core import db as database
from asurso_core.db import rows


def shape(engine: str, owner: str = "") -> dict[str, Any]:
    """Tables, columns (type, nullability, default) and indexes, without the runner's history.

    Of one owner, if it is named.
    """
    tables = [
        name
        for name in database.db.obj.get_tables()
        if not name.startswith("schema_migration") and (not owner or name.startswith(f"{owner}_"))
    ]
    found: dict[str, Any] = {}
    for table in tables:
        columns = {
            (
                column.name,
                str(column.data_type).lower(),
                column.null,
                column.primary_key,
                str(column.default),
            )
            for column in database.db.obj.get_columns(table)
        }
        indexes = {
            (index.name, tuple(index.columns), index.unique)
            for index in database.db.obj.get_indexes(table)
        }
        keys = {
            (key.column, key.dest_table, key.dest_column)
            for key in database.db.obj.get_foreign_keys(table)
        }
        found[table] = (columns, indexes, keys)
    if engine == "postgres":
        found["deletion"] = set(
            rows(
                "SELECT conname, confdeltype::text FROM pg_constraint WHERE contype = 'f' "
                "AND conrelid::regclass::text IN ?",
                [tables],
            )
        )
    else:
        found["deletion"] = {
            (table, row[3], row[6])
            for table in tables
            for row in rows(f'PRAGMA foreign_key_list("{table}")')
        }
    return found


def triggers(engine: str) -> set[str]:
    """Names of the triggers that stand in the database."""
    if engine == "sqlite":
        return {name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    return {name for (name,) in rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")}
