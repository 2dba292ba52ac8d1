"""Hooks that the timetable publishes; others implement them with ``optionalhook=True``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from asurso_core import hookspec

if TYPE_CHECKING:
    from asurso_core.actors import Actor


@hookspec
def timetable_lessons_in_use(lesson_ids: list[int]) -> set[int]:  # type: ignore[empty-body]
    """Ask: which of these lessons hold work that must not be lost?

    The journal answers with the lessons that have marks, attendance, a topic or homework. Every
    lesson that a row of another plugin points to must be among the answers: the timetable deletes
    and moves the others when it is made again. A plugin that fails here keeps all of them.

    .. versionadded:: 0.1
    """


@hookspec
def timetable_changed(class_ids: list[int], start: dt.date, end: dt.date, actor: Actor) -> None:
    """Announce: dated lessons of these classes changed between two days, both included.

    Announced inside the transaction of the deed, once for a whole generation. Not announced for a
    change of the weekly grid, which changes no dated lesson yet.

    .. versionadded:: 0.1
    """
