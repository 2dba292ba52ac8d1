"""What the database itself refuses: any change of the journal of a closed year (T29).

What tells of a person must go with the person, whatever the year. So who wrote something, and why
somebody was absent, can be emptied in a closed year too, and what was handed in or written by a
family can be taken away; nothing can be added or changed.
"""

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
_BY_TASK = (
    "SELECT g.year_id FROM journal_task t JOIN timetable_lesson l ON l.id = t.lesson_id "
    "JOIN core_teaching_group g ON g.id = l.group_id WHERE t.id = {row}.task_id"
)
_BY_ANSWER = (
    "SELECT g.year_id FROM journal_answer w JOIN journal_task t ON t.id = w.task_id "
    "JOIN timetable_lesson l ON l.id = t.lesson_id "
    "JOIN core_teaching_group g ON g.id = l.group_id WHERE w.id = {row}.answer_id"
)
_DIRECT = "SELECT {row}.year_id"

for _table in ("journal_assignment", "journal_attendance"):
    closed_year("journal", _table, _BY_LESSON, mass=True)
closed_year("journal", "journal_mark", _BY_ASSIGNMENT, mass=True)
closed_year("journal", "journal_final_mark", _DIRECT, mass=True)
closed_year(
    "journal", "journal_lesson_note", _BY_LESSON, mass=True,
    update_of="lesson_id, topic, homework, homework_at, attendance_at, version",
)  # fmt: skip
closed_year(
    "journal", "journal_task", _BY_LESSON, mass=True,
    update_of="lesson_id, for_all, text, links, due_on, answers, assignment_id, set_at, version",
)  # fmt: skip
closed_year("journal", "journal_task_pupil", _BY_TASK, delete=False)
closed_year("journal", "journal_answer", _BY_TASK, delete=False)
closed_year(
    "journal", "journal_answer_version", _BY_ANSWER, delete=False,
    update_of="answer_id, number, text, at, comment, judged_at",
)  # fmt: skip
closed_year(
    "journal", "journal_absence", _DIRECT,
    update_of="pupil_id, year_id, starts, ends, first_lesson, last_lesson, code, created_at, "
    "removed_at, version",
)  # fmt: skip
closed_year(
    "journal", "journal_absence_fill",
    "SELECT b.year_id FROM journal_absence b WHERE b.id = {row}.absence_id",
)  # fmt: skip
closed_year(
    "journal", "journal_absence_note", _DIRECT, delete=False,
    update_of="pupil_id, year_id, starts, ends, reason, state, answer, absence_id, created_at, "
    "decided_at, version",
)  # fmt: skip
closed_year(
    "journal", "journal_period_closing",
    "SELECT c.year_id FROM core_school_class c WHERE c.id = {row}.school_class_id",
    update_of="period_id, school_class_id, closed_at, rules",
)  # fmt: skip
# Without a year of their own, or without a word of it: unlockings (nothing opens a closed year),
# alarms, and who of a family has read a comment.
