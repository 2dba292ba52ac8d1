"""Letters of classes stand in Russian order wherever a plugin names several: 5Е, 5Ё, 5Ж."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core.db import transaction
from asurso_core.school import ClassMember, GroupClass, SchoolClass
from asurso_core.testing.make import FIRST_DAY, TODAY, SmallSchool
from asurso_diary import queries as diary
from asurso_journal import queries as journal
from asurso_timetable.api import Lesson
from asurso_timetable.models import BellSchedule, ClassBells, Grid, GridEntry
from asurso_timetable.queries import bells as bell_queries
from asurso_timetable.queries import grid as grid_queries
from asurso_timetable.queries.preview import _titles
from asurso_timetable.rows import lessons_of_group

IN_ORDER = ["5А", "5Е", "5Ё", "5Ж"]


@pytest.fixture
def classes(school: SmallSchool) -> list[int]:
    """One more class for each letter; they learn mathematics together with 5А."""
    first = SchoolClass.get_by_id(school.ids["5А"])
    with transaction():
        made = [
            SchoolClass.create(
                year=first.year, grade=5, letter=letter, period_type=first.period_type
            ).id
            for letter in "ЖЁЕ"
        ]
        for class_id in made:
            GroupClass.create(group=school.ids["maths_5a"], school_class=class_id)
    return made


def test_the_journal_of_several_classes(school: SmallSchool, classes: list[int]) -> None:
    del classes
    page = journal.grid_page(school.actor("admin"), school.ids["maths_5a"], None)
    assert page.classes == ", ".join(IN_ORDER)


def test_the_diaries(school: SmallSchool, classes: list[int]) -> None:
    members = list(ClassMember.select().where(ClassMember.school_class == school.ids["5А"]))
    with transaction():
        for class_id, member in zip(classes, members[1:], strict=False):
            member.school_class = class_id
            member.save()
    found = [title for title, _pupils in diary.readable_classes(school.actor("admin"))]
    assert [title for title in found if title != "5Б"] == IN_ORDER


def test_the_timetable(school: SmallSchool, classes: list[int]) -> None:
    group, actor = school.ids["maths_5a"], school.actor("deputy")
    with transaction():
        schedule = BellSchedule.create(title="Обычные")
        for class_id in [*classes, school.ids["5А"]]:
            ClassBells.create(school_class=class_id, schedule=schedule, since=FIRST_DAY)
        grid = Grid.create(year=school.ids["year"], title="Год", since=FIRST_DAY)
        GridEntry.create(grid=grid, weekday=1, number=1, group=group, starts=480, ends=525)
        Lesson.create(date=dt.date(2026, 11, 23), number=1, starts=480, ends=525, group=group)
    together = ", ".join(IN_ORDER)
    assert bell_queries.schedules(actor)[0].classes == IN_ORDER
    assert grid_queries._entries(grid.id, school.ids["5А"])[0].classes == together
    assert _titles([group])[group].startswith(together)
    assert lessons_of_group(group, FIRST_DAY, TODAY)[0].classes == together
