"""How dear reports are: every standard report beside the plain statement that it cannot do without.

``python bench/reports.py`` makes the 1,000-pupil school with marks until 24 December on SQLite and
on PostgreSQL, builds each report and runs the aggregate over the same rows, in turns; the figures
are medians. The aggregate counts or sums what the report is about, and prints nothing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
from werkzeug.datastructures import MultiDict

from asurso_core import clock, demo, plugins, schema
from asurso_core.accounts.queries import actor_for
from asurso_core.db import connection, rows
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.reports import params as parameters
from asurso_core.reports.documents import row_of
from asurso_core.testing.plugin import serving

NOW = "2026-12-24T18:00"
TURNS = 15

_FINALS = """
    SELECT f.pupil_id, f.subject_id, f.value FROM journal_final_mark f
      JOIN core_class_member m ON m.pupil_id = f.pupil_id
     WHERE f.slot = {period} AND f.year_id = {year} AND {whom}
"""
_MARKS = """
    SELECT m.pupil_id, g.subject_id, m.value, a.weight, COUNT(*)
      FROM core_teaching_group g
      JOIN timetable_lesson l ON l.group_id = g.id
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE {where} AND m.value <> '' GROUP BY m.pupil_id, g.subject_id, m.value, a.weight
"""
_CLASS = "g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id = {class_})"
_ABSENT = """
    SELECT t.pupil_id, l.date, t.code, COUNT(*) FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
     WHERE {where} AND t.code <> '' GROUP BY t.pupil_id, l.date, t.code
"""
_LESSONS = """
    SELECT n.pupil_id, l.date, COUNT(*) FROM core_class_member n
      JOIN core_group_class gc ON gc.school_class_id = n.school_class_id
      JOIN timetable_lesson l ON l.group_id = gc.group_id
     WHERE {where} GROUP BY n.pupil_id, l.date
"""
_OWN_CLASS = _FINALS.format(period="{period}", year="{year}", whom="m.school_class_id = {class_}")
_WHOLE = _FINALS.format(period="{period}", year="{year}", whom="1 = 1")
#: Who learns what: without it nobody could say which marks are missing.
_ROLL = """
    SELECT m.pupil_id, g.subject_id, g.id FROM core_class_member m
      JOIN core_group_class gc ON gc.school_class_id = m.school_class_id
      JOIN core_teaching_group g ON g.id = gc.group_id
     WHERE m.until IS NULL AND {where}
"""
_OWN_ROLL = _ROLL.format(where="m.school_class_id = {class_}")
_ALL_ROLL = _ROLL.format(where="1 = 1")
_OF_CLASS = _MARKS.format(where=_CLASS)
_AWAY = [
    _ABSENT.format(where="l.group_id IN (SELECT group_id FROM core_group_class "
                         "WHERE school_class_id = {class_})"),
    _LESSONS.format(where="n.school_class_id = {class_}"),
]  # fmt: skip
_OF_PUPIL = """
    SELECT l.date, l.group_id, m.value, a.weight, a.title, n.topic FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id WHERE m.pupil_id = {pupil}
"""
_PARALLEL = "m.school_class_id IN (SELECT id FROM core_school_class WHERE grade = {parallel})"
#: The statements without which a report cannot be; every figure in them is read.
NEEDS: dict[str, list[str]] = {
    "journal.class.results": [_OWN_CLASS, _OWN_ROLL],
    "journal.class.subjects": [_OWN_CLASS, _OWN_ROLL],
    "journal.class.teacher": [_OWN_CLASS, _OWN_ROLL, *_AWAY],
    "journal.class.forecast": [_OWN_CLASS, _OWN_ROLL, _OF_CLASS, *_AWAY],
    "journal.class.attendance": _AWAY,
    "journal.class.current": [_OF_CLASS],
    "journal.class.dynamics": [_OF_CLASS],
    "journal.class.summary": [
        """SELECT f.pupil_id, f.subject_id, f.slot, f.value FROM journal_final_mark f
        JOIN core_class_member m ON m.pupil_id = f.pupil_id AND m.school_class_id = {class_}"""
    ],
    "journal.school.results": [_WHOLE, _ALL_ROLL],
    "journal.school.lists": [_WHOLE, _ALL_ROLL],
    "journal.school.attendance": [
        _ABSENT.format(where="1 = 1"),
        """SELECT n.school_class_id, COUNT(*) FROM core_class_member n
        JOIN core_group_class gc ON gc.school_class_id = n.school_class_id
        JOIN timetable_lesson l ON l.group_id = gc.group_id GROUP BY n.school_class_id""",
    ],
    "journal.school.control": [
        """SELECT l.teacher_id, COUNT(*), SUM(CASE WHEN n.topic = '' THEN 1 ELSE 0 END)
        FROM timetable_lesson l LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
        LEFT JOIN (SELECT a.lesson_id, COUNT(*) AS c FROM journal_assignment a
        JOIN journal_mark m ON m.assignment_id = a.id GROUP BY a.lesson_id) x
        ON x.lesson_id = l.id WHERE l.date < '2026-12-24' GROUP BY l.teacher_id"""
    ],
    "journal.pupil.finals": [
        "SELECT subject_id, slot, value FROM journal_final_mark WHERE pupil_id = {pupil}",
        _ROLL.format(where="m.pupil_id = {pupil}"),
    ],
    "journal.pupil.averages": [
        _MARKS.format(
            where="g.id IN (SELECT x.group_id FROM journal_mark n JOIN journal_assignment b "
            "ON b.id = n.assignment_id JOIN timetable_lesson x ON x.id = b.lesson_id "
            "WHERE n.pupil_id = {pupil})"
        )
    ],
    "journal.pupil.dynamics": [
        """SELECT SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value, COUNT(*)
        FROM core_group_class gc JOIN timetable_lesson l ON l.group_id = gc.group_id
        JOIN journal_assignment a ON a.lesson_id = l.id
        JOIN journal_mark m ON m.assignment_id = a.id
        WHERE gc.school_class_id = {class_} AND m.value <> ''
        GROUP BY SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value"""
    ],
    "journal.pupil.works": [_OF_PUPIL],
    "journal.pupil.progress": [_OF_PUPIL, _ABSENT.format(where="t.pupil_id = {pupil}")],
    "journal.pupil.class": [_OWN_CLASS, _OWN_ROLL],
    "journal.class.debts": [
        """SELECT m.pupil_id, a.title, l.date FROM core_class_member n
        JOIN journal_mark m ON m.pupil_id = n.pupil_id AND m.value = '' AND m.dot
        JOIN journal_assignment a ON a.id = m.assignment_id
        JOIN timetable_lesson l ON l.id = a.lesson_id WHERE n.school_class_id = {class_}"""
    ],
    "journal.class.homework": [
        """SELECT l.date, l.group_id, l.ends, n.homework_at FROM core_group_class gc
        JOIN timetable_lesson l ON l.group_id = gc.group_id
        JOIN journal_lesson_note n ON n.lesson_id = l.id AND n.homework <> ''
        WHERE gc.school_class_id = {class_}"""
    ],
    "journal.teacher.period": [
        _FINALS.format(
            period="{period}",
            year="{year}",
            whom="f.group_id IN (SELECT group_id FROM core_group_teacher "
            "WHERE teacher_id = {teacher})",
        ),
        _ROLL.format(
            where="g.id IN (SELECT group_id FROM core_group_teacher WHERE teacher_id = {teacher})"
        ),
        """SELECT l.group_id, COUNT(DISTINCT l.id), COUNT(a.id) FROM core_group_teacher t
        JOIN timetable_lesson l ON l.group_id = t.group_id
        LEFT JOIN journal_assignment a ON a.lesson_id = l.id
        WHERE t.teacher_id = {teacher} GROUP BY l.group_id""",
    ],
    "journal.teacher.programme": [
        """SELECT l.id, l.group_id, l.date, n.topic FROM core_group_teacher t
        JOIN timetable_lesson l ON l.group_id = t.group_id
        LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id WHERE t.teacher_id = {teacher}""",
        """SELECT a.lesson_id, COUNT(*) FROM core_group_teacher t
        JOIN timetable_lesson l ON l.group_id = t.group_id
        JOIN journal_assignment a ON a.lesson_id = l.id
        WHERE t.teacher_id = {teacher} GROUP BY a.lesson_id""",
    ],
    "journal.school.parallel": [
        _FINALS.format(period="{period}", year="{year}", whom=_PARALLEL),
        _ROLL.format(where=_PARALLEL),
    ],
    "journal.school.subject": [
        _FINALS.format(period="{period}", year="{year}", whom="f.subject_id = {subject}"),
        _ROLL.format(where="g.subject_id = {subject}"),
    ],
    "journal.school.periods": [
        "SELECT pupil_id, subject_id, slot, value FROM journal_final_mark WHERE year_id = {year}",
        _ALL_ROLL,
    ],
}


def median(deed: Callable[[], Any]) -> float:
    """The median of some turns in milliseconds, after one that warms up."""
    deed()
    spent = []
    for _turn in range(TURNS):
        began = time.perf_counter()
        deed()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def measure(engine: str, url: str, folder: Path) -> list[str]:
    """A line for each report."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"### {engine}", "", "| report | rows | report, ms | statement, ms | ratio |",
             "|---|---|---|---|---|"]  # fmt: skip
    with (
        clock.frozen(NOW), serving(url, folder) as app, app.test_request_context(), connection(),
    ):  # fmt: skip
        schema.upgrade()
        demo.build("school", folder=folder)
        user = rows(
            "SELECT u.id FROM core_user u JOIN core_user_role ur ON ur.user_id = u.id "
            "JOIN core_role r ON r.id = ur.role_id WHERE r.name = 'deputy' ORDER BY u.id"
        )[0][0]
        seventh = rows("SELECT c.id FROM core_school_class c WHERE c.grade = 7 ORDER BY c.letter")[
            0
        ][0]
        for _owner, report in plugins.collect(asurso_reports):
            actor = flask.g.actor = actor_for(user, "staff")
            if not actor.holds(report.requires) or report.side == "family":
                continue
            form = parameters.form_of(actor, report, MultiDict({"school_class": seventh}))
            document = report.build(actor, form.data)
            count = sum(len(list(map(row_of, table.rows))) for table in document.tables)
            spent = median(
                lambda report=report, actor=actor, form=form: report.build(actor, form.data)
            )
            named = ("period", "year", "pupil", "teacher", "group", "subject", "parallel")
            told = {one: form.data.get(one) or 0 for one in named}
            told["class_"] = form.data.get("school_class") or 0
            needs = [one.format(**told) for one in NEEDS.get(report.name, [])]
            if not needs:
                lines.append(f"| {report.name} | {count} | {spent:.1f} | | |")
                continue
            bare = median(lambda needs=needs: [rows(one) for one in needs])
            lines.append(
                f"| {report.name} | {count} | {spent:.1f} | {bare:.1f} | {spent / bare:.2f} |"
            )
    return [*lines, ""]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["both", "sqlite", "postgres"], default="both")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.engine in {"both", "sqlite"}:
            lines = measure("SQLite", f"sqlite:///{folder / 'a.sqlite3'}", folder / "sqlite")
            sys.stdout.write("\n".join(lines) + "\n")
        if options.engine in {"both", "postgres"}:
            from asurso_core.testing import postgres

            with postgres.cluster(fsync=True) as cluster:
                url = str(cluster.create_database("asurso_bench"))
                lines = measure("PostgreSQL", url, folder / "postgres")
                sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
