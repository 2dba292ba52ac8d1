"""The school, its calendar, classes and groups: what plugins may use of this room."""

from __future__ import annotations

from asurso_core.school import guards as _guards  # declares the triggers of these tables
from asurso_core.school.models import (
    AcademicYear,
    CalendarDay,
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupMember,
    GroupTeacher,
    Holiday,
    Period,
    PeriodType,
    Room,
    School,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from asurso_core.school.queries import (
    active,
    class_members,
    class_of,
    class_titles,
    classes,
    current_year,
    group_ids_of_pupil,
    group_members,
    groups_of_classes,
    led_class_ids,
    overlapping,
    period_at,
    periods_of_class,
    pupils_of_classes,
    school_days,
    studied_class_ids,
    taught_group_ids,
    week_parity,
)

del _guards

from asurso_core.school.days import school_days_of

__all__ = [
    "school_days_of",
    "AcademicYear",
    "CalendarDay",
    "ClassMember",
    "ClassTeacher",
    "GroupClass",
    "GroupMember",
    "GroupTeacher",
    "Holiday",
    "Period",
    "PeriodType",
    "Room",
    "School",
    "SchoolClass",
    "Subject",
    "TeachingGroup",
    "active",
    "class_members",
    "class_of",
    "class_titles",
    "classes",
    "current_year",
    "group_ids_of_pupil",
    "group_members",
    "groups_of_classes",
    "led_class_ids",
    "overlapping",
    "period_at",
    "periods_of_class",
    "pupils_of_classes",
    "school_days",
    "studied_class_ids",
    "taught_group_ids",
    "week_parity",
]
