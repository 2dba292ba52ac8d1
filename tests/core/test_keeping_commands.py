"""The commands backup, restore and db upgrade, as an operator types them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from asurso_core import db as database
from asurso_core import plugins
from asurso_core.cli import main
from asurso_core.testing.plugin import forget_caches
from tests.keeping import FIXTURES, Places, old_database

Asurso = Callable[..., Result]


@pytest.fixture
def asurso(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asurso]:
    """``asurso("backup", "--to", …)`` in a process that has nothing open; ``tmp_path/instance``."""
    before = database.db.obj, plugins._current
    monkeypatch.delenv("ASURSO_DATABASE", raising=False)

    def call(*words: str, instance: str = "instance") -> Result:
        monkeypatch.setenv("ASURSO_INSTANCE", str(tmp_path / instance))
        database.db.initialize(None)
        plugins.use(None)
        forget_caches()
        try:
            return CliRunner().invoke(main, words)
        finally:
            database.release()

    yield call
    database.db.initialize(before[0])
    plugins.use(before[1])
    forget_caches()


def test_from_an_old_database_to_a_restored_one(
    asurso: Asurso, tmp_path: Path, request: Any
) -> None:
    old_database(FIXTURES[0], tmp_path / "instance/asurso.sqlite3")
    assert asurso("doctor").output.count("asurso db upgrade") == 1
    upgraded = asurso("db", "upgrade")
    assert upgraded.exit_code == 0, upgraded.output
    assert "run journal/0002_years_of_marks" in upgraded.output
    assert asurso("db", "upgrade").output == "Everything is up to date.\n"

    secret = tmp_path / "passphrase"
    secret.write_text("журавль синий чемодан\n", "utf-8")
    made = asurso("backup", "--to", str(tmp_path / "kept"), "--passphrase-file", str(secret))
    assert made.exit_code == 0, made.output
    assert "restored in a scratch place and compared" in made.output
    archive = made.output.splitlines()[-1]
    assert Path(archive).parent == tmp_path / "kept"

    assert asurso("restore", archive, instance="new").output.startswith("Error: this backup is enc")
    url = Places(tmp_path, request).url("sqlite", "elsewhere")
    back = asurso(
        "restore", archive, "--into", url, "--passphrase-file", str(secret), instance="new"
    )
    assert back.exit_code == 0, back.output
    assert "restored and compared" in back.output
    again = asurso("restore", archive, "--passphrase-file", str(secret), "--into", url)
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_a_damaged_archive_is_told_in_plain_words(asurso: Asurso, tmp_path: Path) -> None:
    old_database(FIXTURES[0], tmp_path / "instance/asurso.sqlite3")
    archive = Path(asurso("backup", "--unproved").output.splitlines()[-1])
    assert not (tmp_path / "instance/backup-verified.json").exists()
    assert asurso("backup", "--verify", str(archive)).exit_code == 0
    assert (tmp_path / "instance/backup-verified.json").exists()
    spoilt = bytearray(archive.read_bytes())
    spoilt[len(spoilt) // 2] ^= 4
    archive.write_bytes(spoilt)
    for words in (("backup", "--verify", str(archive)), ("restore", str(archive))):
        told = asurso(*words, instance="new" if words[0] == "restore" else "instance")
        assert told.exit_code == 1
        assert told.output == "Error: the backup is damaged or cut off: take another one\n"


def test_a_passphrase_that_protects_nothing_is_refused(asurso: Asurso, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    for words in ("", "short\n"):
        secret.write_text(words)
        told = asurso("backup", "--passphrase-file", str(secret))
        assert told.exit_code == 1
        assert "at least 12 characters" in told.output


def test_there_is_nothing_to_keep_in_an_empty_database(asurso: Asurso) -> None:
    told = asurso("backup")
    assert told.exit_code == 1
    assert told.output == "Error: there is no school in this database yet\n"
