"""Homework with answers in the demonstration school: a few classes hand in here."""

from __future__ import annotations

import datetime as dt
import random

from asurso_core import clock
from asurso_core.db import as_date, rows
from asurso_core.demo import DemoSchool, DemoStep
from asurso_core.school import TeachingGroup, group_members
from asurso_journal.models import Answer, AnswerVersion, Task, TaskPupil

_LESSONS = """
    SELECT l.id, l.group_id, l.date FROM timetable_lesson l
      JOIN journal_lesson_note n ON n.lesson_id = l.id AND n.homework <> ''
      JOIN core_group_class gc ON gc.group_id = l.group_id
      JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade >= 5
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled' ORDER BY l.id
"""
_LINKS = ("https://resh.edu.ru/", "https://fipi.ru/", "https://education.yandex.ru/")
_ANSWERS = (
    "Всё сделано в тетради, принесу на урок", "Сделал, кроме последнего задания",
    "Написал план и первую часть", "Прочитала, ответила на все вопросы", "Готово",
)  # fmt: skip
_BACK = ("Нет проверки, допиши", "Ответь ещё на третий вопрос", "Оформи решение полностью")
_GOOD = ("Хорошо", "Молодец, подробно", "", "")
_OWN = ("Повторить правило, карточка 3", "Подготовить сообщение на пять минут")


def fill(school: DemoSchool) -> None:
    """Answers to a few homeworks of the last days: handed in, given back, accepted."""
    school.bulk.flush()
    lots, stamp = school.lots("homework"), clock.stamp()
    found = rows(_LESSONS, [school.today - dt.timedelta(days=9), school.today])
    for lesson, group_id, date in lots.sample(found, min(len(found), 4 + len(found) // 50)):
        group = TeachingGroup.get_by_id(group_id)
        pupils = [one["id"] for one in group_members(group, as_date(date), as_date(date))]
        task = Task.create(
            lesson=lesson, set_at=stamp, answers=True,
            links=[lots.choice(_LINKS)] if lots.random() < 0.6 else [],
        )  # fmt: skip
        for pupil in pupils:
            if lots.random() < 0.55:
                _answer(task, pupil, lots, stamp)
        if pupils and lots.random() < 0.5:
            own = Task.create(
                lesson=lesson, for_all=False, text=lots.choice(_OWN), set_at=stamp, answers=True
            )
            TaskPupil.create(task=own, pupil=lots.choice(pupils))


def _answer(task: Task, pupil: int, lots: random.Random, stamp: dt.datetime) -> None:
    choose = lots.choice
    state = choose(("handed", "handed", "returned", "accepted"))
    answer = Answer.create(
        task=task, pupil=pupil, state=state, handed_at=stamp, late=choose((False, False, True))
    )
    said = {"handed": "", "returned": choose(_BACK), "accepted": choose(_GOOD)}[state]
    AnswerVersion.create(
        answer=answer, number=1, text=choose(_ANSWERS), at=stamp, comment=said,
        judged_at=None if state == "handed" else stamp,
    )  # fmt: skip


STEPS = [DemoStep(name="journal.homework", order=27, fill=fill)]
