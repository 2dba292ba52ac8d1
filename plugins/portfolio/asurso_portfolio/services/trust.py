"""Confirming achievements, and taking the confirmation back."""

from __future__ import annotations

from asurso_core import audit, clock
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_portfolio import queries
from asurso_portfolio.models import Item


def confirm(actor: Actor, item_id: int, expected: int) -> None:
    """Confirm an achievement as it was seen; from then on it does not change.

    :raises Conflict: it was changed after the page was opened.
    :raises Refused: the actor may read it, but does not lead the pupil's class.
    """
    found = queries.item(actor, item_id)
    if "confirm" not in found.may:
        raise Refused(_("Achievements are confirmed by the class teacher."))
    with transaction():
        changed = (
            Item.update(
                confirmed_at=clock.stamp(),
                confirmed_by=actor.person_id,
                version=Item.version + 1,
            )
            .where(Item.id == item_id, Item.version == expected, Item.confirmed_at.is_null())
            .execute()
        )
        if not changed:
            raise Conflict(_("It was changed after you opened the page. Look at it again."))
        _record(actor, "portfolio.confirmed", found.row)


def withdraw(actor: Actor, item_id: int) -> None:
    """Take a confirmation back: the class teacher, or the owner who wants to change something."""
    found = queries.item(actor, item_id)
    if "withdraw" not in found.may:
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        changed = (
            Item.update(confirmed_at=None, confirmed_by=None, version=Item.version + 1)
            .where(Item.id == item_id, Item.confirmed_at.is_null(False))
            .execute()
        )
        if changed:
            _record(actor, "portfolio.confirmation_withdrawn", found.row)


def _record(actor: Actor, kind: str, row: Item) -> None:
    audit.record(actor, kind, queries.target(row.id), person=row.owner_id, topic=None)
