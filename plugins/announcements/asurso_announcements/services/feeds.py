"""The secret address of a person's feed: made, renewed, revoked."""

from __future__ import annotations

import secrets

from asurso_announcements.models import Feed
from asurso_announcements.permissions import VIEW
from asurso_announcements.queries.feed import digest_of
from asurso_core import access, audit, clock
from asurso_core.actors import Actor
from asurso_core.db import transaction


def _target(actor: Actor) -> str:
    return f"core.person:{actor.person_id}"


def make_feed(actor: Actor) -> str:
    """A new secret for the side on which the actor looks; the one before stops working.

    Answers the token, which can never be shown again: only its hash is kept.
    """
    access.require_any(actor, VIEW)
    token = secrets.token_urlsafe(32)
    with transaction():
        _drop(actor)
        Feed.create(
            person=actor.person_id, side=actor.side, digest=digest_of(token),
            created_at=clock.stamp(),
        )  # fmt: skip
        audit.record(
            actor, "announcements.feed_made", _target(actor), person=actor.person_id,
            after={"side": actor.side}, topic=None,
        )  # fmt: skip
    return token


def revoke_feed(actor: Actor) -> None:
    """The secret address of this side stops working; without one nothing happens."""
    access.require_any(actor, VIEW)
    with transaction():
        if _drop(actor):
            audit.record(
                actor, "announcements.feed_revoked", _target(actor), person=actor.person_id,
                before={"side": actor.side}, topic=None,
            )  # fmt: skip


def _drop(actor: Actor) -> int:
    gone = Feed.delete().where(Feed.person == actor.person_id, Feed.side == actor.side)
    return int(gone.execute())
