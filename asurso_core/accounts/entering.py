"""Signing in: judging a login and a password, and what follows when they fit."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Any

from asurso_core import audit, clock, outbox, settings, text
from asurso_core.accounts import agents, passwords, second_factor, sessions, throttle
from asurso_core.accounts.models import Device, HalfSignIn, Role, User, UserRole
from asurso_core.accounts.queries import actor_for, secret_key_of
from asurso_core.accounts.throttle import SlowDown
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import transaction
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import gettext as _

#: How long a browser counts as known after it was last used.
DEVICE_LIFE = dt.timedelta(days=180)
#: A row of slowed attempts writes one line into the log in this time.
SLOWED_EVERY = dt.timedelta(minutes=10)
#: How long after the password the code may come.
HALF_LIFE = dt.timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """The browser that asks: where it is, what it calls itself, what it holds.

    ``secret`` is the school's own key, from which marks of logins and passwords are made.
    """

    address: str
    agent: str
    secret: str
    #: The secret of the device cookie, empty if there is none.
    device: str = ""
    #: The secret of the session in the cookie, perhaps asleep or ended.
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What the browser gets: the secrets of session and device, and news to be told."""

    user: User
    side: str
    token: str
    device: str
    #: When the account was opened from a browser new to it, since this one was last here.
    stranger: dt.datetime | None = None
    #: The password must be changed before anything else is open.
    must_change: bool = False


@dataclass(frozen=True, kw_only=True)
class HalfWay:
    """The password fitted; ``token`` is what the browser shows along with the code."""

    token: str


def enter(login: str, password: str, visitor: Visitor) -> Entered | HalfWay:
    """Sign in with login and password; half-way only where the account has a second factor.

    :raises SlowDown: wait first; the password was not looked at.
    :raises Invalid: they do not fit, or the account cannot be used now; the message says whom to
        ask. Unknown logins and wrong passwords are answered alike, in words and in time (T10).
    """
    user, device = _judge(login, password, visitor)
    if second_factor.is_on(user.id):
        return _half_way(user)
    return _welcome(user, device, visitor, kind="core.signed_in")


def _half_way(user: User) -> HalfWay:
    token = secrets.token_urlsafe(32)
    now = clock.stamp()
    with transaction():
        HalfSignIn.delete().where(HalfSignIn.created_at < now - HALF_LIFE).execute()
        HalfSignIn.insert(key=secret_key_of(token), user=user.id, created_at=now).execute()
    return HalfWay(token=token)


def enter_with_code(half: str, code: str, visitor: Visitor) -> Entered:
    """Go the second half of the way: the code of the app, or a recovery code.

    :raises NotThere: the password was typed too long ago, or not in this browser: begin anew.
    :raises SlowDown: too many wrong codes; wait first.
    :raises Invalid: the code does not fit, or the account was closed meanwhile.
    """
    row = HalfSignIn.get_or_none(
        HalfSignIn.key == secret_key_of(half), HalfSignIn.created_at > clock.stamp() - HALF_LIFE
    )
    if row is None:
        raise NotThere(_("Begin anew: enter your login and password."))
    user: User = User.get_by_id(row.user_id)
    _check_open(user, visitor)
    try:
        by = second_factor.judge(user, code, visitor.secret, visitor.address)
    except Invalid:
        _record_refused(user, visitor, "code")
        raise
    with transaction():
        if not HalfSignIn.delete().where(HalfSignIn.id == row.id).execute():
            raise NotThere(_("Begin anew: enter your login and password."))
        return _welcome(user, _known_device(user, visitor), visitor, kind="core.signed_in", by=by)


def enter_again(login: str, password: str, visitor: Visitor) -> Entered:
    """Sign in in place, over a page left open; without a login only as the owner of the page.

    The owner is known by the session in the cookie, which went to sleep but was not ended.
    """
    asleep = sessions.of_token(visitor.token)
    if not login:
        if asleep is None:
            raise Invalid(_("Your sign-in has ended. Enter your login too."))
        login = User.get_by_id(asleep.user_id).login
    user, device = _judge(login, password, visitor)
    mine = asleep is not None and asleep.user_id == user.id
    if not mine and second_factor.is_on(user.id):
        raise Invalid(_("Your account asks for a code too: open the sign-in page."))
    side = asleep.side if asleep is not None and asleep.user_id == user.id else None
    return _welcome(user, device, visitor, kind="core.reentered", side=side)


# --- judging -----------------------------------------------------------------------------------


def _judge(login: str, password: str, visitor: Visitor) -> tuple[User, Device | None]:
    folded = text.fold(login)
    user = User.get_or_none(User.login_key.in_({folded, login.strip().lower()}))
    device = _known_device(user, visitor)
    attempt = throttle.Attempt(
        login=throttle.login_mark(user.login if user else login, visitor.secret, known=bool(user)),
        address=visitor.address,
        mark=passwords.mark(visitor.secret, password),
        user_id=user.id if user else None,
        device_id=device.id if device else None,
    )
    number, wait = throttle.begin(attempt)
    if wait:
        _record_slowed(user, visitor)
        raise SlowDown(
            _("Too many wrong attempts. Wait %(seconds)s s and try again.", seconds=wait), wait
        )
    # Outside any transaction: nobody else waits while the password is reckoned.
    fits = passwords.fits(user.password_hash if user else None, password)
    if user is None or not fits:
        throttle.failed(number, attempt)
        _record_refused(user, visitor, "wrong")
        raise Invalid(_("The login or the password does not fit. Check both and try again."))
    throttle.succeeded(attempt)
    _check_open(user, visitor)
    if user.password_hash and passwords.is_outdated(user.password_hash):
        stronger = passwords.hash_password(password)
        with transaction():
            User.update(password_hash=stronger).where(
                User.id == user.id, User.password_hash == user.password_hash
            ).execute()
    return user, device


def _check_open(user: User, visitor: Visitor) -> None:
    """Refuse whoever knows the password but may not come in now; they may be told why."""
    ends = user.initial_expires_at if user.must_change else None
    if user.state != "active":
        why, words = "blocked", _("This account is closed. Ask the administrator of the school.")
    elif ends is not None and ends < clock.stamp():
        why = "expired"
        words = _(
            "This one-time password is too old. The administrator or the class teacher gives you "
            "a new one."
        )
    elif not _sides(user):
        why = "no_role"
        words = _("This account has no role yet. Ask the administrator of the school.")
    else:
        return
    _record_refused(user, visitor, why)
    raise Invalid(words)


def _sides(user: User) -> list[str]:
    """The sides on which an account has a role, staff first."""
    rows: Any = UserRole.select(Role.side).join(Role).where(UserRole.user == user.id).tuples()
    found = {side for (side,) in rows}
    return [side for side in (STAFF, FAMILY) if side in found]


def _known_device(user: User | None, visitor: Visitor) -> Device | None:
    if user is None or not visitor.device:
        return None
    found: Device | None = Device.get_or_none(
        Device.key == _device_key(visitor.device, user),
        Device.user == user.id,
        Device.seen_at > clock.stamp() - DEVICE_LIFE,
    )
    return found


def _device_key(secret: str, user: User) -> str:
    """One browser, several people: each account knows it by a key of its own."""
    return secret_key_of(f"{secret}:{user.id}")


# --- coming in ---------------------------------------------------------------------------------


def _welcome(
    user: User,
    device: Device | None,
    visitor: Visitor,
    *,
    kind: str,
    side: str | None = None,
    by: str = "",
) -> Entered:
    sides = _sides(user)
    side = side if side in sides else sides[0]
    now = clock.stamp()
    secret = visitor.device or secrets.token_urlsafe(32)
    with transaction():
        stranger = _stranger_since(user, device)
        if device is not None:
            Device.update(seen_at=now).where(Device.id == device.id).execute()
        else:
            key = _device_key(secret, user)
            Device.delete().where(
                (Device.key == key)
                | ((Device.user == user.id) & (Device.seen_at < now - DEVICE_LIFE))
            ).execute()
            Device.insert(user=user.id, key=key, created_at=now, seen_at=now).execute()
        sessions.drop(visitor.token)
        token = sessions.start(user, side, address=visitor.address, agent=visitor.agent)
        must_change = user.must_change or _is_stale(user)
        User.update(last_sign_in_at=now, must_change=must_change).where(
            User.id == user.id
        ).execute()
        audit.record(
            replace(actor_for(user.id, side), address=visitor.address),
            kind,
            f"core.user:{user.id}",
            after={
                "agent": agents.words(visitor.agent),
                "new_device": device is None,
                **({"code": by} if by else {}),
            },
            person=user.person_id,
            topic=None,
        )
        if device is None and user.last_sign_in_at is not None:
            outbox.put("core.security", person=user.person_id, what="new_device")
    return Entered(
        user=user,
        side=side,
        token=token,
        device=secret,
        stranger=stranger,
        must_change=must_change,
    )


def _is_stale(user: User) -> bool:
    """Whether the school wants passwords changed and this one is too old (R3.5g)."""
    days = int(settings.get("core", "password_days"))
    if not days or user.must_change or user.password_changed_at is None:
        return False
    return bool(user.password_changed_at < clock.stamp() - dt.timedelta(days=days))


def _stranger_since(user: User, device: Device | None) -> dt.datetime | None:
    """When another new browser opened the account since this known one was last used."""
    if device is None:
        return None
    entry = audit.AuditEntry
    found = (
        entry.select(entry.at, entry.after)
        .where(entry.user == user.id, entry.kind == "core.signed_in", entry.at > device.seen_at)
        .order_by(entry.at.desc())
        .limit(20)
    )
    return next((row.at for row in found if (row.after or {}).get("new_device")), None)


def recent(actor: Actor, limit: int = 10) -> list[audit.AuditEntry]:
    """The actor's own last sign-ins and refusals, newest first (R3.5e)."""
    entry = audit.AuditEntry
    return list(
        entry.select()
        .where(
            entry.person == actor.person_id,
            entry.kind.in_(["core.signed_in", "core.sign_in_refused", "core.sign_in_slowed"]),
        )
        .order_by(entry.id.desc())
        .limit(limit)
    )


# --- the log -----------------------------------------------------------------------------------


def _stranger(visitor: Visitor) -> Actor:
    return Actor(user_id=None, person_id=None, name="—", address=visitor.address)


def _target(user: User | None) -> str:
    return f"core.user:{user.id if user else 0}"


def _record_refused(user: User | None, visitor: Visitor, why: str) -> None:
    """What was typed is never written: people type passwords into the login field (T32)."""
    with transaction():
        audit.record(
            _stranger(visitor),
            "core.sign_in_refused",
            _target(user),
            after={"why": why if user else "unknown", "agent": agents.words(visitor.agent)},
            person=user.person_id if user else None,
            topic=None,
        )


def _record_slowed(user: User | None, visitor: Visitor) -> None:
    entry = audit.AuditEntry
    recent_one = entry.select(entry.id).where(
        entry.kind == "core.sign_in_slowed",
        entry.target == _target(user),
        entry.address == visitor.address,
        entry.at > clock.stamp() - SLOWED_EVERY,
    )
    if recent_one.exists():
        return
    with transaction():
        audit.record(
            _stranger(visitor),
            "core.sign_in_slowed",
            _target(user),
            after={"agent": agents.words(visitor.agent)},
            person=user.person_id if user else None,
            topic=None,
        )
