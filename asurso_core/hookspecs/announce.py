"""Specs called after something happened, inside its transaction.

A failing listener is rolled back alone.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from asurso_core import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asurso_core.accounts import Person, User
    from asurso_core.actors import Actor
    from asurso_core.school import SchoolClass, TeachingGroup


@hookspec
def asurso_installed() -> None:
    """A database was made or upgraded: write the vocabularies the plugin cannot work without.

    Announced by ``asurso init`` and ``asurso db upgrade`` inside one transaction; must be safe to
    repeat and must not bring back what the school has removed.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_plugin_enabled(name: str, first_time: bool, actor: Actor) -> None:
    """A plugin was switched on; it hears of it itself. ``first_time``: it was never in use before.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_plugin_disabled(name: str, actor: Actor) -> None:
    """A plugin is being switched off; it hears of it itself, for the last time.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_user_created(user: User, actor: Actor) -> None:
    """An account was made.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_user_updated(user: User, changes: Mapping[str, tuple[Any, Any]], actor: Actor) -> None:
    """An account or its person changed; ``changes`` is ``{field: (old, new)}``.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_user_archived(user: User, reason: str, actor: Actor) -> None:
    """An account was put into the archive.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_user_restored(user: User, actor: Actor) -> None:
    """An account came back from the archive.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_roles_changed(user: User, granted: set[str], revoked: set[str], actor: Actor) -> None:
    """The roles of an account changed.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_pupil_enrolled(
    pupil: Person, school_class: SchoolClass, on: dt.date, actor: Actor
) -> None:
    """A pupil came into a class without leaving another one.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_pupil_moved(
    pupil: Person, old_class: SchoolClass, new_class: SchoolClass, on: dt.date, actor: Actor
) -> None:
    """A pupil moved to another class.

    Not announced for a first admission: see :func:`asurso_pupil_enrolled`.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_pupil_left(pupil: Person, on: dt.date, reason: str, actor: Actor) -> None:
    """A pupil left the school.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_group_changed(
    group: TeachingGroup, added: list[int], removed: list[int], on: dt.date, actor: Actor
) -> None:
    """Members of a teaching group changed from a date; the lists hold ids of persons.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_calendar_changed(year_id: int, start: dt.date, end: dt.date, actor: Actor) -> None:
    """Holidays, days off or periods of a year changed between two dates, both included.

    .. versionadded:: 0.1
    """
