"""Own acts in a journal are taken back, the last one first, after a reload too."""

from __future__ import annotations

from typing import Any

import pytest

from asurso_core.audit import AuditEntry
from asurso_core.errors import NotThere, Refused
from asurso_journal.models import Attendance, Mark
from asurso_journal.services import own_acts, undo


@pytest.fixture
def teacher(school: Any) -> Any:
    return school.actor("teacher")


@pytest.fixture
def group(school: Any) -> int:
    return int(school.ids["maths_5a"])


def newest() -> int:
    found: int = AuditEntry.select(AuditEntry.id).order_by(AuditEntry.id.desc()).scalar()
    return found


def test_acts_come_back_one_after_another(put, lesson, teacher, group):
    at = lesson()
    put("teacher", at, "pupil", "3")
    put("teacher", at, "pupil_2", "н")
    put("teacher", at, "pupil", "4", 1, comment="Исправил")
    answers = [undo(teacher, group) for _step in range(3)]
    assert [(one["state"], one["value"]) for one in answers] == [
        ("saved", "3"), ("saved", ""), ("saved", ""),
    ]  # fmt: skip
    assert (Mark.get().value, Mark.get().comment, Attendance.get().code) == ("", None, "")
    with pytest.raises(Refused):
        undo(teacher, group)


def test_a_comment_comes_back_with_its_mark(put, lesson, teacher, group):
    at = lesson()
    put("teacher", at, "pupil", "3", comment="Не решил задачу")
    put("teacher", at, "pupil", "", 1)
    assert undo(teacher, group)["comment"] == "Не решил задачу"


def test_what_somebody_else_changed_since_stays_and_is_named(put, lesson, teacher, group, school):
    at = lesson(teacher=school.persons["english_1"])  # a substitute
    put("teacher", at, "pupil", "3")
    act = newest()
    put("english_1", at, "pupil", "5", 1)
    put("teacher", at, "pupil_2", "4")
    with pytest.raises(Refused) as refused:
        undo(teacher, group, act)
    assert school.actor("english_1").name in refused.value.message
    assert undo(teacher, group)["value"] == ""  # the last one of the own
    assert Mark.get(Mark.pupil == school.persons["pupil"]).value == "5"


def test_an_act_under_a_later_one_waits_for_it(put, lesson, teacher, group):
    at = lesson()
    put("teacher", at, "pupil", "3")
    first = newest()
    put("teacher", at, "pupil", "4", 1)
    with pytest.raises(Refused):
        undo(teacher, group, first)
    undo(teacher, group)
    assert undo(teacher, group, first)["state"] == "saved"


def test_an_act_is_taken_back_once_however_often_it_is_asked(put, lesson, teacher, group):
    put("teacher", lesson(), "pupil", "3")
    act = newest()
    undo(teacher, group, act)
    with pytest.raises(Refused):
        undo(teacher, group, act)
    assert [one.state for one in own_acts(teacher, group)] == ["undone"]


def test_what_the_page_took_back_itself_is_not_done_again(put, lesson, teacher, group):
    at = lesson()
    put("teacher", at, "pupil", "3")
    put("teacher", at, "pupil", "4", 1)
    put("teacher", at, "pupil", "3", 2, op="undo.0123456789abcdef")  # Ctrl+Z, then a reload
    assert undo(teacher, group)["value"] == ""


def test_the_time_limits_of_an_edit_hold(put, lesson, teacher, group, clock):
    put("teacher", lesson(), "pupil", "3")
    clock.move("2026-12-20")
    assert undo(teacher, group)["state"] == "refused"
    assert Mark.get().value == "3"


def test_acts_of_others_and_of_other_journals_are_no_own_acts(put, lesson, school, teacher, group):
    put("teacher", lesson(), "pupil", "3")
    act = newest()
    other = school.ids["english_5a_1"]
    assert own_acts(teacher, other) == []
    with pytest.raises(NotThere):
        undo(school.actor("english_1"), group, act)
    with pytest.raises(NotThere):
        undo(teacher, other, act)


def test_a_hundred_acts_are_offered_in_few_statements(put, lesson, teacher, group, queries):
    at = lesson()
    for version in range(105):
        put("teacher", at, "pupil", "34"[version % 2], version)
    with queries(5):
        acts = own_acts(teacher, group)
    assert (len(acts), [one.state for one in acts].count("open")) == (100, 1)


def test_the_page_takes_back_with_one_click_and_the_grid_by_its_key(put, lesson, login_as, group):
    at = lesson()
    put("teacher", at, "pupil", "3")
    put("teacher", at, "pupil_2", "4")
    browser = login_as("teacher")
    page = browser.get(f"/journal/{group}/acts").get_data(as_text=True)
    assert page.count('name="act"') == 2
    sent = browser.post(f"/journal/{group}/undo", data={"act": newest()}, follow_redirects=True)
    assert sent.get_data(as_text=True).count('name="act"') == 1
    told = browser.post(f"/journal/{group}/undo", json={}).get_json()
    assert [one["state"] for one in told["results"]] == ["saved"]
    assert browser.post(f"/journal/{group}/undo", json={}).get_json()["results"] == []
