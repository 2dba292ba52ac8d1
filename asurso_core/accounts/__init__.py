"""People and their accounts: what plugins may use of this room."""

from __future__ import annotations

from asurso_core.accounts.models import Guardian, Person, PersonDetail, Role, User, UserRole

__all__ = ["Guardian", "Person", "PersonDetail", "Role", "User", "UserRole"]
