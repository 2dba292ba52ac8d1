"""A provider as bad as it can be (F08): nothing twice, nothing stuck without a reason."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock as time
from asurso_core.jobs.models import JobRow
from asurso_sms.models import Message, Report
from asurso_sms.services import states, upkeep
from asurso_sms.testing_gateways import call_of


@pytest.fixture(autouse=True)
def _confirmed(phone):
    phone()


def test_a_message_is_taken_and_reported(provider, message, send, client):
    row = send(message("Иван: физика 2"))
    assert row.state == "sent"
    (taken,) = provider.taken
    assert taken == {"phone": "79271234567", "text": "Иван: физика 2", "mark": row.mark}
    answer = client.post(call_of("report/provider", id="P-1", state="DELIVERED"))
    assert answer.status_code == 200
    assert Message.get_by_id(row.id).state == "delivered"


def test_down_is_waited_for_with_the_reason(provider, message, send, job_of):
    provider.close()
    row = send(message())
    assert (row.state, job_of(row)) == ("queued", "waiting")
    assert "в соединении отказано" in row.reason


@pytest.mark.parametrize("mode", ["refusing", "broken", "elsewhere"])
def test_refused_for_now_is_tried_again_and_goes_out_once(
    provider, message, send, retry, job_of, mode
):
    provider.mode = mode
    row = send(message())
    assert (row.state, job_of(row), row.reason != "") == ("leaving", "waiting", True)
    provider.mode = "fine"
    row = retry(row)
    assert (row.state, row.reason, provider.asked, len(provider.taken)) == ("sent", "", 2, 1)


def test_refused_for_now_until_its_time_is_over_expires_with_the_reason(
    provider, message, send, retry, job_of
):
    provider.mode = "refusing"
    row = send(message())
    with time.frozen(time.now() + dt.timedelta(days=1, minutes=1)):
        row = retry(row)
    assert (row.state, job_of(row)) == ("expired", "done")
    assert "wrong number" in row.reason
    assert provider.asked == 1


def test_refused_for_good_fails_with_the_words_of_the_provider(provider, message, send, job_of):
    provider.mode = "no"
    row = send(message())
    assert (row.state, job_of(row)) == ("failed", "done")
    assert "wrong number" in row.reason


@pytest.mark.parametrize("mode", ["hanging", "dropping", "dripping"])
def test_what_may_have_been_taken_is_unknown_and_never_repeated(
    provider, message, send, retry, job_of, mode
):
    provider.mode = mode
    row = send(message())
    assert (row.state, job_of(row), row.reason != "") == ("unknown", "done", True)
    provider.mode = "fine"
    assert retry(row).state == "unknown"
    upkeep.watch()
    assert len(provider.taken) == 1
    assert Message.get_by_id(row.id).state == "unknown"


def test_a_gateway_that_swallows_messages_rests_and_is_tried_now_and_then(
    provider, message, send, retry, clock
):
    provider.mode = "dropping"
    rows = [send(message(f"сообщение {number}")) for number in range(5)]
    assert [row.state for row in rows] == ["unknown"] * 3 + ["queued"] * 2
    assert "две минуты" in rows[-1].reason
    clock.move("2026-11-24T10:03")
    assert retry(rows[3]).state == "unknown"  # the one that tries
    assert retry(rows[4]).state == "queued"
    clock.move("2026-11-24T10:06")
    provider.mode = "fine"
    assert retry(rows[4]).state == "sent"
    assert send(message("снова")).state == "sent"


def test_an_unknown_outcome_is_cleared_up_by_a_late_report(provider, message, send, client):
    provider.mode = "hanging"
    row = send(message())
    states.expect(row, "provider", ["P-1"])
    client.post(call_of("report/provider", id="P-1", state="DELIVERED"))
    assert Message.get_by_id(row.id).state == "delivered"


def test_reports_twice_out_of_order_and_for_unknown_names_change_nothing_wrongly(
    provider, message, send, client
):
    row = send(message())
    for state in ("DELIVERED", "DELIVERED", "ACCEPTED", "FAILED"):
        assert client.post(call_of("report/provider", id="P-1", state=state)).status_code == 200
    row = Message.get_by_id(row.id)
    assert row.state == "delivered"
    assert client.post(call_of("report/provider", id="P-9", state="FAILED")).status_code == 200
    assert client.post(call_of("report/provider", id="P-9", state="FAILED")).status_code == 200
    assert Report.select().count() == 1
    assert Message.select().where(Message.state == "failed").count() == 0


def test_a_report_before_the_providers_own_answer_is_kept_and_applied(provider, message, send):
    states.told("provider", "P-1", "delivered")
    assert Report.select().count() == 1
    row = send(message())
    assert (row.state, Report.select().count()) == ("delivered", 0)


def test_a_worker_killed_while_a_message_left_leaves_it_unknown(provider, message, send):
    row = message()
    states.leave(row.id, "provider")
    JobRow.update(state="unknown", error="The worker ended in the middle of the work.").execute()
    assert upkeep.watch() == 1
    row = Message.get_by_id(row.id)
    assert (row.state, row.reason) == ("unknown", "The worker ended in the middle of the work.")
    assert send(row).state == "unknown"
    assert provider.asked == 0


def test_a_cancelled_job_fails_its_message_and_one_that_ended_well_is_left_alone(
    provider, message, send
):
    cancelled, fine = message("одно"), send(message("другое"))
    JobRow.update(state="cancelled").where(JobRow.id == cancelled.job).execute()
    assert upkeep.watch() == 1
    assert Message.get_by_id(cancelled.id).state == "failed"
    assert Message.get_by_id(fine.id).state == "sent"


def test_a_message_that_was_ended_meanwhile_does_not_leave(provider, message, send):
    row = message()
    states.move(row.id, "failed", "передумали")
    send(row)
    assert provider.asked == 0


def test_a_wrong_configuration_makes_messages_wait_and_is_told(configure, message, send, job_of):
    configure(gateway="nowhere", gateways={"x": {"kind": "http", "urll": "http://127.0.0.1"}})
    row = send(message())
    assert (row.state, job_of(row)) == ("queued", "waiting")
    for word in ("'urll'", "url is missing", "'nowhere'"):
        assert word in row.reason or word == "'nowhere'"
