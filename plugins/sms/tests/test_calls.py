"""Where gateways call: only with the secret, never twice, and a stranger learns nothing (T25)."""

from __future__ import annotations

import pytest

from asurso_core.jobs import attempts, queue
from asurso_sms import conversation
from asurso_sms.models import Inbound, Message, Phone, Query
from asurso_sms.testing_gateways import SECRET, call_of, configured

IN = {"id": "m1", "from": "79271234567", "text": "Стоп"}


@pytest.fixture(autouse=True)
def _provider(provider):
    """A provider by HTTP is configured."""


def run_jobs():
    for number in queue.due():
        attempts.attend(number, 7)


@pytest.mark.parametrize(
    "address",
    [
        "/sms/in/provider", "/sms/in/provider?secret=", "/sms/in/provider?secret=wrong",
        "/sms/in/provider?secret=ключ", "/sms/in/nobody?secret=x", "/sms/in/file?secret=",
        f"/sms/in/nobody?secret={SECRET}", f"/sms/in/file?secret={SECRET}",
    ],
)  # fmt: skip
def test_without_the_secret_there_is_no_such_address(client, address):
    assert client.post(address, data=IN).status_code == 404
    assert client.get(address.replace("/in/", "/report/")).status_code == 404
    assert Inbound.select().count() == 0


def test_the_secret_may_come_in_a_header_or_a_form(client):
    assert client.post("/sms/in/provider", data={**IN, "secret": SECRET}).status_code == 200
    answer = client.post(
        "/sms/in/provider", json={**IN, "id": "m2"}, headers={"X-Asurso-Secret": SECRET}
    )
    assert answer.status_code == 200
    assert [row.text for row in Inbound.select()] == ["Стоп", "Стоп"]


def test_only_named_networks_may_call_if_there_are_any(client, provider, app):
    with configured(app, **provider.section(addresses=["10.0.0.0/8"])):
        assert client.post(call_of("in/provider"), data=IN).status_code == 404
    with configured(app, **provider.section(addresses=["127.0.0.1", "10.0.0.0/8"])):
        assert client.post(call_of("in/provider"), data=IN).status_code == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [({}, 400), ({"id": "1"}, 400), ({"id": "1", "from": ""}, 400)],
)
def test_what_cannot_be_read_is_refused(client, data, status):
    assert client.post(call_of("in/provider"), data=data).status_code == status
    assert client.post(call_of("report/provider"), data=data).status_code == status


def test_what_is_too_large_is_refused(client):
    answer = client.post(call_of("in/provider"), data={**IN, "text": "я" * 100_000})
    assert answer.status_code == 413
    assert Inbound.select().count() == 0


def test_a_message_told_three_times_is_one_message_and_one_answer(client, phone):
    phone()
    for _time in range(3):
        assert client.post(call_of("in/provider"), data=IN).status_code == 200
    run_jobs()
    assert Inbound.select().count() == 1
    assert Message.select().where(Message.purpose == "service").count() == 1


def test_stop_and_start_work_at_once_and_are_answered_to_the_owner(client, phone):
    phone()
    client.post(call_of("in/provider"), data=IN)
    run_jobs()
    assert Phone.get().stopped_at is not None
    assert Inbound.get().handled_at is not None
    client.post(call_of("in/provider"), data={**IN, "id": "m2", "text": " старт! "})
    run_jobs()
    assert Phone.get().stopped_at is None
    said = [(row.phone, row.state) for row in Message.select()]
    assert said == [("+79271234567", "queued")] * 2 or len(said) == 2


def test_an_unknown_number_learns_nothing(client, phone):
    phone(number="+79270000000")
    client.post(call_of("in/provider"), data=IN)
    run_jobs()
    assert Message.select().count() == 0
    assert Phone.get().stopped_at is None


def test_a_withdrawn_consent_is_not_given_again_by_a_message(client, phone):
    phone(withdrawn_at=Phone.asked_at and None)
    row = Phone.get()
    row.withdrawn_at = row.confirmed_at
    row.save()
    client.post(call_of("in/provider"), data={**IN, "text": "СТАРТ"})
    run_jobs()
    assert Phone.get().withdrawn_at is not None
    assert Message.select().count() == 0


def test_the_answer_and_the_end_of_its_job_are_one_deed(client, phone):
    phone()
    client.post(call_of("in/provider"), data=IN)

    def fail():
        raise RuntimeError("Задание отдали другому")

    with pytest.raises(RuntimeError):
        conversation.answer(Inbound.get(), fail)
    assert Phone.get().stopped_at is None
    assert Message.select().count() == Query.select().count() == 0


def test_a_question_is_answered_by_way_of_the_job(client, phone):
    phone()
    client.post(call_of("in/provider"), data={**IN, "text": "долги егор"})
    run_jobs()
    assert [row.text for row in Message.select()] == ["Егор 5А: долгов нет"]
    assert Inbound.get().handled_at is not None
