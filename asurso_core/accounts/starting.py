"""The first minute of a new school: its card and its administrator."""

from __future__ import annotations

from asurso_core import clock
from asurso_core.accounts import passwords
from asurso_core.accounts.models import Person, Role, User, UserRole
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.school.models import School


def first_administrator(school_name: str, login: str, full_name: str) -> str:
    """Write the school card and one administrator; returns the one-time password.

    ``full_name`` is surname, given name and patronymic parted by spaces.
    """
    parts = [*full_name.split(), "", ""]
    with transaction():
        School.create(name=school_name, short_name=school_name[:80])
        person = Person(
            surname=parts[0] or "Администратор",
            given_name=parts[1] or "Системы",
            patronymic=" ".join(parts[2:]).strip() or None,
        )
        person.refresh_keys()
        person.save()
        account = User.create(
            person=person, login=login, login_key=login.lower(), created_at=clock.stamp()
        )
        UserRole.create(user=account, role=Role.get(Role.name == "admin"))
        return passwords.issue(system("asurso init"), account)
