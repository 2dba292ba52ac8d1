"""Letters in the small school, for the mail's tests."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import settings
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.testing.make import SmallSchool
from asurso_mail import services
from asurso_mail.models import AUTHOR, Copy


@pytest.fixture
def login_as(login_as: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """As the house's own, but the second call for somebody gives the same browser."""
    return functools.cache(login_as)


@pytest.fixture
def write(school: SmallSchool) -> Callable[..., Copy]:
    """``write("parent", "staff:teacher", subject="…")`` sends a letter; gives the author's copy."""

    def send(who: str, *to: str, side: str | None = None, **more: Any) -> Copy:
        tokens = [f"{one.split(':')[0]}:{school.persons[one.split(':')[1]]}" for one in to]
        words = {"subject": "Вопрос", "text": "Здравствуйте! Что задано?", **more}
        return services.send(school.actor(who, side), services.Letter(to=tokens, **words))

    return send


@pytest.fixture
def got(school: SmallSchool) -> Callable[..., Copy]:
    """``got("parent", letter)`` is somebody's copy of a letter that they received."""

    def find(who: str, letter: Copy) -> Copy:
        return Copy.get(
            Copy.message == letter.message_id, Copy.owner == school.persons[who],
            Copy.part != AUTHOR,
        )  # fmt: skip

    return find


@pytest.fixture
def rules(app: Any) -> Callable[..., None]:
    """``rules(parents_to_parents=True)`` sets rules of the school."""
    del app

    def change(**values: Any) -> None:
        with transaction():
            settings.put(system("tests"), "mail", values)
        settings.forget()

    return change
