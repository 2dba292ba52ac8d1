"""What the administrator reads: installed plugins, health, settings of every owner."""

from __future__ import annotations

from typing import Any

from asurso_core import __version__, access, plugins, privacy, settings
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.admin import checks
from asurso_core.db import MODELS, binary_order, contains, owner_of
from asurso_core.errors import NotThere
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.hookspecs.collect import COLLECT, asurso_settings
from asurso_core.i18n import gettext as _
from asurso_core.plugins import PluginState
from asurso_core.settings import SettingsForm
from asurso_core.text import fold

_WORST_FIRST = {FAILURE: 0, WARNING: 1, NOTE: 2, OK: 3}


def installed(actor: Actor) -> list[dict[str, Any]]:
    """Every loaded plugin: its words, state, dependencies, what it brings, its faults."""
    access.require_any(actor, "core.plugins.view")
    manager = plugins.current()
    states = {row.name: row for row in PluginState.select()}
    brought: dict[str, dict[str, int]] = {name: {} for name in manager.plugins}
    for spec in COLLECT:
        for plugin, _item in manager.collect(spec, everything=True):
            kind = spec.__name__.removeprefix("asurso_")
            brought[plugin.name][kind] = brought[plugin.name].get(kind, 0) + 1
    for model in MODELS:
        owner = owner_of(model.__module__)
        if owner in brought:
            brought[owner]["tables"] = brought[owner].get("tables", 0) + 1
    return [
        {
            "name": plugin.name,
            "title": plugin.manifest.title,
            "about": plugin.manifest.about,
            "version": plugin.version or (__version__ if plugin.name == "core" else ""),
            "enabled": manager.is_enabled(plugin.name),
            "requires": plugin.requires,
            "needed_by": [one.name for one in manager.plugins.values()
                          if plugin.name in one.requires],
            "brings": brought[plugin.name],
            "state": states.get(plugin.name),
        }
        for plugin in manager.plugins.values()
    ]  # fmt: skip


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
