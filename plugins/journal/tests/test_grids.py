"""What the pages of the journal show as days go by, how dear they are, and odd input."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re

import pytest

from asurso_core.accounts import Person
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.school.models import ClassMember
from asurso_core.school.services import leave_pupil, move_to_subgroup
from asurso_core.testing import make
from asurso_journal.models import Assignment, AssignmentType, Mark
from asurso_journal.services import (
    add_assignment,
    confirm_attendance,
    remove_assignment,
    set_lesson_note,
    update_assignment,
)


@pytest.fixture
def browser_of(login_as):
    """``browser_of("teacher")`` is one and the same browser however often it is asked for."""
    return functools.cache(login_as)


@pytest.fixture
def grid(school, browser_of):
    """``grid("teacher", "maths_5a")`` is the answer of the grid page."""

    def get(who, group="maths_5a"):
        return browser_of(who).get(f"/journal/{school.ids[group]}/{school.ids['period_2']}")

    return get


def row_of(html, school, pupil):
    found = re.search(rf"<tr><th [^>]*data-p=\"?{school.persons[pupil]}\"?>.*?</tr>", html)
    return found.group(0) if found else ""


# --- belonging by date -------------------------------------------------------------------------


def test_days_before_a_pupil_came_are_no_cells(school, lesson, grid):
    ClassMember.update(since=dt.date(2026, 11, 20)).where(
        ClassMember.pupil == school.persons["pupil_2"]
    ).execute()
    for day in (18, 19, 20, 23):
        lesson(date=f"2026-11-{day}")
    html = grid("teacher").text
    assert row_of(html, school, "pupil_2").count("out") == 2
    assert "out" not in row_of(html, school, "pupil")


def test_a_departed_pupil_is_struck_and_tells_the_day(school, lesson, grid, put):
    at = lesson(date="2026-11-18")
    lesson(date="2026-11-23")
    put("teacher", at, "pupil_3", "4")
    with transaction():
        leave_pupil(system("tests"), school.persons["pupil_3"], dt.date(2026, 11, 20))
    row = row_of(grid("teacher").text, school, "pupil_3")
    assert "<s>Ежов Лев" in row
    assert "выбыл 20.11" in row
    assert ">4" in row
    assert row.count("out") == 2  # the lesson after, and the mark of the period


def test_lists_and_grids_follow_a_move_between_subgroups(school, lesson, grid, browser_of, put):
    first, second = (
        [lesson(f"english_5a_{part}", f"2026-11-{day}", day - 16) for day in (18, 19)]
        for part in (1, 2)
    )
    put("english_1", first[0], "pupil", "5")
    with transaction():
        move_to_subgroup(
            system("tests"), school.persons["pupil"], school.ids["english_5a_2"],
            dt.date(2026, 11, 19),
        )  # fmt: skip
    left = row_of(grid("english_1", "english_5a_1").text, school, "pupil")
    came = row_of(grid("english_2", "english_5a_2").text, school, "pupil")
    assert "<s>" in left
    assert ">5" in left
    # Whoever left gets the mark of the period in the other group.
    assert (left.count("out"), came.count("out")) == (2, 1)
    cards = [
        "Абрамов Егор" in browser_of(who).get(f"/journal/lesson/{at.id}").text
        for who, found in (("english_1", first), ("english_2", second))
        for at in found
    ]
    assert cards == [True, False, False, True]


# --- unchanged pages ---------------------------------------------------------------------------


def test_a_page_is_sent_anew_after_another_teachers_edit_and_a_new_name(
    school, lesson, login_as, put, rules
):
    at = lesson()
    rules(class_teacher_marks=True)
    address = f"/journal/{school.ids['maths_5a']}/{school.ids['period_2']}"
    browser = login_as("teacher")

    def again(tag):
        return browser.get(address, headers={"If-None-Match": tag})

    tag = browser.get(address).headers["ETag"]
    assert again(tag).status_code == 304
    put("class_teacher", at, "pupil", "3")
    fresh = again(tag)
    assert (fresh.status_code, ">3" in row_of(fresh.text, school, "pupil")) == (200, True)
    tag = fresh.headers["ETag"]
    assert again(tag).status_code == 304
    from asurso_core.accounts import people_writing

    who = Person.get_by_id(school.persons["pupil"])
    with transaction():
        people_writing.change_person(
            system("tests"), who, {"surname": "Яблоков"}, version=who.version
        )
    fresh = again(tag)
    assert (fresh.status_code, "Яблоков" in fresh.text) == (200, True)


# --- statements and bytes ----------------------------------------------------------------------


@pytest.fixture
def full(school, lesson):
    """Thirty pupils, sixty lessons and a mark in every third cell."""
    pupils = []
    for number in range(26):
        who = make.person(f"Константинопольский{number} Александр Александрович")
        ClassMember.create(pupil=who, school_class=school.ids["5А"], since=make.FIRST_DAY)
        pupils.append(who.id)
    kind = AssignmentType.get()
    day, made = dt.date(2026, 11, 4), 0
    while made < 60:
        if day.isoweekday() < 7:
            for number in (1, 2):
                at = lesson("maths_5a", day.isoformat(), number)
                work = Assignment.create(lesson=at, type=kind)
                chosen = [p for p in pupils if (p + made) % 3 == 0]
                Mark.insert_many(
                    [
                        {"assignment": work.id, "pupil": p, "year": at.group.year_id, "value": "4"}
                        for p in chosen
                    ]
                ).execute()
                made += 1
        day += dt.timedelta(days=1)


@pytest.mark.usefixtures("full")
def test_a_full_grid_is_light(grid, statements):
    grid("teacher")
    with statements() as seen:
        html = grid("teacher")
    assert html.status_code == 200
    assert html.text.count("data-p=") == 30
    assert len(seen) <= 10, "\n".join(seen)
    assert len(html.data) <= 60_000


def test_day_start_and_card_take_few_statements(school, lesson, login_as, statements):
    at, *_others = [lesson(number=n, teacher=school.persons["teacher"]) for n in (1, 2, 3)]
    for day in (17, 18, 19, 20):
        lesson(date=f"2026-11-{day}", teacher=school.persons["teacher"])
    browser = login_as("teacher")
    counts = {}
    for address in ("/journal/today", "/", "/journal/", f"/journal/lesson/{at.id}"):
        with statements() as seen:
            assert browser.get(address).status_code == 200
        counts[address] = len(seen)
    assert max(counts.values()) <= 10, counts


# --- odd input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [
    {"comment": "\ud800"}, {"value": "\ud800"}, {"assignment": []}, {"assignment": {}},
    {"assignment": False}, {"assignment": 2**31}, {"pupil": "1"}, {"lesson": 1.5}, {"op": "ё"},
    {"version": -1}, {"comment": "x" * 501}, {"comment": 5},
])  # fmt: skip
def test_an_odd_edit_is_refused_and_writes_nothing(school, lesson, login_as, more):
    body = {"op": "a", "lesson": lesson().id, "pupil": school.persons["pupil"], "value": "5",
            "version": 0, **more}  # fmt: skip
    answer = login_as("teacher").post(
        "/journal/edits", data=json.dumps({"edits": [body]}), content_type="application/json"
    )
    states = [one["state"] for one in (answer.json or {}).get("results", [])]
    assert 400 <= answer.status_code < 500 or states == ["invalid"]
    assert not Mark.select().exists()


@pytest.mark.parametrize("address", [
    "/journal/99999999999", "/journal/1/99999999999", "/journal/lesson/99999999999",
    "/journal/cell/99999999999/0/1", "/journal/today?date=0001-01-01",
    "/journal/today?date=x", "/journal/today?date=9999-12-31",
])  # fmt: skip
def test_addresses_of_nothing_are_not_found(login_as, address):
    assert login_as("admin").get(address).status_code == 404


@pytest.mark.parametrize("field", [
    {"type": "99999999999"}, {"type": "x"}, {"type": ""}, {"weight": "-1"}, {"weight": "101"},
    {"weight": "99999999999999999999"}, {"title": "я" * 256}, {"title": "a\x00b"},
])  # fmt: skip
def test_an_odd_work_is_refused(lesson, login_as, field):
    at = lesson()
    form = {"type": str(AssignmentType.get().id), "title": "", "weight": "1", **field}
    answer = login_as("teacher").post(f"/journal/lesson/{at.id}/works", data=form)
    assert answer.status_code == 422
    assert not Assignment.select().exists()


@pytest.mark.parametrize("field", [
    {"topic": "я" * 501}, {"homework": "я" * 2001}, {"topic": "a\x00"}, {"homework": "\x00"},
])  # fmt: skip
def test_an_odd_note_is_refused(lesson, login_as, field):
    at = lesson()
    answer = login_as("teacher").post(f"/journal/lesson/{at.id}/note", data=field)
    assert answer.status_code == 422


# --- works and notes ---------------------------------------------------------------------------


def test_a_work_is_added_changed_and_removed(school, lesson, login_as):
    at, browser = lesson(), login_as("teacher")
    kind = AssignmentType.get(AssignmentType.name == "Диктант")
    base = f"/journal/lesson/{at.id}/works"
    form = {"type": kind.id, "title": "Словарный", "weight": 2}
    assert browser.post(base, data=form).status_code == 303
    work = Assignment.get()
    assert (work.type_id, work.title, work.weight) == (kind.id, "Словарный", 2)
    changed = {**form, "weight": 3, "version": 1}
    assert browser.post(f"{base}/{work.id}", data=changed).status_code == 303
    assert browser.post(f"{base}/{work.id}", data=changed).status_code == 409
    assert Assignment.get().weight == 3
    assert browser.post(f"{base}/{work.id}/remove").status_code == 303
    assert not Assignment.select().exists()


def test_a_weight_changes_the_averages(school, lesson, put, grid):
    one, two = lesson(), lesson(date="2026-11-23")
    put("teacher", one, "pupil", "5")
    put("teacher", two, "pupil", "3")
    work = Assignment.get(Assignment.lesson == one)
    update_assignment(
        school.actor("teacher"), work.id, type_id=work.type_id, title="", weight=3, version=1
    )
    row = row_of(grid("teacher").text, school, "pupil")
    assert "4,00" in row
    assert "4,50" in row


def test_nobody_else_touches_works_notes_and_attendance(school, lesson, work):
    at = lesson()
    column = work(at)
    for who, error in (("class_teacher", Refused), ("deputy", Refused), ("parent", NotThere)):
        actor = school.actor(who)
        for deed in (
            lambda actor=actor: add_assignment(actor, at.id, type_id=column.type_id),
            lambda actor=actor: remove_assignment(actor, column.id),
            lambda actor=actor: set_lesson_note(actor, at.id, topic="x", homework="", version=0),
            lambda actor=actor: confirm_attendance(actor, at.id),
        ):
            with pytest.raises(error):
                deed()


def test_a_ninth_work_and_an_archived_type_are_invalid(school, lesson):
    at, actor = lesson(), school.actor("teacher")
    kind = AssignmentType.get()
    for _number in range(8):
        add_assignment(actor, at.id, type_id=kind.id)
    with pytest.raises(Invalid):
        add_assignment(actor, at.id, type_id=kind.id)
    AssignmentType.update(archived=True).where(AssignmentType.id == kind.id).execute()
    with pytest.raises(Invalid):
        add_assignment(actor, lesson(number=2).id, type_id=kind.id)


def test_a_stale_note_is_a_conflict_with_what_stands(school, lesson):
    at, actor = lesson(), school.actor("teacher")
    set_lesson_note(actor, at.id, topic="Дроби", homework="", version=0)
    with pytest.raises(Conflict) as caught:
        set_lesson_note(actor, at.id, topic="Корни", homework="", version=0)
    assert caught.value.details == {"topic": "Дроби", "homework": "", "version": 1}


def test_confirming_attendance_keeps_the_note_and_is_told_once(school, lesson):
    at, actor = lesson(), school.actor("teacher")
    confirm_attendance(actor, at.id)
    confirm_attendance(actor, at.id)
    note = set_lesson_note(actor, at.id, topic="Дроби", homework="", version=0)
    assert (note.version, note.attendance_at is not None) == (1, True)


# --- the mark of the period in the grid --------------------------------------------------------


def send(browser, *edits):
    return browser.post("/journal/edits", json={"edits": list(edits)}).get_json()["results"]


@pytest.fixture
def period_mark(school):
    """``period_mark("pupil", "5")`` is an edit of the last column of the grid of mathematics."""
    number = iter(range(1, 100))

    def make_edit(pupil, value, version=0, group="maths_5a"):
        return {
            "op": f"p{next(number)}", "slot": school.ids["period_2"], "group": school.ids[group],
            "pupil": school.persons[pupil], "value": value, "version": version,
        }  # fmt: skip

    return make_edit


def test_the_mark_of_the_period_is_put_in_the_grid_beside_the_cells(
    school, lesson, browser_of, grid, clock, period_mark
):
    clock.move("2026-12-24")
    at = lesson(date="2026-12-24")
    cell = {
        "op": "c1", "lesson": at.id, "pupil": school.persons["pupil"], "value": "4", "version": 0,
    }  # fmt: skip
    told = send(
        browser_of("teacher"), period_mark("pupil", "5"), cell, period_mark("pupil_2", "н/а"),
        period_mark("pupil_3", "7"), period_mark("pupil_5", "5", group="maths_5b"),
        {**period_mark("pupil_4", "5"), "group": 999_999},
    )  # fmt: skip
    states = ["saved", "saved", "saved", "invalid", "refused", "refused"]
    assert [one["state"] for one in told] == states
    row = row_of(grid("teacher").text, school, "pupil")
    assert row.endswith("<td class=m5>5</tr>")
    assert send(browser_of("teacher"), period_mark("pupil", "3"))[0]["state"] == "conflict"


def test_a_reader_sees_marks_of_the_period_and_why_they_cannot_be_put(
    school, lesson, browser_of, grid, clock, period_mark
):
    lesson(date="2026-12-23")
    clock.move("2026-12-24")
    send(browser_of("teacher"), period_mark("pupil", "5"))
    html = grid("class_teacher").text
    assert row_of(html, school, "pupil").endswith("<td class=m5>5</tr>")
    assert "final-open" not in html
    assert "final-open" in grid("teacher").text
    clock.move("2027-02-01")
    assert "final-open" not in grid("teacher").text


def test_a_mark_of_the_period_is_taken_back_as_a_cell_is(
    school, lesson, browser_of, clock, period_mark
):
    clock.move("2026-12-24")
    lesson(date="2026-12-24")
    browser, group = browser_of("teacher"), school.ids["maths_5a"]
    send(browser, period_mark("pupil", "4"))
    send(browser, {**period_mark("pupil", "5", 1), "reason": "Олимпиада"})
    page = browser.get(f"/journal/{group}/acts").text
    assert "2 четверть" in page
    for value in ("4", ""):
        told = browser.post(f"/journal/{group}/undo", json={}).get_json()["results"][0]
        assert (told["state"], told["value"]) == ("saved", value)
    assert browser.post(f"/journal/{group}/undo", json={}).get_json()["results"] == []


def test_the_mark_of_the_period_follows_the_scale_and_the_subject(
    school, lesson, browser_of, grid, clock, period_mark, rules
):
    clock.move("2026-12-24")
    lesson(date="2026-12-24")
    rules(scale="hundred")
    told = send(browser_of("teacher"), period_mark("pupil", "97"), period_mark("pupil_2", "101"))
    assert [one["state"] for one in told] == ["saved", "invalid"]
    assert row_of(grid("teacher").text, school, "pupil").endswith("<td class=m5>97</tr>")
    rules(credited_subjects=[school.ids["Математика"]])
    told = send(browser_of("teacher"), period_mark("pupil_2", "97"), period_mark("pupil_3", "зач"))
    assert [one["state"] for one in told] == ["invalid", "saved"]
    rules(unmarked_grades=[5])
    assert "final-open" not in grid("teacher").text
