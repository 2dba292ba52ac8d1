"""The job that sends a broadcast: whom it reaches is worked out when it starts, in portions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from asurso_core import audience, audit, clock, notices
from asurso_core.accounts import actor_for
from asurso_core.actors import FAMILY, STAFF, Actor, system
from asurso_core.db import put_rows, transaction
from asurso_core.errors import AsursoError, Invalid, NotThere
from asurso_core.i18n import gettext as _
from asurso_core.jobs import Attempt
from asurso_sms import history, recipients, texts
from asurso_sms.models import (
    BROADCAST,
    DONE,
    GONE,
    NOTIFIED,
    PENDING,
    SENDING,
    TEXTED,
    UNREACHED,
    WAITING,
    Broadcast,
    Message,
    Recipient,
)
from asurso_sms.permissions import CAST
from asurso_sms.services import broadcasts, costs, messages

NOTICE_KIND = "sms.broadcast"
#: Texts are made for so many at a time, and written for so few in one transaction: while a
#: broadcast leaves, others want to write, too.
_PORTION, _AT_ONCE = 20, 4


def send(attempt: Attempt, broadcast: int) -> None:
    """Send a broadcast, or go on with one that was interrupted."""
    row = Broadcast.get_or_none(Broadcast.id == broadcast)
    if row is None or (row.state == WAITING and not _start(row)):
        return
    everybody = Recipient.select().where(Recipient.broadcast == broadcast)
    total, pending = everybody.count(), everybody.where(Recipient.state == PENDING)
    while some := list(pending.order_by(Recipient.id).limit(_PORTION)):
        made = _made(Broadcast.get_by_id(broadcast), some)
        for start in range(0, len(made), _AT_ONCE):
            with transaction():
                row = Broadcast.get_by_id(broadcast)
                if row.state != SENDING:
                    return  # cancelled meanwhile
                for one in made[start : start + _AT_ONCE]:
                    _see_to(row, one)
        attempt.progress(total - pending.count(), total)
    with transaction():
        Broadcast.update(state=DONE, finished_at=clock.stamp()).where(
            Broadcast.id == broadcast, Broadcast.state == SENDING
        ).execute()
        attempt.finish()


def _start(row: Broadcast) -> bool:
    """Work out whom it reaches now, and ask everything again; false if it cannot be sent."""
    try:
        with transaction():
            author = author_of(row)
            keys = history.keys_of(row)
            found = texts.check(row.text)
            audience.check(author, CAST, keys)
            around = broadcasts.circle_of(author, row)
            pupils = [one.pupil for one in around.reached if one.pupil is not None]
            texts.demand(author, found, pupils)
            costs.demand(costs.of(row, around), clock.stamp())
            changed = (
                Broadcast.update(state=SENDING, started_at=clock.stamp())
                .where(Broadcast.id == row.id, Broadcast.state == WAITING)
                .execute()
            )
            if not changed:
                return False
            names = ("broadcast_id", "person_id", "pupil_id", "key", "school_class_id", "group_id",
                     "state", "reason")  # fmt: skip
            put_rows(
                Recipient, names,
                [(row.id, one.person, one.pupil, one.key, around.school_class(one),
                  around.group(one), PENDING, "") for one in around.reached],
            )  # fmt: skip
    except AsursoError as refusal:
        broadcasts.stop(row, refusal.message)
        with transaction():
            audit.record(
                system("SMS"), "sms.broadcast_stopped", f"sms.broadcast:{row.id}",
                reason=refusal.message[:255], topic=None,
            )  # fmt: skip
        return False
    return True


def author_of(row: Broadcast) -> Actor:
    """The author as of now, with the rights that are left.

    :raises NotThere: the account is not active any more.
    """
    users = recipients.users_of([row.author_id] if row.author_id is not None else [])
    if row.author_id not in users:
        raise NotThere(_("The account of the author is not active any more."))
    return actor_for(users[row.author_id], STAFF)


# --- a portion -----------------------------------------------------------------------------------


class _Made(NamedTuple):
    """A recipient with the text that was made; without one, the state and why."""

    row: Recipient
    text: str
    state: str = ""
    why: str = ""


def _made(row: Broadcast, some: Sequence[Recipient]) -> list[_Made]:
    """Make the texts of some recipients, by the relations and rights of this moment."""
    names = texts.names(row.text)
    per_child = texts.is_per_child(names)
    whole = [one for one in some if one.person_id is not None]
    around = recipients.around([_who(one) for one in whole])
    users = recipients.users_of(one.person_id for one in whole)
    meant = recipients.still_meant([_who(one) for one in whole], per_child=per_child)
    made = []
    for one in some:
        if one.person_id is None or _who(one) not in meant:
            why = _("The person does not belong to those who were meant any more.")
            made.append(_Made(one, "", GONE, why))
            continue
        try:
            made.append(_Made(one, _words(row, names, around, _who(one), users)))
        except AsursoError as refusal:
            made.append(_Made(one, "", UNREACHED, refusal.message))
    return made


def _who(one: Recipient) -> recipients.Reached:
    return recipients.Reached(person=one.person_id, pupil=one.pupil_id, key=one.key)


def _see_to(row: Broadcast, made: _Made) -> None:
    """Ask for a message to a recipient, else tell the notice centre, else write why."""
    one = made.row
    mine = Recipient.update(reason="").where(Recipient.id == one.id, Recipient.state == PENDING)
    if not mine.execute():
        return  # another attempt at this job was faster
    if made.state:
        _settle(one, made.state, made.why)
        return
    per_child = texts.is_per_child(texts.names(row.text))
    try:
        message = messages.queue(
            system("SMS"), one.person_id, made.text, purpose=BROADCAST, urgent=row.urgent,
            about=one.pupil_id if per_child else None, school_class=one.school_class_id,
            reference=f"broadcast:{row.id}:{one.id}",
        )  # fmt: skip
    except AsursoError as refusal:
        _tell(row, one, made.text, refusal.message)
    else:
        _settle(one, TEXTED, "", message)


def _words(
    row: Broadcast, names: Sequence[str], around: recipients.Circle, who: recipients.Reached,
    users: dict[int, int],
) -> str:  # fmt: skip
    """The text for one recipient, by that person's own rights on the side of the family.

    :raises NotThere: there is no account, or it may not learn this of the child.
    :raises Invalid: the text speaks of a child, and there is none.
    """
    more: dict[str, str] = {}
    if who.pupil is None:
        if texts.is_about_child(names):
            raise Invalid(_("The text speaks of a child, and this person has none here."))
    elif texts.needed(names):
        if who.person not in users:
            raise NotThere(_("The account is not active any more."))
        try:
            more = texts.told(actor_for(users[who.person], FAMILY), who.pupil, names)
        except NotThere as refusal:
            raise NotThere(_("This person may not learn it.")) from refusal
    return texts.filled(row.text, around.values(who, row.day or _day_of(row)), more)


def _day_of(row: Broadcast) -> dt.date | None:
    return clock.local(row.started_at).date() if row.started_at is not None else None


def _tell(row: Broadcast, one: Recipient, text: str, why: str) -> None:
    """Who cannot be sent a message is told by the notice centre and the channels chosen there."""
    told = notices.tell(
        NOTICE_KIND, words_of(row, text), key=f"broadcast {one.id}", to=[one.person_id],
        data={"recipient": one.id},
    )  # fmt: skip
    _settle(one, NOTIFIED if told else UNREACHED, why)


def words_of(row: Broadcast, text: str) -> notices.Words:
    """A broadcast as a notice."""
    return notices.Words(
        title=str(history.KINDS[row.kind]), text=text, bland=_("The school has news for you")
    )


def words_now(recipient_id: int) -> notices.Words | None:
    """The notice of a recipient anew; None if it is not for this person any more (T26)."""
    one = Recipient.get_or_none(Recipient.id == recipient_id)
    if one is None or one.person_id is None:
        return None
    row = one.broadcast
    names = texts.names(row.text)
    if not recipients.is_meant(
        one.key, one.person_id, one.pupil_id, per_child=texts.is_per_child(names)
    ):
        return None
    who = _who(one)
    try:
        text = _words(
            row, names, recipients.around([who]), who, recipients.users_of([one.person_id])
        )
    except AsursoError:
        return None
    return words_of(row, text)


def _settle(one: Recipient, state: str, why: str, message: Message | None = None) -> None:
    Recipient.update(state=state, reason=why[:300], message=message).where(
        Recipient.id == one.id
    ).execute()


def shown(row: Broadcast, around: recipients.Circle, some: Sequence[recipients.Reached]) -> list[
    tuple[recipients.Reached, str, messages.Estimate | None, str]
]:  # fmt: skip
    """What some of those it reaches will read: ``(who, text, estimate, why not)``.

    The very texts that would leave now, each by the rights of its reader.
    """
    names = texts.names(row.text)
    users = recipients.users_of(one.person for one in some) if texts.needed(names) else {}
    told: list[tuple[recipients.Reached, str, messages.Estimate | None, str]] = []
    for one in some:
        number, why = around.numbers[one.person]
        try:
            text = _words(row, names, around, one, users)
            made = messages.estimate(text)
        except AsursoError as refusal:
            told.append((one, "", None, refusal.message))
        else:
            told.append((one, made.text, made if number is not None else None, why))
    return told
