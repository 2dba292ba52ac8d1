"""A migrated database equals a freshly made one, on both engines; guards are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asurso_core import db as database
from asurso_core import schema
from asurso_core.db import EXTRAS, rows
from asurso_core.school import AcademicYear
from asurso_core.testing.make import small_school
from asurso_core.testing.plugin import serving


def shape(engine: str) -> dict[str, Any]:
    """Tables, columns (type, nullability, default) and indexes, without the runner's history."""
    tables = [
        name for name in database.db.obj.get_tables() if not name.startswith("schema_migration")
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
            rows("SELECT conname, confdeltype::text FROM pg_constraint WHERE contype = 'f'")
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


def test_a_migrated_schema_equals_a_freshly_created_one(
    engine: str, tmp_path: Path, request: Any
) -> None:
    shapes = []
    for way in (schema.upgrade, schema.create_all):
        if engine == "sqlite":
            url = f"sqlite:///{tmp_path / way.__name__}.sqlite3"
        else:
            cluster = request.getfixturevalue("postgres_cluster")
            url = cluster.create_database(f"asurso_{way.__name__}")
        with serving(url, tmp_path / way.__name__) as app, app.app_context(), database.connection():
            way()
            shapes.append(shape(engine))
            assert triggers(engine) == {name for mine in EXTRAS.values() for name in mine[engine]}
    migrated, created = shapes
    assert migrated == created


def test_migrating_twice_changes_nothing(engine: str, tmp_path: Path, request: Any) -> None:
    url = f"sqlite:///{tmp_path / 'twice.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("asurso_twice")
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        assert schema.pending()
        assert schema.upgrade()
        before = shape(engine)
        assert schema.upgrade() == []
        assert schema.pending() == []
        assert shape(engine) == before


def test_an_upgraded_database_lacks_no_change_of_the_models(
    engine: str, tmp_path: Path, request: Any
) -> None:
    from playhouse.schema_diff import diff_models

    url = f"sqlite:///{tmp_path / 'diff.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("asurso_diff")
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.upgrade()
        assert not diff_models(database.db.obj, schema.models())


def test_old_rows_get_their_first_version_even_in_a_closed_year(
    engine: str, tmp_path: Path, request: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("asurso_versions")
    tables = ("holiday", "period_type", "room", "school_class", "subject", "teaching_group")
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.upgrade()
        fresh = shape(engine)
        small_school()
        AcademicYear.update(state="closed").execute()
        undone = schema.downgrade("core", "0002_versions")
        assert undone[-1] == "0002_versions"
        counts = [rows(f"SELECT count(*) FROM core_{table}") for table in tables]
        assert "version" not in {column.name for column in database.db.obj.get_columns("core_room")}

        assert schema.upgrade() == [f"core/{name}" for name in reversed(undone)]
        assert shape(engine) == fresh
        assert [rows(f"SELECT count(*) FROM core_{table}") for table in tables] == counts
        for table in tables:
            assert rows(f"SELECT DISTINCT version FROM core_{table}") == [(1,)], table
