"""Reading what was asked by text messages: who, about whom, when, and what was told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, plugins
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_stamp
from asurso_core.i18n import lazy_pgettext
from asurso_core.text import fold
from asurso_sms.hookspecs import sms_commands
from asurso_sms.models import (
    ANSWERED,
    CHOICE,
    HELPED,
    REFUSED,
    SILENT,
    STARTED,
    STOPPED,
    Inbound,
    Message,
    Query,
)
from asurso_sms.permissions import OWN, QUESTIONS

#: What became of a question, in words, and the kind of the badge that says so.
STATES = {
    ANSWERED: lazy_pgettext("outcome of a question", "answered"),
    CHOICE: lazy_pgettext("outcome of a question", "asked back: which child"),
    HELPED: lazy_pgettext("outcome of a question", "told what can be asked"),
    REFUSED: lazy_pgettext("outcome of a question", "refused"),
    STOPPED: lazy_pgettext("outcome of a question", "messages were stopped"),
    STARTED: lazy_pgettext("outcome of a question", "messages go on"),
    SILENT: lazy_pgettext("outcome of a question", "no answer"),
}
BADGES = {REFUSED: "warn", STOPPED: "note", STARTED: "note", SILENT: "warn"}


@dataclass(frozen=True)
class Filter:
    """What is looked for among the questions; empty is everything."""

    state: str = ""
    command: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    name: str = ""  # of who asked, or of the pupil


@dataclass(frozen=True)
class Asked:
    """One question as the pages tell it; texts are None when they are not kept any more."""

    at: dt.datetime  # on the school's clock
    who: str  # empty: the number is nobody's
    who_id: int | None
    command: str
    about: str
    about_id: int | None
    state: str
    asked: str | None
    told: str | None
    answered: bool  # whether a message was sent at all


def questions(actor: Actor, wanted: Filter) -> pw.ModelSelect[Query]:
    """Questions that the actor may look through, the newest first."""
    query: Any = access.visible(actor, QUESTIONS, _select())
    if wanted.state in STATES:
        query = query.where(Query.state == wanted.state)
    if wanted.command:
        query = query.where(Query.command == wanted.command)
    if wanted.since is not None:
        query = query.where(Query.asked_at >= _utc(wanted.since))
    if wanted.until is not None:
        query = query.where(Query.asked_at < _utc(wanted.until + dt.timedelta(days=1)))
    if wanted.name:
        about: Any = Person.alias()
        named = about.select(about.id).where(about.search_text.contains(fold(wanted.name)))
        query = query.where(Query.person.in_(named) | Query.about.in_(named))
    found: pw.ModelSelect[Query] = query
    return found


def own_questions(actor: Actor) -> pw.ModelSelect[Query]:
    """What the actor asked, the newest first."""
    access.require_any(actor, OWN)
    found: pw.ModelSelect[Query] = _select().where(Query.person == actor.person_id)
    return found


_ABOUT: Any = Person.alias()


def _select() -> Any:
    return (
        Query.select(Query, Person, _ABOUT, Inbound, Message)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Query.person == Person.id))
        .switch(Query)
        .join(_ABOUT, pw.JOIN.LEFT_OUTER, on=(Query.about == _ABOUT.id))
        .switch(Query)
        .join(Inbound, on=(Query.inbound == Inbound.id))
        .switch(Query)
        .join(Message, pw.JOIN.LEFT_OUTER, on=(Query.message == Message.id))
        .order_by(Query.id.desc())
    )


def told(actor: Actor, found: list[Query]) -> list[Asked]:
    """Rows of a page; whose data they show is noted."""
    words = {command.name: command.words[0] for _plugin, command in plugins.collect(sms_commands)}
    others = [row.about_id for row in found if row.person_id != actor.person_id]
    audit.read(
        actor, "sms.questions_read", "sms.questions:0", [one for one in others if one is not None]
    )
    return [
        Asked(
            at=clock.local(as_stamp(row.asked_at)),
            who=row.person.name if row.person_id is not None else "",
            who_id=row.person_id,
            command=words.get(row.command, row.command),
            about=row.about.call_name if row.about_id is not None else "",
            about_id=row.about_id,
            state=row.state,
            asked=row.inbound.text,
            told=row.message.text if row.message_id is not None else None,
            answered=row.message_id is not None,
        )
        for row in found
    ]


@dataclass(frozen=True)
class Command:
    """A command as the pages tell it: what may follow the word, and what it gives."""

    name: str
    word: str
    follows: str
    gives: str


def commands() -> list[Command]:
    """Everything that can be asked, in the order of the list."""
    found = []
    for _plugin, command in plugins.collect(sms_commands):
        follows, _colon, gives = str(command.help).partition(": ")
        found.append(Command(command.name, command.words[0], follows, gives))
    return found


def _utc(day: dt.date) -> dt.datetime:
    midnight = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return midnight.astimezone(dt.UTC).replace(tzinfo=None)
