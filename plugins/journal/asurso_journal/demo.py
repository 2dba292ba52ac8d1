"""The journal of the demonstration school: what happened from September to the last lesson.

Marks follow the pupil (able or not, diligent or not) and the work; absences come as illnesses of
several days; topics follow the programme of the subject. Nothing is written for the first grade
but topics and attendance: it gets no marks.
"""

from __future__ import annotations

import datetime as dt
import functools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

from asurso_core import clock
from asurso_core.db import as_date, rows
from asurso_core.demo import DemoGroup, DemoSchool, DemoStep
from asurso_journal import facts
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    Attendance,
    AttendanceCode,
    LessonNote,
    Mark,
)

# --- what is usual in a subject ----------------------------------------------------------------

#: Works of the whole class: once in six to eight lessons, taken in turn.
_CONTROL = {
    "rus": ("dictation", "control", "retelling_written", "control"),
    "lit": ("essay", "test"),
    "lit_read": ("check", "recital"),
    "eng": ("control", "listening", "grammar", "vocabulary"),
    "pe": ("credit",),
    "tech": ("project",),
    "art": ("project",),
    "mus": ("test",),
    "proj": ("report",),
    "orkse": ("report",),
}
#: Shorter works between them.
_SHORT = {
    "rus": ("independent", "subject_dictation", "test"),
    "lit": ("recital", "check"),
    "lit_read": ("retelling", "check"),
    "eng": ("vocabulary", "test", "independent"),
    "hist": ("test", "maps", "check"),
    "geog": ("practical", "maps", "test"),
    "phys": ("laboratory", "independent"),
    "chem": ("practical", "independent"),
    "bio": ("laboratory", "test"),
    "inf": ("practical", "test"),
    "tech": ("practical",),
    "art": ("practical",),
    "pe": ("check",),
}
#: Subjects in which marks are kinder and homework is rare.
_EASY = {"pe", "mus", "art", "tech", "obzr"}
#: Passed or not passed, no figures.
_CREDITED = {"orkse", "proj"}

_HOMEWORK = {
    "rus": ("§ {p}, упр. {e}", "Упр. {e}, выучить правило", "§ {p}, упр. {e} (письменно)"),
    "lit": (
        "Прочитать, с. {a}–{b}",
        "С. {a}–{b}, ответить на вопросы",
        "Подготовить пересказ, с. {a}",
        "Выучить наизусть отрывок",
    ),
    "lit_read": ("С. {a}–{b}, читать", "С. {a}, пересказ", "Читать 15 минут, с. {a}–{b}"),
    "eng": (
        "С. {a}, упр. {x}",
        "Рабочая тетрадь, с. {a}, упр. {x}; слова",
        "Выучить слова, с. {a}",
    ),
    "world": ("С. {a}–{b}, пересказ", "Рабочая тетрадь, с. {a}", "С. {a}, вопросы"),
    "hist": ("§ {p}, вопросы 1–{x}", "§ {p}, термины и даты", "§ {p}, задание по карте"),
    "soc": ("§ {p}, вопросы", "§ {p}, выписать понятия"),
    "geog": ("§ {p}, контурная карта", "§ {p}, вопросы 1–{x}"),
    "phys": ("§ {p}, упр. {x}", "§ {p}, задачи № {n}–{m}", "Оформить лабораторную работу"),
    "chem": ("§ {p}, упр. {x}", "§ {p}, составить уравнения реакций"),
    "bio": ("§ {p}, вопросы", "§ {p}, рисунок в тетради"),
    "inf": ("§ {p}, вопросы", "Закончить программу", "§ {p}, задание {x}"),
    "pe": ("Комплекс упражнений № {x}", "Прыжки на скакалке"),
    "mus": ("Выучить слова песни", "Послушать произведение"),
    "art": ("Закончить рисунок", "Принести краски и альбом"),
    "tech": ("Принести материалы", "Закончить чертёж"),
    "obzr": ("§ {p}, вопросы",),
    "proj": ("Работа над проектом",),
    "orkse": ("С. {a}–{b}, обсудить с родителями",),
}
_MATHS_HOMEWORK = (
    "№ {n}–{m}",
    "§ {p}, № {n}, {m}",
    "П. {p}, № {n}, {m}",
    "Карточка, задания 1–{x}",
)
_REPEAT_HOMEWORK = ("Повторить пройденное", "Подготовиться к контрольной работе: § {p}")

_PRAISE = (
    "Молодец, отличная работа!",
    "Очень хороший ответ",
    "Заметно лучше, чем раньше",
    "Хорошо подготовлено дополнительное сообщение",
)
_BLAME = (
    "Не выучено правило",
    "Разобрать ошибки и принести тетрадь",
    "Ошибки в вычислениях",
    "Ответ неполный",
    "Можно пересдать на консультации",
)
#: What a topic is called when it takes several lessons, by the nature of the subject.
_GO_ON = {
    "figures": ("", ". Решение задач", ". Закрепление", ". Решение упражнений", ". Обобщение"),
    "language": ("", ". Закрепление", ". Упражнения", ". Практикум", ". Обобщение"),
    "texts": ("", ". Чтение и обсуждение", ". Анализ текста", ". Развитие речи", ". Обобщение"),
    "knowledge": ("", ". Работа с учебником", ". Практикум", ". Семинар", ". Обобщение"),
    "deeds": ("", ". Отработка умений", ". Практическая работа", ". Самостоятельная работа"),
}
_NATURE = {
    "math": "figures", "alg": "figures", "alg_an": "figures", "geom": "figures",
    "stat": "figures", "phys": "figures", "chem": "figures", "rus": "language",
    "eng": "language", "lit": "texts", "lit_read": "texts", "pe": "deeds", "tech": "deeds",
    "art": "deeds", "mus": "deeds", "inf": "deeds",
}  # fmt: skip

#: How a school whose list of types is shorter or otherwise named gets by.
_INSTEAD = {
    "home": ("Домашняя работа",),
    "subject_dictation": ("Проверочная работа",),
    "vocabulary": ("Проверочная работа",),
    "grammar": ("Контрольная работа",),
    "listening": ("Контрольная работа",),
    "maps": ("Практическая работа",),
    "recital": ("Ответ на уроке",),
    "retelling": ("Ответ на уроке",),
    "report": ("Проект",),
}


class _Lesson(NamedTuple):
    id: int
    date: dt.date
    number: int
    starts: int
    ends: int


@dataclass(kw_only=True)
class _Kind:
    """A type of work as the school has it."""

    id: int
    name: str
    weight: int


@dataclass(kw_only=True)
class _Pupil:
    """How a pupil learns, and when he or she was not there."""

    ability: float
    lateness: float
    leaning: dict[str, float] = field(default_factory=dict)
    #: Dates of whole days away, with their code.
    away: dict[dt.date, str] = field(default_factory=dict)
    #: Went home before this lesson (or missed that one alone), with the code.
    left_early: dict[dt.date, tuple[int, str]] = field(default_factory=dict)
    #: Days of spared physical training, after an illness.
    spared: list[tuple[dt.date, dt.date]] = field(default_factory=list)


def fill(school: DemoSchool) -> None:
    """Write topics, homework, attendance and marks of every lesson that is over."""
    _Filling(school).run()


STEPS = [DemoStep(name="journal", order=20, fill=fill)]


class _Filling:
    """Rows in the making."""

    def __init__(self, school: DemoSchool) -> None:
        self._school = school
        self._lots = school.lots("journal")
        self._kinds = _kinds(school)
        self._pupils = self._learners()
        self._notes: list[tuple[Any, ...]] = []
        self._works: list[tuple[Any, ...]] = []
        self._marks: list[tuple[Any, ...]] = []
        self._absences: list[tuple[Any, ...]] = []
        self._busy: set[tuple[int, dt.date]] = set()

    def run(self) -> None:
        """Go through the groups, lesson by lesson, then write everything."""
        lessons, totals = self._lessons()
        for group in self._school.groups:
            held = lessons.get(group.id, [])
            self._group(group, held, totals.get(group.id, len(held)))
        bulk, year = self._school.bulk, self._school.year_id
        for model, names, made in (
            (
                LessonNote,
                ("lesson", "topic", "homework", "homework_at", "attendance_at", "updated_by"),
                self._notes,
            ),
            (
                Attendance,
                ("lesson", "pupil", "code", "year"),
                ((*row, year) for row in self._absences),
            ),
        ):
            rows_of = list(made)
            first = bulk.reserve(model, len(rows_of))
            bulk.write(model, ("id", *names), ((first + n, *row) for n, row in enumerate(rows_of)))
        bulk.write(Assignment, ("id", "lesson", "type", "title", "weight", "position"), self._works)
        first = bulk.reserve(Mark, len(self._marks))
        bulk.write(
            Mark,
            ("id", "assignment", "pupil", "value", "dot", "comment", "year"),
            ((first + n, *row, year) for n, row in enumerate(self._marks)),
        )

    def _lessons(self) -> tuple[dict[int, list[_Lesson]], dict[int, int]]:
        """Lessons that are over, by group, and how many each group has in the whole year."""
        now = self._school.now
        minute = now.hour * 60 + now.minute
        found: dict[int, list[_Lesson]] = defaultdict(list)
        sql = (
            "SELECT group_id, id, date, number, starts, ends FROM timetable_lesson "
            "WHERE status = 'planned' AND (date < ? OR (date = ? AND ends <= ?)) "
            "ORDER BY group_id, date, number"
        )
        today = self._school.today
        for group, id_, date, number, starts, ends in rows(sql, (today, today, minute)):
            found[group].append(_Lesson(id_, as_date(date), number, starts, ends))
        counts = rows("SELECT group_id, COUNT(*) FROM timetable_lesson GROUP BY group_id")
        return found, dict(counts)

    # --- pupils

    def _learners(self) -> dict[int, _Pupil]:
        found: dict[int, _Pupil] = {}
        days: dict[int, list[dt.date]] = {}
        for school_class in self._school.classes:
            grade = school_class.grade
            if grade not in days:
                days[grade] = self._school.school_days(
                    grade, self._school.calendar.starts, self._school.today
                )
            for pupil in school_class.pupils:
                found[pupil.id] = self._learner(days[grade])
        return found

    def _learner(self, days: list[dt.date]) -> _Pupil:
        lots = self._lots
        made = _Pupil(ability=lots.gauss(0, 0.9), lateness=0.03 if lots.random() < 0.12 else 0.003)
        truant = lots.random() < 0.03
        index = 0
        while index < len(days):
            lot = lots.random()
            if lot < 0.0102:  # falls ill
                index = self._illness(made, days, index)
            elif lot < 0.0155:
                made.away[days[index]] = "УП"
            elif lot < 0.0155 + (0.012 if truant else 0.0004):
                made.left_early[days[index]] = (lots.randint(4, 6), "НП")
            elif lot > 0.996:
                made.left_early[days[index]] = (lots.randint(3, 5), "УП")
            index += 1
        return made

    def _illness(self, made: _Pupil, days: list[dt.date], index: int) -> int:
        """Several school days in a row; the reason of the latest ones may not be known yet."""
        lots = self._lots
        length = lots.choice((2, 3, 3, 4, 4, 5, 5, 6, 7, 9))
        spell = days[index : index + length]
        fresh = (self._school.today - spell[0]).days <= 2 and lots.random() < 0.7
        for day in spell:
            made.away[day] = "ОТ" if fresh else "Б"
        if lots.random() < 0.5:
            made.spared.append((spell[-1], spell[-1] + dt.timedelta(days=14)))
        return index + length

    # --- one group

    def _group(self, group: DemoGroup, lessons: list[_Lesson], total: int) -> None:
        lots = self._lots
        grade = group.school_class.grade
        plan = _plan(group.subject, grade, total)
        cycle = lots.randint(6, 8) if group.hours > 1 else lots.randint(7, 9)
        controls = _CONTROL.get(group.subject, ("control",))
        shorts = _SHORT.get(group.subject, ("independent", "check"))
        steady = [stay.pupil.id for stay in group.stays]
        moving = any(
            stay.until is not None or stay.since > self._school.calendar.starts
            for stay in group.stays
        )
        teacher = group.teacher.user_id if group.teacher is not None else None
        page = lots.randint(4, 9)
        given = due = 0
        for number, lesson in enumerate(lessons):
            pupils = steady
            if moving:
                pupils = [stay.pupil.id for stay in group.stays if stay.covers(lesson.date)]
            absent = self._attendance(group, lesson, pupils)
            kind = ""
            if grade > 1:
                due += number % cycle == cycle - 1
                if due and (group.school_class.id, lesson.date) not in self._busy:
                    kind, due = controls[given % len(controls)], 0
                    given += 1
                    if self._kinds[kind].weight > 1 and group.subject not in _EASY:
                        # One control work a day is enough for a class.
                        self._busy.add((group.school_class.id, lesson.date))
                    self._whole_class(group, lesson, pupils, absent, kind, given, 0.97)
                elif number % cycle == cycle // 2 - 1:
                    kind = shorts[(number // cycle) % len(shorts)]
                    self._whole_class(group, lesson, pupils, absent, kind, 0, 0.82)
                else:
                    self._some_answers(group, lesson, pupils, absent)
            page += lots.randint(0, 3)
            self._note(group, lesson, plan[min(number, len(plan) - 1)], kind, page, teacher)

    def _attendance(self, group: DemoGroup, lesson: _Lesson, pupils: Sequence[int]) -> set[int]:
        """Write the codes of a lesson; returns who was not there."""
        lots, made = self._lots, self._absences
        missing: set[int] = set()
        first, sport = lesson.number == 1, group.subject == "pe"
        for id_ in pupils:
            pupil = self._pupils[id_]
            code = pupil.away.get(lesson.date)
            if code is None and lesson.date in pupil.left_early:
                since, why = pupil.left_early[lesson.date]
                alone = why == "НП" and lesson.number != since
                code = why if lesson.number >= since and not alone else None
            if code is not None:
                missing.add(id_)
                made.append((lesson.id, id_, code))
            elif sport and any(a < lesson.date <= b for a, b in pupil.spared):
                made.append((lesson.id, id_, "ОСВ"))
            elif first and lots.random() < pupil.lateness * 3:
                made.append((lesson.id, id_, "ОП"))
        return missing

    def _whole_class(
        self,
        group: DemoGroup,
        lesson: _Lesson,
        pupils: Sequence[int],
        absent: set[int],
        kind: str,
        number: int,
        share: float,
    ) -> None:
        """A work that everybody writes; who was away writes it later or owes it."""
        lots = self._lots
        title = f"{self._kinds[kind].name} № {number}" if number else ""
        work = self._work(lesson, kind, title, 0)
        double = kind in {"dictation", "retelling_written", "essay"}
        old = (self._school.today - lesson.date).days > 10
        for pupil in pupils:
            if pupil in absent:
                lot = lots.random()
                if number and old and lot < 0.55:
                    self._mark(work, pupil, self._value(group, pupil, hard=True))
                elif number and lot < 0.75:
                    self._marks.append((work, pupil, "", True, None))
            elif lots.random() < share:
                value = self._value(group, pupil, hard=bool(number))
                if double and value.isdigit():
                    second = min(5, max(2, int(value) + lots.choice((-1, 0, 0, 0, 1))))
                    value = f"{value}/{second}"
                self._mark(work, pupil, value)

    def _some_answers(
        self, group: DemoGroup, lesson: _Lesson, pupils: Sequence[int], absent: set[int]
    ) -> None:
        """An ordinary lesson: a few answer, sometimes the homework of some is looked at."""
        lots = self._lots
        there = [pupil for pupil in pupils if pupil not in absent]
        if not there:
            return
        count = int(len(there) * lots.triangular(0.0, 0.32, 0.12))
        if count:
            answer = "lesson" if group.subject in _EASY else "answer"
            work = self._work(lesson, answer, "", 0)
            for pupil in lots.sample(there, count):
                self._mark(work, pupil, self._value(group, pupil))
        if group.subject not in _EASY and group.subject not in _CREDITED and lots.random() < 0.10:
            work = self._work(lesson, "home", "", 1)
            for pupil in lots.sample(there, max(1, len(there) // 3)):
                if self._pupils[pupil].ability < 0.3 and lots.random() < 0.12:
                    self._marks.append((work, pupil, "", True, "Работа не сдана"))
                else:
                    self._mark(work, pupil, self._value(group, pupil))

    def _work(self, lesson: _Lesson, kind: str, title: str, position: int) -> int:
        found = self._kinds[kind]
        id_ = self._school.bulk.reserve(Assignment)
        self._works.append((id_, lesson.id, found.id, title, found.weight, position))
        return id_

    def _value(self, group: DemoGroup, pupil: int, *, hard: bool = False) -> str:
        lots, learner = self._lots, self._pupils[pupil]
        subject = group.subject
        if subject in _CREDITED:
            return "зач"
        leaning = learner.leaning.get(subject)
        if leaning is None:
            leaning = learner.leaning[subject] = lots.gauss(0, 0.4)
        score = 3.95 + 0.62 * learner.ability + leaning + lots.gauss(0, 0.55)
        if subject in _EASY:
            score = 4.2 + (score - 3.95) * 0.6
        elif hard:
            score -= 0.2
        if score < 2.5 and lots.random() < 0.35:
            score += 1
        return "5" if score >= 4.5 else "4" if score >= 3.5 else "3" if score >= 2.5 else "2"

    def _mark(self, work: int, pupil: int, value: str) -> None:
        comment = None
        lots = self._lots
        if lots.random() < 0.012:
            comment = lots.choice(_BLAME if value[0] in "23" else _PRAISE)
        self._marks.append((work, pupil, value, False, comment))

    def _note(
        self,
        group: DemoGroup,
        lesson: _Lesson,
        topic: str,
        kind: str,
        page: int,
        teacher: int | None,
    ) -> None:
        lots = self._lots
        ago = (self._school.today - lesson.date).days
        late = ago == 0 and lots.random() < 0.2
        homework = "" if late else self._homework(group, kind, page)
        if kind and self._kinds[kind].weight > 1:
            topic = f"{topic}. {self._kinds[kind].name}"
        over = _stamp(lesson.date, lesson.ends)
        self._notes.append(
            (
                lesson.id,
                "" if late else topic,
                homework,
                over if homework else None,
                _stamp(lesson.date, lesson.starts + 5),
                teacher,
            )
        )

    def _homework(self, group: DemoGroup, kind: str, page: int) -> str:
        lots, subject = self._lots, group.subject
        if group.school_class.grade == 1:
            return ""
        if lots.random() < (0.75 if subject in _EASY else 0.08):
            return ""
        control = kind and self._kinds[kind].weight > 2
        forms = _REPEAT_HOMEWORK if control else _HOMEWORK.get(subject, _MATHS_HOMEWORK)
        start = page * 7 + lots.randint(1, 6)
        return lots.choice(forms).format(
            p=1 + page // 2,
            e=start,
            a=page + 3,
            b=page + 3 + lots.randint(1, 4),
            n=start,
            m=start + lots.randint(2, 5),
            x=lots.randint(2, 7),
        )


# --- topics ------------------------------------------------------------------------------------


@functools.cache
def topics() -> dict[tuple[str, int], tuple[str, ...]]:
    """Topics of a subject and a grade, in the order of the year."""
    text = resources.files("asurso_journal").joinpath("data", "topics.txt").read_text("utf-8")
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for block in text.split("\n# ")[1:]:
        head, _, body = block.partition("\n")
        subject, _, grades = head.strip().partition(" ")
        first, _, last = grades.partition("-")
        listed = tuple(part.strip() for part in body.replace("\n", " ").split("|") if part.strip())
        for grade in range(int(first), int(last or first) + 1):
            found[subject, grade] = listed
    return found


@functools.cache
def _plan(subject: str, grade: int, lessons: int) -> tuple[str, ...]:
    """A topic for every lesson of the year: each is taught as long as the hours allow."""
    listed = topics().get((subject, grade)) or ("Повторение", "Новый материал", "Обобщение")
    starts = [index * lessons / len(listed) for index in range(len(listed))]
    more = _GO_ON[_NATURE.get(subject, "knowledge")]
    found = []
    for number in range(lessons):
        index = bisect_right(starts, number) - 1
        step = number - int(-(-starts[index] // 1))
        found.append(listed[index] + more[min(max(step, 0), len(more) - 1)])
    return tuple(found)


# --- the school's own vocabulary ---------------------------------------------------------------


def _kinds(school: DemoSchool) -> dict[str, _Kind]:
    """The types of works by code; empty tables are filled from the shipped lists first."""
    if not AssignmentType.select().exists():
        for shipped in facts.work_types():
            school.bulk.add(
                AssignmentType,
                name=shipped.name,
                letter=shipped.letter,
                weight=shipped.weight,
                is_control=shipped.is_control,
                position=shipped.position,
            )
    if not AttendanceCode.select().exists():
        for code in facts.absence_codes():
            school.bulk.add(
                AttendanceCode,
                code=code.code,
                letter=code.letter,
                name=code.name,
                missed=code.missed,
                excused=code.excused,
                illness=code.illness,
                allows_mark=code.allows_mark,
                position=code.position,
            )
    school.bulk.flush()
    there = {row.name: row for row in AssignmentType.select()}
    anything = min(there.values(), key=lambda row: row.position)
    found = {}
    for shipped in facts.work_types():
        names = (shipped.name, *_INSTEAD.get(shipped.code, ()))
        row = next((there[name] for name in names if name in there), anything)
        found[shipped.code] = _Kind(id=row.id, name=row.name, weight=row.weight)
    return found


@functools.cache
def _stamp(day: dt.date, minutes: int) -> dt.datetime:
    """A moment at school as the naive UTC timestamp of the columns."""
    local = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone()) + dt.timedelta(minutes=minutes)
    return local.astimezone(dt.UTC).replace(tzinfo=None)
