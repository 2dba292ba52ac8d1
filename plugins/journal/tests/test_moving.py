"""A pupil who changes the subgroup or the class: marks stay, averages go on (features.md 3.9)."""

from __future__ import annotations

import datetime as dt
import functools
import re

import pytest

from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.school.services import move_pupil, move_to_subgroup
from asurso_journal import final_rows
from asurso_journal.models import Assignment
from asurso_journal.reports.pupil import average_marks

MOVED = dt.date(2026, 11, 19)


@pytest.fixture
def journal(school, login_as):
    """``journal("teacher", "maths_5a", "pupil")`` is the row of a pupil in the grid."""
    browser_of = functools.cache(login_as)

    def row(who, group, pupil="pupil"):
        html = browser_of(who).get(f"/journal/{school.ids[group]}/{school.ids['period_2']}").text
        found = re.search(rf"<tr><th [^>]*data-p={school.persons[pupil]}>.*?</tr>", html)
        return found.group(0) if found else ""

    return row


def tail(row):
    """What stands in the right columns: simple and weighted average, number of marks."""
    return [re.sub("<.*?>", "", one) for one in re.split("<td[^>]*>", row)[-6:-3]]


@pytest.fixture
def between_subgroups(school, lesson, put):
    """A 5 of weight 1 in the first subgroup, then a 2 of weight 3 in the second."""
    put("english_1", lesson("english_5a_1", "2026-11-18"), "pupil", "5")
    with transaction():
        move_to_subgroup(
            system("tests"), school.persons["pupil"], school.ids["english_5a_2"], MOVED
        )  # fmt: skip
    at = lesson("english_5a_2", "2026-11-23", 2)
    answer = put("english_2", at, "pupil", "2")
    Assignment.update(weight=3).where(Assignment.lesson == at).execute()
    return at, answer


def test_averages_of_a_subject_go_on_in_the_new_subgroup(between_subgroups, journal):
    _at, answer = between_subgroups
    (told,) = answer["averages"].values()
    assert (told["simple"], told["count"]) == ("3,50", 2)
    came, left = journal("english_2", "english_5a_2"), journal("english_1", "english_5a_1")
    assert tail(came) == tail(left) == ["3,50", "2,75", "2"]
    assert "в другой группе: 5 (18.11)" in came
    assert "в другой группе: 2 (23.11)" in left


def test_a_move_that_is_entered_late_leaves_no_mark_out(school, lesson, put, journal):
    put("english_1", lesson("english_5a_1", "2026-11-18"), "pupil", "5")
    put("english_1", lesson("english_5a_1", "2026-11-20"), "pupil", "4")
    lesson("english_5a_2", "2026-11-20", 2)
    with transaction():
        move_to_subgroup(
            system("tests"), school.persons["pupil"], school.ids["english_5a_2"], MOVED
        )  # fmt: skip
    came, left = journal("english_2", "english_5a_2"), journal("english_1", "english_5a_1")
    assert tail(came) == tail(left) == ["4,50", "4,50", "2"]


def test_whoever_did_not_move_brings_nothing(between_subgroups, journal):
    del between_subgroups
    assert "elsewhere" not in journal("english_1", "english_5a_1", "pupil_2")


def test_the_journal_that_a_pupil_left_is_sent_anew_after_a_mark_in_the_new_one(
    school, between_subgroups, put, login_as
):
    at, answer = between_subgroups
    address = f"/journal/{school.ids['english_5a_1']}/{school.ids['period_2']}"
    browser = login_as("english_1")
    tag = browser.get(address).headers["ETag"]
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 304
    put("english_2", at, "pupil", "4", answer["version"])
    assert browser.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_transfer_between_classes_keeps_marks_in_both_journals_and_one_average(
    school, lesson, put, journal
):
    put("teacher", lesson("maths_5a", "2026-11-18"), "pupil", "5")
    with transaction():
        move_pupil(system("tests"), school.persons["pupil"], school.ids["5Б"], MOVED)
    put("teacher_parent", lesson("maths_5b", "2026-11-23"), "pupil", "4")
    came, left = journal("teacher_parent", "maths_5b"), journal("teacher", "maths_5a")
    assert tail(came)[0] == tail(left)[0] == "4,50"
    assert ">4" in came
    assert ">5" in left
    page = final_rows.group_finals(school.actor("teacher_parent"), school.ids["maths_5b"])
    (line,) = [one for one in page.lines if one.id == school.persons["pupil"]]
    assert line.suggested[school.ids["period_2"]].average == 450


def test_the_report_of_averages_has_one_line_for_both_groups(school, between_subgroups):
    del between_subgroups
    document = average_marks(
        school.actor("parent"),
        {"pupil": school.persons["pupil"], "since": dt.date(2026, 11, 4),
         "until": dt.date(2026, 12, 30)},
    )  # fmt: skip
    (line,) = document.tables[0].rows
    assert [str(one) for one in line[1:4]] == ["2", "3.50", "2.75"]


def test_a_teacher_who_sees_only_own_journals_opens_no_pupil_of_a_class_of_others(
    school, lesson, put, login_as, rules
):
    put("teacher", lesson("maths_5a", "2026-11-18"), "pupil", "5")
    address = f"/journal/pupil/{school.persons['pupil']}"
    browser = login_as("teacher")
    assert browser.get(address).status_code == 200
    rules(teachers_see_all=False)
    assert browser.get(address).status_code == 404
    pupil, period = school.persons["pupil"], school.ids["period_2"]
    assert browser.get(f"/journal/letter/{pupil}/{period}").status_code == 404
    assert browser.get(f"/reports/journal.pupil.averages?pupil={pupil}").status_code == 422
    grid = browser.get(f"/journal/{school.ids['maths_5a']}/{school.ids['period_2']}")
    assert address not in grid.text
    assert login_as("class_teacher").get(address).status_code == 200
