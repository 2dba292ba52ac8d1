"""The school's switch "teachers see the journals of all classes" (decisions 8).

Switched off, a teacher opens the journals of own groups and classes; all subjects of one pupil,
which the pupil's page and the reports of a pupil show, are for the class teacher.
"""

from __future__ import annotations

from typing import Any

from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import Record
from asurso_core.school import (
    SchoolClass,
    TeachingGroup,
    groups_of_classes,
    led_class_ids,
    pupils_of_classes,
    taught_group_ids,
)
from asurso_journal import permissions, policy
from asurso_timetable.api import Lesson

_SEE_ALL = frozenset({"admin", "director", "deputy", "psychologist"})


def is_narrowed(actor: Actor) -> bool:
    """Whether the actor is a teacher who sees only own journals."""
    return (
        "teacher" in actor.roles
        and not actor.roles & _SEE_ALL
        and not policy.rule("teachers_see_all")
    )


def condition(actor: Actor, permission: str, model: type[Record]) -> Any:
    """A condition on what teachers see who are narrowed to their own, else None."""
    if permission == permissions.MARK_VIEW and model is Person:
        if not is_narrowed(actor):
            return None
        return Person.id.in_(pupils_of_classes(led_class_ids(actor.person_id)))
    if permission not in {permissions.VIEW, permissions.FINAL_VIEW}:
        return None
    if model not in {TeachingGroup, SchoolClass, Lesson} or not is_narrowed(actor):
        return None
    if model is SchoolClass:
        return SchoolClass.id.in_(led_class_ids(actor.person_id))
    taught = taught_group_ids(actor.person_id)
    led = groups_of_classes(led_class_ids(actor.person_id))
    if model is TeachingGroup:
        return TeachingGroup.id.in_(taught) | TeachingGroup.id.in_(led)
    return Lesson.group.in_(taught) | Lesson.group.in_(led) | (Lesson.teacher == actor.person_id)
