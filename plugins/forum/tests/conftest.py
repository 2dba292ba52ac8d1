"""Sections and messages in the small school, for the forum's tests."""

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
from asurso_forum import services
from asurso_forum.models import Message, Section, Topic

FAMILY = ["pupil", "parent"]


@pytest.fixture
def login_as(login_as: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """As the house's own, but the second call for somebody gives the same browser."""
    return functools.cache(login_as)


@pytest.fixture
def section(school: SmallSchool) -> Callable[..., Section]:
    """``section("5А", classes=["5А"])`` opens a section as the administrator."""

    def make(title: str = "Школа", **more: Any) -> Section:
        values = {
            "about": "", "position": 0, "archived": False, "readers": ["teacher", *FAMILY],
            "writers": ["teacher", *FAMILY], "classes": [], "moderators": [], **more,
        }  # fmt: skip
        values["classes"] = [school.ids[one] for one in values["classes"]]
        values["moderators"] = [school.persons[one] for one in values["moderators"]]
        return services.save_section(school.actor("admin"), None, title=title, **values)

    return make


@pytest.fixture
def topic(school: SmallSchool) -> Callable[..., Topic]:
    """``topic(section, "teacher", "Поход")`` opens a topic."""

    def make(where: Section, who: str = "teacher", title: str = "Поход", **more: Any) -> Topic:
        text = more.pop("text", "Идём в субботу на экскурсию.")
        return services.open_topic(school.actor(who), where.id, title, text, **more)

    return make


@pytest.fixture
def write(school: SmallSchool) -> Callable[..., Message]:
    """``write("pupil", topic, "Я иду")`` adds a message."""

    def add(who: str, where: Topic, text: str = "Я иду!", **more: Any) -> Message:
        return services.write(school.actor(who), where.id, text, **more)

    return add


@pytest.fixture
def rules(app: Any) -> Callable[..., None]:
    """``rules(pupil_pause=0)`` sets rules of the school."""
    del app

    def change(**values: Any) -> None:
        with transaction():
            settings.put(system("tests"), "forum", values)
        settings.forget()

    return change
