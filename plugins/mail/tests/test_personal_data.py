"""What is given out of a mailbox, and what stays with others when a person is erased."""

from __future__ import annotations

from asurso_core import privacy
from asurso_core.accounts import Person
from asurso_core.clock import stamp
from asurso_mail import queries, services
from asurso_mail.models import Copy, Folder, Message


def test_own_letters_are_given_out_and_nobody_elses(write, school):
    write("parent", "staff:teacher", text="Моё письмо")
    write("teacher", "family:parent", text="Ответ мне")
    write("teacher", "staff:deputy", text="Не обо мне")
    services.save_draft(school.actor("parent"), services.Letter(text="Черновик"))
    told = privacy.export(school.actor("admin"), school.persons["parent"])["data"]["mail"]
    assert [one["text"] for one in told["written"]] == ["Моё письмо", "Черновик"]
    assert [one["text"] for one in told["received"]] == ["Ответ мне"]


def test_others_keep_what_was_sent_to_them_without_the_name(write, school, got, login_as):
    letter = write("parent", "staff:teacher", "staff:class_teacher", text="Важное")
    begun = queries.answer(school.actor("teacher"), got("teacher", letter).id)
    services.send(
        school.actor("teacher"),
        services.Letter(to=begun.to, subject="Re", text=begun.text, answers=letter.message_id),
    )
    services.save_draft(school.actor("parent"), services.Letter(text="Черновик"))
    services.make_folder(school.actor("parent"), "Моё")
    person = school.persons["parent"]
    Person.update(archived_at=stamp()).where(Person.id == person).execute()
    privacy.erase(school.actor("admin"), person, "Абрамова")
    assert Copy.select().where(Copy.owner == person).count() == 0
    assert Folder.select().count() == 0
    assert not Message.select().where(Message.text == "Черновик").exists()
    for who, box in (("teacher", "inbox"), ("teacher", "sent"), ("class_teacher", "inbox")):
        line = queries.box(school.actor(who), box).lines[0]
        page = login_as(who).get(f"/mail/letter/{line.id}").text
        assert "Важное" in page
        assert "Абрамова Е" not in page
    assert queries.search(school.actor("teacher"), "Абрамова").lines == []
    assert queries.search(school.actor("teacher"), "важное").lines
