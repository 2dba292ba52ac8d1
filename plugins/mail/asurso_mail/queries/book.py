"""The address book: whom somebody may write to. One rule for the groups, the search and sending.

An address is a person on one side of their life, ``staff:7`` or ``family:7``: whoever writes to a
teacher does not write to the parent that the teacher also is (R3.2). :func:`reach` is the rule: a
statement of addresses, worked out from the relations of the day (T26). Groups, the search and
:func:`allowed` all ask it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from asurso_core import access, audience, clock
from asurso_core.accounts import Role, role_labels
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import rows
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass, Subject, TeachingGroup, class_titles, current_year
from asurso_core.text import fold, sort_key
from asurso_mail import policy
from asurso_mail.permissions import BROADCAST, FAMILIES, USE

#: A person and the side they are written to.
Address = tuple[int, str]
_TOKEN = re.compile(r"(staff|family):([1-9]\d{0,8})")
#: The most people that a list of the book shows.
MOST_SHOWN = 500
#: Groups that are not keys of :mod:`asurso_core.audience`.
TEACHERS, OFFICE = "teachers", "office"


def token(address: Address) -> str:
    """An address as forms carry it."""
    return f"{address[1]}:{address[0]}"


def addresses(tokens: Iterable[str]) -> list[Address]:
    """The addresses behind tokens, each once, in their order; nonsense is left out."""
    found = [_TOKEN.fullmatch(one) for one in tokens]
    return list(dict.fromkeys((int(one[2]), one[1]) for one in found if one))


# --- the rule ----------------------------------------------------------------------------------

#: Everybody who has a mailbox: an active account, on a side where mail is open to it.
_BOXES = f"""
    SELECT u.person_id AS person, r.side AS side
      FROM core_user u
      JOIN core_person p ON p.id = u.person_id AND p.archived_at IS NULL
      JOIN core_user_role ur ON ur.user_id = u.id
      JOIN core_role r ON r.id = ur.role_id
      JOIN core_grant g ON g.role_id = r.id AND g.permission = '{USE}'
     WHERE u.state = 'active'
     UNION
    SELECT u.person_id, pg.side
      FROM core_user u
      JOIN core_person p ON p.id = u.person_id AND p.archived_at IS NULL
      JOIN core_person_grant pg ON pg.user_id = u.id AND pg.permission = '{USE}' AND pg.until >= ?
     WHERE u.state = 'active'
"""  # noqa: S608 - only our own words
_OF_ROLES = """
    SELECT u.person_id FROM core_user u JOIN core_user_role ur ON ur.user_id = u.id
      JOIN core_role r ON r.id = ur.role_id WHERE r.name IN ?
"""
_TAUGHT_BY = """
    SELECT t.teacher_id FROM core_group_teacher t
      JOIN core_teaching_group g ON g.id = t.group_id AND NOT g.archived
     WHERE t.group_id IN ? AND t.since <= ? AND (t.until IS NULL OR t.until > ?)
"""
_LED_BY = """
    SELECT l.teacher_id FROM core_class_teacher l
     WHERE l.school_class_id IN ? AND l.since <= ? AND (l.until IS NULL OR l.until > ?)
"""
_NOBODY: tuple[str, list[Any]] = ("SELECT id FROM core_person WHERE 1 = 0", [])


def reach(actor: Actor) -> tuple[str, list[Any]]:
    """The statement of ``(person, side)`` to whom the actor may write, and its parameters.

    Staff write to all staff, and to pupils and parents within their right. A pupil writes to the
    own class (a rule of the school), own teachers and class teachers, and those whom the school
    opens to everybody; a parent to the teachers and class teachers of the own children, and to
    parents of their classes only if the school says so. Nobody writes to themselves.
    """
    staff, staff_params = _staff(actor)
    family, family_params = _families(actor)
    sql = (
        f"SELECT b.person, b.side FROM ({_BOXES}) AS b WHERE b.person <> ? AND ("  # noqa: S608
        f"(b.side = '{STAFF}' AND {staff}) OR (b.side = '{FAMILY}' AND {family}))"
    )
    return sql, [clock.today(), actor.person_id or 0, *staff_params, *family_params]


def _in(statement: tuple[str, list[Any]]) -> tuple[str, list[Any]]:
    return f"b.person IN ({statement[0]})", statement[1]


def _staff(actor: Actor) -> tuple[str, list[Any]]:
    """The condition for those who are written to as staff."""
    if actor.side == STAFF:
        return "1 = 1", []
    today = clock.today()
    classes, groups = _places(actor)
    sql = f"{_OF_ROLES} UNION {_TAUGHT_BY} UNION {_LED_BY}"
    params = [_public_roles(), groups or [0], today, today, classes or [0], today, today]
    return _in((sql, params))


def _public_roles() -> list[str]:
    return [str(one) for one in policy.rule("public_roles")] or [""]


def _families(actor: Actor) -> tuple[str, list[Any]]:
    """The condition for those who are written to as pupils and parents."""
    if actor.side == STAFF:
        return _families_of_staff(actor)
    parts: list[tuple[str, list[Any]]] = []
    for role, who, rule in (
        ("pupil", audience.PUPILS, "pupils_to_pupils"),
        ("parent", audience.PARENTS, "parents_to_parents"),
    ):
        if role in actor.roles and policy.rule(rule):
            classes = _numbers(actor, "class", who)
            parts.append(_placed(who, "class", classes))
    return _in(_united(parts))


def _families_of_staff(actor: Actor) -> tuple[str, list[Any]]:
    scopes = actor.grants.get(FAMILIES, frozenset())
    if actor.is_system or "school" in scopes:
        return "1 = 1", []
    parts = []
    for kind, ids in places_in_right(actor, FAMILIES).items():
        parts += [_placed(who, kind, sorted(ids)) for who in (audience.PUPILS, audience.PARENTS)]
    return _in(_united(parts))


def places_in_right(actor: Actor, permission: str) -> dict[str, set[int]]:
    """Classes and groups over which the actor has a right: a whole class only as its leader.

    ``own_group`` over a class would give all of it to whoever teaches a subgroup.
    """
    slot = ("mail.places", permission)
    if slot not in actor.memo:
        actor.memo[slot] = _places_in_right(actor, permission)
    return cast("dict[str, set[int]]", actor.memo[slot])


def _places_in_right(actor: Actor, permission: str) -> dict[str, set[int]]:
    scopes = actor.grants.get(permission, frozenset())
    year = current_year()
    if year is None:
        return {}
    found: dict[str, set[int]] = {}
    for kind, model, left_out in (
        ("class", SchoolClass, "own_group"),
        ("group", TeachingGroup, "own_class"),
    ):
        narrow = replace(actor, grants={permission: scopes - {left_out}}, memo={})
        query = access.visible(narrow, permission, model.select(model.id))
        found[kind] = {row.id for row in query.where(model.year == year)}
    return found


def _placed(who: str, kind: str, numbers: list[int]) -> tuple[str, list[Any]]:
    relation, params = audience.placed(who)
    return (
        f"SELECT x.person FROM ({relation}) AS x WHERE x.kind = '{kind}' AND x.number IN ?",  # noqa: S608
        [*params, numbers or [0]],
    )


def _united(parts: list[tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
    if not parts:
        return _NOBODY
    return " UNION ".join(sql for sql, _params in parts), [one for _s, ps in parts for one in ps]


def _numbers(actor: Actor, kind: str, who: str) -> list[int]:
    parts = [audience.parse(key) for key in audience.keys_of(actor)]
    return sorted({part.number for part in parts if part.kind == kind and part.who == who})


def _places(actor: Actor) -> tuple[list[int], list[int]]:
    """Classes and teaching groups of a pupil, or of a parent's children."""
    found: dict[str, set[int]] = {"class": set(), "group": set()}
    for kind, ids in found.items():
        for who in (audience.PUPILS, audience.PARENTS):
            ids.update(_numbers(actor, kind, who))
    return sorted(found["class"]), sorted(found["group"])


def allowed(actor: Actor, wanted: Collection[Address]) -> frozenset[Address]:
    """Those of the addresses to which the actor may write a letter of their own."""
    if not wanted:
        return frozenset()
    sql, params = reach(actor)
    ids = sorted({person for person, _side in wanted})
    found = rows(f"SELECT m.person, m.side FROM ({sql}) AS m WHERE m.person IN ?", [*params, ids])  # noqa: S608
    return frozenset((person, side) for person, side in found) & frozenset(wanted)


def boxes(ids: Collection[int] | None = None) -> dict[int, set[str]]:
    """The sides on which persons have a mailbox today: those asked about, or everybody."""
    params: list[Any] = [clock.today()]
    sql = f"SELECT b.person, b.side FROM ({_BOXES}) AS b"  # noqa: S608
    if ids is not None:
        sql, params = f"{sql} WHERE b.person IN ?", [*params, sorted(ids) or [0]]
    found: dict[int, set[str]] = {}
    for person, side in rows(sql, params):
        found.setdefault(person, set()).add(side)
    return found


# --- people in words ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Contact:
    """Somebody in the book: who they are in words, as far as the reader may know."""

    address: Address
    name: str
    about: str

    @property
    def token(self) -> str:
        """The address as forms carry it."""
        return token(self.address)


def _listed(
    actor: Actor, condition: str = "1 = 1", params: Iterable[Any] = (), limit: int = MOST_SHOWN
) -> list[Contact]:
    """Those whom the actor may write to and who fit a condition over ``m`` and ``p``, by name."""
    sql, reached = reach(actor)
    found = rows(
        f"SELECT m.person, m.side, p.surname, p.given_name, p.patronymic FROM ({sql}) AS m "  # noqa: S608
        f"JOIN core_person p ON p.id = m.person WHERE {condition} "
        "ORDER BY p.sort_key, m.person, m.side LIMIT ?",
        [*reached, *params, limit],
    )
    about = _about(actor, [(row[0], row[1]) for row in found])
    contacts = [
        Contact((id_, side), " ".join(part for part in name if part), about.get((id_, side), ""))
        for id_, side, *name in found
    ]
    return sorted(contacts, key=lambda one: sort_key(one.name))


def known(actor: Actor, wanted: Collection[Address]) -> list[Contact]:
    """Those of the addresses that the actor may write to, in words."""
    may = allowed(actor, wanted)
    if not may:
        return []
    found = {
        one.address: one
        for one in _listed(actor, "m.person IN ?", [sorted({person for person, _side in may})])
    }
    return [found[one] for one in wanted if one in found and one in may]


def names(wanted: Collection[Address]) -> dict[Address, str]:
    """Short names of addresses, whoever asks: for words about letters that were sent."""
    found = rows(
        "SELECT id, surname, given_name, patronymic FROM core_person WHERE id IN ?",
        [sorted({person for person, _side in wanted}) or [0]],
    )
    short = {id_: short_name(*name) for id_, *name in found}
    return {one: short[one[0]] for one in wanted if one[0] in short}


def short_name(surname: str | None, given: str | None, patronymic: str | None) -> str:
    """Surname and initials; words for a person whose data were erased."""
    if surname is None:
        return str(_("deleted user"))
    initials = [f"{part[0]}." for part in (given, patronymic) if part]
    return " ".join([surname, *initials])


_CLASSES_OF = """
    SELECT m.pupil_id, c.grade, c.letter FROM core_class_member m
      JOIN core_school_class c ON c.id = m.school_class_id
     WHERE m.pupil_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""
_CHILDREN_OF = """
    SELECT k.guardian_id, p.surname, p.given_name, c.id, c.grade, c.letter FROM core_guardian k
      JOIN core_person p ON p.id = k.pupil_id
      JOIN core_class_member m ON m.pupil_id = k.pupil_id
      JOIN core_school_class c ON c.id = m.school_class_id
     WHERE k.guardian_id IN ? AND k.may_receive
       AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
     ORDER BY c.grade, p.sort_key
"""
_WORK_OF = """
    SELECT u.person_id, r.name, d.position FROM core_user u
      JOIN core_user_role ur ON ur.user_id = u.id
      JOIN core_role r ON r.id = ur.role_id AND r.side = 'staff'
      LEFT JOIN core_person_detail d ON d.person_id = u.person_id
     WHERE u.person_id IN ? ORDER BY r.id
"""
_LESSONS_OF = """
    SELECT t.teacher_id, s.name, t.group_id, 0 FROM core_group_teacher t
      JOIN core_teaching_group g ON g.id = t.group_id AND NOT g.archived
      JOIN core_subject s ON s.id = g.subject_id
     WHERE t.teacher_id IN ? AND t.group_id IN ? AND t.since <= ?
       AND (t.until IS NULL OR t.until > ?)
     UNION ALL
    SELECT l.teacher_id, '', 0, l.school_class_id FROM core_class_teacher l
     WHERE l.teacher_id IN ? AND l.school_class_id IN ? AND l.since <= ?
       AND (l.until IS NULL OR l.until > ?)
"""


def _about(actor: Actor, wanted: list[Address]) -> dict[Address, str]:
    """Who people are to the reader: subjects of the own child, class, children, post."""
    told: dict[Address, list[str]] = {}
    today = clock.today()
    staff = sorted({id_ for id_, side in wanted if side == STAFF})
    family = sorted({id_ for id_, side in wanted if side == FAMILY})
    if staff and actor.side == FAMILY:
        _tell_lessons(actor, staff, told)
    if staff:
        labels = role_labels()
        for id_, role, position in rows(_WORK_OF, [staff]):
            words = told.setdefault((id_, STAFF), [])
            # A teacher of the own child is told by the subjects.
            if role == "teacher" and words:
                continue
            text = position or labels.get(role, role)
            if text not in words:
                words.append(text)
    if family:
        for id_, grade, letter in rows(_CLASSES_OF, [family, today, today]):
            title = SchoolClass(grade=grade, letter=letter).title
            told.setdefault((id_, FAMILY), []).append(_("pupil, %(title)s", title=title))
        own = set(_places(actor)[0])
        for id_, surname, given, class_id, grade, letter in rows(
            _CHILDREN_OF, [family, today, today]
        ):
            if actor.side == FAMILY and class_id not in own:
                continue  # a brother or sister in another class is nobody's business
            title = SchoolClass(grade=grade, letter=letter).title
            # Whose parent somebody is stands in the staff's lists; other families know the class.
            child = f"{surname} {given}, {title}" if actor.side == STAFF else title
            text = _("parent: %(child)s", child=child)
            words = told.setdefault((id_, FAMILY), [])
            if text not in words:
                words.append(text)
    return {address: "; ".join(words) for address, words in told.items()}


def _tell_lessons(actor: Actor, staff: list[int], told: dict[Address, list[str]]) -> None:
    """What teachers give to the reader's own child, and which class of theirs they lead."""
    today = clock.today()
    classes, groups = _places(actor)
    found = rows(
        _LESSONS_OF,
        [staff, groups or [0], today, today, staff, classes or [0], today, today],
    )
    led = {
        row.id: row.title for row in SchoolClass.select().where(SchoolClass.id.in_(classes or [0]))
    }
    of_group = class_titles(groups)
    taught: dict[int, dict[str, set[str]]] = {}
    for teacher, subject, group, class_id in found:
        if class_id:
            text = _("class teacher of %(title)s", title=led.get(class_id, ""))
            told.setdefault((teacher, STAFF), []).insert(0, text)
        else:
            taught.setdefault(teacher, {}).setdefault(subject, set()).add(of_group.get(group, ""))
    for teacher, subjects in taught.items():
        told.setdefault((teacher, STAFF), []).extend(
            f"{subject} ({', '.join(sorted(titles))})"
            for subject, titles in sorted(subjects.items())
        )


# --- groups and the search ---------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """A group of the book."""

    key: str
    label: str
    section: str  # staff, pupils, parents


def groups(actor: Actor) -> list[Group]:
    """The groups of the book: staff by role, pupils and parents by class; own teachers."""
    if actor.side == FAMILY:
        found = [
            Group(TEACHERS, _("Teachers of the child") if "parent" in actor.roles
                  else _("My teachers"), STAFF),
            Group(OFFICE, _("Administration and specialists"), STAFF),
        ]  # fmt: skip
        wanted = []
        if "pupil" in actor.roles and policy.rule("pupils_to_pupils"):
            wanted += [(number, audience.PUPILS) for number in _numbers(actor, "class", "pupils")]
        if "parent" in actor.roles and policy.rule("parents_to_parents"):
            wanted += [(number, audience.PARENTS) for number in _numbers(actor, "class", "parents")]
        titles = audience.titles(f"class:{number}:{who}" for number, who in wanted)
        return found + [Group(key, label, FAMILY) for key, label in titles.items()]
    roles = Role.select().where(Role.side == STAFF).order_by(Role.id)
    found = [Group(f"role:{row.name}", row.label, STAFF) for row in roles]
    for choice in _class_choices(actor, FAMILIES):
        part = audience.parse(choice.key)
        if part.who in {audience.PUPILS, audience.PARENTS}:
            found.append(Group(choice.key, choice.label, part.who))
    return found


def _class_choices(actor: Actor, permission: str) -> list[audience.Choice]:
    """Classes and groups that the actor may address, a whole class only by a right over it."""
    return [
        one
        for one in audience.choices(actor, permission)
        if one.section in {"class", "group"} and _within(actor, permission, one.key)
    ]


def _within(actor: Actor, permission: str, key: str) -> bool:
    part = audience.parse(key)
    return part.number in places_in_right(actor, permission).get(part.kind, set())


def people(actor: Actor, key: str) -> list[Contact]:
    """The people of a group whom the actor may write to; an unknown or foreign group is empty."""
    today = clock.today()
    if key == OFFICE:
        return _listed(actor, f"m.side = '{STAFF}' AND m.person IN ({_OF_ROLES})",
                       [_public_roles()])  # fmt: skip
    if key == TEACHERS:
        classes, taught = _places(actor)
        return _listed(
            actor, f"m.side = '{STAFF}' AND m.person IN ({_TAUGHT_BY} UNION {_LED_BY})",
            [taught or [0], today, today, classes or [0], today, today],
        )  # fmt: skip
    if key not in {one.key for one in groups(actor)}:
        return []
    side = side_of(key) or STAFF
    ids = audience.members([key])
    return _listed(actor, "m.side = ? AND m.person IN ?", [side, ids or [0]])


def search(actor: Actor, text: str, limit: int = 20) -> list[Contact]:
    """People of the book who fit every word: a name, a subject, a class, the name of a child.

    A parent who types «матем» finds the teachers of mathematics of the own children.
    """
    words = fold(text.replace("\x00", " ")[:100]).split()[:5]
    if not words:
        return []
    if actor.side == FAMILY:
        # A family's book is short: who people are to it is searched as it is shown.
        book = [one for one in _listed(actor) if _fits(f"{one.name} {one.about}", words)]
        return book[:limit]
    conditions, params = [], []
    for word in words:
        sql, more = _matches(word)
        conditions.append(f"({sql})")
        params += more
    return _listed(actor, " AND ".join(conditions), params, limit)


def _fits(said: str, words: list[str]) -> bool:
    parts = re.findall(r"[^\W_]+", fold(said))
    return all(any(part.startswith(word) for part in parts) for word in words)


_STARTS = "({0} LIKE ? ESCAPE '\\' OR {0} LIKE ? ESCAPE '\\')"


_PARENTS_OF_CALLED = f"""
    SELECT k.guardian_id FROM core_guardian k JOIN core_person c ON c.id = k.pupil_id
     WHERE k.may_receive AND {_STARTS.format("c.search_text")}
"""  # noqa: S608 - only our own words


def _matches(word: str) -> tuple[str, list[Any]]:
    """The condition that a word says who somebody is, as the staff look for people."""
    safe = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    start = [f"{safe}%", f"% {safe}%"]
    parts = [_STARTS.format("p.search_text")]
    params: list[Any] = [*start]
    parts.append(f"(m.side = 'family' AND m.person IN ({_PARENTS_OF_CALLED}))")
    params += start
    subjects = [row.id for row in Subject.select() if _fits(row.name, [word])]
    if subjects:
        parts.append(
            "(m.side = 'staff' AND m.person IN (SELECT t.teacher_id FROM core_group_teacher t "
            "JOIN core_teaching_group g ON g.id = t.group_id AND NOT g.archived "
            "WHERE g.subject_id IN ? AND t.since <= ? AND (t.until IS NULL OR t.until > ?)))"
        )
        params += [subjects, clock.today(), clock.today()]
    classes = _classes_called(word)
    if classes:
        pupils, parents = (
            _placed(who, "class", classes) for who in (audience.PUPILS, audience.PARENTS)
        )
        parts.append(f"(m.side = 'family' AND m.person IN ({pupils[0]} UNION {parents[0]}))")
        params += [*pupils[1], *parents[1]]
    return " OR ".join(parts), params


def _classes_called(word: str) -> list[int]:
    if not word[0].isdigit():
        return []
    query = SchoolClass.select().where(SchoolClass.year == current_year())
    return [row.id for row in query if fold(row.title).replace(" ", "") == word]


# --- broadcasts --------------------------------------------------------------------------------


def broadcast_choices(actor: Actor) -> list[audience.Choice]:
    """The keys that the actor may address with a letter to groups, in the order of the form."""
    wide = [
        one for one in audience.choices(actor, BROADCAST) if one.section in {"school", "parallel"}
    ]
    return wide + _class_choices(actor, BROADCAST)


def side_of(key: str, roles: Mapping[str, str] | None = None) -> str | None:
    """On which side those whom a key reaches are written to; None for the whole school."""
    part = audience.parse(key)
    if part.kind == "everyone":
        return None
    if part.kind == "role":
        known_roles = roles if roles is not None else role_sides()
        return known_roles.get(part.which, STAFF)
    if part.kind == "staff" or part.who == audience.TEACHERS:
        return STAFF
    return FAMILY


def role_sides() -> dict[str, str]:
    """Role → its side."""
    return {row.name: row.side for row in Role.select()}


def broadcast_members(actor: Actor, keys: Collection[str]) -> list[Address]:
    """The addresses that keys reach today, each once, without the actor's own on this side.

    The whole school is written to once a person: on the staff's side where there is one.
    """
    has = boxes()
    sides = role_sides()
    found: set[Address] = set()
    for key in sorted(set(keys)):
        wanted = side_of(key, sides)
        for person in audience.members([key]):
            open_sides = has.get(person, set())
            side = wanted or (STAFF if STAFF in open_sides else FAMILY)
            if side in open_sides:
                found.add((person, side))
    found.discard((actor.person_id or 0, actor.side))
    return sorted(found)


__all__ = [
    "Address",
    "Contact",
    "Group",
    "addresses",
    "allowed",
    "boxes",
    "broadcast_choices",
    "broadcast_members",
    "groups",
    "known",
    "names",
    "people",
    "reach",
    "search",
    "short_name",
    "token",
]
