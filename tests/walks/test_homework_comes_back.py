"""Homework with a file, an answer that is given back, a better one with a mark, and the family."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest

from asurso_core import clock as clocks
from asurso_core.accounts.models import Session
from asurso_core.db import rows
from asurso_core.testing.make import SmallSchool
from asurso_timetable.api import add_lesson

SHEET = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def lesson(school: SmallSchool, clock: Any) -> int:
    """Mathematics in 5А on Monday, which is over, and the next one on Wednesday."""
    clock.move("2026-11-23T13:00")
    made = [
        add_lesson(
            school.actor("deputy"), school.ids["maths_5a"], dt.date(2026, 11, day), 1,
            starts=480, ends=525,
        ).id
        for day in (23, 25)
    ]  # fmt: skip
    return int(made[0])


def test_homework_is_set_answered_given_back_and_marked(
    school: SmallSchool, lesson: int, login_as: Any, clock: Any
) -> None:
    teacher, pupil, parent, other = (
        login_as(who) for who in ("teacher", "pupil", "parent", "pupil_6")
    )
    child = school.persons["pupil"]

    def later(moment: str) -> None:
        clock.move(moment)
        # Everybody has signed in again since.
        Session.update(created_at=clocks.stamp(), seen_at=clocks.stamp()).execute()

    # The teacher writes the text on the card of the lesson, and hangs a sheet on it.
    teacher.post(
        f"/journal/lesson/{lesson}/note",
        data={"topic": "Дроби", "homework": "Лист с задачами", "version": "0"},
    )
    sent = {"for": "all", "links": "https://resh.edu.ru/subject/12/", "answers": "y",
            "due_on": "", "version": "0", "files": (io.BytesIO(SHEET), "Задачи.pdf")}  # fmt: skip
    assert teacher.post(f"/journal/lesson/{lesson}/homework", data=sent).status_code == 303

    # The pupil finds both where it is due, reads the sheet and hands in.
    week = pupil.get(f"/diary/{child}/week/2026-11-25").text
    address = re.search(rf"/diary/{child}/task/(\d+)", week)
    assert address is not None
    task = int(address[1])
    page = pupil.get(address[0]).text
    assert "https://resh.edu.ru/subject/12/" in page
    sheet = re.search(r'href="(/files/[^"]+)"', page)
    assert sheet is not None
    assert pupil.get(sheet[1]).data == SHEET
    assert other.get(sheet[1]).status_code == 404
    later("2026-11-24T17:00")
    first = {"text": "Решил две из трёх", "files": (io.BytesIO(SHEET), "Решение.pdf")}
    assert pupil.post(address[0], data=first).status_code == 303

    # The teacher gives it back, the pupil hands in again, the teacher accepts with a mark.
    def judge(deed: str, **more: str) -> int:
        ((answer, version),) = rows("SELECT id, version FROM journal_answer")
        said = {"version": str(version), **more}
        code = teacher.post(f"/journal/task/{task}/answers/{answer}/{deed}", data=said).status_code
        return int(code)

    assert judge("return", comment="Третью тоже") == 303
    assert "Третью тоже" in pupil.get(address[0]).text
    assert pupil.post(address[0], data={"text": "Теперь все три"}).status_code == 303
    later("2026-11-25T10:00")
    assert judge("accept", mark="7") == 422
    assert judge("accept", mark="5", comment="Молодец") == 303

    # The mark stands in the journal of Wednesday, where it was due; the family sees all of it.
    placed = """
        SELECT l.date, m.value FROM journal_mark m
          JOIN journal_assignment a ON a.id = m.assignment_id
          JOIN timetable_lesson l ON l.id = a.lesson_id WHERE m.pupil_id = ?
    """
    assert [(str(on), value) for on, value in rows(placed, [child])] == [("2026-11-25", "5")]
    seen = parent.get(address[0]).text
    assert all(words in seen for words in ("Решил две из трёх", "Теперь все три", "Молодец"))
    assert parent.post(address[0], data={"text": "Сделаю за него"}).status_code == 403
    assert other.get(address[0]).status_code == 404
    # An accepted answer is not handed in again.
    again = pupil.post(address[0], data={"text": "Ещё раз"})
    assert (again.status_code, "Ответ уже принят" in again.text) == (403, True)
