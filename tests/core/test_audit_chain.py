"""History cannot be edited unseen (T33): refused by the database, and found when forced."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import peewee as pw
import pytest
from click.testing import CliRunner
from flask import Flask

from asurso_core import audit, audit_chain, clock, schema
from asurso_core import db as database
from asurso_core.actors import system
from asurso_core.admin import verifying
from asurso_core.audit import AuditEntry, Deed
from asurso_core.cli import main
from asurso_core.db import db, is_sqlite, rows, run, transaction
from asurso_core.errors import Unavailable
from asurso_core.jobs import housekeeping
from asurso_core.testing.make import SmallSchool
from asurso_core.testing.plugin import Statements, serving

MINE = system("test")


def write(number: int) -> list[int]:
    """So many entries, the newest ids of the table."""
    with transaction():
        audit.record_many(
            MINE, "core.file_saved", [Deed(target=f"core.thing:{n}", after={"n": n}, person=n)
                                for n in range(number)]
        )  # fmt: skip
    found = rows("SELECT id FROM core_audit_entry ORDER BY id DESC LIMIT ?", [number])
    return sorted(id_ for (id_,) in found)


def faults() -> list[tuple[str, int | None]]:
    return [(one.kind, one.entry) for one in audit_chain.verify().faults]


@pytest.fixture
def sealed(app: Flask, school: SmallSchool) -> list[int]:
    """Ids of two hundred sealed entries."""
    del app, school
    ids = write(200)
    audit_chain.seal()
    return ids


# --- what the database refuses -------------------------------------------------------------------


@pytest.mark.parametrize("table", ["core_audit_entry", "core_audit_link"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_history(
    sealed: list[int], table: str, deed: str
) -> None:
    before = rows(f"SELECT COUNT(*) FROM {table}")
    with pytest.raises(pw.IntegrityError, match="append-only"), transaction():
        run(deed.format(table))
    assert rows(f"SELECT COUNT(*) FROM {table}") == before


def test_postgres_refuses_to_empty_the_history(sealed: list[int]) -> None:
    if is_sqlite():
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(pw.IntegrityError, match="append-only"), transaction():
        run("TRUNCATE core_audit_entry")


# --- what is found when somebody forces it -------------------------------------------------------


def _change(ids: list[int], dice: random.Random) -> set[int]:
    id_ = dice.choice(ids)
    column, value = dice.choice([
        ("actor_name", "Другой"), ("after", '{"n":-1}'), ("address", "10.0.0.1"),
        ("at", "2020-01-01 00:00:00"), ("operation", "x"), ("reason", "y"), ("side", "family"),
    ])  # fmt: skip
    run(f"UPDATE core_audit_entry SET {column} = ? WHERE id = ?", [value, id_])
    return {id_}


def _delete(ids: list[int], dice: random.Random) -> set[int]:
    id_ = dice.choice(ids)
    run("DELETE FROM core_audit_entry WHERE id = ?", [id_])
    return {id_}


def _insert(ids: list[int], dice: random.Random) -> set[int]:
    id_ = -dice.randrange(1, 10_000)  # below the head, whatever the numbers are
    run(
        "INSERT INTO core_audit_entry (id, at, actor_name, side, address, kind, target) "
        "VALUES (?, '2026-11-24 08:00:00', 'Никто', 'staff', '', 'core.file_saved', 'x:0')",
        [id_],
    )
    return {id_}


def _swap(ids: list[int], dice: random.Random) -> set[int]:
    one, other = dice.sample(ids, 2)
    run("UPDATE core_audit_entry SET id = 2000000000 WHERE id = ?", [one])
    run("UPDATE core_audit_entry SET id = ? WHERE id = ?", [one, other])
    run("UPDATE core_audit_entry SET id = ? WHERE id = 2000000000", [other])
    return {one, other}


def _unlink(ids: list[int], dice: random.Random) -> set[int]:
    id_ = dice.choice(ids[:-1])
    run("DELETE FROM core_audit_link WHERE entry = ?", [id_])
    return {id_}


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [(_change, "changed"), (_delete, "missing"), (_insert, "inserted"), (_swap, "reordered"),
     (_unlink, "inserted")],
)  # fmt: skip
def test_every_tampered_entry_is_named(
    sealed: list[int], tamper: Callable[[list[int], random.Random], set[int]], kind: str
) -> None:
    schema.drop_guards()
    assert faults() == []
    dice = random.Random(33)
    for _round in range(40):
        with db.atomic() as attempt:
            touched = tamper(sealed, dice)
            named = {(what, id_) for what, id_ in faults() if id_ is not None}
            attempt.rollback()
        assert named == {(kind, id_) for id_ in touched}


def test_several_faults_are_all_named(sealed: list[int]) -> None:
    schema.drop_guards()
    dice = random.Random(5)
    touched = set()
    for part, tamper in enumerate((_change, _delete, _swap, _insert, _change, _swap)):
        touched |= tamper(sealed[part * 30 : part * 30 + 30], dice)
    assert {id_ for _kind, id_ in faults()} == touched


def test_a_changed_link_accuses_only_itself(sealed: list[int]) -> None:
    schema.drop_guards()
    run("UPDATE core_audit_link SET digest = ? WHERE entry = ?", ["0" * 64, sealed[7]])
    assert faults() == [("changed", sealed[7])]


def test_the_same_entries_have_the_same_chain_on_both_engines() -> None:
    at = clock.dt.datetime(2026, 11, 24, 8, 0, 0, 120)
    rest = (3, "Иванова", "staff", "::1", "k", "t:1", None, None, '{"a":"ё"}', None, None)
    assert audit_chain.digest_of("", (1, at, *rest)) == audit_chain.digest_of(
        "", (1, at.isoformat(" "), *rest)
    )


# --- sealing -------------------------------------------------------------------------------------


def test_sealing_takes_up_what_is_new(sealed: list[int]) -> None:
    place = audit_chain.head()[0]
    more = write(3)
    assert audit_chain.unsealed()[0] == 3
    assert audit_chain.seal() == 3
    assert audit_chain.head()[:2] == (place + 3, more[-1])
    assert (audit_chain.seal(), faults()) == (0, [])


def test_many_entries_are_sealed_in_batches(
    sealed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 7)
    write(30)
    assert (audit_chain.seal(), faults()) == (30, [])


def test_a_deed_pays_nothing_for_the_chain(
    app: Flask, school: SmallSchool,
    statements: Callable[[], AbstractContextManager[Statements]],
) -> None:  # fmt: skip
    with statements() as seen, transaction():
        audit.record(MINE, "core.file_saved", "core.thing:1", topic=None)
    assert len(seen) == 1


# --- outside the database ------------------------------------------------------------------------


@pytest.fixture
def alone(engine: str, tmp_path: Path, request: Any) -> Any:
    """A database and an instance folder of one's own, where things are really committed."""
    url = f"sqlite:///{tmp_path / 'own.sqlite3'}"
    if engine == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        url = cluster.create_database(f"asurso_{tmp_path.name}"[:60].replace("-", "_").lower())
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.create_all()
        yield audit_chain.heads_file(tmp_path)


def _kinds(heads: Path) -> list[str]:
    return [one.kind for one in audit_chain.verify(heads).faults]


def test_a_cut_off_end_is_noticed_from_outside(alone: Path) -> None:
    write(20)
    audit_chain.seal(alone, now=True)
    assert _kinds(alone) == []
    schema.drop_guards()
    run("DELETE FROM core_audit_link WHERE id > 15")
    run("DELETE FROM core_audit_entry WHERE id > 15")
    assert audit_chain.verify().faults == []  # the chain itself cannot know
    assert _kinds(alone) == ["cut"]


def test_a_chain_that_was_worked_out_anew_is_noticed_from_outside(alone: Path) -> None:
    ids = write(20)
    audit_chain.seal(alone, now=True)
    schema.drop_guards()
    run("UPDATE core_audit_entry SET reason = 'x' WHERE id = ?", [ids[3]])
    run("DELETE FROM core_audit_link")
    audit_chain.seal()
    assert audit_chain.verify().faults == []
    assert _kinds(alone) == ["cut"]


def test_a_restored_backup_is_believed_when_it_is_told(alone: Path) -> None:
    write(20)
    audit_chain.seal(alone, now=True)
    schema.drop_guards()
    run("DELETE FROM core_audit_link WHERE id > 15")
    run("DELETE FROM core_audit_entry WHERE id > 15")
    audit_chain.begin(alone, "backup of yesterday")
    assert _kinds(alone) == []
    run("DELETE FROM core_audit_link WHERE id > 10")
    assert _kinds(alone) == ["cut"]


def test_a_head_is_written_at_most_every_ten_minutes(alone: Path) -> None:
    for _time in range(3):
        write(1)
        audit_chain.seal(alone)
    assert len(audit_chain.remembered(alone)) == 1
    assert alone.stat().st_mode & 0o077 == 0


def test_verifying_is_recorded_and_seals_only_a_sound_history(alone: Path) -> None:
    write(5)
    assert verifying.verify(alone).faults == []
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.kind, entry.after["faults"]) == (verifying.VERIFIED, {})
    schema.drop_guards()
    run("DELETE FROM core_audit_entry WHERE id = 2")
    place = audit_chain.head()[0]
    assert [one.kind for one in verifying.verify(alone).faults] == ["missing"]
    assert audit_chain.head()[0] == place


def test_a_head_noted_on_paper_is_compared(alone: Path) -> None:
    write(5)
    audit_chain.seal()
    place, _entry, digest = audit_chain.head()
    assert verifying.verify(alone, told=f"{place}:{digest}").faults == []
    assert verifying.verify(alone, told=f"{place}:{'0' * 64}").faults[0].kind == "cut"
    assert verifying.verify(alone, told="nonsense").faults[0].kind == "cut"


def test_entries_written_while_others_are_sealed_stay_in_order(alone: Path) -> None:
    done = threading.Event()

    def keep_writing() -> None:
        with database.connection():
            for _time in range(25):
                with transaction():
                    audit.record(MINE, "core.file_saved", "core.thing:1", topic=None)
                    time.sleep(0.002)
                    audit.record(MINE, "core.file_saved", "core.thing:2", topic=None)

    def keep_sealing() -> None:
        with database.connection():
            while not done.is_set():
                with contextlib.suppress(Unavailable):
                    audit_chain.seal()
                time.sleep(0.005)

    sealers = [threading.Thread(target=keep_sealing) for _one in range(2)]
    writers = [threading.Thread(target=keep_writing) for _one in range(4)]
    for one in [*sealers, *writers]:
        one.start()
    for one in writers:
        one.join()
    done.set()
    for one in sealers:
        one.join()
    audit_chain.seal()
    assert (audit_chain.head()[0], audit_chain.verify().faults) == (200, [])


def test_the_job_seals_and_remembers_the_head(alone: Path) -> None:
    write(3)
    housekeeping.seal_history(None)
    assert audit_chain.unsealed()[0] == 0
    assert len(audit_chain.remembered(alone)) == 1


def test_the_commands_seal_verify_and_tell_of_a_restored_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASURSO_INSTANCE", str(tmp_path))
    runner = CliRunner()

    def asurso(*words: str) -> tuple[int, str]:
        done = runner.invoke(main, ["audit", *words])
        return done.exit_code, done.output

    url = f"sqlite:///{tmp_path / 'asurso.sqlite3'}"
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.upgrade()
        write(3)
        code, told = asurso("seal")
        assert code == 0
        assert "3 entries were sealed" in told
        assert asurso("verify")[0] == 0
        schema.drop_guards()
        run("DELETE FROM core_audit_link WHERE id > 2")
        run("DELETE FROM core_audit_entry WHERE id > 2")
        code, told = asurso("verify", "--json")
        assert (code, [one["kind"] for one in json.loads(told)["faults"]]) == (1, ["cut"])
        assert asurso("restored", "backup of Monday")[0] == 0
        assert asurso("verify")[0] == 0
        entry = AuditEntry.get(AuditEntry.kind == "core.audit_restored")
        assert entry.reason == "backup of Monday"
