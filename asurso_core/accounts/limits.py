"""How long each role may sit idle before it is asked for the password again (R3.5b)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import access, audit, settings
from asurso_core.accounts import policy
from asurso_core.accounts.models import Role
from asurso_core.actors import Actor
from asurso_core.db import transaction

#: Minutes; the longest is thirty days.
SHORTEST, LONGEST = 5, 43_200


def roles(actor: Actor) -> list[Role]:
    """All roles, staff first, in the order of their making."""
    access.require_any(actor, "core.policy.edit")
    return list(Role.select().order_by(Role.side.desc(), Role.id))


def present(actor: Actor) -> dict[str, Any]:
    """The rules as they are now, by name; idle minutes as ``{id of a role: minutes}``."""
    access.require_any(actor, "core.policy.edit")
    found: dict[str, Any] = {
        name: settings.get("core", name) for name in policy.SETTINGS[0].defaults
    }
    return found


def change(actor: Actor, values: Mapping[str, Any], idle: Mapping[int, int]) -> None:
    """Set the rules and the idle minutes of roles; what is unchanged writes nothing."""
    access.require_any(actor, "core.policy.edit")
    with transaction():
        settings.put(actor, "core", values)
        changed = [
            row for row in Role.select() if idle.get(row.id, row.idle_minutes) != row.idle_minutes
        ]
        for row in changed:
            Role.update(idle_minutes=idle[row.id]).where(Role.id == row.id).execute()
        if changed:
            audit.record(
                actor,
                "core.idle_limits",
                "core.settings:core",
                before={row.label: row.idle_minutes for row in changed},
                after={row.label: idle[row.id] for row in changed},
                topic="access",
            )
