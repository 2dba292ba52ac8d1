"""Notes: written, read, taken away by their author."""

from __future__ import annotations

import pytest
from asurso_core.errors import NotThere, Refused

from asurso_@name@ import queries, services


def test_a_note_is_written_and_read_by_colleagues(school, login_as):
    answer = login_as("teacher").post("/@name@/", data={"text": "Ключ у вахтёра"})
    assert answer.status_code == 303
    assert "Ключ у вахтёра" in login_as("deputy").get("/@name@/").text


def test_an_empty_note_is_told_and_not_written(school, login_as):
    assert login_as("teacher").post("/@name@/", data={"text": ""}).status_code == 422
    assert queries.latest(school.actor("teacher")) == []


def test_a_note_is_taken_away_by_its_author_alone(school):
    note = services.add(school.actor("teacher"), "Ключ у вахтёра")
    with pytest.raises(NotThere):
        services.remove(school.actor("class_teacher"), note.id)
    services.remove(school.actor("teacher"), note.id)
    assert queries.latest(school.actor("teacher")) == []


def test_pupils_neither_read_nor_write(school, as_):
    assert as_("pupil").get("/@name@/").status_code == 403
    with pytest.raises(Refused):
        services.add(school.actor("pupil"), "Привет")


def test_the_page_costs_the_same_with_many_notes(school, login_as, queries):
    client = login_as("teacher")
    for number in range(30):
        services.add(school.actor("teacher"), f"Запись {number}")
    with queries(10):
        client.get("/@name@/")
