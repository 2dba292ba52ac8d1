"""Every schema that schools have had comes to the present one; a failure changes nothing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from asurso_core import db as database
from asurso_core import plugins, schema
from asurso_core.backup import making, restoring, upgrading
from asurso_core.backup.errors import BackupError
from asurso_core.cli.frame import demand_upgraded
from asurso_core.db import rows, run
from asurso_core.dumps import Tables, here
from asurso_core.plugins import PluginState
from asurso_core.testing.shapes import shape
from tests.keeping import FIXTURES, Place, Places, fill, old_database, opened


@pytest.fixture
def places(tmp_path: Path, request: Any) -> Places:
    return Places(tmp_path, request)


@contextlib.contextmanager
def old_school(fixture: Path, instance: Path) -> Iterator[Place]:
    """A school on a database of an earlier schema."""
    old_database(fixture, instance / "asurso.sqlite3")
    with opened(f"sqlite:///{instance / 'asurso.sqlite3'}", instance) as place:
        yield place


def contents(seen: Tables, like: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Columns and rows of every table; only the columns of ``like`` where it is given."""
    found = {}
    for name in seen.names():
        columns = [column.name for column in seen.table(name).columns]
        if like is not None:
            columns = [column for column in columns if column in like.get(name, [])]
        if columns:
            listed = ", ".join(f'"{column}"' for column in columns)
            found[name] = (
                columns,
                sorted(map(repr, seen.rows_of(f'SELECT {listed} FROM "{name}"'))),
            )
    return found


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda file: file.name.split(".")[0])
def test_a_school_of_an_earlier_schema_keeps_everything(fixture: Path, places: Places) -> None:
    with old_school(fixture, places.folder / "old") as place:
        before = contents(here())
        told: list[str] = []
        applied = upgrading.upgrade(place.conf, tell=told.append)

        assert "journal/0002_years_of_marks" in applied
        assert [f"run {name}" for name in applied] == [one for one in told if one[:4] == "run "]
        after = contents(here(), {name: columns for name, (columns, _rows) in before.items()})
        for name, (columns, lines) in before.items():
            assert name in after, f"the table {name} is gone"
            if name in {"core_plugin", "core_revision"}:
                continue  # which plugins are on is told in other words since; counters count
            assert after[name][0] == columns, name
            # Rights and histories may be added to; nothing that was there is lost or changed.
            assert set(lines) <= set(after[name][1]), name
            if name.startswith(("journal_", "timetable_")) or name == "core_person":
                assert after[name][1] == lines, name
        assert rows(
            "SELECT COUNT(*) FROM journal_mark m JOIN core_academic_year y ON y.id = m.year_id"
        ) == [(len(before["journal_mark"][1]),)]
        assert schema.pending() == []
        assert rows("PRAGMA foreign_key_check") == []
        upgraded = shape("sqlite")
        assert len(list((place.conf.instance / "backups").glob("*.zip"))) == 1
        assert list((place.conf.instance / "backups").glob(".*")) == []
    with places.empty("sqlite", "fresh"):
        schema.upgrade()
        assert upgraded == shape("sqlite")


@pytest.mark.parametrize("back", ["sqlite", "postgres"])
def test_a_backup_of_an_earlier_schema_goes_into_the_present_one(back: str, places: Places) -> None:
    with old_school(FIXTURES[0], places.folder / "old") as place:
        archive = making.make(place.conf)
        marks = rows("SELECT COUNT(*) FROM journal_mark")
    with places.empty(back, "new") as place:
        restoring.restore(place.conf, archive)
        assert schema.pending() == []
        assert rows("SELECT COUNT(*) FROM journal_mark WHERE year_id > 0") == marks


# --- failures ----------------------------------------------------------------------------------


class Stopped(Exception):
    """The statement that was not to succeed."""


def back_to_the_first_migrations() -> None:
    """Take every owner back to its first migration, those that stand on others first."""
    for owner, folder in reversed(schema.owners()):
        names = [name for who, name, applied in schema.status() if who == owner and applied]
        if folder.is_dir() and len(names) > 1:
            schema.downgrade(owner, names[1])


@contextlib.contextmanager
def stopping_at(number: int, deed: Callable[[], None]) -> Iterator[list[str]]:
    """Do something after the statement of a number was run; gives the statements that were run."""
    engine, seen = database.db.obj, []
    original = engine.execute_sql

    def execute(sql: str, *rest: Any, **options: Any) -> Any:
        answer = original(sql, *rest, **options)
        # Beginnings and ends of savepoints are the engine's; they do not fail after they were done.
        if database.db.transaction_depth() > 0 and not sql.startswith(("SAVEPOINT", "RELEASE")):
            seen.append(sql)
            if len(seen) == number:
                deed()
        return answer

    engine.execute_sql = execute
    try:
        yield seen
    finally:
        engine.execute_sql = original


def stop() -> None:
    raise Stopped


def test_an_upgrade_that_fails_after_any_statement_changes_nothing(
    engine: str, places: Places
) -> None:
    with places.filled(engine) as place:
        back_to_the_first_migrations()
        before, waiting = place.state(), schema.pending()
        # SQLite is stopped after each; the server, whose state takes longer to compare, after some.
        number, failures, step = 1, 0, 1 if engine == "sqlite" else 4
        while True:
            try:
                with stopping_at(number, stop) as seen:
                    applied = schema.upgrade()
            except Stopped:
                failures += 1
                assert place.state() == before, seen[-1]
                noted = [sql for sql in seen if sql.startswith('INSERT INTO "schema_migration')]
                # Guards go first and come last, hundreds of statements of one kind: a few of them.
                guards = 20 if " TRIGGER " in seen[number - 1] else step
                number += guards if len(noted) < len(waiting) else 150
            else:
                break
        assert applied == waiting
        assert failures > 12 / step
        assert place.state() != before


def test_a_first_upgrade_that_fails_leaves_nothing(engine: str, places: Places) -> None:
    with places.empty(engine, "fresh") as place:
        for number in (1, 2, 3, 40, 150):
            with stopping_at(number, stop), pytest.raises(Stopped):
                schema.upgrade()
            assert place.digests() == {}
        fill(place)


MIGRATIONS = {
    "commits by itself, then fails": """
        def up(migrator, db):
            db.execute_sql("UPDATE core_person SET surname = 'Никто'")
            db.execute_sql("COMMIT")
            db.execute_sql("SELECT * FROM nowhere")
        """,
    "commits by itself": """
        def up(migrator, db):
            db.execute_sql("DELETE FROM journal_mark")
            db.execute_sql("COMMIT")
        """,
    "fails": """
        def up(migrator, db):
            db.execute_sql("CREATE TABLE stranger_thing (id INTEGER PRIMARY KEY)")
            db.execute_sql("DELETE FROM journal_mark")
            raise ValueError("no such luck")
        """,
    "leaves rows without their owner": """
        def up(migrator, db):
            db.execute_sql("DELETE FROM journal_assignment")
        """,
}


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``stranger(body)`` adds an owner whose one migration is waiting."""
    folder = tmp_path / "stranger"
    folder.mkdir()

    def add(body: str) -> None:
        known = [one for one in schema.owners() if one[0] != "stranger"]
        (folder / "0001_initial.py").write_text(textwrap.dedent(body))
        monkeypatch.setattr(schema, "owners", lambda: [*known, ("stranger", folder)])

    return add


@pytest.mark.parametrize("name", MIGRATIONS)
@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_migration_that_goes_wrong_leaves_the_school_as_it_was(
    name: str, rehearsed: bool, places: Places, stranger: Callable[[str], None]
) -> None:
    with places.filled("sqlite") as place:
        spared = "    if 'scratch' in db.database: return\n"
        body = textwrap.dedent(MIGRATIONS[name])
        stranger(
            body if rehearsed else body.replace("(migrator, db):\n", "(migrator, db):\n" + spared)
        )
        before = place.state()
        told = (
            r"in its rehearsal: .*Nothing was changed"
            if rehearsed
            else "failed: .*as it was before"
        )
        with pytest.raises(BackupError, match=told):
            upgrading.upgrade(place.conf)
        assert place.state() == before
        archive = next((place.conf.instance / "backups").glob("*.zip"))
        assert list((place.conf.instance / "backups").glob(".*")) == []
        restoring.verify(place.conf, archive)


def test_on_postgresql_nothing_happens_without_yes_and_a_backup(
    places: Places, stranger: Callable[[str], None]
) -> None:
    with places.filled("postgres") as place:
        stranger("""
            def up(migrator, db):
                db.execute_sql("CREATE TABLE stranger_thing (id SERIAL PRIMARY KEY)")
            """)
        before, kept = place.state(), place.kept()
        with pytest.raises(BackupError, match="--yes"):
            upgrading.upgrade(place.conf)
        assert place.state() == before
        assert not (place.conf.instance / "backups").exists()

        assert upgrading.upgrade(place.conf, yes=True) == ["stranger/0001_initial"]
        archive = next((place.conf.instance / "backups").glob("*.zip"))
        run("DROP TABLE stranger_thing")
        run("DROP TABLE schema_migration_stranger")
        stranger(MIGRATIONS["commits by itself, then fails"])
        with pytest.raises(
            BackupError, match=r"(?s)partly written: relation .nowhere.*Restore the backup"
        ):
            upgrading.upgrade(place.conf, yes=True)
    stranger("def up(migrator, db): pass")
    with places.empty("postgres", "again") as place:
        restoring.restore(place.conf, archive)
        # The restore runs what was waiting, too.
        now = place.kept()
        assert {name: now[name] for name in kept} == kept


# --- before anything is touched ----------------------------------------------------------------


def test_an_upgrade_needs_room(
    places: Places, stranger: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with places.filled("sqlite") as place:
        stranger("def up(migrator, db): pass")
        monkeypatch.setattr(making, "free_space", lambda _folder: 1000)
        with pytest.raises(BackupError, match=r"not enough room.*Nothing was changed"):
            upgrading.upgrade(place.conf)
        assert schema.pending() == ["stranger/0001_initial"]


def test_a_plugin_that_vanished_is_told_and_its_tables_stay(places: Places) -> None:
    with places.filled("sqlite") as place:
        run("CREATE TABLE schema_migration_chess (id INTEGER PRIMARY KEY, name TEXT)")
        run("CREATE TABLE chess_game (id INTEGER PRIMARY KEY)")
        told: list[str] = []
        upgrading.upgrade(place.conf, tell=told.append)
        assert told == ["plugin chess is not installed: its tables stay as they are"]
        assert "chess_game" in place.digests()


def test_what_would_be_parked_and_new_rights_are_told_before_anything(
    engine: str, places: Places, stranger: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with places.filled(engine) as place:
        stranger("def up(migrator, db): pass")
        row = PluginState.get(PluginState.name == "diary")
        row.rights = [name for name in row.rights if name != "diary.view"]
        row.save()
        plugins.current().parked["chess"] = plugins.Parked("chess", "2.0", "wants asurso-core<0.1")
        told: list[str] = []
        monkeypatch.setattr(making, "free_space", lambda _folder: 1000)
        with pytest.raises(BackupError, match="not enough room"):
            upgrading.upgrade(place.conf, yes=True, tell=told.append)
        assert told[:3] == [
            "plugin chess would be parked, its tables stay as they are: wants asurso-core<0.1",
            "plugin diary: new rights wait for the administrator: diary.view",
            "stranger: 0001_initial",
        ]
        assert told[3].endswith("0 MB are free")


def test_an_older_program_refuses_a_newer_database(places: Places) -> None:
    with places.filled("sqlite") as place:
        run("INSERT INTO schema_migration_core (name, applied) VALUES ('0999_later', '2027-01-01')")
        with pytest.raises(BackupError, match=r"newer program.*core/0999_later"):
            upgrading.upgrade(place.conf)
        with pytest.raises(click.ClickException, match="newer program"):
            demand_upgraded()


# --- kills -------------------------------------------------------------------------------------

_KILLED = """
import os, signal, sys
from asurso_core import config, db as database, schema
from asurso_core.app import create_app
from asurso_core.backup import upgrading

app = create_app(config.load(sys.argv[1]))
with app.app_context(), database.connection():
    engine, seen = database.db.obj, []
    original = engine.execute_sql

    def execute(sql, *rest, **options):
        answer = original(sql, *rest, **options)
        if database.db.transaction_depth() > 0 and schema_began:
            seen.append(sql)
            if len(seen) == int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
        return answer

    schema_began = []
    upgrade = schema.upgrade

    def begin(**options):
        if "begun" in options:  # not the rehearsal
            schema_began.append(True)
        return upgrade(**options)

    schema.upgrade = begin
    engine.execute_sql = execute
    upgrading.upgrade(app.extensions["asurso_config"], yes=True)
"""


def test_a_killed_upgrade_leaves_the_old_state_or_the_new(engine: str, places: Places) -> None:
    with places.filled(engine, "old") as place:
        back_to_the_first_migrations()
        instance, before, waiting = place.conf.instance, place.state(), schema.pending()
    # PostgreSQL's transaction is its own promise; two places are enough there.
    for number in (1, 12, 30, 200) if engine == "sqlite" else (12, 200):
        ran = subprocess.run(
            [sys.executable, "-c", _KILLED, str(instance), str(number)],
            env={**os.environ, "ASURSO_DATABASE": place.conf.database},
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == -9, ran.stderr[-1000:]
        with opened(place.conf.database, instance) as place:
            assert place.state() == before, number
    with opened(place.conf.database, instance) as place:
        assert upgrading.upgrade(place.conf, yes=True) == waiting
        if engine == "sqlite":
            assert rows("PRAGMA integrity_check") == [("ok",)]
