"""Walking over every endpoint of the assembled school, as everybody, over own and foreign things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from asurso_core import access

#: Everybody who tries: a name of the test school and the side they look from.
READERS: list[tuple[str, str | None]] = [
    ("admin", None), ("director", None), ("deputy", None), ("teacher", None),
    ("class_teacher", None), ("teacher_parent", "staff"), ("teacher_parent", "family"),
    ("pupil", None), ("parent", None), ("technical", None), ("secretary", None), ("hr", None),
    ("medical", None), ("psychologist", None),
]  # fmt: skip


@dataclass(frozen=True)
class Address:
    """One address to try: an endpoint, a method, and whether its objects are own or foreign."""

    endpoint: str
    method: str
    objects: str  # "-", "own" or "foreign"
    url: str


def addresses(app: Flask, own: dict[str, Any], foreign: dict[str, Any]) -> Iterator[Address]:
    """Every address of every endpoint but static files.

    ``own`` and ``foreign`` give a value for each argument that rules use; a rule with an argument
    that neither knows raises ``KeyError``, so a new kind of object cannot slip past the table.
    """
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.endpoint, one.rule)):
        if rule.endpoint.endswith("static"):
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if not rule.arguments:
                yield Address(rule.endpoint, method, "-", _build(app, rule, {}))
                continue
            for objects, values in (("own", own), ("foreign", foreign)):
                yield Address(rule.endpoint, method, objects, _build(app, rule, values))


def _build(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    chosen = {}
    for name in rule.arguments:
        if rule.defaults and name in rule.defaults:
            continue
        key = f"{rule.endpoint}.{name}"
        chosen[name] = values[key] if key in values else values[name]
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, chosen, append_unknown=False)
    return str(built)


def doors(app: Flask) -> dict[str, str]:
    """Endpoint → what its door asks: a permission, ``signed_in`` or ``public``."""
    found = {}
    for endpoint, view in app.view_functions.items():
        door = access.door_of(view)
        if door is not None:
            found[endpoint] = door.permission or door.kind
    return found
