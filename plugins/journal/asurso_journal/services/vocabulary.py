"""The types of works and the codes of attendance that a journal cannot work without."""

from __future__ import annotations

from asurso_core import facts
from asurso_core.db import transaction
from asurso_journal.models import AssignmentType, AttendanceCode

#: The type of the work that a first mark of a lesson is put for (features.md 3.1).
ANSWER = "Ответ на уроке"


def install_vocabulary() -> None:
    """Write the usual types of works and attendance codes into empty tables; safe to repeat.

    A table that holds anything is left alone: what the school removed stays removed.
    """
    with transaction():
        if not AssignmentType.select().exists():
            AssignmentType.insert_many(
                [
                    {
                        "name": row["name"], "letter": row["letter"], "weight": int(row["weight"]),
                        "is_control": row["is_control"] == "1", "position": int(row["position"]),
                        "archived": False,
                    }
                    for row in facts.rows("asurso_journal", "assignment_types.csv")
                ]
            ).execute()  # fmt: skip
        if not AttendanceCode.select().exists():
            AttendanceCode.insert_many(
                [
                    {
                        "code": row["code"], "name": row["name"], "position": int(row["position"]),
                        **{flag: row[flag] == "1" for flag in _FLAGS},
                    }
                    for row in facts.rows("asurso_journal", "attendance_codes.csv")
                ]
            ).execute()  # fmt: skip


_FLAGS = ("missed", "excused", "illness", "allows_mark")
