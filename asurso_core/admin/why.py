"""Why somebody may or may not do something: the chain that decides, step by step.

Every step asks the functions that decide (:mod:`asurso_core.access`); nothing is reckoned here a
second time, and the verdict is the one that the pages get.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, plugins
from asurso_core.access import Part, Permission
from asurso_core.accounts.models import Person, Role, User
from asurso_core.accounts.queries import actor_for, sources_of
from asurso_core.actors import FAMILY, Actor
from asurso_core.admin.matrix import VIEW, in_order
from asurso_core.db import Record, russian_order
from asurso_core.errors import Invalid
from asurso_core.hookspecs.collect import asurso_permissions
from asurso_core.i18n import gettext as _
from asurso_core.school import SchoolClass
from asurso_core.school.queries import tuples_of
from asurso_core.text import fold

#: How many of the persons, classes or groups of a scope are named.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain; ``kind`` is ``good`` (gives), ``bad`` (takes) or ``note``."""

    text: str
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain of one side of a person."""

    title: str
    steps: list[Step]
    allowed: bool
    verdict: str


def explain(reader: Actor, login: str, permission: str, object_: str = "") -> list[Explanation]:
    """The chain for an account and a permission, over an object or over anything at all.

    ``object_`` is ``<kind>:<id>`` with a kind of :func:`asurso_core.access.resources`. One
    explanation for each side on which the person has a role.

    :raises Invalid: there is no such login, permission, kind or object; the message says which.
    """
    access.require_any(reader, VIEW)
    user = User.get_or_none(User.login_key.in_({fold(login), login.strip().lower()}))
    if user is None:
        raise Invalid(_("There is no account with the login “%(login)s”.", login=login))
    target = _target(object_)
    declared = access.permissions().get(permission)
    sides = actor_for(user.id).sides
    return [_side(actor_for(user.id, side), user, permission, declared, target) for side in sides]


def _target(object_: str) -> Record | None:
    if not object_:
        return None
    kind, _colon, number = object_.partition(":")
    model = access.resources().get(kind.strip().lower())
    if model is None:
        kinds = ", ".join(sorted(access.resources()))
        raise Invalid(_("An object is written as lesson:17. Known kinds: %(kinds)s.", kinds=kinds))
    plain = number.strip()
    fits = plain.isascii() and plain.isdecimal() and len(plain) < 11 and int(plain) < 2**31
    row: Record | None = model.get_or_none(model.id == int(plain)) if fits else None
    if row is None:
        raise Invalid(_("There is no %(object)s.", object=object_))
    return row


def _side(
    actor: Actor, user: User, permission: str, declared: Permission | None, target: Record | None
) -> Explanation:
    as_what = _("as parent or pupil") if actor.side == FAMILY else _("as staff")
    title = f"{actor.name} ({actor.login}), {as_what}"
    steps = [_state(user), *_roles(actor)]
    if declared is None:
        steps.append(Step(_not_declared(permission), "bad"))
    else:
        steps += _grants(actor, user, declared)
        steps += _reach(actor, declared, target)
    allowed = user.state == "active" and (
        actor.holds(permission) and declared is not None
        if target is None
        else access.can(actor, permission, target)
    )
    return Explanation(title, steps, allowed, _verdict(allowed=allowed, target=target))


def _state(user: User) -> Step:
    if user.state == "active":
        return Step(_("The account is open."), "good")
    return Step(_("The account is closed: nobody can sign in with it."), "bad")


def _roles(actor: Actor) -> list[Step]:
    labels = [label for label, in tuples_of(
        Role.select(Role.label).where(Role.name.in_(actor.roles)).order_by(Role.id)
    )]  # fmt: skip
    if not labels:
        return [Step(_("No role on this side."), "bad")]
    return [Step(_("Roles: %(roles)s.", roles=", ".join(labels)))]


def _not_declared(permission: str) -> str:
    for plugin, item in plugins.current().collect(asurso_permissions, everything=True):
        if item.name == permission:
            return _("The plugin “%(plugin)s” is switched off.", plugin=plugin.manifest.title)
    return _("There is no right with the name %(name)s.", name=permission)


def _grants(actor: Actor, user: User, declared: Permission) -> list[Step]:
    by_role, own = sources_of(user.id, actor.side, declared.name)
    labels = dict(tuples_of(Role.select(Role.name, Role.label)))
    steps = [
        Step(
            _("The role “%(role)s” gives “%(right)s”: %(scopes)s.", role=labels[role],
              right=declared.label, scopes=_words(declared, by_role[role])),
            "good",
        )
        for role in sorted(actor.roles & set(by_role))
    ]  # fmt: skip
    steps += [
        Step(
            _("Given to the person until %(day)s: %(scopes)s.", day=f"{until:%d.%m.%Y}",
              scopes=_words(declared, [scope])),
            "good",
        )
        for scope, until in own
    ]  # fmt: skip
    if steps:
        return steps
    others = ", ".join(labels[role] for role in sorted(by_role)) or "—"
    return [
        Step(
            _("No role of this person gives “%(right)s”. Roles that do: %(roles)s.",
              right=declared.label, roles=others),
            "bad",
        )
    ]  # fmt: skip


def _words(declared: Permission, names: Any) -> str:
    known = access.scopes()
    return ", ".join(
        str(known[one].label) if one in known else one for one in in_order(declared, names)
    )


def _reach(actor: Actor, declared: Permission, target: Record | None) -> list[Step]:
    """Scopes with whom they reach, and what takes away; over the object if there is one."""
    if target is None:
        return [
            Step(_("“%(scope)s” means: %(whom)s.", scope=_words(declared, [name]), whom=whom))
            for name in in_order(declared, actor.grants.get(declared.name, ()))
            if (whom := _whom(actor, name))
        ]
    model = type(target)
    given = list(access.given(actor, declared.name, model))
    steps = [_scope_step(actor, declared, part, target) for part in given]
    if any(access.covers(part, target) for part in given):
        steps += [_narrowing(part, target) for part in access.narrowed(actor, declared, model)]
    return steps


def _scope_step(actor: Actor, declared: Permission, part: Part, target: Record) -> Step:
    words = _words(declared, [part.name])
    whom = _whom(actor, part.name)
    if whom:
        words = f"{words} ({whom})"
    if access.covers(part, target):
        return Step(_("The object is within: %(scope)s.", scope=words), "good")
    return Step(_("The object is not within: %(scope)s.", scope=words), "bad")


def _narrowing(part: Part, target: Record) -> Step:
    fine = access.covers(part, target)
    if part.kind == "year":
        text = _("The school year is open.") if fine else _("The school year is closed.")
        return Step(text, "good" if fine else "bad")
    plugin = plugins.current().plugins[part.name].manifest.title
    if fine:
        return Step(_("The plugin “%(plugin)s” does not object.", plugin=plugin), "good")
    return Step(_("The plugin “%(plugin)s” forbids it by its own rule.", plugin=plugin), "bad")


def _whom(actor: Actor, name: str) -> str:
    """Whom a scope reaches, named; empty for the whole school."""
    scope = access.scopes().get(name)
    if scope is None or scope.anchor is None:
        return ""
    found = scope.ids(actor)
    ids = [row[0] for row in found.tuples()] if isinstance(found, pw.Query) else list(found)
    ids = sorted(set(ids))
    if not ids:
        return _("nobody")
    names = _names(scope.anchor, ids[:NAMED])
    return ", ".join(names) + (" …" if len(ids) > NAMED else "")


def _names(anchor: str, ids: list[int]) -> list[str]:
    if anchor == "person":
        people = Person.select().where(Person.id.in_(ids)).order_by(russian_order(Person.sort_key))
        return [one.short_name for one in people]
    if anchor == "class":
        return [one.title for one in SchoolClass.select().where(SchoolClass.id.in_(ids))]
    return [f"{anchor}:{id_}" for id_ in ids]


def _verdict(*, allowed: bool, target: Record | None) -> str:
    if target is None:
        return _("Yes, over something.") if allowed else _("No.")
    return _("Yes.") if allowed else _("No.")
