"""Who enters which section (features.md 2.3, rows "Forum")."""

from __future__ import annotations

from typing import Any

from asurso_core.access import Permission, Resource, Scope
from asurso_core.accounts import children_ids
from asurso_core.actors import STAFF, Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import GroupClass, led_class_ids, studied_class_ids, taught_group_ids
from asurso_forum import models
from asurso_forum.models import Message, Section, SectionRight, Topic

VIEW = "forum.view"
WRITE = "forum.message.write"
MODERATE = "forum.moderate"
SECTIONS = "forum.section.edit"

_ROLES = (
    "director", "deputy", "teacher", "secretary", "hr", "medical", "psychologist", "pupil",
    "parent",
)  # fmt: skip


def _open(actor: Actor, level: int) -> Any:
    """A query of the sections whose own rights give the actor this much.

    A query and not a list: the answer is kept by :mod:`asurso_core.access` for as long as the
    actor's roles last, while the rights of a section may change in between.
    """
    klass = SectionRight.school_class
    fits = klass.is_null()
    if "pupil" in actor.roles:
        fits |= klass.in_(studied_class_ids([actor.person_id]))
    if "parent" in actor.roles:
        fits |= klass.in_(studied_class_ids(children_ids(actor.person_id)))
    if actor.side == STAFF:
        taught = GroupClass.select(GroupClass.school_class).where(
            GroupClass.group.in_(taught_group_ids(actor.person_id))
        )
        fits |= klass.in_(led_class_ids(actor.person_id)) | klass.in_(taught)
    return SectionRight.select(SectionRight.section).where(
        SectionRight.level >= level,
        SectionRight.role.is_null() | SectionRight.role.in_(sorted(actor.roles)),
        SectionRight.person.is_null() | (SectionRight.person == actor.person_id),
        fits,
    )


SCOPES = [
    Scope(
        name="forum_read",
        label=_l("sections one may read"),
        anchor="forum_section",
        ids=lambda actor: _open(actor, models.READ),
    ),
    Scope(
        name="forum_write",
        label=_l("sections one may write in"),
        anchor="forum_section",
        ids=lambda actor: _open(actor, models.WRITE),
    ),
    Scope(
        name="forum_moderate",
        label=_l("sections one moderates"),
        anchor="forum_section",
        ids=lambda actor: _open(actor, models.MODERATE),
    ),
]

PERMISSIONS: list[Any] = [
    Permission(
        name=VIEW,
        label=_l("Read the forum"),
        scopes=("school", "forum_read"),
        default={"admin": "school", **dict.fromkeys(_ROLES, "forum_read")},
    ),
    Permission(
        name=WRITE,
        label=_l("Write in the forum"),
        scopes=("school", "forum_write"),
        default={"admin": "school", **dict.fromkeys(_ROLES, "forum_write")},
        edits=True,
    ),
    Permission(
        name=MODERATE,
        label=_l("Moderate the forum"),
        # "own" over a topic means "a topic that I opened".
        scopes=("school", "forum_moderate", "own"),
        default={
            "admin": "school",
            "director": "forum_moderate",
            "deputy": "forum_moderate",
            "psychologist": "forum_moderate",
            "secretary": "forum_moderate",
            "teacher": ("forum_moderate", "own"),
        },
        edits=True,
    ),
    Permission(
        name=SECTIONS,
        label=_l("Open sections of the forum and say who enters"),
        default={"admin": "school"},
        edits=True,
    ),
]


def _topics(condition: Any) -> Any:
    return Message.topic.in_(Topic.select(Topic.id).where(condition))


RESOURCES = [
    Resource(model=Section, anchors={"forum_section": lambda ids: Section.id.in_(ids)}),
    Resource(
        model=Topic,
        anchors={
            "forum_section": lambda ids: Topic.section.in_(ids),
            "person": lambda ids: Topic.author.in_(ids),
        },
    ),
    Resource(
        model=Message,
        anchors={
            "forum_section": lambda ids: _topics(Topic.section.in_(ids)),
            "person": lambda ids: _topics(Topic.author.in_(ids)),
        },
    ),
]
