"""Whom a broadcast reaches: people by their relations of this moment, and by which number (T26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asurso_core import access, audience, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.audience import PARENTS, PUPILS
from asurso_core.db import rows
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass
from asurso_core.text import sort_key
from asurso_sms import texts
from asurso_sms.models import (
    BROADCAST,
    CANCELLED,
    EXPIRED,
    FAILED,
    STOPPED,
    TEXTED,
    UNKNOWN,
    Broadcast,
    Message,
    Phone,
    Recipient,
)
from asurso_sms.permissions import CAST

#: Keys that reach families wherever their children are: the children are looked for.
_WIDE = ("everyone", "person", "role:parent", "role:pupil")
_CHILDREN = """
    SELECT k.guardian_id, m.pupil_id FROM core_guardian k
      JOIN core_class_member m ON m.pupil_id = k.pupil_id
      JOIN core_school_class c ON c.id = m.school_class_id
      JOIN core_academic_year y ON y.id = c.year_id
     WHERE k.may_receive AND y.state = 'current' AND m.since <= ?
       AND (m.until IS NULL OR m.until > ?) AND k.guardian_id IN ?
    UNION
    SELECT m.pupil_id, m.pupil_id FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
      JOIN core_academic_year y ON y.id = c.year_id
     WHERE y.state = 'current' AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
       AND m.pupil_id IN ?
"""
_CLASSES = """
    SELECT m.pupil_id, c.id, c.grade, c.letter FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
      JOIN core_academic_year y ON y.id = c.year_id
     WHERE y.state = 'current' AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
       AND m.pupil_id IN ?
"""
#: Statements with more values than this are asked in portions.
_PORTION = 500


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One message that is to be: to a person, by way of a child if there is one, by a key."""

    person: int
    pupil: int | None
    key: str

    @property
    def part(self) -> audience.Part:
        """The key, taken apart."""
        return audience.parse(self.key)


def is_wide(key: str) -> bool:
    """Whether a key names people, not a place in which their children are."""
    return key in _WIDE or key.startswith("person:")


def is_of_staff(key: str) -> bool:
    """Whether a key reaches nobody as family."""
    return not is_wide(key) and audience.parse(key).who not in {PARENTS, PUPILS}


def reached(author: Actor, keys: Iterable[str], *, per_child: bool) -> list[Reached]:
    """Everybody whom keys reach today, each person once, or once for each child.

    Where people were named and not a place, the children count over whom the author has the
    right; nobody is written to about another one.
    """
    found: dict[tuple[int, int | None], Reached] = {}
    for key in sorted(set(keys)):
        for person, pupil in _pairs(author, key):
            one = (person, pupil if per_child else None)
            if one not in found or (found[one].pupil is None and pupil is not None):
                found[one] = Reached(person=person, pupil=pupil, key=key)
    named = {person for person, pupil in found if pupil is not None}
    # Who is reached for a child and as one of the staff, too, is written to for the child.
    return [one for (person, pupil), one in sorted(
        found.items(), key=lambda item: (item[0][0], item[0][1] or 0)
    ) if pupil is not None or not per_child or person not in named]  # fmt: skip


def _pairs(author: Actor, key: str) -> list[tuple[int, int | None]]:
    pairs = audience.through(key)
    if not is_wide(key):
        return sorted(pairs, key=lambda one: (one[0], one[1] or 0))
    people = [person for person, _none in pairs]
    children = _children_of(people)
    mine = _of_author(author, {pupil for some in children.values() for pupil in some})
    spread: list[tuple[int, int | None]] = []
    for person in people:
        some = sorted(set(children.get(person, ())) & mine)
        spread += [(person, pupil) for pupil in some] if some else [(person, None)]
    return spread


def _of_author(author: Actor, pupils: Iterable[int]) -> frozenset[int]:
    return access.allowed_ids(author, CAST, Person, sorted(pupils))


def _children_of(people: Sequence[int]) -> dict[int, list[int]]:
    """``{guardian: children}`` who are in a class today; a pupil is there for oneself."""
    today, found = clock.today(), dict[int, list[int]]()
    for start in range(0, len(people), _PORTION):
        some = list(people[start : start + _PORTION])
        params = [today, today, some, today, today, some]
        for guardian, pupil in rows(_CHILDREN, params):
            found.setdefault(guardian, []).append(pupil)
    return found


def classes_of(pupils: Iterable[int]) -> dict[int, tuple[int, str]]:
    """``{pupil: (class, its title)}`` of today."""
    today, wanted = clock.today(), sorted(set(pupils))
    found: dict[int, tuple[int, str]] = {}
    for start in range(0, len(wanted), _PORTION):
        some = wanted[start : start + _PORTION]
        for pupil, id_, grade, letter in rows(_CLASSES, [today, today, some]):
            found[pupil] = (id_, SchoolClass(grade=grade, letter=letter).title)
    return found


def people_of(ids: Iterable[int]) -> dict[int, Person]:
    """Persons by id."""
    wanted = sorted(set(ids))
    found: dict[int, Person] = {}
    for start in range(0, len(wanted), _PORTION):
        some = wanted[start : start + _PORTION]
        found |= {row.id: row for row in Person.select().where(Person.id.in_(some))}
    return found


def numbers_of(ids: Iterable[int]) -> dict[int, tuple[str | None, str]]:
    """``{person: (number, "")}``, or ``(None, why not)``: the rule of ``queries.number_for``."""
    wanted = sorted(set(ids))
    found: dict[int, tuple[str | None, str]] = {
        id_: (None, _("This person has no confirmed number.")) for id_ in wanted
    }
    for start in range(0, len(wanted), _PORTION):
        some = wanted[start : start + _PORTION]
        for row in Phone.select().where(Phone.person.in_(some), Phone.number.is_null(False)):
            if row.withdrawn_at is not None:
                why = _("This person has withdrawn the consent to text messages.")
                found[row.person_id] = (None, why)
            elif row.stopped_at is not None:
                found[row.person_id] = (None, _("This person has stopped text messages."))
            else:
                found[row.person_id] = (row.number, "")
    return found


def users_of(ids: Iterable[int]) -> dict[int, int]:
    """``{person: active account}``."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return dict(
        rows(
            "SELECT person_id, id FROM core_user WHERE state = 'active' AND person_id IN ?",
            [wanted],
        )
    )


@dataclass(frozen=True)
class Circle:
    """Recipients of a text with what is needed to write to each; a handful of statements."""

    reached: list[Reached]
    people: Mapping[int, Person] = field(repr=False)
    classes: Mapping[int, tuple[int, str]] = field(repr=False)
    numbers: Mapping[int, tuple[str | None, str]] = field(repr=False)

    def values(self, one: Reached, day: dt.date | None) -> texts.Values:
        """What the plain fields say to one of them."""
        if one.pupil is None:
            who = self.people[one.person]
            name = f"{who.given_name} {who.patronymic or ''}".strip()
            return texts.Values(name=name, title="", day=day)
        title = self.classes.get(one.pupil, (0, ""))[1]
        return texts.Values(name=self.people[one.pupil].given_name, title=title, day=day)

    def school_class(self, one: Reached) -> int | None:
        """The class whose budget pays."""
        if one.pupil is not None:
            return self.classes.get(one.pupil, (None, ""))[0]
        return one.part.number if one.part.kind == "class" else None

    def group(self, one: Reached) -> int | None:
        """The teaching group through which they were reached."""
        return one.part.number if one.part.kind == "group" else None


def circle(author: Actor, keys: Iterable[str], *, per_child: bool) -> Circle:
    """Whom keys reach now, in the order of the children's and then their own names."""
    return around(reached(author, keys, per_child=per_child))


def around(found: list[Reached]) -> Circle:
    """What is needed to write to these."""
    pupils = {one.pupil for one in found if one.pupil is not None}
    persons = {one.person for one in found}
    people = people_of(persons | pupils)
    classes = classes_of(pupils)

    def order(one: Reached) -> tuple[str, str, str, int]:
        child = people[one.pupil].sort_key if one.pupil is not None else ""
        title = classes.get(one.pupil, (0, ""))[1] if one.pupil is not None else ""
        digits = sum(sign.isdigit() for sign in title)  # 5А stands before 10А
        return f"{digits}{sort_key(title)}", child, people[one.person].sort_key, one.person

    return Circle(sorted(found, key=order), people, classes, numbers_of(persons))


# --- asked again, one by one -------------------------------------------------------------------


def is_meant(key: str, person: int, pupil: int | None, *, per_child: bool) -> bool:
    """Whether a key still reaches a person, through this child if the text is about children."""
    pairs = audience.through(key, person=person)
    if not pairs:
        return False
    if pupil is None:
        return True
    if is_wide(key):
        return pupil in _children_of([person]).get(person, ())
    return (person, pupil) in pairs if per_child else True


def still_meant(some: Iterable[Reached], *, per_child: bool) -> set[Reached]:
    """Those of some whom their keys still reach; a statement a key, for named people one each."""
    found, known = set(), dict[str, set[tuple[int, int | None]]]()
    for one in some:
        if is_wide(one.key):
            if is_meant(one.key, one.person, one.pupil, per_child=per_child):
                found.add(one)
            continue
        if one.key not in known:
            known[one.key] = set(audience.through(one.key))
        pairs = known[one.key]
        exact = (one.person, one.pupil) in pairs
        if exact or (not per_child and any(person == one.person for person, _pupil in pairs)):
            found.add(one)
    return found


def why_not(row: Message) -> str:
    """Why a message of a broadcast must not leave any more; empty if it may, or is none (T26)."""
    if row.purpose != BROADCAST or not row.reference.startswith("broadcast:"):
        return ""
    found: Recipient | None = (
        Recipient.select(Recipient, Broadcast)
        .join(Broadcast)
        .where(Recipient.id == int(row.reference.rsplit(":", 1)[1]))
        .first()
    )
    if found is None or found.person_id is None:
        return _("the broadcast is not kept any more")
    if found.broadcast.state in {CANCELLED, STOPPED} and row.repeats_id is None:
        return _("the broadcast was cancelled")
    per_child = texts.is_per_child(texts.names(found.broadcast.text))
    if not is_meant(found.key, found.person_id, found.pupil_id, per_child=per_child):
        return _("the person does not belong to those who were meant any more")
    return ""


def failed_of(broadcast_id: int, *, with_unknown: bool) -> set[tuple[int, int | None]]:
    """``{(person, pupil)}`` whose message did not arrive and was not sent again meanwhile.

    ``with_unknown``: those, too, of whom nobody knows.
    """
    states = [FAILED, EXPIRED, *([UNKNOWN] if with_unknown else [])]
    again = Message.select(Message.repeats).where(Message.repeats.is_null(False))
    query = (
        Recipient.select(Recipient.person, Recipient.pupil)
        .join(Message, on=(Recipient.message == Message.id))
        .where(
            Recipient.broadcast == broadcast_id, Recipient.state == TEXTED,
            Recipient.person.is_null(False), Message.state.in_(states), Message.id.not_in(again),
        )
    )  # fmt: skip
    return {(row.person_id, row.pupil_id) for row in query}
