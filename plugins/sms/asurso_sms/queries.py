"""Reading messages and numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, clock
from asurso_core.accounts import Guardian, Person
from asurso_core.actors import Actor
from asurso_core.db import as_stamp, rows, stamp_value
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass
from asurso_core.text import fold
from asurso_sms.models import (
    CODE,
    FAILED,
    LEAVING,
    PURPOSES,
    QUEUED,
    SERVICE,
    STATES,
    UNKNOWN,
    Message,
    Phone,
)
from asurso_sms.permissions import COSTS, OWN, PHONES, RELEASE, VIEW

#: From this age on pupils have a number of their own; younger ones are told by their parents.
OF_AGE = 14


# --- who may be written to -----------------------------------------------------------------------


def number_for(person_id: int | None, purpose: str) -> tuple[str | None, str]:
    """``(number, "")`` to which a person may be written, or ``(None, why not)``.

    СТОП ends everything but the one word that says so.
    """
    row = None if person_id is None else Phone.get_or_none(Phone.person == person_id)
    if row is None or row.number is None:
        return None, _("This person has no confirmed number.")
    if row.withdrawn_at is not None:
        return None, _("This person has withdrawn the consent to text messages.")
    if row.stopped_at is not None and purpose != SERVICE:
        return None, _("This person has stopped text messages.")
    return row.number, ""


def reachable(person_ids: Iterable[int]) -> dict[int, str]:
    """``{person: number}`` of those who may be sent notices and broadcasts; one statement."""
    wanted = list(person_ids)
    if not wanted:
        return {}
    found = Phone.select(Phone.person, Phone.number).where(
        Phone.person.in_(wanted), Phone.number.is_null(False), Phone.withdrawn_at.is_null(),
        Phone.stopped_at.is_null(),
    )  # fmt: skip
    return {row.person_id: row.number for row in found if row.number is not None}


def owner_of(number: str) -> Phone | None:
    """Whose confirmed number it is; withdrawn and stopped ones too."""
    found: Phone | None = Phone.get_or_none(Phone.number == number)
    return found


def is_family(person_id: int, pupil_id: int) -> bool:
    """Whether somebody may learn of a pupil as the pupil or as one of the guardians."""
    if person_id == pupil_id:
        return True
    return bool(
        Guardian.select(Guardian.id)
        .where(
            Guardian.guardian == person_id,
            Guardian.pupil == pupil_id,
            Guardian.may_receive == True,  # noqa: E712 - SQL
        )
        .exists()
    )


def why_not(row: Message) -> str:
    """Why a message must not leave any more; empty if it may (T26: asked right before it does)."""
    if row.text is None:
        return _("its text is not kept any more")
    if row.person_id is None or row.purpose == CODE:
        return ""
    person = Person.get_by_id(row.person_id)
    if person.archived_at is not None:
        return _("the person is in the archive")
    number, why = number_for(row.person_id, row.purpose)
    if number is None:
        return why
    if number != row.phone:
        return _("the person has another number now")
    if row.family and not is_family(row.person_id, row.about_id):
        return _("the person is not informed about this pupil any more")
    return ""


# --- one's own number ----------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnPhone:
    """One's own number as the page tells it."""

    row: Phone | None
    #: A code is on its way to :attr:`asked`.
    asked: str | None
    #: Why this person cannot have a number here; empty if they can.
    closed: str

    @property
    def state(self) -> str:
        """``none``, ``asked``, ``confirmed``, ``withdrawn`` or ``stopped``."""
        if self.row is None or self.row.number is None:
            return "asked" if self.asked else "none"
        if self.row.withdrawn_at is not None:
            return "withdrawn"
        return "stopped" if self.row.stopped_at is not None else "confirmed"


def own_phone(actor: Actor) -> OwnPhone:
    """The actor's own number, and whether they may have one."""
    access.require_any(actor, OWN)
    row: Phone | None = Phone.get_or_none(Phone.person == actor.person_id)
    asked = None
    since = clock.stamp() - CODE_LIVES
    if row is not None and row.asked and row.asked_at is not None and row.asked_at > since:
        asked = row.asked
    return OwnPhone(row, asked, too_young(actor))


#: How long a code can be entered.
CODE_LIVES = dt.timedelta(minutes=10)


def too_young(actor: Actor) -> str:
    """Why a pupil has no number of their own here; empty for everybody else."""
    if not actor.roles or actor.roles != {"pupil"}:
        return ""
    born = Person.get_by_id(actor.person_id).birth_date
    if born is None:
        return _("Your date of birth is not entered. Ask your class teacher.")
    today = clock.today()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < OF_AGE:
        return _("Pupils can confirm a number from the age of 14; until then parents get messages.")
    return ""


# --- what others may know of it ------------------------------------------------------------------


def phone_state(actor: Actor, person: Person) -> str | None:
    """``none``, ``confirmed``, ``stopped`` or ``withdrawn`` for whoever may know it, else None."""
    if not access.can(actor, PHONES, person):
        return None
    row = Phone.get_or_none(Phone.person == person.id)
    if row is None or row.number is None:
        return "none"
    if row.withdrawn_at is not None:
        return "withdrawn"
    return "stopped" if row.stopped_at is not None else "confirmed"


def phones(actor: Actor, name: str) -> pw.ModelSelect[Phone]:
    """Confirmed numbers, by name of the owner."""
    access.require_any(actor, RELEASE)
    query = (
        Phone.select(Phone, Person)
        .join(Person, on=(Phone.person == Person.id))
        .where(Phone.number.is_null(False))
        .order_by(Person.sort_key, Person.id)
    )
    if name:
        query = query.where(Person.search_text.contains(fold(name)))
    return query


def owned_phone(actor: Actor, person_id: int) -> Phone:
    """The confirmed number of somebody, for whoever may take it; raises ``NotThere``."""
    access.require_any(actor, RELEASE)
    found: Phone | None = (
        Phone.select(Phone, Person)
        .join(Person, on=(Phone.person == Person.id))
        .where(Phone.person == person_id, Phone.number.is_null(False))
        .first()
    )
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return found


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """What is looked for among the messages; empty is everything."""

    state: str = ""
    purpose: str = ""
    day: dt.date | None = None
    name: str = ""


def messages(actor: Actor, wanted: Filter) -> pw.ModelSelect[Message]:
    """Messages with their persons, the newest first."""
    query = (
        Message.select(Message, Person)
        .join(Person, pw.JOIN.LEFT_OUTER, on=(Message.person == Person.id))
        .order_by(Message.created_at.desc(), Message.id.desc())
    )
    if wanted.state in STATES:
        query = query.where(Message.state == wanted.state)
    if wanted.purpose in PURPOSES:
        query = query.where(Message.purpose == wanted.purpose)
    if wanted.day is not None:
        query = query.where(
            Message.created_at >= midnight(wanted.day),
            Message.created_at < midnight(wanted.day + dt.timedelta(days=1)),
        )
    if wanted.name:
        query = query.where(Person.search_text.contains(fold(wanted.name)))
    return access.visible(actor, VIEW, query)


def repeated(found: Iterable[Message]) -> frozenset[int]:
    """Those of some messages that were sent again already; one statement."""
    ids = [row.id for row in found]
    if not ids:
        return frozenset()
    return frozenset(
        row.repeats_id for row in Message.select(Message.repeats).where(Message.repeats.in_(ids))
    )


def states_of(references: Iterable[str]) -> dict[str, list[tuple[int | None, str, str]]]:
    """``{reference: [(person, state, reason)]}`` of messages, for whoever asked for them."""
    wanted = list(references)
    found: dict[str, list[tuple[int | None, str, str]]] = {}
    if wanted:
        for row in (
            Message.select(Message.reference, Message.person, Message.state, Message.reason)
            .where(Message.reference.in_(wanted))
            .order_by(Message.id)
        ):
            found.setdefault(row.reference, []).append((row.person_id, row.state, row.reason))
    return found


def overview() -> Mapping[str, Any]:
    """How many messages are in which state, and since when the oldest due one waits."""
    counts = dict(rows("SELECT state, COUNT(*) FROM sms_message GROUP BY state"))
    oldest = (
        Message.select(pw.fn.MIN(Message.due_at))
        .where(Message.state.in_([QUEUED, LEAVING]), Message.due_at <= clock.stamp())
        .scalar()
    )
    return {"counts": counts, "oldest": as_stamp(oldest), "unknown": counts.get(UNKNOWN, 0)}


def sent_between(
    actor: Actor, since: dt.date, until: dt.date
) -> Iterable[tuple[dt.date, str, str, str, int, int]]:
    """``(month, purpose, class, state, parts, price)`` of messages that left or may have."""
    access.require_any(actor, COSTS)
    titles = {row.id: row.title for row in SchoolClass.select()}
    first, last = midnight(since), midnight(until + dt.timedelta(days=1))
    found = rows(
        "SELECT sent_at, purpose, school_class_id, state, parts, price FROM sms_message "
        "WHERE sent_at >= ? AND sent_at < ? ORDER BY id",
        [stamp_value(first), stamp_value(last)],
    )
    for sent_at, purpose, school_class, state, parts, price in found:
        month = clock.local(as_stamp(sent_at)).date().replace(day=1)
        yield month, purpose, titles.get(school_class, ""), state, parts, price


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day at school, as naive UTC."""
    begins = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return begins.astimezone(dt.UTC).replace(tzinfo=None)


def over_budget_since(moment: dt.datetime) -> int:
    """How many notices were not even queued since then because of a budget."""
    found = Message.select().where(
        Message.state == FAILED, Message.job.is_null(), Message.created_at >= moment
    )
    return int(found.count())
