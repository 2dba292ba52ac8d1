"""Give a demonstration school years of history: the present year again, shifted into the past.

``python bench/history.py 10`` leaves ten years: classes, groups, lessons, marks and attendance of
every earlier year are copies under ids of their own, and those years are closed.
"""

from __future__ import annotations

import sys
import time

from asurso_core import config, schema
from asurso_core.app import create_app
from asurso_core.db import connection, db, is_sqlite, rows, run, transaction

STEP = 10_000_000
#: table → columns that hold ids of copied rows (shifted), columns that hold dates (moved).
COPIED = {
    "core_period_type": (["year_id"], []),
    "core_period": (["period_type_id"], ["starts", "ends"]),
    "core_school_class": (["year_id", "period_type_id"], []),
    "core_class_member": (["school_class_id"], ["since", "until"]),
    "core_class_teacher": (["school_class_id"], ["since", "until"]),
    "core_teaching_group": (["year_id"], []),
    "core_group_class": (["group_id", "school_class_id"], []),
    "core_group_teacher": (["group_id"], ["since", "until"]),
    "core_group_member": (["group_id"], ["since", "until"]),
    "timetable_lesson": (["group_id"], ["date", "planned_on"]),
    "journal_lesson_note": (["lesson_id"], []),
    "journal_assignment": (["lesson_id"], []),
    "journal_mark": (["assignment_id", "year_id"], []),
    "journal_attendance": (["lesson_id", "year_id"], []),
}


def moved(column: str, years: int) -> str:
    """SQL of a date some years earlier."""
    if is_sqlite():
        return f"date({column}, '-{years} years')"
    return f"CAST({column} - INTERVAL '{years} years' AS date)"


def copy_year(year: int, back: int) -> None:
    """Copy everything of a year as it was ``back`` years ago."""
    shift = back * STEP
    run(
        "INSERT INTO core_academic_year (id, title, starts, ends, state, version) "
        f"SELECT id + {shift}, 'прошлый {back}', {moved('starts', back)}, {moved('ends', back)}, "
        "'planned', 1 FROM core_academic_year WHERE id = ?",
        [year],
    )
    for table, (keys, dates) in COPIED.items():
        columns = [column.name for column in db.obj.get_columns(table)]
        taken = [
            f"{name} + {shift}"
            if name == "id" or name in keys
            else moved(name, back)
            if name in dates
            else name
            for name in columns
        ]
        run(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(taken)} "
            f"FROM {table} WHERE id < {STEP}",
            [],
        )
        if "until" in columns:
            end = f"SELECT ends FROM core_academic_year WHERE id = {year + shift}"
            run(
                f"UPDATE {table} SET until = ({end}) WHERE id BETWEEN {shift} AND {shift + STEP} "
                "AND until IS NULL",
                [],
            )
    run("UPDATE core_academic_year SET state = 'closed' WHERE id = ?", [year + shift])


def main(years: int) -> None:
    """Drop the guards, copy, make the guards again."""
    schema.drop_guards()
    ((year,),) = rows("SELECT id FROM core_academic_year WHERE state = 'current'")
    with transaction():
        for back in range(1, years):
            copy_year(year, back)
    schema.make_guards()
    run("ANALYZE", [])


if __name__ == "__main__":
    began = time.perf_counter()
    school = create_app(config.load())
    with school.app_context(), connection():
        main(int(sys.argv[1]))
    print(f"history made in {time.perf_counter() - began:.1f} s")
