"""Who sees and who makes the timetable (R4.1.15, R2.13.1d, R2.9, R4.4.2, R4.5.2)."""

from __future__ import annotations

from typing import Any

from asurso_core.access import Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import SchoolClass, TeachingGroup, groups_of_classes
from asurso_timetable.models import BellSchedule, ClassBells, Grid, GridEntry, Lesson, StaleSpan

VIEW = "timetable.view"
EDIT = "timetable.edit"

_STAFF = (
    "admin", "director", "deputy", "teacher", "technical", "secretary", "hr", "medical",
    "psychologist",
)  # fmt: skip

PERMISSIONS = [
    Permission(
        name=VIEW,
        label=_l("See the timetable"),
        scopes=("school", "own", "own_class", "own_group", "study_class", "child_class"),
        default={
            **dict.fromkeys(_STAFF, "school"),
            "pupil": "study_class",
            "parent": "child_class",
        },
    ),
    Permission(
        name=EDIT,
        label=_l("Make and change the timetable"),
        default={"admin": "school", "deputy": "school"},
        edits=True,
    ),
]


def _hung_on_group(model: Any) -> Resource:
    return Resource(
        model=model,
        anchors={
            "class": lambda ids: model.group.in_(groups_of_classes(ids)),
            "group": lambda ids: model.group.in_(ids),
            "person": lambda ids: model.teacher.in_(ids),
        },
        year=lambda years: model.group.in_(
            TeachingGroup.select(TeachingGroup.id).where(TeachingGroup.year.in_(years))
        ),
    )


RESOURCES = [
    _hung_on_group(Lesson),
    _hung_on_group(GridEntry),
    Resource(model=Grid, anchors={}, year=lambda years: Grid.year.in_(years)),
    Resource(model=StaleSpan, anchors={}, year=lambda years: StaleSpan.year.in_(years)),
    # Bells are the school's own and outlive its years.
    Resource(model=BellSchedule, anchors={}),
    Resource(
        model=ClassBells,
        anchors={"class": lambda ids: ClassBells.school_class.in_(ids)},
        year=lambda years: ClassBells.school_class.in_(
            SchoolClass.select(SchoolClass.id).where(SchoolClass.year.in_(years))
        ),
    ),
]
