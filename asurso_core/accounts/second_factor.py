"""The second factor: six figures of an app on the owner's phone (TOTP, RFC 6238), and codes on
paper for the day when the phone is lost.

The secret of the app is not in the database: it is made of a random salt there and of the school's
own key. A stolen copy of the database shows no codes; after a change of ``secret.key`` everybody
signs in once with a recovery code or is reset by the administrator.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote

import segno

from asurso_core import audit, clock, outbox, settings, text
from asurso_core.accounts import confirming, passwords, people_rules, sessions, throttle
from asurso_core.accounts.models import HalfSignIn, RecoveryCode, SecondFactor, User
from asurso_core.accounts.throttle import SlowDown
from asurso_core.actors import STAFF, Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school.models import School

#: Seconds that one code lives; one step of clock drift is forgiven either way.
STEP, DRIFT = 30, 1
RECOVERY_CODES = 10


# --- reckoning ---------------------------------------------------------------------------------


def hotp(secret: bytes, counter: int) -> str:
    """Six figures for a counter (RFC 4226)."""
    digest = hmac.new(secret, struct.pack(">Q", counter), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def step_now() -> int:
    """The number of the present half minute."""
    return int(clock.now().timestamp()) // STEP


def secret_of(factor: SecondFactor, school_key: str) -> bytes:
    """The secret that the app of the owner holds."""
    key = hashlib.sha256(b"second factor " + school_key.encode()).digest()
    return hmac.new(key, factor.salt.encode(), hashlib.sha256).digest()[:20]


def address_of(factor: SecondFactor, login: str, school_key: str) -> str:
    """The ``otpauth://`` address that the app reads from the picture."""
    school = School.select(School.short_name).first()
    # A Russian letter takes six signs here: a long name would make the picture too fine to scan.
    issuer = quote(school.short_name[:20].strip() if school is not None else "asurso", safe="")
    secret = base64.b32encode(secret_of(factor, school_key)).decode()
    return f"otpauth://totp/{quote(login, safe='')}?secret={secret}&issuer={issuer}"


def picture_of(address: str) -> str:
    """The address as a QR code, as the source of an image."""
    return str(
        segno.make(address, error="l", micro=False).svg_data_uri(scale=5, border=3, light="#fff")
    )


def typed_secret(factor: SecondFactor, school_key: str) -> str:
    """The secret in groups of four letters, for phones without a camera."""
    whole = base64.b32encode(secret_of(factor, school_key)).decode()
    return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4))


# --- having one --------------------------------------------------------------------------------


def of(user_id: int) -> SecondFactor | None:
    """The second factor of an account, begun or in force."""
    found: SecondFactor | None = SecondFactor.get_or_none(SecondFactor.user == user_id)
    return found


def is_on(user_id: int) -> bool:
    """Whether signing in to an account asks for a code."""
    found = of(user_id)
    return found is not None and found.confirmed_at is not None


def is_required(roles: frozenset[str]) -> bool:
    """Whether the school's rules want a second factor for one of the roles."""
    return bool(roles & set(settings.get("core", "factor_roles")))


def codes_left(user_id: int) -> int:
    """How many recovery codes were not used yet."""
    return int(
        RecoveryCode.select()
        .where(RecoveryCode.user == user_id, RecoveryCode.used_at.is_null())
        .count()
    )


def begin(actor: Actor) -> None:
    """Make a new secret for the actor; it asks for nothing before :func:`finish`.

    :raises NotThere: the actor does not work here: pupils and parents are not asked for codes.
    :raises Conflict: a second factor is in force already.
    """
    _demand_staff(actor)
    with transaction():
        found = of(_account(actor))
        if found is not None and found.confirmed_at is not None:
            raise Conflict(_("The second factor is on already."))
        SecondFactor.delete().where(SecondFactor.user == actor.user_id).execute()
        SecondFactor.insert(
            user=actor.user_id, salt=secrets.token_hex(32), created_at=clock.stamp()
        ).execute()


def finish(actor: Actor, code: str, school_key: str) -> list[str]:
    """Prove that the app shows the right code; from now on signing in asks for one.

    Returns the recovery codes, which are kept nowhere in clear.

    :raises Invalid: the code does not fit.
    :raises SlowDown: too many wrong codes; wait first.
    """
    _demand_staff(actor)
    user: User = User.get_by_id(_account(actor))
    factor = of(user.id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict(_("Begin anew: this page has grown old."))
    _throttled(user, code, school_key, f"session:{actor.session_id}", recovery=False)
    with transaction():
        SecondFactor.update(confirmed_at=clock.stamp()).where(
            SecondFactor.id == factor.id
        ).execute()
        codes = _new_codes(user)
        _record(actor, "core.factor_on", user)
    return codes


def renew_codes(actor: Actor) -> list[str]:
    """Give the actor new recovery codes; the old ones open nothing any more."""
    user: User = User.get_by_id(_account(actor))
    if not is_on(user.id):
        raise Conflict(_("The second factor is off."))
    with transaction():
        codes = _new_codes(user)
        _record(actor, "core.factor_codes", user)
    return codes


def turn_off(actor: Actor, password: str, school_key: str) -> None:
    """Sign in by the password alone again.

    :raises Invalid: the password does not fit.
    :raises SlowDown: it was tried wrongly too often.
    """
    user: User = User.get_by_id(_account(actor))
    confirming.check_password(actor, user, password, school_key)
    with transaction():
        _remove(user)
        _record(actor, "core.factor_off", user)


def reset(actor: Actor, user: User) -> None:
    """Take the second factor of somebody who lost phone and paper away; their sessions end.

    :raises NotThere: the account is not the actor's to touch; :class:`Refused` likewise.
    :raises Conflict: there is nothing to take away.
    """
    people_rules.demand_account(actor, people_rules.RESET, user)
    with transaction():
        if not is_on(user.id):
            raise Conflict(_("The second factor is off."))
        _remove(user)
        sessions.end_all(actor, user, why="factor_reset")
        _record(actor, "core.factor_reset", user)


def _remove(user: User) -> None:
    for model in (SecondFactor, RecoveryCode, HalfSignIn):
        model.delete().where(model.user == user.id).execute()


def _demand_staff(actor: Actor) -> None:
    if STAFF not in actor.sides:
        raise NotThere(_("There is no such page, or it is not open to you."))


def _account(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return actor.user_id


def _record(actor: Actor, kind: str, user: User) -> None:
    audit.record(actor, kind, f"core.user:{user.id}", person=user.person_id, topic=None)
    outbox.put("core.security", person=user.person_id, what="second_factor")


# --- judging a code ----------------------------------------------------------------------------


def judge(user: User, code: str, school_key: str, address: str) -> str:
    """Take a code at the sign-in: ``app`` or ``recovery`` says which kind it was.

    A code works once. Wrong ones are counted apart from wrong passwords: only somebody who knew
    the password gets here, so strangers cannot make the owner wait.

    :raises Invalid: it does not fit, or was used before.
    :raises SlowDown: too many wrong ones; the code was not looked at.
    """
    return _throttled(user, code, school_key, address, recovery=True)


def _throttled(user: User, code: str, school_key: str, address: str, *, recovery: bool) -> str:
    attempt = throttle.Attempt(
        login=("code:" + throttle.login_mark(user.login, school_key, known=True))[:60],
        address=address,
        mark=passwords.mark(school_key, "code " + code),
        user_id=None,
        device_id=None,
    )
    number, wait = throttle.begin(attempt)
    if wait:
        raise SlowDown(
            _("Too many wrong attempts. Wait %(seconds)s s and try again.", seconds=wait), wait
        )
    plain = "".join(sign for sign in text.fold(code) if sign.isascii() and sign.isalnum())
    if _fits_app(user, plain, school_key):
        throttle.succeeded(attempt)
        return "app"
    if recovery and _fits_paper(user, plain):
        throttle.succeeded(attempt)
        return "recovery"
    throttle.failed(number, attempt)
    words = _("This code does not fit. Take the one that the app shows just now.")
    raise Invalid(words, {"code": [words]})


def _fits_app(user: User, code: str, school_key: str) -> bool:
    factor = of(user.id)
    if factor is None or len(code) != 6 or not code.isdecimal():
        return False
    secret, now = secret_of(factor, school_key), step_now()
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(hotp(secret, step), code):
            # One statement judges and marks: of two requests with one code only one gets in.
            with transaction():
                taken = (
                    SecondFactor.update(last_step=step)
                    .where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
                    .execute()
                )
            return bool(taken)
    return False


def _fits_paper(user: User, code: str) -> bool:
    with transaction():
        used = (
            RecoveryCode.update(used_at=clock.stamp())
            .where(
                RecoveryCode.user == user.id,
                RecoveryCode.code_hash == _hash(code),
                RecoveryCode.used_at.is_null(),
            )
            .execute()
        )
    return bool(used)


def _new_codes(user: User) -> list[str]:
    """Ten codes of sixteen signs, 69 bits each: a plain hash of such a one cannot be guessed."""
    letters = passwords.INITIAL_ALPHABET
    codes = [
        "-".join("".join(secrets.choice(letters) for _n in range(4)) for _g in range(4))
        for _c in range(RECOVERY_CODES)
    ]
    RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
    RecoveryCode.insert_many(
        [(user.id, _hash(code.replace("-", ""))) for code in codes],
        fields=[RecoveryCode.user, RecoveryCode.code_hash],
    ).execute()
    return codes


def _hash(code: str) -> str:
    return hashlib.sha256(b"recovery code " + code.encode()).hexdigest()
