"""Reading people: the list of users, one user's card, the log of changes, the class's accounts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, plugins
from asurso_core.accounts import people_fields
from asurso_core.accounts import people_rules as rules
from asurso_core.accounts.models import (
    Guardian,
    Person,
    PersonDetail,
    Role,
    User,
    UserRole,
)
from asurso_core.actors import Actor
from asurso_core.audit import AuditEntry
from asurso_core.db import binary_order, contains, rows, russian_order
from asurso_core.errors import Invalid, NotThere
from asurso_core.hookspecs.collect import asurso_audit_kinds
from asurso_core.i18n import gettext as _
from asurso_core.school.models import AcademicYear, ClassMember, SchoolClass
from asurso_core.school.queries import active, led_class_ids
from asurso_core.text import fold

STATES = ("active", "blocked", "archived", "never")
_CLASS = re.compile(r"^(\d{1,2})\s*[- «\"]?([^\d\s\"»]*)[\"»]?$")


@dataclass(frozen=True)
class Filters:
    """What the list of users is narrowed by; nonsense narrows nothing."""

    q: str = ""
    role: str = ""
    class_id: int | None = None
    state: str = ""


# --- classes -----------------------------------------------------------------------------------


def working_year() -> AcademicYear | None:
    """The year people are entered into: the current one, before the first a planned one."""
    query = AcademicYear.select().where(AcademicYear.state.in_(("current", "planned")))
    found: AcademicYear | None = query.order_by(AcademicYear.state, AcademicYear.starts).first()
    return found


def class_choices(actor: Actor, permission: str = "core.classes.view") -> list[tuple[int, str]]:
    """``(id, title)`` of classes of the open year over which the actor has a permission."""
    query = (
        access.visible(actor, permission, SchoolClass.select(SchoolClass))
        .join(AcademicYear)
        .where(AcademicYear.state == "current")
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    return [(row.id, row.title) for row in query]


def class_titles_of(person_ids: list[int], on: dt.date | None = None) -> dict[int, str]:
    """Title of the class each pupil is in on a date; one statement."""
    query = (
        ClassMember.select(ClassMember.pupil, SchoolClass)
        .join(SchoolClass)
        .where(ClassMember.pupil.in_(person_ids), active(ClassMember, on or clock.today()))
    )
    return {row.pupil_id: row.school_class.title for row in query}


def _children_of(person_ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """``{parent: [(child's id, short name)]}``; one statement."""
    found: dict[int, list[tuple[int, str]]] = {}
    query = (
        Guardian.select(Guardian.guardian, Person)
        .join(Person, on=(Person.id == Guardian.pupil))
        .where(Guardian.guardian.in_(person_ids))
        .order_by(binary_order(Person.sort_key))
    )
    for row in query:
        found.setdefault(row.guardian_id, []).append((row.pupil.id, row.pupil.short_name))
    return found


def children_titles_of(person_ids: list[int]) -> dict[int, str]:
    """Children of each parent with their classes: «Абрамов Е. И. (5А)»; two statements."""
    children = _children_of(person_ids)
    titles = class_titles_of([id_ for found in children.values() for id_, _name in found])
    return {
        parent: ", ".join(
            f"{name} ({titles[id_]})" if id_ in titles else name for id_, name in found
        )
        for parent, found in children.items()
    }


def abouts_of(person_ids: list[int]) -> dict[int, str]:
    """The class of each pupil, the children of each parent; two statements."""
    children = _children_of(person_ids)
    everybody = [*person_ids, *(id_ for found in children.values() for id_, _name in found)]
    titles = class_titles_of(everybody)
    told = {
        parent: ", ".join(
            f"{name} ({titles[id_]})" if id_ in titles else name for id_, name in found
        )
        for parent, found in children.items()
    }
    return told | {id_: titles[id_] for id_ in person_ids if id_ in titles}


def role_labels() -> dict[str, str]:
    """``{name: label}`` of all roles, in their own order."""
    return {row.name: row.label for row in Role.select().order_by(Role.id)}


def roles_of(user_ids: list[int]) -> dict[int, list[str]]:
    """Labels of the roles of each account; one statement."""
    found: dict[int, list[str]] = {}
    query = (
        UserRole.select(UserRole.user, Role)
        .join(Role)
        .where(UserRole.user.in_(user_ids))
        .order_by(Role.id)
    )
    for row in query:
        found.setdefault(row.user_id, []).append(row.role.label)
    return found


# --- the list of users -------------------------------------------------------------------------


def users(actor: Actor, filters: Filters) -> pw.ModelSelect[Any]:
    """Accounts with their persons that the actor may see, narrowed, in Russian order."""
    query = User.select(User, Person).join(Person)
    query = access.visible(actor, "core.users.view", query)
    for word in fold(filters.q).split()[:6]:
        query = query.where(_matches(word))
    if filters.role:
        holders = UserRole.select(UserRole.user).join(Role).where(Role.name == filters.role[:40])
        query = query.where(User.id.in_(holders))
    if filters.class_id is not None:
        query = query.where(_of_class(filters.class_id))
    if filters.state == "archived":
        query = query.where(User.state == "archived")
    elif filters.state == "blocked":
        query = query.where(User.state == "blocked")
    elif filters.state == "never":
        query = query.where(User.state == "active", User.last_sign_in_at.is_null())
    elif filters.state == "active":
        query = query.where(User.state == "active")
    else:
        query = query.where(User.state != "archived")
    return query.order_by(binary_order(Person.sort_key), User.id)


def _of_class(class_id: int) -> Any:
    pupils = ClassMember.select(ClassMember.pupil).where(
        ClassMember.school_class == class_id, active(ClassMember, clock.today())
    )
    parents = Guardian.select(Guardian.guardian).where(Guardian.pupil.in_(pupils))
    return Person.id.in_(pupils) | Person.id.in_(parents)


def _matches(word: str) -> Any:
    rule = contains(Person.search_text, word) | contains(User.login_key, word)
    classes = classes_called(word)
    if classes:
        pupils = ClassMember.select(ClassMember.pupil).where(
            ClassMember.school_class.in_(classes), active(ClassMember, clock.today())
        )
        rule |= Person.id.in_(pupils)
    return rule


def classes_called(word: str) -> list[int]:
    """Ids of this year's classes whose title begins with what was typed: «5а», «5»."""
    found = _CLASS.match(word)
    if not found or not 1 <= int(found[1]) <= 12:
        return []
    query = (
        SchoolClass.select(SchoolClass.id, SchoolClass.letter)
        .join(AcademicYear)
        .where(SchoolClass.grade == int(found[1]), AcademicYear.state == "current")
    )
    return [row.id for row in query if fold(row.letter).startswith(fold(found[2]))]


def rows_of(listed: list[Any]) -> list[dict[str, Any]]:
    """What the list shows of accounts: roles, class, children; three statements for any number."""
    ids = [user.id for user in listed]
    people = [user.person_id for user in listed]
    roles = roles_of(ids)
    about = abouts_of(people)
    return [
        {
            "user": user,
            "name": user.person.name,
            "roles": roles.get(user.id, []),
            "about": about.get(user.person_id, ""),
        }
        for user in listed
    ]


# --- one user ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """Everything a user's page shows, already cut to what the actor may see and do."""

    user: User
    person: Person
    detail: PersonDetail | None
    roles: list[tuple[str, str]]
    school_class: str
    children: list[Guardian]
    guardians: list[Guardian]
    accounts: Mapping[int, int]
    sessions: int
    may: frozenset[str] = field(default_factory=frozenset)
    #: How many rights the person has beside the roles, for whoever may see rights.
    own_rights: int = 0
    #: Whether signing in asks for a code, for whoever may take that away.
    factor: bool = False


def user_of(actor: Actor, user_id: int) -> User:
    """An account that the actor may see in the list of users; raises NotThere."""
    query = User.select(User, Person).join(Person).where(User.id == user_id)
    found = access.visible(actor, "core.users.view", query).first() if user_id < 2**31 else None
    if found is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    user: User = found
    return user


_COUNTS = """
    SELECT (SELECT COUNT(*) FROM core_session WHERE user_id = ?),
           (SELECT COUNT(*) FROM core_person_grant WHERE user_id = ? AND until >= ?),
           (SELECT COUNT(*) FROM core_second_factor
             WHERE user_id = ? AND confirmed_at IS NOT NULL)
"""


def card(actor: Actor, user_id: int) -> Card:
    """The page of one user."""
    user = user_of(actor, user_id)
    person = user.person
    audit.read(actor, "core.read_card", f"core.person:{person.id}", [person.id])
    detail = None
    may = _deeds(actor, user)
    if "edit" in may:
        detail = PersonDetail.get_or_none(PersonDetail.person == person.id)
    elif "view_details" not in may:
        detail = (
            PersonDetail.select(PersonDetail.id, PersonDetail.position, PersonDetail.subjects)
            .where(PersonDetail.person == person.id)
            .first()
        )
    parent = Person.alias()
    links = list(
        Guardian.select(Guardian, Person, parent)
        .join(Person, on=Guardian.pupil)
        .switch(Guardian)
        .join(parent, on=Guardian.guardian)
        .where((Guardian.guardian == person.id) | (Guardian.pupil == person.id))
    )
    others = {row.guardian_id for row in links} | {row.pupil_id for row in links}
    links.sort(key=lambda row: (row.pupil.sort_key, row.guardian.sort_key))
    accounts = access.visible(
        actor, "core.users.view", User.select(User.person, User.id).where(User.person.in_(others))
    )
    sessions, own_rights, factors = rows(_COUNTS, [user.id, user.id, clock.today(), user.id])[0]
    mine = UserRole.select(Role.name, Role.label).join(Role).where(UserRole.user == user.id)
    return Card(
        user=user,
        person=person,
        detail=detail,
        roles=[(name, label) for name, label in mine.order_by(Role.id).tuples().execute()],
        school_class=class_titles_of([person.id]).get(person.id, ""),
        children=[row for row in links if row.guardian_id == person.id],
        guardians=[row for row in links if row.pupil_id == person.id],
        accounts=dict(accounts.tuples().execute()),
        sessions=sessions,
        may=may,
        factor="reset" in may and bool(factors),
        own_rights=own_rights if actor.holds("core.access.view") else 0,
    )


def _deeds(actor: Actor, user: User) -> frozenset[str]:
    """Words for what the actor may do with an account: ``edit``, ``reset``, ``account`` …"""
    may = set()
    if user.person_id in rules.sees_particulars(actor, [user.person_id]):
        may.add("edit")
    if rules.may_take(actor, rules.RESET, user):
        may.add("reset")
    if rules.may_take(actor, rules.EDIT, user) and rules.over_school(actor, rules.EDIT):
        may.add("account")
    if actor.holds("core.users.archive") and rules.may_take(actor, "core.users.archive", user):
        may.add("archive")
    if rules.can(actor, rules.FAMILY, user):
        may.add("family")
    if user.id == actor.user_id:
        may.add("self")
    return frozenset(may)


def person_values(person: Person) -> dict[str, Any]:
    """Present values of a person for a form."""
    detail = PersonDetail.get_or_none(PersonDetail.person == person.id)
    return {name: getattr(person, name) for name in people_fields.PERSON_FIELDS} | {
        name: getattr(detail, name) if detail else None for name in people_fields.DETAIL_FIELDS
    }


def person_of(actor: Actor, permission: str, person_id: int) -> Person:
    """A person over whom the actor has a permission; raises NotThere."""
    found: Person = access.find(actor, permission, Person, person_id)
    return found


def guardian_link(actor: Actor, link_id: int) -> Guardian:
    """A link of a parent to a child that the actor may change; raises NotThere."""
    row: Guardian | None = Guardian.get_or_none(Guardian.id == link_id) if link_id < 2**31 else None
    if row is None or not (
        access.can(actor, rules.EDIT, row.pupil) or access.can(actor, rules.FAMILY, row.pupil)
    ):
        raise NotThere(_("There is no such page, or it is not open to you."))
    return row


# --- the class teacher's own class -------------------------------------------------------------


def led_classes(actor: Actor) -> list[tuple[int, str]]:
    """``(id, title)`` of the classes of the open year that the actor leads today."""
    query = (
        SchoolClass.select(SchoolClass)
        .join(AcademicYear)
        .where(SchoolClass.id.in_(led_class_ids(actor.person_id)), AcademicYear.state != "closed")
        .order_by(SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    return [(row.id, row.title) for row in query]


def accounts_of_class(actor: Actor, class_id: int) -> list[dict[str, Any]]:
    """Pupils of a class with their parents: logins, who has not signed in yet, who may be reset.

    One dict an account, each pupil followed by the parents; ``reset`` says whether the actor may
    give it a one-time password.
    """
    if not rules.over_school(actor, "core.users.view"):
        if not access.allowed_ids(actor, "core.users.view", SchoolClass, [class_id]):
            raise NotThere(_("There is no such page, or it is not open to you."))
    listed = ClassMember.select(ClassMember.pupil).where(
        ClassMember.school_class == class_id, active(ClassMember, clock.today())
    )
    pupils = {pupil for (pupil,) in listed.tuples().execute()}
    links = list(
        Guardian.select(Guardian.guardian, Guardian.pupil, Guardian.relation).where(
            Guardian.pupil.in_(pupils)
        )
    )
    parents = {row.guardian_id for row in links}
    query = (
        User.select(User, Person)
        .join(Person)
        .where(Person.id.in_(pupils) | Person.id.in_(parents), User.state != "archived")
    )
    seen = access.visible(actor, "core.users.view", query)
    accounts = {user.person_id: user for user in seen}
    may = _resettable(actor, [user.id for user in accounts.values()])
    of_pupil: dict[int, list[Guardian]] = {}
    for row in links:
        of_pupil.setdefault(row.pupil_id, []).append(row)
    found = []
    for person_id, user in sorted(accounts.items(), key=lambda item: item[1].person.sort_key):
        if person_id not in pupils:
            continue
        found.append({"user": user, "relation": "", "reset": user.id in may})
        for row in of_pupil.get(person_id, []):
            parent = accounts.get(row.guardian_id)
            if parent is not None:
                found.append({"user": parent, "relation": row.relation, "reset": parent.id in may})
    return found


def _resettable(actor: Actor, user_ids: list[int]) -> frozenset[int]:
    """Those of the accounts that the actor may give a one-time password; two statements."""
    allowed = access.allowed_ids(actor, rules.RESET, User, user_ids)
    if not rules.over_school(actor, rules.EDIT):
        staff = UserRole.select(UserRole.user).join(Role).where(UserRole.user.in_(user_ids))
        if rules.over_school(actor, rules.RESET):
            staff = staff.where(Role.name.in_(rules.ruling_roles()))
        else:
            staff = staff.where(Role.side == "staff")
        allowed -= {user_id for (user_id,) in staff.tuples().execute()}
    return allowed


def user_ids_of_class(actor: Actor, class_id: int, who: str) -> list[int]:
    """Accounts of a class for slips: ``who`` is ``pupils``, ``parents`` or anything for both."""
    found = []
    for row in accounts_of_class(actor, class_id):
        is_parent = bool(row["relation"])
        if (
            row["reset"]
            and row["user"].state == "active"
            and (who not in {"pupils", "parents"} or is_parent == (who == "parents"))
        ):
            found.append(row["user"].id)
    return list(dict.fromkeys(found))


# --- the log of changes of users' data (R4.1.13) -----------------------------------------------


@dataclass(frozen=True)
class LogFilters:
    """What the log is narrowed by."""

    person: str = ""
    person_id: int | None = None
    kind: str = ""
    author: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def log_kinds() -> dict[str, Any]:
    """``{name: title}`` of the kinds of entries that speak of users' data."""
    return {
        kind.name: kind.title
        for _plugin, kind in plugins.collect(asurso_audit_kinds)
        if kind.group == "people" or kind.name == "core.password_issued"
    }


def log_entries(actor: Actor, filters: LogFilters) -> pw.ModelSelect[Any]:
    """Entries of «Журнал изменений сведений о пользователях», newest first."""
    access.require_any(actor, "core.log.people")
    query = AuditEntry.select().where(AuditEntry.kind.in_(list(log_kinds())))
    if filters.kind:
        query = query.where(AuditEntry.kind == filters.kind[:64])
    if filters.person_id is not None:
        query = query.where(AuditEntry.person == filters.person_id)
    if filters.person.strip():
        people = Person.select(Person.id)
        for word in fold(filters.person).split()[:6]:
            people = people.where(contains(Person.search_text, word))
        query = query.where(AuditEntry.person.in_(people))
    if filters.author.strip():
        authors = User.select(User.id).join(Person)
        for word in fold(filters.author).split()[:6]:
            authors = authors.where(
                contains(Person.search_text, word) | contains(User.login_key, word)
            )
        query = query.where(AuditEntry.user.in_(authors))
    if filters.since is not None:
        query = query.where(AuditEntry.at >= _start_of(filters.since))
    if filters.until is not None and filters.until < dt.date.max:
        query = query.where(AuditEntry.at < _start_of(filters.until + dt.timedelta(days=1)))
    return query.order_by(AuditEntry.id.desc())


def _start_of(day: dt.date) -> dt.datetime:
    """Midnight of a school day as the naive UTC stamp that columns hold."""
    local = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def log_rows(
    actor: Actor, entries: list[Any], *, reading: str = "core.read_log"
) -> list[dict[str, Any]]:
    """Entries in words: whose data, which field, old and new; two statements for any number.

    Particulars are covered by dots for readers who may not see them of that person (T05).
    """
    kinds = log_kinds()
    roles = role_labels()
    ids = sorted({entry.person for entry in entries if entry.person})
    people = {row.id: row.name for row in Person.select().where(Person.id.in_(ids))}
    open_ = rules.sees_particulars(actor, ids)
    audit.read(actor, reading, "core.log:people", open_)
    return [
        {
            "at": clock.local(entry.at),
            "author": entry.actor_name,
            "address": entry.address,
            "kind": str(kinds.get(entry.kind, entry.kind)),
            "person": people.get(entry.person, ""),
            "person_id": entry.person,
            "reason": entry.reason or "",
            "fields": field_changes(entry, roles, open_details=entry.person in open_),
        }
        for entry in entries
    ]


def field_changes(
    entry: Any, roles: Mapping[str, str], *, open_details: bool
) -> list[tuple[str, str, str]]:
    """Label, old and new of every field of an entry; protected ones are dots unless open."""
    before = entry.before if isinstance(entry.before, dict) else {}
    after = entry.after if isinstance(entry.after, dict) else {}
    found = []
    for name in dict.fromkeys([*before, *after]):
        label = str(people_fields.LABELS.get(name, name))
        old, new = before.get(name), after.get(name)
        if name in people_fields.PROTECTED and not open_details:
            found.append((label, "•••" if old else "", "•••" if new else ""))
            continue
        found.append((label, _in_words(name, old, roles), _in_words(name, new, roles)))
    return found


def _in_words(name: str, value: Any, roles: Mapping[str, str]) -> str:
    if name == "roles" and isinstance(value, list):
        return ", ".join(roles.get(str(item), str(item)) for item in value)
    if name == "state":
        words = {"active": _("active"), "blocked": _("blocked"), "archived": _("in the archive")}
        return words.get(str(value), "")
    return people_fields.shown(name, value)


# --- what views look up ------------------------------------------------------------------------


def class_of_id(actor: Actor, class_id: int | None) -> SchoolClass:
    """A class into which the actor may enter pupils; raises NotThere."""
    found: SchoolClass = access.find(actor, rules.FAMILY, SchoolClass, class_id)
    return found


def user_for(actor: Actor, permission: str, user_id: int) -> User:
    """An account that the actor sees and may take hold of; raises NotThere or Refused."""
    user = user_of(actor, user_id)
    rules.demand_account(actor, permission, user)
    return user


def editable_person(actor: Actor, user_id: int) -> Person:
    """The person behind an account, if the actor may change their data."""
    person: Person = user_of(actor, user_id).person
    rules.demand_particulars(actor, person)
    audit.read(actor, "core.read_card", f"core.person:{person.id}", [person.id])
    return person


def names_of_roles(user: User) -> list[str]:
    """Names of the roles of an account."""
    query = UserRole.select(Role.name).join(Role).where(UserRole.user == user.id)
    return [name for (name,) in query.tuples().execute()]


def person_by_login(actor: Actor, login: str) -> Person:
    """The person with a login, if the actor may find them at all.

    :raises Invalid: there is nobody with this login within the actor's sight.
    """
    found = (
        access.visible(actor, "core.people.search", Person.select(Person))
        .join(User)
        .where(User.login_key == fold(login), User.state != "archived")
        .first()
    )
    if found is None:
        message = _("There is nobody with this login.")
        raise Invalid(message, {"login": [message]})
    person: Person = found
    return person


def account_id_of(person: Person) -> int:
    """The id of a person's account, 0 if there is none."""
    found = User.select(User.id).where(User.person == person.id).tuples().first()
    return int(found[0]) if found else 0
