"""Writing about oneself and one's items: entering, changing, ordering, removing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, files
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_portfolio import queries
from asurso_portfolio.hookspecs import ItemKind
from asurso_portfolio.models import Author, Item, Page
from asurso_portfolio.permissions import KEEP
from asurso_portfolio.services import rules
from asurso_portfolio.vocabulary import LEVELS, PLACES

#: Enough for a busy school life, too few to be a nuisance.
MOST_ITEMS = 500


def save_about(actor: Actor, expected: int, text: str, visibility: str) -> None:
    """Change what somebody tells of themselves.

    :raises Conflict: the page was changed in another window; ``details`` has the present version.
    """
    access.require_any(actor, KEEP)
    rules.check_visibility(actor, visibility)
    with transaction():
        before = queries.own_page(actor)
        if before.version != expected:
            raise _overtaken(before)
        if before.version == 0:
            made = Page.insert(person=actor.person_id, about=text, visibility=visibility)
            if made.on_conflict_ignore().execute() is None:
                raise _overtaken(queries.own_page(actor))
        else:
            changed = (
                Page.update(about=text, visibility=visibility, version=Page.version + 1)
                .where(Page.id == before.id, Page.version == expected)
                .execute()
            )
            if not changed:
                raise _overtaken(queries.own_page(actor))
        audit.record(
            actor,
            "portfolio.about_changed",
            f"portfolio.page:{actor.person_id}",
            before={"about": before.about, "visibility": before.visibility},
            after={"about": text, "visibility": visibility},
            person=actor.person_id,
            topic=None,
        )


def _overtaken(now: Page) -> Conflict:
    return Conflict(
        _("Somebody changed this while you were writing. Compare and save again."),
        version=now.version,
    )


def create(actor: Actor, kind_name: str, values: Mapping[str, Any]) -> Item:
    """Put a new item at the end of its section on one's own page.

    :raises NotThere: this kind is not for pages like the actor's.
    :raises Invalid: a level or result is not one of the list, or there are too many items.
    """
    access.require_any(actor, KEEP)
    kind = next((one for one in queries.offered_kinds(actor) if one.name == kind_name), None)
    if kind is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    rules.check_visibility(actor, values["visibility"])
    clean = _clean(kind, values)
    with transaction():
        mine = Author.select().where(Author.person == actor.person_id)
        if mine.count() >= MOST_ITEMS:
            raise Invalid(_("There are too many entries. Delete what you no longer need."))
        last = mine.select(pw.fn.MAX(Author.position)).scalar() or 0
        row: Item = Item.create(
            owner=actor.person_id,
            kind=kind.name,
            visibility=values["visibility"],
            created_at=clock.stamp(),
            **clean,
        )
        Author.create(item=row, person=actor.person_id, position=last + 1)
        _record(actor, "portfolio.item_added", row, after=_told(row))
    return row


def change(actor: Actor, item_id: int, expected: int, values: Mapping[str, Any]) -> None:
    """Change an item; any of its authors may, as long as it is not confirmed.

    Who reads it only the owner decides: another author's ``visibility`` is not looked at.

    :raises Conflict: somebody was faster; ``details`` carries the present version.
    :raises Refused: it is confirmed.
    """
    found = rules.require(actor, item_id, "edit")
    clean = _clean(found.kind, values)
    if "own" in found.may:
        rules.check_visibility(actor, values["visibility"])
        clean["visibility"] = values["visibility"]
    before = _told(found.row)
    with transaction():
        rules.touch(found.row, expected, **clean)
        _record(actor, "portfolio.item_changed", found.row, before=before,
                after=_told(Item.get_by_id(item_id)))  # fmt: skip


def show_to(actor: Actor, item_id: int, visibility: str) -> None:
    """Say who reads an item; that is free also when it is confirmed."""
    found = rules.require(actor, item_id, "own")
    rules.check_visibility(actor, visibility)
    if found.row.visibility == visibility:
        return
    with transaction():
        Item.update(visibility=visibility, version=Item.version + 1).where(
            Item.id == item_id
        ).execute()
        _record(actor, "portfolio.item_changed", found.row,
                before={"visibility": found.row.visibility},
                after={"visibility": visibility})  # fmt: skip


def remove(actor: Actor, item_id: int) -> None:
    """Delete an item of one's own with its files and links.

    :raises Refused: it is confirmed, or somebody else's.
    """
    found = rules.require(actor, item_id, "own")
    with transaction():
        # The version moves first: whoever confirms at this moment either sees it gone or stops us.
        rules.touch(found.row, Item.get_by_id(item_id).version)
        for file in found.files:
            files.drop(actor, file)
        Item.delete().where(Item.id == item_id).execute()
        _record(actor, "portfolio.item_removed", found.row, before=_told(found.row))


def move(actor: Actor, item_id: int, *, step: int = 0, before: int | None = None) -> None:
    """Move an item on the actor's own page: by steps within its section, or before another one.

    ``before`` 0 moves it to the end of the section. The order is one's own: co-authors keep theirs.
    """
    found = rules.require(actor, item_id, "order")
    with transaction():
        rows = list(
            Author.select(Author)
            .join(Item)
            .where(Author.person == actor.person_id, Item.kind == found.row.kind)
            .order_by(Author.position, Author.item)
        )
        ids = [row.item_id for row in rows]
        here = ids.index(item_id)
        ids.pop(here)
        if before is None:
            there = min(max(here + step, 0), len(ids))
        else:
            there = ids.index(before) if before in ids else len(ids)
        ids.insert(there, item_id)
        places = sorted({row.position for row in rows})
        if len(places) < len(rows):
            places = list(range(places[0], places[0] + len(rows)))
        present = {row.item_id: row for row in rows}
        for id_, place in zip(ids, places, strict=True):
            if present[id_].position != place:
                Author.update(position=place).where(Author.id == present[id_].id).execute()


def _clean(kind: ItemKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the fields that the kind has; others are not written."""
    for name, words in (("level", LEVELS), ("place", PLACES)):
        if values.get(name) and values[name] not in words:
            raise Invalid(_("Choose one of the list."), {name: [_("Choose one of the list.")]})
    return {
        "title": values["title"],
        "text": (values.get("text") or "").replace("\r\n", "\n"),
        **{name: values.get(name) or None for name in kind.fields},
    }


def _told(row: Item) -> dict[str, Any]:
    names = ("kind", "title", "text", "date", "level", "place", "venue", "subject", "visibility")
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def _record(actor: Actor, kind: str, row: Item, **change: Any) -> None:
    audit.record(actor, kind, queries.target(row.id), person=row.owner_id, topic=None, **change)
