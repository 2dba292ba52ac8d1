"""From a mark to a telephone and back, through a real Kannel and a real message centre.

A teacher puts a two. The mother, who asked for it, gets a text message; the report of its delivery
comes back. She asks «ПРОГНОЗ» and is told of her own child. The class teacher writes to all parents
of 5А and sees who got it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import clock
from asurso_core.testing.make import SmallSchool
from asurso_sms import alphabet, gateways
from asurso_sms import testing_gateways as real
from asurso_sms.hookspecs import Heard, Told
from asurso_sms.services.inbound import Ear
from asurso_timetable.models import Lesson

MOTHER, OTHER = "+79271234567", "+79277654321"


class Network(Protocol):
    """Telephones, as a story sees them."""

    def arrived(self) -> str:
        """The text of the next message that reached a telephone."""

    def reported(self) -> None:
        """Let the pages hear what the network says of the last message."""

    def write(self, number: str, text: str) -> None:
        """Have somebody send a text message to the school."""


class ByKannel:
    """Kannel with a telephone network behind it."""

    def __init__(self, kannel: real.Kannel, client: FlaskClient) -> None:
        self.kannel, self.client = kannel, client

    def arrived(self) -> str:
        return self.kannel.arrived()

    def reported(self) -> None:
        for _call in range(2):  # taken by the network, delivered
            assert self.kannel.callback.hand_on(self.client) == 200

    def write(self, number: str, text: str) -> None:
        self.kannel.text(number, text)
        assert self.kannel.callback.hand_on(self.client) == 200


class Notes:
    """What the line tells, kept for the thread of the test, which holds the transaction."""

    def __init__(self) -> None:
        self.reports: list[Told] = []
        self.messages: list[Heard] = []

    def told(self, report: Told) -> None:
        self.reports.append(report)

    def heard(self, message: Heard) -> None:
        self.messages.append(message)


class BySmpp:
    """A message centre, and the line that the leading worker would hold."""

    def __init__(self, centre: real.Centre, notes: Notes) -> None:
        self.centre, self.notes, self.seen = centre, notes, 0

    def arrived(self) -> str:
        real.soon(lambda: len(self.centre.submits) > self.seen, "a submit")
        self.seen += 1
        submit = self.centre.submits[self.seen - 1]
        coding = "utf-16-be" if submit.data_coding == 8 else "latin-1"
        return bytes(submit.short_message).decode(coding)

    def reported(self) -> None:
        self.centre.receipt(self.centre.id_of(self.seen))
        real.soon(lambda: self.notes.reports, "a report")
        Ear("centre").told(self.notes.reports.pop())

    def write(self, number: str, text: str) -> None:
        self.centre.text(number.lstrip("+"), text.encode("utf-16-be"))
        real.soon(lambda: self.notes.messages, "a message")
        Ear("centre").heard(self.notes.messages.pop())


@pytest.fixture(scope="module")
def _kannel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.Kannel]:
    if not real.kannel_is_here():
        if os.environ.get("CI") == "true":
            pytest.fail("Kannel is missing, and CI must test with it", pytrace=False)
        pytest.skip("Kannel is missing")
    callback = real.CallBack()
    folder: Path = tmp_path_factory.mktemp("kannel")
    with contextlib.closing(callback), contextlib.closing(real.Kannel(folder, callback)) as made:
        yield made


@pytest.fixture(scope="module")
def _centre() -> Iterator[real.Centre]:
    with contextlib.closing(real.Centre()) as made:
        yield made


@pytest.fixture(params=["kannel", "smpp"])
def network(request: pytest.FixtureRequest, app: Flask, client: FlaskClient) -> Iterator[Network]:
    """Telephones behind Kannel, and behind a message centre."""
    if request.param == "kannel":
        kannel: real.Kannel = request.getfixturevalue("_kannel")
        kannel.forget()
        kannel.callback.forget()
        with real.configured(app, **kannel.section):
            yield ByKannel(kannel, client)
        return
    centre: real.Centre = request.getfixturevalue("_centre")
    centre.submits.clear()
    notes, stop = Notes(), threading.Event()
    with real.configured(app, **centre.section()):
        gateway = gateways.setup().out

        def listen() -> None:
            with app.app_context(), contextlib.suppress(ConnectionError):
                gateway.listen(notes, stop)

        line = threading.Thread(target=listen, daemon=True)
        line.start()
        yield BySmpp(centre, notes)
        stop.set()
        line.join(5)
        gateway.hang_up()


@pytest.fixture
def school(school: SmallSchool) -> Iterator[SmallSchool]:
    """The small school on a Tuesday at noon, with a lesson of mathematics in 5А."""
    with clock.frozen("2026-11-24T12:00"):
        lesson = Lesson.create(
            date=dt.date(2026, 11, 24), number=1, starts=510, ends=555,
            group=school.ids["maths_5a"], teacher=school.persons["teacher"],
        )  # fmt: skip
        school.ids["lesson"] = lesson.id
        yield school


def confirm(browser: FlaskClient, number: str, network: Network, outbox: Any) -> None:
    """Enter a number and the code that comes to it."""
    browser.post("/sms/phone", data={"number": number, "consent": "y"})
    outbox.run()
    found = re.search(r"\d{6}", network.arrived())
    assert found is not None
    network.reported()
    assert browser.post("/sms/phone/code", data={"code": found[0]}).status_code == 303


def put(browser: FlaskClient, school: SmallSchool, pupil: str, value: str) -> None:
    """A mark in the grid."""
    change = {"op": f"{pupil}-1", "lesson": school.ids["lesson"], "pupil": school.persons[pupil],
              "value": value, "version": 0}  # fmt: skip
    answer = browser.post("/journal/edits", json={"edits": [change]})
    assert answer.get_json()["results"][0]["state"] == "saved"


def test_a_mark_reaches_a_phone_and_an_answer_comes_back(
    school: SmallSchool, network: Network, login_as: Callable[..., FlaskClient], outbox: Any
) -> None:
    mother, stranger = login_as("parent", "family"), login_as("other_parent", "family")
    confirm(mother, MOTHER, network, outbox)
    confirm(stranger, OTHER, network, outbox)
    for browser in (mother, stranger):
        page = browser.get("/settings/notices").text
        wanted = dict.fromkeys(
            re.findall(r'name="(r:journal\.low_mark/\d+/sms\.\w+)"', page), "now"
        )
        assert wanted
        assert browser.post("/settings/notices", data=wanted).status_code == 303

    put(login_as("teacher"), school, "pupil", "2")
    outbox.run()
    assert network.arrived() == "Егор: Математика — 2. Ответ на уроке, 24.11"
    network.reported()
    assert "доставлено" in mother.get("/settings/notices").text
    assert "Егор: Математика — 2" in mother.get("/notices").text
    assert "Егор" not in stranger.get("/notices").text

    network.write(MOTHER, "прогноз егор")
    outbox.run()
    assert network.arrived() == "Егор 5А. Прогноз 2 четв: Мат 2(2,00)"
    network.reported()
    network.write(OTHER, "прогноз егор")
    outbox.run()
    told = network.arrived()
    network.reported()
    assert "Егор" not in told
    assert alphabet.count(told).parts <= 3

    leader = login_as("class_teacher")
    parents = f"class:{school.ids['5А']}:parents"
    written = {"kind": "meeting", "text": "Собрание 5А в четверг в 18:00", "keys": parents}
    there = leader.post("/sms/broadcasts/new", data=written).location
    sent = {"version": 1, "count": 1, "price": 250}
    assert leader.post(f"{there}/send", data=sent).status_code == 303
    outbox.run()
    assert network.arrived() == "Собрание 5А в четверг в 18:00"
    network.reported()
    seen = leader.get(there).text
    assert "доставлено" in seen
    assert "Ким Вера" in seen  # she has no number: the notice centre told her
    assert "Яковлев" not in seen
