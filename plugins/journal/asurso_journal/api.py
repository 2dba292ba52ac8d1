"""What other plugins may import from the journal."""

from __future__ import annotations

from asurso_journal.marks import (
    DOT,
    AttendanceFact,
    Averages,
    MarkFact,
    averages,
    cell_text,
    figures,
    shown,
    suggested,
)
from asurso_journal.permissions import EDIT, HOMEWORK, MARK_VIEW, VIEW
from asurso_journal.pupil_rows import (
    AttendanceRow,
    GroupAverages,
    MarkRow,
    PupilWeek,
    TrailRow,
    attendance_of_pupil,
    averages_of_pupil,
    debts_of_pupil,
    homework_due,
    homework_trail,
    marks_of_pupil,
    week_of_pupil,
)
from asurso_journal.services import Edit, apply_edits, set_lesson_note

__all__ = [
    "DOT",
    "EDIT",
    "HOMEWORK",
    "MARK_VIEW",
    "VIEW",
    "AttendanceFact",
    "AttendanceRow",
    "Averages",
    "Edit",
    "GroupAverages",
    "MarkFact",
    "MarkRow",
    "PupilWeek",
    "TrailRow",
    "apply_edits",
    "attendance_of_pupil",
    "averages",
    "averages_of_pupil",
    "cell_text",
    "debts_of_pupil",
    "figures",
    "homework_due",
    "homework_trail",
    "marks_of_pupil",
    "set_lesson_note",
    "shown",
    "suggested",
    "week_of_pupil",
]
