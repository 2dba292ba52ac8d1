"""Old tables of the journal become new ones with everything in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asurso_core import db as database
from asurso_core import schema
from asurso_core.db import rows, run
from asurso_core.school import AcademicYear
from asurso_core.testing.make import small_school
from asurso_core.testing.plugin import serving
from asurso_journal.models import Assignment, AssignmentType, Attendance, Mark
from asurso_timetable.api import Lesson


def test_marks_learn_their_year_even_in_a_closed_one(
    engine: str, tmp_path: Path, request: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("asurso_marks")
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.upgrade()
        school = small_school()
        lesson = Lesson.create(
            date="2026-11-23", number=1, starts=480, ends=525, group=school.ids["maths_5a"]
        )
        kind, _new = AssignmentType.get_or_create(name="Ответ", defaults={"letter": "О"})
        work = Assignment.create(lesson=lesson, type=kind)
        year, pupil = school.ids["year"], school.persons["pupil"]
        Mark.create(assignment=work, pupil=pupil, year=year, value="5")
        Attendance.create(lesson=lesson, pupil=pupil, year=year, code="Б")
        AcademicYear.update(state="closed").where(AcademicYear.id == year).execute()
        schema.downgrade("journal", "0002_years_of_marks")
        run("UPDATE journal_mark SET comment = 'старая'")

        assert schema.upgrade()[0] == "journal/0002_years_of_marks"
        assert rows("SELECT value, comment, year_id FROM journal_mark") == [("5", "старая", year)]
        assert rows("SELECT code, year_id FROM journal_attendance") == [("Б", year)]
