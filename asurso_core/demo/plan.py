"""Classes, their subjects, and which teacher has which hours: arithmetic without a database."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asurso_core import facts
from asurso_core.demo.context import DemoClass, DemoGroup, DemoTeacher

#: Letters that schools use; those that look alike or hardly begin a word are passed over.
LETTERS = "АБВГДЕЖЗИКЛМНПРСТ"
#: A class of at least this many pupils is divided for languages and informatics.
DIVIDED_FROM = 25

#: How the school spends the hours that a federal plan leaves to it: (stage, grade) → subjects.
_FREE = {
    ("НОО", 1): ("pe",),
    ("НОО", 2): ("pe",),
    ("НОО", 3): ("rus",),
    ("ООО", 5): ("inf", "pe"),
    ("ООО", 6): ("inf", "pe"),
    ("ООО", 7): ("alg", "bio"),
    ("ООО", 8): ("alg", "rus", "pe"),
    ("SOO-TECH-IT", 10): ("pe",),
    ("SOO-TECH-IT", 11): ("pe", "phys"),
    ("SOO-HUM", 10): ("rus", "hist", "pe"),
    ("SOO-HUM", 11): ("rus", "hist", "pe", "eng"),
}
_PROFILES = (
    ("SOO-TECH-IT", "технологический (информационно-технологический)"),
    ("SOO-HUM", "гуманитарный"),
)

#: Classes of a building by grade, from the first; with pupils in all.
_BUILDING = ((4, 4, 3, 3, 4, 3, 3, 3, 3, 2, 2), 1000)
#: Classes whose size is promised: pages of exactly thirty pupils are measured on them.
_THIRTY = {"7А", "10А"}


@dataclass(frozen=True, kw_only=True)
class Trade:
    """What a kind of teacher teaches, and how the work is dealt out among them.

    ``bundle`` says what one teacher takes whole: all of a class, or one subject (then a teacher
    goes on to the next subject only when the first is dealt out).
    """

    name: str
    position: str
    subjects: tuple[str, ...]
    bundle: str = "class"  # class, subject
    room_kind: str = "учебный кабинет"
    women: float = 0.85


TRADES = (
    Trade(
        name="primary",
        position="Учитель начальных классов",
        subjects=("rus", "lit_read", "math", "world", "orkse", "art", "tech", "pe"),
        room_kind="кабинет начальных классов",
        women=1.0,
    ),
    Trade(
        name="russian",
        position="Учитель русского языка и литературы",
        subjects=("rus", "lit"),
        room_kind="кабинет русского языка и литературы",
        women=0.95,
    ),
    Trade(
        name="maths",
        position="Учитель математики",
        subjects=("math", "alg", "alg_an", "geom", "stat"),
        room_kind="кабинет математики",
    ),
    Trade(
        name="informatics",
        position="Учитель информатики",
        subjects=("inf", "proj"),
        room_kind="кабинет информатики",
        women=0.5,
    ),
    Trade(
        name="english",
        position="Учитель английского языка",
        subjects=("eng",),
        room_kind="кабинет иностранного языка",
        women=0.9,
    ),
    Trade(
        name="history",
        position="Учитель истории и обществознания",
        subjects=("hist", "soc", "dnkr"),
        room_kind="кабинет истории",
        women=0.65,
    ),
    Trade(
        name="nature",
        position="Учитель географии и биологии",
        subjects=("geog", "bio"),
        bundle="subject",
        room_kind="кабинет естествознания",
    ),
    Trade(
        name="science",
        position="Учитель физики и химии",
        subjects=("phys", "chem"),
        bundle="subject",
        room_kind="кабинет физики и химии",
        women=0.7,
    ),
    Trade(
        name="music",
        position="Учитель музыки",
        subjects=("mus",),
        room_kind="кабинет музыки",
        women=0.8,
    ),
    Trade(
        name="art",
        position="Учитель изобразительного искусства и труда",
        subjects=("art", "tech"),
        bundle="subject",
        room_kind="кабинет труда и искусства",
        women=1.0,
    ),
    Trade(
        name="workshop",
        position="Учитель труда (технологии)",
        subjects=("tech",),
        room_kind="мастерская",
        women=0.0,
    ),
    Trade(
        name="sport",
        position="Учитель физической культуры",
        subjects=("pe", "obzr"),
        room_kind="кабинет ОБЗР",
        women=0.4,
    ),
)
TRADE = {trade.name: trade for trade in TRADES}
#: A full load is aimed at; nobody gets more than the most.
FULL_LOAD, MOST_HOURS = 20.5, 27
#: Deputies teach a little, in the trades that have many hours.
DEPUTY_TEACHES, DEPUTY_TRADES = 9, ("russian", "maths")


def make_classes(size: str, year_start_year: int, rng: random.Random) -> list[DemoClass]:
    """The classes of a school of a size, with their plans and how many pupils each will have."""
    if size == "small":
        listed = [("1А", 10), ("5А", 26), ("5Б", 12), ("9А", 12)]
        return [
            _class(int(title[:-1]), title[-1], "", count, year_start_year)
            for title, count in listed
        ]
    buildings = [""] if size == "school" else ["Корпус 1", "Корпус 2", "Корпус 3"]
    made: list[DemoClass] = []
    for index, building in enumerate(buildings):
        mine = [
            _class(grade, LETTERS[number + index * count], building, 0, year_start_year)
            for grade, count in enumerate(_BUILDING[0], 1)
            for number in range(count)
        ]
        _deal_sizes(mine, _BUILDING[1], rng)
        made.extend(mine)
    return made


def _class(grade: int, letter: str, building: str, size: int, year: int) -> DemoClass:
    profile = None
    if grade < 5:
        plan = "NOO-1"
    elif grade < 10:
        plan = f"OOO-{year}-5D"
    else:
        plan, profile = _PROFILES[LETTERS.index(letter) % 2]
    return DemoClass(
        grade=grade, letter=letter, building=building, size=size, plan=plan, profile=profile
    )


def _deal_sizes(classes: list[DemoClass], pupils: int, rng: random.Random) -> None:
    for school_class in classes:
        school_class.size = 30 if school_class.title in _THIRTY else rng.randint(26, 32)
    free = [found for found in classes if found.title not in _THIRTY]
    while (missing := pupils - sum(found.size for found in classes)) != 0:
        step = 1 if missing > 0 else -1
        chosen = rng.choice(free)
        if 25 <= chosen.size + step <= 32:
            chosen.size += step


def weekly_hours(school_class: DemoClass) -> dict[str, tuple[int, str]]:
    """Subjects of a class: code → (hours a week, level), the free part of the plan included."""
    plan, grade = school_class.plan, school_class.grade
    found: dict[str, tuple[int, str]] = {}
    free = 0.0
    for row in facts.plan_rows(plan, grade):
        if row.part == "free":
            free = float(row.hours)
            continue
        found[row.subject] = (math.ceil(row.hours), row.level)
        # Half an hour a week is taught as a whole one, at the cost of the free part.
        free -= math.ceil(row.hours) - float(row.hours)
    stage = "НОО" if grade < 5 else "ООО" if grade < 10 else plan
    for code in [*_FREE.get((stage, grade), ())][: max(0, int(free))]:
        hours, level = found.get(code, (0, ""))
        found[code] = (hours + 1, level)
    return found


def make_groups(school_class: DemoClass) -> list[DemoGroup]:
    """Teaching groups of a class; its pupils must be there already, some subjects divide them."""
    made = []
    for code, (hours, level) in weekly_hours(school_class).items():
        for part, name in _parts(school_class, code):
            made.append(
                DemoGroup(
                    school_class=school_class,
                    subject=code,
                    part=part,
                    name=name,
                    hours=hours,
                    level=level,
                )
            )
    return made


def _parts(school_class: DemoClass, code: str) -> list[tuple[int, str]]:
    grade, large = school_class.grade, school_class.size >= DIVIDED_FROM
    if large and (code == "eng" or (code == "inf" and grade >= 5)):
        return [(1, "1 подгруппа"), (2, "2 подгруппа")]
    if large and code == "tech" and grade >= 5:
        return [(1, "мальчики"), (2, "девочки")]
    if large and code == "pe" and grade >= 10:
        return [(1, "юноши"), (2, "девушки")]
    return [(0, "")]


# --- who teaches what --------------------------------------------------------------------------


def trade_of(group: DemoGroup) -> str:
    """The kind of teacher that a group needs."""
    code, grade = group.subject, group.school_class.grade
    if grade < 5:
        specialist = {"eng": "english", "mus": "music"}.get(code)
        if code == "pe" and grade >= 3:
            specialist = "sport"
        return specialist or "primary"
    if code == "tech":
        return "art" if group.part == 2 else "workshop"
    for trade in TRADES[1:]:
        if code in trade.subjects:
            return trade.name
    raise KeyError(code)


def bundles(groups: Iterable[DemoGroup], trade: Trade) -> list[list[DemoGroup]]:
    """Groups of a trade in the portions that one teacher takes whole."""
    found: dict[tuple[str, ...], list[DemoGroup]] = {}
    for group in groups:
        key: tuple[str, ...]
        title = group.school_class.title
        if trade.bundle == "subject" or group.part:
            key = (group.subject, title, str(group.part))
        elif group.subject == "obzr":
            key = ("obzr",)  # one person answers for it in the whole school
        else:
            key = (title,)
        found.setdefault(key, []).append(group)
    return list(found.values())


def teachers_needed(trade: Trade, groups: Sequence[DemoGroup], deputies: int = 0) -> int:
    """How many teachers of a trade the hours call for, beside deputies who teach a little."""
    if trade.name == "primary":
        return len({group.school_class.title for group in groups})
    hours = sum(group.hours for group in groups) - deputies * DEPUTY_TEACHES
    parallel = any(group.part for group in groups) and trade.name in {
        "english",
        "informatics",
        "sport",
    }
    fewest = max(2 if parallel else 1, math.ceil(hours / MOST_HOURS))
    return max(fewest, min(round(hours / FULL_LOAD), hours // 18))


def allot(
    groups: list[DemoGroup], teachers: Sequence[DemoTeacher], trade: Trade, rng: random.Random
) -> None:
    """Give every group of a trade its teacher; parts of a class get different ones."""
    portions = bundles(groups, trade)
    if trade.bundle == "subject":
        _in_turn(portions, teachers)
        return
    rng.shuffle(portions)
    portions.sort(key=lambda portion: -sum(group.hours for group in portion))
    for portion in portions:
        beside = {
            group.teacher
            for group in groups
            if group.teacher is not None
            and group.school_class is portion[0].school_class
            and group.subject == portion[0].subject
        }
        able = [teacher for teacher in teachers if teacher not in beside] or list(teachers)
        _give(portion, min(able, key=lambda teacher: teacher.hours))


def _in_turn(portions: list[list[DemoGroup]], teachers: Sequence[DemoTeacher]) -> None:
    hours = [sum(group.hours for group in portion) for portion in portions]
    left, number, share = sum(hours), 0, 0.0
    for portion, cost in sorted(
        zip(portions, hours, strict=True), key=lambda pair: pair[0][0].subject
    ):
        teacher = teachers[number]
        if share == 0.0:
            share = left / (len(teachers) - number)
        _give(portion, teacher)
        left -= cost
        if teacher.hours + cost / 2 >= share and number + 1 < len(teachers):
            number, share = number + 1, 0.0


def _give(portion: list[DemoGroup], teacher: DemoTeacher) -> None:
    for group in portion:
        group.teacher = teacher
        teacher.hours += group.hours


def choose_leaders(classes: list[DemoClass], groups: Sequence[DemoGroup]) -> None:
    """Give every class a class teacher from those who teach it most, each leading one class."""
    lessons: dict[str, Counter[DemoTeacher]] = {}
    for group in groups:
        if group.teacher is not None:
            share = lessons.setdefault(group.school_class.title, Counter())
            share[group.teacher] += group.hours
    busy: set[DemoTeacher] = set()
    # The oldest choose first: a class before its exams gets a teacher who sees it often.
    for school_class in sorted(classes, key=lambda found: -found.grade):
        ranked = [teacher for teacher, _ in lessons[school_class.title].most_common()]
        free = [found for found in ranked if found not in busy and "deputy" not in found.roles]
        school_class.leader = (free or ranked)[0]
        busy.add(school_class.leader)
