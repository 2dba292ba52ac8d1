"""Rows of people and accounts as they are written: recorded and announced, with no rights asked.

Only :mod:`people_services` and :mod:`importing` call this, after they have asked access; keeping
the writing in one place keeps forms and imports alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any

from asurso_core import audit, clock, plugins
from asurso_core.accounts import logins, sessions
from asurso_core.accounts.models import (
    Guardian,
    Person,
    PersonDetail,
    Role,
    User,
    UserRole,
)
from asurso_core.accounts.people_fields import DETAIL_FIELDS, PERSON_FIELDS
from asurso_core.actors import Actor
from asurso_core.errors import Conflict, Invalid
from asurso_core.hookspecs.announce import (
    asurso_pupil_enrolled,
    asurso_roles_changed,
    asurso_user_created,
    asurso_user_updated,
)
from asurso_core.i18n import gettext as _
from asurso_core.school.models import ClassMember, SchoolClass
from asurso_core.text import fold


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the log keeps them: dates as ISO text."""
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in values.items()
    }


def new_person(actor: Actor, values: Mapping[str, Any]) -> Person:
    """Write a person and their particulars."""
    person = Person(**{name: values.get(name) for name in PERSON_FIELDS})
    person.refresh_keys()
    person.save()
    details = {name: values[name] for name in DETAIL_FIELDS if values.get(name)}
    if details:
        PersonDetail.insert(person=person.id, **details).execute()
    known = {name: person.__data__[name] for name in PERSON_FIELDS if person.__data__[name]}
    audit.record(
        actor,
        "core.person_created",
        f"core.person:{person.id}",
        after=plain({**known, **details}),
        person=person.id,
        topic=None,
    )
    return person


_NAMES = frozenset({"surname", "given_name", "patronymic"})


def change_person(
    actor: Actor, person: Person, values: Mapping[str, Any], *, version: int | None = None
) -> dict[str, tuple[Any, Any]]:
    """Write those of the values that differ; returns ``{field: (old, new)}``.

    :raises Conflict: somebody changed the person after ``version`` was shown.
    """
    detail = PersonDetail.get_or_none(PersonDetail.person == person.id)
    before = {name: getattr(person, name) for name in PERSON_FIELDS}
    before |= {name: getattr(detail, name) if detail else None for name in DETAIL_FIELDS}
    changes = {
        name: (before[name], value or None)
        for name, value in values.items()
        if name in before and (value or None) != before[name]
    }
    if version is not None and version != person.version:
        raise Conflict(
            _("Somebody else has changed these data. Look at what is there now and save again."),
            values={name: before[name] for name in changes},
        )
    if not changes:
        return {}
    for name in PERSON_FIELDS:
        if name in changes:
            setattr(person, name, changes[name][1])
    person.refresh_keys()
    own = {name: getattr(person, name) for name in (*PERSON_FIELDS, "sort_key", "search_text")}
    written = (
        Person.update(**own, version=Person.version + 1)
        .where(Person.id == person.id, Person.version == person.version)
        .execute()
    )
    if not written:
        raise Conflict(
            _("Somebody else has changed these data. Look at what is there now and save again.")
        )
    person.version += 1
    details = {name: new for name, (_old, new) in changes.items() if name in DETAIL_FIELDS}
    if details and detail is not None:
        PersonDetail.update(**details).where(PersonDetail.id == detail.id).execute()
    elif details:
        PersonDetail.insert(person=person.id, **details).execute()
    audit.record(
        actor,
        "core.person_changed",
        f"core.person:{person.id}",
        before=plain({name: old for name, (old, _new) in changes.items()}),
        after=plain({name: new for name, (_old, new) in changes.items()}),
        person=person.id,
        # Names stand on every page with lists of people; the other data on the person's own only.
        topic="school" if _NAMES & changes.keys() else None,
    )
    user = User.get_or_none(User.person == person.id)
    if user is not None:
        plugins.announce(asurso_user_updated, user=user, changes=changes, actor=actor)
    return changes


def new_user(
    actor: Actor,
    person: Person,
    roles: Iterable[str],
    login: str | None = None,
    *,
    taken: Container[str] | None = None,
) -> User:
    """Write an account without a password; ``taken`` spares asking for the logins in use."""
    if login:
        login = logins.checked(login)
        if fold(login) in taken if taken is not None else logins.taken(login):
            raise Invalid(
                _("This login is taken already."), {"login": [_("This login is taken already.")]}
            )
    else:
        login = logins.free(person, taken)
    user: User = User.create(
        person=person, login=login, login_key=fold(login), created_at=clock.stamp()
    )
    names = sorted(set(roles))
    for role in Role.select().where(Role.name.in_(names)):
        UserRole.insert(user=user.id, role=role.id).execute()
    audit.record(
        actor,
        "core.user_created",
        f"core.user:{user.id}",
        after={"login": login, "roles": names},
        person=person.id,
        topic=None,
    )
    plugins.announce(asurso_user_created, user=user, actor=actor)
    return user


def role_names(user: User) -> set[str]:
    """Names of the roles of an account."""
    query = UserRole.select(Role.name).join(Role).where(UserRole.user == user.id)
    return {name for (name,) in query.tuples().execute()}


def change_roles(actor: Actor, user: User, wanted: set[str]) -> bool:
    """Give and take roles until the account has just these; losing one ends its sessions."""
    present = role_names(user)
    granted, revoked = wanted - present, present - wanted
    if not granted and not revoked:
        return False
    known = {row.name: row.id for row in Role.select().where(Role.name.in_(granted | revoked))}
    if len(known) != len(granted | revoked):
        raise Invalid(_("Choose one of the list."), {"roles": [_("Choose one of the list.")]})
    if revoked:
        UserRole.delete().where(
            UserRole.user == user.id, UserRole.role.in_([known[name] for name in revoked])
        ).execute()
        end_sessions(actor, user, "roles")
    for name in sorted(granted):
        UserRole.insert(user=user.id, role=known[name]).execute()
    User.update(version=User.version + 1).where(User.id == user.id).execute()
    user.version += 1
    audit.record(
        actor,
        "core.roles_changed",
        f"core.user:{user.id}",
        before={"roles": sorted(present)},
        after={"roles": sorted(wanted)},
        person=user.person_id,
        topic=None,
    )
    plugins.announce(asurso_roles_changed, user=user, granted=granted, revoked=revoked, actor=actor)
    return True


def change_login(actor: Actor, user: User, login: str) -> bool:
    """Give an account another login; False if it has it already."""
    login = logins.checked(login)
    if login == user.login:
        return False
    if logins.taken(login, besides=user.id):
        raise Invalid(
            _("This login is taken already."), {"login": [_("This login is taken already.")]}
        )
    old = user.login
    user.login, user.login_key = login, fold(login)
    User.update(login=login, login_key=fold(login), version=User.version + 1).where(
        User.id == user.id
    ).execute()
    user.version += 1
    audit.record(
        actor,
        "core.login_changed",
        f"core.user:{user.id}",
        before={"login": old},
        after={"login": login},
        person=user.person_id,
        topic=None,
    )
    plugins.announce(asurso_user_updated, user=user, changes={"login": (old, login)}, actor=actor)
    return True


def end_sessions(actor: Actor, user: User, why: str) -> None:
    """End every session of an account at once."""
    sessions.end_all(actor, user, why=why)


def link(
    actor: Actor, guardian: Person, pupil: Person, relation: str, *, may_receive: bool = True
) -> Guardian:
    """Write that a person represents a pupil, or change how; gives the role of a parent."""
    row: Guardian | None = Guardian.get_or_none(
        Guardian.guardian == guardian.id, Guardian.pupil == pupil.id
    )
    after: dict[str, Any] = {"relation": relation, "may_receive": may_receive}
    names = {"guardian": guardian.name, "pupil": pupil.name}
    if row is None:
        row = Guardian.create(guardian=guardian, pupil=pupil, **after)
        audit.record(
            actor,
            "core.guardian_linked",
            f"core.guardian:{row.id}",
            after={**names, **after},
            person=pupil.id,
        )
    else:
        before = {"relation": row.relation, "may_receive": row.may_receive}
        if before == after:
            return row
        Guardian.update(**after).where(Guardian.id == row.id).execute()
        row.relation, row.may_receive = relation, may_receive
        audit.record(
            actor,
            "core.guardian_changed",
            f"core.guardian:{row.id}",
            before={**names, **before},
            after={**names, **after},
            person=pupil.id,
        )
    user = User.get_or_none(User.person == guardian.id)
    if user is not None:
        change_roles(actor, user, role_names(user) | {"parent"})
    return row


def unlink(actor: Actor, row: Guardian) -> None:
    """Take the link of a representative to a pupil away; the log keeps it."""
    audit.record(
        actor,
        "core.guardian_unlinked",
        f"core.guardian:{row.id}",
        before={
            "guardian": row.guardian.name,
            "pupil": row.pupil.name,
            "relation": row.relation,
            "may_receive": row.may_receive,
        },
        person=row.pupil_id,
    )
    row.delete_instance()


def enrol(
    actor: Actor,
    pupil: Person,
    school_class: SchoolClass,
    on: dt.date,
    *,
    order: str | None = None,
) -> None:
    """Put a pupil who is in no class into one, from a day on, by an order of the director."""
    ClassMember.create(pupil=pupil, school_class=school_class, since=on)
    audit.record(
        actor,
        "core.person_changed",
        f"core.person:{pupil.id}",
        before={"class": None},
        after={"class": school_class.title, "since": on.isoformat()},
        person=pupil.id,
        reason=_("Order %(number)s", number=order) if order else None,
    )
    plugins.announce(
        asurso_pupil_enrolled, pupil=pupil, school_class=school_class, on=on, actor=actor
    )


def move(
    actor: Actor, pupil: Person, old: SchoolClass, new_class: SchoolClass, on: dt.date
) -> None:
    """Move a pupil to another class by the school's own service.

    Whoever may import or edit a person may say in which class they are: the right over classes is
    lent for this one deed.
    """
    from asurso_core.school import services

    lent = actor
    if not actor.is_system:
        rights = {**actor.grants, "core.classes.edit": frozenset({"school"})}
        lent = replace(actor, grants=rights)
    services.move_pupil(lent, pupil, new_class, on)
    audit.record(
        actor,
        "core.person_changed",
        f"core.person:{pupil.id}",
        before={"class": old.title},
        after={"class": new_class.title, "since": on.isoformat()},
        person=pupil.id,
    )
