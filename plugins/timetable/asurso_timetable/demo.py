"""The timetable of the demonstration school: bells, weekly grids, lessons of the whole year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from asurso_core import facts
from asurso_core.demo import DemoClass, DemoGroup, DemoSchool, DemoStep
from asurso_timetable import bells, solver
from asurso_timetable.models import BellSchedule, BellSlot, ClassBells, Grid, GridEntry, Lesson

#: What most classes live by, and the sets of the first grade, which change during the year.
_USUAL = "STD45"
_FIRST_GRADE = ("G1_SEPOCT", "G1_NOVDEC", "G1_JANMAY")
_TITLES = ("сентябрь — октябрь", "ноябрь — декабрь", "январь — май")

_HARD_FROM = {True: 7, False: 8}  # primary classes or not
_LIGHT = {"pe", "mus", "art", "tech", "obzr", "dnkr", "orkse", "proj"}
_DAY = 1440
_COLUMNS = tuple("id date number starts ends group teacher room entry planned_on".split())  # noqa: SIM905 - one line


@dataclass(frozen=True, kw_only=True)
class Season:
    """A part of the year with a grid of its own, because the first grade has its own bells."""

    title: str
    since: dt.date
    until: dt.date | None
    first_grade: str  # code of its bells


def seasons(year: facts.YearCalendar) -> list[Season]:
    """The three parts of a school year."""
    starts = [year.starts]
    for code in _FIRST_GRADE[1:]:
        month, day = map(int, bells.shipped()[code].season_from.split("-"))
        starts.append(dt.date(year.starts.year + (month < 9), month, day))
    ends = [*starts[1:], None]
    return [
        Season(title=f"Расписание: {title}", since=since, until=until, first_grade=code)
        for title, since, until, code in zip(_TITLES, starts, ends, _FIRST_GRADE, strict=True)
    ]


def fill(school: DemoSchool) -> None:
    """Solve the week, write the grids and the lessons of the whole year."""
    parts = seasons(school.calendar)
    _write_bells(school, parts)
    lessons: list[tuple[DemoGroup, solver.Placed]] = []
    by_id = {group.id: group for group in school.groups}
    for number, building in enumerate(school.buildings):
        classes = [found for found in school.classes if found.building == building]
        placed = solver.solve(
            [_work(school, found) for found in classes],
            _bells(parts),
            seed=school.seed * 10 + number,
        )
        lessons.extend((by_id[one.group], one) for one in placed)
    lessons.sort(key=lambda pair: (pair[1].weekday, pair[1].number, pair[0].id))
    entries = _write_grids(school, parts, lessons)
    _write_lessons(school, parts, entries)


STEPS = [DemoStep(name="timetable", order=10, fill=fill)]


# --- the question to the solver ----------------------------------------------------------------


def _bells(parts: list[Season]) -> dict[str, solver.Bells]:
    """Two sets of bells; each season of the year is moved by a day to tell them apart."""
    usual: dict[int, list[tuple[int, int]]] = {}
    first: dict[int, list[tuple[int, int]]] = {}
    for season, part in enumerate(parts):
        for target, code in ((usual, _USUAL), (first, part.first_grade)):
            for slot in bells.shipped()[code].slots:
                target.setdefault(slot.number, []).append(
                    (slot.starts + season * _DAY, slot.ends + season * _DAY)
                )
    return {"usual": usual, "first": first}


def _work(school: DemoSchool, school_class: DemoClass) -> solver.ClassWork:
    grade = school_class.grade
    by_subject: dict[str, list[DemoGroup]] = {}
    for group in school.groups:
        if group.school_class is school_class:
            by_subject.setdefault(group.subject, []).append(group)
    norm = facts.load_norms()[grade]
    hours = sum(groups[0].hours for groups in by_subject.values())
    return solver.ClassWork(
        id=school_class.id,
        bells="first" if grade == 1 else "usual",
        days=solver.day_lengths(hours, norm.lessons_a_day),
        blocks=tuple(
            solver.Block(
                subject=subject,
                hours=groups[0].hours,
                difficulty=facts.difficulty(subject, grade) or 0,
                light=subject in _LIGHT,
                double=subject == "tech" and grade >= 5,
                parts=tuple(
                    solver.Part(
                        group=group.id,
                        teacher=group.teacher.id if group.teacher is not None else None,
                        rooms=tuple(room.id for room in group.rooms),
                    )
                    for group in groups
                ),
            )
            for subject, groups in by_subject.items()
        ),
        hard_from=_HARD_FROM[grade < 5],
        # In autumn the first grade has three lessons a day: what comes later is left out then.
        main_until=3 if grade == 1 else 99,
    )


# --- writing -----------------------------------------------------------------------------------


def _write_bells(school: DemoSchool, parts: list[Season]) -> None:
    bulk = school.bulk
    there = {row.code: row.id for row in BellSchedule.select()}
    for code, shipped in bells.shipped().items():
        if code in there or code not in (_USUAL, *_FIRST_GRADE, "SHORT30"):
            continue
        there[code] = bulk.add(BellSchedule, title=shipped.title, code=code)
        for slot in shipped.slots:
            bulk.add(
                BellSlot,
                schedule=there[code],
                number=slot.number,
                starts=slot.starts,
                ends=slot.ends,
            )
    for school_class in school.classes:
        if school_class.grade > 1:
            bulk.add(
                ClassBells,
                school_class=school_class.id,
                schedule=there[_USUAL],
                since=school.calendar.starts,
                until=None,
            )
            continue
        for part in parts:
            bulk.add(
                ClassBells,
                school_class=school_class.id,
                schedule=there[part.first_grade],
                since=part.since,
                until=part.until,
            )
    bulk.flush()


@dataclass(frozen=True)
class _Entry:
    id: int
    group: DemoGroup
    placed: solver.Placed
    starts: int
    ends: int


def _write_grids(
    school: DemoSchool, parts: list[Season], lessons: list[tuple[DemoGroup, solver.Placed]]
) -> list[list[_Entry]]:
    bulk = school.bulk
    found = []
    for part in parts:
        grid = bulk.add(
            Grid, year=school.year_id, title=part.title, since=part.since, until=part.until
        )
        times = {
            first: {
                slot.number: (slot.starts, slot.ends)
                for slot in bells.shipped()[part.first_grade if first else _USUAL].slots
            }
            for first in (True, False)
        }
        entries = []
        for group, placed in lessons:
            time = times[group.school_class.grade == 1].get(placed.number)
            if time is None:
                continue  # the first grade has shorter days in autumn
            entry = bulk.add(
                GridEntry,
                grid=grid,
                weekday=placed.weekday,
                number=placed.number,
                starts=time[0],
                ends=time[1],
                group=group.id,
                teacher=placed.teacher,
                room=placed.room,
            )
            entries.append(_Entry(entry, group, placed, *time))
        found.append(entries)
    bulk.flush()
    return found


def _write_lessons(school: DemoSchool, parts: list[Season], entries: list[list[_Entry]]) -> None:
    rows = list(_dated(school, parts, entries))
    first = school.bulk.reserve(Lesson, len(rows))
    school.bulk.write(
        Lesson,
        _COLUMNS,
        ((first + number, *row) for number, row in enumerate(rows)),
    )


def _dated(
    school: DemoSchool, parts: list[Season], entries: list[list[_Entry]]
) -> Iterator[tuple[object, ...]]:
    """Lessons of the year as rows, day by day and in the order of the bells."""
    calendar = school.calendar
    grades = {found.grade for found in school.classes}
    at_school = {
        grade: set(school.school_days(grade, calendar.starts, calendar.ends)) for grade in grades
    }
    for day in sorted(set().union(*at_school.values())):
        season = max(index for index, part in enumerate(parts) if part.since <= day)
        for entry in entries[season]:
            placed = entry.placed
            if (
                placed.weekday == day.isoweekday()
                and day in at_school[entry.group.school_class.grade]
            ):
                yield (
                    day,
                    placed.number,
                    entry.starts,
                    entry.ends,
                    entry.group.id,
                    placed.teacher,
                    placed.room,
                    entry.id,
                    day,
                )
