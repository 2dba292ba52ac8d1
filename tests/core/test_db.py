"""Taking turns at SQLite's single writer: fair, and never for ever (F06)."""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import peewee as pw
import pytest

from asurso_core import db as database
from asurso_core.errors import Unavailable

CREATE = "CREATE TABLE one (value INTEGER)"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A database file of its own, bound for the length of the test."""
    before = database.db.obj
    database.db.initialize(None)
    path = tmp_path / "turn.sqlite3"
    database.bind(database.make_database(f"sqlite:///{path}"))
    try:
        with database.connection():
            database.db.execute_sql(CREATE)
            yield path
        database.release()
    finally:
        database.db.initialize(before)


def put(value: int) -> None:
    with database.transaction():
        database.run("INSERT INTO one VALUES (?)", [value])


def values() -> list[int]:
    return [value for (value,) in database.rows("SELECT value FROM one ORDER BY value")]


@contextlib.contextmanager
def gate_held(path: Path, seconds: float) -> Iterator[None]:
    """Somebody else stands at the front of the line for a while."""
    with Path(f"{path}.lock").open("ab") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        timer = threading.Timer(seconds, lambda: fcntl.flock(gate, fcntl.LOCK_UN))
        timer.start()
        yield
        timer.join()


def test_a_writer_waits_for_its_turn(file: Path) -> None:
    with gate_held(file, 0.3):
        put(1)
    assert values() == [1]


def test_a_writer_gives_up_when_its_turn_never_comes(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONGEST_TURN", 0.4)
    began = time.monotonic()
    with gate_held(file, 1.2), pytest.raises(Unavailable):
        put(1)
    assert time.monotonic() - began < 2
    put(2)  # whoever gave up does not stand in the line any more
    assert values() == [2]


def test_waiting_in_line_and_for_the_database_ends_together(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONGEST_TURN", 1.0)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with gate_held(file, 0.7), pytest.raises(Unavailable) as refusal:
        put(1)
    assert time.monotonic() - began < 1.5
    assert refusal.value.details["reason"] == "locked"
    other.execute("ROLLBACK")
    other.close()
    put(2)
    assert values() == [2]


def test_threads_and_latecomers_all_get_their_turn(file: Path) -> None:
    del file
    troubles: list[BaseException] = []

    def write(start: int) -> None:
        try:
            with database.connection():
                for number in range(20):
                    put(start + number)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=write, args=(100 * one,)) for one in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles
    assert len(values()) == 120


def test_a_full_database_is_told_as_such_and_recovers(file: Path) -> None:
    del file
    (pages,) = database.rows("PRAGMA page_count")[0]
    database.db.execute_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(Unavailable) as refusal, database.transaction():  # noqa: PT012 - the commit is what fails
        for _ in range(2_000):
            database.run("INSERT INTO one VALUES (?)", [2**40])
    assert refusal.value.details["reason"] == "disk_full"
    assert values() == []
    database.db.execute_sql("PRAGMA max_page_count = 1000000")
    put(1)
    assert values() == [1]


def test_other_faults_of_the_database_are_not_dressed_up(file: Path) -> None:
    del file
    with pytest.raises(pw.OperationalError), database.transaction():
        database.run("INSERT INTO nowhere VALUES (?)", [1])


def test_another_school_is_not_served_by_the_same_process(file: Path) -> None:
    del file
    with pytest.raises(RuntimeError):
        database.bind(database.make_database("sqlite:///other.sqlite3"))
