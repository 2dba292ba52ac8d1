"""What every deed asks first: whose item it is, and whether it may still be changed."""

from __future__ import annotations

from typing import Any

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_portfolio import queries
from asurso_portfolio.models import Item
from asurso_portfolio.permissions import KEEP
from asurso_portfolio.vocabulary import VISIBILITIES


def require(actor: Actor, item_id: int, deed: str) -> queries.Shown:
    """The item, if the actor may do this with it.

    :raises NotThere: the actor may not even read it.
    :raises Refused: the actor may read it, but not do this; the words say why.
    """
    access.require_any(actor, KEEP)
    found = queries.item(actor, item_id)
    if deed in found.may:
        return found
    if deed == "edit" and "order" in found.may:
        raise Refused(locked())
    raise Refused(_("You can look at this, but not change it."))


def locked() -> str:
    """Why a confirmed item cannot be changed, and what to do."""
    return _("This is confirmed. To change it, withdraw the confirmation first.")


def touch(item: Item, expected: int, **values: Any) -> None:
    """Change an unconfirmed item of an expected version; call inside the transaction.

    :raises Conflict: somebody was faster; ``details`` carries the present version.
    :raises Refused: it has been confirmed meanwhile.
    """
    changed = (
        Item.update(version=Item.version + 1, **values)
        .where(Item.id == item.id, Item.version == expected, Item.confirmed_at.is_null())
        .execute()
    )
    if changed:
        return
    now = Item.get_or_none(Item.id == item.id)
    if now is not None and now.confirmed_at is not None:
        raise Refused(locked())
    raise Conflict(
        _("Somebody changed this while you were writing. Compare and save again."),
        version=now.version if now is not None else 0,
    )


def check_visibility(actor: Actor, visibility: str) -> None:
    """Raise :class:`Invalid` for readers that do not exist; staff have no class of their own."""
    if visibility not in VISIBILITIES or (visibility == "class" and not queries.is_pupil(actor)):
        raise Invalid(_("Choose one of the list."), {"visibility": [_("Choose one of the list.")]})
