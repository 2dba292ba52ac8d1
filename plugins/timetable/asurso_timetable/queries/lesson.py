"""One dated lesson, opened to be changed by hand."""

from __future__ import annotations

from dataclasses import dataclass

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.school import SchoolClass
from asurso_timetable.models import Lesson
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.queries.usage import classes_of, in_use
from asurso_timetable.rows import LessonRow, lessons_by_id


@dataclass(frozen=True)
class OpenLesson:
    """A lesson, its version, its (first) class and whether anything was written about it."""

    row: LessonRow
    version: int
    class_id: int
    used: bool


def lesson_to_change(actor: Actor, lesson_id: int) -> OpenLesson:
    """A lesson that the actor may change; raises NotThere or Refused."""
    lesson = access.find(actor, VIEW, Lesson, lesson_id)
    access.require(actor, EDIT, lesson, see=VIEW)
    (row,) = lessons_by_id([lesson.id])
    classes = classes_of(lesson.group_id)
    return OpenLesson(
        row, lesson.version, classes[0] if classes else 0, lesson.id in in_use([lesson.id])
    )


def class_to_change(actor: Actor, class_id: int) -> SchoolClass:
    """A class whose timetable the actor may change."""
    found: SchoolClass = access.find(actor, VIEW, SchoolClass, class_id)
    access.require(actor, EDIT, found, see=VIEW)
    return found
