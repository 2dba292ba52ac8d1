"""What hangs on an item: files, secret links, other authors."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import peewee as pw

from asurso_core import audit, clock, files
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_portfolio import queries
from asurso_portfolio.models import Author, Item, Link
from asurso_portfolio.services import rules

MOST_FILES = 10
MOST_LINKS = 5
MOST_AUTHORS = 20


def add_file(actor: Actor, item_id: int, upload: Any) -> None:
    """Hang a file on an item that is not confirmed.

    :raises Invalid: the file is not accepted, or there are enough of them.
    """
    found = rules.require(actor, item_id, "edit")
    if len(found.files) >= MOST_FILES:
        raise Invalid(_("Ten files are enough for one entry."))
    received = files.receive(queries.FILE_KIND, upload)
    with transaction():
        rules.touch(found.row, Item.get_by_id(item_id).version)
        files.save(actor, queries.FILE_KIND, received, target=queries.target(item_id))


def drop_file(actor: Actor, item_id: int, file_id: int) -> None:
    """Take a file off an item that is not confirmed."""
    found = rules.require(actor, item_id, "edit")
    file = next((one for one in found.files if one.id == file_id), None)
    if file is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        rules.touch(found.row, Item.get_by_id(item_id).version)
        files.drop(actor, file)


def add_link(actor: Actor, item_id: int, last_day: dt.date) -> Link:
    """Make a secret address that shows this item alone, to whoever has it, until a day.

    :raises Invalid: the day is past or more than a year away, or there are enough links.
    """
    found = rules.require(actor, item_id, "own")
    if not clock.today() <= last_day <= queries.longest_link():
        raise Invalid(
            _("The link must end between today and a year from now."),
            {"expires_on": [_("Choose a day within a year.")]},
        )
    with transaction():
        Link.delete().where(Link.item == item_id, Link.expires_on < clock.today()).execute()
        if Link.select().where(Link.item == item_id).count() >= MOST_LINKS:
            raise Invalid(_("Five links are enough. Withdraw one first."))
        made: Link = Link.create(
            item=item_id,
            token=secrets.token_urlsafe(32),
            expires_on=last_day,
            created_at=clock.stamp(),
        )
        # The address itself is a key and stays out of the log.
        _record(actor, "portfolio.link_made", found.row,
                after={"link": made.id, "until": last_day.isoformat()})  # fmt: skip
    return made


def drop_link(actor: Actor, item_id: int, link_id: int) -> None:
    """Withdraw a secret address: it stops working at once."""
    found = rules.require(actor, item_id, "own")
    if link_id not in {link.id for link in queries.links(item_id)}:
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        Link.delete().where(Link.id == link_id).execute()
        _record(actor, "portfolio.link_withdrawn", found.row, before={"link": link_id})


def invite(actor: Actor, item_id: int, name: str) -> None:
    """Invite another author to a shared item; it stands on their page when they accept.

    The name is typed and not chosen: a page of one pupil is no list of the others.

    :raises Invalid: the item is not shared, or there is not exactly one such person whom the
        actor may invite.
    """
    found = rules.require(actor, item_id, "own")
    taken = [one.person_id for one in found.authors]
    if not found.kind.shared or len(taken) >= MOST_AUTHORS:
        raise Invalid(_("No more authors can be invited to this."))
    known = queries.possible_authors(actor, name, taken)
    if len(known) != 1:
        told = (
            _("There are several people called so. Type the patronymic too.")
            if known
            else _("Nobody called so can be invited by you. Type the surname and given name.")
        )
        raise Invalid(told, {"name": [told]})
    person_id = known[0].id
    with transaction():
        Author.create(item=item_id, person=person_id, position=_last(person_id), accepted=False)
        _record(actor, "portfolio.author_invited", found.row, after={"author": person_id})


def answer(actor: Actor, item_id: int, *, accept: bool) -> None:
    """Accept an invitation to be an author, or decline it."""
    row = queries.find(actor, item_id)
    mine = Author.get_or_none(
        Author.item == row,
        Author.person == actor.person_id,
        Author.accepted == False,  # noqa: E712 - SQL
    )
    if mine is None or not queries.may_keep(actor):
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        if accept:
            Author.update(accepted=True, position=_last(actor.person_id)).where(
                Author.id == mine.id
            ).execute()
        else:
            Author.delete().where(Author.id == mine.id).execute()
        kind = "portfolio.author_joined" if accept else "portfolio.author_left"
        _record(actor, kind, row, after={"author": actor.person_id})


def part_with(actor: Actor, item_id: int, author_id: int) -> None:
    """Take an author off an item: the owner any other one, an author themselves."""
    found = queries.item(actor, item_id)
    author = next((one for one in found.authors if one.id == author_id), None)
    may = author is not None and (
        "own" in found.may or ("leave" in found.may and author.person_id == actor.person_id)
    )
    if author is None or not may or author.person_id == found.row.owner_id:
        raise NotThere(_("There is no such page, or it is not open to you."))
    with transaction():
        Author.delete().where(Author.id == author_id).execute()
        _record(actor, "portfolio.author_left", found.row, before={"author": author.person_id})


def _last(person_id: int | None) -> int:
    last = Author.select(pw.fn.MAX(Author.position)).where(Author.person == person_id).scalar() or 0
    return int(last) + 1


def _record(actor: Actor, kind: str, row: Item, **change: Any) -> None:
    audit.record(actor, kind, queries.target(row.id), person=row.owner_id, topic=None, **change)
