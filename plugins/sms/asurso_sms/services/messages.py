"""Asking for messages: what may be sent to whom, what it costs, when it goes out."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from asurso_core import access, audit, clock, jobs
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_core.school import class_of, current_year
from asurso_sms import alphabet, queries
from asurso_sms.models import (
    ANSWER,
    BROADCAST,
    CODE,
    FAILED,
    NOTICE,
    PURPOSES,
    QUEUED,
    UNKNOWN,
    Message,
)
from asurso_sms.permissions import EDIT
from asurso_sms.policy import after_quiet, rule
from asurso_sms.services import budget, parcels

#: How long a message waits for a gateway that takes it.
PATIENCE = dt.timedelta(days=1)
#: A code that comes later is of no use.
CODE_PATIENCE = dt.timedelta(minutes=10)
#: These wait for quiet hours to end, unless they are urgent.
_QUIET = (NOTICE, BROADCAST)


class Unreachable(Refused):
    """403: the person has no confirmed number, withdrew the consent, or sent СТОП."""

    code = "unreachable"


@dataclass(frozen=True)
class Estimate:
    """What a text will be and cost."""

    text: str
    parts: int
    price: int  # kopecks


def estimate(text: str) -> Estimate:
    """A text as it will go out (in Latin letters, if the school wishes), its parts and price.

    :raises Invalid: it is empty, or longer than the school allows.
    """
    plain = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not plain:
        raise Invalid(_("The message is empty."))
    if rule("latin"):
        plain = alphabet.transliterated(plain)
    parts = alphabet.count(plain).parts
    most = int(rule("most_parts"))
    if parts > most:
        raise Invalid(
            ngettext(
                "The message is too long: a message may have %(num)s part.",
                "The message is too long: a message may have %(num)s parts.",
                most,
            )
        )
    return Estimate(plain, parts, parts * int(rule("part_price")))


def queue(
    actor: Actor,
    person: Person | int,
    text: str,
    *,
    purpose: str,
    about: Person | int | None = None,
    urgent: bool = False,
    reference: str = "",
    due: dt.datetime | None = None,
    school_class: int | None = None,
) -> Message:
    """Ask for a message to a person's confirmed number; returns its row.

    Whoever calls has asked for the rights of ``actor``; this asks what the receiver allows. Call
    it inside the transaction that makes the message necessary, else it makes one of its own.
    ``about`` is the pupil of whom it speaks: before it leaves it is asked again whether the person
    may still learn about them. ``due`` is naive UTC or aware; quiet hours put notices and
    broadcasts off. ``school_class`` pays; left out, it is the class of ``about``. ``reference``
    is the caller's own word, by which :func:`asurso_sms.api.states_of` finds it again.

    A notice that exceeds a budget becomes *failed* with this reason; a broadcast is refused.

    :raises Unreachable: no confirmed number, no consent, or СТОП.
    :raises budget.OverBudget: a broadcast would cost too much.
    :raises Invalid: the text is empty or too long.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose!r}")
    del actor  # whose rights were asked by the caller; kept in the signature for the audit to come
    person_id = int(getattr(person, "id", person))
    number, why = queries.number_for(person_id, purpose)
    if number is None:
        raise Unreachable(why)
    made = estimate(text)
    moment = _naive(due) if due is not None else clock.stamp()
    # Notices of the kernel have waited for the quiet hours of their very reader.
    if purpose in _QUIET and not urgent and not parcels.is_parcel(reference):
        moment = after_quiet(moment)
    pupil = int(getattr(about, "id", about)) if about is not None else None
    if school_class is None and pupil is not None:
        found = class_of(pupil, clock.today())
        school_class = found.id if found is not None else None
    with transaction():
        over = ""
        if purpose in _QUIET:
            over = budget.excess(made.price, moment, school_class)
        if over and purpose == BROADCAST:
            raise budget.OverBudget(_("This cannot be sent: %(why)s.", why=over))
        return _write(
            made, phone=number, person=person_id, about=pupil, purpose=purpose, urgent=urgent,
            reference=reference[:100], due=moment, school_class=school_class, over=over,
            family=pupil is not None and queries.is_family(person_id, pupil),
        )  # fmt: skip


def queue_to_number(number: str, text: str, *, purpose: str, person: int | None) -> Message:
    """Ask for a message to a number that is not confirmed: only a code, or a word of service."""
    made = estimate(text)
    with transaction():
        return _write(
            made, phone=number, person=person, about=None, purpose=purpose, urgent=True,
            reference="", due=clock.stamp(), school_class=None, over="",
        )  # fmt: skip


def _write(
    made: Estimate, *, phone: str, person: int | None, about: int | None, purpose: str,
    urgent: bool, reference: str, due: dt.datetime, school_class: int | None, over: str,
    repeats: int | None = None, family: bool = False,
) -> Message:  # fmt: skip
    now = clock.stamp()
    year = current_year()
    row: Message = Message.create(
        mark=secrets.token_hex(12), person=person, phone=phone, text=made.text, purpose=purpose,
        about=about, school_class=school_class, year=year.id if year is not None else None,
        urgent=urgent, reference=reference, parts=made.parts, price=made.price,
        state=FAILED if over else QUEUED, reason=over, created_at=now, due_at=due,
        expires_at=max(due, now) + (CODE_PATIENCE if purpose == CODE else PATIENCE),
        final_at=now if over else None, repeats=repeats, family=family,
    )  # fmt: skip
    if not over:
        ask_for_job(row, due if due > now else None)
    return row


def ask_for_job(row: Message, due: dt.datetime | None) -> None:
    """Have a message sent by a job of its own; call inside a transaction."""
    hurried = row.urgent or row.purpose in {CODE, ANSWER}
    kind = "sms.send_at_once" if hurried else "sms.send"
    number = jobs.enqueue(kind, key=str(row.id), due=due, message=row.id)
    Message.update(job=number).where(Message.id == row.id).execute()
    row.job = number


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def repeat(actor: Actor, message_id: int) -> Message:
    """Send a message once more: a new one, because states never go back.

    Whoever does it has been told that one of unknown outcome may arrive twice.

    :raises NotThere: there is no such message for the actor.
    :raises Conflict: it did not fail, or was repeated already, or its text is not kept any more.
    """
    row: Message = access.find(actor, EDIT, Message, message_id)
    if row.state not in {FAILED, UNKNOWN} or row.text is None:
        raise Conflict(_("This message cannot be sent again."))
    if row.purpose == CODE:
        raise Conflict(_("A code is not sent again: its owner asks for a new one."))
    with transaction():
        if Message.select().where(Message.repeats == row.id).exists():
            raise Conflict(_("This message was sent again already."))
        number, why = queries.number_for(row.person_id, row.purpose)
        if number is None:
            raise Unreachable(why)
        made = estimate(row.text)
        again = _write(
            made, phone=number, person=row.person_id, about=row.about_id, purpose=row.purpose,
            urgent=row.urgent, reference=row.reference, due=clock.stamp(),
            school_class=row.school_class_id, over="", repeats=row.id, family=row.family,
        )  # fmt: skip
        audit.record(
            actor, "sms.repeated", f"sms.message:{row.id}", after={"message": again.id},
            person=row.person_id, topic=None,
        )  # fmt: skip
    return again
