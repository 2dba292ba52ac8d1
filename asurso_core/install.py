"""What a new database needs before anybody can work: roles and default grants."""

from __future__ import annotations

from collections.abc import Iterable

from asurso_core import plugins, revisions
from asurso_core.access import Permission, RoleDeclaration
from asurso_core.accounts.models import Grant, Role
from asurso_core.db import rows, transaction
from asurso_core.hookspecs.announce import asurso_installed
from asurso_core.hookspecs.collect import asurso_permissions, asurso_roles
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import ENABLED, INSTALLED, PluginState

#: The ten kinds of users of the order (R3.1) and the director (decisions 11).
ROLES = [
    RoleDeclaration(name="admin", label=_l("Administrator"), idle_minutes=30),
    RoleDeclaration(name="director", label=_l("Director"), idle_minutes=60),
    RoleDeclaration(name="deputy", label=_l("Deputy director"), idle_minutes=60),
    RoleDeclaration(name="teacher", label=_l("Teacher / class teacher"), idle_minutes=120),
    RoleDeclaration(name="pupil", label=_l("Pupil"), side="family", idle_minutes=60),
    RoleDeclaration(name="parent", label=_l("Parent"), side="family", idle_minutes=60),
    RoleDeclaration(name="technical", label=_l("Technical staff"), idle_minutes=60),
    RoleDeclaration(name="secretary", label=_l("Secretary"), idle_minutes=60),
    RoleDeclaration(name="hr", label=_l("Personnel officer"), idle_minutes=60),
    RoleDeclaration(name="medical", label=_l("Medical worker"), idle_minutes=30),
    RoleDeclaration(
        name="psychologist", label=_l("Psychologist / social pedagogue"), idle_minutes=30
    ),
]


def install_defaults(*, enable: bool = True) -> None:
    """Write roles, plugin states and default grants that are not there yet; safe to repeat.

    ``enable`` switches on the plugins that the school has not used yet: right for a new school,
    while in a running one the administrator does it. Grants of a permission are given once, when
    its owner is first used: what the administrator took away later stays away, and what a newer
    version of a plugin brings belongs to nobody before the administrator has seen it
    (:func:`asurso_core.lifecycle.decide`). Only the kernel's own new rights are given at once.
    """
    with transaction():
        roles = {row.name: row for row in Role.select()}
        for _plugin, declared in plugins.collect(asurso_roles):
            if declared.name not in roles:
                roles[declared.name] = Role.create(
                    name=declared.name,
                    label=str(declared.label),
                    side=declared.side,
                    builtin=True,
                    idle_minutes=declared.idle_minutes,
                )
        changed = False
        states = {row.name: row for row in PluginState.select()}
        for name, plugin in plugins.current().plugins.items():
            row = states.get(name) or PluginState(name=name, state=INSTALLED)
            rights = [
                item
                for owner, item in plugins.current().collect(asurso_permissions, everything=True)
                if owner.name == name
            ]
            if row.state == INSTALLED and (enable or name == "core"):
                row.state = ENABLED
            fresh = [one for one in rights if one.name not in (row.rights or ())]
            if row.state == ENABLED and (row.rights is None or (fresh and name == "core")):
                changed |= grant_defaults(fresh)
                row.rights = [one.name for one in rights]
            if row.version != plugin.version:
                row.version = plugin.version
            if row.is_dirty():
                row.save()
                changed = True
        if changed:
            revisions.bump("access")
            revisions.bump("plugins")
            plugins.current().refresh(revisions.of("plugins")[0])
        plugins.announce(asurso_installed)


def grant_defaults(declared: Iterable[Permission]) -> bool:
    """Give rights that nobody has yet to the roles they are meant for; whether any was given."""
    roles = {row.name: row.id for row in Role.select(Role.id, Role.name)}
    granted = {name for (name,) in rows("SELECT DISTINCT permission FROM core_grant")}
    # Settled by the administrator, even if nobody has it now.
    granted |= {
        target.removeprefix("core.permission:")
        for (target,) in rows(
            "SELECT DISTINCT target FROM core_audit_entry WHERE kind = 'core.grants_changed'"
        )
    }
    fresh = [
        (roles[role], permission.name, scope)
        for permission in declared
        if permission.name not in granted
        for role, scopes in permission.default.items()
        for scope in ((scopes,) if isinstance(scopes, str) else scopes)
    ]
    for start in range(0, len(fresh), 200):
        Grant.insert_many(
            fresh[start : start + 200], fields=[Grant.role, Grant.permission, Grant.scope]
        ).execute()
    return bool(fresh)
