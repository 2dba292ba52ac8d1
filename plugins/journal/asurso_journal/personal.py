"""What the journal keeps of a person: given out whole; kept, because the school must."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_core.school import Subject, TeachingGroup
from asurso_journal.models import Assignment, AssignmentType, Attendance, LessonNote, Mark
from asurso_timetable.api import Lesson

#: The class journal is a document of the school (order 707 of 2006 keeps its summary 25 years).
_WHY = _l(
    "Marks, attendance, comments and homework stay, without the name: a school must keep "
    "the results of learning for the terms of the law."
)


def _export(person_id: int) -> dict[str, Any]:
    lesson = (Lesson.date, Lesson.number, Subject.name.alias("subject"))
    marks = (
        Mark.select(
            *lesson, AssignmentType.name.alias("work"), Assignment.title, Assignment.weight,
            Mark.value, Mark.dot.alias("debt"), Mark.comment,
        )
        .join(Assignment)
        .join(AssignmentType)
        .switch(Assignment)
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .where(Mark.pupil == person_id)
    )  # fmt: skip
    attendance = (
        Attendance.select(*lesson, Attendance.code)
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .where(Attendance.pupil == person_id)
    )
    users = User.select(User.id).where(User.person == person_id)
    written = (
        LessonNote.select(*lesson, LessonNote.topic, LessonNote.homework, LessonNote.homework_at)
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .where(LessonNote.updated_by.in_(users))
    )
    return {
        name: [dict(row) for row in query.order_by(Lesson.date, Lesson.number).dicts()]
        for name, query in (("marks", marks), ("attendance", attendance), ("written", written))
    }


def _erase(person_id: int) -> None:
    """Marks and absences stay, of a person who has no name any more."""
    users = User.select(User.id).where(User.person == person_id)
    LessonNote.update(updated_by=None).where(LessonNote.updated_by.in_(users)).execute()


PERSONAL_DATA = [
    PersonalData(
        name="journal",
        title=_l("Class journal"),
        export=_export,
        erase=_erase,
        keeps={"journal_mark.pupil": _WHY, "journal_attendance.pupil": _WHY},
    )
]
