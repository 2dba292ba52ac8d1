"""Announcements in the small school, for the tests of the board."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_announcements import services
from asurso_announcements.models import Announcement
from asurso_core.testing.make import SmallSchool


@pytest.fixture
def login_as(login_as: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """As the house's own, but the second call for somebody gives the same browser."""
    return functools.cache(login_as)


@pytest.fixture
def key(school: SmallSchool) -> Callable[[str], str]:
    """``key("5А:parents")``, ``key("english_5a_1:pupils")``, ``key("person:hr")``, ``"staff"``."""

    def made(text: str) -> str:
        what, _colon, who = text.partition(":")
        if what == "person":
            return f"person:{school.persons[who]}"
        if what not in school.ids:
            return text
        return f"{'class' if what[0].isdigit() else 'group'}:{school.ids[what]}:{who}"

    return made


@pytest.fixture
def write(school: SmallSchool, key: Callable[[str], str]) -> Callable[..., Announcement]:
    """``write("admin", "5А:parents", title="Собрание")`` writes and publishes it.

    ``draft=True`` leaves it a draft.
    """

    def make(who: str, *keys: str, draft: bool = False, **more: Any) -> Announcement:
        actor = school.actor(who, "staff")
        values = {"title": "Собрание", "text": "В среду в **18:00**", **more}
        content = services.Content(keys=[key(one) for one in keys], **values)
        row = services.save(actor, None, content)
        return row if draft else services.publish(actor, row.id, version=row.version)

    return make
