"""The school of a thousand pupils with a full year, and its rows read without the product's help.

Nothing here uses a query, an indicator or a rounding of the product: what a report says is compared
with what this module makes of the bare rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from asurso_core import clock, demo, schema
from asurso_core.db import connection, rows, run, transaction
from asurso_core.testing.plugin import serving

#: Two days after the last lesson of the year.
NOW = "2027-05-28T18:00"
TODAY = dt.date(2027, 5, 28)
STARTS, ENDS = dt.date(2026, 9, 1), dt.date(2027, 5, 26)
MOVED = dt.date(2027, 1, 11)

#: What a real year has and the demonstration lacks. Every row is found by its number, so that two
#: engines get the same school.
_MORE = [
    # Freed from physical training, marks that were forgotten, credits that were not given.
    """UPDATE journal_final_mark SET value = 'осв' WHERE pupil_id % 37 = 0
       AND subject_id = (SELECT id FROM core_subject WHERE name = 'Физическая культура')""",
    "DELETE FROM journal_final_mark WHERE id % 997 = 0",
    "UPDATE journal_final_mark SET value = 'нз' WHERE value = 'зач' AND pupil_id % 5 = 0",
    "UPDATE journal_final_mark SET value = '1' WHERE value = '2' AND pupil_id % 7 = 0",
    # Marks of the year, an exam in the ninth grade, final marks.
    *(
        f"""INSERT INTO journal_final_mark
              (pupil_id, year_id, subject_id, slot, group_id, value, suggested, version)
            SELECT f.pupil_id, f.year_id, f.subject_id, {slot}, f.group_id, f.value, '', 1
              FROM journal_final_mark f
              JOIN core_period p ON p.id = f.period_id AND p.ends = '2027-05-26'
              JOIN core_teaching_group g ON g.id = f.group_id
             WHERE {which}"""
        for slot, which in (
            (0, "f.pupil_id % 401 <> 0"),
            (-2, "f.pupil_id % 401 <> 0"),
            (
                -1,
                """f.group_id IN (SELECT gc.group_id FROM core_group_class gc
                     JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade = 9)
                    AND f.subject_id = (SELECT id FROM core_subject WHERE name = 'Русский язык')""",
            ),
        )
    ),
    # Lessons that were cancelled after an absence had been noted.
    """DELETE FROM journal_mark WHERE assignment_id IN (
         SELECT a.id FROM journal_assignment a WHERE a.lesson_id % 211 = 0)""",
    "UPDATE timetable_lesson SET status = 'cancelled' WHERE id % 211 = 0",
    # A class of the year before, with its marks, for a teacher who is still there.
    "UPDATE core_academic_year SET state = 'planned' WHERE ends = '2026-05-26'",
    """INSERT INTO core_period_type (year_id, name, kind, version)
       SELECT id, 'Четверти', 'quarter', 1 FROM core_academic_year WHERE ends = '2026-05-26'""",
    """INSERT INTO core_school_class (year_id, grade, letter, period_type_id, week_days, version)
       SELECT y.id, 6, 'А', t.id, 5, 1 FROM core_academic_year y
         JOIN core_period_type t ON t.year_id = y.id WHERE y.ends = '2026-05-26'""",
    """INSERT INTO core_class_member (pupil_id, school_class_id, since, until)
       SELECT m.pupil_id, c.id, '2025-09-01', '2026-05-27' FROM core_class_member m
         JOIN core_school_class n ON n.id = m.school_class_id AND n.grade = 7 AND n.letter = 'А'
         JOIN core_academic_year y ON y.id = n.year_id AND y.state = 'current'
         JOIN core_school_class c ON c.grade = 6 AND c.letter = 'А'
         JOIN core_academic_year o ON o.id = c.year_id AND o.ends = '2026-05-26'""",
    """INSERT INTO core_teaching_group (year_id, subject_id, part, name, archived, version)
       SELECT y.id, s.id, 0, '', FALSE, 1 FROM core_academic_year y
         JOIN core_subject s ON s.name = 'История' WHERE y.ends = '2026-05-26'""",
    """INSERT INTO core_group_class (group_id, school_class_id)
       SELECT g.id, c.id FROM core_teaching_group g JOIN core_academic_year y ON y.id = g.year_id
         JOIN core_school_class c ON c.year_id = y.id WHERE y.ends = '2026-05-26'""",
    # The same person takes the group over twice: marks must not count twice.
    *(
        f"""INSERT INTO core_group_teacher (group_id, teacher_id, since, until)
            SELECT g.id, (SELECT MIN(t.teacher_id) FROM core_group_teacher t
              JOIN core_teaching_group h ON h.id = t.group_id
              JOIN core_subject s ON s.id = h.subject_id AND s.name = 'История'),
              '{since}', '{until}'
              FROM core_teaching_group g JOIN core_academic_year y ON y.id = g.year_id
             WHERE y.ends = '2026-05-26'"""
        for since, until in (("2025-09-01", "2025-11-01"), ("2026-01-10", "2026-05-27"))
    ),
    """INSERT INTO journal_final_mark
         (pupil_id, year_id, subject_id, slot, group_id, value, suggested, version)
       SELECT m.pupil_id, g.year_id, g.subject_id, 0, g.id,
              CASE m.pupil_id % 4 WHEN 0 THEN '3' WHEN 1 THEN '4' WHEN 2 THEN '5' ELSE 'н/а' END,
              '', 1
         FROM core_teaching_group g JOIN core_academic_year y ON y.id = g.year_id
         JOIN core_group_class gc ON gc.group_id = g.id
         JOIN core_class_member m ON m.school_class_id = gc.school_class_id
        WHERE y.ends = '2026-05-26'""",
    "UPDATE core_academic_year SET state = 'closed' WHERE ends = '2026-05-26'",
    # Nobody is in this class.
    """INSERT INTO core_school_class (year_id, grade, letter, period_type_id, week_days, version)
       SELECT y.id, 6, 'Я', t.id, 5, 1 FROM core_academic_year y
         JOIN core_period_type t ON t.year_id = y.id AND t.kind = 'quarter'
        WHERE y.state = 'current'""",
    # Changes of marks: usual ones, and some for which there had to be a reason.
    """INSERT INTO core_audit_entry
         (at, "user", actor_name, side, address, kind, target, person, before, after, reason)
       SELECT '2027-03-01 07:30:00', 1, 'Иванова А. П.', 'staff', '', 'journal.cell',
              'journal.cell:' || a.lesson_id || ':' || a.id || ':' || m.pupil_id, m.pupil_id,
              '{"value": "3"}', '{"value": "4"}',
              CASE WHEN m.id % 3 = 0 THEN 'Исправлено после проверки' END
         FROM journal_mark m JOIN journal_assignment a ON a.id = m.assignment_id
        WHERE m.id % 499 = 0 ORDER BY m.id""",
    """INSERT INTO core_audit_entry
         (at, "user", actor_name, side, address, kind, target, person, before, after, reason)
       SELECT '2027-03-29 20:30:00', 1, 'Иванова А. П.', 'staff', '', 'journal.final',
              'journal.final:' || f.pupil_id || ':' || f.subject_id || ':' || f.slot, f.pupil_id,
              NULL, '{"value": "5"}', CASE WHEN f.id % 2 = 0 THEN 'Период открыт заново' END
         FROM journal_final_mark f WHERE f.id % 401 = 0 AND f.slot >= 0 ORDER BY f.id""",
    *(
        f"UPDATE core_user SET last_sign_in_at = '{at} 10:00:00' WHERE id % 5 = {left}"
        for left, at in ((1, "2027-05-27"), (2, "2027-05-10"), (3, "2026-12-01"))
    ),
]

_MOVE = [
    "UPDATE core_class_member SET until = '{on}' WHERE pupil_id = {who} AND until IS NULL",
    "INSERT INTO core_class_member (pupil_id, school_class_id, since) VALUES ({who}, {to}, '{on}')",
    "UPDATE core_group_member SET until = '{on}' WHERE pupil_id = {who} AND until IS NULL",
    """INSERT INTO core_group_member (pupil_id, group_id, since)
       SELECT {who}, group_id, '{on}' FROM core_group_member
        WHERE pupil_id = {mate} AND until IS NULL""",
    *(
        f"DELETE FROM {table} WHERE pupil_id = {{who}} AND {column} IN ({what})"
        for table, column, what in (
            ("journal_mark", "assignment_id",
             """SELECT a.id FROM journal_assignment a JOIN timetable_lesson l ON l.id = a.lesson_id
                 WHERE l.date >= '{on}'"""),
            ("journal_attendance", "lesson_id",
             "SELECT id FROM timetable_lesson WHERE date >= '{on}'"),
        )
    ),
    """INSERT INTO journal_mark (assignment_id, pupil_id, year_id, value, dot, version)
       SELECT m.assignment_id, {who}, m.year_id, m.value, m.dot, 1 FROM journal_mark m
         JOIN journal_assignment a ON a.id = m.assignment_id
         JOIN timetable_lesson l ON l.id = a.lesson_id
        WHERE m.pupil_id = {mate} AND l.date >= '{on}'""",
    """INSERT INTO journal_attendance (lesson_id, pupil_id, year_id, code, version)
       SELECT t.lesson_id, {who}, t.year_id, t.code, 1 FROM journal_attendance t
         JOIN timetable_lesson l ON l.id = t.lesson_id
        WHERE t.pupil_id = {mate} AND l.date >= '{on}'""",
]  # fmt: skip


@contextlib.contextmanager
def great_school(url: str, folder: Path) -> Iterator[None]:
    """A thousand pupils at the end of their year, in an empty database; about 10 to 17 seconds."""
    with (
        clock.frozen(NOW), serving(url, folder) as app, app.test_request_context(), connection(),
    ):  # fmt: skip
        schema.create_all()
        demo.build("school", folder=folder)
        with transaction():
            _move()
            for sql in _MORE:
                run(sql)
        yield


def _move() -> None:
    """A pupil of 7А learns in 7Б after the winter holidays, beside a mate with all the marks."""
    seventh = "SELECT id FROM core_school_class WHERE grade = 7 AND letter = ?"
    first, second = (rows(seventh, [letter])[0][0] for letter in "АБ")
    stays = "SELECT MIN(pupil_id) FROM core_class_member WHERE school_class_id = ?"
    named = {"who": rows(stays, [first])[0][0], "mate": rows(stays, [second])[0][0]}
    for sql in _MOVE:
        run(sql.format(on=MOVED, to=second, **named))


# --- arithmetic ----------------------------------------------------------------------------------


def half_up(value: Decimal, places: str) -> Decimal:
    """Rounded half up to «0.1» or «0.01»."""
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def share(part: int, whole: int) -> Decimal | None:
    """Per cent with one place."""
    return half_up(Decimal(100 * part) / whole, "0.1") if whole else None


def ratio(total: int, count: int) -> Decimal | None:
    """An average with two places."""
    return half_up(Decimal(total) / count, "0.01") if count else None


def numbers(value: str) -> list[int]:
    """«4/5» is two marks; words are none."""
    return [int(part) for part in value.split("/") if part in {"1", "2", "3", "4", "5"}]


def weighed(marks: list[tuple[str, int]]) -> Decimal | None:
    """The weighted average of ``(mark, weight)`` pairs."""
    pairs = [(number, weight) for value, weight in marks for number in numbers(value)]
    return ratio(sum(n * w for n, w in pairs), sum(w for _n, w in pairs))


def speaks_for(marks: list[tuple[str, int]]) -> str:
    """The period mark that an average speaks for: 4,5, 3,5, 2,5."""
    mean = weighed(marks)
    if mean is None:
        words = [value for value, _weight in marks if value in {"зач", "нз"}]
        return words[-1] if words else ""
    return "5" if mean >= Decimal("4.5") else "4" if mean >= Decimal("3.5") else (
        "3" if mean >= Decimal("2.5") else "2")  # fmt: skip


_SOU = {"5": 100, "4": 64, "3": 36, "2": 16, "1": 16, "н/а": 7}


def tally(values: list[str]) -> list[Any]:
    """All, 5, 4, 3, 2, н/а, осв, success, quality, SOU, average of marks (features.md 4.1)."""
    count = {sign: values.count(sign) for sign in ("5", "4", "3", "2", "1", "н/а", "осв")}
    five, four, three = count["5"], count["4"], count["3"]
    figures = five + four + three + count["2"] + count["1"]
    whole = figures + count["н/а"]
    total = sum(number for value in values for number in numbers(value))
    return [
        len(values), five, four, three, count["2"] + count["1"], count["н/а"], count["осв"],
        share(five + four + three, whole), share(five + four, whole),
        ratio(sum(_SOU.get(value, 0) for value in values), whole), ratio(total, figures),
    ]  # fmt: skip


def which_list(values: list[str]) -> str:
    """The list of a pupil (pupil_performance_lists)."""
    real = [one for one in values if one not in {"осв", "зач", ""}]
    if not real:
        return "none"
    if {"2", "1", "нз"} & set(real):
        return "failing"
    if "н/а" in real:
        return "unattested"
    return "excellent" if set(real) == {"5"} else "good" if "3" not in real else "passing"


def with_one(values: list[str], sign: str) -> bool:
    """«С одной 4», «с одной 3»: exactly one, all others better."""
    better = {"4": {"5"}, "3": {"4", "5"}}[sign]
    real = [one for one in values if one not in {"осв", "зач"}]
    return real.count(sign) == 1 and all(one == sign or one in better for one in real)


# --- rows ----------------------------------------------------------------------------------------


class Lesson(NamedTuple):
    """A row of the timetable."""

    id: int
    date: dt.date
    number: int
    starts: int
    ends: int
    group: int
    teacher: int
    held: bool


class Mark(NamedTuple):
    """A mark or a dot with what it was given for."""

    pupil: int
    value: str
    dot: bool
    weight: int
    control: bool
    kind: str
    title: str
    comment: str | None
    lesson: Lesson
    order: tuple[int, int]


def day(value: Any) -> Any:
    """A day of either engine."""
    return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value


def within(on: dt.date, since: dt.date, until: dt.date | None) -> bool:
    """From a day to, not including, a day."""
    return since <= on and (until is None or on < until)


class Raw:
    """All rows that reports rest on, as they stand in the tables."""

    def __init__(self) -> None:
        """Read everything once."""
        self.year = rows("SELECT id FROM core_academic_year WHERE state = 'current'")[0][0]
        self.person = {
            row[0]: row[1:]
            for row in rows("SELECT id, surname, given_name, patronymic, sex FROM core_person")
        }
        self.subject = dict(rows("SELECT id, name FROM core_subject"))
        self.short = dict(rows("SELECT id, short_name FROM core_subject"))
        self.classes = {
            row[0]: row[1:]
            for row in rows(
                "SELECT id, grade, letter, period_type_id, year_id, profile FROM core_school_class"
            )
        }
        self.own = [one for one, row in self.classes.items() if row[3] == self.year]
        self.periods = {
            row[0]: (row[1], row[2], day(row[3]), day(row[4]), row[5])
            for row in rows(
                "SELECT id, period_type_id, title, starts, ends, number FROM core_period"
            )
        }
        self.stays = [
            (pupil, in_, day(since), day(until))
            for pupil, in_, since, until in rows(
                "SELECT pupil_id, school_class_id, since, until FROM core_class_member"
            )
        ]
        self.of_pupil: dict[int, list[Any]] = defaultdict(list)
        self.of_class: dict[int, list[Any]] = defaultdict(list)
        for stay in self.stays:
            self.of_pupil[stay[0]].append(stay)
            self.of_class[stay[1]].append(stay)
        self.group = {
            row[0]: row[1:]
            for row in rows("SELECT id, year_id, subject_id, part, name FROM core_teaching_group")
        }
        self.class_of_group = dict(rows("SELECT group_id, school_class_id FROM core_group_class"))
        self.groups_of: dict[int, list[int]] = defaultdict(list)
        for group, in_ in self.class_of_group.items():
            self.groups_of[in_].append(group)
        self.parts: dict[int, list[Any]] = defaultdict(list)  # pupil → (group, since, until)
        self.in_part: dict[int, list[Any]] = defaultdict(list)
        for pupil, group, since, until in rows(
            "SELECT pupil_id, group_id, since, until FROM core_group_member"
        ):
            self.parts[pupil].append((group, day(since), day(until)))
            self.in_part[group].append((pupil, day(since), day(until)))
        self.teaches = [
            (group, teacher, day(since), day(until))
            for group, teacher, since, until in rows(
                "SELECT group_id, teacher_id, since, until FROM core_group_teacher"
            )
        ]
        self.lessons = {
            row[0]: Lesson(row[0], day(row[1]), *row[2:7], row[7] != "cancelled")
            for row in rows(
                "SELECT id, date, number, starts, ends, group_id, teacher_id, status "
                "FROM timetable_lesson"
            )
        }
        self.lessons_of: dict[int, list[Lesson]] = defaultdict(list)
        for one in self.lessons.values():
            self.lessons_of[one.group].append(one)
        self.marks = [
            Mark(row[0], row[1], bool(row[2]), row[3], bool(row[4]), row[5], row[6], row[7],
                 self.lessons[row[8]], (row[9], row[10]))
            for row in rows(
                "SELECT m.pupil_id, m.value, m.dot, a.weight, t.is_control, t.name, a.title, "
                "m.comment, a.lesson_id, a.position, a.id FROM journal_mark m "
                "JOIN journal_assignment a ON a.id = m.assignment_id "
                "JOIN journal_assignment_type t ON t.id = a.type_id"
            )
        ]  # fmt: skip
        self.marks_of: dict[int, list[Mark]] = defaultdict(list)
        self.marks_in: dict[int, list[Mark]] = defaultdict(list)  # by teaching group
        for mark in self.marks:
            self.marks_of[mark.pupil].append(mark)
            self.marks_in[mark.lesson.group].append(mark)
        self.codes = {
            row[0]: tuple(map(bool, row[1:]))
            for row in rows("SELECT code, missed, excused, illness FROM journal_attendance_code")
        }
        self.absent: dict[int, list[tuple[Lesson, str]]] = defaultdict(list)
        for lesson, pupil, code in rows(
            "SELECT lesson_id, pupil_id, code FROM journal_attendance WHERE code <> ''"
        ):
            self.absent[pupil].append((self.lessons[lesson], code))
        self.notes = {
            row[0]: row[1:]
            for row in rows(
                "SELECT lesson_id, topic, homework, homework_at, attendance_at "
                "FROM journal_lesson_note"
            )
        }
        self.finals: dict[tuple[int, int, int], dict[int, str]] = defaultdict(dict)
        self.final_rows = rows(
            "SELECT pupil_id, year_id, subject_id, slot, group_id, value FROM journal_final_mark "
            "WHERE value <> ''"
        )
        for pupil, year, subject, slot, _group, value in self.final_rows:
            self.finals[pupil, year, slot][subject] = value

    # --- who, where, what

    def name(self, pupil: int) -> str:
        """Surname and given name."""
        return f"{self.person[pupil][0]} {self.person[pupil][1]}"

    def initials(self, who: int) -> str:
        """«Иванова А. П.»."""
        surname, given, patronymic, _sex = self.person[who]
        return surname + "".join(f" {part[0]}." for part in (given, patronymic) if part)

    def title(self, class_id: int) -> str:
        """«7А»."""
        grade, letter = self.classes[class_id][:2]
        return f"{grade}{'' if len(letter) == 1 else ' '}{letter}"

    def called(self, title: str) -> int:
        """The class of the present year with a title."""
        return next(one for one in self.own if self.title(one) == title)

    def roll(self, class_id: int, on: dt.date) -> list[int]:
        """Pupils of a class on a day."""
        return [
            pupil for pupil, _c, since, until in self.of_class[class_id] if within(on, since, until)
        ]

    def class_on(self, pupil: int, on: dt.date) -> int | None:
        """The class of a pupil on a day."""
        return next(
            (in_ for _p, in_, since, until in self.of_pupil[pupil] if within(on, since, until)),
            None,
        )

    def learns(self, pupil: int, class_id: int, on: dt.date) -> dict[int, int]:
        """``{subject: group}`` of a pupil of a class on a day."""
        year = self.classes[class_id][3]
        told = {
            self.group[group][1]: group
            for group in self.groups_of[class_id] if self.group[group][2] == 0
        }  # fmt: skip
        told.update(
            (self.group[group][1], group)
            for group, since, until in self.parts[pupil]
            if within(on, since, until) and self.group[group][0] == year
        )
        return told

    def attends(self, pupil: int, lesson: Lesson) -> bool:
        """Whether a pupil is to be at a lesson by class or subgroup."""
        if self.group[lesson.group][2]:
            return any(
                group == lesson.group and within(lesson.date, since, until)
                for group, since, until in self.parts[pupil]
            )
        return self.class_on(pupil, lesson.date) == self.class_of_group[lesson.group]

    def to_attend(self, pupil: int, class_id: int, since: dt.date, until: dt.date) -> list[Lesson]:
        """Lessons that took place for a pupil of a class between two days."""
        return [
            lesson for group in self.groups_of[class_id] for lesson in self.lessons_of[group]
            if lesson.held and since <= lesson.date <= until and self.attends(pupil, lesson)
        ]  # fmt: skip

    def missed(
        self, pupil: int, class_id: int | None, since: dt.date, until: dt.date
    ) -> list[tuple[Lesson, str]]:
        """Lessons that took place, with the code of the pupil, while in a class (or in any)."""
        return [
            (lesson, code) for lesson, code in self.absent[pupil]
            if lesson.held and since <= lesson.date <= until
            and class_id in {None, self.class_on(pupil, lesson.date)}
        ]  # fmt: skip

    def period_of(self, class_id: int, period: int) -> int | None:
        """The class's own period that ends with another."""
        kind, ends = self.classes[class_id][2], self.periods[period][3]
        return next(
            (id_ for id_, row in self.periods.items() if row[0] == kind and row[3] == ends), None
        )

    def final(self, pupil: int, slot: int) -> dict[int, str]:
        """``{subject: mark}`` of a pupil of the present year."""
        return self.finals.get((pupil, self.year, slot), {})
