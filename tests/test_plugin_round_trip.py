"""Switching plugins off, removing and forgetting them: what is refused, and what is told.

That each plugin comes back as it was, and leaves no trace meanwhile, is asked by its contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import clock, lifecycle, plugins, schema
from asurso_core import db as database
from asurso_core.accounts import models as accounts
from asurso_core.accounts import queries as account_queries
from asurso_core.actors import system
from asurso_core.errors import Invalid, Refused
from asurso_core.plugins import PluginState
from asurso_core.testing import make, world
from asurso_core.testing.plugin import serving

OPERATOR = system("test")


@pytest.fixture
def full(engine: str, tmp_path: Path, request: Any) -> Iterator[tuple[Flask, Any]]:
    """A migrated school of its own with something of every plugin in it."""
    url = f"sqlite:///{tmp_path / 'school.sqlite3'}"
    if engine == "postgres":
        cluster = request.getfixturevalue("postgres_cluster")
        url = cluster.create_database(f"asurso_trip_{abs(hash(request.node.name)) % 10**8}")
    with (
        clock.frozen(make.TODAY),
        serving(url, tmp_path) as app,
        app.app_context(),
        database.connection(),
    ):
        schema.upgrade()
        with database.transaction():
            small = make.small_school()
            made = world.build(small)
        app.config["WTF_CSRF_ENABLED"] = False
        yield app, made


def browser(app: Flask, made: Any, name: str) -> FlaskClient:
    token = f"trip-{name}"
    actor = made.school.actor(name)
    accounts.Session.get_or_create(
        key=account_queries.secret_key_of(token),
        defaults={
            "user": made.school.users[name], "side": actor.side, "created_at": clock.stamp(),
            "seen_at": clock.stamp(), "address": "127.0.0.1", "agent": "tests",
        },
    )  # fmt: skip
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def off(name: str) -> list[str]:
    """Switch off a plugin and all that stand on it; the order in which it was done."""
    done = []
    for other in plugins.current().needed_by(name, enabled=True):
        if plugins.current().is_enabled(other):
            done += off(other)
    lifecycle.disable(OPERATOR, name)
    return [*done, name]


def test_who_is_needed_is_not_switched_off(full: tuple[Flask, Any]) -> None:
    del full
    with pytest.raises(Refused, match="journal"):
        lifecycle.disable(OPERATOR, "timetable")
    off("timetable")
    with pytest.raises(Refused, match="timetable"):
        lifecycle.enable(OPERATOR, "journal")


def test_nothing_is_removed_by_a_slip(full: tuple[Flask, Any], tmp_path: Path) -> None:
    del full
    with pytest.raises(Refused):
        lifecycle.remove(OPERATOR, "journal", "journal", tmp_path)
    off("journal")
    before = lifecycle.checksums("journal")
    with pytest.raises(Invalid):
        lifecycle.remove(OPERATOR, "journal", "jurnal", tmp_path)
    assert lifecycle.checksums("journal") == before


def test_a_damaged_archive_brings_nothing_back(full: tuple[Flask, Any], tmp_path: Path) -> None:
    del full
    off("journal")
    archive = lifecycle.remove(OPERATOR, "journal", "journal", tmp_path)
    whole = archive.read_bytes()
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid):
        lifecycle.restore(OPERATOR, spoilt)
    assert schema.applied("journal") == []
    assert lifecycle.restore(OPERATOR, archive) == "journal"


def test_new_rights_of_a_newer_version_belong_to_nobody_before_the_decision(
    full: tuple[Flask, Any],
) -> None:
    app, made = full
    row = PluginState.get(PluginState.name == "diary")
    accounts.Grant.delete().where(accounts.Grant.permission == "diary.view").execute()
    row.rights = []
    row.save()
    from asurso_core import install

    install.install_defaults(enable=False)
    account_queries.forget_grants()
    assert not made.school.actor("parent").holds("diary.view")
    page = browser(app, made, "admin").get("/admin/plugins/diary").text
    assert "Новые права ждут вашего решения" in page
    lifecycle.decide(OPERATOR, "diary", ["diary.view"])
    account_queries.forget_grants()
    assert made.school.actor("parent").holds("diary.view")
    assert "Новые права" not in browser(app, made, "admin").get("/admin/plugins/diary").text


def test_a_vanished_package_is_told_and_its_tables_stay(full: tuple[Flask, Any]) -> None:
    app, made = full
    PluginState.create(name="library", state="enabled", version="1.0")
    page = browser(app, made, "admin").get("/admin/plugins").text
    assert "library" in page
    assert "пакета нет" in page
    lifecycle.forget(OPERATOR, "library")
    assert "library" not in browser(app, made, "admin").get("/admin/plugins").text
