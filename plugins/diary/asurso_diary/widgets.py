"""The diary on the start page: what is new with each child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import clock
from asurso_core.actors import FAMILY, Actor
from asurso_core.dashboard import Widget
from asurso_core.i18n import lazy_gettext as _l
from asurso_diary import queries
from asurso_diary.permissions import VIEW


def _prepare(actor: Actor) -> Mapping[str, Any] | None:
    told = [queries.glance(actor, child) for child in queries.children(actor)[:5]]
    cards = [card for card in told if card is not None]
    return {"cards": cards, "now": clock.today().isoformat()} if cards else None


WIDGETS = [
    Widget(
        name="diary.today",
        title=_l("Diary"),
        template="diary/widget.html",
        prepare=_prepare,
        requires=VIEW,
        size="wide",
        order=10,
        side=FAMILY,
    )
]
