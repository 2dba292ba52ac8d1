"""The server is killed at random moments: whatever it acknowledged is in the database (F01)."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from asurso_core.testing import make
from tests.faults.school import LOGIN, PASSWORD, Broken, on_disk
from tests.ports import free_port

KILLS = 6
COMMAND = Path(sys.executable).with_name("asurso")

pytestmark = pytest.mark.skipif(not COMMAND.exists(), reason="asurso is not installed here")


class Server:
    """``asurso serve`` with all its processes in a group of its own."""

    def __init__(self, instance: Path, database: str | None = None) -> None:
        self.port = free_port()
        self.environment = {
            **os.environ, "ASURSO_INSTANCE": str(instance), "ASURSO_NOW": make.TODAY,
        }  # fmt: skip
        self.environment.pop("ASURSO_DATABASE", None)
        if database is not None:
            self.environment["ASURSO_DATABASE"] = database
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            [COMMAND, "serve", "--workers", "1", "--port", str(self.port)],
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), self.connect() as line:
                line.request("GET", "/sign-in")
                if line.getresponse().status in {200, 302}:
                    return
            assert self.process.poll() is None, "the server did not start"
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """End every process of the server at once, as the kernel does when memory runs out."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def connect(self) -> contextlib.closing[http.client.HTTPConnection]:
        """A new connection, closed at the end of the block."""
        return contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10))


class Teacher:
    """A browser with the session of the teacher; the session outlives the server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        form = {"login": LOGIN, "password": PASSWORD, "csrf_token": self.token("/sign-in")}
        status, _body = self.send("POST", "/sign-in", urlencode(form))
        assert status == 303
        self.csrf = self.token("/journal/")

    def send(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """One request; its status and text."""
        with self.server.connect() as line:
            line.request(method, path, body.encode(), {
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "Content-Type": "application/x-www-form-urlencoded", **headers,
            })  # fmt: skip
            answer = line.getresponse()
            text = answer.read().decode()
            for cookie in answer.msg.get_all("Set-Cookie") or []:
                name, _sign, value = cookie.split(";")[0].partition("=")
                self.cookies[name] = value
        return answer.status, text

    def token(self, path: str) -> str:
        """The token of a page."""
        status, text = self.send("GET", path)
        assert status == 200
        found = re.search(r'name="csrf-token" content="([^"]+)"', text)
        assert found is not None
        return found[1]

    def edit(self, edit: dict[str, Any]) -> dict[str, Any]:
        """Send one change of a cell; its answer. Raises OSError or HTTPException if none comes."""
        status, text = self.send(
            "POST", "/journal/edits", json.dumps({"edits": [edit]}),
            **{"Content-Type": "application/json", "X-CSRFToken": self.csrf},
        )  # fmt: skip
        assert status == 200, text
        answer: dict[str, Any] = json.loads(text)["results"][0]
        return answer


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """A committed school that only the server has open."""
    with on_disk(tmp_path) as made:
        return made


@pytest.fixture
def server(broken: Broken) -> Iterator[Server]:
    """A server of that school."""
    made = Server(broken.file.parent)
    made.start()
    try:
        yield made
    finally:
        made.kill()


def test_what_was_acknowledged_survives_every_kill(broken: Broken, server: Server) -> None:
    lots = random.Random("kills")
    teacher = Teacher(server)
    versions = dict.fromkeys(broken.pupils, 0)
    acknowledged: dict[str, tuple[int, str]] = {}
    waiting: dict[str, Any] | None = None
    number = cut = 0
    for _kill in range(KILLS):
        killer = threading.Timer(lots.uniform(0.15, 0.7), server.kill)
        killer.start()
        try:
            while True:
                # An edit without an answer is sent again, as the queue of the browser does.
                if waiting is None:
                    number += 1
                    pupil = broken.pupils[number % len(broken.pupils)]
                    waiting = {
                        "op": f"kill{number}", "lesson": broken.lesson, "assignment": None,
                        "pupil": pupil, "value": str(2 + number // 3 % 4),
                        "version": versions[pupil], "comment": None,
                    }  # fmt: skip
                answer = teacher.edit(waiting)
                assert answer["state"] in {"saved", "repeated"}, answer
                versions[waiting["pupil"]] = answer["version"]
                acknowledged[waiting["op"]] = (waiting["pupil"], waiting["value"])
                waiting = None
        except (OSError, http.client.HTTPException):
            cut += 1
        killer.join()
        server.start()
    server.kill()

    assert cut == KILLS
    assert len(acknowledged) > KILLS
    with contextlib.closing(sqlite3.connect(broken.file)) as own:
        assert own.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert own.execute("PRAGMA foreign_key_check").fetchall() == []
        written = dict(
            own.execute("SELECT operation, person FROM core_audit_entry WHERE operation NOT NULL")
        )
        marks = dict(own.execute("SELECT pupil_id, value FROM journal_mark"))
    # Everything answered is there; at most the one that nobody heard about is there besides.
    assert {op: pupil for op, (pupil, _value) in acknowledged.items()}.items() <= written.items()
    assert len(written) <= len(acknowledged) + 1
    last = dict(acknowledged.values())
    unheard = waiting["pupil"] if waiting else None
    assert {p: str(v) for p, v in marks.items() if p != unheard} == {
        p: v for p, v in last.items() if p != unheard
    }
