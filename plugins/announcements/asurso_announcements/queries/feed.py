"""The feed: whose a secret address is, and what stands in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import Any

from asurso_announcements.models import Announcement, Feed
from asurso_announcements.permissions import VIEW
from asurso_announcements.queries import rule
from asurso_announcements.queries.board import name_of
from asurso_core import markup
from asurso_core.accounts import Person, actor_for
from asurso_core.actors import Actor
from asurso_core.db import rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import School

#: The most entries of a feed, and the shape of a token: 32 random bytes.
MOST_ENTRIES = 50
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

_OWNER = """
    SELECT u.id, f.side FROM announcements_feed f
      JOIN core_user u ON u.person_id = f.person_id AND u.state = 'active'
      JOIN core_person p ON p.id = f.person_id AND p.archived_at IS NULL
     WHERE f.digest = ?
"""


def digest_of(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot read anybody's feed with it."""
    return hashlib.sha256(token.encode("ascii", "replace")).hexdigest()


def feed_of(actor: Actor) -> Feed | None:
    """The actor's secret address for the side on which he looks; not the address itself."""
    found: Feed | None = Feed.get_or_none(Feed.person == actor.person_id, Feed.side == actor.side)
    return found


def reader_of_feed(token: str) -> Actor:
    """Who reads by a secret address, on the side for which it was made.

    :raises NotThere: in the same words for a token that never was, was revoked, or whose owner
        may not read announcements (any more).
    """
    found = rows(_OWNER, [digest_of(token)]) if _TOKEN.fullmatch(token) else []
    if found:
        user_id, side = found[0]
        actor = actor_for(user_id, side)
        if side in actor.sides and not actor.must_change and actor.holds(VIEW):
            return actor
    raise NotThere(_("There is no such feed. Make a new address on the page of announcements."))


@dataclass(frozen=True)
class Entry:
    """An announcement in a feed."""

    id: int
    title: str
    author: str
    urgent: bool
    at: dt.datetime
    changed_at: dt.datetime
    html: Any
    plain: str


def feed_entries(actor: Actor) -> list[Entry]:
    """What is on the board for somebody, the newest first, at most :data:`MOST_ENTRIES`."""
    query: Any = (
        Announcement.select(Announcement, Person)
        .join(Person, "LEFT OUTER JOIN", on=(Announcement.author == Person.id))
        .where(rule.for_reader(actor), rule.current())
        .order_by(Announcement.appears_at.desc(), Announcement.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [
        Entry(
            one.id,
            one.title,
            one.author.short_name if one.author_id else name_of(None, None, None),
            one.urgent,
            one.appears_at,
            max(one.appears_at, one.changed_at),
            markup.markdown(one.text),
            markup.plain(one.text),
        )
        for one in query
    ]


def school_name() -> str:
    """The school's name, for the title of a feed."""
    row = School.select().first()
    return row.name if row is not None else ""
