"""What other plugins may import from the timetable."""

from __future__ import annotations

from asurso_timetable.models import Lesson
from asurso_timetable.permissions import EDIT, VIEW
from asurso_timetable.rows import (
    LessonRow,
    face,
    lessons_by_id,
    lessons_of_class,
    lessons_of_group,
    lessons_of_pupil,
    lessons_of_room,
    lessons_of_teacher,
)
from asurso_timetable.services.lessons import add_lesson
from asurso_timetable.substitutions import SubstitutionRow, substitutions

__all__ = [
    "EDIT",
    "VIEW",
    "Lesson",
    "LessonRow",
    "SubstitutionRow",
    "add_lesson",
    "face",
    "lessons_by_id",
    "lessons_of_class",
    "lessons_of_group",
    "lessons_of_pupil",
    "lessons_of_room",
    "lessons_of_teacher",
    "substitutions",
]
