"""What may be sent to whom and when, what it costs, and what the administrator sees of it."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock
from asurso_core import settings as school_settings
from asurso_core.accounts import Guardian
from asurso_core.actors import system
from asurso_core.errors import Conflict, Invalid
from asurso_core.jobs.models import JobRow
from asurso_core.privacy import PersonalData
from asurso_sms import checks, personal, queries, reports
from asurso_sms.models import Inbound, Message
from asurso_sms.services import messages, phones, states, upkeep
from asurso_sms.services.budget import OverBudget
from asurso_sms.services.messages import Unreachable

SYSTEM = system("test")


def rules(**values):
    school_settings.put(SYSTEM, "sms", values)


def utc(text):
    """A moment at school as it is stored."""
    here = dt.datetime.fromisoformat(text).replace(tzinfo=clock.zone())
    return here.astimezone(dt.UTC).replace(tzinfo=None)


# --- to whom -------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [None, "withdrawn_at", "stopped_at"])
def test_nobody_is_written_to_who_does_not_want_it(phone, message, values):
    if values is not None:
        phone(**{values: clock.stamp()})
    with pytest.raises(Unreachable):
        message()
    assert Message.select().count() == 0


def test_after_stop_only_the_word_that_it_was_heard_is_sent(phone, message):
    phone(stopped_at=clock.stamp())
    with pytest.raises(messages.Unreachable):
        message(purpose="answer")
    assert message(purpose="service").state == "queued"


@pytest.mark.parametrize("change", ["guardian", "stop", "withdraw", "release", "number"])
def test_what_changed_meanwhile_stops_a_message_at_the_door(
    school, phone, message, send, change, configure
):
    row = phone()
    asked = message("Иван: 2", about=school.persons["pupil"])
    if change == "guardian":
        Guardian.delete().where(
            Guardian.guardian == school.persons["parent"],
            Guardian.pupil == school.persons["pupil"],
        ).execute()
    elif change == "stop":
        phones.stop(row)
    elif change == "withdraw":
        phones.withdraw(school.actor("parent"))
    elif change == "release":
        phones.release(school.actor("parent"))
    else:
        row.number = "+79270000000"
        row.save()
    asked = send(asked)
    assert asked.state == "failed"
    assert asked.reason


def test_a_guardian_who_may_not_learn_of_the_child_is_not_told(school, phone, message, send):
    phone()
    asked = message("Иван: 2", about=school.persons["pupil"])
    Guardian.update(may_receive=False).execute()
    assert send(asked).state == "failed"


# --- when ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-24T20:59", "2026-11-24T20:59"),
        ("2026-11-24T21:00", "2026-11-25T08:00"),
        ("2026-11-25T03:00", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-25T08:00"),
    ],
)
def test_notices_leave_the_night_in_peace(phone, message, clock, now, due):
    clock.move(now)
    phone()
    row = message()
    assert row.due_at == utc(due)
    assert row.expires_at == utc(due) + dt.timedelta(days=1)
    assert JobRow.get_by_id(row.job).due_at == row.due_at


@pytest.mark.parametrize("values", [{"urgent": True}, {"purpose": "answer"}])
def test_what_is_urgent_or_asked_for_comes_at_night(phone, message, clock, values):
    clock.move("2026-11-24T23:00")
    phone()
    assert message(**values).due_at == utc("2026-11-24T23:00")


def test_what_waited_for_a_gateway_into_the_night_waits_for_the_morning(
    phone, message, send, provider, clock
):
    clock.move("2026-11-24T20:58")
    phone()
    provider.mode = "refusing"
    row = send(message())
    clock.move("2026-11-24T21:05")
    JobRow.update(due_at=utc("2026-11-24T21:05")).execute()
    first, row = row.job, send(row)
    assert (row.state, row.due_at) == ("leaving", utc("2026-11-25T08:00"))
    assert row.job != first
    assert provider.asked == 1
    clock.move("2026-11-25T08:00")
    provider.mode = "fine"
    assert send(row).state == "sent"


def test_without_quiet_hours_everything_leaves_at_once(phone, message, clock):
    rules(quiet_from=0, quiet_until=0)
    clock.move("2026-11-24T23:00")
    phone()
    assert message().due_at == utc("2026-11-24T23:00")


# --- what it costs -------------------------------------------------------------------------------


def test_parts_and_price_are_counted_and_the_class_pays(school, phone, message):
    phone()
    row = message("я" * 71, about=school.persons["pupil"])
    assert (row.parts, row.price, row.school_class_id) == (2, 500, school.ids["5А"])
    assert row.year_id == school.ids["year"]


def test_latin_letters_make_a_message_cheaper(phone, message):
    rules(latin=True)
    phone()
    row = message("Ёжик " * 20)
    assert row.parts == 1
    assert row.text.startswith("Yozhik")


@pytest.mark.parametrize("text", ["", "   ", "я" * 336])
def test_an_empty_and_a_too_long_message_are_refused(phone, message, text):
    phone()
    with pytest.raises(Invalid):
        message(text)


@pytest.mark.parametrize("bound", ["budget_day", "budget_month", "budget_class"])
def test_a_budget_refuses_broadcasts_and_fails_notices_with_its_reason(
    school, phone, message, bound
):
    rules(**{bound: 5})
    phone()
    about = {"about": school.persons["pupil"]}
    assert [message(**about).state for _one in range(2)] == ["queued", "queued"]
    over = message(**about)
    assert (over.state, over.job) == ("failed", None)
    assert "5 ₽" in over.reason
    with pytest.raises(OverBudget):
        message(purpose="broadcast", **about)
    assert message(purpose="answer", **about).state == "queued"
    found = checks.budgets()
    assert found.level == "warning"
    assert "1 " in found.text


def test_a_new_day_has_a_new_budget_and_what_never_left_costs_nothing(phone, message, clock):
    rules(budget_day=5)
    phone()
    first = message()
    message()
    assert message().state == "failed"
    states.move(first.id, "failed", "неверный номер")
    assert message().state == "queued"
    clock.move("2026-11-25T10:00")
    assert message().state == "queued"


def test_the_report_counts_what_left_by_month_purpose_and_class(school, phone, message):
    phone()
    rows = [message("я" * 71, about=school.persons["pupil"]), message()]
    for row in rows:
        states.move(row.id, "sent")
    states.move(rows[0].id, "delivered")
    message()  # not left yet
    table = reports.costs(school.actor("director"), {}).tables[0]
    found = [[str(cell) for cell in row] for row in table.rows]
    assert [row[1:] for row in found] == [
        ["уведомление", "—", "1", "0", "1", "2.50"],
        ["уведомление", "5А", "1", "1", "2", "5.00"],
        ["", "", "2", "1", "3", "7.50"],
    ]


# --- the administrator ---------------------------------------------------------------------------


def test_the_page_tells_what_failed_and_why_and_narrows_it(phone, message, login_as, queries):
    phone()
    failed, waiting = message("первое"), message("второе", purpose="answer")
    states.move(failed.id, "failed", "неверный номер")
    browser = login_as("admin")
    page = browser.get("/sms/").text
    assert "неверный номер" in page
    assert "второе" in page
    page = browser.get("/sms/?state=failed&name=абрамова&day=2026-11-24").text
    assert "первое" in page
    assert "второе" not in page
    assert "первое" not in browser.get("/sms/?day=2026-11-23").text
    assert browser.get("/sms/?state=нет&purpose=x&day=вчера&page=99").status_code == 200
    for _one in range(20):
        message()
    with queries(12):
        browser.get("/sms/")
    del waiting


def test_a_failed_message_is_sent_again_once_as_a_new_one(school, phone, message, login_as):
    phone()
    row = message("текст", about=school.persons["pupil"])
    states.move(row.id, "unknown", "нет ответа")
    browser = login_as("admin")
    assert "дважды" in browser.get("/sms/").text
    browser.post(f"/sms/messages/{row.id}/repeat")
    again = Message.get(Message.repeats == row.id)
    assert (again.state, again.text, again.family) == ("queued", "текст", True)
    assert Message.get_by_id(row.id).state == "unknown"
    with pytest.raises(Conflict):
        messages.repeat(school.actor("admin"), row.id)


def test_what_arrived_and_codes_are_not_sent_again(school, phone, message):
    phone()
    row = message()
    states.move(row.id, "delivered")
    phones.ask(school.actor("other_parent"), "+79270000000")
    coded = Message.get(Message.purpose == "code")
    states.move(coded.id, "failed", "неверный номер")
    for number in (row.id, coded.id):
        with pytest.raises(Conflict):
            messages.repeat(school.actor("admin"), number)


def test_doctor_tells_of_gateways_of_what_waits_and_of_what_is_unknown(
    phone, message, configure, clock
):
    assert checks.configuration().level == "note"
    configure(gateway="x", senders="A", gateways={"x": {"kind": "fax"}})
    found = checks.configuration()
    assert found.level == "failure"
    assert "senders" in found.text
    configure(gateway="x", gateways={"x": {"kind": "fax"}})
    assert "kind must be one of file, http, kannel, smpp" in checks.configuration().text
    phone()
    row = message()
    assert checks.waiting().level == "note"
    clock.move("2026-11-24T12:00")
    assert checks.waiting().level == "warning"
    states.move(row.id, "unknown", "нет ответа")
    assert checks.unknown().level == "warning"


# --- what is kept --------------------------------------------------------------------------------


def test_old_texts_are_emptied_and_states_stay(phone, message, clock):
    phone()
    row = message()
    states.move(row.id, "delivered")
    Inbound.create(gateway="g", gateway_id="1", sender="+79271234567", receiver="2222",
                   text="ОЦЕНКИ", received_at=row.created_at)  # fmt: skip
    clock.move("2027-02-21T10:00")
    assert upkeep.forget() == 0
    clock.move("2027-02-23T10:00")
    assert upkeep.forget() == 2
    row = Message.get_by_id(row.id)
    assert (row.text, row.state, row.price) == (None, "delivered", 250)


def test_a_person_gets_everything_and_is_erased(school, phone, message):
    phone()
    message("Иван: 2", about=school.persons["pupil"])
    Inbound.create(gateway="g", gateway_id="1", sender="+79271234567", receiver="2222",
                   text="ОЦЕНКИ", received_at=clock.stamp())  # fmt: skip
    person = school.persons["parent"]
    assert isinstance(personal.PERSONAL_DATA[0], PersonalData)
    found = personal.export(person)
    assert found["phone"]["number"] == "+79271234567"
    assert [found["messages"][0]["text"], found["received"][0]["text"]] == ["Иван: 2", "ОЦЕНКИ"]
    assert personal.export(school.persons["pupil"])["messages"]
    personal.erase(person)
    assert not any(personal.export(person).values())
    row = Message.get()
    assert (row.text, row.phone, row.price) == (None, "", 250)


def test_whoever_asked_finds_the_states_by_the_reference(phone, message):
    phone()
    message(reference="broadcast:3")
    assert [
        state for _person, state, _why in queries.states_of(["broadcast:3"])["broadcast:3"]
    ] == ["queued"]
