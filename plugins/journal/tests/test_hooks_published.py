"""What the journal tells other plugins; the marked functions are examples of the hooks' page."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_journal.api import AttendanceFact, MarkFact
from asurso_journal.services import set_lesson_note


def test_hook_journal_mark_set(school, lesson, put, join):
    heard = []

    # Optional: the plugin starts without the journal too.
    @hookimpl(optionalhook=True)
    def journal_mark_set(mark: MarkFact, old: MarkFact | None) -> None:
        heard.append((mark.pupil_id, None if old is None else old.value, mark.value))

    join(journal_mark_set)
    at = lesson()
    put("teacher", at, "pupil", "3")
    put("teacher", at, "pupil", "4", version=1)
    assert heard == [(school.persons["pupil"], None, "3"), (school.persons["pupil"], "3", "4")]


def test_hook_journal_mark_removed(school, lesson, put, join):
    heard = []

    @hookimpl(optionalhook=True)
    def journal_mark_removed(mark: MarkFact, actor: Any) -> None:
        heard.append((mark.pupil_id, mark.value, actor.login))

    join(journal_mark_removed)
    at = lesson()
    put("teacher", at, "pupil", "3")
    put("teacher", at, "pupil", "", version=1)
    assert heard == [(school.persons["pupil"], "3", "teacher")]


def test_hook_journal_attendance_set(school, lesson, put, join):
    heard = []

    @hookimpl(optionalhook=True)
    def journal_attendance_set(entry: AttendanceFact, old: str) -> None:
        heard.append((entry.pupil_id, old, entry.code))

    join(journal_attendance_set)
    put("teacher", lesson(), "pupil", "ОТ")
    assert heard == [(school.persons["pupil"], "", "ОТ")]


def test_hook_journal_homework_set(school, lesson, join):
    heard = []

    @hookimpl(optionalhook=True)
    def journal_homework_set(lesson_id: int, homework: str) -> None:
        heard.append((lesson_id, homework))

    join(journal_homework_set)
    at = lesson()
    set_lesson_note(school.actor("teacher"), at.id, topic="Дроби", homework="§ 12", version=0)
    assert heard == [(at.id, "§ 12")]
