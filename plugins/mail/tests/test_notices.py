"""Notices of new letters, and e-mail as a way for all notices."""

from __future__ import annotations

import dataclasses
import email
import re
from email.policy import default as modern

import pytest

from asurso_core import notices as core
from asurso_core.accounts import PersonDetail
from asurso_core.db import rows, transaction
from asurso_core.errors import Refused
from asurso_core.jobs import attempts, queue
from asurso_core.notices import handing
from asurso_core.notices.models import Notice, NoticeChoice, NoticeDelivery
from asurso_mail import queries, services


@pytest.fixture
def server(app, monkeypatch, serve):
    """A real mail server that the configuration names, and the site's address."""
    running = serve()
    table = {
        "host": "127.0.0.1", "port": running.port, "security": "none",
        "from": "noreply@school.example",
    }  # fmt: skip
    conf = dataclasses.replace(
        app.extensions["asurso_config"], plugin={"mail": table}, address="https://school.example"
    )
    monkeypatch.setitem(app.extensions, "asurso_config", conf)
    return running


def work():
    """Do what a worker does until nothing is due."""
    for _round in range(6):
        queue.fan_out()
        for (number,) in rows(
            "SELECT id FROM core_job WHERE state = 'waiting' AND NOT periodic ORDER BY id"
        ):
            attempts.attend(number, 7)


def arrived(server):
    return [
        email.message_from_bytes(envelope.content, policy=modern)
        for _tls, envelope in server.handler.taken
    ]


@pytest.fixture
def confirmed(school, server, login_as):
    """``confirmed("parent")`` has opened the link in the letter."""

    def go(who, address="mama@example.org"):
        PersonDetail.insert(person=school.persons[who], email=address).on_conflict(
            conflict_target=[PersonDetail.person], update={PersonDetail.email: address}
        ).execute()
        browser = login_as(who)
        browser.post("/mail/email", data={"do": "ask"})
        work()
        text = arrived(server)[-1].get_body().get_content()
        link = re.search(r"https://school\.example(/mail/email/\S+)", text)[1]
        assert browser.get(link).status_code == 200
        assert browser.post(link).status_code == 303
        server.handler.taken.clear()
        return link

    return go


def wants(school, who, kind, rhythm="now"):
    NoticeChoice.create(
        user=school.users[who], kind=kind, about=0, channel="mail.email", rhythm=rhythm
    )


def titles(school, who):
    query = Notice.select().where(Notice.person == school.persons[who])
    return [(row.title, row.text, row.side) for row in query.order_by(Notice.id)]


# --- letters -----------------------------------------------------------------------------------


def test_a_new_letter_is_told_on_its_own_side_and_read_with_it(write, school, got, login_as):
    letter = write("class_teacher", "family:teacher_parent", subject="О дочери")
    work()
    assert titles(school, "teacher_parent") == [("Письмо от Черных Н. П.", "О дочери", "family")]
    copy = got("teacher_parent", letter)
    browser = login_as("teacher_parent", "family")
    link = Notice.get().url
    assert browser.get(link).location.endswith(f"/mail/letter/{copy.id}")
    assert login_as("teacher_parent", "staff").get(link).status_code == 404
    assert login_as("parent").get(link).status_code == 404
    browser.post(f"/mail/letter/{copy.id}/read")
    assert Notice.get().read_at is not None


def test_who_has_read_it_already_is_not_told(write, school, got):
    copy = got("deputy", write("teacher", "staff:deputy"))
    services.mark(school.actor("deputy"), [copy.id], read=True)
    work()
    assert titles(school, "deputy") == []


# --- the address -------------------------------------------------------------------------------


def test_nothing_goes_to_an_address_that_was_not_confirmed(write, school, server):
    PersonDetail.create(person=school.persons["parent"], email="mama@example.org")
    wants(school, "parent", "mail.letter")
    write("teacher", "family:parent")
    work()
    assert server.handler.tried == []
    assert NoticeDelivery.select().count() == 0


def test_a_link_belongs_to_its_person_and_a_changed_card_ends_it(
    school, confirmed, login_as, write, server
):
    link = confirmed("parent")
    assert login_as("other_parent").get(link).status_code == 404
    assert login_as("other_parent").post(link).status_code == 404
    assert queries.confirmed([school.persons["parent"]])
    PersonDetail.update(email="new@example.org").execute()
    assert not queries.confirmed([school.persons["parent"]])
    wants(school, "parent", "mail.letter")
    write("teacher", "family:parent")
    work()
    assert server.handler.taken == []


def test_an_old_link_is_refused_and_links_are_counted(school, server, login_as, clock):
    PersonDetail.create(person=school.persons["parent"], email="mama@example.org")
    browser = login_as("parent")
    for _press in range(5):
        browser.post("/mail/email", data={"do": "ask"})
        work()
    assert len(server.handler.taken) == 3
    links = [re.search(r"(/mail/email/\S+)", one.get_body().get_content())[1]
             for one in arrived(server)]  # fmt: skip
    assert browser.get(links[0]).status_code == 404  # only the newest works
    clock.move("2026-11-27T10:00")
    with pytest.raises(Refused):
        services.confirm(school.actor("parent"), links[-1].rsplit("/", 1)[1])
    assert not queries.email_of(school.persons["parent"]).confirmed


# --- what goes out -----------------------------------------------------------------------------


def test_an_email_says_only_that_there_is_a_letter(write, school, confirmed, server):
    confirmed("parent")
    wants(school, "parent", "mail.letter")
    write("teacher", "family:parent", subject="Тайна", text="Подробности")
    work()
    (got,) = arrived(server)
    text = got.get_body().get_content()
    assert got["To"] == "mama@example.org"
    assert got["From"].addresses[0].display_name == "Школа 156"
    assert "Тайна" not in got.as_string() + text
    assert "Мартынюк" not in got.as_string() + text
    assert "https://school.example/mail/message/" in text
    assert "https://school.example/settings/notices" in text
    assert got["List-Unsubscribe"] == "<https://school.example/settings/notices>"
    assert NoticeDelivery.get().state == "sent"


def test_who_agreed_reads_the_sender_and_the_subject(write, school, confirmed, server):
    confirmed("parent")
    wants(school, "parent", "mail.letter")
    core.services.agree(school.actor("parent"), "mail.email", True)
    write("teacher", "family:parent", subject="Поездка")
    work()
    (got,) = arrived(server)
    assert got["Subject"] == "Письмо от Мартынюк И. А."
    assert "Поездка" in got.get_body().get_content()


def test_a_letter_read_before_it_leaves_is_not_told_outside(write, school, confirmed, server, got):
    confirmed("parent")
    wants(school, "parent", "mail.letter", "daily")
    letter = write("teacher", "family:parent")
    work()
    services.mark(school.actor("parent"), [got("parent", letter).id], read=True)
    NoticeDelivery.update(due_at="2026-11-24 00:00:00").execute()
    with transaction():
        handing._hand_some(core.kinds.channels())
    work()
    assert server.handler.taken == []
    assert NoticeDelivery.get().state == "dropped"


@pytest.mark.parametrize(
    ("address", "state", "reason"),
    [("nobody@example.org", "failed", "550"), ("close@example.org", "unknown", ""),
     ("busy@example.org", "handed", "")],
)  # fmt: skip
def test_outcomes_are_told_to_the_journal_of_deliveries(
    write, school, server, address, state, reason
):
    from asurso_core import clock as time
    from asurso_mail.models import Confirmation

    PersonDetail.create(person=school.persons["parent"], email=address)
    Confirmation.create(
        person=school.persons["parent"], email=address, key="x", asked_at=time.stamp(),
        confirmed_at=time.stamp(),
    )  # fmt: skip
    wants(school, "parent", "mail.letter")
    write("teacher", "family:parent")
    work()
    row = NoticeDelivery.get()
    assert row.state == state
    assert reason in (row.reason or "")
    work()
    assert len(server.handler.taken) == (address.startswith("close"))
