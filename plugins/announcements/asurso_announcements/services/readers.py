"""What readers do: they have read it, they have acknowledged it."""

from __future__ import annotations

from asurso_announcements import queries
from asurso_announcements.models import Announcement, Reading
from asurso_announcements.permissions import VIEW
from asurso_announcements.queries.pages import keys_of_row, target_of, url_of
from asurso_announcements.queries.rule import for_reader, is_on_board, unread_by, with_reading
from asurso_core import access, audience, audit, clock, notices
from asurso_core.actors import Actor
from asurso_core.db import put_rows, stamp_value, transaction
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _

#: As of the newest edition: who read an older one has read this one now, and said nothing of it.
_CLASH = (
    "(announcement_id, person_id) DO UPDATE SET edition = excluded.edition, "
    "read_at = excluded.read_at, acknowledged_at = NULL "
    "WHERE announcements_reading.edition < excluded.edition"
)


def _put(actor: Actor, rows: list[tuple[int, int]]) -> None:
    """Readings of ``(announcement, edition)``; what was read before stays as it is."""
    now = stamp_value(clock.stamp())
    put_rows(
        Reading,
        ["announcement_id", "person_id", "edition", "read_at"],
        [(id_, actor.person_id, edition, now) for id_, edition in rows],
        _CLASH,
    )


def _is_for(actor: Actor, row: Announcement) -> bool:
    return bool(set(keys_of_row(row)) & audience.keys_of(actor))


def mark_read(actor: Actor, announcement_id: int) -> None:
    """The actor has read an announcement; for whom it is not meant, nothing is noted."""
    access.require_any(actor, VIEW)
    with transaction():
        row = queries.find(actor, announcement_id)
        if is_on_board(row) and _is_for(actor, row) and row.author_id != actor.person_id:
            _put(actor, [(row.id, row.edition)])
            notices.seen(actor, url_of(row.id))


def mark_all_read(actor: Actor) -> int:
    """Everything on the board is read; how many it were. What asks for more keeps asking."""
    access.require_any(actor, VIEW)
    with transaction():
        query = with_reading(Announcement.select(Announcement.id, Announcement.edition), actor)
        found = list(query.where(for_reader(actor), unread_by(actor)).tuples())
        _put(actor, found)
        for id_, _edition in found:
            notices.seen(actor, url_of(id_))
    return len(found)


def acknowledge(actor: Actor, announcement_id: int) -> None:
    """The actor says that he knows what is written; saying it again changes nothing.

    :raises Refused: nobody asks for it, it is over, or it is not meant for the actor.
    """
    access.require_any(actor, VIEW)
    with transaction():
        row = queries.find(actor, announcement_id)
        asked = row.must_acknowledge and is_on_board(row) and row.author_id != actor.person_id
        if not (asked and _is_for(actor, row)):
            raise Refused(_("You are not asked to acknowledge this announcement."))
        _put(actor, [(row.id, row.edition)])
        notices.seen(actor, url_of(row.id))
        fresh = Reading.update(acknowledged_at=clock.stamp()).where(
            Reading.announcement == row,
            Reading.person == actor.person_id,
            Reading.edition == row.edition,
            Reading.acknowledged_at.is_null(),
        )
        if fresh.execute():
            audit.record(
                actor, "announcements.acknowledged", target_of(row.id), person=actor.person_id,
                after={"version": row.version}, topic=None,
            )  # fmt: skip
