"""Backups while teachers write: each restores, and has every mark acknowledged before it (F21)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from asurso_core import db as database
from asurso_core.backup import making, restoring
from asurso_core.db import rows
from tests.faults.school import on_disk
from tests.faults.test_killed_server import COMMAND, Server, Teacher
from tests.keeping import Places

BACKUPS = 5

pytestmark = pytest.mark.skipif(not COMMAND.exists(), reason="asurso is not installed here")


class Writing(threading.Thread):
    """Puts marks of one pupil through the server as fast as it answers."""

    def __init__(self, server: Server, lesson: int, pupil: int) -> None:
        super().__init__(daemon=True)
        self.teacher, self.lesson, self.pupil = Teacher(server), lesson, pupil
        self.acknowledged: list[str] = []
        self.end = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        version = number = 0
        try:
            while not self.end.is_set():
                number += 1
                edit = {
                    "op": f"drill-{self.pupil}-{number}", "lesson": self.lesson,
                    "assignment": None, "pupil": self.pupil, "value": str(2 + number % 4),
                    "version": version, "comment": None,
                }  # fmt: skip
                answer = self.teacher.edit(edit)
                assert answer["state"] == "saved", answer
                version = answer["version"]
                self.acknowledged.append(edit["op"])
        except Exception as error:  # told by the test itself, not by a thread that nobody joins
            self.failure = error


def test_every_backup_has_what_was_acknowledged_before_it(
    engine: str, tmp_path: Path, request: Any
) -> None:
    places = Places(tmp_path, request)
    url = places.url(engine, "school")
    taken: list[tuple[Path, set[str], set[str]]] = []
    writers: list[Writing] = []
    with on_disk(tmp_path / "school", url) as broken:
        server = Server(tmp_path / "school", url)
        server.start()
        try:
            writers += [Writing(server, broken.lesson, pupil) for pupil in broken.pupils[:2]]
            for one in writers:
                one.start()
            conf = broken.app.extensions["asurso_config"]
            with broken.app.app_context(), database.connection():
                for _number in range(BACKUPS):
                    before = {op for one in writers for op in one.acknowledged}
                    archive = making.make(conf, tmp_path / "backups")
                    after = {op for one in writers for op in one.acknowledged}
                    taken.append((archive, before, after))
        finally:
            for one in writers:
                one.end.set()
                one.join(20)
            server.kill()
    assert [one.failure for one in writers] == [None, None]
    assert len(taken[-1][1]) > len(taken[0][1]), "nobody wrote meanwhile"

    for number, (archive, before, after) in enumerate(taken):
        with places.empty("sqlite", f"back{number}") as place:
            restoring.restore(place.conf, archive)
            told = {op for (op,) in rows("SELECT operation FROM core_audit_entry") if op}
            assert before <= told
            # One edit of each writer may have been written and not yet answered.
            assert len(told - after) <= len(writers)
            # No half deeds: a mark is what the last entry of its pupil says.
            for one in writers:
                mine = [op for op in told if op.startswith(f"drill-{one.pupil}-")]
                last = max((int(op.rsplit("-", 1)[1]) for op in mine), default=0)
                marks = rows("SELECT value FROM journal_mark WHERE pupil_id = ?", [one.pupil])
                assert [str(value) for (value,) in marks] == ([str(2 + last % 4)] if last else [])
