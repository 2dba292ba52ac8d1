"""A database that is held by another program, and a disk that is full (F06, F07)."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import db as database
from tests.faults.school import LOGIN, PASSWORD, Broken, on_disk


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Broken]:
    """A committed school that the test may spoil."""
    with on_disk(tmp_path) as made:
        yield made


@pytest.fixture
def browser(broken: Broken) -> FlaskClient:
    """The teacher, signed in at the sign-in page."""
    broken.app.config["WTF_CSRF_ENABLED"] = False
    client = broken.app.test_client()
    assert client.post("/sign-in", data={"login": LOGIN, "password": PASSWORD}).status_code == 303
    return client


def save(browser: FlaskClient, broken: Broken, op: str, *, pupil: int = 0, **more: Any) -> Any:
    """Send one mark as the script of the grid does."""
    edit = {
        "op": op, "lesson": broken.lesson, "assignment": None, "pupil": broken.pupils[pupil],
        "value": "5", "version": 0, "comment": None, **more,
    }  # fmt: skip
    return browser.post(
        "/journal/edits", json={"edits": [edit]}, headers={"Accept": "application/json"}
    )


@contextlib.contextmanager
def held(file: Path, seconds: float) -> Iterator[None]:
    """Another program holds the write lock of the file from now on for some seconds."""
    taken = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        taken.set()
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(10)
    try:
        yield
    finally:
        thread.join()


def counts(file: Path) -> list[int]:
    """How many marks, works and lines of the log there are."""
    with contextlib.closing(sqlite3.connect(file)) as own:
        return [
            own.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("journal_mark", "journal_assignment", "core_audit_entry")
        ]


def test_a_short_wait_for_another_program_is_not_noticed(
    browser: FlaskClient, broken: Broken
) -> None:
    with held(broken.file, 2):
        answer = save(browser, broken, "short")
    assert answer.status_code == 200
    assert answer.json["results"][0]["state"] == "saved"


def test_a_long_wait_ends_in_a_plain_answer(browser: FlaskClient, broken: Broken) -> None:
    before = counts(broken.file)
    with held(broken.file, 8):
        began = time.monotonic()
        answer = save(browser, broken, "long")
        waited = time.monotonic() - began
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unavailable"
    assert waited < 7
    assert counts(broken.file) == before
    assert save(browser, broken, "long").json["results"][0]["state"] == "saved"


def test_pages_open_while_another_program_writes(browser: FlaskClient, broken: Broken) -> None:
    with held(broken.file, 2):
        began = time.monotonic()
        assert browser.get(f"/journal/lesson/{broken.lesson}").status_code == 200
        assert time.monotonic() - began < 1.5


def test_a_full_disk_is_told_plainly_and_nothing_is_half_written(
    browser: FlaskClient, broken: Broken
) -> None:
    with database.connection():
        (pages,) = database.rows("PRAGMA page_count")[0]
        database.db.execute_sql(f"PRAGMA max_page_count = {pages}")
    version = 0
    for number in range(400):  # what fits into the gaps of the pages is still saved
        before = counts(broken.file)
        text = f"{number} " + "ж" * 490
        answer = save(browser, broken, f"full{number}", version=version, comment=text)
        if answer.status_code != 200:
            break
        assert answer.json["results"][0]["state"] == "saved"
        version = answer.json["results"][0]["version"]
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "unavailable"
    assert re.search("диск", answer.json["error"]["message"], re.IGNORECASE)
    assert counts(broken.file) == before
    with database.connection():
        database.db.execute_sql("PRAGMA max_page_count = 1000000")
    again = save(browser, broken, f"full{number}", version=version, comment=text)
    assert again.json["results"][0]["state"] == "saved"
    with contextlib.closing(sqlite3.connect(broken.file)) as own:
        assert own.execute("PRAGMA integrity_check").fetchone() == ("ok",)
