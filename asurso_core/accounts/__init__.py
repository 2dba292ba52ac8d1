"""People and their accounts: what plugins may use of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asurso_core.accounts.models import Guardian, Person, PersonDetail, Role, User, UserRole
from asurso_core.accounts.queries import actor_for, children_ids, holders

if TYPE_CHECKING:
    from asurso_core.accounts.people_queries import role_labels
    from asurso_core.accounts.people_rules import sees_particulars

__all__ = [
    "actor_for",
    "children_ids",
    "Guardian",
    "holders",
    "Person",
    "PersonDetail",
    "Role",
    "role_labels",
    "sees_particulars",
    "User",
    "UserRole",
]


def __getattr__(name: str) -> Any:
    """What stands on the school, which itself stands on the tables of people: fetched when used."""
    if name == "role_labels":
        from asurso_core.accounts.people_queries import role_labels

        return role_labels
    if name == "sees_particulars":
        from asurso_core.accounts.people_rules import sees_particulars

        return sees_particulars
    raise AttributeError(name)
