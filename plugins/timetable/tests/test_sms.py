"""The command РАСП; the plugin sms itself is not needed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from asurso_core import clock
from asurso_core.accounts import Guardian
from asurso_core.errors import NotThere
from asurso_core.testing.make import SmallSchool
from asurso_timetable import sms
from asurso_timetable.models import Lesson


@pytest.fixture
def ask(school: SmallSchool) -> Callable[..., str]:
    """``ask(days=…)`` is what Egor's mother is told about his lessons."""
    for group, date, number in (
        ("maths_5a", "2026-11-24", 1),
        ("russian_5a", "2026-11-24", 3),
        ("english_5a_1", "2026-11-26", 1),
        ("english_5a_2", "2026-11-26", 1),
        ("maths_5a", "2026-11-26", 2),
        ("maths_5b", "2026-11-26", 3),
    ):
        Lesson.create(
            date=dt.date.fromisoformat(date), number=number, starts=450 + 60 * number,
            ends=495 + 60 * number, group=school.ids[group],
        )  # fmt: skip

    def answer(who: str = "parent", about: str = "pupil", days: Any = None) -> str:
        question = SimpleNamespace(who="Егор 5А", days=days)
        return " ".join(sms.lessons(school.actor(who, "family"), school.person(about), question))

    return answer


def test_today_is_told_while_a_lesson_is_to_come_then_the_next_day(ask):
    assert ask() == "Егор 5А вт 24.11: 08:30 Мат, 10:30 Рус, до 11:15"
    with clock.frozen("2026-11-24T12:00"):
        assert ask() == "Егор 5А чт 26.11: 08:30 Англ, 09:30 Мат, до 10:15"


def test_lessons_of_days_that_were_named(ask):
    day = dt.date(2026, 11, 25)
    assert ask(days=(day, day)) == "Егор 5А ср 25.11: уроков нет"
    assert ask(days=(day, dt.date(2026, 11, 30))).startswith("Егор 5А чт 26.11: 08:30 Англ")


def test_a_cancelled_lesson_is_named_as_such(ask):
    Lesson.update(status="cancelled").where(Lesson.number == 1).execute()
    assert ask() == "Егор 5А вт 24.11: 08:30 Мат (отменён), 10:30 Рус, до 11:15"


@pytest.mark.parametrize(
    ("who", "about"),
    [("other_parent", "pupil"), ("parent", "pupil_2"), ("pupil", "pupil_2"),
     ("teacher_parent", "pupil")],
)  # fmt: skip
def test_the_timetable_of_other_families_is_not_told(ask, who, about):
    with pytest.raises(NotThere):
        ask(who, about)


def test_a_guardian_who_may_not_be_informed_learns_nothing(ask):
    Guardian.update(may_receive=False).execute()
    with pytest.raises(NotThere):
        ask()
