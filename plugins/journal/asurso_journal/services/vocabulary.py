"""The types of works and the codes of attendance that a journal cannot work without."""

from __future__ import annotations

from dataclasses import asdict

from asurso_core.db import transaction
from asurso_journal import facts
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
                        "name": kind.name,
                        "letter": kind.letter,
                        "weight": kind.weight,
                        "is_control": kind.is_control,
                        "position": kind.position,
                        "archived": False,
                    }
                    for kind in facts.work_types()
                ]
            ).execute()
        if not AttendanceCode.select().exists():
            AttendanceCode.insert_many([asdict(code) for code in facts.absence_codes()]).execute()
