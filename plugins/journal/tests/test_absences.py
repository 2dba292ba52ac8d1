"""Absences of whole days: what they fill, what they take back, and who enters them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asurso_core import audit
from asurso_core.db import db, rows
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.jobs import attempts, queue
from asurso_core.school import AcademicYear
from asurso_core.testing.make import SmallSchool
from asurso_journal import absence_rows, queries, services
from asurso_journal.models import Absence, Attendance, Mark
from asurso_timetable.models import Lesson

Day = dt.date
MONDAY, TUESDAY = Day(2026, 11, 23), Day(2026, 11, 24)  # Tuesday is today


@pytest.fixture
def absent(school: SmallSchool) -> Callable[..., Absence]:
    """``absent("class_teacher", "pupil", MONDAY, TUESDAY)`` enters an absence with Б."""

    def enter(
        who: str, pupil: str, starts: Day = TUESDAY, ends: Day | None = None, code: str = "Б",
        **more: Any,
    ) -> Absence:  # fmt: skip
        return services.add_absence(
            school.actor(who), school.persons[pupil], starts=starts, ends=ends or starts, code=code,
            **more,
        )  # fmt: skip

    return enter


def codes(school: SmallSchool, pupil: str = "pupil") -> dict[int, str]:
    """What stands at the lessons of a pupil, where anything stands."""
    query = Attendance.select().where(Attendance.pupil == school.persons[pupil])
    return {row.lesson_id: row.code for row in query if row.code}


def test_an_absence_fills_all_lessons_of_its_days_in_every_subject(
    school: SmallSchool, lesson: Any, absent: Any
) -> None:
    there = [lesson(date="2026-11-23"), lesson("russian_5a", number=2), lesson("english_5a_1")]
    lesson("english_5a_2", number=3)  # the other subgroup
    lesson(date="2026-11-20", number=4)  # the day before
    absent("class_teacher", "pupil", MONDAY, TUESDAY)
    assert codes(school) == {one.id: "Б" for one in there}


def test_the_first_and_the_last_day_can_be_cut_by_lessons(
    school: SmallSchool, lesson: Any, absent: Any
) -> None:
    for number in (1, 2, 3):
        lesson("maths_5a", "2026-11-23", number)
        lesson("maths_5a", "2026-11-24", number)
    absent("class_teacher", "pupil", MONDAY, TUESDAY, first_lesson=2, last_lesson=1)
    numbers = [Lesson.get_by_id(id_) for id_ in codes(school)]
    assert sorted((one.date, one.number) for one in numbers) == [
        (MONDAY, 2), (MONDAY, 3), (TUESDAY, 1)
    ]  # fmt: skip


def test_only_an_unknown_reason_gives_way_and_marks_stay(
    school: SmallSchool, lesson: Any, absent: Any, put: Any
) -> None:
    late, unknown = lesson("maths_5a", number=1), lesson("maths_5a", number=2)
    put("teacher", late, "pupil", "ОП/4")
    put("teacher", unknown, "pupil", "ОТ/5")
    row = absent("class_teacher", "pupil")
    assert codes(school) == {late.id: "ОП", unknown.id: "Б"}
    assert sorted(mark.value for mark in Mark.select()) == ["4", "5"]
    services.remove_absence(school.actor("class_teacher"), row.id, version=row.version)
    assert codes(school) == {late.id: "ОП", unknown.id: "ОТ"}


def test_a_code_that_the_teacher_changed_since_is_not_taken_back(
    school: SmallSchool, lesson: Any, absent: Any, put: Any
) -> None:
    came, ill = lesson("maths_5a", number=1), lesson("maths_5a", number=2)
    row = absent("class_teacher", "pupil")
    put("teacher", came, "pupil", "ОП", version=1)
    services.remove_absence(school.actor("class_teacher"), row.id, version=row.version)
    assert codes(school) == {came.id: "ОП"}
    assert ill.id not in codes(school)


def test_a_plan_reaches_its_lessons_when_their_day_has_come(
    school: SmallSchool, lesson: Any, absent: Any, clock: Any
) -> None:
    ahead = lesson("maths_5a", "2026-11-26")
    absent("class_teacher", "pupil", TUESDAY, Day(2026, 11, 27))
    assert codes(school) == {}
    clock.move("2026-11-26")
    services.settle_today()
    services.settle_today()
    assert codes(school) == {ahead.id: "Б"}


def test_a_lesson_that_the_timetable_makes_later_is_filled(
    school: SmallSchool, absent: Any, lesson: Any
) -> None:
    absent("class_teacher", "pupil")
    late = lesson("maths_5a", number=5)
    assert codes(school) == {}
    services.settle_classes([school.ids["5А"]], TUESDAY, TUESDAY)
    assert codes(school) == {late.id: "Б"}


def test_a_changed_reason_changes_what_it_filled(
    school: SmallSchool, lesson: Any, absent: Any
) -> None:
    at = lesson()
    row = absent("class_teacher", "pupil", code="УП")
    changed = services.change_absence(
        school.actor("class_teacher"), row.id, starts=TUESDAY, ends=TUESDAY, code="Б",
        certificate="17", version=1,
    )  # fmt: skip
    assert codes(school) == {at.id: "Б"}
    told = audit.AuditEntry.select().where(audit.AuditEntry.kind == "journal.cell")
    assert [entry.reason for entry in told.order_by(audit.AuditEntry.id)] == [
        "Отсутствие 24.11", "Отсутствие 24.11, справка № 17"
    ]  # fmt: skip
    with pytest.raises(Conflict):
        services.remove_absence(school.actor("class_teacher"), row.id, version=1)
    services.remove_absence(school.actor("class_teacher"), row.id, version=changed.version)
    assert codes(school) == {}


def test_who_may_enter_what(school: SmallSchool, absent: Any) -> None:
    with pytest.raises(NotThere):
        absent("teacher", "pupil")  # teaches the class, does not lead it
    with pytest.raises(NotThere):
        absent("class_teacher", "pupil_6")
    with pytest.raises(Refused):
        absent("medical", "pupil", code="УП")
    with pytest.raises(Invalid):
        absent("medical", "pupil")  # without a certificate
    assert absent("medical", "pupil", certificate="17").certificate == "17"
    with pytest.raises(Invalid):
        absent("deputy", "pupil")  # the day is told of already
    assert absent("deputy", "pupil_6", code="НП").code == "НП"


def test_a_closed_year_stays_as_it_is(school: SmallSchool, lesson: Any, absent: Any) -> None:
    row = absent("class_teacher", "pupil")
    lesson()
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    with pytest.raises(Refused):
        absent("class_teacher", "pupil_2")
    with pytest.raises(Refused):
        services.remove_absence(school.actor("class_teacher"), row.id, version=1)
    assert services.settle_today() == 0


def test_a_closed_period_keeps_its_cells(school: SmallSchool, lesson: Any, absent: Any) -> None:
    at = lesson(date="2026-10-20")
    services.close_period(school.actor("deputy"), school.ids["period_1"], [school.ids["5А"]])
    absent("class_teacher", "pupil", Day(2026, 10, 20))
    assert at.id not in codes(school)


def test_the_number_of_statements_does_not_grow_with_lessons(
    school: SmallSchool, lesson: Any, absent: Any, statements: Any
) -> None:
    lesson(number=1)
    with statements() as few:
        absent("class_teacher", "pupil")
    for number in range(1, 9):
        lesson("maths_5a", "2026-11-23", number)
    with statements() as many:
        absent("class_teacher", "pupil_2", MONDAY, TUESDAY)
    assert len(many) <= len(few)


#: What happens at three lessons of one day, step by step.
_STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 2), st.sampled_from(["5", "ОТ", "ОП/4", "Б", ""])),
    st.tuples(st.just("span"), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.just("change"), st.integers(1, 3), st.sampled_from(["Б", "УП"])),
    st.tuples(st.just("remove"), st.just(0), st.just(0)),
    st.tuples(st.just("settle"), st.just(0), st.just(0)),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(_STEP, min_size=2, max_size=7))
def test_filling_and_taking_back_never_loses_what_a_teacher_put(
    school: SmallSchool, lesson: Any, put: Any, absent: Any, steps: list[Any]
) -> None:
    with db.atomic() as around:
        there = [lesson("maths_5a", number=number) for number in (1, 2, 3)]
        typed: dict[int, str] = {}  # lesson → the code that the teacher put last
        marks: dict[int, str] = {}
        span: Absence | None = None
        leader = school.actor("class_teacher")
        for deed, a, b in steps:
            if deed == "put":
                at = there[a]
                stood = codes(school).get(at.id, "")
                state = put("teacher", at, "pupil", b, version=_version(at))
                assert state["state"] == "saved"
                code, _slash, mark = b.rpartition("/") if "/" in b else (b, "", "")
                if b == "5":
                    code, mark = "", "5"
                marks[at.id] = mark
                if code != stood:  # the same code once more changes nothing: it stays whose it was
                    typed[at.id] = code
            elif deed == "span" and span is None:
                span = absent("class_teacher", "pupil", first_lesson=min(a, b),
                              last_lesson=max(a, b))  # fmt: skip
            elif deed == "change" and span is not None:
                span = services.change_absence(
                    leader, span.id, starts=TUESDAY, ends=TUESDAY, code=b, first_lesson=a,
                    last_lesson=3, version=span.version,
                )  # fmt: skip
            elif deed == "remove" and span is not None:
                services.remove_absence(leader, span.id, version=span.version)
                span = None
            elif deed == "settle":
                services.settle_today()
        if span is not None:
            services.remove_absence(leader, span.id, version=span.version)
        assert {one.id: _mark(one) for one in there} == {
            one.id: marks.get(one.id, "") for one in there
        }
        stands = codes(school)
        assert {one.id: stands.get(one.id, "") for one in there} == {
            one.id: typed.get(one.id, "") for one in there
        }
        around.rollback()


def _mark(at: Lesson) -> str:
    found = rows(
        "SELECT m.value FROM journal_mark m JOIN journal_assignment a ON a.id = m.assignment_id "
        "WHERE a.lesson_id = ?",
        [at.id],
    )
    return found[0][0] if found else ""


def _version(at: Lesson) -> int:
    return sum(
        version
        for (version,) in rows(
            "SELECT m.version FROM journal_mark m JOIN journal_assignment a "
            "ON a.id = m.assignment_id WHERE a.lesson_id = ? "
            "UNION ALL SELECT version FROM journal_attendance WHERE lesson_id = ?",
            [at.id, at.id],
        )
    )


# --- notes of parents --------------------------------------------------------------------------


def test_an_accepted_note_becomes_an_absence(school: SmallSchool, lesson: Any) -> None:
    at = lesson()
    note = services.send_note(
        school.actor("parent"), school.persons["pupil"], starts=TUESDAY, ends=TUESDAY,
        reason="Температура",
    )  # fmt: skip
    with pytest.raises(NotThere):
        services.accept_note(school.actor("teacher"), note.id, code="Б", version=1)
    services.accept_note(school.actor("class_teacher"), note.id, code="Б", version=1)
    assert codes(school) == {at.id: "Б"}
    with pytest.raises(Conflict):
        services.decline_note(school.actor("deputy"), note.id, answer="Нет", version=2)


def test_a_note_about_somebody_elses_child_is_refused(school: SmallSchool) -> None:
    with pytest.raises(NotThere):
        services.send_note(
            school.actor("other_parent"), school.persons["pupil"], starts=TUESDAY, ends=TUESDAY,
            reason="Болеет",
        )  # fmt: skip


def test_a_declined_note_carries_the_words_of_the_class_teacher(school: SmallSchool) -> None:
    note = services.send_note(
        school.actor("parent"), school.persons["pupil"], starts=TUESDAY, ends=TUESDAY,
        reason="Поездка",
    )  # fmt: skip
    with pytest.raises(Invalid):
        services.decline_note(school.actor("class_teacher"), note.id, answer=" ", version=1)
    services.decline_note(
        school.actor("class_teacher"), note.id, answer="Нужно заявление", version=1
    )
    with pytest.raises(Conflict):
        services.withdraw_note(school.actor("parent"), school.persons["pupil"], note.id)


# --- pages -------------------------------------------------------------------------------------


def test_the_class_teacher_enters_an_absence_from_the_day_of_the_class(
    school: SmallSchool, lesson: Any, login_as: Any, statements: Any
) -> None:
    at = lesson()
    client, address = login_as("class_teacher"), f"/journal/day/{school.ids['5А']}/2026-11-24"
    answer = client.post(
        address,
        data={"pupil": school.persons["pupil"], "starts": "2026-11-24", "ends": "2026-11-27",
              "code": "Б", "certificate": "17"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert codes(school) == {at.id: "Б"}
    with statements() as seen:
        page = client.get(address).text
    assert "Б, 24 ноября — 27 ноября" in page
    assert len(seen) <= 12


def test_a_days_page_tells_what_is_wrong_and_keeps_what_was_typed(
    school: SmallSchool, login_as: Any
) -> None:
    answer = login_as("medical").post(
        f"/journal/day/{school.ids['5А']}/2026-11-24",
        data={"pupil": school.persons["pupil"], "starts": "2026-11-24", "ends": "2026-11-25",
              "code": "Б"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Укажите номер справки" in answer.text
    assert 'value="2026-11-25"' in answer.text


def test_a_code_of_an_absence_is_no_news_to_the_family(
    school: SmallSchool, lesson: Any, absent: Any, put: Any
) -> None:
    from asurso_journal.notices import _ABSENT

    at, other = lesson(number=1), lesson(number=2)
    put("teacher", other, "pupil", "НП")
    absent("class_teacher", "pupil")
    assert rows(_ABSENT, [at.id, school.persons["pupil"]]) == []
    assert len(rows(_ABSENT, [other.id, school.persons["pupil"]])) == 1


def test_reasons_that_are_not_known_are_asked_for_after_some_days(
    school: SmallSchool, lesson: Any, put: Any, clock: Any
) -> None:
    put("teacher", lesson(), "pupil", "ОТ")
    reasons = absence_rows.own_unknown_reasons
    assert reasons(school.actor("class_teacher")) == []
    clock.move("2026-11-27")
    assert [one["lessons"] for one in reasons(school.actor("class_teacher"))] == [1]
    assert reasons(school.actor("teacher")) == []


def test_a_note_goes_to_the_class_teacher_and_its_answer_to_the_parent(school: SmallSchool) -> None:
    note = services.send_note(
        school.actor("parent"), school.persons["pupil"], starts=TUESDAY, ends=TUESDAY,
        reason="Температура",
    )  # fmt: skip
    work()
    services.accept_note(school.actor("class_teacher"), note.id, code="Б", version=1)
    work()
    told = rows("SELECT person_id, kind FROM core_notice WHERE kind LIKE ?", ["journal.absence_%"])
    assert sorted(told) == sorted(
        [
            (school.persons["class_teacher"], "journal.absence_note"),
            (school.persons["parent"], "journal.absence_decided"),
        ]
    )


def work() -> None:
    """Do what a worker does now: facts are handed on, their jobs are run."""
    queue.fan_out()
    for number in queue.due():
        attempts.attend(number, 7)


def test_the_card_of_a_lesson_ahead_tells_who_is_known_to_be_absent(
    school: SmallSchool, absent: Any, lesson: Any, login_as: Any
) -> None:
    friday = Day(2026, 11, 27)
    at = lesson(date="2026-11-27", number=2)
    absent("class_teacher", "pupil", TUESDAY, friday, last_lesson=2)
    absent("class_teacher", "pupil_2", TUESDAY, friday, last_lesson=1)
    told = {one["id"]: one["away"] for one in queries.card(school.actor("teacher"), at.id).pupils}
    assert told[school.persons["pupil"]] == ("Б", friday)
    assert told[school.persons["pupil_2"]] is None
    assert "Б до 27 нояб" in login_as("teacher").get(f"/journal/lesson/{at.id}").text
