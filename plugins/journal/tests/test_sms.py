"""What the journal answers to text messages; the plugin sms itself is not needed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from asurso_core import clock
from asurso_core.errors import NotThere
from asurso_core.school import Period
from asurso_core.testing.make import SmallSchool
from asurso_journal import services, sms
from asurso_journal.models import Assignment, Attendance, FinalMark, LessonNote, Mark
from asurso_timetable.models import Lesson

Q1 = SimpleNamespace(title="1 четв", starts=dt.date(2026, 9, 1), ends=dt.date(2026, 10, 25))
Q2 = SimpleNamespace(title="2 четв", starts=dt.date(2026, 11, 4), ends=dt.date(2026, 12, 30))
YEAR = SimpleNamespace(title="год", starts=dt.date(2026, 9, 1), ends=dt.date(2027, 5, 26))
COMMANDS = {command.words[0]: command for command in sms.COMMANDS}


@pytest.fixture
def ask(school: SmallSchool) -> Callable[..., str]:
    """``ask("ОЦЕНКИ", days=…)`` is what Egor's mother is told about him."""

    def answer(word: str, who: str = "parent", about: str = "pupil", **more: Any) -> str:
        question = SimpleNamespace(
            who="Егор 5А",
            **{
                "subjects": (),
                "days": None,
                "period": Q2,
                "period_asked": False,
                "year": YEAR,
                **more,
            },
        )
        actor = school.actor(who, "family")
        return " ".join(COMMANDS[word].answer(actor, school.person(about), question))

    return answer


@pytest.fixture
def term(school: SmallSchool, lesson: Any, work: Any) -> dict[str, Lesson]:
    """Lessons with marks, absences and homework of Egor; and of Maya, who must never be told of."""
    found = {}
    for name, group, date, number, marks, homework in (
        ("old", "maths_5a", "2026-09-14", 1, [("2", 1)], ""),
        ("maths", "maths_5a", "2026-11-18", 1, [("4", 1), ("5", 3)], ""),
        ("russian", "russian_5a", "2026-11-19", 2, [("3", 1)], "упр. 110"),
        ("english", "english_5a_1", "2026-11-20", 3, [("зач", 1)], ""),
        ("debt", "maths_5a", "2026-11-23", 1, [("", 1)], "§ 12,\n  № 5–7"),
        ("today", "maths_5a", "2026-11-24", 1, [], "№ 8"),
        ("next", "russian_5a", "2026-11-26", 1, [], ""),
        ("then", "maths_5a", "2026-11-26", 2, [], ""),
    ):
        at = found[name] = lesson(group, date, number)
        for position, (value, weight) in enumerate(marks):
            column = work(at, weight=weight, position=position)
            _mark(school, column, "pupil", value)
            _mark(school, column, "pupil_2", "2")
        if homework:
            LessonNote.create(lesson=at, homework=homework)
    for name, code in (("old", "НП"), ("english", "Б"), ("debt", "ОП"), ("today", "ОТ")):
        Attendance.create(
            lesson=found[name], pupil=school.persons["pupil"], year=school.ids["year"], code=code
        )
    return found


def _mark(school: SmallSchool, column: Assignment, pupil: str, value: str) -> None:
    Mark.create(
        assignment=column, pupil=school.persons[pupil], year=school.ids["year"], value=value,
        dot=not value,
    )  # fmt: skip


def test_marks_of_the_last_days(term, ask):
    assert ask("ОЦЕНКИ") == "Егор 5А 18-24.11: Англ зач, Мат 4 5 •, Рус 3"


def test_marks_of_a_subject_are_those_of_the_period(school, term, ask):
    assert ask("ОЦЕНКИ", subjects=(school.ids["Русский язык"],)) == "Егор 5А 2 четв: Рус 3"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"period": Q1, "period_asked": True}, "Егор 5А 1 четв: Мат 2"),
        ({"days": (dt.date(2026, 11, 19),) * 2}, "Егор 5А 19.11: Рус 3"),
        ({"days": (dt.date(2026, 9, 14), dt.date(2026, 11, 18))},
         "Егор 5А 14.09-18.11: Мат 2 4 5"),
        ({"days": (dt.date(2026, 10, 1),) * 2}, "Егор 5А 01.10: отметок нет"),
    ],
)  # fmt: skip
def test_marks_of_what_was_named(term, ask, more, told):
    assert ask("ОЦЕНКИ", **more) == told


def test_the_forecast_is_the_mark_that_the_journal_suggests(term, ask):
    # (4 + 5·3) / 4 = 4.75; a credit is no figure.
    assert ask("ПРОГНОЗ") == "Прогноз 2 четв: Мат 5(4,75) Рус 3(3,00)"
    assert ask("ПРОГНОЗ", period=Q1) == "Прогноз 1 четв: Мат 2(2,00)"


def test_a_forecast_without_marks_or_periods_says_so(ask):
    assert ask("ПРОГНОЗ") == "Прогноз 2 четв: отметок пока нет"
    assert ask("ПРОГНОЗ", period=None) == "Егор 5А: учебные периоды для класса не заданы"


def test_totals_say_honestly_that_none_are_kept(term, ask):
    assert ask("ИТОГИ") == (
        "Егор 5А 2 четв: итоговых отметок в журнале ещё нет. Средний балл: Мат 4,75, Рус 3,00"
    )


def test_totals_are_those_of_the_last_column_with_marks(school, term, ask):
    ends = school.ids["period_1"]
    for subject, value, slot in (
        ("Математика", "4", ends), ("Русский язык", "5", ends), ("Математика", "5", 0)
    ):  # fmt: skip
        FinalMark.create(
            pupil=school.persons["pupil"], year=school.ids["year"], subject=school.ids[subject],
            slot=slot, period=slot or None, group=school.ids["maths_5a"], value=value,
        )  # fmt: skip
    assert ask("ИТОГИ") == "Егор 5А Год: Мат 5"
    first = Period.get_by_id(ends)
    asked = SimpleNamespace(title="1 четв", starts=first.starts, ends=first.ends)
    assert ask("ИТОГИ", period=asked, period_asked=True) == "Егор 5А 1 четверть: Мат 4, Рус 5"
    only = {"subjects": (school.ids["Русский язык"],), "period": asked, "period_asked": True}
    assert ask("ИТОГИ", **only) == "Егор 5А 1 четверть: Рус 5"


def test_absences_are_counted_by_reason(term, ask):
    assert ask("ПРОПУСКИ") == "Егор 5А 2 четв: пропущено уроков 2, Б 1, УП 0, НП 0, ОТ 1"
    assert ask("ПРОПУСКИ", period=Q1) == "Егор 5А 1 четв: пропущено уроков 1, Б 0, УП 0, НП 1"
    assert ask("ПРОПУСКИ", days=(dt.date(2026, 11, 23),) * 2) == "Егор 5А 23.11: пропусков нет"


def test_debts_are_told_by_date(term, ask):
    assert ask("ДОЛГИ") == "Егор 5А, долги: Мат 23.11"
    Mark.update(value="4").execute()
    assert ask("ДОЛГИ") == "Егор 5А: долгов нет"


def test_homework_is_told_for_the_day_when_it_is_due(school, term, ask):
    assert ask("ДЗ") == "Егор 5А, ДЗ на 26.11: Рус: упр. 110; Мат: № 8"
    today = (dt.date(2026, 11, 24),) * 2
    assert ask("ДЗ", days=today) == "Егор 5А, ДЗ на 24.11: Мат: § 12, № 5–7"
    assert ask("ДЗ", subjects=(school.ids["Математика"],)) == "Егор 5А, ДЗ на 26.11: Мат: № 8"


def test_homework_of_long_ago_and_of_chosen_pupils_is_told_too(school, lesson, ask, clock):
    clock.move("2026-11-24")
    for on, homework, text, pupils in (
        ("2026-11-20", "проект", "", ()), ("2026-11-24", "", "карточка 3", ("pupil",)),
        ("2026-11-24", "", "карточка 4", ("pupil_2",)),
    ):  # fmt: skip
        at = Lesson.get_or_none(Lesson.date == on) or lesson("maths_5a", on)
        if homework:
            LessonNote.create(lesson=at, homework=homework)
        services.set_task(
            school.actor("teacher"), at.id, due_on=dt.date(2026, 12, 8), text=text,
            pupils=[school.persons[who] for who in pupils],
        )  # fmt: skip
    lesson("maths_5a", "2026-12-08")
    day = (dt.date(2026, 12, 8),) * 2
    assert ask("ДЗ", days=day) == "Егор 5А, ДЗ на 08.12: Мат: проект карточка 3"


def test_days_without_homework_or_lessons_say_so(term, ask):
    LessonNote.update(homework="").execute()
    assert ask("ДЗ") == "Егор 5А, ДЗ на 26.11: ничего не записано"
    assert ask("ДЗ", days=(dt.date(2026, 11, 29),) * 2) == "Егор 5А 29.11: уроков нет"
    with clock.frozen("2027-06-10"):
        assert ask("ДЗ") == "Егор 5А: уроков нет"


@pytest.mark.parametrize(
    ("who", "about"),
    [("other_parent", "pupil"), ("parent", "pupil_2"), ("pupil", "pupil_2"),
     ("teacher_parent", "pupil")],
)  # fmt: skip
def test_nothing_is_told_about_the_child_of_others(term, ask, who, about):
    for word in COMMANDS:
        with pytest.raises(NotThere):
            ask(word, who, about)


def test_an_answer_takes_few_statements(term, ask, queries):
    ask("ОЦЕНКИ")
    for word in COMMANDS:
        # Three of them are the actor and the pupil of the test.
        with queries(8):
            ask(word)
