"""What the administrator changes: the settings of every owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import access, settings
from asurso_core.actors import Actor
from asurso_core.admin.queries import settings_page


def save_settings(actor: Actor, owner: str, values: Mapping[str, Any]) -> None:
    """Change settings of an owner; names that are not its settings are left out.

    :raises NotThere: there is no such owner, or the actor may not change its settings.
    """
    page = settings_page(actor, owner)
    access.require_any(actor, page.requires)
    settings.put(
        actor, owner, {name: value for name, value in values.items() if name in page.defaults}
    )
