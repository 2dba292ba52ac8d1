"""Session rows: where somebody is signed in, and ending it."""

from __future__ import annotations

from asurso_core import audit
from asurso_core.accounts.models import Session, User
from asurso_core.actors import Actor
from asurso_core.db import transaction


def end_all(actor: Actor, user: User, *, why: str, keep: int | None = None) -> int:
    """End all sessions of an account, except the one with the id ``keep``; returns how many.

    ``why`` is a short word for the log: ``password_changed``, ``password_issued``, ``blocked``,
    ``archived``, ``roles``, ``own_wish``.
    """
    with transaction():
        ended = Session.delete().where(Session.user == user.id)
        if keep is not None:
            ended = ended.where(Session.id != keep)
        count = int(ended.execute())
        if count:
            audit.record(
                actor,
                "core.sessions_ended",
                f"core.user:{user.id}",
                after={"count": count, "why": why},
                person=user.person_id,
                topic=None,
            )
    return count
