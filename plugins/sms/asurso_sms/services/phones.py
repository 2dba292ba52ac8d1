"""Numbers of persons: asked for, confirmed, released, stopped; and the consent (152-ФЗ)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

import peewee as pw

from asurso_core import access, audit, clock
from asurso_core.actors import Actor, system
from asurso_core.db import transaction
from asurso_core.errors import AsursoError, Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_sms import numbers, queries
from asurso_sms.models import CODE, Message, Phone
from asurso_sms.permissions import OWN, RELEASE
from asurso_sms.services import messages

#: The words that are agreed to; whoever changes them changes the version.
CONSENT_VERSION = "2026-11"
CONSENT = _l(
    "I agree that the school keeps my telephone number and sends text messages to it: notices "
    "about study, attendance and events, and answers to my own questions. The number is handed to "
    "the operator of text messages for this alone. I can withdraw this consent on this page, or "
    "stop the messages by answering СТОП, at any time."
)
MOST_TRIES, MOST_SENDINGS = 5, 3
#: Codes that one network address may ask for in an hour: a meeting of parents behind one router.
MOST_FROM_ADDRESS = 40


class TooMany(AsursoError):
    """429: too many codes; the message says when it goes on."""

    status = 429
    code = "too_many"


def ask(actor: Actor, typed: str) -> str:
    """Send a code to a number that the actor says is theirs; returns the number.

    Whose number it is already is told to nobody here: only whoever reads the code learns it.

    :raises Invalid: it is no mobile number.
    :raises Refused: a pupil is too young.
    :raises TooMany: three codes were sent today to this person or number, or too many to one place.
    """
    access.require_any(actor, OWN)
    closed = queries.too_young(actor)
    if closed:
        raise Refused(closed)
    number = numbers.canonical(typed)
    if number is None:
        words = _("This is no mobile number. Write it like +7 927 123-45-67.")
        raise Invalid(words, {"number": [words]})
    now = clock.stamp()
    code = f"{secrets.randbelow(1_000_000):06}"
    with transaction():
        _slow_down(actor, number, now)
        values = {
            "asked": number, "asked_at": now, "asked_from": actor.address[:45], "tries": 0,
            "code_hash": _hash(code),
        }  # fmt: skip
        Phone.insert(person=actor.person_id, **values).on_conflict(
            conflict_target=[Phone.person],
            update={getattr(Phone, name): value for name, value in values.items()},
        ).execute()
        messages.queue_to_number(
            number,
            _("%(code)s is your code for the school's diary. Tell it to nobody.", code=code),
            purpose=CODE, person=actor.person_id,
        )  # fmt: skip
        audit.record(
            actor, "sms.code_asked", f"core.person:{actor.person_id}",
            after={"number": numbers.masked(number)}, person=actor.person_id, topic=None,
        )  # fmt: skip
    return number


def _slow_down(actor: Actor, number: str, now: dt.datetime) -> None:
    day = now - dt.timedelta(days=1)
    codes = Message.select().where(Message.purpose == CODE, Message.created_at > day)
    if (
        codes.where(Message.person == actor.person_id).count() >= MOST_SENDINGS
        or codes.where(Message.phone == number).count() >= MOST_SENDINGS
    ):
        raise TooMany(_("Three codes were sent within a day. Try again tomorrow."))
    here = Phone.select().where(
        Phone.asked_from == actor.address[:45], Phone.asked_at > now - dt.timedelta(hours=1)
    )
    if actor.address and here.count() >= MOST_FROM_ADDRESS:
        raise TooMany(_("Too many codes were asked for from this network. Try again in an hour."))


def confirm(actor: Actor, code: str) -> None:
    """Confirm the number to which a code was sent; with it the consent is given.

    :raises Invalid: the code is wrong, too old, or was tried too often.
    :raises Conflict: the number is another person's; they release it, or the administrator does.
    """
    access.require_any(actor, OWN)
    now = clock.stamp()
    fresh = (
        (Phone.person == actor.person_id)
        & (Phone.asked_at > now - queries.CODE_LIVES)
        & Phone.code_hash.is_null(False)
        & (Phone.tries < MOST_TRIES)
    )
    # Counted before it is judged, and apart from it: tries at the same time count, too.
    with transaction():
        counted = Phone.update(tries=Phone.tries + 1).where(fresh).execute()
    if not counted:
        words = _("The code is too old, or was wrong too often. Ask for a new one.")
        raise Invalid(words, {"code": [words]})
    row: Phone = Phone.get(Phone.person == actor.person_id)
    typed = "".join(one for one in code if one.isdigit())
    if not _fits(row.code_hash or "", typed):
        left = MOST_TRIES - row.tries
        words = ngettext(
            "The code is wrong. %(num)s try is left.",
            "The code is wrong. %(num)s tries are left.",
            left,
        )
        raise Invalid(words, {"code": [words]})
    if Phone.select().where(Phone.number == row.asked, Phone.id != row.id).exists():
        raise _taken()
    try:
        with transaction():
            changed = (
                Phone.update(
                    number=row.asked, confirmed_at=now, asked=None, code_hash=None, tries=0,
                    consent_at=now, consent_version=CONSENT_VERSION, consent_text=str(CONSENT),
                    withdrawn_at=None, stopped_at=None,
                )
                .where(Phone.id == row.id, Phone.code_hash == row.code_hash)
                .execute()
            )  # fmt: skip
            if not changed:
                raise Invalid(_("The code is too old, or was wrong too often. Ask for a new one."))
            audit.record(
                actor, "sms.confirmed", f"core.person:{actor.person_id}",
                before={"number": numbers.masked(row.number)},
                after={"number": numbers.masked(row.asked), "consent": CONSENT_VERSION},
                person=actor.person_id, topic=None,
            )  # fmt: skip
    except pw.IntegrityError as error:  # somebody was faster by a moment
        raise _taken() from error


def _taken() -> Conflict:
    return Conflict(
        _("Another person of the school has confirmed this number. They can release it on their "
          "own page; if they cannot, the administrator does.")
    )  # fmt: skip


def _hash(code: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}${_stretched(salt, code)}"


def _fits(stored: str, code: str) -> bool:
    salt, _dollar, wanted = stored.partition("$")
    return hmac.compare_digest(wanted, _stretched(salt, code))


def _stretched(salt: str, code: str) -> str:
    return hashlib.scrypt(code.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=32).hex()


def withdraw(actor: Actor) -> None:
    """Withdraw the consent; from now on nothing is sent, the number stays the person's."""
    _change(actor, "sms.withdrawn", Phone.withdrawn_at.is_null(), withdrawn_at=clock.stamp())


def consent(actor: Actor) -> None:
    """Give the consent again for a number that is confirmed; it also ends a СТОП."""
    _change(
        actor, "sms.consented",
        Phone.withdrawn_at.is_null(False) | Phone.stopped_at.is_null(False),
        withdrawn_at=None, stopped_at=None, consent_at=clock.stamp(),
        consent_version=CONSENT_VERSION, consent_text=str(CONSENT),
    )  # fmt: skip


def _change(actor: Actor, kind: str, only: pw.Expression, **values: object) -> None:
    access.require_any(actor, OWN)
    with transaction():
        changed = (
            Phone.update(values)
            .where(Phone.person == actor.person_id, Phone.number.is_null(False), only)
            .execute()
        )
        if changed:
            audit.record(
                actor, kind, f"core.person:{actor.person_id}", person=actor.person_id, topic=None
            )


def release(actor: Actor) -> None:
    """Give one's own number up: it is forgotten, and somebody else may confirm it."""
    access.require_any(actor, OWN)
    _release(actor, actor.person_id)


def release_of(actor: Actor, person_id: int, reason: str) -> None:
    """Take a number from somebody, by the administrator's decision and with its reason.

    :raises NotThere: this person has no confirmed number.
    :raises Invalid: no reason is given.
    """
    access.require_any(actor, RELEASE)
    if len(reason.strip()) < 5:
        words = _("Write the reason.")
        raise Invalid(words, {"reason": [words]})
    if not _release(actor, person_id, reason.strip()):
        raise NotThere(_("There is no such page, or it is not open to you."))


def _release(actor: Actor, person_id: int | None, reason: str | None = None) -> bool:
    with transaction():
        row = Phone.get_or_none(Phone.person == person_id)
        if row is None or (row.number is None and row.asked is None):
            return False
        had = row.number
        Phone.update(
            number=None, confirmed_at=None, asked=None, code_hash=None, withdrawn_at=None,
            stopped_at=None, consent_at=None, consent_text=None, consent_version=None,
        ).where(Phone.id == row.id).execute()  # fmt: skip
        audit.record(
            actor, "sms.released", f"core.person:{person_id}",
            before={"number": numbers.masked(had)}, person=person_id, reason=reason, topic=None,
        )  # fmt: skip
    return had is not None


def stop(phone: Phone) -> bool:
    """СТОП: notices and broadcasts end at once; false if they had ended already."""
    return _by_message(phone, "sms.stopped", Phone.stopped_at.is_null(), clock.stamp())


def start(phone: Phone) -> bool:
    """СТАРТ: they go on; false if they did. A withdrawn consent is given again on the page only."""
    return _by_message(phone, "sms.started", Phone.stopped_at.is_null(False), None)


def _by_message(
    phone: Phone, kind: str, only: pw.Expression, stopped_at: dt.datetime | None
) -> bool:
    with transaction():
        changed = Phone.update(stopped_at=stopped_at).where(Phone.id == phone.id, only).execute()
        if changed:
            audit.record(
                system("SMS"), kind, f"core.person:{phone.person_id}", person=phone.person_id,
                topic=None,
            )  # fmt: skip
    return bool(changed)
