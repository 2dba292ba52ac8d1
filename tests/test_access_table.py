"""Who may enter what: every endpoint × everybody × own and foreign objects.

``pytest tests/test_access_table.py --update-access`` writes ``access_table.csv`` anew; its
difference is then reviewed like code. It holds the kernel's endpoints; each plugin has a table of
its own, compared by its contract. The rules below are asked of all endpoints and do not depend on
what the tables hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import access, schema
from asurso_core.accounts.models import Role
from asurso_core.accounts.queries import grants_of
from asurso_core.testing import crawl
from asurso_core.testing import world as worlds
from asurso_core.testing.crawl import (
    Address,
    Browser,
    addresses,
    column_of,
    doors,
    taken_back,
)
from asurso_core.testing.make import SmallSchool

FILE = Path(__file__).parent / "access_table.csv"
#: Open to anybody on purpose.
PUBLIC = {
    "accounts.sign_in", "accounts.sign_in_code", "accounts.reenter", "accounts.sign_out",
    "assets_static",
    # Whoever holds a printed report reads whether it is genuine, and nothing of its contents.
    "reports.verify",
    # Whoever has the secret address of an entry reads it without signing in.
    "portfolio.by_link", "portfolio.link_file",
    # Gateways call here and prove themselves by a secret (tests of the plugin).
    "sms.hear", "sms.report",
    # The same of a person's feed; a token that opens nothing is answered like any other.
    "announcements.read_feed",
}  # fmt: skip
#: Writing endpoints without a permission of their own: everybody changes only what is their own.
OWN_THINGS = {
    "accounts.change_password", "accounts.end_other_sessions", "accounts.end_session",
    "accounts.begin_factor", "accounts.factor_off", "accounts.renew_codes",
    "accounts.second_factor_page", "accounts.ping", "accounts.switch_side", "accounts.theme",
    # Asks the permission that the form of settings names.
    "core.settings_form",
    # A job that somebody asked for; all others need core.jobs.edit, which the service asks.
    "core_jobs.cancel",
    # What one was told oneself, and how one wants to be told.
    "core_notices.read", "core_notices.read_all", "core_notices.choose",
    # How far one has read, what one follows; and a report, which whoever reads may send.
    "forum.read", "forum.read_section", "forum.subscribe", "forum.report",
    # One's own favourites; the report itself asks its own right.
    "reports.favour", "reports.make",
    # One's own mailbox, and nobody else's; whom a letter may go to is asked when it is sent.
    "mail.autosave", "mail.choose", "mail.discard", "mail.draft", "mail.edit_folder", "mail.empty",
    "mail.folders", "mail.read", "mail.report", "mail.sort", "mail.write",
    # The address of the own card.
    "mail.confirm", "mail.email",
    # What one has read and knows; the secret address of one's own feed.
    "announcements.read", "announcements.read_all", "announcements.acknowledge",
    "announcements.make_feed", "announcements.revoke_feed",
}  # fmt: skip
#: Writing endpoints whose door is a permission to look, because the deed depends on the person:
#: the services behind them ask for the rights of that very person. Printing changes nothing of what
#: is printed, and must be possible in a closed year.
ASKED_WITHIN = {
    "people.edit", "people.slip", "accounts_admin.end_anybodys_session", "portfolio.withdraw",
    "journal.print_paper",
    "diary.comments_read",  # one's own having read
    # Two rights open them, any reason or illness alone: the service tells them apart.
    "journal.enter_absence", "journal.change_absence", "journal.remove_absence",
}  # fmt: skip
FAMILY = [("pupil", None), ("parent", None), ("teacher_parent", "family")]


@pytest.fixture
def world(school: SmallSchool) -> worlds.World:
    """The small school with something in every table."""
    return worlds.build(school)


@pytest.fixture
def everybody(
    app: Flask, world: worlds.World, login_as: Callable[..., FlaskClient]
) -> dict[str, Browser]:
    """Column of the table → the browser of that reader."""
    del world
    return crawl.everybody(app, login_as)


def _all(app: Flask, world: worlds.World) -> list[Address]:
    return list(addresses(app, world.own, world.foreign))


def test_the_table_of_access_is_as_reviewed(
    app: Flask,
    world: worlds.World,
    everybody: dict[str, Browser],
    request: pytest.FixtureRequest,
) -> None:
    # Tables of plugins are beside them: see asurso_core/testing/contract.py.
    own = addresses(app, world.own, world.foreign, "core")
    found = crawl.ask_all(app, own, everybody).table()
    if request.config.getoption("--update-access"):
        FILE.write_text(found, "utf-8")
    changed = crawl.differences(found, FILE.read_text("utf-8") if FILE.exists() else "")
    assert not changed, "run with --update-access and review what changed:\n" + "\n".join(changed)


def test_every_endpoint_declares_a_door(app: Flask) -> None:
    silent = [
        name for name in app.view_functions
        if name not in doors(app) and not name.endswith("static")
    ]  # fmt: skip
    assert silent == []


def test_only_the_listed_endpoints_are_public(app: Flask) -> None:
    assert {name for name, door in doors(app).items() if door == "public"} == PUBLIC


def test_whoever_writes_needs_a_right_to_change(app: Flask) -> None:
    known, door = access.permissions(), doors(app)
    loose = set()
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in PUBLIC | OWN_THINGS:
            continue
        permission = known.get(door[rule.endpoint])
        if permission is None or not permission.edits:
            loose.add(rule.endpoint)
    assert loose == ASKED_WITHIN


def test_a_stranger_is_sent_to_the_sign_in_page(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    open_to_all = []
    for address in _all(app, world):
        if address.endpoint in PUBLIC:
            continue
        answer = everybody["anonymous"].open(address.url, address.method)
        sent = answer.status_code == 302 and answer.location.startswith("/sign-in")
        if not sent and answer.status_code not in {401, 404}:
            open_to_all.append((address, answer.status_code))
    assert open_to_all == []


def _family_columns() -> list[str]:
    return [column_of(name, side) for name, side in FAMILY]


def test_a_family_opens_nothing_of_another_family(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    seen = []
    for address in _all(app, world):
        if address.objects != "foreign" or address.endpoint in world.open_things:
            continue
        # The parent has a second child in 5Б, so the class is not foreign to her.
        for column in ("pupil", "teacher_parent:family"):
            answer = everybody[column].open(address.url, address.method)
            if answer.status_code not in {403, 404}:
                seen.append((address.endpoint, address.method, column, answer.status_code))
    assert seen == []


def test_no_page_tells_a_family_about_other_pupils(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    # Surnames as they may be declined start with these letters.
    others = {
        "pupil": ("Яковлев", "Ёжиков", "Ежов", "Жданов", worlds.CANARIES["foreign"]),
        "parent": ("Яковлев", "Ёжиков", "Ежов", "Жданов", worlds.CANARIES["foreign"]),
        "teacher_parent:family": (
            "Яковлев", "Абрамов", "Ежов", "Жданов", *worlds.CANARIES.values(),
        ),
    }  # fmt: skip
    told = []
    for address in _all(app, world):
        # Whoever has the secret address of an entry shall read who wrote it.
        if address.method != "GET" or address.endpoint == "portfolio.by_link":
            continue
        for column, words in others.items():
            body = everybody[column].open(address.url).get_data().decode("utf-8", "replace")
            told += [(address.url, column, word) for word in words if word in body]
    assert told == []


def test_families_hold_no_dangerous_right(school: SmallSchool) -> None:
    del school
    known = access.permissions()
    harm = access.CONFIG | access.MANAGETRUST | access.DATALOSS
    loose = []
    for role in Role.select().where(Role.side == "family"):
        for name, scopes in grants_of(frozenset({role.name})).items():
            wide = not scopes <= {"own", "own_child"}
            if known[name].risk & harm or (known[name].risk & access.PERSONAL and wide):
                loose.append((role.name, name, sorted(scopes)))
    assert loose == []


#: Of the session, its last-seen stamp; of the log, that somebody knocked.
_UNHEEDED = {"core_session", "core_audit_entry"}


def _digest() -> dict[str, str]:
    found = {}
    for model in schema.models():
        name = model._meta.table_name
        if name not in _UNHEEDED:
            rows = sorted(repr(row) for row in model.select().tuples())
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def _writers() -> Iterator[tuple[str, str | None, str]]:
    for name, side in FAMILY:
        yield name, side, "foreign"
    yield "teacher", None, "foreign"
    yield "psychologist", None, "foreign"


@pytest.mark.parametrize(("name", "side", "objects"), list(_writers()))
def test_a_refused_post_changes_nothing(
    app: Flask, world: worlds.World, everybody: dict[str, Browser], name: str,
    side: str | None, objects: str,
) -> None:  # fmt: skip
    before = _digest()
    changed = []
    browser = everybody[column_of(name, side)]
    for address in _all(app, world):
        if address.method != "POST" or address.objects != objects:
            continue
        with taken_back(app):
            client = app.test_client(use_cookies=False)
            answer: Any = client.post(
                address.url, data=_plausible(world), headers={"Cookie": browser.cookie or ""}
            )
            after = _digest() if answer.status_code < 400 else before
            refused = answer.status_code >= 400
        if not refused and after != before:
            changed.append((address.endpoint, answer.status_code))
    assert changed == []
    assert _digest() == before


def _plausible(world: worlds.World) -> dict[str, str]:
    """What a forged form would carry: a bit of everything."""
    return {
        "value": "5", "op": "forged", "topic": "x", "homework": "x", "title": "x", "name": "x",
        "since": "2026-12-01", "on": "2026-12-01", "reason": "x", "version": "1",
        "pupil": str(world.foreign["pupil"]), "surname": "Х", "given_name": "Х",
    }  # fmt: skip
