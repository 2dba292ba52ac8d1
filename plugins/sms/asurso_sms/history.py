"""Reading broadcasts: those one may see, who got one and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, audience
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import lazy_pgettext
from asurso_core.text import fold
from asurso_sms import texts
from asurso_sms.models import (
    CANCELLED,
    DONE,
    DRAFT,
    EXPIRED,
    FAILED,
    GONE,
    NOTIFIED,
    PENDING,
    SENDING,
    STOPPED,
    TEXTED,
    UNREACHED,
    WAITING,
    Broadcast,
    Message,
    Recipient,
    Target,
    Template,
)
from asurso_sms.permissions import CAST, TEMPLATES

KINDS = {
    "meeting": lazy_pgettext("broadcast", "Meeting"),
    "event": lazy_pgettext("broadcast", "Event"),
    "trip": lazy_pgettext("broadcast", "Trip"),
    "cancelled": lazy_pgettext("broadcast", "Lessons are cancelled"),
    "performance": lazy_pgettext("broadcast", "Report on performance"),
    "absence": lazy_pgettext("broadcast", "Absence"),
    "other": lazy_pgettext("broadcast", "Message of the school"),
}
STATES = {
    DRAFT: lazy_pgettext("state of a broadcast", "draft"),
    WAITING: lazy_pgettext("state of a broadcast", "waits for its time"),
    SENDING: lazy_pgettext("state of a broadcast", "is being sent"),
    DONE: lazy_pgettext("state of a broadcast", "sent"),
    CANCELLED: lazy_pgettext("state of a broadcast", "cancelled"),
    STOPPED: lazy_pgettext("state of a broadcast", "not sent"),
}
BADGES = {DRAFT: "note", WAITING: "note", SENDING: "note", DONE: "good", CANCELLED: "warn",
          STOPPED: "bad"}  # fmt: skip
#: How one of the recipients was told: a state of the message, or one of these.
WAYS = {
    PENDING: _l("not yet seen to"),
    NOTIFIED: _l("told in the notice centre"),
    UNREACHED: _l("not reachable"),
    GONE: _l("does not belong to the audience any more"),
}
WAY_BADGES = {PENDING: "note", NOTIFIED: "good", UNREACHED: "bad", GONE: "warn"}


def visible(actor: Actor) -> pw.ModelSelect[Broadcast]:
    """Broadcasts that the actor may see: one's own, and those that touch a place of one's right.

    A draft is its author's alone.
    """
    access.require_any(actor, CAST)
    mine = Broadcast.author == actor.person_id
    rule = access.condition(actor, CAST, Broadcast)
    query = Broadcast.select(Broadcast, Person).join(
        Person, pw.JOIN.LEFT_OUTER, on=(Broadcast.author == Person.id)
    )
    if rule is True:
        return query.where(mine | (Broadcast.state != DRAFT))
    if rule is False:
        return query.where(mine)
    return query.where(mine | ((Broadcast.state != DRAFT) & rule))


def find(actor: Actor, broadcast_id: int) -> Broadcast:
    """A broadcast that the actor may see; raises :class:`NotThere`."""
    row: Broadcast | None = visible(actor).where(Broadcast.id == broadcast_id).first()
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


def broadcasts(actor: Actor, *, kind: str = "", state: str = "") -> pw.ModelSelect[Broadcast]:
    """Broadcasts that the actor may see, the newest first."""
    query = visible(actor).order_by(Broadcast.id.desc())
    if kind in KINDS:
        query = query.where(Broadcast.kind == kind)
    if state in STATES:
        query = query.where(Broadcast.state == state)
    return query


def keys_of(row: Broadcast) -> list[str]:
    """The keys of those whom it addresses."""
    query = Target.select(Target.key).where(Target.broadcast == row.id).order_by(Target.key)
    return [one.key for one in query]


def told_keys(found: Iterable[Broadcast]) -> dict[int, str]:
    """``{broadcast: "parents: 5А, …"}`` in words, five statements at most."""
    ids = [row.id for row in found]
    if not ids:
        return {}
    keys: dict[int, list[str]] = {}
    for one in Target.select().where(Target.broadcast.in_(ids)).order_by(Target.key):
        keys.setdefault(one.broadcast_id, []).append(one.key)
    words = audience.titles({key for some in keys.values() for key in some})
    return {id_: _listed([words[key] for key in some]) for id_, some in keys.items()}


def _listed(some: Sequence[str], most: int = 6) -> str:
    text = "; ".join(some[:most])
    if len(some) > most:
        text = _("%(some)s and %(number)s more", some=text, number=len(some) - most)
    return text


# --- what became of it -------------------------------------------------------------------------


def _of(actor: Actor, ids: Sequence[int], query: Any) -> Any:
    """Recipients whom the actor may see: all of one's own broadcasts, else those of one's right."""
    rule = access.condition(actor, CAST, Recipient)
    if rule is True:
        return query.where(Recipient.broadcast.in_(ids))
    own = Recipient.broadcast.in_(
        Broadcast.select(Broadcast.id).where(Broadcast.author == actor.person_id)
    )
    return query.where(Recipient.broadcast.in_(ids), own if rule is False else own | rule)


def way_of(state: str, message_state: str | None) -> str:
    """How somebody was told: the state of the message if there is one."""
    return message_state if state == TEXTED and message_state else state


@dataclass
class Outcome:
    """Numbers of a broadcast: ``{way: people}``, parts, and kopecks that were or will be spent."""

    ways: dict[str, int]
    parts: int = 0
    price: int = 0

    @property
    def people(self) -> int:
        """How many it was meant for."""
        return sum(self.ways.values())


def outcomes(actor: Actor, found: Iterable[Broadcast]) -> dict[int, Outcome]:
    """What became of some broadcasts, as far as the actor may see; one statement."""
    ids = [row.id for row in found]
    if not ids:
        return {}
    costs = (Message.state.not_in([FAILED, EXPIRED])) | Message.sent_at.is_null(False)
    query = (
        Recipient.select(
            Recipient.broadcast, Recipient.state, Message.state, pw.fn.COUNT(Recipient.id),
            pw.fn.SUM(pw.Case(None, [(costs, Message.parts)], 0)),
            pw.fn.SUM(pw.Case(None, [(costs, Message.price)], 0)),
        )
        .join(Message, pw.JOIN.LEFT_OUTER, on=(Recipient.message == Message.id))
        .group_by(Recipient.broadcast, Recipient.state, Message.state)
    )  # fmt: skip
    told: dict[int, Outcome] = {}
    for id_, state, message, number, parts, price in _of(actor, ids, query).tuples():
        one = told.setdefault(id_, Outcome({}))
        way = way_of(state, message)
        one.ways[way] = one.ways.get(way, 0) + number
        one.parts += int(parts or 0) if message else 0
        one.price += int(price or 0) if message else 0
    return told


def recipients_of(actor: Actor, row: Broadcast, way: str = "") -> Any:
    """Recipients of a broadcast with their persons, pupils and messages, by name."""
    pupil = Person.alias("pupil")
    query = (
        Recipient.select(Recipient, Person, pupil, Message)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Recipient.person == Person.id), attr="who")
        .switch(Recipient)
        .join(pupil, pw.JOIN.LEFT_OUTER, on=(Recipient.pupil == pupil.id), attr="child")
        .switch(Recipient)
        .join(Message, pw.JOIN.LEFT_OUTER, on=(Recipient.message == Message.id), attr="sms")
        .order_by(pupil.sort_key, Person.sort_key, Recipient.id)
    )
    if way in WAYS:
        query = query.where(Recipient.state == way)
    elif way:
        query = query.where(Recipient.state == TEXTED, Message.state == way)
    return _of(actor, [row.id], query)


def readable(actor: Actor, row: Broadcast, some: Iterable[Recipient]) -> frozenset[int]:
    """Ids of recipients whose text the actor may read: some fields tell of marks."""
    found = list(some)
    names = texts.names(row.text)
    if not texts.needed(names):
        return frozenset(one.id for one in found)
    pupils = {one.pupil_id for one in found if one.pupil_id is not None}
    allowed = texts.readable(actor, names, pupils)
    return frozenset(one.id for one in found if one.pupil_id is None or one.pupil_id in allowed)


# --- people to choose, templates ------------------------------------------------------------------


def people(actor: Actor, name: str) -> list[tuple[str, str]]:
    """``(key, name)`` of people whom the actor may address one by one, by a part of the name.

    Without a name it is everybody for whom the right does not reach over the whole school.
    """
    wanted = fold(name.replace("\x00", ""))  # PostgreSQL takes no NUL
    everywhere = actor.is_system or "school" in actor.grants.get(CAST, ())
    if len(wanted) < 2 and (wanted or everywhere):
        return []
    query = (
        access.visible(actor, CAST, Person.select())
        .where(Person.search_text.contains(wanted), Person.archived_at.is_null())
        .order_by(Person.sort_key, Person.id)
        .limit(30 if wanted else 200)
    )
    return [(f"person:{row.id}", row.name) for row in query]


def templates(actor: Actor) -> list[Template]:
    """The texts that the school uses again and again, by kind and title."""
    if not actor.holds(CAST):
        access.require_any(actor, TEMPLATES)
    order = list(KINDS)
    found = list(Template.select().order_by(Template.title, Template.id))
    return sorted(found, key=lambda row: order.index(row.kind) if row.kind in order else 99)


def template(actor: Actor, template_id: int) -> Template:
    """One of them; raises :class:`NotThere`."""
    row: Template | None = next((one for one in templates(actor) if one.id == template_id), None)
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row
