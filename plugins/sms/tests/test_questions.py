"""Pages of questions: everybody's for the administrator, one's own for whoever asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from asurso_core import audit, clock
from asurso_core.testing.make import SmallSchool
from asurso_sms.models import Inbound, Message, Query
from asurso_sms.services import upkeep


@pytest.fixture
def asked(school: SmallSchool) -> Callable[..., Query]:
    """``asked("parent", "pupil", "ОЦЕНКИ", "Егор: 5")`` is a question that was answered."""

    def make(who: str | None, about: str | None, text: str, told: str, **more: Any) -> Query:
        number = Query.select().count()
        person = None if who is None else school.persons[who]
        pupil = None if about is None else school.persons[about]
        at = more.pop("at", clock.stamp())
        heard = Inbound.create(
            gateway="file", gateway_id=f"q{number}", sender="+79270000001", receiver="1",
            text=text, received_at=at,
        )  # fmt: skip
        sent = told and Message.create(
            mark=f"q{number}", person=person, phone="+79270000001", text=told, purpose="answer",
            about=pupil, parts=1, price=0, state="sent", created_at=at, due_at=at, expires_at=at,
        )  # fmt: skip
        found: Query = Query.create(
            inbound=heard, person=person, about=pupil, asked_at=at, message=sent or None,
            **{"command": "journal.marks", "state": "answered", **more},
        )  # fmt: skip
        return found

    return make


@pytest.fixture
def three(asked: Any) -> None:
    """A question of a mother about Egor (5А), of a father about Timur (5Б), and a stranger's."""
    asked("parent", "pupil", "оценки егор", "Егор 5А: Мат 5")
    asked(
        "other_parent", "pupil_6", "дз", "Тимур 5Б, ДЗ: § 7", command="journal.homework",
        at=clock.stamp() - dt.timedelta(days=4),
    )  # fmt: skip
    asked(None, None, "кто вы", "", command="", state="silent")


def text_of(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_the_administrator_reads_who_asked_what_and_it_is_noted(three, login_as, school):
    page = text_of(login_as("admin"), "/sms/questions")
    for words in ("Абрамова Елена Викторовна", "Абрамов Егор", "оценки егор", "Егор 5А: Мат 5",
                  "Тимур 5Б, ДЗ: § 7", "незнакомый номер", "без ответа", "3 вопроса"):  # fmt: skip
        assert words in page
    noted = audit.AuditEntry.select().where(audit.AuditEntry.kind == "sms.questions_read")
    assert {row.person for row in noted} == {school.persons["pupil"], school.persons["pupil_6"]}


@pytest.mark.parametrize(
    ("asked_for", "seen"),
    [
        ("name=яковлев", "Тимур"),  # who asked
        ("name=абрамов+егор", "Егор"),  # about whom
        ("command=journal.homework", "Тимур"),
        ("until=2026-11-20", "Тимур"),
        ("since=2026-11-24&state=answered", "Егор"),
    ],
)
def test_questions_are_found_by_name_command_state_and_day(three, login_as, asked_for, seen):
    page = text_of(login_as("admin"), f"/sms/questions?{asked_for}")
    assert [name for name in ("Егор 5А", "Тимур 5Б") if name in page] == [
        {"Егор": "Егор 5А", "Тимур": "Тимур 5Б"}[seen]
    ]


def test_filters_without_sense_are_left_alone(three, login_as):
    wild = "state=x&since=31.02&until=%00&command=%27%00&name=%25&page=99"
    page = text_of(login_as("admin"), f"/sms/questions?{wild}")
    assert "Вопросов нет" in page


def test_a_class_teacher_sees_the_questions_about_the_own_class(three, login_as):
    page = text_of(login_as("class_teacher"), "/sms/questions")
    assert "Егор 5А: Мат 5" in page
    assert "Тимур" not in page
    assert "незнакомый номер" not in page


def test_everybody_sees_what_they_asked_and_nothing_else(three, login_as):
    page = text_of(login_as("parent"), "/sms/phone/questions")
    assert "Егор 5А: Мат 5" in page
    assert "Тимур" not in page
    assert "ПРОГНОЗ" in page
    assert "Вы ещё ни о чём не спрашивали" in text_of(login_as("pupil"), "/sms/phone/questions")


def test_old_texts_are_gone_and_the_page_says_so(three, login_as):
    with clock.frozen("2027-03-30"):
        upkeep.forget()
    page = text_of(login_as("admin"), "/sms/questions")
    assert "оценки егор" not in page
    assert "ОЦЕНКИ" in page
    assert "текст уже не хранится" in page


def test_a_long_list_takes_as_few_statements(asked, login_as, queries):
    for number in range(60):
        asked("parent", "pupil", f"оценки {number}", "Егор 5А: Мат 5")
    client = login_as("admin")
    client.get("/sms/questions")
    with queries(10):
        page = text_of(client, "/sms/questions?page=2")
    assert "оценки 9<" in page
