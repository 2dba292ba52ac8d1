"""What other plugins may add to portfolios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asurso_core import hookspec

#: The fields that a kind may use besides title, text and files.
FIELDS = ("date", "level", "place", "venue", "subject")


@dataclass(frozen=True, kw_only=True)
class ItemKind:
    """A kind of items, a section of the page.

    ``name`` is a plain word for the portfolio's own kinds and ``<plugin>.<word>`` for others.
    ``fields`` maps those of :data:`FIELDS` that it uses to their labels, in the order of the form.
    ``keepers`` tells whose pages have it: ``pupil``, ``staff`` or both. A ``shared`` item may have
    several authors; a ``confirmable`` one can be confirmed by the class teacher of its owner.
    """

    name: str
    title: Any  # the heading of the section
    one: Any  # what the button adds: "achievement"
    fields: Mapping[str, Any] = field(default_factory=dict)
    keepers: tuple[str, ...] = ("pupil", "staff")
    shared: bool = False
    confirmable: bool = False
    order: int = 100


@hookspec
def portfolio_item_kinds() -> list[ItemKind]:  # type: ignore[empty-body]
    """Kinds of items for pages; while their plugin is switched off, such items are not shown.

    .. versionadded:: 0.1
    """
