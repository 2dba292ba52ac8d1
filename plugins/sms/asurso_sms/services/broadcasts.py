"""Broadcasts: drafts, sending, cancelling, and those whom one did not reach (R2.13.4c)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audience, audit, clock, jobs
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school import classes_of_groups
from asurso_sms import history, recipients, texts
from asurso_sms.models import (
    CANCELLED,
    DONE,
    DRAFT,
    FAILED,
    QUEUED,
    SENDING,
    STOPPED,
    WAITING,
    Broadcast,
    Message,
    Recipient,
    Target,
)
from asurso_sms.permissions import CAST
from asurso_sms.policy import after_quiet, rule
from asurso_sms.recipients import Circle
from asurso_sms.services import costs, messages, states

#: What a broadcast may be about (features.md 8.2).
KINDS = ("meeting", "event", "trip", "cancelled", "performance", "absence", "other")
#: More messages than this are confirmed in words.
MANY = 30
#: Nothing is put off for longer.
FARTHEST = dt.timedelta(days=92)
#: The most people whom one broadcast addresses by name.
MOST_KEYS = 200


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is typed: ``at`` is naive UTC, None means at once."""

    kind: str
    text: str
    keys: Sequence[str]
    day: dt.date | None = None
    at: dt.datetime | None = None
    urgent: bool = False


def may_hurry(actor: Actor) -> bool:
    """Whether the actor's broadcasts may break quiet hours."""
    everywhere = actor.is_system or "school" in actor.grants.get(CAST, ())
    return everywhere or (actor.holds(CAST) and bool(rule("teachers_hurry")))


def check(actor: Actor, content: Content) -> list[str]:
    """The fields of a broadcast that may be written; nothing is changed.

    :raises Invalid: with a message at each field that is wrong.
    :raises Refused: somebody or some field is beyond the actor's rights.
    """
    access.require_any(actor, CAST)
    wrong: dict[str, list[str]] = {}
    found: list[str] = []
    if content.kind not in KINDS:
        wrong["kind"] = [_("Choose one of the list.")]
    try:
        found = _text(content.text)
    except Invalid as refusal:
        wrong["text"] = [refusal.message]
    keys = list(dict.fromkeys(content.keys))
    try:
        _keys(actor, keys, found)
    except Invalid as refusal:
        wrong["keys"] = [refusal.message]
    if content.at is not None and not _is_near(content.at):
        wrong["at_day"] = [_("Choose a moment that is still to come, within three months.")]
    if content.urgent and not may_hurry(actor):
        wrong["urgent"] = [_("You may not break the quiet hours.")]
    if wrong:
        raise Invalid(fields=wrong)
    return found


def _text(text: str) -> list[str]:
    if not text.strip():
        raise Invalid(_("The message is empty."))
    if len(text) > texts.LONGEST:
        raise Invalid(_("The text is too long: at most %(most)s letters.", most=texts.LONGEST))
    found = texts.check(text)
    messages.estimate(texts.filled(text, texts.Values(name="Имя", title="5А", day=None), {}) or "-")
    return found


def _keys(actor: Actor, keys: Sequence[str], found: Sequence[str]) -> None:
    if len(keys) > MOST_KEYS:
        raise Invalid(_("Too many are chosen one by one. Choose classes or groups."))
    audience.check(actor, CAST, keys)
    if texts.is_about_child(found) and any(recipients.is_of_staff(key) for key in keys):
        raise Invalid(_("The text speaks of a child: it cannot be sent to staff."))


def _is_near(moment: dt.datetime) -> bool:
    now = clock.stamp()
    return now - dt.timedelta(minutes=5) < moment < now + FARTHEST


# --- drafts --------------------------------------------------------------------------------------


def save(
    actor: Actor, broadcast_id: int | None, content: Content, *, version: int = 0
) -> Broadcast:
    """Keep a draft, a new one or another version of one; it is the actor's alone.

    :raises Invalid: something in it is wrong.
    :raises Refused: it addresses somebody beyond the actor's rights.
    :raises Conflict: it was changed in another window, or has left already.
    """
    check(actor, content)
    values = {
        "kind": content.kind, "text": content.text.replace("\r\n", "\n").strip(),
        "day": content.day, "urgent": content.urgent, "wanted_at": content.at,
    }  # fmt: skip
    with transaction():
        if broadcast_id is None:
            row = Broadcast.create(
                author=actor.person_id, state=DRAFT, created_at=clock.stamp(), **values
            )
        else:
            row = own_draft(actor, broadcast_id)
            changed = (
                Broadcast.update(version=Broadcast.version + 1, **values)
                .where(
                    Broadcast.id == row.id, Broadcast.state == DRAFT, Broadcast.version == version
                )
                .execute()
            )
            if not changed:
                raise Conflict(_("It was changed in another window. Open it anew."))
        _aim(row, content.keys)
    found: Broadcast = Broadcast.get_by_id(row.id)
    return found


def own_draft(actor: Actor, broadcast_id: int) -> Broadcast:
    """A draft of the actor.

    :raises NotThere: there is none of this number.
    :raises Conflict: it has left already.
    """
    row = history.find(actor, broadcast_id)
    if row.author_id != actor.person_id:
        raise NotThere(_("There is no such page, or it is not open to you."))
    if row.state != DRAFT:
        raise Conflict(_("It has left already and cannot be changed."))
    return row


def _aim(row: Broadcast, keys: Iterable[str]) -> None:
    Target.delete().where(Target.broadcast == row.id).execute()
    for key in sorted(set(keys)):
        part = audience.parse(key)
        group = part.number if part.kind == "group" else None
        place = part.number if part.kind == "class" else None
        if group is not None:
            classes = [found for (found,) in classes_of_groups([group]).tuples()]
            place = classes[0] if len(classes) == 1 else None
        Target.create(broadcast=row.id, key=key, school_class=place, group=group)


def discard(actor: Actor, broadcast_id: int) -> None:
    """Throw a draft of one's own away."""
    with transaction():
        row = own_draft(actor, broadcast_id)
        Broadcast.delete().where(Broadcast.id == row.id, Broadcast.state == DRAFT).execute()


def again(actor: Actor, broadcast_id: int, *, with_unknown: bool) -> Broadcast:
    """A draft of the same text for those whom a broadcast has not reached.

    :raises Conflict: there is nobody of that kind.
    """
    row = history.find(actor, broadcast_id)
    if row.state in {DRAFT, WAITING}:
        raise Conflict(_("It has not left yet."))
    if not recipients.failed_of(row.id, with_unknown=with_unknown):
        raise Conflict(_("There is nobody whom it has failed to reach."))
    keys = history.keys_of(row)
    audience.check(actor, CAST, keys)
    with transaction():
        made: Broadcast = Broadcast.create(
            author=actor.person_id, kind=row.kind, text=row.text, day=row.day, urgent=False,
            state=DRAFT, created_at=clock.stamp(), repeats=row.id, with_unknown=with_unknown,
        )  # fmt: skip
        _aim(made, keys)
    return made


# --- sending -------------------------------------------------------------------------------------


def circle_of(author: Actor, row: Broadcast) -> Circle:
    """Whom a broadcast reaches at this moment."""
    per_child = texts.is_per_child(texts.names(row.text))
    found = recipients.reached(author, history.keys_of(row), per_child=per_child)
    if row.repeats_id is not None:
        missed = recipients.failed_of(row.repeats_id, with_unknown=row.with_unknown)
        people = {person for person, _pupil in missed}
        found = [
            one for one in found
            if ((one.person, one.pupil) in missed if per_child else one.person in people)
        ]  # fmt: skip
    return recipients.around(found)


def circle_for(author: Actor, keys: Iterable[str], fields: Sequence[str]) -> Circle:
    """Whom a text with such fields reaches at this moment."""
    return recipients.around(recipients.reached(author, keys, per_child=texts.is_per_child(fields)))


def starts_at(row: Broadcast) -> dt.datetime:
    """When it leaves if it is sent now: the wanted moment, quiet hours over."""
    moment = max(row.wanted_at or clock.stamp(), clock.stamp())
    return moment if row.urgent else after_quiet(moment)


def send(
    actor: Actor, broadcast_id: int, *, version: int, count: int, price: int, sure: bool
) -> Broadcast:
    """Let a draft leave at its time; ``count`` and ``price`` are what the actor was shown.

    :raises Conflict: it was changed, or reaches others or costs more than was shown.
    :raises Invalid: there is nobody, or many and the actor did not confirm it.
    :raises budget.OverBudget: it would cost more than the school or the class may.
    """
    with transaction():
        row = own_draft(actor, broadcast_id)
        keys = history.keys_of(row)
        found = check(
            actor,
            Content(kind=row.kind, text=row.text, keys=keys, day=row.day, urgent=row.urgent),
        )
        if row.wanted_at is not None and not _is_near(row.wanted_at):
            raise Conflict(_("The moment that was chosen is over. Choose another one."))
        around = circle_of(actor, row)
        texts.demand(actor, found, [one.pupil for one in around.reached if one.pupil is not None])
        cost = costs.of(row, around)
        if not around.reached:
            raise Invalid(_("There is nobody to write to."))
        if (cost.messages, cost.price) != (count, price):
            raise Conflict(_("Meanwhile it reaches others than you were shown. Look once more."))
        if cost.messages > MANY and not sure:
            words = _("Confirm how many get it and what it costs.")
            raise Invalid(words, {"sure": [words]})
        due = starts_at(row)
        costs.demand(cost, due)
        changed = (
            Broadcast.update(state=WAITING, due_at=due)
            .where(Broadcast.id == row.id, Broadcast.state == DRAFT, Broadcast.version == version)
            .execute()
        )
        if not changed:
            raise Conflict(_("It was changed in another window. Open it anew."))
        job = jobs.enqueue(
            "sms.broadcast", key=str(row.id), due=due if due > clock.stamp() else None, by=actor,
            broadcast=row.id,
        )  # fmt: skip
        Broadcast.update(job=job).where(Broadcast.id == row.id).execute()
        audit.record(
            actor, "sms.broadcast_sent", f"sms.broadcast:{row.id}",
            after={"keys": keys, "text": row.text, "messages": cost.messages, "price": cost.price,
                   "due": due.isoformat(), "urgent": row.urgent, "repeats": row.repeats_id},
            topic=None,
        )  # fmt: skip
    sent: Broadcast = Broadcast.get_by_id(row.id)
    return sent


def cancel(actor: Actor, broadcast_id: int) -> int:
    """Stop a broadcast; returns how many messages that still waited do not leave any more.

    What has left has left. Whoever may address all of its audience may stop it.

    :raises Conflict: nothing of it waits any more.
    """
    row = history.find(actor, broadcast_id)
    if row.author_id != actor.person_id:
        try:
            audience.check(actor, CAST, history.keys_of(row))
        except Refused as refusal:
            raise NotThere(_("There is no such page, or it is not open to you.")) from refusal
    with transaction():
        held = _withdraw(row.id, _("cancelled by %(name)s", name=actor.name))
        changed = (
            Broadcast.update(state=CANCELLED, finished_at=clock.stamp())
            .where(Broadcast.id == row.id, Broadcast.state.in_([WAITING, SENDING]))
            .execute()
        )
        if not changed:
            if not held:
                raise Conflict(_("Everything of it has left already."))
            Broadcast.update(state=CANCELLED).where(
                Broadcast.id == row.id, Broadcast.state == DONE
            ).execute()
        audit.record(
            actor, "sms.broadcast_cancelled", f"sms.broadcast:{row.id}", after={"held": held},
            topic=None,
        )  # fmt: skip
    return held


def _withdraw(broadcast_id: int, why: str) -> int:
    """End the messages of a broadcast that have not begun to leave; returns how many."""
    ids = (
        Recipient.select(Recipient.message)
        .join(Message, on=(Recipient.message == Message.id))
        .where(Recipient.broadcast == broadcast_id, Message.state == QUEUED)
        .tuples()
    )
    found = [id_ for (id_,) in list[Any](ids)]
    return sum(states.move(id_, FAILED, why, only=[QUEUED]) for id_ in found)


def stop(row: Broadcast, why: str) -> None:
    """End a broadcast that cannot be sent, with its reason; nobody gets it."""
    with transaction():
        Broadcast.update(state=STOPPED, reason=why[:300], finished_at=clock.stamp()).where(
            Broadcast.id == row.id, Broadcast.state == WAITING
        ).execute()
