"""What hangs on dated lessons: classes, and the work of other plugins."""

from __future__ import annotations

from collections.abc import Iterable

from asurso_core import plugins
from asurso_core.school import GroupClass
from asurso_timetable.hookspecs import timetable_lessons_in_use

_CHUNK = 5000


def in_use(lesson_ids: Iterable[int]) -> set[int]:
    """Those lessons that hold marks, attendance, a topic or homework; all if a plugin fails."""
    ids = list(lesson_ids)
    found: set[int] = set()
    for first in range(0, len(ids), _CHUNK):
        part = ids[first : first + _CHUNK]
        for _plugin, answer in plugins.ask(
            timetable_lessons_in_use, lesson_ids=part, failure=set(part)
        ):
            found |= set(answer)
    return found


def classes_of(group_id: int) -> list[int]:
    """Ids of the classes of a group, in order of age."""
    return [
        row.school_class_id
        for row in GroupClass.select()
        .where(GroupClass.group == group_id)
        .order_by(GroupClass.school_class)
    ]
