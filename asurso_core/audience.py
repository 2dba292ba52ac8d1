"""Whom something is meant for: roles, parallels, classes, teaching groups, single persons.

A part of an audience is a short key: ``everyone``, ``staff``, ``role:teacher``,
``parallel:5:parents``, ``class:17:pupils``, ``group:33:parents``, ``person:7``. Announcements, mail
and text messages keep keys, never lists of names: who is meant is worked out when it is read or
sent, from the relations of that day (T26). One rule tells both whom a key reaches
(:func:`members`) and which keys reach a person (:func:`keys_of`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from asurso_core import access, clock
from asurso_core.accounts import Person, role_labels
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import rows, russian_order
from asurso_core.errors import Invalid, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass, TeachingGroup, class_titles, current_year
from asurso_core.text import sort_key

EVERYONE = "everyone"
STAFF_KEY = "staff"
PUPILS, PARENTS, TEACHERS = "pupils", "parents", "teachers"
_SHAPE = re.compile(
    r"everyone|staff|role:[a-z_]{1,40}|person:[1-9]\d{0,8}"
    r"|(?:parallel:\d{1,2}|class:[1-9]\d{0,8}):(?:pupils|parents|teachers)"
    r"|group:[1-9]\d{0,8}:(?:pupils|parents)"
)


@dataclass(frozen=True)
class Part:
    """One key, taken apart: ``kind`` and, where it has them, an id or name and ``who``."""

    key: str
    kind: str
    which: str = ""
    who: str = ""

    @property
    def number(self) -> int:
        """The id of the class, group or person, or the grade of the parallel."""
        return int(self.which)


def parse(key: str) -> Part:
    """Take a key apart.

    :raises Invalid: it is not a key.
    """
    if not _SHAPE.fullmatch(key):
        raise Invalid(_("There is no such group of people."))
    return Part(key, *key.split(":"))


# --- the relations, each written once ----------------------------------------------------------

_DAYS = "{0}.since <= ? AND ({0}.until IS NULL OR {0}.until > ?)"
#: ``(pupil, kind, number)``: in which class, parallel of the current year and groups a pupil is.
_PLACES = f"""
    SELECT m.pupil_id AS person, 'class' AS kind, m.school_class_id AS number
    FROM core_class_member m WHERE {_DAYS.format("m")}
    UNION ALL SELECT m.pupil_id, 'parallel', c.grade FROM core_class_member m
    JOIN core_school_class c ON c.id = m.school_class_id
    JOIN core_academic_year y ON y.id = c.year_id
    WHERE y.state = 'current' AND {_DAYS.format("m")}
    UNION ALL SELECT m.pupil_id, 'group', gc.group_id FROM core_class_member m
    JOIN core_group_class gc ON gc.school_class_id = m.school_class_id
    JOIN core_teaching_group g ON g.id = gc.group_id WHERE g.part = 0 AND {_DAYS.format("m")}
    UNION ALL SELECT m.pupil_id, 'group', m.group_id FROM core_group_member m
    WHERE {_DAYS.format("m")}
"""  # noqa: S608 - only our own words
#: The same of the pupils' guardians who may receive information.
_FAMILIES = f"""
    SELECT k.guardian_id AS person, pl.kind, pl.number FROM ({_PLACES}) AS pl
    JOIN core_guardian k ON k.pupil_id = pl.person WHERE k.may_receive
"""  # noqa: S608 - only our own words
_WORK = f"""
    SELECT t.teacher_id AS person, gc.school_class_id AS class_id FROM core_group_teacher t
    JOIN core_group_class gc ON gc.group_id = t.group_id
    JOIN core_teaching_group g ON g.id = t.group_id WHERE NOT g.archived AND {_DAYS.format("t")}
    UNION SELECT l.teacher_id, l.school_class_id FROM core_class_teacher l
    WHERE {_DAYS.format("l")}
"""  # noqa: S608 - only our own words
#: The same of those who teach or lead the class.
_STAFFED = f"""
    SELECT w.person, 'class' AS kind, w.class_id AS number FROM ({_WORK}) AS w
    UNION SELECT w.person, 'parallel', c.grade FROM ({_WORK}) AS w
    JOIN core_school_class c ON c.id = w.class_id
    JOIN core_academic_year y ON y.id = c.year_id WHERE y.state = 'current'
"""  # noqa: S608 - only our own words
#: who → the relation and the side on which it counts. Each asks for the day eight times.
_RELATIONS = {PUPILS: (_PLACES, FAMILY), PARENTS: (_FAMILIES, FAMILY), TEACHERS: (_STAFFED, STAFF)}
_ACTIVE = (
    "SELECT u.person_id FROM core_user u JOIN core_person p ON p.id = u.person_id "
    "WHERE u.state = 'active' AND p.archived_at IS NULL"
)
_HOLDS = (
    " AND u.id IN (SELECT ur.user_id FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id "
    "WHERE {} = ?)"
)


# --- whom a key reaches ------------------------------------------------------------------------


def _reached(part: Part, on: dt.date) -> tuple[str, list[Any]]:
    """A statement of person ids for one key, and its parameters."""
    if part.kind == EVERYONE:
        return _ACTIVE, []
    if part.kind == STAFF_KEY:
        return _ACTIVE + _HOLDS.format("r.side"), [STAFF]
    if part.kind == "role":
        return _ACTIVE + _HOLDS.format("r.name"), [part.which]
    if part.kind == "person":
        return f"{_ACTIVE} AND u.person_id = ?", [part.number]
    relation, side = _RELATIONS[part.who]
    placed = f"(SELECT x.person FROM ({relation}) AS x WHERE x.kind = ? AND x.number = ?)"  # noqa: S608 - only our own words
    sql = f"{_ACTIVE}{_HOLDS.format('r.side')} AND u.person_id IN {placed}"
    return sql, [side, *[on] * 8, part.kind, part.number]


def members(keys: Iterable[str], on: dt.date | None = None) -> list[int]:
    """Ids of the persons whom keys reach on a day, each once: those with an active account.

    A guardian who may not receive information about a child is never among the "parents". One
    statement a key.

    :raises Invalid: something is not a key.
    """
    on = on or clock.today()
    found: set[int] = set()
    for part in [parse(key) for key in sorted(set(keys))]:
        found |= {id_ for (id_,) in rows(*_reached(part, on))}
    return sorted(found)


def placed(who: str, on: dt.date | None = None) -> tuple[str, list[Any]]:
    """A statement of ``(person, kind, number)``: in which classes, parallels and groups are those
    who are pupils, parents or teachers there on a day; and its parameters.

    For rules that ask about many places at once; they join :func:`members`'s own condition of
    active accounts themselves.
    """
    relation, _side = _RELATIONS[who]
    return relation, [on or clock.today()] * 8


_THROUGH = f"""
    SELECT DISTINCT k.guardian_id, pl.person FROM ({_PLACES}) AS pl
    JOIN core_guardian k ON k.pupil_id = pl.person WHERE k.may_receive
    AND pl.kind = ? AND pl.number = ? AND k.guardian_id IN
"""  # noqa: S608 - only our own words


def through(
    key: str, on: dt.date | None = None, *, person: int | None = None
) -> list[tuple[int, int | None]]:
    """Whom a key reaches and through which pupil: ``[(person, pupil)]``; the rule of `members`.

    A parent of a place is there once for each child who is in it, a pupil with oneself; where no
    child matters the pupil is None. ``person`` asks for one person only. One statement.

    :raises Invalid: it is not a key.
    """
    part, on = parse(key), on or clock.today()
    sql, params = _reached(part, on)
    if person is not None:
        sql, params = f"{sql} AND u.person_id = ?", [*params, person]
    if part.who == PARENTS:
        params = [*[on] * 8, part.kind, part.number, *params]
        return [(who, pupil) for who, pupil in rows(f"{_THROUGH} ({sql})", params)]
    return [(who, who if part.who == PUPILS else None) for (who,) in rows(sql, params)]


# --- which keys reach a person -----------------------------------------------------------------


def keys_of(actor: Actor, on: dt.date | None = None) -> frozenset[str]:
    """Every key that reaches the actor on a day, on the side on which the actor looks (R3.2).

    One or two statements; the answer is remembered for as long as the actor lives.
    """
    on = on or clock.today()
    if actor.person_id is None:
        return frozenset()
    slot = ("audience", on)
    if slot not in actor.memo:
        keys = {EVERYONE, f"person:{actor.person_id}", *(f"role:{name}" for name in actor.roles)}
        if actor.side == STAFF:
            keys.add(STAFF_KEY)
        for who, (relation, side) in _RELATIONS.items():
            if side == actor.side:
                sql = f"SELECT DISTINCT x.kind, x.number FROM ({relation}) AS x WHERE x.person = ?"  # noqa: S608 - only our own words
                found = rows(sql, [*[on] * 8, actor.person_id])
                keys |= {f"{kind}:{number}:{who}" for kind, number in found}
        actor.memo[slot] = frozenset(keys)
    return cast("frozenset[str]", actor.memo[slot])


# --- words -------------------------------------------------------------------------------------


def titles(keys: Iterable[str]) -> dict[str, str]:
    """Keys in words: ``{"class:17:parents": "parents of 5А"}``; four statements at most.

    What does not exist (any more) is told as such.

    :raises Invalid: something is not a key.
    """
    parts = [parse(key) for key in keys]
    ids: dict[str, list[int]] = {"class": [], "group": [], "person": []}
    for part in parts:
        if part.kind in ids:
            ids[part.kind].append(part.number)
    names: dict[str, dict[int, str]] = {
        "class": _class_names(ids["class"]),
        "group": _group_names(ids["group"]),
        "person": _person_names(ids["person"]),
    }
    roles = role_labels() if any(part.kind == "role" for part in parts) else {}
    return {part.key: _title(part, names, roles) for part in parts}


def _title(part: Part, names: dict[str, dict[int, str]], roles: dict[str, str]) -> str:
    if part.kind == EVERYONE:
        return str(_("the whole school"))
    if part.kind == STAFF_KEY:
        return str(_("all staff"))
    if part.kind == "role":
        return roles.get(part.which, part.which)
    if part.kind == "person":
        return names["person"].get(part.number) or str(_("a person who is no longer here"))
    if part.kind == "parallel":
        place = str(_("grade %(number)s", number=part.which))
    else:
        place = names[part.kind].get(part.number) or str(_("a class that is no longer here"))
    return str(who_of(part.who, place))


def who_of(who: str, place: str) -> str:
    """Pupils, parents or teachers of a place: «родители: 5А»."""
    if who == PUPILS:
        return str(_("pupils: %(place)s", place=place))
    if who == PARENTS:
        return str(_("parents: %(place)s", place=place))
    return str(_("teachers: %(place)s", place=place))


def _class_names(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {row.id: row.title for row in SchoolClass.select().where(SchoolClass.id.in_(ids))}


def _group_names(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    of_class = class_titles(ids)
    return {
        id_: ", ".join(
            word for word in (f"{subject} {of_class.get(id_, '')}".strip(), name) if word
        )
        for id_, subject, name in rows(
            "SELECT g.id, s.name, g.name FROM core_teaching_group g "
            "JOIN core_subject s ON s.id = g.subject_id WHERE g.id IN ?",
            [ids],
        )
    }


def _person_names(ids: list[int]) -> dict[int, str]:
    return {row.id: row.name for row in Person.select().where(Person.id.in_(ids))} if ids else {}


# --- who may address whom ----------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """A key that an actor may choose; ``section`` is school, parallel, class or group."""

    key: str
    label: str
    section: str


def choices(actor: Actor, permission: str) -> list[Choice]:
    """The keys that an actor may address with a permission, in the order of a form.

    The whole school, roles and parallels need the permission over the school; classes and groups
    over that class or group: a right over a group of a class is none over the class. Single
    persons are not listed: there are thousands.
    """
    year = current_year()
    if year is None or not actor.holds(permission):
        return []
    found = []
    everywhere = _everywhere(actor, permission)
    classes = list(
        access.visible(
            _of_classes(actor, permission),
            permission,
            SchoolClass.select().where(SchoolClass.year == year),
        ).order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    if everywhere:
        wide = [EVERYONE, STAFF_KEY, *(f"role:{name}" for name in role_labels())]
        found += [Choice(key, label, "school") for key, label in titles(wide).items()]
        grades = sorted({row.grade for row in classes})
        wide = [
            f"parallel:{grade}:{who}" for grade in grades for who in (PUPILS, PARENTS, TEACHERS)
        ]
        found += [Choice(key, label, "parallel") for key, label in titles(wide).items()]
    found += [
        Choice(f"class:{row.id}:{who}", who_of(who, row.title), "class")
        for row in classes
        for who in _RELATIONS
    ]
    groups = [
        row.id
        for row in access.visible(
            actor,
            permission,
            TeachingGroup.select().where(TeachingGroup.year == year, ~TeachingGroup.archived),
        )
    ]
    names = sorted(_group_names(groups).items(), key=lambda pair: sort_key(pair[1]))
    found += [
        Choice(f"group:{id_}:{who}", who_of(who, name), "group")
        for id_, name in names
        for who in (PUPILS, PARENTS)
    ]
    return found


def _everywhere(actor: Actor, permission: str) -> bool:
    return actor.is_system or "school" in actor.grants.get(permission, ())


def _of_classes(actor: Actor, permission: str) -> Actor:
    """The actor without the scopes of teaching groups.

    Classes are seen by whoever teaches a group of theirs, but who teaches a half of a class speaks
    to that half (R4.3.12): to the class speaks its class teacher.
    """
    known = access.scopes()
    kept = frozenset(
        name
        for name in actor.grants.get(permission, ())
        if name in known and known[name].anchor != "group"
    )
    return replace(actor, grants={**actor.grants, permission: kept})


def check(actor: Actor, permission: str, keys: Sequence[str]) -> None:
    """Whether an actor may address all these keys with a permission; the rule of :func:`choices`.

    A single person may be addressed by whoever has the permission over that person.

    :raises Invalid: there is no key at all, or something is not a key.
    :raises Refused: one of them is beyond the actor's rights.
    """
    if not keys:
        raise Invalid(_("Choose for whom it is."))
    parts = [parse(key) for key in keys]
    if _everywhere(actor, permission):
        return
    beyond = any(part.kind in {EVERYONE, STAFF_KEY, "role", "parallel"} for part in parts)
    for kind, model in (("class", SchoolClass), ("group", TeachingGroup), ("person", Person)):
        wanted = {part.number for part in parts if part.kind == kind}
        speaker = _of_classes(actor, permission) if model is SchoolClass else actor
        beyond = beyond or bool(wanted - access.allowed_ids(speaker, permission, model, wanted))
    if beyond:
        raise Refused(_("You may not write to some of these people."))
