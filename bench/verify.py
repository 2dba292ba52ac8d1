"""What the database holds after the writing of the benchmark; prints one line of JSON.

Every acknowledged edit has left one audit row; the newest row of a cell must say what stands in
the cell. ``contradicted`` counts cells for which it does not: a lost or half-written mark.
"""

from __future__ import annotations

import json

from asurso_core import config
from asurso_core.app import create_app
from asurso_core.db import connection, rows
from asurso_journal.api import cell_text


def main() -> None:
    """Compare the newest audit row of every cell with the cell."""
    newest = rows(
        "SELECT target, after FROM core_audit_entry WHERE id IN ("
        "SELECT MAX(id) FROM core_audit_entry WHERE kind = 'journal.cell' GROUP BY target)"
    )
    marks = {
        (lesson, pupil): (value, dot)
        for lesson, pupil, value, dot in rows(
            "SELECT a.lesson_id, m.pupil_id, m.value, m.dot FROM journal_mark m "
            "JOIN journal_assignment a ON a.id = m.assignment_id WHERE a.id = ("
            "SELECT b.id FROM journal_assignment b WHERE b.lesson_id = a.lesson_id "
            "ORDER BY b.position, b.id LIMIT 1)"
        )
    }
    codes = {
        (lesson, pupil): code
        for lesson, pupil, code in rows("SELECT lesson_id, pupil_id, code FROM journal_attendance")
    }
    wrong = 0
    for target, after in newest:
        lesson, work, pupil = (int(part) for part in target.split(":")[1:])
        if work:
            continue
        value, dot = marks.get((lesson, pupil), ("", False))
        stands = cell_text(codes.get((lesson, pupil), ""), value, dot)
        wrong += stands != json.loads(after)["value"]
    ((entries,),) = rows("SELECT COUNT(*) FROM core_audit_entry WHERE kind = 'journal.cell'")
    print(json.dumps({"audited edits": entries, "cells": len(newest), "contradicted": wrong}))


if __name__ == "__main__":
    school = create_app(config.load())
    with school.app_context(), connection():
        main()
