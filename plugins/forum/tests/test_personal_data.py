"""Personal data of the forum: all of it is given out, and erasing leaves the talk readable."""

from __future__ import annotations

import json

import pytest

from asurso_core import clock, privacy
from asurso_core.accounts import Person
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_forum import queries, services
from asurso_forum.models import Message


@pytest.fixture
def talk(section, topic, write, school):
    made = topic(section())
    said = write("pupil", made, "Слова Егора")
    services.react(school.actor("pupil"), Message.get(Message.topic == made).id, "thanks")
    _message, text = queries.quotation(school.actor("parent"), said.id)
    write("parent", made, f"{text}@Абрамов Егор, надень шапку")
    return made


def test_everything_of_a_person_is_in_one_file(talk, school, login_as):
    answer = login_as("admin").post(f"/admin/personal-data/{school.persons['pupil']}/export")
    data = json.loads(answer.text)["data"]
    assert data["core"]["person"][0]["surname"] == "Абрамов"
    assert [one["text"] for one in data["forum"]["messages"]] == ["Слова Егора"]
    assert data["forum"]["reactions"][0]["kind"] == "thanks"
    assert len(data["forum"]["mentioned_in"]) == 1
    assert "password_hash" not in answer.text
    assert "надень шапку" not in answer.text


def test_erasing_leaves_the_message_without_its_author(talk, school, login_as):
    person = school.persons["pupil"]
    Person.update(archived_at=clock.stamp()).where(Person.id == person).execute()
    answer = login_as("admin").post(
        f"/admin/personal-data/{person}/erase", data={"typed": "абрамов"}
    )
    assert answer.status_code == 303
    page = login_as("parent").get(f"/forum/topic/{talk.id}").text
    assert "Слова Егора" in page
    assert "удалённый пользователь" in page
    assert "Абрамов Е" not in page
    assert queries.search(school.actor("parent"), "слова егора")
    assert Person.get_by_id(person).name == "Удалённый пользователь"


@pytest.mark.parametrize(("typed", "archived"), [("Иванов", True), ("Абрамов", False)])
def test_nothing_is_erased_by_a_slip(talk, school, login_as, typed, archived):
    person = school.persons["pupil"]
    if archived:
        Person.update(archived_at=clock.stamp()).where(Person.id == person).execute()
    answer = login_as("admin").post(f"/admin/personal-data/{person}/erase", data={"typed": typed})
    assert answer.status_code in {403, 422}
    assert Person.get_by_id(person).surname == "Абрамов"


def test_only_the_administrator_may(talk, school):
    for who in ("director", "secretary", "pupil"):
        with pytest.raises(NotThere):
            privacy.export(school.actor(who), school.persons["pupil"])
    with pytest.raises(Refused):
        privacy.erase(school.actor("admin"), school.persons["admin"], "Орлов")
    with pytest.raises((Invalid, Refused)):
        privacy.erase(school.actor("admin"), school.persons["pupil"], "")
