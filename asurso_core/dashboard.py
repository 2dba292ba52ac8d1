"""Widgets of the start page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asurso_core.actors import Actor


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A piece of the start page.

    ``prepare(actor)`` gives the template's variables, or None when there is nothing to show.
    ``requires`` names the permission without which the widget does not exist for the actor.
    """

    name: str
    title: Any
    template: str
    prepare: Callable[[Actor], Mapping[str, Any] | None]
    requires: str | None = None
    size: str = "small"
    order: int = 100
    side: str | None = None
