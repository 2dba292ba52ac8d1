"""Everything that changes portfolios: one function for each deed."""

from __future__ import annotations

from asurso_portfolio.services.items import (
    change,
    create,
    move,
    remove,
    save_about,
    show_to,
)
from asurso_portfolio.services.sharing import (
    add_file,
    add_link,
    answer,
    drop_file,
    drop_link,
    invite,
    part_with,
)
from asurso_portfolio.services.trust import confirm, withdraw

__all__ = [
    "add_file",
    "add_link",
    "answer",
    "change",
    "confirm",
    "create",
    "drop_file",
    "drop_link",
    "invite",
    "move",
    "part_with",
    "remove",
    "save_about",
    "show_to",
    "withdraw",
]
