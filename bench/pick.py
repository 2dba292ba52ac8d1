"""Choose what the benchmark asks for in a demonstration school; prints one line of JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from asurso_core import clock, config
from asurso_core.app import create_app
from asurso_core.db import connection, db, rows
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
        "parent": login_of(parent),
        "journal": f"/journal/{best[0]}/{best[1]}",
        "size": [best[3], best[2]],
        "card": f"/journal/lesson/{lesson}",
        "diary": f"/diary/{child}/week/{today.isoformat()}",
        "edits": "/journal/edits",
        **writing({best[4]}, today),
    }


WRITERS = """
    SELECT l.teacher_id, COUNT(*) FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id AND g.part = 0
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade > 1
     WHERE l.status = 'planned' AND l.date BETWEEN ? AND ? AND l.teacher_id IS NOT NULL
     GROUP BY l.teacher_id ORDER BY 2 DESC, 1
"""
CELLS = """
    SELECT l.id, n.pupil_id, COALESCE(m.version, 0), COALESCE(m.value, ''),
           COALESCE(t.version, 0), COALESCE(t.code, '')
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id AND g.part = 0
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id AND c.grade > 1
      JOIN core_class_member n ON n.school_class_id = c.id AND n.until IS NULL
       AND n.since <= l.date
      LEFT JOIN journal_assignment a ON a.id = (
           SELECT b.id FROM journal_assignment b WHERE b.lesson_id = l.id
            ORDER BY b.position, b.id LIMIT 1)
      LEFT JOIN journal_mark m ON m.assignment_id = a.id AND m.pupil_id = n.pupil_id
      LEFT JOIN journal_attendance t ON t.lesson_id = l.id AND t.pupil_id = n.pupil_id
     WHERE l.teacher_id = ? AND l.status = 'planned' AND l.date BETWEEN ? AND ?
     ORDER BY l.id, n.pupil_id
"""


def writing(busy: set[int], today: dt.date) -> dict[str, Any]:
    """What two teachers can change: single marks of the one, whole lessons of the other.

    Every request of a load must change something: a cell's next version is asked for only after
    all other cells had their turn, so that requests in flight at once never meet.
    """
    # As far back as a teacher may change marks by the settings that the school begins with.
    since = today - dt.timedelta(days=7)
    marker, roller = [row[0] for row in rows(WRITERS, [since, today]) if row[0] not in busy][:2]
    cells = [
        {"lesson": lesson, "pupil": pupil, "version": version + seen, "value": value}
        for lesson, pupil, version, value, seen, code in rows(CELLS, [marker, since, today])
        if not code
    ]
    rolls: dict[int, list[dict[str, Any]]] = {}
    for lesson, pupil, version, value, seen, code in rows(CELLS, [roller, since, today]):
        if not value:
            found = {"pupil": pupil, "version": version + seen, "code": code}
            rolls.setdefault(lesson, []).append(found)
    ((audited,),) = rows("SELECT COUNT(*) FROM core_audit_entry WHERE kind = 'journal.cell'")
    return {
        "marker": login_of(marker),
        "roller": login_of(roller),
        "cells": cells,
        "rolls": [
            {"lesson": lesson, "pupils": pupils}
            for lesson, pupils in rolls.items()
            if len(pupils) >= 15
        ],
        "audited": audited,
    }


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
