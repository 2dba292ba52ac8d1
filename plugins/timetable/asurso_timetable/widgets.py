"""The timetable on the start page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.actors import FAMILY, Actor
from asurso_core.dashboard import Widget
from asurso_core.i18n import lazy_gettext as _l
from asurso_timetable.queries.week import next_days


def _prepare(actor: Actor) -> Mapping[str, Any] | None:
    if actor.side != FAMILY:
        return None
    days = next_days(actor)
    return {"days": days} if days else None


WIDGETS = [
    Widget(
        name="timetable.today",
        title=_l("Today's timetable"),
        template="timetable/widget.html",
        prepare=_prepare,
        requires="timetable.view",
        order=20,
        side=FAMILY,
    )
]
