"""Who sees and who makes the timetable (R4.1.15, R2.13.1d, R2.9, R4.4.2, R4.5.2)."""

from __future__ import annotations

from typing import Any

from asurso_core.access import Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import SchoolClass, TeachingGroup, groups_of_classes
from asurso_timetable.models import (
    BellSchedule,
    ClassBells,
    Grid,
    GridEntry,
    Lesson,
    StaleSpan,
    Substitution,
)

VIEW = "timetable.view"
EDIT = "timetable.edit"
#: The journal of substitutions (features.md 3.10).
SUBSTITUTE = "timetable.substitute.edit"
SUBSTITUTIONS = "timetable.substitute.view"

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
    Permission(
        name=SUBSTITUTE,
        label=_l("Appoint substitutes, and take substitutions back"),
        default={"admin": "school", "deputy": "school"},
        edits=True,
    ),
    Permission(
        name=SUBSTITUTIONS,
        label=_l("See the journal of substitutions"),
        default={
            "admin": "school", "director": "school", "deputy": "school", "secretary": "school",
            "hr": "school",
        },
    ),
]  # fmt: skip


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


def _lessons() -> Resource:
    """Dated lessons; a lesson that is given together with another is of who gives both."""
    plain = _hung_on_group(Lesson)
    given = dict(plain.anchors)
    given["person"] = lambda ids: (
        Lesson.teacher.in_(ids)
        | Lesson.id.in_(
            Substitution.select(Substitution.lesson).where(
                Substitution.kind == "merged", Substitution.substitute.in_(ids)
            )
        )
    )
    return Resource(model=Lesson, anchors=given, year=plain.year)


RESOURCES = [
    _lessons(),
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
