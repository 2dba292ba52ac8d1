"""What each standard report must say of the great school, made of its bare rows.

A function for each report gives :class:`Expect`: with these parameters, in this table and these
columns, exactly these rows (a total stands as «Σ» and whatever follows its title).
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from asurso_core.db import rows
from tests.reports.raw import (
    ENDS,
    MOVED,
    STARTS,
    TODAY,
    Lesson,
    Mark,
    Raw,
    day,
    half_up,
    numbers,
    ratio,
    share,
    speaks_for,
    tally,
    weighed,
    which_list,
    with_one,
    within,
)


class Expect(NamedTuple):
    """Rows that a table of a report must have; ``columns`` are the compared ones, all by default.

    ``read`` makes something comparable of a found row, where a cell is a sentence.
    """

    params: dict[str, Any]
    rows: list[list[Any]]
    table: int = 0
    columns: slice = slice(None)
    read: Callable[[list[Any]], list[Any]] | None = None


COMPARED: dict[str, Callable[[Raw], Iterable[Expect]]] = {}


def against(name: str) -> Callable[..., Any]:
    """The comparison of a report."""

    def keep(made: Callable[[Raw], Iterable[Expect]]) -> Callable[[Raw], Iterable[Expect]]:
        COMPARED[name] = made
        return made

    return keep


def failing_in(values: list[str]) -> str:
    """Whether somebody fails in one subject or in more."""
    return "_one" if sum(value in {"2", "1", "нз"} for value in values) == 1 else "_more"


LISTS = ("excellent", "good", "passing", "failing", "unattested", "none")
WORDS = dict(
    zip(
        LISTS,
        ("отличник", "хорошист", "успевает", "не успевает", "не аттестован(а)",
         "не оценивается"),
        strict=True,
    )
)  # fmt: skip


def some_classes(raw: Raw, *more: str) -> list[int]:
    """7А and 7Б, between which somebody moved, a senior and an empty class, one by lot."""
    lot = random.Random(7).choice(sorted(raw.own))
    return [*map(raw.called, ("7А", "7Б", "10А", "6Я", *more)), lot]


def some_pupils(raw: Raw) -> list[int]:
    """Who changed the class, who came late, who left, a senior one, one by lot."""
    moved = next(p for p, _c, since, _u in raw.stays if since == MOVED)
    came = next(p for p, _c, since, _u in raw.stays if since.month == 11)
    left = next(p for p, _c, _s, until in raw.stays if until and until.month == 10)
    senior = raw.roll(raw.called("10А"), ENDS)[3]
    return [moved, came, left, senior, random.Random(8).choice(raw.roll(raw.called("8Б"), ENDS))]


def two_periods(raw: Raw, class_id: int) -> list[int]:
    """The first and the last period of a class."""
    own = sorted(id_ for id_, row in raw.periods.items() if row[0] == raw.classes[class_id][2])
    return [own[0], own[-1]]


def by_period(raw: Raw) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """``(class, period, params)`` of some classes."""
    for class_id in some_classes(raw):
        for period in two_periods(raw, class_id):
            yield class_id, period, {
                "year": raw.year, "school_class": class_id, "period": period
            }  # fmt: skip


def counted(raw: Raw, class_id: int, slot: int, on: dt.date) -> dict[int, list[str]]:
    """``{subject: marks}`` of the class; empty for whoever learns it and has none."""
    told: dict[int, list[str]] = defaultdict(list)
    for pupil in raw.roll(class_id, on):
        marks = raw.final(pupil, slot)
        for subject in set(raw.learns(pupil, class_id, on)) | set(marks):
            told[subject].append(marks.get(subject, ""))
    return told


# --- a pupil -------------------------------------------------------------------------------------


def last_class(raw: Raw, pupil: int) -> int:
    """The class where a pupil was last in this year."""
    return max(
        (one for one in raw.of_pupil[pupil] if one[1] in raw.own), key=lambda one: one[2]
    )[1]  # fmt: skip


@against("journal.pupil.finals")
def _(raw: Raw) -> Iterator[Expect]:
    for pupil in some_pupils(raw):
        in_ = last_class(raw, pupil)
        slots = sorted(id_ for id_, row in raw.periods.items() if row[0] == raw.classes[in_][2])
        every = {slot: raw.final(pupil, slot) for slot in [*slots, 0, -1, -2]}
        learnt = raw.learns(pupil, in_, ENDS) if pupil in raw.roll(in_, ENDS) else {}
        subjects = set(learnt).union(*every.values())
        yield Expect(
            {"pupil": pupil, "year": raw.year},
            [[raw.subject[one], *(marks.get(one) for marks in every.values())] for one in subjects],
        )


def of_days(raw: Raw) -> Iterator[tuple[int, dt.date, dt.date, dict[str, Any]]]:
    """Some pupils over the year and over the days around the move."""
    for pupil in some_pupils(raw):
        for since, until in ((STARTS, ENDS), (dt.date(2026, 12, 1), dt.date(2027, 2, 10))):
            params = {"pupil": pupil, "year": raw.year, "since": since, "until": until}
            yield pupil, since, until, params


def own_marks(raw: Raw, pupil: int, since: dt.date, until: dt.date) -> list[Mark]:
    """Marks and dots of a pupil in order of time."""
    found = [
        one for one in raw.marks_of[pupil]
        if since <= one.lesson.date <= until and (one.value or one.dot)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.lesson.date, one.lesson.starts, one.order))


def enough(marks: Iterable[Mark]) -> bool:
    """Five pupils with figures, or nothing is told of them."""
    return len({one.pupil for one in marks if numbers(one.value)}) >= 5


@against("journal.pupil.averages")
def _(raw: Raw) -> Iterator[Expect]:
    for pupil, since, until, params in of_days(raw):
        by_subject = defaultdict(list)
        for one in own_marks(raw, pupil, since, until):
            by_subject[raw.group[one.lesson.group][1]].append(one)
        lines = []
        for subject, marks in by_subject.items():
            group = marks[-1].lesson.group
            beside = [
                one for one in raw.marks_in[group]
                if since <= one.lesson.date <= until and one.weight
            ]  # fmt: skip
            figures = [number for one in beside for number in numbers(one.value)]
            own = [(one.value, one.weight) for one in marks]
            plain = [number for value, _w in own for number in numbers(value)]
            lines.append(
                [raw.subject[subject], len(plain), ratio(sum(plain), len(plain)), weighed(own),
                 ratio(sum(figures), len(figures)) if enough(beside) else None,
                 sum(not one.value for one in marks)]
            )  # fmt: skip
        yield Expect(params, lines)


@against("journal.pupil.dynamics")
def _(raw: Raw) -> Iterator[Expect]:
    for pupil, since, until, params in of_days(raw):
        own, every, who = defaultdict(list), defaultdict(list), defaultdict(set)
        classes = {in_ for _p, in_, _s, _u in raw.of_pupil[pupil]}
        known = {who for in_ in classes for who, *_days in raw.of_class[in_]}
        for one in (mark for who in known for mark in raw.marks_of[who]):
            on = one.lesson.date
            if not since <= on <= until or not numbers(one.value) or not one.weight:
                continue
            if one.pupil == pupil:
                own[on.year, on.month] += numbers(one.value)
            mine = raw.class_on(pupil, on)
            if mine is not None and raw.class_on(one.pupil, on) == mine:
                every[on.year, on.month] += numbers(one.value)
                who[on.year, on.month].add(one.pupil)
        lines = []
        for month in sorted(set(own) | set(every)):
            told = every[month] if len(who[month]) >= 5 else None
            lines.append(
                [len(own[month]), ratio(sum(own[month]), len(own[month])),
                 *((len(told), ratio(sum(told), len(told))) if told else (None, None))]
            )  # fmt: skip
        yield Expect(params, lines, columns=slice(1, None))


@against("journal.pupil.works")
def _(raw: Raw) -> Iterator[Expect]:
    for pupil, since, until, params in of_days(raw):
        marks = own_marks(raw, pupil, since, until)
        lines: list[list[Any]] = [
            [one.lesson.date, raw.subject[raw.group[one.lesson.group][1]], one.kind,
             one.title or raw.notes[one.lesson.id][0], one.weight, one.value or "•",
             one.comment or ""]
            for one in marks
        ]  # fmt: skip
        mean = weighed([(one.value, one.weight) for one in marks])
        if lines:
            lines.append(["Σ", "", "", "с весами", None, mean, ""])
        yield Expect(params, lines)
    pupil = some_pupils(raw)[0]
    subject = next(id_ for id_, name in raw.subject.items() if name == "Алгебра")
    marks = [
        one for one in own_marks(raw, pupil, STARTS, ENDS)
        if raw.group[one.lesson.group][1] == subject
    ]  # fmt: skip
    yield Expect(
        {"pupil": pupil, "year": raw.year, "since": STARTS, "until": ENDS, "subject": subject},
        [*([one.lesson.date, one.value or "•"] for one in marks),
         ["Σ", weighed([(one.value, one.weight) for one in marks])]],
        read=lambda row: [row[0], row[5]],
    )  # fmt: skip


@against("journal.pupil.progress")
def _(raw: Raw) -> Iterator[Expect]:
    spans = [(STARTS, ENDS), (dt.date(2027, 1, 11), dt.date(2027, 1, 31))]
    for pupil in some_pupils(raw):
        for since, until in spans:
            signs, pairs, missed = defaultdict(list), defaultdict(list), defaultdict(int)
            for one in own_marks(raw, pupil, since, until):
                subject = raw.group[one.lesson.group][1]
                signs[subject].append(one.value or "•")
                pairs[subject].append((one.value, one.weight))
            for lesson, code in raw.absent[pupil]:
                if since <= lesson.date <= until:
                    subject = raw.group[lesson.group][1]
                    signs[subject].append(code)
                    missed[subject] += raw.codes[code][0]
            yield Expect(
                {"pupil": pupil, "year": raw.year, "since": since, "until": until},
                [[raw.subject[one], sorted(signs[one]), weighed(pairs[one]), missed[one]]
                 for one in signs],
                read=lambda row: [
                    row[0], sorted(sign for cell in row[1:-2] for sign in cell.split()),
                    row[-2], row[-1],
                ],
            )  # fmt: skip


@against("journal.pupil.class")
def _(raw: Raw) -> Iterator[Expect]:
    for pupil in some_pupils(raw):
        for period in two_periods(raw, last_class(raw, pupil)):
            on = raw.periods[period][3]
            in_ = raw.class_on(pupil, on) or last_class(raw, pupil)
            own = raw.final(pupil, period)
            learnt = raw.learns(pupil, in_, on) if pupil in raw.roll(in_, on) else {}
            lines = []
            for subject, values in counted(raw, in_, period, on).items():
                if subject not in learnt and subject not in own:
                    continue
                told = tally(values)
                figures = sum(told[1:5]) >= 5
                lines.append(
                    [raw.subject[subject], own.get(subject),
                     *((told[10], told[7], told[8], told[9]) if figures else [None] * 4)]
                )  # fmt: skip
            yield Expect({"pupil": pupil, "year": raw.year, "period": period}, lines)


# --- a class -------------------------------------------------------------------------------------


@against("journal.class.results")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id, period, params in by_period(raw):
        on = raw.periods[period][3]
        by_subject = counted(raw, class_id, period, on)
        order = sorted(by_subject, key=lambda one: raw.subject[one].lower())
        lines: list[list[Any]] = []
        for pupil in raw.roll(class_id, on):
            marks = raw.final(pupil, period)
            figures = [number for value in marks.values() for number in numbers(value)]
            lines.append(
                [raw.name(pupil), *(marks.get(one) for one in order),
                 ratio(sum(figures), len(figures)), WORDS[which_list(list(marks.values()))]]
            )  # fmt: skip
        if lines:
            footer = zip(*(tally(by_subject[one])[1:] for one in order), strict=True)
            lines += [["Σ", *line, None, ""] for line in footer]
        yield Expect(params, lines)


@against("journal.class.subjects")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id, period, params in by_period(raw):
        by_subject = counted(raw, class_id, period, raw.periods[period][3])
        lines = [[raw.subject[one], *tally(values)] for one, values in by_subject.items()]
        if lines:
            lines.append(["Σ", *tally([value for found in by_subject.values() for value in found])])
        yield Expect(params, lines)


def reasons(raw: Raw, found: list[tuple[Lesson, str]]) -> list[int]:
    """In all, by illness, excused, not excused, unknown of missed lessons."""
    missed = [code for _lesson, code in found if raw.codes[code][0]]
    ill = sum(raw.codes[code][2] for code in missed)
    excused = sum(raw.codes[code][1] and not raw.codes[code][2] for code in missed)
    unknown = missed.count("ОТ")
    return [len(missed), ill, excused, len(missed) - ill - excused - unknown, unknown]


def attendance_lines(
    raw: Raw, class_id: int, since: dt.date, until: dt.date, pupils: list[int]
) -> list[list[Any]]:
    """A line a pupil and one for the class."""
    lines, held_all = [], 0
    for pupil in pupils:
        held = raw.to_attend(pupil, class_id, since, until)
        found = raw.missed(pupil, class_id, since, until)
        away = defaultdict(int)
        for lesson, code in found:
            away[lesson.date] += raw.codes[code][0]
        days = sum(
            count > 0 and count == sum(one.date == on for one in held)
            for on, count in away.items()
        )  # fmt: skip
        late = sum(code == "ОП" for _lesson, code in found)
        told = reasons(raw, found)
        held_all += len(held)
        lines.append(
            [raw.name(pupil), *told, days, late, share(len(held) - told[0], len(held))]
        )  # fmt: skip
    if lines:
        whole = [sum(line[at] for line in lines) for at in range(1, 8)]
        lines.append(["Σ", *whole, share(held_all - whole[0], held_all)])
    return lines


@against("journal.class.attendance")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw, "3А"):
        for since, until in ((STARTS, ENDS), (dt.date(2026, 11, 5), dt.date(2027, 1, 20))):
            params = {
                "year": raw.year, "school_class": class_id, "since": since, "until": until
            }  # fmt: skip
            pupils = raw.roll(class_id, until)
            yield Expect(params, attendance_lines(raw, class_id, since, until, pupils))
            months = defaultdict(lambda: defaultdict(lambda: [0, 0]))
            for pupil in pupils:
                for lesson, code in raw.missed(pupil, class_id, since, until):
                    if raw.codes[code][0]:
                        told = months[lesson.date.year, lesson.date.month][pupil]
                        told[0] += 1
                        told[1] += raw.codes[code][2]
            if months:
                yield Expect(
                    params,
                    [[raw.name(one), *(v for month in sorted(months) for v in months[month][one])]
                     for one in pupils],
                    table=1,
                )  # fmt: skip


def class_teacher_expectations(
    raw: Raw, params: dict[str, Any], class_id: int, period: int, marks: dict[int, dict[int, str]]
) -> Iterator[Expect]:
    """Movement, indicators, lists and attendance of a class teacher's report."""
    starts, ends = raw.periods[period][2:4]
    pupils = raw.roll(class_id, ends)
    values = [value for one in pupils for value in marks[one].values()]
    stays = [
        (since, until) for _p, _c, since, until in raw.of_class[class_id]
        if since <= ends and (until is None or until > starts)
    ]  # fmt: skip
    came = sum(since > starts for since, _until in stays)
    left = sum(until is not None and until <= ends for _since, until in stays)
    yield Expect(
        params, [[len(stays) - came], [came], [left], [len(stays) - left]],
        read=lambda row: [row[1]],
    )  # fmt: skip
    lists = [which_list(list(marks[one].values())) for one in pupils]
    graded = len(lists) - lists.count("none")
    good = lists.count("excellent") + lists.count("good")
    told = tally(values)
    yield Expect(
        params,
        [[len(pupils)], [graded], [share(good + lists.count("passing"), graded)],
         [share(good, graded)], [told[9]], [told[10]]],
        table=1, read=lambda row: [row[1]],
    )  # fmt: skip
    named = {key: [raw.name(one) for one, in_ in zip(pupils, lists, strict=True) if in_ == key]
             for key in LISTS if key != "passing"}  # fmt: skip
    for sign in "43":
        named[f"one_{sign}"] = [
            raw.name(one) for one in pupils if with_one(list(marks[one].values()), sign)
        ]
    for ending in ("_one", "_more"):
        named[f"failing{ending}"] = [
            raw.name(one) for one in pupils
            if which_list(list(marks[one].values())) == "failing"
            and failing_in(list(marks[one].values())) == ending
        ]  # fmt: skip
    yield Expect(
        params,
        [[len(found), [] if key == "failing" else sorted(found)] for key, found in named.items()],
        table=2,
        read=lambda row: [
            row[1], sorted(one.partition(" (")[0] for one in row[2].split("; ") if one)
        ],
    )  # fmt: skip
    yield Expect(params, attendance_lines(raw, class_id, starts, ends, pupils), table=3)


@against("journal.class.teacher")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id, period, params in by_period(raw):
        pupils = raw.roll(class_id, raw.periods[period][3])
        marks = {one: dict(raw.final(one, period)) for one in pupils}
        yield from class_teacher_expectations(raw, params, class_id, period, marks)


@against("journal.class.forecast")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id, period, params in by_period(raw):
        starts, ends = raw.periods[period][2:4]
        marks = {}
        for pupil in raw.roll(class_id, ends):
            marks[pupil] = dict(raw.final(pupil, period))
            for subject in raw.learns(pupil, class_id, ends):
                found = [
                    (one.value, one.weight) for one in own_marks(raw, pupil, starts, ends)
                    if raw.group[one.lesson.group][1] == subject
                ]  # fmt: skip
                if subject not in marks[pupil] and speaks_for(found):
                    marks[pupil][subject] = speaks_for(found)
        yield from class_teacher_expectations(raw, params, class_id, period, marks)


@against("journal.class.summary")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw):
        slots = sorted(id_ for id_, p in raw.periods.items() if p[0] == raw.classes[class_id][2])
        slots += [0, -1, -2]
        pupils = raw.roll(class_id, ENDS)
        subjects = {
            subject for one in pupils
            for subject in [*raw.learns(one, class_id, ENDS),
                            *(s for slot in slots for s in raw.final(one, slot))]
        }  # fmt: skip
        order = sorted(subjects, key=lambda one: raw.subject[one].lower())
        yield Expect(
            {"year": raw.year, "school_class": class_id},
            [[raw.name(one), *(raw.final(one, slot).get(subject, "")
                               for subject in order for slot in slots)]
             for one in pupils],
        )  # fmt: skip


@against("journal.class.current")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw):
        for since, until in ((STARTS, ENDS), (dt.date(2026, 12, 1), dt.date(2027, 2, 10))):
            pupils = raw.roll(class_id, until)
            found = {one: own_marks(raw, one, since, until) for one in pupils}
            order = sorted(
                {raw.group[one.lesson.group][1] for marks in found.values() for one in marks},
                key=lambda one: raw.subject[one].lower(),
            )
            lines = []
            for pupil, marks in found.items():
                means = [
                    weighed([(one.value, one.weight) for one in marks
                             if raw.group[one.lesson.group][1] == subject])
                    for subject in order
                ]  # fmt: skip
                every = weighed([(one.value, one.weight) for one in marks])
                lines.append([raw.name(pupil), *means, every, sum(not one.value for one in marks)])
            params = {
                "year": raw.year, "school_class": class_id, "since": since, "until": until
            }  # fmt: skip
            yield Expect(params, lines)


@against("journal.class.absent")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw):
        for span, since, until in (
            ("day", dt.date(2027, 1, 19), dt.date(2027, 1, 19)),
            ("week", dt.date(2027, 1, 18), dt.date(2027, 1, 24)),
        ):
            told = defaultdict(int)
            for pupil in {stay[0] for stay in raw.of_class[class_id]}:
                for lesson, code in raw.missed(pupil, class_id, since, until):
                    if raw.codes[code][0]:
                        told[pupil, lesson.date] += 1
            yield Expect(
                {"year": raw.year, "school_class": class_id, "day": dt.date(2027, 1, 19),
                 "span": span},
                [[raw.name(pupil), on, count] for (pupil, on), count in told.items()],
                columns=slice(0, 3),
            )  # fmt: skip


@against("journal.class.dynamics")
def _(raw: Raw) -> Iterator[Expect]:
    algebra = next(id_ for id_, name in raw.subject.items() if name == "Алгебра")
    for class_id in some_classes(raw):
        for step, subject in (("month", None), ("week", algebra)):
            told = defaultdict(list)
            for pupil in {stay[0] for stay in raw.of_class[class_id]}:
                for one in raw.marks_of[pupil]:
                    on = one.lesson.date
                    if raw.class_on(pupil, on) != class_id or not one.weight or not one.value:
                        continue
                    if subject and raw.group[one.lesson.group][1] != subject:
                        continue
                    first = on.replace(day=1) if step == "month" else (
                        on - dt.timedelta(days=on.weekday()))  # fmt: skip
                    told[first] += numbers(one.value)
            yield Expect(
                {"year": raw.year, "school_class": class_id, "since": STARTS, "until": ENDS,
                 "step": step, "subject": subject},
                [[len(found), ratio(sum(found), len(found))] for found in told.values()],
                columns=slice(1, None),
            )  # fmt: skip


@against("journal.class.debts")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw):
        lines = [
            [raw.name(pupil), raw.subject[raw.group[one.lesson.group][1]], one.title or one.kind,
             one.lesson.date, (TODAY - one.lesson.date).days]
            for pupil in raw.roll(class_id, TODAY) for one in raw.marks_of[pupil]
            if one.dot and not one.value
        ]  # fmt: skip
        yield Expect({"year": raw.year, "school_class": class_id}, lines)


@against("journal.class.homework")
def _(raw: Raw) -> Iterator[Expect]:
    since, until = dt.date(2027, 2, 1), dt.date(2027, 2, 28)
    for class_id in some_classes(raw):
        told = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        for group in raw.groups_of[class_id]:
            for lesson in raw.lessons_of[group]:
                if lesson.held and since <= lesson.date <= until and raw.notes[lesson.id][1]:
                    told[lesson.date][raw.group[group][1]][group] += 1
        yield Expect(
            {"year": raw.year, "school_class": class_id, "since": since, "until": until},
            [[on, sum(max(groups.values()) for groups in subjects.values()), 0]
             for on, subjects in told.items()],
            columns=slice(0, 3),
        )  # fmt: skip


# --- a teacher -----------------------------------------------------------------------------------


def some_teachers(raw: Raw) -> list[int]:
    """Whoever taught in the year before, a teacher of all levels, one by lot."""
    by_teacher = defaultdict(set)
    before = set()
    for group, teacher, _since, _until in raw.teaches:
        in_ = raw.class_of_group[group]
        by_teacher[teacher].add(raw.classes[in_][2])
        if in_ not in raw.own:
            before.add(teacher)
    both = sorted(one for one, kinds in by_teacher.items() if len(kinds) > 1)
    return [*before, both[0], random.Random(9).choice(sorted(by_teacher))]


def members(raw: Raw, group: int, on: dt.date) -> list[int]:
    """Pupils of a group on a day."""
    if raw.group[group][2]:
        return [who for who, since, until in raw.in_part[group] if within(on, since, until)]
    return raw.roll(raw.class_of_group[group], on)


def group_title(raw: Raw, group: int) -> str:
    """«7А Алгебра 1 подгруппа»."""
    _year, subject, _part, name = raw.group[group]
    words = (raw.title(raw.class_of_group[group]), raw.subject[subject], name)
    return " ".join(one for one in words if one)


@against("journal.teacher.period")
def _(raw: Raw) -> Iterator[Expect]:
    for teacher in some_teachers(raw):
        for period in raw.periods:
            lines, bad, every = [], [], []
            for group in {one for one, who, *_days in raw.teaches if who == teacher}:
                in_ = raw.class_of_group[group]
                slot = raw.period_of(in_, period)
                if in_ not in raw.own or slot is None:
                    continue  # a class of half-years has no marks of a first quarter
                subject = raw.group[group][1]
                first, last = raw.periods[slot][2:4]
                values = {
                    who: raw.final(who, slot).get(subject, "")
                    for who in members(raw, group, last)
                }  # fmt: skip
                every += values.values()
                lessons = [
                    one for one in raw.lessons_of[group] if one.held and first <= one.date <= last
                ]
                controls = {
                    one.order[1] for one in raw.marks_in[group]
                    if one.control and one.lesson in lessons
                }  # fmt: skip
                lines.append(
                    [group_title(raw, group), *tally(list(values.values())), len(lessons),
                     len(lessons), len(controls)]
                )  # fmt: skip
                bad += [
                    [group_title(raw, group), raw.name(who), value]
                    for who, value in values.items() if value in {"2", "1", "н/а", "нз"}
                ]  # fmt: skip
            if lines:
                lines.append(["Σ", *tally(every), None, None, None])
            params = {"teacher": teacher, "year": raw.year, "period": period}
            yield Expect(params, lines)
            yield Expect(params, bad, table=1)


@against("journal.teacher.years")
def _(raw: Raw) -> Iterator[Expect]:
    titles = dict(rows("SELECT id, title FROM core_academic_year"))
    for teacher in some_teachers(raw):
        own = {group for group, who, *_days in raw.teaches if who == teacher}
        told = defaultdict(list)
        for _pupil, year, _subject, slot, group, value in raw.final_rows:
            if group in own and slot >= 0:
                told[titles[year], raw.title(raw.class_of_group[group])].append(value)
        lines = []
        for (year, title), values in told.items():
            found = tally(values)
            lines.append([year, title, sum(found[1:6]), found[10], found[8], found[9]])
        yield Expect({"teacher": teacher}, lines)


def school_days(raw: Raw, grade: int, since: dt.date, until: dt.date) -> int:
    """Days of a week of five in which a grade is taught."""
    free = [
        (day(first), day(last))
        for first, last in rows(
            "SELECT starts, ends FROM core_holiday WHERE year_id = ? "
            "AND first_grade <= ? AND last_grade >= ?",
            [raw.year, grade, grade],
        )
    ]
    single = {
        day(on): kind
        for on, kind in rows(
            "SELECT date, kind FROM core_calendar_day WHERE year_id = ?", [raw.year]
        )
    }
    every = [since + dt.timedelta(days=n) for n in range((until - since).days + 1)]
    return sum(
        single.get(on) == "working" or (
            on.isoweekday() < 6 and on not in single
            and not any(first <= on <= last for first, last in free)
        )
        for on in every
    )  # fmt: skip


@against("journal.teacher.programme")
def _(raw: Raw) -> Iterator[Expect]:
    weekly = dict(rows("SELECT id, weekly_hours FROM core_teaching_group"))
    assert {row[0] for row in rows("SELECT week_days FROM core_school_class")} == {5}
    kinds = {one.id: kind for one, _a, _w, kind, *_rest in substituted(raw, STARTS, ENDS)}
    controls = defaultdict(int)
    for (lesson,) in rows(
        "SELECT a.lesson_id FROM journal_assignment a "
        "JOIN journal_assignment_type t ON t.id = a.type_id WHERE t.is_control"
    ):
        controls[lesson] += 1
    spans = ((STARTS, ENDS), (dt.date(2026, 11, 5), dt.date(2026, 12, 30)))
    for teacher in [*some_teachers(raw), substituted(raw, STARTS, ENDS)[0][1]]:
        for since, until in spans:
            lines, bare = [], []
            for group in {one for one, who, *_days in raw.teaches if who == teacher}:
                in_ = raw.class_of_group[group]
                if in_ not in raw.own:
                    continue
                lessons = [one for one in raw.lessons_of[group] if since <= one.date <= until]
                held = [one for one in lessons if one.held]
                given = [one for one in held if kinds.get(one.id) != "other"]
                without = [one for one in given if not raw.notes[one.id][0]]
                hours = Decimal(str(weekly[group]))
                days = school_days(raw, raw.classes[in_][0], since, until)
                plan = half_up(hours * days / 5, "0.1")
                lines.append(
                    [group_title(raw, group), hours, plan, len(lessons), len(given),
                     plan - len(given), sum(one.id in kinds for one in given),
                     len(lessons) - len(held), len(without),
                     sum(controls[one.id] for one in given)]
                )  # fmt: skip
                bare += [[group_title(raw, group), one.date, one.number] for one in without]
            if lines:
                whole = [sum(line[at] for line in lines) for at in range(2, 10)]
                lines.append(["Σ", None, *whole[:3], None, *whole[4:]])
            params = {"teacher": teacher, "year": raw.year, "since": since, "until": until}
            yield Expect(params, lines)
            yield Expect(params, bare, table=1)


@against("journal.teacher.density")
def _(raw: Raw) -> Iterator[Expect]:
    lots = random.Random(10)
    groups = [
        raw.learns(some_pupils(raw)[0], raw.called("7Б"), ENDS)[subject]
        for subject, name in raw.subject.items() if name in {"Алгебра", "Русский язык"}
    ]  # fmt: skip
    senior = lots.choice(raw.groups_of[raw.called("10А")])
    for group in [*groups, senior, lots.choice(raw.groups_of[raw.called("3А")])]:
        subject = raw.group[group][1]
        for period in raw.periods:
            slot = raw.period_of(raw.class_of_group[group], period)
            if slot is None:
                continue
            starts, ends = raw.periods[slot][2:4]
            lines = []
            for pupil in members(raw, group, ends):
                marks = [
                    one for one in own_marks(raw, pupil, starts, ends)
                    if one.value and raw.group[one.lesson.group][1] == subject
                ]  # fmt: skip
                pairs = [(one.value, one.weight) for one in marks]
                lines.append(
                    [raw.name(pupil), len(marks), sum(one.control for one in marks),
                     weighed(pairs), speaks_for(pairs) or None,
                     raw.final(pupil, slot).get(subject)]
                )  # fmt: skip
            yield Expect({"year": raw.year, "group": group, "period": period}, lines)


# --- the school ----------------------------------------------------------------------------------


def class_marks(raw: Raw, class_id: int, period: int | None) -> dict[int, dict[int, str]] | None:
    """``{pupil: {subject: mark}}`` of a class, None where it has no such period."""
    slot = 0 if period is None else raw.period_of(class_id, period)
    if slot is None:
        return None
    on = ENDS if period is None else raw.periods[slot][3]
    return {pupil: raw.final(pupil, slot) for pupil in raw.roll(class_id, on)}


def pupils_line(found: list[dict[int, str]]) -> list[Any]:
    """Pupils, graded, excellent, good, with one 3, failing, н/а, success, quality, SOU, average."""
    lists = [which_list(list(marks.values())) for marks in found]
    graded = len(lists) - lists.count("none")
    good = lists.count("excellent") + lists.count("good")
    told = tally([value for marks in found for value in marks.values()])
    return [
        len(found), graded, lists.count("excellent"), lists.count("good"),
        sum(with_one(list(marks.values()), "3") for marks in found), lists.count("failing"),
        lists.count("unattested"), share(good + lists.count("passing"), graded),
        share(good, graded), told[9], told[10],
    ]  # fmt: skip


@against("journal.school.results")
def _(raw: Raw) -> Iterator[Expect]:
    for period in [*raw.periods, None]:
        if period is not None and raw.periods[period][3] < STARTS:
            continue
        found = {one: class_marks(raw, one, period) for one in raw.own}
        there = {one: list(marks.values()) for one, marks in found.items() if marks is not None}
        lines = [[raw.title(one), *pupils_line(marks)] for one, marks in there.items()]
        grades = defaultdict(list)
        for one in there:
            grades[raw.classes[one][0]].append(one)
        spans = [ids for ids in grades.values() if len(ids) > 1]
        for first, last in ((1, 4), (5, 9), (10, 11)):
            level = [one for one in there if first <= raw.classes[one][0] <= last]
            spans += [level] if level else []
        spans.append(list(there))
        lines += [["Σ", *pupils_line([m for one in ids for m in there[one]])] for ids in spans]
        yield Expect({"year": raw.year, "period": period}, lines)


@against("journal.school.parallel")
def _(raw: Raw) -> Iterator[Expect]:
    for grade, period in ((7, 1), (7, 4), (10, 6), (10, 2), (6, 3)):
        found = {
            one: class_marks(raw, one, period) for one in raw.own if raw.classes[one][0] == grade
        }
        yield Expect(
            {"year": raw.year, "parallel": grade, "period": period},
            [[raw.title(one), *pupils_line(list(marks.values()))]
             for one, marks in found.items() if marks is not None],
        )  # fmt: skip


@against("journal.school.subject")
def _(raw: Raw) -> Iterator[Expect]:
    names = {"Алгебра", "Физическая культура", "Иностранный язык (английский)"}
    for subject in (one for one, name in raw.subject.items() if name in names):
        for period in (2, 4, 6):
            lines, every = [], []
            for class_id in raw.own:
                slot = raw.period_of(class_id, period)
                if slot is None:
                    continue
                ends = raw.periods[slot][3]
                by_group = defaultdict(list)
                for pupil in raw.roll(class_id, ends):
                    group = raw.learns(pupil, class_id, ends).get(subject)
                    value = raw.final(pupil, slot).get(subject, "")
                    if group is not None:
                        by_group[group].append(value)
                for group, values in by_group.items():
                    whose = ", ".join(
                        raw.initials(who) for one, who, since, until in raw.teaches
                        if one == group and within(ends, since, until)
                    )  # fmt: skip
                    every += values
                    lines.append([raw.title(class_id), whose, *tally(values)])
            if lines:
                lines.append(["Σ", "", *tally(every)])
            yield Expect({"year": raw.year, "subject": subject, "period": period}, lines)


@against("journal.school.lists")
def _(raw: Raw) -> Iterator[Expect]:
    for period in (1, 4, 6, None):
        told = defaultdict(list)
        for class_id in raw.own:
            for pupil, marks in (class_marks(raw, class_id, period) or {}).items():
                values = list(marks.values())
                line = [raw.title(class_id), raw.name(pupil)]
                which = which_list(values)
                told[which + failing_in(values) if which == "failing" else which].append(line)
                if with_one(values, "3"):
                    told["one_three"].append(line)
        params = {"year": raw.year, "period": period}
        keys = ("excellent", "one_three", "failing_one", "failing_more", "unattested")
        for table, key in enumerate(keys):
            yield Expect(params, told[key], table=table, columns=slice(0, 2))


@against("journal.school.periods")
def _(raw: Raw) -> Iterator[Expect]:
    lines, last = [], {}
    for period, (kind, title, starts, _ends, _n) in raw.periods.items():
        if starts < STARTS:
            continue
        found = [
            marks for one in raw.own if raw.classes[one][2] == kind
            for marks in (class_marks(raw, one, period) or {}).values()
        ]  # fmt: skip
        told = pupils_line(found)
        figures = told[7:]
        before = last.get(kind)
        change = [None if before is None else new - old for new, old in zip(
            figures, before or figures, strict=True)]  # fmt: skip
        pairs = [value for pair in zip(figures, change, strict=True) for value in pair]
        lines.append([title, told[1], told[4], *pairs])
        last[kind] = figures
    yield Expect({"year": raw.year}, lines)


@against("journal.school.attendance")
def _(raw: Raw) -> Iterator[Expect]:
    for since, until in ((STARTS, ENDS), (dt.date(2027, 1, 11), dt.date(2027, 1, 24))):
        lines, truants = [], []
        for class_id in raw.own:
            held, told = 0, [0] * 5
            for pupil in {stay[0] for stay in raw.of_class[class_id]}:
                held += len(raw.to_attend(pupil, class_id, since, until))
                found = raw.missed(pupil, class_id, since, until)
                own = reasons(raw, found)
                told = [a + b for a, b in zip(told, own, strict=True)]
                if own[3] >= 10:
                    truants.append([raw.title(class_id), raw.name(pupil), own[3]])
            lines.append([raw.title(class_id), held, *told, share(held - told[0], held)])
        whole = [sum(line[at] for line in lines) for at in range(1, 7)]
        lines.append(["Σ", *whole, share(whole[0] - whole[1], whole[0])])
        params = {"year": raw.year, "since": since, "until": until}
        yield Expect(params, lines)
        yield Expect(params, truants, table=1)


@against("journal.school.control")
def _(raw: Raw) -> Iterator[Expect]:
    marked = {one.lesson.id for one in raw.marks if one.value}
    noted = {lesson.id for found in raw.absent.values() for lesson, _code in found}
    for since, until in ((STARTS, ENDS), (dt.date(2027, 5, 3), dt.date(2027, 5, 26))):
        told = defaultdict(lambda: [0] * 5)
        for one in raw.lessons.values():
            if not one.held or not since <= one.date <= until:
                continue
            topic, homework, _at, taken = raw.notes.get(one.id, ("", "", None, None))
            line = told[one.teacher]
            line[0] += 1
            line[1] += not topic
            line[2] += not homework
            line[3] += taken is None and one.id not in noted
            line[4] += one.id not in marked
        yield Expect(
            {"year": raw.year, "since": since, "until": until},
            [[raw.name(who), line[0], *(value for count in line[1:]
                                        for value in (count, share(count, line[0])))]
             for who, line in told.items()],
        )  # fmt: skip


# --- access to the journal -----------------------------------------------------------------------


def changes(raw: Raw, pupils: set[int], *, only_reasons: bool = False) -> list[list[Any]]:
    """When, whose, what it was before and after, and why, of changes of marks of pupils."""
    sql = """SELECT e.at, e.person, e.before, e.after, e.reason FROM core_audit_entry e
              WHERE e.kind IN ('journal.cell', 'journal.final') ORDER BY e.id"""
    told = []
    for at, person, _before, after, reason in rows(sql):
        if person in pupils and (reason or not only_reasons):
            # Samara is four hours ahead of Greenwich.
            on = (dt.datetime.fromisoformat(str(at)[:19]) + dt.timedelta(hours=4)).date()
            new = "5" if '"5"' in str(after) or "'5'" in str(after) else "4"
            told.append([on, raw.name(person), new, reason or ""])
    return told


def change_of(row: list[Any], who: int | None = 2) -> list[Any]:
    """The same of a row of the report."""
    name = row[who] if who else ""
    return [row[0].date(), name, row[-2].rpartition(" ")[2], row[-1]]


@against("journal.access.pupil")
def _(raw: Raw) -> Iterator[Expect]:
    seen = [row[0] for row in rows(
        "SELECT person FROM core_audit_entry WHERE kind = 'journal.cell' ORDER BY id")]  # fmt: skip
    for pupil in (seen[0], seen[-1], some_pupils(raw)[0]):
        yield Expect(
            {"pupil": pupil, "year": raw.year, "since": STARTS, "until": ENDS},
            [[on, "", new, why] for on, _name, new, why in changes(raw, {pupil})],
            read=lambda row: change_of(row, None),
        )  # fmt: skip


@against("journal.access.class")
def _(raw: Raw) -> Iterator[Expect]:
    for class_id in some_classes(raw):
        yield Expect(
            {"year": raw.year, "school_class": class_id, "since": STARTS, "until": ENDS},
            changes(raw, {stay[0] for stay in raw.of_class[class_id]}), read=change_of,
        )  # fmt: skip


@against("journal.access.unusual")
def _(raw: Raw) -> Iterator[Expect]:
    yield Expect(
        {"year": raw.year, "since": STARTS, "until": ENDS},
        changes(raw, {stay[0] for stay in raw.stays if stay[1] in raw.own}, only_reasons=True),
        read=change_of,
    )


# --- the kernel and the timetable ----------------------------------------------------------------


@against("core.class_list")
def _(raw: Raw) -> Iterator[Expect]:
    births = dict(rows("SELECT id, birth_date FROM core_person"))
    for class_id in some_classes(raw):
        yield Expect(
            {"year": raw.year, "school_class": class_id},
            [[" ".join(part for part in raw.person[one][:3] if part), day(births[one])]
             for one in raw.roll(class_id, ENDS)],
            columns=slice(1, None),
        )  # fmt: skip


@against("core.class_accounts")
def _(raw: Raw) -> Iterator[Expect]:
    accounts = {
        person: (login, day(str(at)[:10]) if at else "ещё не было")
        for person, login, at in rows(
            "SELECT person_id, login, last_sign_in_at FROM core_user WHERE state = 'active'"
        )
    }
    parents = defaultdict(list)
    for guardian, pupil in rows("SELECT guardian_id, pupil_id FROM core_guardian"):
        parents[pupil].append(guardian)
    for class_id in some_classes(raw):
        yield Expect(
            {"year": raw.year, "school_class": class_id},
            [[raw.name(one), "" if who == one else raw.name(who), *accounts[who]]
             for one in raw.roll(class_id, ENDS) for who in [one, *parents[one]]
             if who in accounts],
            read=lambda row: [row[0], *row[2:]],
        )  # fmt: skip


@against("core.class_sizes")
def _(raw: Raw) -> Iterator[Expect]:
    leaders = {}
    for class_id, who, since, until in rows(
        "SELECT school_class_id, teacher_id, since, until FROM core_class_teacher"
    ):
        if within(ENDS, day(since), day(until)):
            leaders[class_id] = " ".join(part for part in raw.person[who][:3] if part)
    told = {}
    for class_id in raw.own:
        now = raw.roll(class_id, ENDS)
        boys = sum(raw.person[one][3] == "m" for one in now)
        told[class_id] = [
            len(now), boys, len(now) - boys, len(raw.roll(class_id, dt.date(2026, 9, 20)))
        ]  # fmt: skip
    lines = [
        [raw.title(one), raw.classes[one][4] or "", leaders.get(one, ""), *line]
        for one, line in told.items()
    ]
    for first, last in ((1, 4), (5, 9), (10, 11), (1, 11)):
        level = [line for one, line in told.items() if first <= raw.classes[one][0] <= last]
        lines.append(["Σ", "", "", *map(sum, zip(*level, strict=True))])
    yield Expect({"year": raw.year}, lines)


@against("core.activity")
def _(raw: Raw) -> Iterator[Expect]:
    week, month = TODAY - dt.timedelta(days=7), TODAY - dt.timedelta(days=30)
    signed = {
        user: day(str(at)[:10]) if at else None
        for user, at in rows("SELECT id, last_sign_in_at FROM core_user WHERE state = 'active'")
    }
    roles = defaultdict(list)
    for label, user in rows(
        "SELECT r.label, ur.user_id FROM core_user_role ur JOIN core_role r ON r.id = ur.role_id"
    ):
        if user in signed:
            roles[label].append(signed[user])
    lines = []
    for label, days in roles.items():
        lately = sum(on is not None and on > month for on in days)
        lines.append(
            [label, len(days), sum(on is not None and on > week for on in days), lately,
             days.count(None), share(lately, len(days))]
        )  # fmt: skip
    yield Expect({}, lines)
    person = dict(rows("SELECT person_id, id FROM core_user"))
    reached = defaultdict(bool)
    for guardian, pupil in rows("SELECT guardian_id, pupil_id FROM core_guardian"):
        on = signed.get(person.get(guardian))
        reached[pupil] |= on is not None and on > month
    told = {one: [reached[who] for who in raw.roll(one, TODAY)] for one in raw.own}
    families = [
        [raw.title(one), len(found), sum(found), share(sum(found), len(found))]
        for one, found in told.items() if found
    ]  # fmt: skip
    every = [one for found in told.values() for one in found]
    families.append(["Σ", len(every), sum(every), share(sum(every), len(every))])
    yield Expect({}, families, table=1)


def substituted(raw: Raw, since: dt.date, until: dt.date) -> list[tuple[Any, ...]]:
    """``(lesson, absent, substitute, kind, other subject, payment)`` between two days."""
    return [
        (raw.lessons[lesson], *rest)
        for lesson, *rest in rows(
            "SELECT lesson_id, absent_id, substitute_id, kind, subject_id, payment "
            "FROM timetable_substitution"
        )
        if since <= raw.lessons[lesson].date <= until
    ]


@against("timetable.substitutions")
def _(raw: Raw) -> Iterator[Expect]:
    yield Expect(
        {"since": STARTS, "until": ENDS},
        [[one.date, one.number, raw.title(raw.class_of_group[one.group]), raw.initials(absent),
          raw.initials(who) if who else ""]
         for one, absent, who, *_rest in substituted(raw, STARTS, ENDS)],
        read=lambda row: [*row[:3], row[4], row[6]],
    )  # fmt: skip


@against("timetable.sheet")
def _(raw: Raw) -> Iterator[Expect]:
    months = {one.date.replace(day=1) for one, *_rest in substituted(raw, STARTS, ENDS)}
    for first in sorted(months):
        last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        told = defaultdict(lambda: [0, 0, 0])
        for _lesson, _absent, who, kind, _subject, payment in substituted(raw, first, last):
            if kind != "cancelled":
                told[raw.initials(who)][("hourly", "included", "none").index(payment)] += 1
        lines = [[name, *counts, sum(counts)] for name, counts in told.items()]
        if lines:
            whole = [sum(line[at] for line in lines) for at in range(1, 5)]
            lines.append(["Σ", *whole])
        yield Expect({"day": first}, lines, columns=slice(0, 5))
