"""The configuration of gateways, kinds that other plugins bring, the file, and lines that break."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

import pytest

from asurso_core import hookimpl
from asurso_sms import gateways, listening
from asurso_sms import testing_gateways as real
from asurso_sms.gateways import http
from asurso_sms.hookspecs import Call, Gateway, GatewayKind, Never, NotNow, Taken

KANNEL = {"kind": "kannel", "url": "http://127.0.0.1:1/", "username": "a", "password": "b"}


def faults(configure, **section):
    configure(**section)
    with pytest.raises(gateways.Faulty) as told:
        gateways.setup()
    return str(told.value)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"gatewai": "x"}, "unknown key 'gatewai'"),
        ({"gateway": "x"}, "there is no gateway 'x'"),
        ({"gateways": {"k": KANNEL}}, "gateway is missing"),
        ({"gateway": "k", "gateways": {"k": {**KANNEL, "pasword": "c"}}}, "unknown key 'pasword'"),
        ({"gateway": "k", "gateways": {"k": {"kind": "kannel"}}}, "url is missing"),
        ({"gateway": "k", "gateways": {"k": {**KANNEL, "timeout": "5"}}}, "timeout must be a num"),
        ({"gateway": "k", "gateways": {"k": {**KANNEL, "addresses": "::"}}}, "must be a list"),
        ({"gateway": "k", "gateways": {"k": {"kind": "fax"}}}, "kind must be one of"),
        ({"gateway": "k", "gateways": {"k": 5}}, "must be a table"),
        ({"gateway": "k", "gateways": 5}, "a table for each gateway"),
        ({"gateway": "k/", "gateways": {"k/": KANNEL}}, "letters, figures"),
        ({"gateway": "s", "gateways": {"s": {"kind": "smpp", "host": "h", "system_id": "a",
          "password": "b", "ids": "roman", "port": 1.5}}}, "port must be a whole number"),
        ({"gateway": "s", "gateways": {"s": {"kind": "smpp", "host": "h", "system_id": "a",
          "password": "b", "ids": "roman", "receive_as": "x"}}}, "receive_as must be"),
        ({"gateway": "h", "gateways": {"h": {"kind": "http", "url": "ftp://x", "method": "HEAD",
          "format": "xml"}}}, "url must begin"),
        ({"gateway": "h", "gateways": {"h": {"kind": "http", "url": "http://x",
          "fields": {"a": "{nmber}"}}}}, "{nmber} is none of"),
        ({"gateway": "h", "gateways": {"h": {"kind": "http", "url": "http://x",
          "later_regex": "("}}}, "later_regex is no regular expression"),
        ({"gateway": "h", "gateways": {"h": {"kind": "http", "url": "http://x",
          "report_states": {"A": "fine"}}}}, "'fine' is none of"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_configuration_is_named(configure, section, words):
    assert words in faults(configure, **section)


def test_without_a_configuration_messages_go_into_a_file(app, phone, message, send):
    phone()
    row = send(message("Собрание\nв 18:00"))
    assert row.state == "sent"
    line = gateways.file_gateway().read_text("utf-8").splitlines()[-1]
    found = json.loads(line)
    assert (found["to"], found["text"], found["mark"]) == (
        "+79271234567", "Собрание\nв 18:00", row.mark,
    )  # fmt: skip


def test_hook_sms_gateways(join, configure, phone, message, send):
    pigeons = []

    @dataclass(frozen=True, kw_only=True)
    class Loft:
        pigeons: int

    class Pigeon(Gateway):
        def send(self, message, leaving):
            leaving()
            pigeons.append((message.to, message.text))
            return Taken()

    @hookimpl(optionalhook=True)
    def sms_gateways():
        return [
            GatewayKind(
                name="pigeon", title="Голубь", options=Loft,
                build=lambda name, loft: Pigeon(f"{name}-{loft.pigeons}"),
            )
        ]  # fmt: skip

    join(sms_gateways)
    configure(gateway="post", gateways={"post": {"kind": "pigeon", "pigeons": 7}})
    phone()
    row = send(message("Лети"))
    assert (row.state, row.gateway) == ("sent", "post-7")
    assert pigeons == [("+79271234567", "Лети")]


# --- a provider by HTTP --------------------------------------------------------------------------


def test_values_cannot_break_out_of_their_places(provider, configure, phone, message, send):
    body = '{"to": "{to}", "text": "{text}", "mark": "{mark}"}'
    configure(**provider.section(fields={}, body=body, headers={"X-Text": "{text}"}))
    phone()
    row = send(message('Он сказал "пять"\nи ушёл {mark}'))
    assert row.state == "sent"
    assert provider.taken[0]["text"] == 'Он сказал "пять"\nи ушёл {mark}'


@pytest.mark.parametrize(
    ("more", "answer", "outcome"),
    [
        ({"accepted_regex": r"id=(?P<id>\d+)", "accepted_path": "", "id_path": ""}, "id=17", "17"),
        ({"accepted_path": "", "accepted_value": "", "id_path": ""}, "что угодно", ()),
        ({"accepted_path": "a[1].ok", "accepted_value": "true", "id_path": "a[0]"},
         '{"a": ["x9", {"ok": true}]}', "x9"),
        ({}, '{"status": "ERROR"}', Never),
        ({"later_regex": "balance"}, '{"status": "ERROR", "why": "balance"}', NotNow),
        ({}, "[" * 5000, Never),
    ],
)  # fmt: skip
def test_acceptance_is_what_the_table_says(provider, more, answer, outcome):
    table = {**provider.section()["gateways"]["provider"], **more}
    del table["kind"]
    made = http.Provider("p", http.Options(**table))
    judge = made._judge
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            judge(http.Answer(200, answer))
    else:
        assert judge(http.Answer(200, answer)).ids == ((outcome,) if outcome else ())


def test_reports_come_one_by_one_or_in_a_list(provider, client, configure, app):
    table = {**provider.section()["gateways"]["provider"], "report_list": "all"}
    del table["kind"]
    made = http.Provider("p", http.Options(**table))
    body = json.dumps({"all": [{"id": 1, "state": "DELIVERED"}, {"id": 2, "state": "SEEN"}]})
    assert [told.gateway_id for told in made.reports(Call(fields={}, body=body))] == ["1"]
    with pytest.raises(ValueError, match="no list"):
        made.reports(Call(fields={}, body='{"all": 5}'))


# --- lines ---------------------------------------------------------------------------------------


def test_without_lines_there_is_nothing_to_listen_to(configure, provider):
    listening.listen(threading.Event())


def test_a_line_that_cannot_be_opened_ends_the_service_with_its_reason(configure, app):
    def dead():
        return {"kind": "smpp", "host": "127.0.0.1", "port": real.free_port(), "system_id": "a",
                "password": "b"}  # fmt: skip

    configure(gateway="one", gateways={"one": dead()})
    with pytest.raises(NotNow):
        listening.listen(threading.Event())
    configure(gateway="one", gateways={"one": dead(), "two": dead()})
    with pytest.raises(NotNow):
        listening.listen(threading.Event())


def test_a_gateway_that_does_not_call_back_takes_no_calls(configure):
    plain = gateways.setup().out
    with pytest.raises(ValueError, match="report"):
        plain.reports(Call(fields={}, body=""))
    with pytest.raises(ValueError, match="messages"):
        plain.heard(Call(fields={}, body=""))
