"""Hooks that the journal publishes; others implement them with ``optionalhook=True``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_core import hookspec

if TYPE_CHECKING:
    from asurso_core.actors import Actor
    from asurso_journal.marks import AttendanceFact, MarkFact


@hookspec
def journal_mark_set(mark: MarkFact, old: MarkFact | None, actor: Actor) -> None:
    """Announce: a mark, a debt dot or a comment was put or changed; ``old`` is what stood before.

    Announced inside the transaction of the deed, once for each cell.

    .. versionadded:: 0.1
    """


@hookspec
def journal_mark_removed(mark: MarkFact, actor: Actor) -> None:
    """Announce: a mark or a dot was taken away; ``mark`` is what stood there.

    .. versionadded:: 0.1
    """


@hookspec
def journal_attendance_set(entry: AttendanceFact, old: str, actor: Actor) -> None:
    """Announce: a pupil's attendance at a lesson changed; ``old`` and ``entry.code`` may be empty.

    .. versionadded:: 0.1
    """


@hookspec
def journal_homework_set(lesson_id: int, homework: str, actor: Actor) -> None:
    """Announce: homework was set, changed or (empty) taken away.

    .. versionadded:: 0.1
    """
