"""No plugin loses anything: off and on, removed and brought back; while off it leaves no trace."""

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
from asurso_core.testing import crawl, make, world
from asurso_core.testing.plugin import serving

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml"))
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


def addresses(app: Flask, made: Any, name: str) -> list[Any]:
    owners = app.extensions["asurso_owner"]
    return [
        one
        for one in crawl.addresses(app, made.own, made.foreign)
        if owners.get(one.endpoint.split(".")[0], "core") == name
    ]


@pytest.mark.parametrize("name", NAMES)
def test_off_leaves_no_trace_and_on_brings_all_back(full: tuple[Flask, Any], name: str) -> None:
    app, made = full
    before = lifecycle.checksums(name)
    done = off(name)
    for who in ("admin", "teacher", "parent"):
        client = browser(app, made, who)
        for one in addresses(app, made, name):
            answer = client.open(one.url, method=one.method)
            assert answer.status_code == 404, (who, one.method, one.url)
        for page in ("/", "/settings", "/search?q=а"):
            text = client.get(page).text
            assert f'"/{name}/' not in text, (who, page)
            assert f"/assets/{name}/" not in text, (who, page)
    assert not any(
        owner.name == name
        for spec in lifecycle.COLLECT
        for owner, _item in plugins.current().collect(spec)
    )
    for other in reversed(done):
        lifecycle.enable(OPERATOR, other)
    assert lifecycle.checksums(name) == before
    opened = [
        browser(app, made, "admin").open(one.url).status_code
        for one in addresses(app, made, name)
        if one.method == "GET" and one.objects != "foreign"
    ]
    assert 200 in opened or not opened


@pytest.mark.parametrize("name", NAMES)
def test_removed_and_brought_back_it_is_the_same(
    full: tuple[Flask, Any], name: str, tmp_path: Path
) -> None:
    off(name)
    removed = []
    for other in [*reversed(_all_on(name)), name]:
        before = lifecycle.checksums(other), lifecycle.kept_rows(other)
        archive = lifecycle.remove(OPERATOR, other, other, tmp_path / "exports")
        assert not any(database.db.obj.table_exists(table) for table in lifecycle.tables_of(other))
        assert lifecycle.kept_rows(other) == {"grants": [], "settings": [], "preferences": []}
        removed.append((other, archive, before))
    for other, archive, before in reversed(removed):
        assert archive.stat().st_mode & 0o777 == 0o600
        assert lifecycle.restore(OPERATOR, archive) == other
        assert (lifecycle.checksums(other), lifecycle.kept_rows(other)) == before
        lifecycle.enable(OPERATOR, other)
    assert schema.pending() == []


def _all_on(name: str) -> list[str]:
    """All that stand on a plugin, directly or not, nearest first."""
    found: list[str] = []
    for other in plugins.current().needed_by(name):
        if other not in found:
            found += [other, *(one for one in _all_on(other) if one not in found)]
    return found


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
