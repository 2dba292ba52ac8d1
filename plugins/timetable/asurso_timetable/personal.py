"""What the timetable keeps of a person: the lessons that a teacher gives."""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import User
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_timetable.models import GridAct, GridEntry, Lesson

_WHY = "the class journal, which the school must keep, says who gave a lesson"


def _rows(query: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in query.dicts()]


def _acts(person_id: int) -> Any:
    return GridAct.user.in_(User.select(User.id).where(User.person == person_id))


def export(person_id: int) -> dict[str, Any]:
    """Weekly and dated lessons of a teacher; the last change in every grid."""
    return {
        "weekly": _rows(
            GridEntry.select(GridEntry.grid, GridEntry.weekday, GridEntry.number, GridEntry.group)
            .where(GridEntry.teacher == person_id)
            .order_by(GridEntry.id)
        ),
        "lessons": _rows(
            Lesson.select(Lesson.date, Lesson.number, Lesson.group, Lesson.status)
            .where(Lesson.teacher == person_id)
            .order_by(Lesson.date, Lesson.id)
        ),
        "last_changes": _rows(GridAct.select(GridAct.grid, GridAct.at).where(_acts(person_id))),
    }


def erase(person_id: int) -> None:
    """Weekly lessons lose their teacher, who has left; dated ones keep a person without a name."""
    GridEntry.update(teacher=None).where(GridEntry.teacher == person_id).execute()
    GridAct.delete().where(_acts(person_id)).execute()


PERSONAL_DATA = [
    PersonalData(
        name="timetable",
        title=_l("Timetable"),
        export=export,
        erase=erase,
        keeps={"timetable_lesson.teacher": _WHY},
    )
]
