"""Looking changes nothing (T13): no GET of any reader writes into the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import access
from asurso_core.accounts.models import Session
from asurso_core.testing import world as worlds
from asurso_core.testing.crawl import addresses, browser_of
from asurso_core.testing.make import SmallSchool
from asurso_core.testing.plugin import Statements

_WRITES = re.compile(
    r"\s*(WITH\b.*\b)?(INSERT|UPDATE|DELETE|REPLACE|MERGE|CREATE|DROP|ALTER|TRUNCATE)\b",
    re.IGNORECASE | re.DOTALL,
)
#: What a GET may write: that the session is in use, and (append-only, after the answer is made)
#: that personal data were shown. Deeds are recorded by a statement that looks otherwise.
_SEEN = re.compile(
    r'UPDATE "core_session" SET "seen_at" = (\?|%s) WHERE'
    r'|INSERT INTO core_audit_entry \("at", "user", "actor_name", "side", "address", "kind", '
    r'"target", "person"\) (VALUES|SELECT)'
)

#: Callbacks whose protocol tells by GET: Kannel reports deliveries in no other way. Without its
#: secret nothing is written (the tests below), and no page links to it.
BY_PROTOCOL = {"sms.report"}


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("admin", None), ("deputy", None), ("teacher", None), ("class_teacher", None),
        ("secretary", None), ("parent", None), ("teacher_parent", "family"), ("pupil", None),
    ],
)  # fmt: skip
def test_no_get_writes(
    app: Flask,
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
    statements: Callable[[], AbstractContextManager[Statements]],
    name: str,
    side: str | None,
) -> None:
    world = worlds.build(school)
    browser = browser_of(app, login_as(name, side))
    written = []
    for address in addresses(app, world.own, world.foreign):
        if address.method != "GET":
            continue
        with statements() as seen:
            browser.open(address.url)
        written += [
            (address.url, sql) for sql in seen if _WRITES.match(sql) and not _SEEN.match(sql)
        ]
    assert written == []


def test_a_session_in_use_is_stamped_at_most_once_a_minute(
    app: Flask,
    login_as: Callable[..., FlaskClient],
    statements: Callable[[], AbstractContextManager[Statements]],
) -> None:
    import datetime as dt

    from asurso_core import clock

    del app
    browser = login_as("teacher")
    early = clock.stamp() - dt.timedelta(minutes=2)
    Session.update(seen_at=early).execute()
    with statements() as seen:
        browser.get("/")
        browser.get("/")
    assert len([sql for sql in seen if _WRITES.match(sql)]) == 1


def test_a_deed_in_a_get_would_be_noticed(
    app: Flask, school: SmallSchool, statements: Callable[[], AbstractContextManager[Statements]]
) -> None:
    from asurso_core import audit

    del app
    deed, reading = school.actor("admin"), school.actor("admin")
    audit.read(reading, "core.read_card", "core.person:1", [school.persons["pupil"]])
    with statements() as seen:
        audit.record(deed, "core.file_saved", "core.thing:1", topic=None)
        audit.record_many(deed, "core.file_saved", [audit.Deed(target="core.thing:1")])
        audit.write_readings(reading)
    assert [bool(_SEEN.match(sql)) for sql in seen] == [False, False, True]


def test_the_words_of_writing_are_recognised() -> None:
    assert _WRITES.match("  insert INTO x VALUES (1)")
    assert _WRITES.match("WITH a AS (SELECT 1) UPDATE x SET y = 1")
    assert not _WRITES.match("SELECT 'UPDATE' FROM x")


def test_who_writes_by_get_is_a_machine_with_a_secret_and_is_named_here(app: Flask) -> None:
    named = {
        endpoint for endpoint, view in app.view_functions.items() if hasattr(view, "writes_by_get")
    }
    assert named == BY_PROTOCOL
    assert all(access.is_callback(app.view_functions[endpoint]) for endpoint in named)
