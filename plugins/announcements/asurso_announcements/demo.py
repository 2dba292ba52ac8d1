"""What stands on the board of the demonstration school."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asurso_announcements.models import DRAFT, PUBLISHED, Announcement, Change, Reading, Target
from asurso_announcements.services.writing import index
from asurso_core import audience
from asurso_core.demo import DemoClass, DemoPerson, DemoSchool, DemoStep


@dataclass(frozen=True, kw_only=True)
class _Told:
    """An announcement of the demonstration: ``hours`` ago, on the board for ``days``."""

    title: str
    text: str
    keys: Sequence[str]
    author: DemoPerson
    hours: float
    days: int | None = 14
    pinned: bool = False
    urgent: bool = False
    must_acknowledge: bool = False
    state: str = PUBLISHED
    #: Of ten people so many have read it, and of those that have read so many have acknowledged.
    read: int = 6
    known: int = 7


def _school_wide(school: DemoSchool) -> list[_Told]:
    by_role = {one.roles[0]: one for one in reversed(school.staff)}
    chief = by_role.get("director", school.staff[0])
    deputy = by_role.get("deputy", school.staff[0])
    admin = by_role.get("admin", deputy)
    nurse, psychologist = by_role.get("medical", deputy), by_role.get("psychologist", deputy)
    return [
        _Told(
            title="Режим работы школы в холодные дни",
            text="В морозы занятия отменяются:\n\n- ниже −25 °C — в 1–4 классах;\n"
            "- ниже −28 °C — в 1–9 классах;\n- ниже −30 °C — во всей школе.\n\n"
            "Решение объявляем **до 7:00**. Если ребёнок всё же пришёл, его примут, покормят и с "
            "ним побудет дежурный учитель.",
            keys=["everyone"], author=chief, hours=300, days=120, pinned=True, read=8,
        ),
        _Told(
            title="Завтра уроки начинаются в 9:00",
            text="Из-за работ на теплотрассе завтра **первый урок начнётся в 9:00**. Звонки "
            "сдвигаются на полчаса, столовая работает как обычно.\n\nШкола откроется в 8:30.",
            keys=["everyone"], author=deputy, hours=3, days=1, urgent=True, read=4,
        ),
        _Told(
            title="Педагогический совет 30 ноября",
            text="Тема: *итоги первой четверти и работа с текстом*. Начало в 15:00, актовый "
            "зал.\n\nРуководителям объединений: пришлите по одному слайду до пятницы.",
            keys=["staff"], author=deputy, hours=50, days=6, must_acknowledge=True,
        ),
        _Told(
            title="Прививка от гриппа",
            text="Прививки ставим в медкабинете по вторникам и четвергам с 9:00 до 12:00. Нужно "
            "письменное согласие одного из родителей: бланк у классного руководителя.",
            keys=["role:parent"], author=nurse, hours=120, days=20,
        ),
        _Told(
            title="Как помочь ребёнку готовиться к контрольным",
            text="В субботу в 11:00 жду родителей в кабинете психолога. Поговорим о волнении, сне "
            "и режиме. Запись не нужна, приходите с вопросами.",
            keys=["parallel:5:parents", "parallel:6:parents"], author=psychologist, hours=30,
            days=4,
        ),
        _Told(
            title="Олимпиада по математике: запись до пятницы",
            text="Муниципальный этап пройдёт в нашей школе. Записаться можно у своего учителя "
            "математики. С собой: ручка, линейка, вода. Телефоны сдаём.",
            keys=[f"parallel:{grade}:pupils" for grade in range(5, 9)], author=deputy, hours=70,
        ),
        _Told(
            title="Сбор макулатуры",
            text="Собрали **1 240 кг**. Спасибо всем! Деньги пойдут на книги для библиотеки.",
            keys=["everyone"], author=deputy, hours=700, days=10, read=7,
        ),
        _Told(
            title="Осенняя ярмарка",
            text="Ждём всех в спортивном зале в субботу с 10:00. Пироги, поделки, лотерея.",
            keys=["role:pupil", "role:parent"], author=chief, hours=1000, days=12, read=7,
        ),
        _Told(
            title="Новогодние ёлки: расписание",
            text="- 1–4 классы: 24 декабря, 10:00 и 12:00\n- 5–7 классы: 25 декабря, 15:00\n"
            "- 8–11 классы: 25 декабря, 18:00",
            keys=["role:pupil", "role:parent", "role:teacher"], author=deputy, hours=-200, days=40,
        ),
        _Told(
            title="Дежурство администрации в декабре",
            text="Понедельник —\nВторник —\nСреда —",
            keys=["staff"], author=admin, hours=1, days=None, state=DRAFT,
        ),
    ]  # fmt: skip


def _of_class(klass: DemoClass, leader: DemoPerson) -> list[_Told]:
    parents, pupils = f"class:{klass.id}:parents", f"class:{klass.id}:pupils"
    return [
        _Told(
            title=f"Родительское собрание {klass.title}",
            text="Собрание в **четверг, 26 ноября, в 18:30**, кабинет классного руководителя.\n\n"
            "1. Итоги первой четверти.\n2. Поездка в музей.\n3. Разное.\n\nКто не может прийти — "
            "напишите мне.",
            keys=[parents], author=leader, hours=26, days=3, must_acknowledge=True,
        ),
        _Told(
            title="Завтра в школу — со сменной обувью",
            text="На первом этаже ремонт, без сменной обуви не пройти. Дежурные проверяют у входа.",
            keys=[pupils, parents], author=leader, hours=20, days=7,
        ),
        _Told(
            title="Фотографирование класса",
            text="Фотограф придёт во вторник после второго урока.",
            keys=[pupils, parents], author=leader, hours=500, days=8, read=8,
        ),
    ]  # fmt: skip


def fill(school: DemoSchool) -> None:
    """Write a dozen announcements; people have read some of them."""
    school.bulk.flush()
    if not school.classes or not school.staff:
        return
    lots = school.lots("announcements")
    klass = next((one for one in school.classes if one.grade == 5), school.classes[-1])
    told = _school_wide(school)
    if klass.leader is not None:
        told += _of_class(klass, klass.leader)
    rows = [_write(school, one) for one in sorted(told, key=lambda one: -one.hours)]
    for row, one in zip(rows, sorted(told, key=lambda one: -one.hours), strict=True):
        if row.state == PUBLISHED and one.hours > 0:
            _read(school, lots, row, one)
    _change(school, rows, told)


def _at(school: DemoSchool, hours: float) -> dt.datetime:
    moment = school.now - dt.timedelta(hours=hours)
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


def _write(school: DemoSchool, one: _Told) -> Announcement:
    at = _at(school, one.hours)
    first = (school.now - dt.timedelta(hours=one.hours)).date()
    written = min(at, _at(school, 2))
    row: Announcement = Announcement.create(
        title=one.title, text=one.text, author=one.author.id, state=one.state, created_at=written,
        changed_at=written, appears_at=at if one.state == PUBLISHED else None,
        ends_on=first + dt.timedelta(days=one.days) if one.days is not None else None,
        pinned=one.pinned, urgent=one.urgent, must_acknowledge=one.must_acknowledge,
        # Nobody is told of what stood here before the school was made.
        told_edition=int(one.state == PUBLISHED and one.hours > 0),
    )  # fmt: skip
    Target.insert_many([{"announcement": row.id, "key": key} for key in one.keys]).execute()
    index(row)
    return row


def _read(school: DemoSchool, lots: random.Random, row: Announcement, one: _Told) -> None:
    people = audience.members(one.keys, school.today)
    marks: list[dict[str, Any]] = []
    for person in people[:400]:
        if person == one.author.id or lots.randrange(10) >= one.read:
            continue
        at = _at(school, lots.uniform(0.2, min(one.hours, 60)))
        known = one.must_acknowledge and lots.randrange(10) < one.known
        marks.append({
            "announcement": row.id, "person": person, "edition": 1, "read_at": at,
            "acknowledged_at": at + dt.timedelta(minutes=1) if known else None,
        })  # fmt: skip
    for start in range(0, len(marks), 100):
        Reading.insert_many(marks[start : start + 100]).execute()


def _change(school: DemoSchool, rows: Sequence[Announcement], told: Sequence[_Told]) -> None:
    """One of them was corrected: its history has something to show."""
    del told
    row = next((one for one in rows if one.title.startswith("Родительское")), None)
    if row is None:
        return
    before = row.text.replace("18:30", "18:00")
    Change.create(
        announcement=row, at=_at(school, 22), author=row.author_id, before={"text": before},
        after={"text": row.text},
    )  # fmt: skip


STEPS = [DemoStep(name="announcements", order=45, fill=fill)]
