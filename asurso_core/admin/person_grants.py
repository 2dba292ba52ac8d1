"""Rights given to one person until a day: reading, giving, taking back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock
from asurso_core.access import Permission
from asurso_core.accounts.models import Person, PersonGrant, Role, User, UserRole
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.admin.matrix import EDIT, VIEW
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _

#: Nobody remembers a right that was given "for a time" longer than this.
LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Given:
    """A right of one person in words."""

    row: PersonGrant
    user: User
    #: None while the plugin that declares it is switched off or away.
    permission: Permission | None
    scope: str


def valid(actor: Actor, user_id: int | None = None) -> list[Given]:
    """Rights that people have beside their roles today, of one account or of all; by name."""
    access.require_any(actor, VIEW)
    query = (
        PersonGrant.select(PersonGrant, User, Person)
        .join(User)
        .join(Person)
        .where(PersonGrant.until >= clock.today())
        .order_by(Person.sort_key, PersonGrant.until, PersonGrant.id)
    )
    if user_id is not None:
        query = query.where(PersonGrant.user == user_id)
    known, words = access.permissions(), access.scopes()
    return [
        Given(
            row,
            row.user,
            known.get(row.permission),
            str(words[row.scope].label) if row.scope in words else row.scope,
        )
        for row in query
    ]


def account(actor: Actor, user_id: int) -> User:
    """An account with its person, for the pages of its rights; raises :class:`NotThere`."""
    access.require_any(actor, VIEW)
    query = User.select(User, Person).join(Person).where(User.id == user_id)
    found: User | None = query.first() if user_id < 2**31 else None
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found


def declared(permission: str) -> Permission:
    """A permission by its name; raises :class:`NotThere`."""
    found = access.permissions().get(permission)
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found


def give(
    actor: Actor, user: User, permission: str, scope: str, until: dt.date | None, reason: str
) -> None:
    """Give a person a right up to and including a day; once more changes the day and the reason.

    :raises Refused: to oneself.
    :raises Invalid: the scope is not declared, the day is past or too far away, the reason is
        missing, the account is closed, or the right is too strong for a pupil or parent.
    """
    access.require_any(actor, EDIT)
    if actor.user_id == user.id:
        raise Refused(_("Nobody gives rights to themselves. Ask another administrator."))
    right = declared(permission)
    side = _side(user)
    reason = reason.replace("\x00", "").strip()[:255]
    day = _demand_sense(right, scope, until, reason)
    if user.state != "active" or side is None:
        raise Invalid(_("This account is closed or has no role: it cannot use a right."))
    if side == FAMILY and access.too_much_for_family(right, scope):
        message = _(
            "This right is too strong for a pupil or parent: it reaches other people's data or "
            "the set-up of the school."
        )
        raise Invalid(message, {"scope": [message]})
    with transaction():
        PersonGrant.delete().where(
            PersonGrant.user == user.id, PersonGrant.until < clock.today()
        ).execute()
        old = PersonGrant.get_or_none(
            PersonGrant.user == user.id,
            PersonGrant.permission == permission,
            PersonGrant.scope == scope,
        )
        values: dict[str, Any] = {
            "side": side,
            "until": day,
            "reason": reason,
            "given_by": actor.user_id,
            "given_by_name": actor.name[:120],
            "given_at": clock.stamp(),
        }
        if old is None:
            PersonGrant.insert(user=user.id, permission=permission, scope=scope, **values).execute()
        else:
            PersonGrant.update(**values).where(PersonGrant.id == old.id).execute()
        _record(actor, "core.person_grant_given", user, old, (permission, scope, day), reason)


def revoke(actor: Actor, grant_id: int) -> User:
    """Take a right back at once; returns the account it was given to."""
    access.require_any(actor, EDIT)
    with transaction():
        query = PersonGrant.select(PersonGrant, User).join(User)
        row = query.where(PersonGrant.id == grant_id).first() if grant_id < 2**31 else None
        if row is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        PersonGrant.delete().where(PersonGrant.id == row.id).execute()
        _record(actor, "core.person_grant_revoked", row.user, row, None, "")
    user: User = row.user
    return user


def _side(user: User) -> str | None:
    """On which side of a person a right counts: as staff, if they work here."""
    query = UserRole.select(Role.side).join(Role).where(UserRole.user == user.id)
    found = {side for (side,) in query.tuples().execute()}
    return next((side for side in (STAFF, FAMILY) if side in found), None)


def _demand_sense(right: Permission, scope: str, until: dt.date | None, reason: str) -> dt.date:
    wrong: dict[str, list[str]] = {}
    today = clock.today()
    if scope not in right.scopes:
        wrong["scope"] = [_("Choose one of the list.")]
    if until is None or not today <= until <= today + LONGEST:
        wrong["until"] = [_("Choose a day from today on, at most a year ahead.")]
    if not reason:
        wrong["reason"] = [_("Write the reason.")]
    if wrong or until is None:
        raise Invalid(_("Check the fields below."), wrong)
    return until


def _record(
    actor: Actor,
    kind: str,
    user: User,
    old: PersonGrant | None,
    new: tuple[str, str, dt.date] | None,
    reason: str,
) -> None:
    def plain(permission: str, scope: str, until: dt.date) -> dict[str, str]:
        return {"permission": permission, "scope": scope, "until": until.isoformat()}

    audit.record(
        actor,
        kind,
        f"core.user:{user.id}",
        before=plain(old.permission, old.scope, old.until) if old is not None else None,
        after=plain(*new) if new is not None else None,
        person=user.person_id,
        reason=reason or None,
        topic="access",
    )
