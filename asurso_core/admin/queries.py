"""What the administrator reads: roles, health, settings of every owner."""

from __future__ import annotations

from typing import Any

from asurso_core import access, plugins, privacy, settings
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.admin import checks
from asurso_core.db import binary_order, contains, rows
from asurso_core.errors import NotThere
from asurso_core.health import FAILURE, NOTE, OK, SILENCED, WARNING, Finding, HealthCheck
from asurso_core.hookspecs.collect import asurso_settings
from asurso_core.i18n import gettext as _
from asurso_core.settings import SettingsForm
from asurso_core.text import fold

_WORST_FIRST = {FAILURE: 0, WARNING: 1, SILENCED: 2, NOTE: 3, OK: 4}


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


def persons_called(actor: Actor, text: str, limit: int = 50) -> list[Person]:
    """People whose data the actor may give out, by a part of the name; the archived ones too."""
    query = access.visible(actor, privacy.EXPORT, Person.select(Person))
    for word in fold(text).split()[:4]:
        query = query.where(contains(Person.search_text, word))
    return list(query.order_by(binary_order(Person.sort_key), Person.id).limit(limit))
