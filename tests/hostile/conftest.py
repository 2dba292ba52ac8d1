"""A school that has one bad plugin installed."""

from __future__ import annotations

import contextlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import budget, clock, plugins
from asurso_core import db as database
from asurso_core.accounts import models as accounts
from asurso_core.accounts import queries as account_queries
from asurso_core.plugins import PluginState
from asurso_core.testing import make
from asurso_core.testing.plugin import serving

HEAD = """
import time
from types import SimpleNamespace as Thing
from flask import Blueprint
from asurso_core import access, hookimpl
from asurso_core.access import Permission
from asurso_core.dashboard import Widget
from asurso_core.navigation import NavItem
"""


class School:
    """The running school: its application, and browsers that are signed in."""

    def __init__(self, app: Flask, users: dict[str, int]) -> None:
        self.app = app
        self._users = users

    def browser(self, name: str = "admin") -> FlaskClient:
        token = f"hostile-{name}"
        accounts.Session.get_or_create(
            key=account_queries.secret_key_of(token),
            defaults={
                "user": self._users[name],
                "side": "staff",
                "created_at": clock.stamp(),
                "seen_at": clock.stamp(),
                "confirmed_at": clock.stamp(),
                "address": "127.0.0.1",
                "agent": "tests",
            },
        )
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return client

    def page(self, address: str = "/", name: str = "admin") -> str:
        """The text of a page that must open."""
        answer = self.browser(name).get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return str(answer.text)

    @property
    def state(self) -> PluginState:
        found: PluginState = PluginState.get(PluginState.name == "rotten")
        return found


Starter = Callable[..., contextlib.AbstractContextManager[School]]


@pytest.fixture
def with_plugin(
    _house: Any, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Starter:
    """``with with_plugin(code) as school`` starts a school that has the plugin *rotten* installed.

    ``files`` are further files of its package; budgets are short, so that nobody waits.
    """
    monkeypatch.setattr(plugins, "LOAD_SECONDS", 0.5)
    monkeypatch.setattr(plugins, "ASK_SECONDS", 0.3)
    monkeypatch.setattr(plugins, "ANNOUNCE_SECONDS", 0.3)
    monkeypatch.setattr(budget, "_LOOK_EVERY", 0.05)
    real = plugins.entry_points

    def installed(group: str) -> list[EntryPoint]:
        return [*real(group=group), EntryPoint("rotten", "asurso_rotten.plugin", "asurso")]

    @contextlib.contextmanager
    def start(code: str, **files: str) -> Iterator[School]:
        package = tmp_path / "asurso_rotten"
        package.mkdir()
        (package / "__init__.py").write_text("", "utf-8")
        (package / "plugin.py").write_text(HEAD + textwrap.dedent(code), "utf-8")
        for name, text in files.items():
            file = package / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(plugins, "entry_points", installed)
        plugins.folder_of.cache_clear()
        try:
            with (
                clock.frozen(make.TODAY),
                serving(database_url, tmp_path / "instance") as app,
                app.app_context(),
                database.connection(),
                database.db.atomic() as around,
            ):
                app.testing = False
                app.config["WTF_CSRF_ENABLED"] = False
                plugins.current().reraise = False
                app.extensions["asurso_forget"]()
                PluginState.create(name="rotten", state="enabled", rights=[])
                yield School(app, _house[1].users)
                around.rollback()
        finally:
            for name in [one for one in sys.modules if one.startswith("asurso_rotten")]:
                del sys.modules[name]
            plugins.folder_of.cache_clear()

    return start


@pytest.fixture
def house(_house: Any) -> Any:
    """The small school."""
    return _house[1]
