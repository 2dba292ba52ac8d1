"""Changing the matrix of rights: one cell, or all cells of an owner back to its defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from asurso_core import access, audit
from asurso_core.access import Permission
from asurso_core.accounts import people_rules
from asurso_core.accounts.models import Grant, Role
from asurso_core.actors import Actor
from asurso_core.admin import matrix
from asurso_core.admin.matrix import EDIT, Cell
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid
from asurso_core.i18n import gettext as _


def change_cell(
    actor: Actor, permission: str, role: str, scopes: Iterable[str], *, shown: str
) -> None:
    """Give a role a permission over just these scopes; none takes the permission away.

    ``shown`` is :func:`mark` of the cell as the page showed it.

    :raises NotThere: there is no such permission or role.
    :raises Invalid: a scope that the permission does not declare; a right too strong for pupils
        and parents; nobody would be left who can change rights.
    :raises Conflict: somebody changed the cell meanwhile.
    """
    access.require_any(actor, EDIT)
    with transaction():
        declared, now = matrix.one_cell(actor, permission, role)
        wanted = matrix.in_order(declared, set(scopes))
        if not set(wanted) <= set(declared.scopes):
            raise _invalid(_("Choose one of the list."))
        if mark(now) != shown:
            raise Conflict(
                _("Somebody else changed this meanwhile. Look at what is there now and repeat.")
            )
        _put(actor, declared, now, wanted)
        people_rules.demand_keeper()


def restore_defaults(actor: Actor, owner: str, *, shown: str) -> int:
    """Set all cells of an owner as it proposes; returns how many were changed.

    ``shown`` is :func:`digest` of the differences as the page showed them. Raises as
    :func:`change_cell` does.
    """
    access.require_any(actor, EDIT)
    with transaction():
        _title, found = matrix.differences(actor, owner)
        if digest(found) != shown:
            raise Conflict(
                _("Somebody else changed this meanwhile. Look at what is there now and repeat.")
            )
        for declared, now in found:
            _put(actor, declared, now, now.default)
        people_rules.demand_keeper()
    return len(found)


def mark(cell: Cell) -> str:
    """The scopes of a cell in one text, for the form that changes it."""
    return ",".join(cell.scopes)


def digest(found: list[tuple[Permission, Cell]]) -> str:
    """A short mark of a list of differences, for the form that takes them back."""
    return hashlib.sha256(matrix.mark_of(found).encode()).hexdigest()[:24]


def _put(actor: Actor, declared: Permission, now: Cell, wanted: tuple[str, ...]) -> None:
    if wanted == now.scopes:
        return
    if now.role.side == "family":
        for scope in wanted:
            _demand_harmless(declared, scope, now.role)
    mine = (Grant.role == now.role.id) & (Grant.permission == declared.name)
    gone = set(now.scopes) - set(wanted)
    if gone:
        Grant.delete().where(mine, Grant.scope.in_(sorted(gone))).execute()
    fresh = [scope for scope in wanted if scope not in now.scopes]
    if fresh:
        Grant.insert_many(
            [(now.role.id, declared.name, scope) for scope in fresh],
            fields=[Grant.role, Grant.permission, Grant.scope],
        ).execute()
    audit.record(
        actor,
        "core.grants_changed",
        # By this target the installation knows what a school has settled: see install_defaults.
        f"core.permission:{declared.name}"[:80],
        before={"role": now.role.label, "permission": declared.name, "scopes": [*now.scopes]},
        after={"role": now.role.label, "permission": declared.name, "scopes": [*wanted]},
        topic="access",
    )


def _demand_harmless(declared: Permission, scope: str, role: Role) -> None:
    if access.too_much_for_family(declared, scope):
        raise _invalid(
            _(
                "\u201c%(right)s\u201d is too strong for the role \u201c%(role)s\u201d: pupils and "
                "parents get no rights over other people's data or over the school's set-up.",
                right=declared.label,
                role=role.label,
            )
        )


def _invalid(message: str) -> Invalid:
    return Invalid(message, {"scopes": [message]})
