"""The school's settings: typed by the form of their owner, kept as JSON, read without a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from asurso_core import audit, plugins, revisions
from asurso_core.actors import Actor
from asurso_core.db import Record, transaction
from asurso_core.fields import JSONField
from asurso_core.hookspecs.collect import asurso_settings


class Setting(Record):
    """One value that differs from its default."""

    owner = pw.CharField(40)
    name = pw.CharField(60)
    value = JSONField()

    class Meta:
        indexes = ((("owner", "name"), True),)


@dataclass(frozen=True, kw_only=True)
class SettingsForm:
    """A page of settings: ``form`` is a WTForms class whose field names are those of ``defaults``.

    ``name`` is the owner's name; ``requires`` the permission to change them.
    """

    name: str
    title: Any
    form: type[Any]
    defaults: Mapping[str, Any]
    requires: str
    about: Any = ""
    order: int = 100
    #: Settings that are changed on a page of their own, with what they are.
    elsewhere: Mapping[str, Any] = field(default_factory=dict)


_cache: dict[tuple[str, str], Any] = {}
_cached_at = -1


def refresh(revision: int | None = None) -> None:
    """Re-read the settings if their revision has moved; without a number, look it up."""
    global _cached_at  # noqa: PLW0603 - one cache per process
    number = revisions.of("settings")[0] if revision is None else revision
    if number != _cached_at:
        _cache.clear()
        _cache.update({(row.owner, row.name): row.value for row in Setting.select()})
        _cached_at = number


def cached_at() -> int:
    """The revision of the settings that :func:`get` answers from."""
    if _cached_at < 0:
        refresh()
    return _cached_at


def forget() -> None:
    """Empty the cache: the next reading asks the database again (tests, another database)."""
    global _cached_at  # noqa: PLW0603 - one cache per process
    _cached_at = -1
    _cache.clear()


def get(owner: str, name: str) -> Any:
    """A setting's value, or its default. Requests refresh the cache once, at their start."""
    if _cached_at < 0:
        refresh()
    if (owner, name) in _cache:
        return _cache[owner, name]
    for _plugin, page in plugins.collect(asurso_settings):
        if page.name == owner:
            return page.defaults[name]
    raise KeyError(f"{owner}.{name}")


def put(actor: Actor, owner: str, values: Mapping[str, Any]) -> None:
    """Change settings of one owner; unchanged values write nothing."""
    with transaction():
        refresh()
        before = {name: get(owner, name) for name in values}
        changed = {name: value for name, value in values.items() if before[name] != value}
        if not changed:
            return
        for name, value in changed.items():
            Setting.insert(owner=owner, name=name, value=value).on_conflict(
                conflict_target=[Setting.owner, Setting.name], update={Setting.value: value}
            ).execute()
        audit.record(
            actor,
            "core.settings_changed",
            f"core.settings:{owner}",
            before={name: before[name] for name in changed},
            after=dict(changed),
        )
        revisions.bump("settings")
    forget()
