"""A school that really runs: the demonstration school behind ``asurso serve``, and a way in.

Tests that drive a browser share it. The clock of the school is held, so that today always has
lessons that have begun and lessons that have not.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asurso_core.demo import PASSWORD
from asurso_core.testing.browser import find_chromium
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

#: A Tuesday of the second quarter, in the middle of the third lesson.
NOW = "2026-11-24T10:15"
TODAY = NOW[:10]
#: The command ``asurso`` of this very Python.
COMMAND = [sys.executable, "-c", "from asurso_core.cli import main; main()"]

#: On modules that need the browser.
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is installed"),
]


def imported(module: str) -> Any:
    """A module that drives or judges pages; the tests skip where it is not installed.

    With ``CI=true`` nothing is skipped: what is missing is an error.
    """
    if os.environ.get("CI") == "true":
        return importlib.import_module(module)
    told = f"{module} is not installed (make setup installs it)"
    return pytest.importorskip(module, reason=told)


@dataclass(frozen=True)
class Running:
    """The address of a running school and the file of its database."""

    address: str
    database: Path

    def rows(self, sql: str, *params: object) -> list[Any]:
        """Rows of a statement, read or written past the server (as another process would)."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as connection:
            found = connection.execute(sql, params).fetchall()
            connection.commit()
            return found

    def login_of(self, role: str) -> str:
        """The demonstration account of a role."""
        lines = (self.database.parent / "demo-accounts.csv").read_text("utf-8").splitlines()
        return next(line.split(",")[0] for line in lines if line.split(",")[2] == role)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASURSO_")}
    return {**kept, "ASURSO_INSTANCE": str(folder), "ASURSO_NOW": NOW}


def asurso(folder: Path, *arguments: str) -> str:
    """What a command of ``asurso`` prints about the instance in ``folder``."""
    done = subprocess.run(
        [*COMMAND, *arguments], env=_environment(folder), check=False, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _demonstration(folder: Path) -> Path:
    """The instance of a small demonstration school, filled once for all processes of a test run."""
    runs = (one for one in folder.parents if re.fullmatch(r"pytest-\d+", one.name))
    made = next(runs, folder.parent) / "demonstration"
    with made.with_suffix(".lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not made.exists():
            half = made.with_suffix(".half")
            half.mkdir()
            asurso(half, "demo", "--size", "small", "--seed", "1")
            half.rename(made)
    return made


@contextlib.contextmanager
def running_school(folder: Path) -> Iterator[Running]:
    """A small demonstration school in ``folder``, served for the length of the block."""
    shutil.copytree(_demonstration(folder), folder, dirs_exist_ok=True)
    port = free_port()
    with (
        (folder / "serve.log").open("w") as log,
        subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), "--workers", "1"], env=_environment(folder),
            stdout=log, stderr=log, start_new_session=True,
        ) as server,
    ):  # fmt: skip
        try:
            _wait(f"http://127.0.0.1:{port}/sign-in", server)
            yield Running(f"http://127.0.0.1:{port}", folder / "asurso.sqlite3")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended before it answered"
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def context_of(browser: Browser, width: int = 1280, scheme: Any = "light") -> BrowserContext:
    """A fresh browser: a computer at 1280 px, a phone below 600."""
    phone = width < 600
    context = browser.new_context(
        locale="ru-RU", viewport={"width": width, "height": 844 if phone else 800},
        color_scheme=scheme, has_touch=phone, is_mobile=phone,
    )  # fmt: skip
    context.set_default_timeout(10_000)
    return context


def sign_in(school: Running, context: BrowserContext, login: str) -> Page:
    """Somebody signs in through the page, as people do; answers the start page."""
    page = context.new_page()
    page.goto(school.address + "/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click(".gate-form button[type=submit]")
    page.wait_for_url(school.address + "/")
    return page
