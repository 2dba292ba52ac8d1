"""Tying session rows to the browser: Flask-Login's loader and the cookies."""

from __future__ import annotations

import datetime as dt

from flask import current_app, g, request
from flask import session as cookie
from flask_login import UserMixin, login_user, logout_user
from werkzeug.wrappers import Response

from asurso_core import clock
from asurso_core.accounts.entering import DEVICE_LIFE, Visitor
from asurso_core.accounts.models import Session
from asurso_core.accounts.queries import session_actor
from asurso_core.actors import Actor
from asurso_core.db import db

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


def visitor() -> Visitor:
    """The browser of this request."""
    return Visitor(
        address=(request.remote_addr or "")[:45],
        agent=(request.user_agent.string or "")[:255],
        secret=str(current_app.secret_key),
        device=request.cookies.get(_device_cookie(), "")[:100],
        token=token(),
    )


def token() -> str:
    """The session's secret in the cookie, whether it still opens anything or not."""
    found = cookie.get("_user_id", "")
    return found if isinstance(found, str) else ""


def hold(secret: str, *, keep_forms: bool = False) -> None:
    """Put the secret of a new session into the cookie; everything else in it goes.

    ``keep_forms`` keeps the CSRF token, so that pages the same person left open can be sent.
    """
    forms = cookie.get("csrf_token") if keep_forms else None
    cookie.clear()
    g.pop("csrf_token", None)
    if forms:
        cookie["csrf_token"] = forms
    login_user(SignedIn(secret, Actor(user_id=None, person_id=None, name="")))


def hold_half(secret: str) -> None:
    """Remember in the cookie that the password fitted; nobody is signed in by that."""
    cookie.clear()
    g.pop("csrf_token", None)
    cookie["half"] = secret


def half() -> str:
    """The secret of a sign-in that waits for its code; empty if there is none."""
    found = cookie.get("half", "")
    return found if isinstance(found, str) else ""


def let_go() -> None:
    """Empty the cookie."""
    logout_user()
    cookie.clear()
    g.pop("csrf_token", None)


def remember_device(response: Response, secret: str) -> None:
    """Let this browser be known the next time: strangers' guessing will not slow it down."""
    response.set_cookie(
        _device_cookie(),
        secret,
        max_age=DEVICE_LIFE,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def _device_cookie() -> str:
    https = bool(current_app.config["SESSION_COOKIE_SECURE"])
    return "__Host-asurso-device" if https else "asurso-device"
