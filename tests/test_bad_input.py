"""Nonsense in every field of every form, parameter and JSON endpoint: 4xx and a message, never 5xx.

The fields are those that the pages really show: forms of all reachable pages are read as the
administrator, a teacher, the secretary and a parent see them. Every field of every form is tried
with a few kinds of nonsense, dealt from a shuffled deck that is the same in every run;
``ASURSO_THOROUGH=1`` tries every kind on every field, which takes many minutes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from asurso_core import access, schema
from asurso_core.testing import world as worlds
from asurso_core.testing.crawl import Browser, addresses, browser_of, taken_back
from asurso_core.testing.make import SmallSchool

READERS = ["admin", "teacher", "secretary", "parent"]

#: Percent-encoded, so that bytes that are not text at all can be sent too.
HOSTILE = {
    "empty": "",
    "spaces": "+++",
    "long": "%D0%96" * 10_000,
    "2**31": str(2**31),
    "2**63": str(2**63),
    "googol": "9" * 100,
    "negative": "-1",
    "infinity": "1e309",
    "nan": "NaN",
    "nul": "a%00b",
    "not utf-8": "%ff%fe%c0%80",
    "surrogate": "%ed%a0%80",
    "rtl": quote("\u202eгпж\u2066"),
    "digits of others": quote("²٣"),
    "script": quote("<script>alert(1)</script>"),
    "sql": quote("' OR 1=1 --"),
    "template": quote("{{7*7}}"),
    "zero date": "0000-00-00",
    "no such day": "31.02.2026",
    "far date": "9999-99-99",
    "last day": "9999-12-31",
    "first day": "0001-01-01",
    "line ends": "a%0d%0aSet-Cookie:+x=1",
    "percent": "%25%25%25_%5C",
}
#: Signing out and the like need no fields: what comes with them is not looked at.
FIELDLESS = {"accounts.sign_out", "accounts.ping"}
#: A word that is not on the list chooses the first of the list; or the only field is where to go
#: back to.
UNREAD = {"accounts.theme", "timetable.archive_bells", "sms.repeat"}


_T = TypeVar("_T")


class Deck(Generic[_T]):
    """Kinds of nonsense, dealt a few at a time; none comes again before all others have come."""

    def __init__(self, cards: Sequence[_T], seed: str) -> None:
        self._cards, self._left = list(cards), list[_T]()
        self._lots = random.Random(seed)

    def deal(self, count: int) -> list[_T]:
        """The next few of the deck, or all of it in a thorough run."""
        if os.environ.get("ASURSO_THOROUGH"):
            return self._cards
        while len(self._left) < count:
            self._left = self._lots.sample(self._cards, len(self._cards)) + self._left
        return [self._left.pop() for _ in range(count)]


@dataclass
class Form:
    """A form as a page shows it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    endpoint: str = ""


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.forms, self._open = url, [], None  # type: ignore[var-annotated]
        self._select: str | None = None
        self._loose: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = at.get("action") or self.url
            self._open = Form(action, at.get("method", "get").upper())
            self.forms.append(self._open)
        elif self._open is not None and tag in {"input", "textarea", "button", "select"}:
            name = at.get("name")
            if name:
                self._open.fields.append((name, at.get("value", "")))
            self._select = name if tag == "select" else None
        elif tag == "option" and self._select and self._open is not None and "selected" in at:
            self._open.fields = [
                (name, at.get("value", "") if name == self._select else value)
                for name, value in self._open.fields
            ]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@pytest.fixture
def world(school: SmallSchool) -> worlds.World:
    """The small school with something in every table."""
    return worlds.build(school)


@pytest.fixture
def everybody(
    app: Flask, world: worlds.World, login_as: Callable[..., FlaskClient]
) -> dict[str, Browser]:
    """Browsers of those who have forms to send."""
    del world
    app.config["WTF_CSRF_ENABLED"] = False
    return {name: browser_of(app, login_as(name)) for name in READERS}


#: Reader → pages that showed a form of a new shape: a second reading opens only these.
_pages_with_forms: dict[str, set[tuple[str, str]]] = {}


def _forms(app: Flask, world: worlds.World, reader: str, browser: Browser) -> list[Form]:
    """One form of every shape that the reader is shown."""
    with app.test_request_context():
        router = app.url_map.bind("localhost")
    found: dict[Any, Form] = {}
    telling, known = set(), _pages_with_forms.get(reader)
    for address in addresses(app, world.own, world.own):
        page = address.endpoint, address.url if address.objects == "-" else address.objects
        if address.method != "GET" or address.objects == "foreign":
            continue
        if known is not None and page not in known:
            continue
        answer = browser.open(address.url)
        if answer.status_code != 200 or "html" not in answer.content_type:
            continue
        reading = _Reader(address.url)
        reading.feed(answer.get_data(as_text=True))
        for form in reading.forms:
            target = urlsplit(form.action).path
            form.endpoint, _values = router.match(target, method=form.method)
            shape = (form.endpoint, form.method, frozenset(name for name, _ in form.fields))
            if shape not in found:
                found[shape] = form
                telling.add(page)
    _pages_with_forms.setdefault(reader, telling)
    return [form for form in found.values() if form.endpoint not in FIELDLESS]


def _digest() -> str:
    text = hashlib.sha256()
    for model in schema.models():
        if model._meta.table_name not in {"core_session", "core_audit_entry", "core_revision"}:
            for row in sorted(repr(row) for row in model.select().tuples()):
                text.update(row.encode())
    return text.hexdigest()


def _send(browser: Browser, form: Form, pairs: list[tuple[str, str]]) -> TestResponse | Exception:
    """Send encoded pairs as the form would; the exception of a defect is returned."""
    body = "&".join(f"{quote(name)}={value}" for name, value in pairs)
    try:
        if form.method == "GET":
            return browser.open(f"{form.action}?{body}")
        return browser.open(
            form.action, "POST", data=body, content_type="application/x-www-form-urlencoded"
        )
    except Exception as error:
        return error


def _bad(answer: TestResponse | Exception) -> str | None:
    if isinstance(answer, Exception):
        return f"{type(answer).__name__}: {str(answer)[:200]}"
    return f"status {answer.status_code}" if answer.status_code >= 500 else None


def _encoded(form: Form) -> list[tuple[str, str]]:
    return [(name, quote(value)) for name, value in form.fields]


def _spoilt(pairs: list[tuple[str, str]], target: str, what: str) -> list[tuple[str, str]]:
    """What is sent when one field of a form is spoilt in one of the ways."""
    rest = [pair for pair in pairs if pair[0] != target]
    if what == "missing":
        return rest
    if what == "twice":
        return [*pairs, (target, "1"), (target, "x")]
    if what == "array":
        return [*rest, (f"{target}[]", "1"), (f"{target}[a]", "1")]
    return [*rest, (target, HOSTILE[what])]


@pytest.mark.parametrize("name", READERS)
def test_nonsense_in_any_field_is_answered_calmly(
    app: Flask, world: worlds.World, everybody: dict[str, Browser], name: str
) -> None:
    ways = [*HOSTILE, "missing", "twice", "array"]
    deck = Deck(ways, f"fields of {name}")
    # Rows of a grid are alike: one field of each kind is enough.
    fields = {
        (form.endpoint, form.method, re.sub(r"\d", "0", target)): (form, target)
        for form in _forms(app, world, name, everybody[name])
        for target, _value in form.fields
        if target != "csrf_token"
    }
    each = max(2, -(-len(ways) // len(fields)))
    troubles: list[tuple[str, str, str, str]] = []
    tried = set()
    for form, target in fields.values():
        for what in deck.deal(each):
            tried.add(what)
            trouble = _bad(_send(everybody[name], form, _spoilt(_encoded(form), target, what)))
            if trouble:
                troubles.append((form.endpoint, target, what, trouble))
    assert troubles == []
    assert tried == set(ways)


def test_text_that_cannot_be_stored_writes_nothing(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    browser = everybody["admin"]
    written = []
    before = _digest()
    for form in _forms(app, world, "admin", browser):
        if form.method != "POST" or form.endpoint in UNREAD:
            continue
        names = [key for key, _value in form.fields if key != "csrf_token"]
        if not names:
            continue
        with taken_back(app):
            body = "&".join(f"{quote(key)}=a%00b" for key in names)
            answer = app.test_client(use_cookies=False).post(
                form.action, data=body, content_type="application/x-www-form-urlencoded",
                headers={"Cookie": browser.cookie or ""},
            )  # fmt: skip
            if answer.status_code >= 500 or _digest() != before:
                written.append((form.endpoint, answer.status_code))
    assert written == []


def _addresses(app: Flask, world: worlds.World, method: str) -> list[Any]:
    return [one for one in addresses(app, world.own, world.foreign) if one.method == method]


DEEP = "[" * 2_000 + "]" * 2_000
JSON = [
    "", "null", "true", "0", "-1", '"x"', "[]", "{}", "[[[]]]", '{"edits": null}',
    '{"edits": {}}', '{"edits": [null]}', '{"edits": [[]]}', '{"edits": [{}]}', "NaN", "1e309",
    '{"a": ' + DEEP + "}", DEEP, '{"edits": ' + DEEP + "}", "{", "\ufeff{}", '{"a": "\\ud800"}',
    json.dumps({"edits": [{"op": 1}]}),
    json.dumps({"edits": [{"op": "a", "lesson": True, "pupil": 1, "value": "5"}]}),
    json.dumps({"edits": [{"op": "a", "lesson": 2**40, "pupil": 1, "value": "5"}]}),
    json.dumps({"edits": [{"op": "a", "lesson": 1, "pupil": 1, "value": ["5"]}]}),
    json.dumps({"edits": [{"op": "a", "lesson": 1, "pupil": 1, "value": "5", "version": []}]}),
    json.dumps({"entry": [], "weekday": "x", "number": {}, "group": 1e30}),
]  # fmt: skip


#: Endpoints that really read JSON get every wrong shape.
SCRIPTED = {"journal.change"}


def test_json_of_every_wrong_shape_is_refused(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    troubles = []
    deck = Deck(JSON, "json")
    for address in _addresses(app, world, "POST"):
        if address.objects == "foreign":
            continue
        for name in ("admin", "teacher"):
            for body in JSON if address.endpoint in SCRIPTED else deck.deal(1):
                try:
                    answer: Any = everybody[name].open(
                        address.url, "POST", data=body.encode("utf-8", "surrogatepass"),
                        content_type="application/json",
                    )  # fmt: skip
                except Exception as error:
                    answer = error
                trouble = _bad(answer)
                if trouble:
                    troubles.append((address.endpoint, name, body[:60], trouble))
    assert troubles == []


#: What the fields of scripts are called; each is given every wrong type in turn.
_RIGHT = {
    "/journal/edits": lambda world: {
        "edits": [{"op": "abc", "lesson": world.own["lesson_id"], "assignment": None,
                   "pupil": world.own["pupil"], "value": "5", "version": 0, "comment": None}]
    }
}  # fmt: skip
WRONG = [
    None,
    True,
    -1,
    0,
    1.5,
    2**31,
    2**63,
    10**400,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    {},
    [1],
    "9" * 10_000,
]


def test_an_edit_with_one_wrong_member_writes_nothing(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    troubles = []
    right = _RIGHT["/journal/edits"](world)["edits"][0]
    for member in right:
        for value in WRONG:
            edit = {**right, member: value}
            body = json.dumps({"edits": [edit]})
            try:
                answer: Any = everybody["teacher"].open(
                    "/journal/edits", "POST", data=body, content_type="application/json"
                )
            except Exception as error:
                answer = error
            trouble = _bad(answer)
            if trouble:
                troubles.append((member, repr(value)[:40], trouble))
    assert troubles == []


_PARAMETERS = (
    "page", "q", "date", "day", "week", "class", "class_id", "group", "year", "kind", "next",
    "sort", "role", "state", "user", "since", "until", "from", "to", "on", "number", "weekday",
    "id", "subject", "teacher", "room", "period", "lesson", "who", "what", "text", "parity", "v",
)  # fmt: skip


@pytest.mark.parametrize("name", ["admin", "teacher", "parent"])
def test_nonsense_in_the_query_of_any_page(
    app: Flask, world: worlds.World, everybody: dict[str, Browser], name: str
) -> None:
    troubles = []
    deck = Deck(list(HOSTILE), f"queries of {name}")
    for address in _addresses(app, world, "GET"):
        if address.objects == "foreign":
            continue
        for what in deck.deal(2):
            query = "&".join(f"{key}={HOSTILE[what][:600]}" for key in _PARAMETERS)
            try:
                answer: Any = everybody[name].open(f"{address.url}?{query}")
            except Exception as error:
                answer = error
            trouble = _bad(answer)
            if trouble:
                troubles.append((address.endpoint, what, trouble))
    assert troubles == []


def test_a_number_beyond_every_id_is_not_found(app: Flask, everybody: dict[str, Browser]) -> None:
    strings = {"day": "2026-11-23", "owner": "core", "kind": "pupils"}
    found = []
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule:
            continue
        url = rule.rule
        for key in rule.arguments:
            url = url.replace(f"<int:{key}>", "9" * 100).replace(f"<{key}>", strings.get(key, "1"))
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            status = everybody["admin"].open(url, method).status_code
            if status != 404:
                found.append((rule.endpoint, method, status))
    assert found == []


def test_nonsense_in_addresses(app: Flask, everybody: dict[str, Browser]) -> None:
    troubles = []
    deck = Deck(list(HOSTILE), "addresses")
    strings = {"day": "2026-11-23", "owner": "core", "kind": "pupils"}
    for rule in app.url_map.iter_rules():
        if not rule.arguments or rule.endpoint.endswith("static"):
            continue
        for target in rule.arguments:
            for what in deck.deal(3):
                url = rule.rule
                for key in rule.arguments:
                    given = HOSTILE[what][:3000] if key == target else strings.get(key, "1")
                    url = url.replace(f"<int:{key}>", given).replace(f"<{key}>", given)
                for method in (rule.methods or set()) & {"GET", "POST"}:
                    try:
                        answer: Any = everybody["admin"].open(url, method)
                    except Exception as error:
                        answer = error
                    trouble = _bad(answer)
                    if trouble:
                        troubles.append((rule.endpoint, target, what, trouble))
    assert troubles == []


# --- the envelope ------------------------------------------------------------------------------


def test_a_bad_token_is_refused_and_writes_nothing(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    before = _digest()
    deck = Deck([{}, {"csrf_token": "x"}, {"csrf_token": "\x00"}], "tokens")
    accepted = []
    try:
        for address in _addresses(app, world, "POST"):
            for data in deck.deal(1):
                answer = everybody["admin"].open(address.url, "POST", data=data)
                # Machines have no tokens: without their secret there is no such address.
                view = app.view_functions[address.endpoint]
                if answer.status_code != (404 if access.is_callback(view) else 400):
                    accepted.append((address.endpoint, answer.status_code))
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert accepted == []
    assert _digest() == before


def test_another_site_cannot_send_forms(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    deck = Deck(
        [[("Sec-Fetch-Site", "cross-site")], [("Origin", "https://evil.example")]], "forged"
    )
    for address in _addresses(app, world, "POST"):
        for headers in deck.deal(1):
            answer = everybody["admin"].open(address.url, "POST", headers=headers)
            assert answer.status_code == 403, address


@pytest.mark.parametrize(
    "cookie",
    ["asurso=garbage", "asurso=", "asurso=.eJx.x.y", "theme=%3Cscript%3E; asurso=\xff",
     "theme=x" * 500, "asurso-device=\xfe; asurso=" + "A" * 5_000],
)  # fmt: skip
def test_spoilt_cookies_mean_nobody(app: Flask, cookie: str) -> None:
    client = app.test_client(use_cookies=False)
    assert client.get("/", headers={"Cookie": cookie}).status_code == 302
    page = client.get("/sign-in", headers={"Cookie": cookie})
    assert page.status_code == 200
    assert "<script>" not in page.get_data(as_text=True).split("<body", 1)[1].split("data-theme")[0]


def test_unknown_methods_are_refused(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    deck = Deck(["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"], "methods")
    for address in _addresses(app, world, "GET"):
        for method in deck.deal(1):
            status = everybody["admin"].open(address.url, method).status_code
            assert 400 <= status < 500, (address, method, status)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json",
                                  "multipart/form-data; boundary=x", "text/xml", ""])  # fmt: skip
def test_a_huge_body_is_refused(
    world: worlds.World, everybody: dict[str, Browser], kind: str
) -> None:
    del world
    body = b'{"edits": "' + b"A" * (25 * 1024 * 1024) + b'"}'
    answer = everybody["teacher"].open("/journal/edits", "POST", data=body, content_type=kind)
    assert answer.status_code == 413


def test_thousands_of_parts_are_refused(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(5_001)
    )
    deck = Deck([parts + "--x--\r\n", parts[:7_000], "--x\r\n\r\n", "--y--"], "parts")
    for address in _addresses(app, world, "POST"):
        if address.objects == "foreign" or address.endpoint in FIELDLESS:
            continue
        for body in deck.deal(1):
            answer = everybody["admin"].open(
                address.url, "POST", data=body, content_type="multipart/form-data; boundary=x"
            )
            assert answer.status_code < 500, address
    answer = everybody["teacher"].open(
        "/journal/edits", "POST", data=parts + "--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert answer.status_code == 413


def test_a_wrong_kind_of_content_is_refused_calmly(
    app: Flask, world: worlds.World, everybody: dict[str, Browser]
) -> None:
    kinds = [
        "text/plain", "application/xml", "image/png", "x", "application/json; charset=utf-99",
        "application/x-www-form-urlencoded; charset=nonsense", "multipart/form-data",
    ]  # fmt: skip
    deck = Deck(kinds, "kinds")
    for address in _addresses(app, world, "POST"):
        for kind in deck.deal(1):
            answer = everybody["admin"].open(
                address.url, "POST", data=urlencode({"value": "5"}), content_type=kind
            )
            assert answer.status_code < 500, (address, kind)
