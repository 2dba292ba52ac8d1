"""People and their accounts: what plugins may use of this room."""

from __future__ import annotations

from asurso_core.accounts.models import Guardian, Person, PersonDetail, Role, User, UserRole
from asurso_core.accounts.people_queries import role_labels
from asurso_core.accounts.people_rules import sees_particulars
from asurso_core.accounts.queries import actor_for, children_ids

__all__ = [
    "actor_for",
    "children_ids",
    "Guardian",
    "Person",
    "PersonDetail",
    "Role",
    "role_labels",
    "sees_particulars",
    "User",
    "UserRole",
]
