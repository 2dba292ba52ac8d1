"""What portfolios keep of one person: given out as plain data, and taken away.

Called by the kernel, which has asked for the rights and records the deed.
"""

from __future__ import annotations

from typing import Any

from asurso_core import files
from asurso_core.files import StoredFile
from asurso_portfolio import queries
from asurso_portfolio.models import Author, Item, Link, Page


def export(person_id: int) -> dict[str, Any]:
    """The words about oneself and every entry of which the person is an author."""
    page = Page.get_or_none(Page.person == person_id)
    rows = list(
        Item.select(Item, Author.accepted.alias("accepted"))
        .join(Author, on=(Author.item == Item.id))
        .where(Author.person == person_id)
        .order_by(Item.id)
        .objects()
    )
    hung: dict[str, list[str]] = {}
    for file in files.of_target(*(queries.target(row.id) for row in rows)):
        hung.setdefault(file.target, []).append(file.name)
    fields = ("kind", "title", "text", "date", "level", "place", "venue", "subject",
              "visibility", "confirmed_at", "created_at")  # fmt: skip
    return {
        "about": page.about if page is not None else "",
        "about_visibility": page.visibility if page is not None else "",
        "entries": [
            {
                **{name: getattr(row, name) for name in fields},
                "own": row.owner_id == person_id,
                "accepted": row.accepted,
                "files": hung.get(queries.target(row.id), []),
            }
            for row in rows
        ],
    }


def erase(person_id: int) -> None:
    """Take away the page and the entries of a person; shared ones stay with the other authors.

    An entry that others have written too goes over to one of them, without its links. Achievements
    that the person has confirmed stay confirmed, without the name. Call inside a transaction.
    """
    Page.delete().where(Page.person == person_id).execute()
    Item.update(confirmed_by=None).where(Item.confirmed_by == person_id).execute()
    for row in list(Item.select().where(Item.owner == person_id)):
        heir = (
            Author.select()
            .where(
                Author.item == row,
                Author.person != person_id,
                Author.accepted == True,  # noqa: E712 - SQL
            )
            .order_by(Author.id)
            .first()
        )
        target = queries.target(row.id)
        if heir is None:
            StoredFile.delete().where(StoredFile.target == target).execute()
            Item.delete().where(Item.id == row.id).execute()
        else:
            Link.delete().where(Link.item == row).execute()
            Item.update(owner=heir.person_id).where(Item.id == row.id).execute()
    Author.delete().where(Author.person == person_id).execute()
    StoredFile.update(owner=None).where(
        StoredFile.owner == person_id, StoredFile.kind == queries.FILE_KIND
    ).execute()
