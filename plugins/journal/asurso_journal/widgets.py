"""The journal in the menu and on the start page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import clock
from asurso_core.actors import STAFF, Actor
from asurso_core.dashboard import Widget
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_journal import permissions, queries

NAVIGATION = [
    NavItem(
        name="journal.today", label=_l("My lessons"), endpoint="journal.today", section="main",
        order=10, icon="lesson", side=STAFF,
    ),
    NavItem(
        name="journal", label=_l("Class journal"), endpoint="journal.index", section="study",
        order=10, icon="journal",
    ),
]  # fmt: skip


def _lessons(actor: Actor) -> Mapping[str, Any] | None:
    if "teacher" not in actor.roles:
        return None
    return {
        "lessons": queries.day_of_teacher(actor, clock.today()),
        "unfilled": queries.unfilled(actor),
    }


WIDGETS = [
    Widget(
        name="journal.today",
        title=_l("My lessons today"),
        template="journal/widget.html",
        prepare=_lessons,
        requires=permissions.EDIT,
        size="wide",
        order=10,
        side=STAFF,
    )
]
