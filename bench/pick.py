"""Choose what the benchmark asks for in a demonstration school; prints one line of JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from asurso_core import clock, config
from asurso_core.app import create_app
from asurso_core.db import as_date, connection, db, rows
from asurso_core.demo import PASSWORD

GROUPS = """
    SELECT g.id, p.id, COUNT(DISTINCT l.id),
           (SELECT COUNT(*) FROM core_class_member m
             WHERE m.school_class_id = c.id AND m.until IS NULL), t.teacher_id
      FROM core_teaching_group g
      JOIN core_academic_year y ON y.id = g.year_id AND y.state = 'current'
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade > 1
      JOIN core_period p ON p.period_type_id = c.period_type_id
      JOIN timetable_lesson l ON l.group_id = g.id AND l.date BETWEEN p.starts AND p.ends
      JOIN core_group_teacher t ON t.group_id = g.id AND t.until IS NULL
     WHERE g.part = 0 AND ? BETWEEN p.starts AND p.ends
     GROUP BY g.id, p.id, c.id, t.teacher_id
"""


def login_of(person: int) -> str:
    """The login of a person."""
    return str(rows("SELECT login FROM core_user WHERE person_id = ?", [person])[0][0])


def choose() -> dict[str, Any]:
    """A journal page near 30 pupils × 60 lessons, another one to write into, a parent's diary."""
    today = clock.today()
    groups = rows(GROUPS, [today])
    best = min(groups, key=lambda row: (abs(row[3] - 30) * 2 + abs(row[2] - 60), row[0]))
    others = [row for row in groups if row[4] != best[4] and row[3] >= 25]
    target = max(others, key=lambda row: (row[2], -row[0]))
    lesson = rows(
        "SELECT id FROM timetable_lesson WHERE group_id = ? AND date <= ? AND status = 'planned' "
        "ORDER BY date DESC LIMIT 1",
        [best[0], today],
    )[0][0]
    child, parent = rows(
        "SELECT g.pupil_id, g.guardian_id FROM core_guardian g "
        "JOIN core_class_member m ON m.pupil_id = g.pupil_id AND m.until IS NULL "
        "JOIN core_group_class gc ON gc.school_class_id = m.school_class_id AND gc.group_id = ? "
        "JOIN core_user u ON u.person_id = g.guardian_id ORDER BY g.id LIMIT 1",
        [best[0]],
    )[0]
    return {
        "password": PASSWORD,
        "teacher": login_of(best[4]),
        "writer": login_of(target[4]),
        "parent": login_of(parent),
        "journal": f"/journal/{best[0]}/{best[1]}",
        "size": [best[3], best[2]],
        "card": f"/journal/lesson/{lesson}",
        "diary": f"/diary/{child}/week/{today.isoformat()}",
        "edits": "/journal/edits",
        **cells(target[0], today),
    }


def cells(group: int, today: dt.date) -> dict[str, Any]:
    """Cells of the last week's lessons of a group, with the versions that stand there."""
    lessons = [
        (row[0], as_date(row[1]))
        for row in rows(
            "SELECT id, date FROM timetable_lesson WHERE group_id = ? AND status = 'planned' "
            "AND date BETWEEN ? AND ? ORDER BY date",
            [group, today - dt.timedelta(days=6), today],
        )
    ]
    pupils = [
        row[0]
        for row in rows(
            "SELECT m.pupil_id FROM core_class_member m "
            "JOIN core_group_class gc ON gc.school_class_id = m.school_class_id "
            "WHERE gc.group_id = ? AND m.until IS NULL ORDER BY m.pupil_id",
            [group],
        )
    ]
    single, rolls = [], []
    for lesson, _date in lessons:
        works = [
            row[0]
            for row in rows(
                "SELECT id FROM journal_assignment WHERE lesson_id = ? ORDER BY position, id",
                [lesson],
            )
        ]
        marks = {
            row[0]: row[1]
            for row in rows(
                "SELECT pupil_id, version FROM journal_mark WHERE assignment_id = ?",
                [works[0] if works else 0],
            )
        }
        codes = dict(
            rows("SELECT pupil_id, version FROM journal_attendance WHERE lesson_id = ?", [lesson])
        )
        found = [
            {
                "lesson": lesson,
                "assignment": None,
                "pupil": pupil,
                "version": marks.get(pupil, 0) + codes.get(pupil, 0),
            }
            for pupil in pupils
        ]
        # Marks go to all lessons but the last, attendance to the last one only.
        if lesson == lessons[-1][0]:
            rolls.append({"lesson": lesson, "pupils": found})
        else:
            single.extend(found)
    return {"cells": single, "rolls": rolls}


def statements(app: Any, facts: dict[str, Any]) -> dict[str, int]:
    """SQL statements of one request to each page, counted in process."""
    from asurso_core.accounts import signing

    del signing
    seen: list[str] = []
    counts = {}
    with connection():
        db.obj.query_hooks.append(lambda event: seen.append(str(event.sql)))
        for name, path, who in (
            ("journal", facts["journal"], "teacher"),
            ("lesson card", facts["card"], "teacher"),
            ("diary", facts["diary"], "parent"),
            ("start page", "/", "teacher"),
        ):
            client = app.test_client()
            app.config["WTF_CSRF_ENABLED"] = False
            client.post("/sign-in", data={"login": facts[who], "password": facts["password"]})
            client.get(path)
            seen.clear()
            answer = client.get(path)
            counts[name] = len(seen) if answer.status_code == 200 else -answer.status_code
    return counts


if __name__ == "__main__":
    school = create_app(config.load())
    with school.app_context(), connection():
        picked = choose()
    with school.app_context():
        picked["statements"] = statements(school, picked)
    print(json.dumps(picked))
