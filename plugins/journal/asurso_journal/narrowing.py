"""The school's switch "teachers see the journals of all classes" (decisions 8)."""

from __future__ import annotations

from typing import Any

from asurso_core.actors import Actor
from asurso_core.db import Record
from asurso_core.school import (
    SchoolClass,
    TeachingGroup,
    groups_of_classes,
    led_class_ids,
    taught_group_ids,
)
from asurso_journal import permissions, policy
from asurso_timetable.api import Lesson

_SEE_ALL = frozenset({"admin", "director", "deputy", "psychologist"})


def condition(actor: Actor, permission: str, model: type[Record]) -> Any:
    """A condition on what teachers see who are narrowed to their own, else None."""
    if permission not in {permissions.VIEW, permissions.FINAL_VIEW}:
        return None
    if model not in {TeachingGroup, SchoolClass, Lesson}:
        return None
    if "teacher" not in actor.roles or actor.roles & _SEE_ALL or policy.rule("teachers_see_all"):
        return None
    if model is SchoolClass:
        return SchoolClass.id.in_(led_class_ids(actor.person_id))
    taught = taught_group_ids(actor.person_id)
    led = groups_of_classes(led_class_ids(actor.person_id))
    if model is TeachingGroup:
        return TeachingGroup.id.in_(taught) | TeachingGroup.id.in_(led)
    return Lesson.group.in_(taught) | Lesson.group.in_(led) | (Lesson.teacher == actor.person_id)
