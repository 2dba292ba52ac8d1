"""What the administrator reads: roles, health, settings of every owner."""

from __future__ import annotations

from typing import Any

from asurso_core import access, plugins, settings
from asurso_core.actors import Actor
from asurso_core.admin import checks
from asurso_core.db import rows
from asurso_core.errors import NotThere
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.hookspecs.collect import asurso_settings
from asurso_core.i18n import gettext as _
from asurso_core.settings import SettingsForm

_WORST_FIRST = {FAILURE: 0, WARNING: 1, NOTE: 2, OK: 3}


def role_labels() -> dict[str, str]:
    """``{name: label}`` of all roles."""
    return dict(rows("SELECT name, label FROM core_role ORDER BY id"))


def health(actor: Actor) -> list[tuple[HealthCheck, Finding]]:
    """The findings of all checks, the worst first."""
    access.require_any(actor, "core.plugins.view")
    return sorted(checks.run_all(), key=lambda pair: _WORST_FIRST.get(pair[1].level, 0))


def settings_pages(actor: Actor) -> list[SettingsForm]:
    """The pages of settings that the actor may change."""
    return [
        page for _plugin, page in plugins.collect(asurso_settings) if actor.holds(page.requires)
    ]


def settings_page(actor: Actor, owner: str) -> SettingsForm:
    """One page of settings; :class:`NotThere` unless the actor may change it."""
    for page in settings_pages(actor):
        if page.name == owner:
            return page
    raise NotThere(_("There is no such page, or it is not open to you."))


def values(actor: Actor, owner: str) -> dict[str, Any]:
    """The present values of an owner's settings."""
    page = settings_page(actor, owner)
    return {name: settings.get(owner, name) for name in page.defaults}
