"""Reports: what moderators read, what they decide, and what stays closed to them."""

from __future__ import annotations

import pytest

from asurso_core.audit import AuditEntry
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_mail import queries, services
from asurso_mail.models import Report


@pytest.fixture
def rude(write, got, school):
    """A pupil has got a rude letter of a classmate, has answered, and reports it."""
    first = write("pupil_2", "family:pupil", subject="Привет", text="Ты смешной")
    answer = services.Letter(
        to=[f"family:{school.persons['pupil_2']}"], subject="Re: Привет", text="Перестань",
        answers=first.message_id,
    )  # fmt: skip
    services.send(school.actor("pupil"), answer)
    write("pupil_2", "family:pupil_3", subject="Секрет", text="Никому не говори")
    write("pupil", "staff:class_teacher", subject="Другое", text="О своём")
    services.report(school.actor("pupil"), got("pupil", first).id, "insult", "Обидно")
    return Report.get()


def test_a_moderator_reads_the_reported_letter_and_its_talk_alone(rude, login_as, school):
    page = login_as("psychologist").get(f"/mail/moderation/{rude.id}").text
    assert "Ты смешной" in page
    assert "Перестань" in page
    assert "Секрет" not in page
    assert "О своём" not in page
    assert queries.box(school.actor("psychologist"), "inbox").lines == []
    seen = AuditEntry.select().where(AuditEntry.kind == "mail.read_reported")
    assert {row.person for row in seen} == {school.persons["pupil"], school.persons["pupil_2"]}


def test_nobody_else_opens_it(rude, login_as):
    for who in ("director", "deputy", "teacher", "pupil_2", "pupil", "technical"):
        assert login_as(who).get(f"/mail/moderation/{rude.id}").status_code == 403


def test_files_of_a_reported_letter_are_open_to_moderators_and_of_others_not(rude, school):
    from asurso_core.files import StoredFile
    from asurso_mail.models import Attachment, Message

    files = {}
    for subject in ("Привет", "Секрет"):
        letter = Message.get(Message.subject == subject)
        files[subject] = StoredFile(id=letter.id + 100, kind="mail.file")
        Attachment.create(message=letter, file=letter.id + 100)
    moderator = school.actor("admin")
    assert queries.may_read_file(moderator, files["Привет"])
    assert not queries.may_read_file(moderator, files["Секрет"])
    assert not queries.may_read_file(school.actor("director"), files["Привет"])


def test_a_warning_comes_as_a_letter_of_the_school(rude, school, login_as):
    login_as("psychologist").post(
        f"/mail/moderation/{rude.id}", data={"decision": "warned", "words": "Так писать нельзя."}
    )
    (line,) = [
        one for one in queries.box(school.actor("pupil_2"), "inbox").lines
        if one.who == "Почта школы"
    ]  # fmt: skip
    page = login_as("pupil_2").get(f"/mail/letter/{line.id}").text
    assert "Так писать нельзя." in page
    assert "Яшина" not in page
    assert "Ответить" not in page
    assert Report.get().state == "warned"
    with pytest.raises(Refused):
        services.decide(school.actor("admin"), rude.id, "dismissed")


def test_a_ban_keeps_from_writing_until_its_day_and_can_be_lifted(rude, school, write, clock):
    moderator = school.actor("psychologist")
    services.decide(moderator, rude.id, "banned", "Оскорбления.", 3)
    with pytest.raises(Refused, match="Оскорбления"):
        write("pupil_2", "staff:teacher")
    write("pupil", "staff:teacher")
    (ban,) = queries.bans(moderator)
    clock.move("2026-11-28")
    write("pupil_2", "staff:teacher")
    clock.move("2026-11-25")
    with pytest.raises(Refused):
        write("pupil_2", "staff:teacher")
    services.lift(moderator, ban.id)
    write("pupil_2", "staff:teacher")
    kinds = [row.kind for row in AuditEntry.select().order_by(AuditEntry.id)]
    assert {"mail.reported", "mail.decided", "mail.ban_lifted"} <= set(kinds)


@pytest.mark.parametrize(
    ("decision", "words", "days", "field"),
    [("warned", " ", 0, "words"), ("banned", "за дело", 0, "days"),
     ("banned", "за дело", 1000, "days"), ("nonsense", "x", 1, "decision")],
)  # fmt: skip
def test_a_decision_needs_its_words(rude, school, decision, words, days, field):
    with pytest.raises(Invalid) as refused:
        services.decide(school.actor("admin"), rude.id, decision, words, days)
    assert field in refused.value.fields
    assert Report.get().state == "open"


def test_one_cannot_judge_oneself(write, got, school):
    letter = write("psychologist", "staff:deputy")
    services.report(school.actor("deputy"), got("deputy", letter).id, "other")
    with pytest.raises(Refused):
        services.decide(school.actor("psychologist"), Report.get().id, "dismissed")
    services.decide(school.actor("admin"), Report.get().id, "dismissed")


def test_only_letters_that_one_has_received_are_reported(write, got, school):
    letter = write("teacher", "staff:deputy")
    for who, copy_id, error in (
        ("teacher", letter.id, Refused),
        ("hr", got("deputy", letter).id, NotThere),
    ):
        with pytest.raises(error):
            services.report(school.actor(who), copy_id, "spam")
    services.report(school.actor("deputy"), got("deputy", letter).id, "spam")
    services.report(school.actor("deputy"), got("deputy", letter).id, "spam")
    assert Report.select().count() == 1
