"""Any set of plugins is a working school: no page breaks, no link leads to what is not there."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import db as database
from asurso_core import plugins, schema
from asurso_core.plugins import PluginState
from asurso_core.testing import crawl, make, world
from asurso_core.testing.plugin import serving

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml"))
READERS = ["admin", "teacher", "pupil", "parent"]
#: Doors that are open to everybody who is signed in.
OPEN = {"public", "signed_in"}


def with_needs(wanted: set[str]) -> frozenset[str]:
    """A set of plugins with all that they stand on."""
    found = set(wanted)
    for name in wanted:
        found |= with_needs(set(plugins.current().plugins[name].requires))
    return frozenset(found)


def sets() -> list[tuple[str, set[str]]]:
    """None, each alone, all but each, all, and some more by lot."""
    lots = random.Random(20260901)
    found: list[tuple[str, set[str]]] = [("none", set()), ("all", set(NAMES))]
    found += [(f"only {name}", {name}) for name in NAMES]
    found += [(f"all but {name}", set(NAMES) - {name}) for name in NAMES]
    found += [
        (f"lot {number}", {name for name in NAMES if lots.random() < 0.5}) for number in range(2)
    ]
    return found


@pytest.fixture
def made(app: Flask, school: make.SmallSchool) -> world.World:
    del app
    return world.build(school)


def looked_at(app: Flask, made: world.World) -> list[crawl.Address]:
    """Every page, with own objects where it shows any."""
    found = crawl.addresses(app, made.own, made.foreign)
    return [one for one in found if one.method == "GET" and one.objects != "foreign"]


def switch(on: frozenset[str]) -> None:
    for row in PluginState.select():
        if row.name != "core":
            row.state = "enabled" if row.name in on else "disabled"
            row.save()
    plugins.current().refresh(-2)


@pytest.mark.parametrize(("title", "wanted"), sets(), ids=[title for title, _wanted in sets()])
def test_every_page_works_and_no_link_is_dead(
    app: Flask,
    made: world.World,
    login_as: Callable[..., FlaskClient],
    title: str,
    wanted: set[str],
) -> None:
    if title.startswith("all but"):
        # What stands on the missing one is missing too.
        wanted = {name for name in wanted if with_needs({name}) <= wanted}
    on = with_needs(wanted)
    here = on | {"core"}
    switch(on)
    app.extensions["asurso_forget"]()
    doors, pages = crawl.doors(app), looked_at(app, made)
    for reader in READERS:
        client, actor = login_as(reader), made.school.actor(reader)
        for one in pages:
            door = doors[one.endpoint]
            shut = crawl.owner_of(app, one.endpoint) not in here or not (
                door in OPEN or actor.holds(door)
            )
            if shut and reader != "admin":
                continue  # before a closed door all read the same page, whatever is behind it
            answer = client.get(one.url)
            assert answer.status_code < 500, (reader, one.url)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                links = set(re.findall(r'(?:href|action|src)="/([a-z_]+)/', answer.text))
                assert not links & (set(NAMES) - on), (reader, one.url, links)


@pytest.mark.parametrize(("title", "wanted"), sets()[:7], ids=[one for one, _w in sets()[:7]])
def test_a_school_without_the_packages_starts(title: str, wanted: set[str], tmp_path: Path) -> None:
    del title
    only = sorted(with_needs(wanted))
    url = f"sqlite:///{tmp_path / 'school.sqlite3'}"
    with serving(url, tmp_path, plugins=only) as app, app.app_context(), database.connection():
        schema.upgrade()
        assert set(plugins.current().plugins) == {"core", *only}
        assert plugins.current().parked == {}
        assert app.test_client().get("/sign-in").status_code == 200
