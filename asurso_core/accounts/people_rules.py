"""Who may touch whom: rules over people and accounts that a single permission cannot say."""

from __future__ import annotations

from typing import Any

from asurso_core import access, clock
from asurso_core.accounts.models import Grant, Guardian, Person, PersonGrant, Role, User, UserRole
from asurso_core.actors import Actor
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school.models import ClassMember

#: Whoever has one of these over the whole school can give themselves everything else.
KEYS_OF_THE_HOUSE = ("core.users.edit", "core.policy.edit", "core.access.edit")
ACCESS = "core.access.edit"
EDIT = "core.users.edit"
RESET = "core.users.reset_password"
FAMILY = "core.users.create_family"
STAFF = "core.users.create_staff"


def over_school(actor: Actor, permission: str) -> bool:
    """Whether the actor has a permission over the whole school."""
    return actor.is_system or "school" in actor.grants.get(permission, frozenset())


def _with_side(side: str) -> Any:
    """A query of the persons whose account has a role of one side."""
    return (
        User.select(User.person)
        .join(UserRole, on=(UserRole.user == User.id))
        .join(Role, on=(Role.id == UserRole.role))
        .where(Role.side == side)
    )


def _of_family() -> Any:
    """A query of everybody who learns here or represents a pupil, account or not."""
    pupils = ClassMember.select(ClassMember.pupil)
    parents = Guardian.select(Guardian.guardian)
    return Person.id.in_(pupils) | Person.id.in_(parents) | Person.id.in_(_with_side("family"))


def particulars(actor: Actor) -> Any:
    """The condition on Person: whose phone, address and documents the actor may see and change.

    Holders of the right to edit; those who enter staff, over staff; those who enter pupils and
    parents, over such of them as do not also work here.
    """
    staff = Person.id.in_(_with_side("staff"))
    rule = access.condition(actor, EDIT, Person)
    if rule is True:
        return True
    family = access.condition(actor, FAMILY, Person)
    if family is not False:
        mine = ~staff & _of_family() if family is True else (~staff & family)
        rule = mine if rule is False else (rule | mine)
    if access.condition(actor, STAFF, Person) is True:
        rule = staff if rule is False else (rule | staff)
    return rule


def sees_particulars(actor: Actor, person_ids: list[int]) -> frozenset[int]:
    """Those of the persons whose particulars the actor may see; at most one statement."""
    rule = particulars(actor)
    if rule is True:
        return frozenset(person_ids)
    if rule is False or not person_ids:
        return frozenset()
    query = Person.select(Person.id).where(Person.id.in_(person_ids), rule)
    return frozenset(row[0] for row in query.tuples().execute())


def demand_particulars(actor: Actor, person: Person) -> None:
    """Raise unless the actor may change the data of a person."""
    if person.id in sees_particulars(actor, [person.id]):
        return
    if access.can(actor, "core.people.search", person):
        raise Refused(_("You can look at this, but not change it."))
    raise NotThere(_("There is no such page, or it is not open to you."))


def can(actor: Actor, permission: str, user: User) -> bool:
    """Whether the actor has a permission over an account; no statement for the whole school."""
    return access.condition(actor, permission, User) is True or access.can(actor, permission, user)


def is_staff(user: User) -> bool:
    """Whether an account has a role of staff, beside others or alone."""
    return bool(
        UserRole.select(UserRole.id)
        .join(Role)
        .where(UserRole.user == user.id, Role.side == "staff")
        .exists()
    )


def ruling_roles() -> set[str]:
    """Roles whose holders can give themselves every right, by the school's present matrix."""
    query = (
        Grant.select(Role.name)
        .join(Role)
        .where(Grant.permission.in_(KEYS_OF_THE_HOUSE), Grant.scope == "school")
        .distinct()
    )
    return {"admin"} | {name for (name,) in query.tuples().execute()}


def demand_keeper() -> None:
    """Raise :class:`Invalid` when no open account is left that can change the rights.

    Call at the end of the transaction of whatever may take that right away from somebody: a change
    of the matrix, of roles, the closing of an account. Rights given to a person for a time do not
    count, nor does an account that cannot be signed in to.
    """
    keepers = (
        UserRole.select(UserRole.id)
        .join(User)
        .switch(UserRole)
        .join(Grant, on=(Grant.role == UserRole.role))
        .where(User.state == "active", Grant.permission == ACCESS, Grant.scope == "school")
    )
    if not keepers.exists():
        message = _("Nobody would be left who can change the rights: the school would be locked.")
        raise Invalid(message, {name: [message] for name in ("roles", "scopes", "reason")})


def rules(user: User) -> bool:
    """Whether an account has one of the ruling roles, or such a right of its own for a time."""
    by_role = UserRole.select(UserRole.id).join(Role)
    if by_role.where(UserRole.user == user.id, Role.name.in_(ruling_roles())).exists():
        return True
    own = PersonGrant.select(PersonGrant.id).where(
        PersonGrant.user == user.id,
        PersonGrant.permission.in_(KEYS_OF_THE_HOUSE),
        PersonGrant.scope == "school",
        PersonGrant.until >= clock.today(),
    )
    return bool(own.exists())


def demand_account(actor: Actor, permission: str, user: User) -> None:
    """Raise unless the actor may take hold of an account (password, login, blocking).

    Somebody whose right does not span the school never touches an account of staff, not even of a
    colleague whose child is in their class: whoever sets that password would work as the
    colleague. Accounts of administrators are touched only by those who may edit all users.

    :raises NotThere: the actor may not see the account.
    :raises Refused: the account is of staff, or of an administrator.
    """
    if not can(actor, permission, user):
        access.require(actor, permission, user, see="core.users.view")
    if actor.is_system or over_school(actor, EDIT):
        return
    if not over_school(actor, permission) and is_staff(user):
        raise Refused(
            _("This person works at the school: only the administrator changes this account.")
        )
    if rules(user):
        raise Refused(_("Only an administrator changes the account of an administrator."))


def may_take(actor: Actor, permission: str, user: User) -> bool:
    """Whether :func:`demand_account` would let the actor pass."""
    try:
        demand_account(actor, permission, user)
    except (NotThere, Refused):
        return False
    return True


def grantable_roles(actor: Actor) -> list[Role]:
    """Roles of staff that the actor may give to a new account."""
    query = Role.select().where(Role.side == "staff").order_by(Role.id)
    if over_school(actor, EDIT):
        return list(query)
    ruling = ruling_roles()
    return [role for role in query if role.name not in ruling]
