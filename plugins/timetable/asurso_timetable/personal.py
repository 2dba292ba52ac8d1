"""What the timetable keeps of a person: the lessons they gave, and what they may undo."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_core.school import Subject, TeachingGroup
from asurso_timetable.models import GridAct, GridEntry, Lesson, Substitution


def _export(person_id: int) -> dict[str, Any]:
    taught = (
        Lesson.select(Lesson.date, Lesson.number, Subject.name.alias("subject"), Lesson.status)
        .join(TeachingGroup)
        .join(Subject)
        .where(Lesson.teacher == person_id)
        .order_by(Lesson.date, Lesson.number)
    )
    weekly = (
        GridEntry.select(GridEntry.weekday, GridEntry.number, Subject.name.alias("subject"))
        .join(TeachingGroup)
        .join(Subject)
        .where(GridEntry.teacher == person_id)
        .order_by(GridEntry.weekday, GridEntry.number)
    )
    users = User.select(User.id).where(User.person == person_id)
    substitutions = (
        Substitution.select(
            Lesson.date, Lesson.number, Substitution.kind, Substitution.reason,
            (Substitution.absent == person_id).alias("was_absent"),
        )
        .join(Lesson)
        .where(
            (Substitution.absent == person_id)
            | (Substitution.substitute == person_id)
            | Substitution.made_by.in_(users)
        )
        .order_by(Lesson.date, Lesson.number)
    )  # fmt: skip
    return {
        "substitutions": [dict(row) for row in substitutions.dicts()],
        "lessons_given": [dict(row) for row in taught.dicts()],
        "weekly_lessons": [dict(row) for row in weekly.dicts()],
    }


def _erase(person_id: int) -> None:
    """Weekly lessons lose their teacher, who has left; dated ones keep a person without a name."""
    users = User.select(User.id).where(User.person == person_id)
    GridEntry.update(teacher=None).where(GridEntry.teacher == person_id).execute()
    Substitution.update(made_by=None).where(Substitution.made_by.in_(users)).execute()
    GridAct.delete().where(GridAct.user.in_(users)).execute()


_SHEET = _l("Substitutions stay in the sheets by which work was paid, without the name.")
PERSONAL_DATA = [
    PersonalData(
        name="timetable",
        title=_l("Timetable"),
        export=_export,
        erase=_erase,
        keeps={
            "timetable_lesson.teacher": _l(
                "Lessons that were given stay in the journal of the school, without the name."
            ),
            "timetable_substitution.absent": _SHEET,
            "timetable_substitution.substitute": _SHEET,
        },
    )
]
