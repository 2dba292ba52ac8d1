"""Walking over every endpoint of the school, as everybody, over own and foreign things."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from asurso_core import access, settings
from asurso_core.accounts.queries import forget_grants
from asurso_core.db import db, rows

#: Everybody who tries: a name of the test school and the side they look from.
READERS: list[tuple[str, str | None]] = [
    ("admin", None), ("director", None), ("deputy", None), ("teacher", None),
    ("class_teacher", None), ("teacher_parent", "staff"), ("teacher_parent", "family"),
    ("pupil", None), ("parent", None), ("technical", None), ("secretary", None), ("hr", None),
    ("medical", None), ("psychologist", None),
]  # fmt: skip


class Unknown(KeyError):
    """A rule has an argument for which the world gives no value; the text says what to write."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Address:
    """One address to try: an endpoint, a method, and whether its objects are own or foreign."""

    endpoint: str
    method: str
    objects: str  # "-", "own" or "foreign"
    url: str


def addresses(
    app: Flask, own: dict[str, Any], foreign: dict[str, Any], owner: str | None = None
) -> Iterator[Address]:
    """Every address of every endpoint but static files; of one owner, if it is named.

    ``own`` and ``foreign`` give a value for each argument that rules use; a rule with an argument
    that neither knows raises ``KeyError``, so a new kind of object cannot slip past the table.
    """
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.endpoint, one.rule)):
        if rule.endpoint.endswith("static") or owner not in {None, owner_of(app, rule.endpoint)}:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            if not rule.arguments:
                yield Address(rule.endpoint, method, "-", _build(app, rule, {}))
                continue
            for objects, values in (("own", own), ("foreign", foreign)):
                yield Address(rule.endpoint, method, objects, _build(app, rule, values))


def owner_of(app: Flask, endpoint: str) -> str:
    """Whose an endpoint is: a plugin's name or ``core``."""
    found: str = app.extensions["asurso_owner"].get(endpoint.split(".", maxsplit=1)[0], "core")
    return found


def _build(app: Flask, rule: Rule, values: dict[str, Any]) -> str:
    chosen = {}
    missing = [
        name for name in chosen_names(rule) if f"{rule.endpoint}.{name}" not in values
        and name not in values
    ]  # fmt: skip
    if missing:
        owner = owner_of(app, rule.endpoint)
        where = "asurso_core" if owner == "core" else f"asurso_{owner}"
        raise Unknown(
            f"The address {rule.rule} ({rule.endpoint}) uses {', '.join(missing)}: give it an own "
            f"and a foreign value in {where}/testing.py, in fill(world): "
            f'side.values["{missing[0]}"] = …'
        )
    for name in chosen_names(rule):
        key = f"{rule.endpoint}.{name}"
        chosen[name] = values[key] if key in values else values[name]
    with app.test_request_context():
        built = app.url_map.bind("localhost").build(rule.endpoint, chosen, append_unknown=False)
    return str(built)


def chosen_names(rule: Rule) -> list[str]:
    """Arguments of a rule that an address has to give."""
    return sorted(name for name in rule.arguments if name not in (rule.defaults or {}))


def column_of(name: str, side: str | None) -> str:
    """How a reader is called in the table."""
    return f"{name}:{side}" if side else name


@dataclass
class Browser:
    """A browser that never keeps what it is told: every request starts signed in alike."""

    app: Flask
    cookie: str | None = None

    def open(self, url: str, method: str = "GET", **more: Any) -> TestResponse:
        """Send one request; whatever it wrote is taken back."""
        client = self.app.test_client(use_cookies=False)
        headers = list(more.pop("headers", []))
        if self.cookie:
            headers.append(("Cookie", self.cookie))
        with taken_back(self.app) as done:
            before = _revisions()
            answer = client.open(url, method=method, headers=headers, **more)
            # Whatever a cache remembers of the school hangs on one of these numbers.
            done.changed = _revisions() != before
            return answer


def _revisions() -> list[tuple[Any, ...]]:
    return rows("SELECT topic, number FROM core_revision ORDER BY topic")


@dataclass
class Done:
    """Whether a block may have changed what caches remember."""

    changed: bool = True


@contextlib.contextmanager
def taken_back(app: Flask) -> Iterator[Done]:
    """Whatever the block writes is rolled back, and caches that may have seen it are emptied."""
    done = Done()
    with db.atomic() as around:
        try:
            yield done
        finally:
            around.rollback()
            if done.changed:
                settings.forget()
                forget_grants()
                app.extensions["asurso_forget"]()


def browser_of(app: Flask, client: FlaskClient) -> Browser:
    """A browser with the session of a signed-in test client."""
    found = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None
    return Browser(app, f"{found.key}={found.value}")


def doors(app: Flask) -> dict[str, str]:
    """Endpoint → what its door asks: a permission, ``signed_in`` or ``public``."""
    found = {}
    for endpoint, view in app.view_functions.items():
        door = access.door_of(view)
        if door is not None:
            found[endpoint] = door.permission or door.kind
    return found


@dataclass
class Answers:
    """What every reader got at every address: a row each, in the order of the table."""

    readers: list[str]
    rows: list[tuple[Address, str, list[int]]]  # address, door, status by reader

    def table(self) -> str:
        """The table as it is kept beside the tests."""
        out = io.StringIO()
        sheet = csv.writer(out, delimiter=";", lineterminator="\n")
        sheet.writerow(["endpoint", "method", "objects", "door", *self.readers])
        for address, door, answers in self.rows:
            sheet.writerow([address.endpoint, address.method, address.objects, door, *answers])
        return out.getvalue()

    def opened(self, reader: str) -> list[tuple[Address, str, int]]:
        """``(address, door, status)`` as one reader got them."""
        at = self.readers.index(reader)
        return [(address, door, answers[at]) for address, door, answers in self.rows]


def ask_all(app: Flask, found: Iterable[Address], browsers: dict[str, Browser]) -> Answers:
    """Open every address as everybody."""
    door = doors(app)
    rows = [
        (one, door.get(one.endpoint, "-"),
         [browser.open(one.url, one.method).status_code for browser in browsers.values()])
        for one in found
    ]  # fmt: skip
    return Answers(list(browsers), rows)


def differences(found: str, kept: str) -> list[str]:
    """Lines of a table that are not the same in both."""
    return sorted(set(found.splitlines()) ^ set(kept.splitlines()))


def everybody(app: Flask, login_as: Callable[..., FlaskClient]) -> dict[str, Browser]:
    """Column of the table → the browser of that reader."""
    app.config["WTF_CSRF_ENABLED"] = False
    found = {column_of(name, side): browser_of(app, login_as(name, side)) for name, side in READERS}
    return {**found, "anonymous": Browser(app)}
