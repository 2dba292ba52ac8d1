"""Signing in and out: session rows that can be ended at once, tied to Flask-Login."""

from __future__ import annotations

import datetime as dt
import secrets

from flask import g, request
from flask import session as cookie
from flask_login import UserMixin, login_user, logout_user

from asurso_core import clock
from asurso_core.accounts.models import Session, User
from asurso_core.accounts.queries import secret_key_of, session_actor
from asurso_core.actors import Actor
from asurso_core.db import db, transaction

#: The last-seen stamp of a session is written at most this often.
TOUCH_EVERY = dt.timedelta(seconds=60)


class SignedIn(UserMixin):
    """What Flask-Login carries: the secret of a session, and the actor behind it."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token = token
        self.actor = actor

    def get_id(self) -> str:
        """The session's secret, which Flask-Login keeps in the signed cookie."""
        return self.token


def load(token: str) -> SignedIn | None:
    """Flask-Login's loader: who is behind the cookie of this request, or None."""
    if db.is_closed():
        return None
    found = session_actor(token, request.remote_addr or "")
    if found is None:
        return None
    actor, g.revisions, seen_at = found
    if clock.stamp() - seen_at > TOUCH_EVERY:
        _touch(actor)
    return SignedIn(token, actor)


def _touch(actor: Actor) -> None:
    """Note that the session is in use.

    The one thing a GET may write: without it an idle limit cannot work. It is lost without harm.
    """
    Session.update(seen_at=clock.stamp()).where(Session.id == actor.session_id).execute()


def open_session(user: User, side: str) -> str:
    """Make a session row for an account and put its secret into the cookie; returns the secret."""
    token = secrets.token_urlsafe(32)
    cookie.clear()
    with transaction():
        Session.create(
            key=secret_key_of(token),
            user=user,
            side=side,
            created_at=clock.stamp(),
            seen_at=clock.stamp(),
            address=(request.remote_addr or "")[:45],
            agent=(request.user_agent.string or "")[:255],
        )
        User.update(last_sign_in_at=clock.stamp()).where(User.id == user.id).execute()
    login_user(SignedIn(token, Actor(user_id=user.id, person_id=None, name="")))
    return token


def close_session(actor: Actor) -> None:
    """End the session of this request."""
    with transaction():
        Session.delete().where(Session.id == actor.session_id).execute()
    logout_user()
    cookie.clear()
