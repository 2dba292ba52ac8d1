"""The matrix of rights as the administrator reads it: permissions × roles, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from asurso_core import access, plugins
from asurso_core.access import Permission
from asurso_core.accounts.models import Grant, Role
from asurso_core.actors import Actor
from asurso_core.errors import NotThere
from asurso_core.hookspecs.collect import asurso_permissions
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school.queries import tuples_of

VIEW = "core.access.view"
EDIT = "core.access.edit"

#: What a permission can do harm with, in words, and how loudly it is told.
RISKS: list[tuple[int, Any, str]] = [
    (access.MANAGETRUST, _l("hands out access"), "bad"),
    (access.DATALOSS, _l("can lose data"), "bad"),
    (access.CONFIG, _l("changes how the school is set up"), "warn"),
    (access.PERSONAL, _l("personal data"), "warn"),
    (access.SPAM, _l("messages to many people"), "warn"),
]


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What narrows the matrix; nonsense narrows nothing."""

    owner: str = ""
    role: str = ""
    different: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role has of one permission: scopes in the order in which they are declared."""

    role: Role
    scopes: tuple[str, ...]
    default: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not what the owner of the permission proposes."""
        return self.scopes != self.default


@dataclass(frozen=True, slots=True)
class Line:
    """One permission and its cells, in the order of the roles."""

    permission: Permission
    risks: list[tuple[Any, str]]
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Section:
    """The permissions of one owner."""

    owner: str
    title: Any
    lines: list[Line]
    #: How many cells differ from the defaults, also those that a filter hides.
    different: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The page: the roles that are shown, the sections, and words for the scopes."""

    roles: list[Role]
    sections: list[Section]
    scopes: dict[str, str]
    all_roles: list[Role]
    owners: list[tuple[str, Any]]


def matrix(actor: Actor, filters: Filters) -> Matrix:
    """The rights of the roles over everything that the enabled plugins declare."""
    access.require_any(actor, VIEW)
    every = roles()
    shown = [role for role in every if role.name == filters.role] or every
    held = present_grants()
    known = by_owner()
    wanted = [one for one in known if one[0] == filters.owner] or known
    sections = []
    for owner, title, permissions in wanted:
        lines = [
            Line(one, risks_of(one), [cell(one, role, held) for role in every])
            for one in permissions
        ]
        different = sum(found.differs for line in lines for found in line.cells)
        lines = list(_narrowed(lines, shown, only_different=filters.different))
        if lines:
            sections.append(Section(owner, title, lines, different))
    owners = [(owner, title) for owner, title, _permissions in known]
    return Matrix(shown, sections, scope_words(), every, owners)


def _narrowed(lines: Iterable[Line], shown: list[Role], *, only_different: bool) -> Iterator[Line]:
    names = {role.name for role in shown}
    for line in lines:
        cells = [found for found in line.cells if found.role.name in names]
        if not only_different or any(found.differs for found in cells):
            yield Line(line.permission, line.risks, cells)


def roles() -> list[Role]:
    """All roles, staff first, in the order of their making."""
    return list(Role.select().order_by(Role.side.desc(), Role.id))


def by_owner() -> list[tuple[str, Any, list[Permission]]]:
    """``(owner, its title, its permissions)`` of the enabled plugins, the kernel first."""
    found: dict[str, tuple[str, Any, list[Permission]]] = {}
    for plugin, permission in plugins.collect(asurso_permissions):
        section = found.setdefault(plugin.name, (plugin.name, plugin.manifest.title, []))
        section[2].append(permission)
    return sorted(found.values(), key=lambda one: one[0] != "core")


def present_grants() -> dict[tuple[str, int], set[str]]:
    """``{(permission, id of a role): scopes}`` as the school has them now."""
    held: dict[tuple[str, int], set[str]] = {}
    for permission, role, scope in tuples_of(
        Grant.select(Grant.permission, Grant.role, Grant.scope)
    ):
        held.setdefault((permission, role), set()).add(scope)
    return held


def cell(permission: Permission, role: Role, held: dict[tuple[str, int], set[str]]) -> Cell:
    """What a role has of a permission, and what it would have by default."""
    now = in_order(permission, held.get((permission.name, role.id), ()))
    proposed = permission.default.get(role.name, ())
    default = in_order(permission, (proposed,) if isinstance(proposed, str) else proposed)
    return Cell(role, now, default)


def in_order(permission: Permission, scopes: Iterable[str]) -> tuple[str, ...]:
    """Scopes in the order in which the permission declares them; others come last."""
    place = {name: number for number, name in enumerate(permission.scopes)}
    return tuple(sorted(scopes, key=lambda name: (place.get(name, len(place)), name)))


def risks_of(permission: Permission) -> list[tuple[Any, str]]:
    """What a permission can do harm with: ``(words, kind of badge)``, the worst first."""
    return [(words, kind) for mask, words, kind in RISKS if permission.risk & mask]


def scope_words() -> dict[str, str]:
    """Name of a scope → its words."""
    return {name: str(scope.label) for name, scope in access.scopes().items()}


def one_cell(actor: Actor, permission: str, role: str) -> tuple[Permission, Cell]:
    """One permission and what one role has of it; :class:`NotThere` if either is unknown."""
    access.require_any(actor, VIEW)
    declared = access.permissions().get(permission)
    row = Role.get_or_none(Role.name == role)
    if declared is None or row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return declared, cell(declared, row, present_grants())


def differences(actor: Actor, owner: str) -> tuple[Any, list[tuple[Permission, Cell]]]:
    """The title of an owner, and its cells that are not as it proposes.

    :raises NotThere: no enabled plugin of this name has permissions.
    """
    access.require_any(actor, VIEW)
    held = present_grants()
    every = roles()
    for name, title, permissions in by_owner():
        if name == owner:
            cells = [(one, cell(one, role, held)) for one in permissions for role in every]
            return title, [pair for pair in cells if pair[1].differs]
    raise NotThere(_("There is no such page, or it is not open to you."))


def mark_of(found: list[tuple[Permission, Cell]]) -> str:
    """A short text that is the same for the same differences: what a page was shown with."""
    return ";".join(f"{one.name}:{row.role.id}:{','.join(row.scopes)}" for one, row in found)
