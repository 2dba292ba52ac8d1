"""The main menu, assembled from plugins and cut to what the actor may enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Sections in the order they stand in the menu; plugins name one of these keys.
SECTIONS = ("main", "study", "people", "school", "admin")


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """A menu item. It is shown exactly when the actor may enter ``endpoint``.

    ``side`` keeps an item to one side of a person ("staff" or "family"); None shows it on both.
    """

    name: str
    label: Any
    endpoint: str
    section: str = "main"
    order: int = 100
    icon: str = "dot"
    side: str | None = None
