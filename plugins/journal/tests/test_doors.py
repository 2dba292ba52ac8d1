"""Pages of the journal and the endpoint that takes edits, from the script and from a plain form."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import peewee as pw
import pytest

from asurso_core import settings
from asurso_core.accounts.models import Session
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.db import db
from asurso_core.school import AcademicYear, ClassMember
from asurso_core.testing import make
from asurso_core.testing.make import SmallSchool
from asurso_journal.models import Attendance, LessonNote, Mark
from asurso_journal.services import set_lesson_note
from asurso_timetable.models import Lesson

TODAY = dt.date(2026, 11, 24)


@pytest.fixture
def lesson(school: SmallSchool) -> Callable[..., Lesson]:
    """``lesson("maths_5a", days_ago=3)`` makes a dated lesson of a group."""

    def make(group: str = "maths_5a", days_ago: int = 0, number: int = 1, **more: Any) -> Lesson:
        found: Lesson = Lesson.create(
            date=TODAY - dt.timedelta(days=days_ago),
            number=number,
            starts=480 + 55 * number,
            ends=525 + 55 * number,
            group=school.ids[group],
            **more,
        )
        return found

    return make


def page_of(school: SmallSchool, group: str = "maths_5a") -> str:
    return f"/journal/{school.ids[group]}/{school.ids['period_2']}"


def edit(school: SmallSchool, at: Any, **more: Any) -> dict[str, Any]:
    return {
        "op": "op-1", "lesson": at.id, "assignment": None, "pupil": school.persons["pupil"],
        "value": "5", "version": 0, **more,
    }  # fmt: skip


# --- the grid ----------------------------------------------------------------------------------


def test_the_grid_shows_pupils_marks_and_averages(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any
) -> None:
    put("teacher", lesson(), "pupil", "б/4")
    html = login_as("teacher").get(page_of(school)).text
    assert "Абрамов Егор" in html
    assert re.search(r"<td[^>]*data-v=2>Б/4", html)
    assert "4,00" in html
    assert "Абрамова Ника" not in html  # of 5Б


def test_names_are_shown_as_text_whatever_they_hold(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    person = school.person("pupil")
    person.surname = "<script>alert(1)</script>"
    person.save()
    lesson()
    html = login_as("teacher").get(page_of(school)).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_an_unchanged_page_is_not_sent_again(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any, statements: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    tag = browser.get(page_of(school)).headers["ETag"]
    with statements() as seen:
        answer = browser.get(page_of(school), headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert len(seen) <= 3
    put("teacher", at, "pupil", "5")
    assert browser.get(page_of(school), headers={"If-None-Match": tag}).status_code == 200


def test_the_next_person_never_gets_the_page_of_an_ended_session(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    lesson()
    tag = login_as("teacher").get(page_of(school)).headers["ETag"]
    Session.delete().execute()  # SQLite gives the number of the last one again
    browser = login_as("deputy")
    assert browser.get(page_of(school), headers={"If-None-Match": tag}).status_code == 200


def test_the_grid_costs_the_same_statements_and_few_bytes_at_full_size(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any, statements: Any
) -> None:
    browser = login_as("teacher")
    lesson(number=1)
    browser.get(page_of(school))
    with statements() as small:
        browser.get(page_of(school))
    for number in range(30):
        who = make.person(f"Фамилия{number} Имя Отчество")
        ClassMember.create(pupil=who, school_class=school.ids["5А"], since=make.FIRST_DAY)
        school.persons[f"more_{number}"] = who.id
    for day in range(20):
        for number in range(2, 5):
            at = lesson(days_ago=day, number=number)
            if day < 7:
                put("teacher", at, f"more_{day * 3 + number}", "4")
    browser.get(page_of(school))
    with statements() as large:
        answer = browser.get(page_of(school))
    assert len(large) == len(small) <= 10, large
    assert len(answer.data) <= 60_000


def test_a_departed_pupil_is_struck_out_and_keeps_the_marks(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any
) -> None:
    put("teacher", lesson(days_ago=5), "pupil", "5")
    lesson(number=2)
    ClassMember.update(until="2026-11-20").where(
        ClassMember.pupil == school.persons["pupil"]
    ).execute()
    html = login_as("teacher").get(page_of(school)).text
    row = html[html.index("Абрамов Егор") - 40 :].split("</tr>")[0]
    assert "<s>" in row
    assert "m5" in row
    assert "out" in row


@pytest.mark.parametrize(
    ("who", "status"),
    [("teacher", 200), ("english_1", 200), ("deputy", 200), ("director", 200), ("admin", 200),
     ("psychologist", 200), ("secretary", 403), ("hr", 403), ("medical", 403), ("technical", 403),
     ("pupil", 403), ("parent", 403)],
)  # fmt: skip
def test_who_sees_a_journal(
    school: SmallSchool, lesson: Any, login_as: Any, who: str, status: int
) -> None:
    at, browser = lesson(), login_as(who)
    assert browser.get(page_of(school)).status_code == status
    assert browser.get(f"/journal/lesson/{at.id}").status_code == status


def test_the_school_can_narrow_teachers_to_their_own(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at, browser = lesson("maths_5b"), login_as("teacher")
    settings.put(system("test"), "journal", {"teachers_see_all": False})
    assert browser.get(page_of(school, "maths_5b")).status_code == 404
    assert browser.get(f"/journal/lesson/{at.id}").status_code == 404
    assert login_as("teacher_parent").get(page_of(school, "maths_5b")).status_code == 200
    assert login_as("class_teacher").get(page_of(school)).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/journal/999999", "/journal/1/999999", f"/journal/{2**31}/1", f"/journal/lesson/{2**31}",
     "/journal/lesson/999999", "/journal/today?date=2026-13-40", "/journal/today?date=x",
     f"/journal/cell/{2**40}/0/1", "/journal/cell/1/0/999999"],
)  # fmt: skip
def test_what_is_not_there_is_told_so(school: SmallSchool, login_as: Any, address: str) -> None:
    assert login_as("admin").get(address).status_code == 404


# --- edits of the script -----------------------------------------------------------------------


def test_a_script_saves_a_mark(school: SmallSchool, lesson: Any, login_as: Any) -> None:
    answer = login_as("teacher").post("/journal/edits", json={"edits": [edit(school, lesson())]})
    assert answer.status_code == 200
    assert answer.json["results"][0]["state"] == "saved"
    assert Mark.get().value == "5"


def test_edits_typed_by_another_person_are_not_taken(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    body = {"user": "somebody else", "edits": [edit(school, lesson())]}
    answer = login_as("teacher").post("/journal/edits", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "other_user")
    assert Mark.select().count() == 0


@pytest.mark.parametrize("who", ["pupil", "parent", "secretary", "deputy", "director"])
def test_those_without_the_right_are_stopped_at_the_door(
    school: SmallSchool, lesson: Any, login_as: Any, who: str
) -> None:
    answer = login_as(who).post("/journal/edits", json={"edits": [edit(school, lesson())]})
    assert answer.status_code == 403
    assert Mark.select().count() == 0


NONSENSE: list[Any] = [
    None, [], {}, "x", 5, {"edits": None}, {"edits": {}}, {"edits": "x"}, {"edits": [None]},
    {"edits": [[]]}, {"edits": [{}]}, {"user": [], "edits": []}, {"user": {}, "edits": []},
]  # fmt: skip
CHANGED: list[dict[str, Any]] = [
    {"op": None}, {"op": 5}, {"op": ""}, {"op": "x" * 41}, {"op": "й"}, {"op": []},
    {"lesson": None}, {"lesson": "1"}, {"lesson": -1}, {"lesson": 2**31}, {"lesson": 1.5},
    {"lesson": True}, {"lesson": []}, {"lesson": 10**30},
    {"assignment": "x"}, {"assignment": -1}, {"assignment": 2**31}, {"assignment": []},
    {"assignment": {}}, {"assignment": False}, {"assignment": True}, {"assignment": 1.5},
    {"pupil": None}, {"pupil": "1"}, {"pupil": 0}, {"pupil": 2**63},
    {"value": None}, {"value": 5}, {"value": []}, {"value": "5" * 101}, {"value": "5\x00"},
    {"version": None}, {"version": "1"}, {"version": -1}, {"version": 2**31}, {"version": 1.0},
    {"comment": 5}, {"comment": []}, {"comment": "x" * 501}, {"comment": "\x00"},
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE, ids=repr)
def test_a_body_that_makes_no_sense_is_told_so(
    school: SmallSchool, login_as: Any, body: Any
) -> None:
    before = AuditEntry.select().count()
    answer = login_as("teacher").post(
        "/journal/edits", data=json.dumps(body), content_type="application/json"
    )
    assert 400 <= answer.status_code < 500
    assert AuditEntry.select().count() == before


@pytest.mark.parametrize("change", CHANGED, ids=lambda change: repr(change)[:40])
def test_an_edit_that_makes_no_sense_is_told_so(
    school: SmallSchool, lesson: Any, login_as: Any, change: dict[str, Any]
) -> None:
    body = {"edits": [edit(school, lesson(), **change)]}
    answer = login_as("teacher").post("/journal/edits", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json["error"]["message"]
    assert Mark.select().count() == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"edits": NaN}'])
def test_broken_json_is_told_so(school: SmallSchool, login_as: Any, raw: bytes) -> None:
    answer = login_as("teacher").post("/journal/edits", data=raw, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_too_many_edits_at_once_are_refused_whole(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at = lesson()
    many = [edit(school, at, op=f"op-{n}") for n in range(501)]
    answer = login_as("teacher").post("/journal/edits", json={"edits": many})
    assert answer.status_code == 422
    assert Mark.select().count() == 0


def test_a_foreign_column_is_refused(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any
) -> None:
    other = lesson("maths_5b")
    put("teacher_parent", other, "pupil_5", "5")
    foreign = Mark.get().assignment_id
    body = {"edits": [edit(school, lesson(number=2), assignment=foreign)]}
    result = login_as("teacher").post("/journal/edits", json=body).json["results"][0]
    assert result["state"] == "refused"
    assert Mark.select().count() == 1


# --- the card without scripts ------------------------------------------------------------------


def fields_of(html: str) -> dict[str, str]:
    """Names and values of the inputs of the card's form of pupils."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name = re.search(r'name="?([\w-]+)', tag)
        value = re.search(r'value="([^"]*)"|value=([^\s>]+)', tag)
        if name and re.match(r"(cell|was|version|op|lesson)\b", name[1]):
            found[name[1]] = (value[1] or value[2] or "") if value else ""
    return found


def test_the_card_works_without_scripts(school: SmallSchool, lesson: Any, login_as: Any) -> None:
    at, browser = lesson(), login_as("teacher")
    fields = fields_of(browser.get(f"/journal/lesson/{at.id}").text)
    fields[f"cell-{at.id}-0-{school.persons['pupil']}"] = "н"
    fields[f"cell-{at.id}-0-{school.persons['pupil_2']}"] = "5"
    answer = browser.post("/journal/edits", data=fields)
    assert answer.status_code == 303
    assert Attendance.get().code == "ОТ"
    assert Mark.get().value == "5"
    assert browser.post("/journal/edits", data=fields).status_code in {303, 409}
    assert Mark.select().count() == 1


def test_the_card_keeps_what_was_typed_when_it_is_wrong(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    fields = fields_of(browser.get(f"/journal/lesson/{at.id}").text)
    fields[f"cell-{at.id}-0-{school.persons['pupil']}"] = "99"
    answer = browser.post("/journal/edits", data=fields)
    assert answer.status_code == 422
    assert 'value="99"' in answer.text


def test_the_card_shows_both_values_when_somebody_was_faster(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    fields = fields_of(browser.get(f"/journal/lesson/{at.id}").text)
    put("teacher", at, "pupil", "3")
    fields[f"cell-{at.id}-0-{school.persons['pupil']}"] = "5"
    answer = browser.post("/journal/edits", data=fields)
    assert answer.status_code == 409
    name = f"cell-{at.id}-0-{school.persons['pupil']}"
    assert f'is-invalid" name={name} value="5"' in answer.text
    assert "Сейчас там стоит: 3 (Мартынюк" in answer.text
    assert Mark.get().value == "3"


@pytest.mark.parametrize(
    "change",
    [{"op": ""}, {"op": "x" * 50}, {"lesson": "x"}, {"lesson": str(2**40)}, {"lesson": ""}],
)
def test_a_form_that_makes_no_sense_is_told_so(
    school: SmallSchool, lesson: Any, login_as: Any, change: dict[str, str]
) -> None:
    at = lesson()
    fields = {"op": "abc", "lesson": str(at.id), f"cell-{at.id}-0-1": "5", **change}
    assert 400 <= login_as("teacher").post("/journal/edits", data=fields).status_code < 500
    assert Mark.select().count() == 0


def test_the_card_is_few_statements(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any, statements: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    put("teacher", at, "pupil", "5")
    browser.get(f"/journal/lesson/{at.id}")
    with statements() as seen:
        browser.get(f"/journal/lesson/{at.id}")
    assert len(seen) <= 10, seen


# --- topics, works, today, history -------------------------------------------------------------


def test_a_teacher_writes_topic_and_homework(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at = lesson()
    answer = login_as("teacher").post(
        f"/journal/lesson/{at.id}/note",
        data={"topic": "Дроби", "homework": "№ 5", "version": "0"},
    )
    assert answer.status_code == 303
    assert LessonNote.get().homework == "№ 5"


def test_a_stale_note_shows_both_texts(school: SmallSchool, lesson: Any, login_as: Any) -> None:
    at = lesson()
    set_lesson_note(school.actor("teacher"), at.id, topic="Первая", homework="", version=0)
    answer = login_as("teacher").post(
        f"/journal/lesson/{at.id}/note", data={"topic": "Вторая", "version": "0"}
    )
    assert answer.status_code == 409
    assert "Первая" in answer.text
    assert "Вторая" in answer.text
    assert LessonNote.get().topic == "Первая"


@pytest.mark.parametrize("who", ["class_teacher", "teacher_parent", "english_1"])
def test_another_teacher_writes_no_homework(
    school: SmallSchool, lesson: Any, login_as: Any, who: str
) -> None:
    answer = login_as(who).post(
        f"/journal/lesson/{lesson().id}/note", data={"topic": "x", "version": "0"}
    )
    assert answer.status_code == 403
    assert LessonNote.select().count() == 0


def test_homework_is_set_ahead_but_not_for_ever(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    browser = login_as("teacher")
    for days, status in ((-10, 303), (-60, 403)):
        at = lesson(days_ago=days)
        answer = browser.post(
            f"/journal/lesson/{at.id}/note", data={"homework": "№ 1", "version": "0"}
        )
        assert answer.status_code == status


def test_a_work_with_marks_is_not_taken_away(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    put("teacher", at, "pupil", "5")
    work = Mark.get().assignment_id
    address = f"/journal/lesson/{at.id}/works/{work}/remove"
    assert browser.post(address).status_code == 403
    put("teacher", at, "pupil", "", version=1)
    assert browser.post(address).status_code == 303


def test_today_shows_my_lessons_and_what_is_not_filled_in(
    school: SmallSchool, lesson: Any, login_as: Any, statements: Any
) -> None:
    me = school.persons["teacher"]
    at = lesson(teacher=me)
    lesson(days_ago=1, teacher=me)
    browser = login_as("teacher")
    browser.get("/journal/today")
    with statements() as seen:
        html = browser.get("/journal/today").text
    assert f"/journal/lesson/{at.id}" in html
    assert len(seen) <= 10, seen
    assert f"/journal/lesson/{at.id}" in browser.get("/").text


def test_the_history_tells_all_values_and_the_address_to_the_administrator_only(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at, browser = lesson(), login_as("teacher")
    browser.post("/journal/edits", json={"edits": [edit(school, at)]})
    browser.post(
        "/journal/edits", json={"edits": [edit(school, at, op="op-2", value="3", version=1)]}
    )
    address = f"/journal/cell/{at.id}/0/{school.persons['pupil']}"
    mine, admins = browser.get(address).text, login_as("admin").get(address).text
    assert "Мартынюк" in mine
    assert "127.0.0.1" not in mine
    assert "127.0.0.1" in admins


@pytest.mark.parametrize(("who", "status"), [("class_teacher", 200), ("english_1", 404),
                                             ("pupil", 403), ("parent", 403)])  # fmt: skip
def test_who_reads_a_history(
    school: SmallSchool, lesson: Any, put: Any, login_as: Any, who: str, status: int
) -> None:
    at = lesson()
    put("teacher", at, "pupil", "5")
    address = f"/journal/cell/{at.id}/0/{school.persons['pupil']}"
    assert login_as(who).get(address).status_code == status


def test_the_list_of_journals_begins_with_my_own(
    school: SmallSchool, login_as: Any, statements: Any
) -> None:
    browser = login_as("teacher")
    browser.get("/journal/")
    with statements() as seen:
        html = browser.get("/journal/").text
    assert html.index("Математика") < html.index("Русский язык")
    assert len(seen) <= 10, seen


# --- a closed year -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_mark SET value = '5'",
        "DELETE FROM journal_mark",
        "UPDATE journal_attendance SET code = ''",
        "UPDATE journal_assignment SET weight = 9",
        "DELETE FROM journal_attendance",
    ],
)
def test_a_closed_year_refuses_even_hand_written_sql(
    school: SmallSchool, lesson: Any, put: Any, sql: str
) -> None:
    put("teacher", lesson(), "pupil", "б/4")
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    with pytest.raises(pw.DatabaseError, match="closed-year"), db.atomic():
        db.execute_sql(sql)
