"""The password once more before a risky deed: it opens such deeds of this session for a while."""

from __future__ import annotations

import datetime as dt

from asurso_core import audit, clock
from asurso_core.accounts import passwords, throttle
from asurso_core.accounts.models import Session, User
from asurso_core.accounts.throttle import SlowDown
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _

#: How long a confirmed session may do risky deeds.
FRESH = dt.timedelta(minutes=10)
#: The field of a form that carries the password along with the deed.
FIELD = "confirm_password"


def is_fresh(actor: Actor) -> bool:
    """Whether the password was confirmed in this session a short while ago."""
    if actor.confirmed_at is None:
        return False
    # A clock that was put back must not keep a session confirmed for longer.
    return abs(clock.stamp() - actor.confirmed_at) < FRESH


def confirm(actor: Actor, password: str, secret: str) -> None:
    """Take the password; risky deeds of this session are open for :data:`FRESH` from now on.

    :raises Invalid: it does not fit.
    :raises SlowDown: it was tried wrongly too often; wait first.
    """
    user: User = User.get_by_id(actor.user_id)
    try:
        check_password(actor, user, password, secret)
    except Invalid:
        with transaction():
            _record(actor, "core.confirmation_refused")
        raise
    with transaction():
        Session.update(confirmed_at=clock.stamp()).where(Session.id == actor.session_id).execute()
        _record(actor, "core.confirmed")


def _record(actor: Actor, kind: str) -> None:
    audit.record(actor, kind, f"core.user:{actor.user_id}", person=actor.person_id, topic=None)


def check_password(actor: Actor, user: User, password: str, secret: str) -> None:
    """Judge the password of somebody who is signed in, slowed down as at the sign-in page.

    :raises Invalid: it does not fit; told at the field ``old``.
    :raises SlowDown: it was tried wrongly too often.
    """
    attempt = throttle.Attempt(
        login=throttle.login_mark(user.login, secret, known=True),
        address=f"session:{actor.session_id}",
        mark=passwords.mark(secret, password),
        user_id=user.id,
        device_id=None,
    )
    number, wait = throttle.begin(attempt)
    if wait:
        raise SlowDown(
            _("Too many wrong attempts. Wait %(seconds)s s and try again.", seconds=wait), wait
        )
    if not passwords.fits(user.password_hash, password):
        throttle.failed(number, attempt)
        words = _("The present password does not fit.")
        raise Invalid(words, {"old": [words]})
    throttle.succeeded(attempt)
