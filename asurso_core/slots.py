"""Slots: places in a page where plugins put pieces of their own.

The page belongs to its owner and stands whatever its guests do: a fragment that fails, or takes
too long, is left out, and its plugin is named on the administrator's page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, render_template
from markupsafe import Markup

from asurso_core import plugins
from asurso_core.actors import Actor
from asurso_core.budget import TooSlow, budget
from asurso_core.hookspecs.collect import asurso_fragments, asurso_slots

#: A guest that takes longer than this is left out.
SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place in a template, ``{{ slot("core.person.card", person=…) }}``.

    ``name`` begins with its owner; ``passes`` names what the page hands to the fragments.
    """

    name: str
    about: Any
    passes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """A piece for a slot.

    ``prepare(actor, **passed)`` gives the template's variables, or None when there is nothing to
    show. ``requires`` names the permission without which the fragment does not exist.
    """

    name: str
    slot: str
    template: str
    prepare: Callable[..., Mapping[str, Any] | None]
    requires: str | None = None
    order: int = 100


def slots() -> dict[str, Slot]:
    """All slots of enabled owners by name."""
    return {slot.name: slot for _plugin, slot in plugins.collect(asurso_slots)}


def render(name: str, **passed: Any) -> Markup:
    """The fragments of a slot, for the template that has it.

    Raises ``LookupError`` for a slot that nobody declared, or when the page passes other things
    than the slot promises: that is a mistake of the page, not of its guests.
    """
    slot = slots().get(name)
    if slot is None or set(passed) != set(slot.passes):
        raise LookupError(f"slot {name!r} is not declared like this")
    actor: Actor | None = g.get("actor")
    if actor is None:
        return Markup()
    parts = []
    for plugin, fragment in plugins.collect(asurso_fragments):
        if fragment.slot != name:
            continue
        if fragment.requires is not None and not actor.holds(fragment.requires):
            continue
        try:
            with budget(SECONDS):
                data = fragment.prepare(actor, **passed)
                if data is not None:
                    parts.append(Markup(render_template(fragment.template, **data)))  # noqa: S704 - escaped there
        except (Exception, TooSlow) as error:
            manager = plugins.current()
            if manager.reraise:
                raise
            manager.note(plugin.name, f"fragment {fragment.name}", error)
    return Markup().join(parts)
