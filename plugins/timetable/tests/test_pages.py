"""Pages of the timetable: who sees what, and what it costs."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_timetable.api import lessons_of_pupil
from asurso_timetable.models import GridEntry, Lesson

MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def lessons(week):
    """A Monday and a Tuesday of both classes, made until the end of the year."""
    week.put("maths_5a")
    week.put("english_5a_1", number=2)
    week.put("english_5a_2", number=2)
    week.put("maths_5b", weekday=2, number=1)
    week.make()
    return week


def test_a_pupil_sees_own_subgroup_only(lessons, school):
    end = MONDAY + dt.timedelta(days=6)
    found = lessons_of_pupil(school.persons["pupil"], MONDAY, end)
    assert [(row.number, row.group_name, row.classes) for row in found] == [
        (1, "", "5А"),
        (2, "1 подгруппа", "5А"),
    ]


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [("pupil", 200, 404), ("parent", 200, 200), ("other_parent", 404, 200), ("teacher", 200, 200)],
)
def test_a_family_sees_the_classes_of_its_own_pupils(lessons, school, login_as, who, own, other):
    browser = login_as(who)
    assert browser.get(f"/timetable/class/{school.ids['5А']}").status_code == own
    assert browser.get(f"/timetable/class/{school.ids['5Б']}").status_code == other


@pytest.mark.parametrize("who", ["pupil", "parent"])
def test_a_family_does_not_see_teachers_and_rooms(lessons, school, login_as, who):
    browser = login_as(who)
    assert browser.get(f"/timetable/teacher/{school.persons['teacher']}").status_code == 404
    assert browser.get(f"/timetable/room/{school.ids['room_101']}").status_code == 404
    assert browser.get("/timetable/grids").status_code == 403


def test_a_parent_switches_between_own_children_and_no_others(lessons, school, login_as):
    browser = login_as("parent")
    page = browser.get(f"/timetable/?child={school.persons['pupil_5']}")
    assert "Абрамова Ника" in page.text
    foreign = browser.get(f"/timetable/?child={school.persons['pupil_6']}")
    assert foreign.status_code == 303


@pytest.mark.parametrize("who", ["teacher", "director", "secretary"])
def test_only_the_deputy_and_the_administrator_change_the_timetable(lessons, school, login_as, who):
    lesson = Lesson.get(Lesson.date == MONDAY)
    browser = login_as(who)
    assert browser.post(f"/timetable/lesson/{lesson.id}/delete").status_code == 403
    assert browser.get("/timetable/bells").status_code == 403


def _pages(school, week):
    a, lesson = school.ids["5А"], Lesson.get(Lesson.date == MONDAY)
    entry = GridEntry.get(GridEntry.number == 1)
    grid = f"/timetable/grids/{week.grid.id}/class/{a}"
    return [
        "/timetable/classes", "/timetable/teachers", "/timetable/rooms",
        f"/timetable/class/{a}", f"/timetable/class/{a}?week=2026-10-26",
        f"/timetable/teacher/{school.persons['teacher']}",
        f"/timetable/room/{school.ids['room_101']}", "/timetable/grids", "/timetable/grids/new",
        grid, f"{grid}/new?weekday=1&number=3", f"{grid}/entry/{entry.id}",
        "/timetable/generate", "/timetable/generate?start=2026-11-23&end=2027-05-26",
        f"/timetable/class/{a}/lessons/new?date=2026-11-24", f"/timetable/lesson/{lesson.id}",
        "/timetable/bells", "/timetable/bells/new", f"/timetable/bells/{week.bells.id}",
        "/timetable/bells/classes",
    ]  # fmt: skip


def test_every_page_opens_and_costs_few_statements(lessons, school, login_as, statements):
    browser = login_as("deputy")
    browser.get("/timetable/classes")
    dear = {}
    for url in _pages(school, lessons):
        with statements() as seen:
            answer = browser.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        if len(seen) > 10:
            dear[url] = len(seen)
    # Forms and the preview of a whole year look at everything; the pages people live on do not.
    assert not {url for url in dear if "/new" not in url and "/entry/" not in url
                and "generate?" not in url}, dear  # fmt: skip


def test_own_week_opens_for_everybody(lessons, login_as, statements):
    for who in ("teacher", "pupil", "parent"):
        browser = login_as(who)
        browser.get("/timetable/")
        with statements() as seen:
            assert browser.get("/timetable/").status_code == 200
        assert len(seen) <= 10


def test_the_script_is_told_why_a_place_is_refused(lessons, school, login_as):
    browser = login_as("deputy")
    url = f"/timetable/grids/{lessons.grid.id}/class/{school.ids['5А']}/place"
    taken = browser.post(url, json={"group": school.ids["russian_5a"], "weekday": 1, "number": 1})
    assert taken.status_code == 422
    assert "5А, математика, 08:30–09:10" in taken.json["error"]["message"]
    placed = browser.post(url, json={"group": school.ids["russian_5a"], "weekday": 1, "number": 3})
    assert placed.status_code == 200


@pytest.mark.parametrize(
    "body",
    [[], "x", 7, {}, {"entry": {"a": 1}}, {"group": "9" * 40, "weekday": 1, "number": 1},
     {"group": 1, "weekday": 2**40, "number": "\x00"}, {"entry": 2**31, "weekday": 1, "number": 1}],
)  # fmt: skip
def test_nonsense_is_answered_and_writes_nothing(lessons, school, login_as, body):
    browser = login_as("deputy")
    url = f"/timetable/grids/{lessons.grid.id}/class/{school.ids['5А']}/place"
    before = GridEntry.select().count()
    assert 400 <= browser.post(url, json=body).status_code < 500
    assert GridEntry.select().count() == before


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ({"starts_1": "08:30"}, 422),
        ({"starts_1": "09:30", "ends_1": "09:00"}, 422),
        ({"starts_1": "08:30", "ends_1": "09:15", "starts_2": "09:00", "ends_2": "09:40"}, 422),
        ({"starts_1": "вчера", "ends_1": "25:99"}, 422),
        ({"starts_1": "08:30", "ends_1": "09:15", "starts_2": "09:25", "ends_2": "10:10"}, 303),
    ],
)
def test_bells_run_in_order_within_a_day(lessons, login_as, slots, told):
    url = f"/timetable/bells/{lessons.bells.id}"
    answer = login_as("deputy").post(url, data={"title": "Обычные", **slots})
    assert answer.status_code == told


def test_lessons_are_made_only_as_shown(lessons, login_as):
    browser = login_as("deputy")
    data = {"start": "2026-11-23", "end": "2027-05-26", "mark": "старый"}
    assert browser.post("/timetable/generate", data=data).status_code == 409
