"""What is done with people and their accounts: entered, changed, blocked, put away, given slips.

Nothing is ever deleted here (T31): an archived user cannot sign in, is left out of lists, and
comes back whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import access, audit, clock, plugins
from asurso_core.accounts import passwords, people_fields
from asurso_core.accounts import people_rules as rules
from asurso_core.accounts import people_writing as writing
from asurso_core.accounts.models import Guardian, Person, Role, User, UserRole
from asurso_core.accounts.people_rules import EDIT, FAMILY, RESET, STAFF
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.hookspecs.announce import asurso_user_archived, asurso_user_restored
from asurso_core.i18n import gettext as _
from asurso_core.school.models import ClassMember, SchoolClass
from asurso_core.school.queries import class_of, open_years

#: One-time passwords are hashed one by one at about 40 ms: this many slips a request.
MOST_SLIPS = 120


@dataclass(frozen=True)
class Slip:
    """What is printed for one person; the password exists nowhere else in clear."""

    user_id: int
    name: str
    about: str
    login: str
    password: str
    valid_until: dt.date


def checked_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a person in the one shape that is stored.

    :raises Invalid: ``fields`` says what is wrong with which field.
    """
    found: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in people_fields.LABELS:
            continue
        try:
            found[name] = checked_value(name, value)
        except ValueError as error:
            wrong[name] = [str(error)]
    for name in ("surname", "given_name"):
        if name in values and not found.get(name):
            wrong.setdefault(name, [_("Fill in this field.")])
    if wrong:
        raise Invalid(_("Check the fields below."), wrong)
    return found


def checked_value(name: str, value: Any) -> Any:
    """One value in the shape that is stored; raises ValueError with words for the reader."""
    if isinstance(value, dt.date):
        value = value.isoformat()
    if name in {"surname", "given_name", "patronymic"}:
        return people_fields.name(value)
    if name == "birth_date":
        return people_fields.birth_date(value, clock.today())
    checks = {
        "sex": people_fields.sex,
        "phone": people_fields.phone,
        "email": people_fields.email,
        "snils": people_fields.snils,
    }
    if name in checks:
        return checks[name](value)
    return people_fields.text(value, people_fields.LENGTHS.get(name, 255))


# --- entering ----------------------------------------------------------------------------------


def create_staff(
    actor: Actor, values: Mapping[str, Any], roles: Sequence[str], login: str | None = None
) -> User:
    """Enter a member of staff with an account; the roles must be among those the actor may give."""
    access.require_any(actor, STAFF)
    offered = {role.name for role in rules.grantable_roles(actor)}
    if not roles or not set(roles) <= offered:
        raise Invalid(_("Choose one of the list."), {"roles": [_("Choose one of the list.")]})
    with transaction():
        person = writing.new_person(actor, checked_values(values))
        return writing.new_user(actor, person, roles, login)


def create_pupil(
    actor: Actor,
    values: Mapping[str, Any],
    school_class: SchoolClass,
    on: dt.date | None = None,
    login: str | None = None,
) -> User:
    """Enter a pupil with an account and put them into a class from a day on, today by default."""
    access.require(actor, FAMILY, school_class, see="core.classes.view")
    with transaction():
        person = writing.new_person(actor, checked_values(values))
        user = writing.new_user(actor, person, ["pupil"], login)
        writing.enrol(actor, person, school_class, _day_in_year(school_class, on))
    return user


def _day_in_year(school_class: SchoolClass, on: dt.date | None) -> dt.date:
    year = school_class.year
    if on is None:
        inside: dt.date = min(max(clock.today(), year.starts), year.ends)
        return inside
    if not year.starts <= on <= year.ends:
        message = _(
            "The date must lie in the school year, from %(start)s to %(end)s.",
            start=f"{year.starts:%d.%m.%Y}",
            end=f"{year.ends:%d.%m.%Y}",
        )
        raise Invalid(message, {"since": [message]})
    return on


def create_parent(
    actor: Actor,
    values: Mapping[str, Any],
    pupil: Person,
    relation: str,
    *,
    may_receive: bool = True,
    login: str | None = None,
) -> User:
    """Enter a parent with an account and link them to a pupil."""
    access.require(actor, FAMILY, pupil, see="core.people.search")
    _demand_pupil(pupil)
    with transaction():
        person = writing.new_person(actor, checked_values(values))
        user = writing.new_user(actor, person, ["parent"], login)
        writing.link(actor, person, pupil, _relation(relation), may_receive=may_receive)
    return user


def _relation(text: str) -> str:
    try:
        found = people_fields.text(text, people_fields.LENGTHS["relation"])
    except ValueError as error:
        raise Invalid(str(error), {"relation": [str(error)]}) from error
    if found is None:
        raise Invalid(_("Fill in this field."), {"relation": [_("Fill in this field.")]})
    return found.lower()


def _demand_pupil(person: Person) -> None:
    query = UserRole.select(UserRole.id).join(User).switch(UserRole).join(Role)
    if query.where(User.person == person.id, Role.name == "pupil").exists():
        return
    if ClassMember.select(ClassMember.id).where(ClassMember.pupil == person.id).exists():
        return
    raise Invalid(_("This person is not a pupil."), {"pupil": [_("This person is not a pupil.")]})


def create_user(
    actor: Actor, person: Person, roles: Sequence[str], login: str | None = None
) -> User:
    """Make an account for a person who has none."""
    access.require(actor, EDIT, person, see="core.people.search")
    _demand_roles(actor, set(roles))
    with transaction():
        if User.select(User.id).where(User.person == person.id).exists():
            raise Conflict(_("This person has an account already."))
        return writing.new_user(actor, person, roles, login)


# --- changing ----------------------------------------------------------------------------------


def update_person(
    actor: Actor, person: Person, values: Mapping[str, Any], version: int
) -> dict[str, tuple[Any, Any]]:
    """Change the data of a person; returns ``{field: (old, new)}``.

    :raises Conflict: somebody changed the person after ``version`` was shown.
    """
    rules.demand_particulars(actor, person)
    with transaction():
        return writing.change_person(actor, person, checked_values(values), version=version)


def change_login(actor: Actor, user: User, login: str, version: int) -> None:
    """Give an account another login (R4.1.4; R4.3.4 for the class teacher's own class)."""
    rules.demand_account(actor, RESET, user)
    with transaction():
        _same_version(user, version)
        writing.change_login(actor, user, login)


def _same_version(user: User, version: int) -> None:
    if user.version != version:
        raise Conflict(
            _("Somebody else has changed these data. Look at what is there now and save again."),
            values={"login": user.login},
        )


def set_roles(actor: Actor, user: User, roles: Iterable[str], version: int) -> None:
    """Give an account just these roles; losing one ends its sessions.

    :raises Invalid: the school would be left without an administrator.
    """
    rules.demand_account(actor, EDIT, user)
    wanted = set(roles)
    present = writing.role_names(user)
    _demand_roles(actor, wanted ^ present)
    if not wanted:
        message = _("An account must have at least one role. To close it, block it.")
        raise Invalid(message, {"roles": [message]})
    with transaction():
        _same_version(user, version)
        if "admin" in present - wanted:
            _demand_another_admin(user)
        writing.change_roles(actor, user, wanted)
        rules.demand_keeper()


def _demand_roles(actor: Actor, names: set[str]) -> None:
    """Roles are given and taken only by those who edit users of the whole school."""
    if names and not rules.over_school(actor, EDIT):
        raise Refused(_("Only the administrator changes roles."))
    known = {name for (name,) in Role.select(Role.name).tuples().execute()}
    if not names <= known:
        raise Invalid(_("Choose one of the list."), {"roles": [_("Choose one of the list.")]})


def _demand_another_admin(user: User) -> None:
    others = (
        UserRole.select(UserRole.id)
        .join(Role)
        .switch(UserRole)
        .join(User)
        .where(Role.name == "admin", User.state == "active", User.id != user.id)
    )
    if not others.exists():
        message = _("This is the only administrator: the school would be left without one.")
        raise Invalid(message, {"roles": [message]})


def block(actor: Actor, user: User, reason: str = "") -> None:
    """Close an account at once: its sessions end, it cannot sign in until unblocked."""
    _demand_not_self(actor, user)
    rules.demand_account(actor, EDIT, user)
    with transaction():
        if user.state != "active":
            raise Conflict(_("This account is not active now."))
        if "admin" in writing.role_names(user):
            _demand_another_admin(user)
        _state(actor, user, "blocked", "core.user_blocked", reason)
        writing.end_sessions(actor, user, "blocked")
        rules.demand_keeper()


def unblock(actor: Actor, user: User) -> None:
    """Open a blocked account again."""
    rules.demand_account(actor, EDIT, user)
    with transaction():
        if user.state != "blocked":
            raise Conflict(_("This account is not blocked."))
        _state(actor, user, "active", "core.user_unblocked")


def archive(actor: Actor, user: User, reason: str) -> None:
    """Put a user away: no signing in, left out of lists; nothing is deleted (R4.1.14, T31).

    :raises Invalid: no reason; the pupil is still in a class; the only administrator.
    """
    _demand_not_self(actor, user)
    rules.demand_account(actor, "core.users.archive", user)
    reason = (reason or "").replace("\x00", "").strip()[:255]
    if not reason:
        raise Invalid(_("Write the reason."), {"reason": [_("Write the reason.")]})
    with transaction():
        if user.state == "archived":
            raise Conflict(_("This user is in the archive already."))
        if "admin" in writing.role_names(user):
            _demand_another_admin(user)
        _demand_out_of_class(user.person)
        _state(actor, user, "archived", "core.user_archived", reason)
        Person.update(archived_at=clock.stamp(), archive_reason=reason).where(
            Person.id == user.person_id
        ).execute()
        writing.end_sessions(actor, user, "archived")
        rules.demand_keeper()
        plugins.announce(asurso_user_archived, user=user, reason=reason, actor=actor)


def _demand_out_of_class(person: Person) -> None:
    present = class_of(person.id, clock.today())
    if present is not None and present.year_id in {
        row[0] for row in open_years().tuples().execute()
    }:
        message = _(
            "This pupil is in the class %(title)s. First take the pupil out of the class.",
            title=present.title,
        )
        raise Invalid(message, {"reason": [message]})


def restore(actor: Actor, user: User) -> None:
    """Bring a user back from the archive, with everything they had."""
    rules.demand_account(actor, "core.users.archive", user)
    with transaction():
        if user.state != "archived":
            raise Conflict(_("This user is not in the archive."))
        _state(actor, user, "active", "core.user_restored")
        Person.update(archived_at=None, archive_reason=None).where(
            Person.id == user.person_id
        ).execute()
        plugins.announce(asurso_user_restored, user=user, actor=actor)


def _demand_not_self(actor: Actor, user: User) -> None:
    if actor.user_id == user.id:
        raise Refused(_("You cannot close your own account."))


def _state(actor: Actor, user: User, state: str, kind: str, reason: str = "") -> None:
    old = user.state
    changed = (
        User.update(state=state, version=User.version + 1)
        .where(User.id == user.id, User.state == old)
        .execute()
    )
    if not changed:
        raise Conflict(
            _("Somebody else has changed these data. Look at what is there now and save again.")
        )
    user.state = state
    user.version += 1
    audit.record(
        actor,
        kind,
        f"core.user:{user.id}",
        before={"state": old},
        after={"state": state},
        person=user.person_id,
        reason=reason.replace("\x00", "").strip()[:255] or None,
    )


# --- parents and children ----------------------------------------------------------------------


def link_guardian(
    actor: Actor, guardian: Person, pupil: Person, relation: str, *, may_receive: bool = True
) -> Guardian:
    """Say that a person represents a pupil, or change how.

    The actor needs the right over both: a class teacher could otherwise draw a stranger into
    their own class, and with that gain the stranger's password.
    """
    for person in (pupil, guardian):
        if not access.can(actor, EDIT, person):
            access.require(actor, FAMILY, person, see="core.people.search")
    if guardian.id == pupil.id:
        message = _("Nobody is their own parent.")
        raise Invalid(message, {"guardian": [message]})
    _demand_pupil(pupil)
    with transaction():
        return writing.link(actor, guardian, pupil, _relation(relation), may_receive=may_receive)


def unlink_guardian(actor: Actor, link_id: int) -> Person:
    """Take a parent's link to a child away; returns the pupil."""
    row = Guardian.get_or_none(Guardian.id == link_id) if link_id < 2**31 else None
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    access.require(actor, EDIT, row.pupil, see="core.people.search")
    with transaction():
        pupil: Person = row.pupil
        writing.unlink(actor, row)
    return pupil


# --- one-time passwords ------------------------------------------------------------------------


def reset_password(actor: Actor, user: User) -> Slip:
    """Give an account a new one-time password; its sessions end."""
    return reset_passwords(actor, [user.id])[0]


def reset_passwords(actor: Actor, user_ids: Sequence[int]) -> list[Slip]:
    """Give several accounts new one-time passwords; the rights over all are asked before the first.

    :raises Refused: one of the accounts is not the actor's to touch; the message names it.
    :raises Invalid: nobody was chosen, or too many at once.
    """
    return _slips(actor, user_ids, RESET)


def first_passwords(actor: Actor, user_ids: Sequence[int]) -> list[Slip]:
    """Give new accounts that have no password yet their first one (R4.6.2b).

    Whoever may enter people may print these slips; an account that ever had a password needs
    :func:`reset_passwords`.
    """
    return _slips(actor, user_ids, None)


def _slips(actor: Actor, user_ids: Sequence[int], permission: str | None) -> list[Slip]:
    wanted = list(dict.fromkeys(user_ids))
    if not wanted:
        raise Invalid(_("Nobody is chosen."))
    if len(wanted) > MOST_SLIPS:
        raise Invalid(_("At most %(n)s slips at once: choose one class.", n=MOST_SLIPS))
    query = User.select(User, Person).join(Person).where(User.id.in_(wanted))
    found = {user.id: user for user in query}
    if len(found) < len(wanted):
        raise NotThere(_("There is no such page, or it is not open to you."))
    for user in found.values():
        _demand_slip(actor, user, permission)
    about = _class_titles([user.person_id for user in found.values()])
    slips = []
    # Each in a transaction of its own: hashing thirty passwords inside one would keep every
    # other writer waiting for seconds. All rights have been asked above.
    for user in sorted(
        found.values(), key=lambda one: (about.get(one.person_id, ""), one.person.sort_key)
    ):
        password = passwords.issue(actor, user)
        expires = user.initial_expires_at
        until = clock.local(expires).date() if expires else clock.today()
        title = about.get(user.person_id, "")
        slips.append(Slip(user.id, user.person.name, title, user.login, password, until))
    return slips


def _demand_slip(actor: Actor, user: User, permission: str | None) -> None:
    if user.state != "active":
        raise Refused(
            _("The account of %(name)s is not active: open it first.", name=user.person.name)
        )
    if permission is not None:
        rules.demand_account(actor, permission, user)
        return
    if user.password_hash is not None:
        raise Refused(_("This account has a password already."))
    rules.demand_particulars(actor, user.person)
    if rules.rules(user) and not rules.over_school(actor, EDIT):
        raise Refused(_("Only an administrator changes the account of an administrator."))


def _class_titles(person_ids: list[int]) -> dict[int, str]:
    """What a slip says beside the name: a pupil's class, a parent's children's classes."""
    from asurso_core.accounts.people_queries import abouts_of

    return abouts_of(person_ids)
