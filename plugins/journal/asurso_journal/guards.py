"""What the database itself refuses: any change of marks and attendance of a closed year (T29)."""

from __future__ import annotations

from asurso_core.guards import closed_year

_BY_LESSON = (
    "SELECT g.year_id FROM timetable_lesson l JOIN core_teaching_group g ON g.id = l.group_id "
    "WHERE l.id = {row}.lesson_id"
)
_BY_ASSIGNMENT = (
    "SELECT g.year_id FROM journal_assignment a JOIN timetable_lesson l ON l.id = a.lesson_id "
    "JOIN core_teaching_group g ON g.id = l.group_id WHERE a.id = {row}.assignment_id"
)

for _table in (
    "journal_lesson_note", "journal_assignment", "journal_attendance", "journal_task",
):  # fmt: skip
    closed_year("journal", _table, _BY_LESSON, mass=True)
closed_year("journal", "journal_mark", _BY_ASSIGNMENT, mass=True)
closed_year("journal", "journal_final_mark", "SELECT {row}.year_id", mass=True)
closed_year(
    "journal",
    "journal_period_closing",
    "SELECT c.year_id FROM core_school_class c WHERE c.id = {row}.school_class_id",
)
# Absences, answers to homework and notes of parents have no trigger: their services refuse a
# closed year, but what tells of a person must go with the person, whatever the year.
