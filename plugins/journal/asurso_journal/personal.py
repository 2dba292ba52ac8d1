"""What the journal keeps of a person: a pupil's marks and absences, by law never erased."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_journal.models import Assignment, Attendance, LessonNote, Mark
from asurso_timetable.api import Lesson

#: The class journal is a document of the school (order 707 of 2006 keeps its summary 25 years).
_WHY = "the class journal is a document that the school must keep"


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _accounts(person_id: int) -> Any:
    return User.select(User.id).where(User.person == person_id)


def export(person_id: int) -> dict[str, Any]:
    """Marks and absences of a pupil; lessons whose topic and homework somebody wrote."""
    return {
        "marks": _rows(
            Mark.select(Lesson.date, Lesson.group, Mark.value, Mark.dot, Mark.comment)
            .join(Assignment)
            .join(Lesson)
            .where(Mark.pupil == person_id)
            .order_by(Lesson.date, Mark.id)
        ),
        "attendance": _rows(
            Attendance.select(Lesson.date, Lesson.group, Attendance.code)
            .join(Lesson)
            .where(Attendance.pupil == person_id)
            .order_by(Lesson.date, Attendance.id)
        ),
        "lessons_written": _rows(
            LessonNote.select(Lesson.date, Lesson.group, LessonNote.topic, LessonNote.homework)
            .join(Lesson)
            .where(LessonNote.updated_by.in_(_accounts(person_id)))
            .order_by(Lesson.date, LessonNote.id)
        ),
    }


def erase(person_id: int) -> None:
    """Marks and absences stay, of a person who has no name any more."""
    LessonNote.update(updated_by=None).where(
        LessonNote.updated_by.in_(_accounts(person_id))
    ).execute()


PERSONAL_DATA = [
    PersonalData(
        name="journal",
        title=_l("Class journal"),
        export=export,
        erase=erase,
        keeps={"journal_mark.pupil": _WHY, "journal_attendance.pupil": _WHY},
    )
]
