"""Switching plugins off, removing and forgetting them: what is refused, and what is told.

That each plugin comes back as it was, and leaves no trace meanwhile, is asked by its contract.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.datastructures import FileStorage

from asurso_core import clock, files, fulltext, lifecycle, plugins, schema
from asurso_core import db as database
from asurso_core.accounts import models as accounts
from asurso_core.accounts import queries as account_queries
from asurso_core.actors import system
from asurso_core.backup import archive as archives
from asurso_core.backup import restoring
from asurso_core.backup.errors import BackupError
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


def grow_old() -> None:
    """Let an hour pass over the bytes of stored files: younger ones are never swept."""
    for place in files.folder().glob("*/*"):
        os.utime(place, (0, 0))


@pytest.mark.parametrize("name", ["forum", "portfolio"])
def test_files_go_into_the_archive_with_their_rows_and_come_back(
    full: tuple[Flask, Any], name: str, tmp_path: Path
) -> None:
    _app, made = full
    png = io.BytesIO()
    Image.new("RGB", (8, 8), "red" if name == "forum" else "blue").save(png, "PNG")
    png.seek(0)
    upload = FileStorage(png, filename="снимок.png", content_type="image/png")
    kind = next(one for one in files.kinds() if one.startswith(f"{name}."))
    row = files.save(made.school.actor("teacher"), kind, upload, target=f"{name}.thing:1")
    with database.transaction():
        fulltext.put(name, "thing", 1, "экскурсии")
    kept = files.path_of(row).read_bytes()
    before = lifecycle.checksums(name)
    off(name)
    grow_old()
    archive = lifecycle.remove(OPERATOR, name, name, tmp_path / "exports")
    assert not files.path_of(row).exists()
    assert list(fulltext.find(name, "thing", "экскурсия")) == []
    with zipfile.ZipFile(archive) as packed:
        told = json.loads(packed.read("manifest.json"))["files"]
    assert row.digest in {one["sha256"] for one in told}

    # What somebody else gives meanwhile gets no number that stands in the plugin's texts.
    other = "portfolio.file" if name == "forum" else "forum.image"
    png.seek(0)
    later = files.save(made.school.actor("teacher"), other, upload, target="thing:2")
    assert later.id > row.id
    lifecycle.restore(OPERATOR, archive)
    assert lifecycle.checksums(name) == before
    assert files.path_of(row).read_bytes() == kept
    assert len(list(fulltext.find(name, "thing", "экскурсия"))) == 1


def test_who_is_needed_is_not_switched_off(full: tuple[Flask, Any]) -> None:
    del full
    with pytest.raises(Refused, match="«Классный журнал»"):
        lifecycle.disable(OPERATOR, "timetable")
    off("timetable")
    with pytest.raises(Refused, match="«Расписание»"):
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
    app, _made = full
    off("journal")
    archive = lifecycle.remove(OPERATOR, "journal", "journal", tmp_path)
    with pytest.raises(BackupError, match="asurso plugin restore"):
        restoring.verify(app.extensions["asurso_config"], archive)
    whole = archive.read_bytes()
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid):
        lifecycle.restore(OPERATOR, spoilt)
    assert schema.applied("journal") == []
    assert lifecycle.restore(OPERATOR, archive) == "journal"


def test_an_archive_gives_nobody_rights_of_another_owner(
    full: tuple[Flask, Any], tmp_path: Path
) -> None:
    del full
    off("journal")
    lifecycle.remove(OPERATOR, "journal", "journal", tmp_path)
    kept = {**lifecycle.kept_rows("journal"), "grants": [["parent", "core.access.edit", "school"]]}
    with archives.Writer(tmp_path, "journal-forged", None) as writer:
        forged = writer.finish(
            {"format": archives.FORMAT, "plugin": "journal", "migrations": [], "tables": [],
             "files": [], "kept": kept}
        )  # fmt: skip
    with pytest.raises(Invalid, match="чужие права"):
        lifecycle.restore(OPERATOR, forged)
    assert not database.rows("SELECT 1 FROM core_grant WHERE permission = 'core.access.edit' "
                    "AND role_id = (SELECT id FROM core_role WHERE name = 'parent')")  # fmt: skip


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
