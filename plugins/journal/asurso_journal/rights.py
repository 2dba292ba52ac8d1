"""Whose journal the actor may change, apart from any time limit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.db import rows
from asurso_core.school import AcademicYear, TeachingGroup, groups_of_classes, led_class_ids
from asurso_journal import permissions, policy
from asurso_timetable.api import Lesson


def editable_lessons(
    actor: Actor, lesson_ids: Iterable[int], permission: str = permissions.EDIT
) -> set[int]:
    """Those of the lessons whose journal the actor may change, apart from any time limit.

    Own groups, lessons given as a substitute and, where the school has switched it on, every
    subject of the own class.
    """
    wanted = list(lesson_ids)
    allowed = set(access.allowed_ids(actor, permission, Lesson, wanted))
    left = [id_ for id_ in wanted if id_ not in allowed]
    if left and actor.holds(permission) and policy.rule("class_teacher_marks"):
        allowed |= led_lessons(actor, left, open_years=True)
    return allowed


def led_lessons(actor: Actor, lesson_ids: Iterable[int], *, open_years: bool = False) -> set[int]:
    """Those of the lessons that are given to pupils of a class the actor leads.

    ``open_years`` leaves out those of closed years, as every right to change does.
    """
    led = groups_of_classes(led_class_ids(actor.person_id))
    query = Lesson.select(Lesson.id).where(Lesson.id.in_(list(lesson_ids)), Lesson.group.in_(led))
    if open_years:
        years = AcademicYear.select(AcademicYear.id).where(AcademicYear.state != "closed")
        groups = TeachingGroup.select(TeachingGroup.id).where(TeachingGroup.year.in_(years))
        query = query.where(Lesson.group.in_(groups))
    found: Any = query.tuples()
    return {row[0] for row in found}


def rights_over(actor: Actor, group_id: int, asked: Iterable[str]) -> set[str]:
    """Which of the permissions the actor has over a teaching group; one statement for all."""
    parts: list[str] = []
    params: list[Any] = []
    for permission in asked:
        sql, values = access.allowed_sql(actor, permission, TeachingGroup)
        if sql:
            parts.append(f"SELECT '{permission}' FROM ({sql}) AS allowed WHERE id = ?")  # noqa: S608 - ours
            params += [*values, group_id]
    return {name for (name,) in rows(" UNION ALL ".join(parts), params)} if parts else set()


def editable_groups(actor: Actor, group_ids: Iterable[int]) -> set[int]:
    """Those of the teaching groups whose period, year and final marks the actor may put.

    Own groups and, where the school has switched it on, every subject of the own class.
    """
    wanted = list(group_ids)
    allowed = set(access.allowed_ids(actor, permissions.FINAL_EDIT, TeachingGroup, wanted))
    left = [id_ for id_ in wanted if id_ not in allowed]
    if left and actor.holds(permissions.FINAL_EDIT) and policy.rule("class_teacher_marks"):
        query = TeachingGroup.select(TeachingGroup.id).where(
            TeachingGroup.id.in_(left),
            TeachingGroup.id.in_(groups_of_classes(led_class_ids(actor.person_id))),
        )
        found: Any = query.tuples()
        allowed |= {row[0] for row in found}
    return allowed
