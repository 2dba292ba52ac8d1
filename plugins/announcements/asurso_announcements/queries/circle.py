"""For whom an announcement is, person by person: who has read it, who has acknowledged it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from asurso_announcements.models import PUBLISHED, Announcement
from asurso_announcements.permissions import EDIT_ALL, WRITE
from asurso_announcements.queries import rule
from asurso_announcements.queries.board import name_of
from asurso_announcements.queries.pages import find, keys_of_row
from asurso_core import access, audience, clock
from asurso_core.accounts import role_labels
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import as_stamp, rows
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _
from asurso_core.text import sort_key

#: What of a circle is shown: everybody, or those who have not read or acknowledged yet.
ALL, MISSING = "all", "missing"


def reach(actor: Actor, keys: Sequence[str]) -> int:
    """How many people keys reach today.

    :raises Invalid: no key at all, or something is not a key.
    :raises Refused: some of them are beyond the actor's right to write.
    """
    audience.check(actor, WRITE, keys)
    return len(audience.members(keys))


@dataclass(frozen=True)
class Member:
    """Somebody for whom it is; ``about`` names the children of a parent."""

    id: int
    name: str
    about: str
    read_at: dt.datetime | None
    acknowledged_at: dt.datetime | None


@dataclass(frozen=True)
class Section:
    """A class, or the staff, with its people and how many of them have read."""

    title: str
    members: list[Member]
    total: int
    read: int
    acknowledged: int


@dataclass(frozen=True)
class Circle:
    """Everybody for whom an announcement is today; figures count each person once."""

    row: Announcement
    sections: list[Section]
    total: int
    read: int
    acknowledged: int
    missing: int  # who have still to read it, or to acknowledge it where that is asked


@dataclass
class _People:
    """What is known of the members: names, places, who has read."""

    names: dict[int, str] = field(default_factory=dict)
    #: class id → title; person → class → names of the children there, none for the pupil itself.
    titles: dict[int, tuple[int, str, str]] = field(default_factory=dict)
    places: dict[int, dict[int, list[str]]] = field(default_factory=dict)
    staff: set[int] = field(default_factory=set)
    read: dict[int, tuple[dt.datetime, dt.datetime | None]] = field(default_factory=dict)


_NAMES = """
    SELECT id, surname, given_name, patronymic FROM core_person WHERE id IN ? ORDER BY sort_key, id
"""
_ON = "m.since <= ? AND (m.until IS NULL OR m.until > ?)"
_PUPILS = f"""
    SELECT m.pupil_id, c.id, c.grade, c.letter FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
     WHERE {_ON} AND m.pupil_id IN ?
"""  # noqa: S608 - our own words
_PARENTS = f"""
    SELECT k.guardian_id, c.id, c.grade, c.letter, p.surname, p.given_name FROM core_guardian k
      JOIN core_class_member m ON m.pupil_id = k.pupil_id
      JOIN core_school_class c ON c.id = m.school_class_id
      JOIN core_person p ON p.id = k.pupil_id
     WHERE k.may_receive AND {_ON} AND k.guardian_id IN ? ORDER BY p.sort_key
"""  # noqa: S608 - our own words
_STAFF = """
    SELECT DISTINCT u.person_id FROM core_user u JOIN core_user_role ur ON ur.user_id = u.id
      JOIN core_role r ON r.id = ur.role_id WHERE r.side = 'staff' AND u.person_id IN ?
"""
_READ = """
    SELECT person_id, read_at, acknowledged_at FROM announcements_reading
     WHERE announcement_id = ? AND edition = ?
"""


def _look_up(row: Announcement, ids: Sequence[int]) -> _People:
    today, wanted, found = clock.today(), list(ids), _People()
    found.names = {one[0]: " ".join(filter(None, one[1:])) for one in rows(_NAMES, [wanted])}
    for person, class_id, grade, letter in rows(_PUPILS, [today, today, wanted]):
        found.titles[class_id] = (grade, sort_key(letter), f"{grade}{letter}")
        found.places.setdefault(person, {}).setdefault(class_id, [])
    for person, class_id, grade, letter, surname, given in rows(_PARENTS, [today, today, wanted]):
        found.titles[class_id] = (grade, sort_key(letter), f"{grade}{letter}")
        children = found.places.setdefault(person, {}).setdefault(class_id, [])
        children.append(f"{surname} {given}")
    found.staff = {person for (person,) in rows(_STAFF, [wanted])}
    for person, read_at, acknowledged_at in rows(_READ, [row.id, row.edition]):
        at = as_stamp(acknowledged_at) if acknowledged_at is not None else None
        found.read[person] = (as_stamp(read_at), at)
    return found


def _sides(keys: Collection[str]) -> tuple[list[str], list[str]]:
    """The keys that reach people as families, and those that reach them at work."""
    family, work = [], []
    sides = {name: FAMILY if name in {"pupil", "parent"} else STAFF for name in role_labels()}
    for key in keys:
        part = audience.parse(key)
        side = STAFF if part.kind == audience.STAFF_KEY or part.who == audience.TEACHERS else None
        if part.kind == "role":
            side = sides.get(part.which, STAFF)
        elif part.who in {audience.PUPILS, audience.PARENTS}:
            side = FAMILY
        if side != STAFF:
            family.append(key)
        if side != FAMILY:
            work.append(key)
    return family, work


def _classes_of(keys: Collection[str]) -> set[int] | None:
    """The classes that keys speak of, or None when they reach further than classes."""
    parts = [audience.parse(key) for key in keys]
    if any(part.kind not in {"class", "group", "parallel"} for part in parts):
        return None
    ids = {part.number for part in parts if part.kind == "class"}
    groups = [part.number for part in parts if part.kind == "group"]
    grades = [part.number for part in parts if part.kind == "parallel"]
    ids |= {
        id_
        for (id_,) in rows(
            "SELECT school_class_id FROM core_group_class WHERE group_id IN ?", [groups]
        )
    }
    return ids | {
        id_
        for (id_,) in rows(
            "SELECT c.id FROM core_school_class c JOIN core_academic_year y ON y.id = c.year_id "
            "WHERE y.state = 'current' AND c.grade IN ?",
            [grades],
        )
    }


def circle(actor: Actor, announcement_id: int, wanted: str = ALL) -> Circle:
    """Who has read an announcement and who has not, by class; for its author and administrators.

    It is for whoever the keys reach today: who has come since is there, who has left is not.

    :raises Refused: the actor may read it, but not see who else has.
    """
    row = find(actor, announcement_id)
    keys = keys_of_row(row)
    if not rule.may_see_readers(actor, row, keys):
        raise Refused(_("Only the author and the administrator see who has read it."))
    family_keys, work_keys = _sides(keys)
    family, work = set(audience.members(family_keys)), set(audience.members(work_keys))
    # The author need not read what he wrote.
    everybody = (family | work) - {row.author_id}
    people = _look_up(row, sorted(everybody))
    narrow = _classes_of(family_keys)

    def is_missing(person: int) -> bool:
        seen = people.read.get(person)
        return seen is None or (row.must_acknowledge and seen[1] is None)

    by_class: dict[int, list[Member]] = {}
    staff, rest = list[Member](), list[Member]()
    for person, name in people.names.items():
        read_at, acknowledged_at = people.read.get(person, (None, None))
        placed = False
        if person in family:
            found = people.places.get(person, {})
            within = {id_ for id_ in found if narrow is None or id_ in narrow} or set(found)
            for class_id in within:
                about = ", ".join(found[class_id])
                member = Member(person, name, about, read_at, acknowledged_at)
                by_class.setdefault(class_id, []).append(member)
                placed = True
        if person in work and (person in people.staff or not placed):
            member = Member(person, name, "", read_at, acknowledged_at)
            (staff if person in people.staff else rest).append(member)
        elif not placed:
            rest.append(Member(person, name, "", read_at, acknowledged_at))
    order = sorted(by_class, key=lambda id_: people.titles[id_])
    groups = [(people.titles[id_][2], by_class[id_]) for id_ in order]
    groups += [(_("Staff"), staff)] if staff else []
    groups += [(_("Others"), rest)] if rest else []
    return Circle(
        row,
        [
            _section(title, found, [one for one in found if wanted == ALL or is_missing(one.id)])
            for title, found in groups
        ],
        len(everybody),
        sum(person in people.read for person in everybody),
        sum(people.read.get(person, (None, None))[1] is not None for person in everybody),
        sum(is_missing(person) for person in everybody),
    )


def _section(title: str, found: list[Member], shown: list[Member]) -> Section:
    return Section(
        title,
        shown,
        len(found),
        sum(one.read_at is not None for one in found),
        sum(one.acknowledged_at is not None for one in found),
    )


def missing_ids(row: Announcement) -> list[int]:
    """Persons who have still to read it, or to acknowledge it where that is asked; as of now."""
    done = {
        person
        for person, _read_at, acknowledged_at in rows(_READ, [row.id, row.edition])
        if acknowledged_at is not None or not row.must_acknowledge
    }
    return sorted(set(audience.members(keys_of_row(row))) - done - {row.author_id})


def sides_of(row: Announcement, people: Collection[int] | None = None) -> tuple[set[int], set[int]]:
    """Whom it reaches today at home and at work: ``(family, staff)``; the author is not among them.

    Whoever is reached on both sides is told at work alone. ``people`` narrows both.
    """
    family_keys, work_keys = _sides(keys_of_row(row))
    work = set(audience.members(work_keys))
    staff = {person for (person,) in rows(_STAFF, [sorted(work)])} if work else set()
    family = set(audience.members(family_keys)) - staff
    if people is not None:
        family, staff = family & set(people), staff & set(people)
    return family - {row.author_id}, staff - {row.author_id}


# --- for the report ------------------------------------------------------------------------------


def _reported(actor: Actor) -> Any:
    """Published announcements of the actor's own, or all for who may edit all."""
    rules = rule.own(actor)
    if actor.holds(EDIT_ALL):
        rules = rule.editable(actor) if rules is False else rules | rule.editable(actor)
    query = Announcement.select().where(
        Announcement.state == PUBLISHED, Announcement.deleted_at.is_null()
    )
    return query.where(rules) if rules is not False else query.where(Announcement.id == 0)


def reportable(actor: Actor, limit: int = 200) -> list[tuple[int, str]]:
    """``(id, title)`` of announcements of whose readers the actor can make a report."""
    query = _reported(actor).order_by(Announcement.appears_at.desc(), Announcement.id.desc())
    return [
        (one.id, f"{clock.local(one.appears_at):%d.%m.%Y} {one.title}")
        for one in query.limit(limit)
    ]


_TALLY = """
    SELECT a.id, a.title, a.appears_at, p.surname, p.given_name, p.patronymic,
           COUNT(r.id), COUNT(r.acknowledged_at)
      FROM announcements_announcement a
      LEFT JOIN core_person p ON p.id = a.author_id
      LEFT JOIN announcements_reading r ON r.announcement_id = a.id AND r.edition = a.edition
     WHERE a.id IN ?
     GROUP BY a.id, a.title, a.appears_at, p.surname, p.given_name, p.patronymic
     ORDER BY a.appears_at DESC, a.id DESC
"""


def tally(actor: Actor) -> list[tuple[int, str, dt.datetime, str, int, int]]:
    """``(id, title, since, author, have read, have acknowledged)`` of the newest of them."""
    access.require_any(actor, WRITE)
    ids = [id_ for id_, _title in reportable(actor)]
    return [
        (one[0], one[1], as_stamp(one[2]), name_of(*one[3:6]), one[6], one[7])
        for one in rows(_TALLY, [ids])
    ]
