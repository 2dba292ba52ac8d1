"""Session rows: where somebody is signed in, listing these places and ending them.

The browser holds a secret, the row its SHA-256. A row that went to sleep by idleness stays until
its absolute life is over, so that its owner can enter again in place; deleting it ends it for good.
"""

from __future__ import annotations

import datetime as dt
import functools
import secrets
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock
from asurso_core.accounts.models import Person, Role, Session, User, UserRole
from asurso_core.accounts.queries import longest_life, secret_key_of
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import binary_order, contains, transaction
from asurso_core.errors import NotThere, Refused
from asurso_core.i18n import gettext as _


def start(user: User, side: str, *, address: str, agent: str) -> str:
    """Make a session row and return its secret; call inside the transaction of the deed.

    Rows of the account that outlived the absolute life are swept out.
    """
    now = clock.stamp()
    for one in (STAFF, FAMILY):
        Session.delete().where(
            Session.user == user.id,
            Session.side == one,
            Session.created_at < now - longest_life(one),
        ).execute()
    token = secrets.token_urlsafe(32)
    Session.insert(
        key=secret_key_of(token),
        user=user.id,
        side=side,
        created_at=now,
        seen_at=now,
        address=address[:45],
        agent=agent.replace("\x00", "")[:255],
    ).execute()
    return token


def of_token(token: str | None) -> Session | None:
    """The session row of a secret, asleep or not, if it has not outlived its absolute life."""
    if not token:
        return None
    row: Session | None = Session.get_or_none(Session.key == secret_key_of(token))
    if row is None or clock.stamp() >= row.created_at + longest_life(row.side):
        return None
    return row


def drop(token: str | None) -> None:
    """Delete the row of a secret, if there is one; call inside the transaction of the deed."""
    if token:
        Session.delete().where(Session.key == secret_key_of(token)).execute()


def sign_out(actor: Actor | None, token: str | None) -> None:
    """End the session of a secret, even one that went to sleep."""
    with transaction():
        drop(token)
        if actor is not None:
            audit.record(
                actor,
                "core.signed_out",
                f"core.user:{actor.user_id}",
                person=actor.person_id,
                topic=None,
            )


def touch(actor: Actor) -> None:
    """Note that the session is in use now."""
    with transaction():
        Session.update(seen_at=clock.stamp()).where(Session.id == actor.session_id).execute()


def seconds_left(actor: Actor) -> int:
    """Seconds until a session that has just been used ends: by idleness or by its age."""
    idle = int(str(actor.preferences.get("idle_minutes", 30))) * 60
    until = actor.preferences.get("until")
    if isinstance(until, dt.datetime):
        idle = min(idle, int((until - clock.stamp()).total_seconds()))
    return max(idle, 0)


def switch(actor: Actor, side: str, *, address: str, agent: str) -> str:
    """Look at the school from another side; returns the secret of a new session.

    :raises Refused: the person has no role on that side (R3.2, T12).
    """
    if side not in actor.sides:
        raise Refused(_("You have no role on that side."))
    with transaction():
        user: User = User.get_by_id(actor.user_id)
        Session.delete().where(Session.id == actor.session_id).execute()
        token = start(user, side, address=address, agent=agent)
        audit.record(
            actor,
            "core.side_switched",
            f"core.user:{user.id}",
            before=actor.side,
            after=side,
            person=actor.person_id,
            topic=None,
        )
    return token


# --- ending ------------------------------------------------------------------------------------


def end_all(actor: Actor, user: User, *, why: str, keep: int | None = None) -> int:
    """End all sessions of an account, except the one with the id ``keep``; returns how many.

    ``why`` is a short word for the log: ``password_changed``, ``password_issued``, ``blocked``,
    ``archived``, ``roles_changed``, ``own_wish``. The caller has asked whether the actor may.
    """
    with transaction():
        ended = Session.delete().where(Session.user == user.id)
        if keep is not None:
            ended = ended.where(Session.id != keep)
        count = int(ended.execute())
        if count:
            _record_end(actor, user.id, user.person_id, count, why)
    return count


def end_others(actor: Actor) -> int:
    """End all one's own sessions but this one; returns how many."""
    user: User = User.get_by_id(actor.user_id)
    return end_all(actor, user, why="own_wish", keep=actor.session_id)


def end_own(actor: Actor, session_id: int) -> None:
    """End one of one's own sessions; raises :class:`NotThere` for anybody else's."""
    _end_one(actor, session_id, Session.user == actor.user_id, "own_wish")


def end_any(actor: Actor, session_id: int) -> None:
    """End anybody's session; for the administrator's list of all of them."""
    access.require_any(actor, "core.log.security")
    _end_one(actor, session_id, True, "administrator")


def _end_one(actor: Actor, session_id: int, whose: Any, why: str) -> None:
    with transaction():
        row = (
            Session.select(Session.id, Session.user, User.person)
            .join(User)
            .where(Session.id == session_id)
            .where(whose)
            .first()
            if session_id < 2**31
            else None
        )
        if row is None:
            raise NotThere(_("This session has ended already."))
        Session.delete().where(Session.id == row.id).execute()
        _record_end(actor, row.user_id, row.user.person_id, 1, why)


def _record_end(actor: Actor, user_id: int, person_id: int, count: int, why: str) -> None:
    audit.record(
        actor,
        "core.sessions_ended",
        f"core.user:{user_id}",
        after={"count": count, "why": why},
        person=person_id,
        topic=None,
    )


# --- lists -------------------------------------------------------------------------------------


def own(actor: Actor) -> list[Session]:
    """Where the actor is signed in, the place seen last first."""
    return list(
        _alive(Session.select().where(Session.user == actor.user_id)).order_by(
            Session.seen_at.desc(), Session.id
        )
    )


def everybodys(actor: Actor, wanted: str = "") -> pw.ModelSelect[Session]:
    """All sessions that are awake, with account and person, in the order of names.

    ``wanted`` narrows them to people whose name contains it.
    """
    access.require_any(actor, "core.log.security")
    query = Session.select(Session, User, Person).join(User).join(Person)
    if wanted:
        query = query.where(contains(Person.search_text, wanted))
    return _alive(query).order_by(binary_order(Person.sort_key), Session.seen_at.desc())


def _alive(query: pw.ModelSelect[Session]) -> pw.ModelSelect[Session]:
    """Only sessions that would be let in now: not idle for too long, not too old, account open."""
    now = clock.stamp()
    limit = (
        UserRole.select(pw.fn.MIN(Role.idle_minutes))
        .join(Role)
        .where(UserRole.user == Session.user, Role.side == Session.side)
    )
    minutes: Any = Role.select(Role.idle_minutes).distinct().tuples()
    awake = [
        (limit == one) & (Session.seen_at > now - dt.timedelta(minutes=one)) for (one,) in minutes
    ]
    young = [
        (Session.side == side) & (Session.created_at > now - longest_life(side))
        for side in (STAFF, FAMILY)
    ]
    open_accounts = User.select(User.id).where(User.state == "active")
    either = functools.partial(functools.reduce, lambda left, right: left | right)
    return query.where(
        either(awake) if awake else pw.SQL("1 = 0"),
        either(young),
        Session.user.in_(open_accounts),
    )
