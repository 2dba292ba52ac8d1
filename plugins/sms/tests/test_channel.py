"""Notices of the kernel by text message: asked about again right before they leave, told back."""

from __future__ import annotations

import pytest

from asurso_core import hookimpl, jobs, notices
from asurso_core import settings as school_settings
from asurso_core.accounts import Guardian
from asurso_core.accounts.models import Preference
from asurso_core.actors import system
from asurso_core.db import rows, transaction
from asurso_core.notices import NoticeKind, Words
from asurso_core.notices.models import NoticeChoice
from asurso_sms import channel
from asurso_sms.models import Message
from asurso_sms.services import messages, parcels, phones, states

TRUE = {"title": "Иван: физика 2"}


@pytest.fixture
def tell(join, school, configure, provider):
    """``tell("…")`` hands a notice for the pupil's mother to the channel, as the kernel does."""
    TRUE["title"] = "Иван: физика 2"

    @hookimpl
    def asurso_notices():
        def current(actor, data):
            del actor, data
            return Words(title=TRUE["title"]) if TRUE["title"] else None

        return [
            NoticeKind(name="guest.mark", title="Новая оценка", group="Учёба", of_pupil=True,
                       outside="now", current=current),
        ]  # fmt: skip

    join(asurso_notices)

    def now(key="1"):
        with transaction():
            notices.tell("guest.mark", Words(title=TRUE["title"]), key=key,
                         to=[school.persons["parent"]], about=school.persons["pupil"])  # fmt: skip

    return now


def delivery():
    """The newest delivery of the kernel's journal."""
    return rows("SELECT state, reason FROM core_notice_delivery ORDER BY id DESC LIMIT 1")[0]


def message():
    return Message.select().order_by(Message.id.desc()).first()


def test_a_notice_reaches_the_telephone_and_the_kernel_learns_of_it(
    phone, tell, outbox, provider, client
):
    phone()
    tell()
    outbox.run()
    assert [taken["text"] for taken in provider.taken] == ["Иван: физика 2"]
    assert delivery() == ("sent", None)
    states.told("provider", "P-1", "delivered")
    assert delivery() == ("delivered", None)


def test_who_has_no_number_is_not_reached_by_this_channel(school, phone, tell, outbox):
    people = [school.persons["parent"], school.persons["teacher_parent"]]
    phone()
    assert channel.reach(people) == {school.persons["parent"]: "+7 ··· 45-67"}


def test_words_are_asked_for_again_right_before_they_leave(phone, tell, outbox, provider, retry):
    phone()
    provider.mode = "refusing"
    tell()
    outbox.run()
    TRUE["title"] = "Иван: физика 3"
    provider.mode = "fine"
    assert retry(message()).state == "sent"
    assert [taken["text"] for taken in provider.taken] == ["Иван: физика 3"]


def test_what_is_not_so_any_more_does_not_leave(phone, tell, outbox, provider, retry):
    phone()
    provider.mode = "refusing"
    tell()
    outbox.run()
    TRUE["title"] = ""
    assert (retry(message()).state, provider.taken) == ("failed", [])
    assert delivery()[0] == "dropped"


def test_whoever_stopped_meanwhile_and_an_empty_budget_are_told_to_the_kernel(
    phone, tell, outbox, provider
):
    row = phone()
    school_settings.put(system("test"), "sms", {"budget_day": 1})
    tell()
    outbox.run()
    assert delivery() == ("failed", message().reason)
    school_settings.put(system("test"), "sms", {"budget_day": 0})
    tell("2")
    with transaction():
        phones.stop(row)
    outbox.run()
    assert delivery()[0] == "failed"
    assert provider.taken == []


def test_a_notice_that_failed_is_sent_again_by_somebodys_decision(
    school, phone, tell, outbox, provider
):
    phone()
    provider.mode = "no"
    tell()
    outbox.run()
    assert (message().state, delivery()[0]) == ("failed", "failed")
    provider.mode = "fine"
    messages.repeat(school.actor("admin"), message().id)
    outbox.run()
    assert message().state == "sent"
    states.told("provider", "P-1", "delivered")
    assert delivery()[0] == "delivered"


def test_a_digest_tells_as_many_lines_as_fit_and_how_many_more_there_are(app):
    lines = [f"Урок {number}: " + "я" * 60 for number in range(9)]
    text = parcels._fitting(lines)
    assert text.splitlines()[-1] == "и ещё 7 в дневнике"
    assert len(text.splitlines()) == 3
    assert parcels._fitting(["я" * 1000]).endswith("… полностью: дневник")
    assert parcels._parts(parcels._fitting(["я" * 1000])) == 3


def test_who_wants_to_hear_at_night_hears_at_night(school, phone, tell, outbox, provider, clock):
    phone()
    clock.move("2026-11-24T23:30")
    Preference.create(user=school.users["parent"], name="core.quiet", value=["00:00", "00:00"])
    tell()
    outbox.run()
    assert [taken["text"] for taken in provider.taken] == ["Иван: физика 2"]


def test_a_digest_is_one_message(school, phone, tell, outbox, provider, clock):
    phone()
    NoticeChoice.create(
        user=school.users["parent"], kind="guest.mark", about=0, channel="sms.text",
        rhythm="daily",
    )  # fmt: skip
    tell("1")
    tell("2")
    outbox.run()
    assert provider.taken == []
    clock.move("2026-11-25T20:00")
    with transaction():
        jobs.enqueue("core.hand_notices")
    outbox.run()
    assert [taken["text"] for taken in provider.taken] == ["Иван: физика 2\nИван: физика 2"]


def test_a_guardian_who_was_removed_meanwhile_learns_nothing(
    school, phone, outbox, provider, join, retry
):
    @hookimpl
    def asurso_notices():
        return [
            NoticeKind(name="guest.mark", title="Новая оценка", group="Учёба", of_pupil=True,
                       outside="now", requires="journal.mark.view"),
        ]  # fmt: skip

    join(asurso_notices)
    phone()
    provider.mode = "refusing"
    with transaction():
        notices.tell("guest.mark", Words(title="Егор: 2"), key="1", about=school.persons["pupil"])
    outbox.run()
    Guardian.update(may_receive=False).where(
        Guardian.guardian == school.persons["parent"]
    ).execute()
    provider.mode = "fine"
    assert (retry(message()).state, provider.taken) == ("failed", [])
    assert delivery()[0] == "dropped"
