"""What is answered to a message that came in (features.md 8.2, T25).

The number of the sender is easily forged: it only tells whom to look up. The answer goes to the
number that this person has confirmed, and tells what this person may see in the browser on the
family's side.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asurso_core import audit, clock
from asurso_core.accounts import Person, User, actor_for
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import is_sqlite, transaction
from asurso_core.i18n import gettext as _
from asurso_core.i18n import ngettext
from asurso_sms import numbers
from asurso_sms.conversation import replies
from asurso_sms.models import (
    ANSWER,
    ANSWERED,
    CHOICE,
    HELPED,
    REFUSED,
    SERVICE,
    SILENT,
    STARTED,
    STOPPED,
    Inbound,
    Phone,
    Query,
)
from asurso_sms.policy import rule
from asurso_sms.services import messages, phones
from asurso_sms.services.budget import day_of

#: So long a figure answers «1 Иван 5А, 2 Мария 8Б: ответьте цифрой».
PATIENCE = dt.timedelta(minutes=15)
#: Where the school answers unknown numbers at all, no more a day than this, whoever asks.
MOST_UNKNOWN = 20
#: What counts as one of the queries of a day.
_COUNTED = (ANSWERED, CHOICE, HELPED)


@dataclass(frozen=True)
class _Outcome:
    """What is to be written down and sent."""

    state: str
    text: str = ""
    command: str = ""
    about: int | None = None
    choices: dict[str, Any] | None = None


def answer(inbound: Inbound, finish: Callable[[], None]) -> None:
    """Answer a message once, however often it is asked for; called by the job ``sms.answer``.

    ``finish`` is called inside the transaction that writes the answer down.
    """
    if Query.select(Query.id).where(Query.inbound == inbound).exists():
        with transaction():
            finish()
        return
    text = inbound.text or ""
    phone = _phone_of(inbound.sender)
    user = _account_of(phone)
    if phone is None or user is None:
        with transaction():
            _answer_unknown(inbound, phone)
            finish()
        return
    actor = dataclasses.replace(actor_for(user.id, FAMILY), address="sms")
    if replies.first_word_is(text, replies.STOP):
        outcome = _Outcome(STOPPED)
    elif replies.first_word_is(text, replies.START) and phone.stopped_at is not None:
        outcome = _Outcome(STARTED)
    elif phone.stopped_at is not None or phone.withdrawn_at is not None:
        outcome = _Outcome(SILENT)
    elif _asked_today(phone.person_id) >= int(rule("queries_a_day")):
        outcome = _Outcome(REFUSED)
    else:
        # Made before the transaction: a mark must not wait while an answer is put together.
        outcome = _made(actor, inbound, text)
    with transaction():
        _conclude(actor, inbound, phone, outcome)
        finish()


# --- who is asking -----------------------------------------------------------------------------


def _phone_of(sender: str) -> Phone | None:
    """The confirmed telephone with the sender's number; None for nobody, and for two of them."""
    number = numbers.canonical(sender)
    if number is None:
        return None
    found = list(
        Phone.select().where(Phone.number == number, Phone.confirmed_at.is_null(False)).limit(2)
    )
    return found[0] if len(found) == 1 else None


def _account_of(phone: Phone | None) -> User | None:
    """The open account of a telephone's owner, who is not archived."""
    if phone is None:
        return None
    found: User | None = (
        User.select(User)
        .join(Person)
        .where(User.person == phone.person_id, User.state == "active", Person.archived_at.is_null())
        .first()
    )
    return found


def _asked_today(person_id: int) -> int:
    since, until = day_of(clock.stamp())
    return int(
        Query.select()
        .where(
            Query.person == person_id, Query.state.in_(_COUNTED),
            Query.asked_at >= since, Query.asked_at < until,
        )
        .count()
    )  # fmt: skip


def _pending(person_id: int) -> dict[str, Any] | None:
    """The choice that the person was asked for last, if nothing else was asked since."""
    last = (
        Query.select()
        .where(Query.person == person_id)
        .order_by(Query.id.desc())
        .first()
    )  # fmt: skip
    if last is None or last.choices is None:
        return None
    asked: dict[str, Any] = last.choices
    if clock.stamp() - dt.datetime.fromisoformat(asked["at"]) > PATIENCE:
        return None
    return asked


# --- what is answered --------------------------------------------------------------------------


def _made(actor: Actor, inbound: Inbound, text: str) -> _Outcome:
    assert actor.person_id is not None  # noqa: S101 - an account has its person
    asked = _pending(actor.person_id)
    pending = None
    if asked is not None:
        of = Inbound.get_or_none(Inbound.id == asked["inbound"])
        question = (of.text or "") if of is not None else ""
        pending = replies.Pending(tuple(asked["children"]), question)
    reply = replies.reply(actor, text, pending)
    choices = None
    if reply.choices:
        # A figure out of range is asked again about the first question.
        first = asked["inbound"] if reply.again and asked is not None else inbound.id
        choices = {
            "inbound": first, "children": list(reply.choices), "at": clock.stamp().isoformat()
        }  # fmt: skip
    elif reply.chosen:
        choices = asked  # «1» and then «2»: both children, one after the other
    state = CHOICE if reply.choices else ANSWERED if reply.about is not None else HELPED
    return _Outcome(state, reply.text, reply.command, reply.about, choices)


def _conclude(actor: Actor, inbound: Inbound, phone: Phone, made: _Outcome) -> None:
    """Write down what became of a query, and ask for the answer to be sent."""
    _alone(phone)
    deed = {STOPPED: _stop, STARTED: _start, REFUSED: _refuse}.get(made.state)
    state, message = made.state, None
    if deed is not None:
        state, message = deed(actor, phone)
    elif made.text:
        try:
            message = messages.queue(
                actor, phone.person_id, made.text, purpose=ANSWER, about=made.about,
                reference=f"query:{inbound.id}",
            )  # fmt: skip
        except messages.Unreachable:  # СТОП came in between
            state = SILENT
    _note(
        inbound, phone.person_id, state, made.command, about=made.about, message=message,
        choices=made.choices,
    )  # fmt: skip
    if state == ANSWERED:
        audit.record(
            actor, "sms.asked", f"sms.inbound:{inbound.id}", person=made.about, topic=None,
            after={"command": made.command},
        )  # fmt: skip


def _note(
    inbound: Inbound, person: int | None, state: str, command: str = "", *,
    about: int | None = None, message: Any = None, choices: Any = None,
) -> None:  # fmt: skip
    Query.create(
        inbound=inbound, person=person, asked_at=clock.stamp(), command=command, about=about,
        state=state, message=message, choices=choices,
    )  # fmt: skip


def _alone(phone: Phone) -> None:
    """Two queries of one person wait for each other, so that none is counted too little."""
    query: Any = Phone.select(Phone.id).where(Phone.id == phone.id)
    if not is_sqlite():
        query = query.for_update("FOR NO KEY UPDATE")
    query.first()


def _told(phone: Phone, text: str) -> Any:
    """A word of the service itself, which СТОП does not hold back; within the day's queries."""
    if phone.withdrawn_at is not None:
        return None
    since, until = day_of(clock.stamp())
    words = Query.select().where(
        Query.person == phone.person_id, Query.state.in_([STOPPED, STARTED, REFUSED]),
        Query.message.is_null(False), Query.asked_at >= since, Query.asked_at < until,
    )  # fmt: skip
    if words.count() >= int(rule("queries_a_day")):
        return None
    return messages.queue_to_number(
        str(phone.number), replies.fitted(text.split(" ")), purpose=SERVICE, person=phone.person_id
    )


def _stop(actor: Actor, phone: Phone) -> tuple[str, Any]:
    """СТОП: from this moment on nothing is sent but one word that it was heard."""
    del actor
    if not phones.stop(phone):
        return SILENT, None
    text = _("You get no more text messages from the school. To get them again, send %(word)s",
             word=replies.START[0])  # fmt: skip
    return STOPPED, _told(phone, text)


def _start(actor: Actor, phone: Phone) -> tuple[str, Any]:
    """СТАРТ: as it was before."""
    del actor
    if not phones.start(phone):
        return SILENT, None
    text = _("You get text messages again. The commands: %(word)s", word=replies.HELP[0])
    return STARTED, _told(phone, text)


def _refuse(actor: Actor, phone: Phone) -> tuple[str, Any]:
    """Too many for a day: said once, then nothing."""
    del actor
    since, until = day_of(clock.stamp())
    said = Query.select().where(
        Query.person == phone.person_id, Query.state == REFUSED, Query.asked_at >= since,
        Query.asked_at < until,
    )  # fmt: skip
    if said.exists():
        return SILENT, None
    most = int(rule("queries_a_day"))
    text = ngettext(
        "%(num)s question a day is answered. Please ask again tomorrow or look into the diary.",
        "%(num)s questions a day are answered. Please ask again tomorrow or look into the diary.",
        most,
    )
    return REFUSED, _told(phone, text)


# --- a number that nobody has ------------------------------------------------------------------


def _answer_unknown(inbound: Inbound, phone: Phone | None) -> None:
    """Nothing; or, where the school wants it, one neutral word a day, and few in all."""
    message = None
    number = numbers.canonical(inbound.sender)
    if rule("answer_unknown") and number is not None and not _told_today(number):
        text = _("This number is not known at the school. It can be confirmed in the own settings.")
        message = messages.queue_to_number(
            number, replies.fitted(text.split(" ")), purpose=SERVICE, person=None
        )
    person = phone.person_id if phone is not None else None
    _note(inbound, person, REFUSED if message is not None else SILENT, message=message)


def _told_today(number: str) -> bool:
    since, until = day_of(clock.stamp())
    told = (
        Query.select(Inbound.sender)
        .join(Inbound)
        .where(
            Query.person.is_null(), Query.message.is_null(False), Query.asked_at >= since,
            Query.asked_at < until,
        )
        .limit(MOST_UNKNOWN)
    )  # fmt: skip
    senders = [numbers.canonical(row.inbound.sender) for row in told]
    return number in senders or len(senders) >= MOST_UNKNOWN
