"""Through a real message centre: submits, receipts, inbound messages, and how it may go wrong."""

from __future__ import annotations

import contextlib
import threading

import pytest

from asurso_sms import alphabet, gateways
from asurso_sms import testing_gateways as real
from asurso_sms.hookspecs import Heard, NotNow, Told
from asurso_sms.models import Inbound, Message, Part
from asurso_sms.services import states
from asurso_sms.services.inbound import Ear

smpp34 = pytest.importorskip("smpp34")


@pytest.fixture(scope="session")
def _centre():
    made = real.Centre()
    yield made
    made.close()


@pytest.fixture
def centre(_centre, configure):
    """A message centre by which messages leave."""
    _centre.behaviour = lambda _submit: None
    _centre.submits.clear()
    configure(**_centre.section())
    yield _centre
    gateways.setup().out.hang_up()


class Notebook:
    """Keeps what a line tells, for the thread of the test to apply."""

    def __init__(self):
        self.reports: list[Told] = []
        self.messages: list[Heard] = []

    def told(self, report):
        self.reports.append(report)

    def heard(self, message):
        self.messages.append(message)


@pytest.fixture
def line(centre, app):
    """The line on which reports and messages come in, held by a thread."""
    notes, stop = Notebook(), threading.Event()
    gateway = gateways.setup().out

    def run():
        with app.app_context(), contextlib.suppress(ConnectionError):
            gateway.listen(notes, stop)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield notes
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def apply(notes):
    """Have the pages' side take in what the line told."""
    ear = Ear("centre")
    for report in notes.reports:
        ear.told(report)
    for message in notes.messages:
        ear.heard(message)


def test_a_message_leaves_and_its_receipt_comes_back(centre, line, phone, message, send):
    phone()
    row = send(message("Иван: физика 2"))
    assert (row.state, row.gateway) == ("sent", "centre")
    (submit,) = centre.submits
    assert submit.short_message.decode("utf-16-be") == "Иван: физика 2"
    assert (submit.destination_addr, submit.dest_addr_ton, submit.dest_addr_npi) == (
        "79271234567", 1, 1,
    )  # fmt: skip
    assert (submit.source_addr, submit.source_addr_ton, submit.data_coding) == ("SCHOOL", 5, 8)
    assert centre.receipt(centre.id_of(1)) == 0
    apply(line)
    assert Message.get_by_id(row.id).state == "delivered"


def test_a_long_message_is_delivered_when_all_its_parts_are(centre, line, phone, message, send):
    phone()
    text = "Родительское собрание пятых классов состоится в четверг. " * 3
    row = send(message(text))
    bodies = [submit.short_message for submit in centre.submits]
    assert {submit.esm_class for submit in centre.submits} == {0x40}
    assert [body[:3] + body[4:6] for body in bodies] == [
        b"\x05\x00\x03\x03\x01", b"\x05\x00\x03\x03\x02", b"\x05\x00\x03\x03\x03"
    ]  # fmt: skip
    assert "".join(body[6:].decode("utf-16-be") for body in bodies) == text.strip()
    for number in (2, 1):
        centre.receipt(centre.id_of(number))
    apply(line)
    assert Message.get_by_id(row.id).state == "sent"
    centre.receipt(centre.id_of(3))
    apply(line)
    assert Message.get_by_id(row.id).state == "delivered"


def test_the_small_alphabet_with_its_extension_travels_in_seven_bits(centre, phone, message, send):
    phone()
    send(message("Ivan {5} €"))
    (submit,) = centre.submits
    assert submit.data_coding == 0
    assert alphabet.decode(submit.short_message, "gsm") == "Ivan {5} €"


@pytest.mark.parametrize(
    ("stat", "state"),
    [("UNDELIV", "failed"), ("EXPIRED", "expired"), ("REJECTD", "failed"), ("UNKNOWN", "unknown")],
)
def test_a_receipt_tells_what_became_of_a_message(centre, line, phone, message, send, stat, state):
    phone()
    row = send(message())
    centre.receipt(centre.id_of(1), stat, "013")
    apply(line)
    row = Message.get_by_id(row.id)
    assert (row.state, row.reason) == (state, f"{stat}, err 013")


def test_inbound_messages_come_in_and_pieces_are_put_together(centre, line, phone):
    phone()
    centre.text("79271234567", "прогноз".encode("utf-16-be"))
    head = b"\x05\x00\x03\x2a\x02"
    centre.text("79271234567", head + b"\x02" + "физика".encode("utf-16-be"), udh=True)
    centre.text("79271234567", head + b"\x01" + "ОЦЕНКИ Иван ".encode("utf-16-be"), udh=True)
    apply(line)
    assert [row.text for row in Inbound.select().where(Inbound.handled_at.is_null())] == [
        "прогноз", "ОЦЕНКИ Иван физика",
    ]  # fmt: skip


def test_the_same_message_on_the_next_line_is_the_same_message(centre, line, phone):
    phone()
    centre.text("79271234567", "1".encode("utf-16-be"))
    centre.text("79271234567", "1".encode("utf-16-be"))
    apply(line)
    assert Inbound.select().count() == 2  # somebody answered «1» twice
    (heard, _other) = line.messages
    digest, _session, number = heard.gateway_id.split("-")
    again = Heard(
        gateway_id=f"{digest}-otherline-{number}", sender=heard.sender, receiver=heard.receiver,
        text=heard.text, content=heard.content,
    )  # fmt: skip
    Ear("centre").heard(again)
    assert Inbound.select().count() == 2


def test_what_cannot_be_written_down_is_brought_again(centre, line):
    line.heard = None  # a database that is away
    assert centre.text("79271234567", b"\x00A") == 0x64


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [(0x58, "leaving", "Throttling error"), (0x14, "leaving", "Queue is full"),
     (0x0B, "failed", "Invalid Dest")],
)  # fmt: skip
def test_a_refusal_is_for_now_or_for_good(centre, phone, message, send, status, state, words):
    centre.behaviour = lambda _submit: status
    phone()
    row = send(message())
    assert row.state == state
    assert words.lower() in row.reason.lower()


def test_a_centre_that_is_silent_leaves_the_outcome_unknown(
    centre, configure, phone, message, send
):
    configure(**centre.section(timeout=0.3))
    centre.behaviour = lambda _submit: "hang"
    phone()
    row = send(message())
    assert row.state == "unknown"
    assert len(centre.submits) == 1
    centre.behaviour = lambda _submit: None
    assert send(row).state == "unknown"
    assert len(centre.submits) == 1


def test_a_long_message_that_is_refused_half_way_is_not_begun_again(centre, phone, message, send):
    centre.behaviour = lambda _submit: None if len(centre.submits) < 2 else 0x58
    phone()
    row = send(message("Родительское собрание пятых классов состоится в четверг. " * 3))
    assert row.state == "failed"
    assert "1 " in row.reason
    assert len(centre.submits) == 2


def test_a_line_that_died_meanwhile_loses_no_message(centre, phone, message, send):
    phone()
    send(message("первое"))
    gateway = gateways.setup().out
    gateway._line.client._socket.close()
    gateway._line.used -= 60
    assert send(message("второе")).state == "sent"
    assert len(centre.submits) == 2


def test_nobody_at_the_other_end_is_a_reason_to_wait(configure, phone, message, send):
    configure(gateway="g", gateways={"g": {"kind": "smpp", "host": "127.0.0.1",
              "port": real.free_port(), "system_id": "a", "password": "b"}})  # fmt: skip
    phone()
    row = send(message())
    assert row.state == "queued"
    assert row.reason
    with pytest.raises(NotNow):
        gateways.setup().out.send(None, lambda: None)


def test_a_centre_that_writes_its_names_in_two_ways_is_understood(
    centre, configure, phone, message, send, line
):
    configure(**centre.section(ids="hex-decimal"))
    phone()
    row = send(message())
    assert Part.get().gateway_id == str(int(centre.id_of(1), 16))
    gateway = gateways.setup().out
    report = f"id:{int(centre.id_of(1), 16)} stat:DELIVRD err:000"
    from types import SimpleNamespace

    pdu = SimpleNamespace(short_message=report.encode(), message_payload=None, esm_class=4,
                          receipted_message_id=None, message_state=None)  # fmt: skip
    told = gateway._receipt(pdu)
    states.told("centre", told.gateway_id, told.state)
    assert Message.get_by_id(row.id).state == "delivered"
