"""The journal of the demonstration school looks like a real one, and agrees with its timetable."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest

from asurso_core import clock, demo, install, plugins
from asurso_core import db as database
from asurso_core.builtin import asurso_demo
from asurso_core.db import as_date, rows
from asurso_journal import demo as journal_demo
from asurso_journal import facts
from asurso_journal.models import Assignment, Attendance, LessonNote, Mark
from asurso_timetable import demo as timetable_demo
from asurso_timetable.models import Lesson

NOW = "2026-11-24T10:30"


@contextlib.contextmanager
def small_school(url: str, now: str = NOW) -> Iterator[demo.DemoSchool]:
    """A database of its own with the small demonstration; what was bound is put aside."""
    bound, manager = database.db.obj, plugins._current
    database.db.initialize(None)
    mine = plugins.PluginManager()
    plugins.use(mine)
    try:
        mine.load(only=[])
        database.bind(database.make_database(url))
        with clock.frozen(now), database.connection():
            database.db.obj.create_tables(database.MODELS)
            install.install_defaults()
            steps = [*asurso_demo(), *timetable_demo.STEPS, *journal_demo.STEPS]
            with database.transaction():
                school = demo.fill("small", 1, steps)
            yield school
    finally:
        database.release()
        if bound is not None:
            database.bind(bound)
        plugins.use(manager)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    """What the filling wrote, as plain rows; the database is closed again."""
    path = tmp_path_factory.mktemp("demo") / "a.sqlite3"
    with small_school(f"sqlite:///{path}") as school:
        grades = {found.id: found.grade for found in school.classes}
        return {
            "lessons": [
                (id_, as_date(date), starts, ends, grades[class_id], subject, group)
                for id_, date, starts, ends, class_id, subject, group in rows(
                    "SELECT l.id, l.date, l.starts, l.ends, c.school_class_id, s.name, l.group_id "
                    "FROM timetable_lesson l JOIN core_group_class c ON c.group_id = l.group_id "
                    "JOIN core_teaching_group g ON g.id = l.group_id "
                    "JOIN core_subject s ON s.id = g.subject_id"
                )
            ],
            "notes": list(LessonNote.select(LessonNote.lesson, LessonNote.topic).tuples()),
            "homework": list(
                LessonNote.select(LessonNote.lesson).where(LessonNote.homework != "").tuples()
            ),
            "attendance": list(
                Attendance.select(Attendance.lesson, Attendance.pupil, Attendance.code).tuples()
            ),
            "marks": list(
                Mark.select(Assignment.lesson, Mark.pupil, Mark.value, Mark.dot)
                .join(Assignment)
                .tuples()
            ),
            "stays": [
                (group.id, stay.pupil.id, stay.since, stay.until)
                for group in school.groups
                for stay in group.stays
            ],
        }


def test_lessons_fall_on_school_days_only(made):
    dates = {date for _, date, *_ in made["lessons"]}
    assert max(date.isoweekday() for date in dates) == 5
    assert dt.date(2026, 11, 4) not in dates  # a public holiday
    assert not any(dt.date(2026, 10, 26) <= date <= dt.date(2026, 11, 3) for date in dates)
    assert (min(dates), max(dates)) == (dt.date(2026, 9, 1), dt.date(2027, 5, 26))


def test_the_first_grade_has_a_holiday_and_bells_of_its_own(made):
    first = [row for row in made["lessons"] if row[4] == 1]
    autumn = [row for row in first if row[1] < dt.date(2026, 10, 31)]
    winter = {row[1] for row in made["lessons"]} - {row[1] for row in first}
    assert {row[3] - row[2] for row in autumn} == {35}
    assert max(Counter(row[1] for row in autumn).values()) == 3
    assert dt.date(2027, 2, 17) in winter


def test_everything_is_written_up_to_the_last_lesson_and_nothing_after(made):
    over = {
        id_
        for id_, date, _, ends, *_ in made["lessons"]
        if date < dt.date(2026, 11, 24) or (date == dt.date(2026, 11, 24) and ends <= 10 * 60 + 30)
    }
    assert {lesson for lesson, _ in made["notes"]} == over
    assert {lesson for lesson, *_ in made["marks"]} <= over
    assert {lesson for lesson, *_ in made["attendance"]} <= over
    assert sum(topic != "" for _, topic in made["notes"]) > 0.97 * len(over)


def test_the_first_grade_gets_no_marks_and_no_homework(made):
    first = {row[0] for row in made["lessons"] if row[4] == 1}
    assert not first & {lesson for lesson, *_ in made["marks"]}
    assert not first & {lesson for (lesson,) in made["homework"]}


def test_about_a_third_of_the_cells_have_a_mark_and_one_in_twenty_an_absence(made):
    lessons = {row[0]: row for row in made["lessons"]}
    sizes = Counter(group for group, *_, until in made["stays"] if until is None)
    notes = [lessons[lesson] for lesson, _ in made["notes"]]
    cells = sum(sizes[row[6]] for row in notes)
    marked = {(lesson, pupil) for lesson, pupil, value, _ in made["marks"] if value}
    missed = [row for row in made["attendance"] if row[2] in {"Б", "УП", "НП", "ОТ"}]
    graded = sum(sizes[row[6]] for row in notes if row[4] > 1)
    assert 0.25 < len(marked) / graded < 0.40
    assert 0.03 < len(missed) / cells < 0.09


def test_an_illness_covers_all_lessons_of_its_days(made):
    lessons = {row[0]: row for row in made["lessons"]}
    ill = {(p, lessons[lesson][1]) for lesson, p, code in made["attendance"] if code == "Б"}
    there = {(p, lessons[lesson][1]) for lesson, p, code in made["attendance"] if code == "ОП"}
    noted = {(lesson, p) for lesson, p, code in made["attendance"] if code == "Б"}
    assert not ill & there
    groups = {}
    for group, pupil, since, until in made["stays"]:
        groups.setdefault(pupil, []).append((group, since, until))
    written = {lesson for lesson, _ in made["notes"]}
    for pupil, day in list(ill)[:20]:
        mine = {
            group
            for group, since, until in groups[pupil]
            if since <= day and (until is None or day < until)
        }
        for id_, date, _, _, _, _, group in made["lessons"]:
            if date == day and group in mine and id_ in written:
                assert (id_, pupil) in noted


def test_marks_stand_only_where_the_pupil_was_a_member(made):
    lessons = {row[0]: row for row in made["lessons"]}
    stays = {}
    for group, pupil, since, until in made["stays"]:
        stays.setdefault((group, pupil), []).append((since, until))
    for lesson, pupil, _, _ in made["marks"]:
        day, group = lessons[lesson][1], lessons[lesson][6]
        assert any(since <= day and (until is None or day < until) for since, until in stays[group, pupil])  # fmt: skip # noqa: E501


def test_marks_are_marks(made):
    values = Counter(value for _, _, value, _ in made["marks"])
    assert set(values) <= {"", "2", "3", "4", "5", "зач"} | {
        f"{a}/{b}" for a in range(2, 6) for b in range(2, 6)
    }
    assert all(dot for _, _, value, dot in made["marks"] if not value)
    assert values["2"] < values["3"] < values["4"]


def test_a_school_in_summer_has_its_whole_year(tmp_path):
    with small_school(f"sqlite:///{tmp_path / 'a.sqlite3'}", "2027-06-20T10:00"):
        assert LessonNote.select().count() == Lesson.select().count()


def test_a_school_before_its_first_day_is_still_empty(tmp_path):
    with small_school(f"sqlite:///{tmp_path / 'a.sqlite3'}", "2026-08-25T10:00"):
        assert Lesson.select().count() > 3500
        assert not LessonNote.select().exists()
        assert not Mark.select().exists()


def test_the_shipped_types_fit_their_columns():
    types = facts.work_types()
    assert len({found.name for found in types}) == len({found.code for found in types})
    assert all(len(found.letter) <= 3 and len(found.name) <= 60 for found in types)
    assert [code.code for code in facts.absence_codes() if code.missed] == ["ОТ", "УП", "Б", "НП"]


def test_topics_follow_the_year_and_fit_their_column():
    for (subject, grade), listed in journal_demo.topics().items():
        assert len(listed) >= 10, (subject, grade)
        plan = journal_demo._plan(subject, grade, 68)
        assert len(plan) == 68
        assert plan[0] == listed[0]
        assert max(map(len, plan)) < 200
