"""Gateways and confirmed numbers for the tests of text messages."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from asurso_core import clock, jobs
from asurso_core.actors import system
from asurso_core.jobs import attempts
from asurso_core.jobs.models import JobRow
from asurso_core.testing.make import SmallSchool
from asurso_core.testing.plugin import MISSING
from asurso_sms import testing_gateways as real
from asurso_sms.models import Message, Phone
from asurso_sms.services import messages

if not real.kannel_is_here():
    MISSING.append("Kannel (bearerbox and smsbox)")

NUMBER = "+79271234567"


@pytest.fixture
def configure(app: Flask) -> Iterator[Callable[..., None]]:
    """``configure(**section)`` has ``[plugin.sms]`` say something until the end of the test."""
    with contextlib.ExitStack() as held:

        def say(**section: Any) -> None:
            held.enter_context(real.configured(app, **section))

        yield say


@pytest.fixture
def phone(school: SmallSchool) -> Callable[..., Phone]:
    """``phone("parent")`` gives somebody a confirmed number."""

    def make(who: str = "parent", number: str = NUMBER, **values: Any) -> Phone:
        row: Phone = Phone.create(
            person=school.persons[who], number=number, confirmed_at=clock.stamp(),
            consent_at=clock.stamp(), consent_version="1", consent_text="Согласие", **values,
        )  # fmt: skip
        return row

    return make


@pytest.fixture
def message(school: SmallSchool) -> Callable[..., Message]:
    """``message("Текст")`` asks for a notice to the parent."""

    def make(text: str = "Собрание в 18:00", who: str = "parent", **values: Any) -> Message:
        given = {"purpose": "notice", **values}
        return messages.queue(system("test"), school.persons[who], text, **given)

    return make


@pytest.fixture
def send() -> Callable[[Message], Message]:
    """``send(row)`` does what a worker does with the message's job, once; the row as it is then."""

    def attend(row: Message) -> Message:
        attempts.attend(Message.get_by_id(row.id).job, 7)
        found: Message = Message.get_by_id(row.id)
        return found

    return attend


@pytest.fixture
def retry(send: Callable[[Message], Message]) -> Callable[[Message], Message]:
    """``retry(row)`` lets the time of the next attempt come, and attempts it."""

    def again(row: Message) -> Message:
        number = Message.get_by_id(row.id).job
        JobRow.update(due_at=clock.stamp()).where(JobRow.id == number).execute()
        return send(row)

    return again


@pytest.fixture
def job_of() -> Callable[[Message], str]:
    """``job_of(row)`` is the state of the message's job."""

    def state(row: Message) -> str:
        number = Message.get_by_id(row.id).job
        return jobs.states_of([number])[number][0]

    return state


@pytest.fixture(scope="session")
def _callback() -> Iterator[real.CallBack]:
    made = real.CallBack()
    yield made
    made.close()


@pytest.fixture(scope="session")
def _kannel(
    tmp_path_factory: pytest.TempPathFactory, _callback: real.CallBack
) -> Iterator[real.Kannel]:
    if not real.kannel_is_here():
        if os.environ.get("CI") == "true":
            pytest.fail("Kannel is missing, and CI must test with it", pytrace=False)
        pytest.skip("Kannel is missing")
    made = real.Kannel(tmp_path_factory.mktemp("kannel"), _callback)
    yield made
    made.close()


@pytest.fixture
def kannel(_kannel: real.Kannel, configure: Callable[..., None]) -> real.Kannel:
    """A running Kannel by which messages leave."""
    _kannel.forget()
    _kannel.callback.forget()
    configure(**_kannel.section)
    return _kannel


@pytest.fixture
def provider(configure: Callable[..., None]) -> Iterator[real.Provider]:
    """A provider by HTTP by which messages leave; ``provider.mode`` makes it hostile."""
    made = real.Provider()
    configure(**made.section())
    yield made
    made.close()
