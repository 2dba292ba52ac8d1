"""Through a real Kannel: out, the reports back, long texts, and in."""

from __future__ import annotations

from asurso_sms.models import Inbound, Message, Phone
from asurso_sms.services import upkeep


def reports(kannel, client, row, number):
    for _call in range(number):
        assert kannel.callback.hand_on(client) == 200
    return Message.get_by_id(row.id)


def test_a_message_leaves_and_its_delivery_is_reported(kannel, phone, message, send, client):
    phone()
    row = send(message("Иван: физика 2"))
    assert (row.state, row.reason, row.gateway) == ("sent", "", "kannel")
    assert kannel.arrived() == "Иван: физика 2"
    row = reports(kannel, client, row, 2)
    assert (row.state, row.sent_at is not None, row.final_at is not None) == (
        "delivered", True, True,
    )  # fmt: skip


def test_a_long_russian_message_arrives_whole(kannel, phone, message, send, client):
    phone()
    text = "Родительское собрание пятых классов состоится в четверг. " * 3
    row = send(message(text))
    assert row.parts == 3
    assert "".join(kannel.arrived() for _part in range(3)) == text.strip()
    assert reports(kannel, client, row, 2).state == "delivered"


def test_latin_letters_travel_in_the_small_alphabet(kannel, phone, message, send, client):
    phone()
    row = send(message("Ivan: 5 [fizika]"))
    assert kannel.arrived() == "Ivan: 5 [fizika]"
    assert reports(kannel, client, row, 2).state == "delivered"


def test_a_telephone_writes_and_is_written_down_once(kannel, phone, client):
    phone()
    kannel.text("+79271234567", "Стоп")
    called = kannel.callback.next()
    assert called.method == "POST"
    assert kannel.callback.hand_on(client, called) == 200
    assert kannel.callback.hand_on(client, called) == 200
    row = Inbound.get()
    assert (row.sender, row.receiver, row.text) == ("+79271234567", "2222", "Стоп")
    assert Inbound.select().count() == 1


def test_kannel_does_not_let_us_in_and_the_message_waits(kannel, configure, phone, message, send):
    section = dict(kannel.section)
    section["gateways"] = {"kannel": {**section["gateways"]["kannel"], "password": "wrong"}}
    configure(**section)
    phone()
    row = send(message())
    assert row.state == "leaving"
    assert "Authorization failed" in row.reason
    assert upkeep.watch() == 0
    assert Phone.select().count() == 1


def test_a_broadcast_of_the_class_teacher_reaches_all_parents_and_the_page_tells_it(
    kannel, phone, school, login_as, outbox, client
):
    """R2.13.4c as a whole: written, looked at, sent through Kannel, reported back, seen."""
    phone("parent", "+79271234567")
    phone("teacher_parent", "+79271234568")
    page = login_as("class_teacher")
    typed = {
        "kind": "meeting", "text": "Собрание {класс} в 18:00",
        "keys": f"class:{school.ids['5А']}:parents",
    }  # fmt: skip
    there = page.post("/sms/broadcasts/new", data=typed).location
    page.post(f"{there}/send", data={"version": 1, "count": 2, "price": 500})
    outbox.run()
    assert [kannel.arrived(), kannel.arrived()] == ["Собрание 5А в 18:00"] * 2
    for _report in range(4):  # accepted and delivered, of each
        assert kannel.callback.hand_on(client) == 200
    text = page.get(there).text
    assert {row.state for row in Message.select()} == {"delivered"}
    assert text.count('status-good"') >= 2
    assert "доставлено" in text
    assert "Яковлев" not in text
