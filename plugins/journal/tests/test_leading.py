"""What whoever leads the school sees of the journals on the start page."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core.errors import Refused
from asurso_journal import leading_rows, services
from asurso_journal.models import LessonNote


def test_a_deputy_sees_what_the_journals_of_the_school_lack(school, lesson, put):
    # Today is Tuesday, the 24th: two lessons of which one is cancelled.
    at = lesson("maths_5a")
    lesson("russian_5a", number=2, status="cancelled")
    put("teacher", at, "pupil", "Б")
    put("teacher", at, "pupil_2", "ОП")  # late is not absent
    today = dt.date(2026, 11, 24)
    services.add_absence(
        school.actor("class_teacher"), school.persons["pupil_3"], starts=today, ends=today,
        code="УП",
    )  # fmt: skip
    # Three lessons of a week have no topic, of two teachers; one lesson is older than a week.
    for group, day, who in (
        ("maths_5a", "2026-11-23", "teacher"), ("maths_5a", "2026-11-20", "teacher"),
        ("russian_5a", "2026-11-17", "class_teacher"), ("maths_5a", "2026-11-16", "teacher"),
    ):  # fmt: skip
        lesson(group, day, teacher=school.persons[who])
    written = lesson("maths_5a", "2026-11-19", teacher=school.persons["english_1"])
    LessonNote.create(lesson=written, topic="Дроби")
    found = leading_rows.school_today(school.actor("deputy"))
    assert found == (dt.date(2026, 11, 17), 1, 2, 3, 2, 0)


def test_the_state_of_the_school_is_not_told_to_a_teacher(school):
    assert leading_rows.school_today(school.actor("teacher")) is None
    with pytest.raises(Refused):
        leading_rows.school_today(school.actor("parent"))


def test_the_start_page_of_a_deputy_leads_to_the_report_of_journals(school, lesson, login_as):
    lesson("maths_5a", "2026-11-20", teacher=school.persons["teacher"])
    deputy = login_as("deputy")
    told = deputy.get("/").text
    address = "/reports/journal.school.control?since=2026-11-17&amp;until=2026-11-24"
    assert address in told
    page = deputy.get(address.replace("&amp;", "&"))
    assert page.status_code == 200
    assert "Мартынюк Иван" in page.text
