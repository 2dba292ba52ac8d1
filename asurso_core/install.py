"""What a new database needs before anybody can work: roles and default grants."""

from __future__ import annotations

from asurso_core import plugins, revisions
from asurso_core.access import RoleDeclaration
from asurso_core.accounts.models import Grant, Role
from asurso_core.db import rows, transaction
from asurso_core.hookspecs.announce import asurso_installed
from asurso_core.hookspecs.collect import asurso_permissions, asurso_roles
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import PluginState

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


def install_defaults() -> None:
    """Write roles, plugin states and default grants that are not there yet; safe to repeat.

    Grants of a permission are given once, when its owner is first seen with it: what the
    administrator took away later stays away.
    """
    with transaction():
        known = set(plugins.current().plugins)
        seen = {row.name for row in PluginState.select()}
        for name in plugins.current().plugins:
            if name not in seen:
                PluginState.insert(name=name, enabled=True).execute()
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
        granted = {name for (name,) in rows("SELECT DISTINCT permission FROM core_grant")}
        # Settled by the administrator, even if nobody has it now.
        granted |= {
            target.removeprefix("core.permission:")
            for (target,) in rows(
                "SELECT DISTINCT target FROM core_audit_entry WHERE kind = 'core.grants_changed'"
            )
        }
        fresh: list[tuple[int, str, str]] = []
        for _plugin, permission in plugins.collect(asurso_permissions):
            if permission.name in granted:
                continue
            for role, scopes in permission.default.items():
                fresh.extend(
                    (roles[role].id, permission.name, scope)
                    for scope in ((scopes,) if isinstance(scopes, str) else scopes)
                )
        for start in range(0, len(fresh), 200):
            Grant.insert_many(
                fresh[start : start + 200], fields=[Grant.role, Grant.permission, Grant.scope]
            ).execute()
        plugins.announce(asurso_installed)
        if fresh or known - seen:
            revisions.bump("access")
            revisions.bump("plugins")
