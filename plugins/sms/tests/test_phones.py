"""Numbers: confirmed by a code, with consent, one person's alone, stopped and released."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from asurso_core import clock
from asurso_core.accounts import Person
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_sms import queries
from asurso_sms.models import Message, Phone
from asurso_sms.services import phones, upkeep

NUMBER = "+79271234567"
WRITTEN = "8 (927) 123-45-67"


def code():
    """The newest code that was sent."""
    row = Message.select().where(Message.purpose == "code").order_by(Message.id.desc()).first()
    return re.search(r"\d{6}", row.text)[0]


@pytest.fixture
def confirmed(school):
    """``confirmed("parent")`` has somebody go the whole way."""

    def go(who="parent", number=WRITTEN):
        phones.ask(school.actor(who), number)
        phones.confirm(school.actor(who), code())
        return Phone.get(Phone.person == school.persons[who])

    return go


def test_a_parent_confirms_a_number_on_the_pages(school, login_as):
    browser = login_as("parent")
    assert "Мой номер для SMS" in browser.get("/settings").text
    page = browser.post("/sms/phone", data={"number": WRITTEN, "consent": "y"},
                        follow_redirects=True)  # fmt: skip
    assert "+7 927 123-45-67" in page.text
    page = browser.post("/sms/phone/code", data={"code": code()}, follow_redirects=True)
    assert "номер подтверждён" in page.text.lower()
    row = Phone.get()
    assert (row.person_id, row.number) == (school.persons["parent"], NUMBER)
    assert (row.consent_at is not None, row.consent_version) == (True, phones.CONSENT_VERSION)
    assert row.consent_text
    kinds = [entry.kind for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert kinds[-2:] == ["sms.code_asked", "sms.confirmed"]


def test_without_consent_no_code_is_sent(login_as):
    answer = login_as("parent").post("/sms/phone", data={"number": WRITTEN})
    assert answer.status_code == 422
    assert Message.select().count() == 0


def test_a_code_is_wrong_five_times_and_then_the_right_one_does_not_help(school):
    actor = school.actor("parent")
    phones.ask(actor, WRITTEN)
    right = code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _try in range(5):
        with pytest.raises(Invalid):
            phones.confirm(actor, wrong)
    with pytest.raises(Invalid):
        phones.confirm(actor, right)
    assert Phone.get().number is None


def test_a_code_lives_for_ten_minutes(school):
    actor = school.actor("parent")
    phones.ask(actor, WRITTEN)
    with clock.frozen(clock.now() + dt.timedelta(minutes=11)), pytest.raises(Invalid):
        phones.confirm(actor, code())


def test_three_codes_a_day_to_a_person_and_to_a_number(school):
    for _sending in range(3):
        phones.ask(school.actor("parent"), WRITTEN)
    with pytest.raises(phones.TooMany):
        phones.ask(school.actor("parent"), "+79270000000")
    with pytest.raises(phones.TooMany):
        phones.ask(school.actor("other_parent"), WRITTEN)
    with clock.frozen(clock.now() + dt.timedelta(days=1, minutes=1)):
        phones.ask(school.actor("parent"), WRITTEN)


def test_one_network_cannot_ask_for_codes_without_end(school, login_as, monkeypatch):
    monkeypatch.setattr(phones, "MOST_FROM_ADDRESS", 1)
    data = {"number": WRITTEN, "consent": "y"}
    assert login_as("parent").post("/sms/phone", data=data).status_code == 303
    data["number"] = "+79270000000"
    assert login_as("other_parent").post("/sms/phone", data=data).status_code == 429


def test_a_number_is_one_persons_until_it_is_released(school, confirmed):
    confirmed("parent")
    other = school.actor("other_parent")
    phones.ask(other, WRITTEN)  # whose it is is not told before the code proves something
    with pytest.raises(Conflict):
        phones.confirm(other, code())
    phones.release(school.actor("parent"))
    phones.confirm(other, code())
    assert Phone.get(Phone.number == NUMBER).person_id == school.persons["other_parent"]


def test_the_administrator_takes_a_number_with_a_reason(school, confirmed, login_as):
    confirmed("parent")
    browser, person = login_as("admin"), school.persons["parent"]
    page = browser.get("/sms/phones").text
    assert "+7 ··· 45-67" in page
    assert "927" not in page
    address = f"/sms/phones/{person}/release"
    assert browser.post(address, data={"reason": ""}).status_code == 422
    assert browser.post(address, data={"reason": "Номер перешёл к бабушке"}).status_code == 303
    assert Phone.get().number is None
    entry = AuditEntry.select().where(AuditEntry.kind == "sms.released").get()
    assert (entry.person, entry.reason) == (person, "Номер перешёл к бабушке")
    with pytest.raises(Refused):
        phones.release_of(school.actor("teacher"), person, "Хочу просто так")


def test_a_withdrawn_consent_ends_everything_and_is_given_again(school, confirmed, login_as):
    confirmed("parent")
    person = school.persons["parent"]
    browser = login_as("parent")
    browser.post("/sms/phone/withdraw")
    assert queries.number_for(person, "answer")[0] is None
    browser.post("/sms/phone/consent")
    assert queries.number_for(person, "notice") == (NUMBER, "")


def test_a_pupil_has_a_number_from_fourteen_on(school, login_as):
    page = login_as("pupil").get("/sms/phone").text
    assert "14" in page
    assert 'name="number"' not in page
    with pytest.raises(Refused):
        phones.ask(school.actor("pupil"), WRITTEN)
    Person.update(birth_date=clock.today().replace(year=clock.today().year - 14)).where(
        Person.id == school.persons["pupil"]
    ).execute()
    assert phones.ask(school.actor("pupil"), WRITTEN) == NUMBER


def test_class_teacher_and_administrator_see_that_a_number_is_confirmed_and_not_which(
    school, confirmed, login_as
):
    confirmed("parent")
    parent = Person.get_by_id(school.persons["parent"])
    assert queries.phone_state(school.actor("class_teacher"), parent) == "confirmed"
    assert queries.phone_state(school.actor("teacher"), parent) is None
    page = login_as("admin").get(f"/people/{school.users['parent']}").text
    assert "номер подтверждён" in page
    assert "123-45-67" not in page


def test_the_administrator_never_sees_a_code(school, login_as):
    phones.ask(school.actor("parent"), WRITTEN)
    assert code() not in login_as("admin").get("/sms/").text


def test_a_code_and_a_number_that_nobody_confirmed_are_not_kept(school, send):
    phones.ask(school.actor("parent"), WRITTEN)
    row = send(Message.get())
    assert (row.state, row.text) == ("sent", None)
    with clock.frozen(clock.now() + dt.timedelta(days=2)):
        upkeep.forget()
    assert Phone.select().count() == 0
