"""Portfolios of the demonstration school: a third of the pupils and half of the teachers."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from asurso_core.demo import DemoPupil, DemoSchool, DemoStep, DemoTeacher
from asurso_portfolio.models import Author, Item, Page

_SUBJECTS = (
    "Математика", "Русский язык", "Литература", "Биология", "География", "Физика", "История",
    "Английский язык", "Обществознание", "Химия",
)  # fmt: skip
_CONTESTS = {
    "school": [("Школьный этап олимпиады: {}", "Школа"), ("Неделя науки, доклад: {}", "Школа")],
    "municipal": [
        ("Муниципальный этап олимпиады: {}", "Управление образования"),
        ("Конкурс чтецов «Живая классика»", "Городская библиотека"),
        ("Городские соревнования по лёгкой атлетике", "Спортивная школа № 4"),
    ],
    "regional": [
        ("Региональный этап олимпиады: {}", "Министерство образования области"),
        ("Научно-практическая конференция «Взлёт»", "Региональный центр одарённых детей"),
    ],
    "federal": [
        ("Всероссийский конкурс «Большая перемена»", "Движение первых"),
        ("Турнир имени М. В. Ломоносова", "Оргкомитет турнира"),
    ],
    "international": [("Математический конкурс «Кенгуру»", "Оргкомитет конкурса")],
}
_LEVELS = ("school",) * 6 + ("municipal",) * 4 + ("regional",) * 2 + ("federal", "international")
_PLACES = ("participant", "participant", "prize", "prize", "winner", "diploma", "laureate")
_PROJECTS = (
    ("Школьная метеостанция", "Собрали датчики и весь сентябрь измеряли погоду."),
    ("Птицы нашего парка", "Насчитали двадцать три вида и сделали определитель."),
    ("История моей улицы", "Записали воспоминания жителей и нашли старые фотографии."),
    ("Мост из бумаги", "Модель выдержала восемь килограммов."),
)
_WORKS = ("Сочинение «Мой любимый герой»", "Макет солнечной системы", "Серия акварелей «Осень»")
_ABOUT = (
    "Люблю математику и шахматы, хожу в кружок робототехники.",
    "Занимаюсь плаванием, читаю фантастику, собираю гербарий.",
    "Пою в школьном хоре и учусь играть на гитаре.",
)
_METHODS = (
    ("Рабочая программа внеурочной деятельности", "Сайт школы"),
    ("Разработка урока с использованием цифровой лаборатории", "Портал «Инфоурок»"),
    ("Система подготовки к олимпиадам: из опыта работы", "Сборник городской конференции"),
)
_COURSES = (
    ("Формирование функциональной грамотности, 72 часа", "Институт развития образования"),
    ("Первая помощь в образовательной организации, 36 часов", "Учебный центр"),
)


def fill(school: DemoSchool) -> None:
    """Enter achievements, projects and works; half of the achievements are confirmed."""
    lots = school.lots("portfolio")
    for school_class in school.classes:
        present = [pupil for pupil in school_class.pupils if pupil.until is None]
        chosen = lots.sample(present, k=max(1, len(present) // 3)) if present else []
        leader = school_class.leader.id if school_class.leader is not None else None
        for pupil in chosen:
            _pupil(school, lots, pupil, leader)
        if len(chosen) >= 3 and lots.random() < 0.4:
            title, text = lots.choice(_PROJECTS)
            _add(school, lots, chosen[:3], kind="project", title=title, text=text,
                 subject=lots.choice(_SUBJECTS), visibility="school")  # fmt: skip
    for teacher in school.teachers:
        if lots.random() < 0.5:
            _teacher(school, lots, teacher)
    school.bulk.flush()


def _pupil(school: DemoSchool, lots: random.Random, pupil: DemoPupil, leader: int | None) -> None:
    if lots.random() < 0.4:
        school.bulk.add(Page, person=pupil.id, about=lots.choice(_ABOUT), visibility="class",
                        version=1)  # fmt: skip
    for _number in range(lots.choice((1, 1, 2, 3))):
        level = lots.choice(_LEVELS)
        title, venue = lots.choice(_CONTESTS[level])
        subject = lots.choice(_SUBJECTS)
        confirmed = leader is not None and lots.random() < 0.5
        _add(
            school, lots, [pupil], kind="achievement", title=title.format(subject.lower()),
            subject=subject if "{}" in title else None, level=level, place=lots.choice(_PLACES),
            venue=venue, visibility=lots.choice(("me", "class", "school", "school")),
            confirmed_by=leader if confirmed else None,
        )  # fmt: skip
    if lots.random() < 0.25:
        _add(school, lots, [pupil], kind="work", title=lots.choice(_WORKS), visibility="class")


def _teacher(school: DemoSchool, lots: random.Random, teacher: DemoTeacher) -> None:
    title, venue = lots.choice(_METHODS)
    _add(school, lots, [teacher], kind="method", title=title, venue=venue, visibility="school")
    if lots.random() < 0.6:
        title, venue = lots.choice(_COURSES)
        _add(school, lots, [teacher], kind="course", title=title, venue=venue, visibility="school")


def _add(school: DemoSchool, lots: random.Random, authors: list[Any], **values: Any) -> None:
    days = max(1, (school.today - school.calendar.starts).days)
    day = school.today - dt.timedelta(days=lots.randrange(days))
    stamp = dt.datetime.combine(day, dt.time(12, lots.randrange(60)))
    if values.get("confirmed_by"):
        values["confirmed_at"] = stamp + dt.timedelta(hours=3)
    row = school.bulk.add(
        Item, owner=authors[0].id, date=day, created_at=stamp,
        **{"text": "", "version": 1, **values},
    )  # fmt: skip
    for author in authors:
        # Later entries stand further down, whoever of the family of authors they belong to.
        school.bulk.add(Author, item=row, person=author.id, position=row, accepted=True)


STEPS = [DemoStep(name="portfolio", order=40, fill=fill)]
