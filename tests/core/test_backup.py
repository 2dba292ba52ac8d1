"""Backups: equal on both engines, closed to others, proved, and never trusted when damaged."""

from __future__ import annotations

import datetime as dt
import json
import random
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asurso_core import audit, audit_chain, clock, config, jobs, revisions, schema
from asurso_core import db as database
from asurso_core.accounts.models import Session
from asurso_core.actors import system
from asurso_core.admin import checks
from asurso_core.backup import making, remembering, restoring
from asurso_core.backup.errors import BackupError
from asurso_core.db import EXTRAS, rows, run
from asurso_core.health import OK, WARNING
from asurso_core.testing.shapes import triggers
from asurso_timetable.api import Lesson
from tests.keeping import Place, Places, opened

PASSPHRASE = "журавль синий чемодан"


@pytest.fixture
def places(tmp_path: Path, request: Any) -> Places:
    return Places(tmp_path, request)


@pytest.fixture
def kept(places: Places) -> Iterator[tuple[Place, Path]]:
    """A school on SQLite and its backup."""
    with places.filled("sqlite") as place:
        yield place, making.make(place.conf)


@pytest.mark.parametrize("back", ["sqlite", "postgres"])
def test_a_backup_comes_back_equal_on_either_engine(engine: str, back: str, places: Places) -> None:
    if "postgres" in {engine, back}:
        places.request.getfixturevalue("postgres_cluster")
    with places.filled(engine) as place:
        before, shape = place.kept(), place.state()[0]
        archive = making.make(place.conf)
        kept_file = (place.conf.instance / "files/ab/abcdef").read_bytes()
    with places.empty(back, "back") as place:
        told = restoring.restore(place.conf, archive)
        assert place.kept() == before
        assert (place.conf.instance / "files/ab/abcdef").read_bytes() == kept_file
        assert sum(one["rows"] for one in told["tables"]) > 100
        assert schema.pending() == []
        # The rules that the database keeps are there, and new rows get numbers of their own.
        assert triggers(back) == {name for mine in EXTRAS.values() for name in mine[back]}
        if back == engine:
            assert place.state()[0] == shape
        lesson = Lesson.get()
        later = {**lesson.__data__, "id": None, "number": 2, "starts": 600, "ends": 645}
        assert Lesson.create(**later).id > lesson.id
        second = making.make(place.conf)
    with places.empty(engine, "again") as place:
        restoring.restore(place.conf, second)
        assert len(place.kept()) == len(before)


def test_the_history_goes_on_after_a_restore_and_is_verified_clean(
    engine: str, places: Places
) -> None:
    with places.filled(engine) as place:
        heads = audit_chain.heads_file(place.conf.instance)
        audit_chain.seal(heads, now=True)
        entries = rows("SELECT COUNT(*) FROM core_audit_entry")[0][0]
        archive = making.make(place.conf)
        with database.transaction():
            audit.record(system("test"), "core.plugin_enabled", "core.plugin:diary", topic=None)
        audit_chain.seal(heads, now=True)
        later = heads.read_bytes()
    with places.empty(engine, "back") as place:
        # The instance remembers a head that the backup does not have.
        heads = audit_chain.heads_file(place.conf.instance)
        heads.write_bytes(later)
        restoring.restore(place.conf, archive)
        found = rows("SELECT kind, reason FROM core_audit_entry ORDER BY id DESC LIMIT 1")
        assert found == [("core.audit_restored", f"asurso restore {archive.name}")]
        assert rows("SELECT COUNT(*) FROM core_audit_entry") == [(entries + 1,)]
        assert audit_chain.verify(heads).faults == []
        assert audit_chain.remembered(heads) == [audit_chain.head()[::2]]


def test_what_waited_when_the_backup_was_made_is_not_done_twice(
    engine: str, places: Places
) -> None:
    with places.filled(engine) as place:
        jobs.enqueue("core.clean_jobs")
        archive = making.make(place.conf)
    with places.empty(engine, "back") as place:
        restoring.restore(place.conf, archive)
        assert rows("SELECT state FROM core_job WHERE NOT periodic") == [("unknown",)]


def test_an_archive_is_closed_to_others_and_holds_no_secret(kept: tuple[Place, Path]) -> None:
    place, archive = kept
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert archive != making.make(place.conf)
    with zipfile.ZipFile(archive) as packed:
        told = packed.read("manifest.json").decode()
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert place.conf.secret_key.encode() not in everything
    manifest = json.loads(told)
    assert {one["name"] for one in manifest["plugins"]} >= {"timetable", "journal"}
    assert set(manifest["configuration"]) <= set(config.Config.__dataclass_fields__) - {
        "secret_key"
    }
    assert sorted(archive.parent.glob(".*")) == []


def test_the_password_of_the_database_is_left_out() -> None:
    url = "postgresql://asurso:s3cret@db.example:5433/school?password=s3cret&sslmode=require"
    assert making._without(url) == "postgresql://asurso@db.example:5433/school"


def test_no_backup_lies_where_a_browser_can_ask_for_it(kept: tuple[Place, Path]) -> None:
    place, _archive = kept
    for folder in (place.conf.instance / "files", Path(place.app.static_folder or "") / "x"):
        with pytest.raises(BackupError, match="open to browsers"):
            making.make(place.conf, folder, served=[Path(place.app.static_folder or "/")])
        assert not (folder / "x").exists()


def test_a_backup_is_restored_only_into_an_empty_database(kept: tuple[Place, Path]) -> None:
    place, archive = kept
    before = place.state()
    with pytest.raises(BackupError, match="not empty"):
        restoring.restore(place.conf, archive)
    assert place.state() == before


def test_nobody_is_signed_in_after_a_restore_and_no_old_page_is_taken_for_new(
    places: Places,
) -> None:
    with places.filled("sqlite") as place:
        person = rows("SELECT id FROM core_user ORDER BY id LIMIT 1")[0][0]
        Session.create(
            key="k" * 64, user=person, side="staff", created_at=clock.stamp(),
            seen_at=clock.stamp(), address="127.0.0.1", agent="tests",
        )  # fmt: skip
        archive = making.make(place.conf)
        before = revisions.of("school", "access", "plugins", "settings")
    with places.empty("sqlite", "back") as place:
        restoring.restore(place.conf, archive)
        assert rows("SELECT COUNT(*) FROM core_session") == [(0,)]
        after = revisions.of("school", "access", "plugins", "settings")
        assert all(new > old + 1000 for old, new in zip(before, after, strict=True))


def test_a_restore_that_fails_leaves_the_database_empty(
    engine: str, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    with places.filled("sqlite") as place:
        archive = making.make(place.conf)

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with places.empty(engine, "back") as place:
        with monkeypatch.context() as broken:
            broken.setattr(restoring, "put_files", full)
            with pytest.raises(Exception, match=r"диск|space"):
                restoring.restore(place.conf, archive)
        with database.connection():
            assert place.digests() == {}
            restoring.restore(place.conf, archive)
            assert rows("SELECT value FROM journal_mark") == [("5",)]


def test_a_file_of_the_same_name_is_not_overwritten(
    kept: tuple[Place, Path], places: Places
) -> None:
    archive = kept[1]
    with places.empty("sqlite", "back") as place:
        other = place.conf.instance / "files/ab/abcdef"
        other.parent.mkdir(parents=True)
        other.write_bytes(b"other")
        with pytest.raises(BackupError, match="another file"):
            restoring.restore(place.conf, archive)
        assert other.read_bytes() == b"other"
        assert place.digests() == {}


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_every_flipped_byte_is_found(kept: tuple[Place, Path], passphrase: str | None) -> None:
    place, archive = kept
    if passphrase:
        archive = making.make(place.conf, passphrase=passphrase)
    whole = archive.read_bytes()
    lots = random.Random("flips")
    # A sealed archive costs half a second a try, so it gets fewer; both ends are always tried.
    places = [0, 20, len(whole) - 1, len(whole) - 70]
    places += [lots.randrange(len(whole)) for _n in range(2 if passphrase else 40)]
    for at in places:
        spoilt = bytearray(whole)
        spoilt[at] ^= 1 << lots.randrange(8)
        archive.write_bytes(spoilt)
        with pytest.raises(BackupError, match=r"damaged|no backup of asurso|encrypted"):
            restoring.verify(place.conf, archive, passphrase)
    for length in (0, 3, len(whole) // 2, len(whole) - 1):
        archive.write_bytes(whole[:length])
        with pytest.raises(BackupError, match=r"damaged|no backup|not an encrypted"):
            restoring.verify(place.conf, archive, passphrase)
    assert remembering.last(place.conf) is None
    archive.write_bytes(whole)
    restoring.verify(place.conf, archive, passphrase)


def test_a_changed_table_is_found_even_when_the_archive_was_closed_anew(
    kept: tuple[Place, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, archive = kept
    from asurso_core.backup import archive as archives

    monkeypatch.setattr(archives, "_compare_with_the_end", lambda _path: None)
    with zipfile.ZipFile(archive) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    members["tables/journal_mark.jsonl"] = members["tables/journal_mark.jsonl"].replace(
        b'"5"', b'"2"'
    )
    with zipfile.ZipFile(archive, "w") as packed:
        for name, body in members.items():
            packed.writestr(name, body)
    with pytest.raises(BackupError, match=r"journal_mark"):
        restoring.verify(place.conf, archive)


def test_a_passphrase_closes_the_archive(places: Places) -> None:
    with places.filled("sqlite") as place:
        before = place.kept()
        archive = making.make(place.conf, passphrase=PASSPHRASE)
    assert "Ёж".encode() not in archive.read_bytes()
    assert not zipfile.is_zipfile(archive)
    with places.empty("sqlite", "back") as place:
        with pytest.raises(BackupError, match="--passphrase-file"):
            restoring.restore(place.conf, archive)
        with pytest.raises(BackupError, match="passphrase does not fit"):
            restoring.restore(place.conf, archive, "another one")
        restoring.restore(place.conf, archive, PASSPHRASE)
        assert place.kept() == before


def test_an_archive_of_a_newer_schema_is_refused(kept: tuple[Place, Path], places: Places) -> None:
    place, _archive = kept
    run("INSERT INTO schema_migration_journal (name, applied) VALUES ('0999_later', '2027-01-01')")
    archive = making.make(place.conf)
    for deed in (restoring.verify, restoring.restore):
        with (
            places.empty("sqlite", f"back-{deed.__name__}") as back,
            pytest.raises(BackupError, match=r"newer program.*journal/0999_later"),
        ):
            deed(back.conf, archive)


def test_data_of_a_plugin_that_is_not_here_are_kept_and_not_silently_lost(
    engine: str, places: Places
) -> None:
    with places.filled(engine) as place:
        run("CREATE TABLE chess_game (id INTEGER PRIMARY KEY, white TEXT, played TIMESTAMP)")
        run("INSERT INTO chess_game VALUES (1, 'Ботвинник', '1948-05-18 12:00:00')")
        run("CREATE TABLE schema_migration_chess (id INTEGER PRIMARY KEY, name TEXT)")
        run("INSERT INTO schema_migration_chess VALUES (1, '0001_initial')")
        archive = making.make(place.conf)
        told = restoring.verify(place.conf, archive)
        assert {"chess_game", "schema_migration_chess"} <= {one["name"] for one in told["tables"]}
    with places.empty("sqlite", "back") as place:
        with pytest.raises(BackupError, match=r"not installed here: chess.*--leave-out chess"):
            restoring.restore(place.conf, archive)
        restoring.restore(place.conf, archive, leave_out=["chess"])
        assert "chess_game" not in place.digests()
        assert rows("SELECT value FROM journal_mark") == [("5",)]


def test_an_index_of_words_is_made_again(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = places.folder / "migrations"
    folder.mkdir()
    (folder / "0001_initial.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE words_text (id INTEGER PRIMARY KEY, body TEXT)')\n"
        '    db.execute_sql("CREATE VIRTUAL TABLE words_index USING fts5("\n'
        "        \"body, content='words_text', content_rowid='id')\")\n",
        "utf-8",
    )
    known = schema.owners
    monkeypatch.setattr(schema, "owners", lambda: [*known(), ("words", folder)])
    found = "SELECT rowid FROM words_index WHERE words_index MATCH 'журавль'"
    with places.filled("sqlite") as place:
        schema.upgrade()
        run("INSERT INTO words_text VALUES (7, 'журавль в небе')")
        archive = making.make(place.conf)
        kept = {one["name"] for one in restoring.verify(place.conf, archive)["tables"]}
        assert {name for name in kept if name.startswith("words_")} == {"words_text"}
    with places.empty("sqlite", "back") as place:
        restoring.restore(place.conf, archive)
        assert rows(found) == [(7,)]


def test_a_damaged_database_is_told_plainly(places: Places) -> None:
    with places.filled("sqlite") as place:
        run("PRAGMA wal_checkpoint(TRUNCATE)")
        file = Path(database.db.obj.database)
    spoilt = bytearray(file.read_bytes())
    for at in range(8192, len(spoilt), 4096):
        spoilt[at : at + 64] = b"\xff" * 64
    with opened(f"sqlite:///{file}", file.parent) as place:
        file.write_bytes(spoilt)
        with pytest.raises(BackupError, match="could not be read"):
            making.make(place.conf)
        assert not list((place.conf.instance / "backups").glob("*.zip"))


def test_the_administrator_sees_how_old_the_proved_backup_is(
    school: Any, login_as: Any, app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del school
    import dataclasses

    conf = dataclasses.replace(app.extensions["asurso_config"], instance=tmp_path)
    monkeypatch.setitem(app.extensions, "asurso_config", conf)
    admin = login_as("admin")
    assert "Проверенной резервной копии ещё нет" in admin.get("/").text
    assert "резервной копии" not in login_as("teacher").get("/").text
    assert checks.backup().level == WARNING

    made = clock.now()
    remembering.remember(conf, Path("a.zip"), {"made_at": made.isoformat()})
    assert checks.backup().level == OK
    assert "меньше суток" in admin.get("/").text
    older = (made - dt.timedelta(days=30)).isoformat()
    remembering.remember(conf, Path("older.zip"), {"made_at": older})
    proof = remembering.last(conf)
    assert proof is not None
    assert proof.archive == "a.zip"
    for days, level, words in (
        (0, OK, "меньше суток"), (6.9, OK, "6 дней"), (7.1, WARNING, "7 дней"),
        (21, WARNING, "21 день"),
    ):  # fmt: skip
        with clock.frozen(made + dt.timedelta(days=days)):
            found = checks.backup()
            assert (found.level, words in found.text) == (level, True)
    (tmp_path / remembering.FILE).write_text("{")
    assert checks.backup().level == WARNING
