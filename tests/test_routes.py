"""``asurso routes --json`` tells of every rule who may enter."""

from __future__ import annotations

from flask import Flask

from asurso_core import access, plugins
from asurso_core.cli.looking import route_table


def test_the_table_of_routes_is_complete(app: Flask) -> None:
    table = route_table(app)
    assert len(table) == len(list(app.url_map.iter_rules()))
    wanted = {"endpoint", "methods", "rule", "door", "permission", "fresh", "scopes", "owner"}
    assert all(set(row) == wanted for row in table)


def test_every_route_has_a_door_and_an_owner(app: Flask) -> None:
    known, loaded = access.permissions(), plugins.current().plugins
    for row in route_table(app):
        assert row["door"] in {"public", "signed_in", "permission"}, row
        assert row["owner"] in loaded, row
        assert row["methods"], row
        if row["door"] == "permission":
            assert row["scopes"] == list(known[row["permission"]].scopes), row


def test_addresses_of_a_plugin_begin_with_its_name(app: Flask) -> None:
    for row in route_table(app):
        if row["owner"] != "core":
            assert row["rule"].startswith(f"/{row['owner']}/"), row
