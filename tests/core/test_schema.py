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
from asurso_core.testing.shapes import shape, triggers


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
