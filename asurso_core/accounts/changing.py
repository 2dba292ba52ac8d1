"""Changing one's own password and one's own choices (R3.3b, R3.5d)."""

from __future__ import annotations

import datetime as dt

from asurso_core import audit, clock, outbox
from asurso_core.accounts import confirming, passwords, sessions
from asurso_core.accounts.models import Person, Preference, Session, User
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _

THEMES = ("auto", "light", "dark")
#: Somebody who signed in with a one-time password this short while ago need not type it twice.
FRESH = dt.timedelta(minutes=10)


def asks_old(actor: Actor) -> bool:
    """Whether the change asks for the present password: not right after a first sign-in."""
    if not actor.must_change:
        return True
    row = Session.get_or_none(Session.id == actor.session_id)
    return row is None or row.created_at < clock.stamp() - FRESH


def change_password(
    actor: Actor, old: str, new: str, *, secret: str, address: str, agent: str
) -> str:
    """Give oneself another password; every session ends, and the secret of a new one is returned.

    :raises Invalid: the present password does not fit, or the new one is weak.
    :raises SlowDown: the present password was tried wrongly too often.
    """
    user: User = User.get_by_id(actor.user_id)
    if asks_old(actor):
        confirming.check_password(actor, user, old, secret)
    found = passwords.problems(new, user, Person.get_by_id(user.person_id))
    if not found and passwords.fits(user.password_hash, new):
        found = [_("This is the present password. Take another one.")]
    if found:
        raise Invalid(found[0], {"new": found})
    hashed = passwords.hash_password(new)
    with transaction():
        User.update(
            password_hash=hashed,
            password_changed_at=clock.stamp(),
            must_change=False,
            initial_expires_at=None,
            version=User.version + 1,
        ).where(User.id == user.id).execute()
        audit.record(
            actor,
            "core.password_changed",
            f"core.user:{user.id}",
            person=user.person_id,
            topic=None,
        )
        outbox.put("core.security", person=user.person_id, what="password")
        sessions.end_all(actor, user, why="password_changed", keep=actor.session_id)
        Session.delete().where(Session.id == actor.session_id).execute()
        return sessions.start(user, actor.side, address=address, agent=agent)


def choose_theme(actor: Actor, theme: str) -> None:
    """Remember light, dark or automatic; raises :class:`Invalid` for anything else."""
    if theme not in THEMES:
        raise Invalid(_("Choose one of the list."))
    with transaction():
        Preference.insert(user=actor.user_id, name="core.theme", value=theme).on_conflict(
            conflict_target=[Preference.user, Preference.name], update={Preference.value: theme}
        ).execute()
