"""Rights over the school, its years and classes, with the default grants of features.md 2.3."""

from __future__ import annotations

from asurso_core.access import CONFIG, DATALOSS, MANAGETRUST, SPAM, Permission, Resource, Scope
from asurso_core.accounts.queries import children_ids
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import queries
from asurso_core.school.models import (
    AcademicYear,
    Room,
    School,
    SchoolClass,
    Subject,
    TeachingGroup,
)

STAFF = (
    "admin", "director", "deputy", "teacher", "technical", "secretary", "hr", "medical",
    "psychologist",
)  # fmt: skip
EVERYBODY = (*STAFF, "pupil", "parent")


def _all(roles: tuple[str, ...], scope: str = "school") -> dict[str, str | tuple[str, ...]]:
    return dict.fromkeys(roles, scope)


SCOPES = [
    Scope(name="school", label=_l("the whole school"), anchor=None, ids=lambda _actor: None),
    Scope(name="own", label=_l("own data"), anchor="person", ids=lambda actor: [actor.person_id]),
    Scope(
        name="own_child",
        label=_l("own children"),
        anchor="person",
        ids=lambda actor: children_ids(actor.person_id),
    ),
    Scope(
        name="own_class",
        label=_l("classes one leads"),
        anchor="class",
        ids=lambda actor: queries.led_class_ids(actor.person_id),
    ),
    Scope(
        name="own_group",
        label=_l("groups one teaches"),
        anchor="group",
        ids=lambda actor: queries.taught_group_ids(actor.person_id),
    ),
    Scope(
        name="study_class",
        label=_l("the class one studies in"),
        anchor="class",
        ids=lambda actor: queries.studied_class_ids([actor.person_id]),
    ),
    Scope(
        name="child_class",
        label=_l("classes of own children"),
        anchor="class",
        ids=lambda actor: queries.studied_class_ids(children_ids(actor.person_id)),
    ),
]

PERMISSIONS = [
    Permission(
        name="core.school.view",
        label=_l("See the school card"),
        default=_all(EVERYBODY),
    ),
    Permission(
        name="core.school.edit",
        label=_l("Change the school card"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG,
    ),
    Permission(
        name="core.settings.edit",
        label=_l("Change settings of the school"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG,
    ),
    Permission(
        name="core.years.view",
        label=_l("See years, periods and holidays"),
        default=_all(EVERYBODY),
    ),
    Permission(
        name="core.years.edit",
        label=_l("Change years, periods and holidays"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG,
    ),
    Permission(
        name="core.classes.view",
        label=_l("See classes, groups and their lists"),
        scopes=("school", "own_class", "own_group", "study_class", "child_class"),
        default={
            "admin": "school", "director": "school", "deputy": "school", "secretary": "school",
            "teacher": "school",
        },
    ),
    Permission(
        name="core.classes.edit",
        label=_l("Change classes, groups and their lists"),
        default={"admin": "school"},
        edits=True,
    ),
    Permission(
        name="core.subjects.edit",
        label=_l("Change the list of subjects"),
        default={"admin": "school"},
        edits=True,
    ),
    Permission(
        name="core.teaching.edit",
        label=_l("Say who teaches whom"),
        default={"admin": "school", "deputy": "school"},
        edits=True,
    ),
    Permission(
        name="core.rooms.view",
        label=_l("See rooms"),
        default={
            "admin": "school", "director": "school", "deputy": "school", "teacher": "school",
            "technical": "school", "secretary": "school",
        },
    ),
    Permission(
        name="core.rooms.edit",
        label=_l("Change rooms"),
        default={"admin": "school"},
        edits=True,
    ),
    Permission(
        name="core.access.view",
        label=_l("See who has which rights"),
        default={"admin": "school", "director": "school"},
    ),
    Permission(
        name="core.access.edit",
        label=_l("Change the rights of roles and people"),
        default={"admin": "school"},
        edits=True,
        risk=MANAGETRUST,
    ),
    Permission(
        name="core.plugins.view",
        label=_l("See installed plugins and the state of the system"),
        default={"admin": "school"},
    ),
    Permission(
        name="core.jobs.view",
        label=_l("See what the program does in the background"),
        default={"admin": "school"},
    ),
    Permission(
        name="core.jobs.edit",
        label=_l("Repeat and cancel background jobs"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG | SPAM,
    ),
    Permission(
        name="core.plugins.edit",
        label=_l("Switch plugins on and off, remove their data"),
        default={"admin": "school"},
        edits=True,
        risk=CONFIG | DATALOSS,
    ),
]  # fmt: skip

RESOURCES = [
    Resource(model=School, anchors={}),
    Resource(model=AcademicYear, anchors={}, year=lambda years: AcademicYear.id.in_(years)),
    Resource(model=Subject, anchors={}),
    Resource(model=Room, anchors={}),
    Resource(
        model=SchoolClass,
        anchors={
            "class": lambda ids: SchoolClass.id.in_(ids),
            "person": lambda ids: SchoolClass.id.in_(queries.studied_class_ids(ids)),
            "group": lambda ids: SchoolClass.id.in_(queries.classes_of_groups(ids)),
        },
        year=lambda years: SchoolClass.year.in_(years),
    ),
    Resource(
        model=TeachingGroup,
        anchors={
            "group": lambda ids: TeachingGroup.id.in_(ids),
            "class": lambda ids: TeachingGroup.id.in_(queries.groups_of_classes(ids)),
        },
        year=lambda years: TeachingGroup.year.in_(years),
    ),
]
