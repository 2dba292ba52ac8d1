"""Kinds of works and codes of attendance that the school changes: no cell is lost by it."""

from __future__ import annotations

from typing import Any

import pytest

from asurso_core import audit
from asurso_core import clock as clocks
from asurso_core.audit_chain import Report, verify_witnesses
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.health import OK
from asurso_core.school import TeachingGroup
from asurso_journal.checks import CHECKS
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    AssignmentTypeSubject,
    Attendance,
    AttendanceCode,
)
from asurso_journal.pupil_rows import attendance_of_pupil
from asurso_journal.queries import card, grid_page, history
from asurso_journal.services import (
    add_assignment,
    archive_code,
    archive_work_type,
    restore_codes,
    restore_work_types,
    revert,
    save_code,
    save_work_type,
    update_assignment,
)


def code(name: str) -> AttendanceCode:
    found: AttendanceCode = AttendanceCode.get(AttendanceCode.code == name)
    return found


def change(who: Any, row: AttendanceCode, **more: Any) -> AttendanceCode:
    plain = {
        name: getattr(row, name)
        for name in ("letter", "name", "missed", "excused", "illness", "allows_mark", "position",
                     "version")
    }  # fmt: skip
    return save_code(who, row.id, **(plain | more))


def change_type(who: Any, which: str, **more: Any) -> AssignmentType:
    row = AssignmentType.get(AssignmentType.name == which)
    plain = {
        field: getattr(row, field)
        for field in ("name", "letter", "weight", "is_control", "position", "version")
    }
    return save_work_type(who, row.id, **(plain | more))


@pytest.fixture
def deputy(school: Any) -> Any:
    return school.actor("deputy")


# --- codes of attendance -------------------------------------------------------------------------


def test_a_new_letter_is_typed_and_shown_and_no_cell_is_touched(put, lesson, school, deputy):
    at = lesson()
    put("teacher", at, "pupil", "б/4")
    before = Attendance.get()
    change(deputy, code("Б"), letter="бл")
    after = Attendance.get()
    assert (after.code, after.version) == (before.code, before.version)
    teacher, group = school.actor("teacher"), school.ids["maths_5a"]
    page = grid_page(teacher, group, None)
    assert {row[2] for row in page.grid.codes} == {"БЛ"}
    shown = next(one for one in card(teacher, at.id).pupils if one["cells"][0]["text"])
    assert shown["cells"][0]["text"] == "БЛ/4"
    assert [one["after"] for one in history(teacher, at.id, 0, school.persons["pupil"])["entries"]]
    rows = attendance_of_pupil(school.actor("parent"), school.persons["pupil"], at.date, at.date)
    assert [(one.code, one.illness) for one in rows] == [("БЛ", True)]
    assert put("teacher", at, "pupil_2", "бл")["value"] == "БЛ"
    assert put("teacher", at, "pupil_2", "б", 1)["state"] == "invalid"
    assert {row.code for row in Attendance.select()} == {"Б"}


def test_the_history_agrees_with_the_cells_after_letters_changed_places(
    put, lesson, school, deputy
):
    at = lesson()
    put("teacher", at, "pupil", "б")
    put("teacher", at, "pupil_2", "уп")
    change(deputy, code("Б"), letter="Х")
    change(deputy, code("УП"), letter="Б")
    change(deputy, code("Б"), letter="УП")
    assert put("teacher", at, "pupil", "уп/5", 1)["value"] == "УП/5"
    assert [row.code for row in Attendance.select().order_by(Attendance.id)] == ["Б", "УП"]
    told = history(school.actor("teacher"), at.id, 0, school.persons["pupil_2"])
    assert told["entries"][0]["after"] == "Б"  # in the letters of today
    report = Report()
    verify_witnesses(report)
    assert report.faults == []


def test_what_an_account_changed_comes_back_though_letters_changed(
    put, lesson, school, deputy, clock
):
    at = lesson()
    put("teacher", at, "pupil", "б")
    clock.move("2026-11-24T13:00")
    since = clocks.stamp()
    put("teacher", at, "pupil", "нп", 1)
    change(deputy, code("Б"), letter="Х")
    change(deputy, code("НП"), letter="Б")
    done, _left = revert(
        deputy, school.users["teacher"], since, clocks.stamp(), reason="Пароль украден",
        operation="letters-changed-places",
    )  # fmt: skip
    assert (done, Attendance.get().code) == (1, "Б")


def test_a_letter_of_a_code_in_use_or_of_a_mark_is_refused(school, deputy):
    for letter in ("уп", "зач", "5", "Б/", "абвгд", ""):
        with pytest.raises(Invalid):
            change(deputy, code("Б"), letter=letter)
    assert code("Б").version == 1


def test_a_code_of_the_schools_own_may_bear_a_letter_that_was_given_up(put, lesson, deputy):
    change(deputy, code("Б"), letter="БЛ")
    own = save_code(
        deputy, None, letter="б", name="Был на соревнованиях", missed=True, excused=True,
        illness=False, allows_mark=False, position=70,
    )  # fmt: skip
    at = lesson()
    assert put("teacher", at, "pupil", "б")["value"] == "Б"
    assert Attendance.get().code == own.code != "Б"
    assert put("teacher", at, "pupil", "б/4", 1)["state"] == "invalid"


def test_an_archived_code_stays_where_it_stands_and_is_put_nowhere_else(put, lesson, deputy):
    at = lesson()
    put("teacher", at, "pupil", "нп")
    archive_code(deputy, code("НП").id, archived=True)
    assert put("teacher", at, "pupil", "нп/3", 1)["state"] == "saved"
    assert put("teacher", at, "pupil_2", "нп")["state"] == "invalid"
    with pytest.raises(Invalid):
        archive_code(deputy, code("ОТ").id, archived=True)


def test_lateness_that_the_school_counts_as_missed_enters_the_numbers(put, lesson, deputy):
    at = lesson()
    assert put("teacher", at, "pupil", "оп")["averages"]
    change(deputy, code("ОП"), missed=True)
    told = put("teacher", at, "pupil", "оп/5", 1)["averages"]
    assert [one["missed"] for one in told.values()] == [1]


def test_meanings_that_contradict_themselves_are_refused(deputy):
    with pytest.raises(Invalid):
        change(deputy, code("Б"), missed=False)
    with pytest.raises(Invalid):
        change(deputy, code("ОТ"), missed=False)
    assert change(deputy, code("НП"), illness=True).excused


def test_the_usual_codes_come_back_and_own_ones_stay(deputy):
    change(deputy, code("Б"), letter="Х")
    change(deputy, code("УП"), letter="Б", name="По заявлению")
    change(deputy, code("Б"), letter="УП")
    archive_code(deputy, code("ОП").id, archived=True)
    own = save_code(
        deputy, None, letter="С", name="Соревнования", missed=True, excused=True, illness=False,
        allows_mark=True, position=70,
    )  # fmt: skip
    assert restore_codes(deputy) == 3
    assert [code(one).letter for one in ("Б", "УП", "ОП")] == ["Б", "УП", "ОП"]
    assert not code("ОП").archived
    assert AttendanceCode.get_by_id(own.id).letter == "С"
    assert restore_codes(deputy) == 0


def test_of_two_who_change_a_code_the_second_is_told(deputy):
    seen = code("Б")
    change(deputy, seen, name="Болел")
    with pytest.raises(Conflict) as refused:
        change(deputy, seen, name="Болела")
    assert refused.value.details["other"]["name"] == "Болел"
    entry = audit.AuditEntry.select().order_by(audit.AuditEntry.id.desc()).get()
    assert (entry.kind, entry.before, entry.after) == (
        "journal.vocabulary", {"name": "Отсутствовал по болезни"}, {"name": "Болел"},
    )  # fmt: skip


# --- kinds of works ------------------------------------------------------------------------------


def test_a_kind_of_one_subject_is_offered_and_taken_in_its_journals_only(lesson, school, deputy):
    subject = TeachingGroup.get_by_id(school.ids["english_5a_1"]).subject_id
    kind = change_type(deputy, "Контроль аудирования", subjects=[subject])
    maths, english = lesson(), lesson("english_5a_1", number=2)
    teacher, linguist = school.actor("teacher"), school.actor("english_1")
    offered = {one["id"] for one in card(teacher, maths.id).types if one["fits"]}
    assert kind.id not in offered
    assert kind.id in {one["id"] for one in card(linguist, english.id).types if one["fits"]}
    with pytest.raises(Invalid):
        add_assignment(teacher, maths.id, type_id=kind.id)
    assert add_assignment(linguist, english.id, type_id=kind.id).weight == kind.weight


def test_a_work_keeps_a_kind_that_no_longer_fits(lesson, school, deputy):
    at, teacher = lesson(), school.actor("teacher")
    kind = AssignmentType.get(AssignmentType.name == "Диктант")
    work = add_assignment(teacher, at.id, type_id=kind.id)
    archive_work_type(deputy, kind.id, archived=True)
    assert kind.id in {one["id"] for one in card(teacher, at.id).types}
    changed = update_assignment(
        teacher, work.id, type_id=kind.id, title="Осень", weight=2, version=work.version
    )
    assert changed.title == "Осень"
    with pytest.raises(Invalid):
        add_assignment(teacher, at.id, type_id=kind.id)


def test_a_first_mark_is_put_for_the_first_kind_of_all_subjects(put, lesson, deputy):
    change_type(deputy, "Ответ на уроке", name="Устный ответ", position=500)
    put("teacher", lesson(), "pupil", "5")
    assert Assignment.get().type.name == "Работа на уроке"


def test_a_new_weight_holds_for_new_works_only(lesson, school, deputy):
    at, teacher = lesson(), school.actor("teacher")
    kind = AssignmentType.get(AssignmentType.name == "Контрольная работа")
    old = add_assignment(teacher, at.id, type_id=kind.id)
    change_type(deputy, kind.name, weight=5)
    new = add_assignment(teacher, at.id, type_id=kind.id)
    assert (type(old).get_by_id(old.id).weight, new.weight) == (3, 5)


def test_one_kind_for_all_subjects_is_always_left(school, deputy):
    names = [row.name for row in AssignmentType.select()]
    for name in names[1:]:
        archive_work_type(deputy, AssignmentType.get(AssignmentType.name == name).id, archived=True)
    with pytest.raises(Invalid):
        archive_work_type(
            deputy, AssignmentType.get(AssignmentType.name == names[0]).id, archived=True
        )
    subject = TeachingGroup.get_by_id(school.ids["maths_5a"]).subject_id
    with pytest.raises(Invalid):
        change_type(deputy, names[0], subjects=[subject])
    assert CHECKS[0].run().level == OK


def test_names_and_letters_of_kinds_in_use_are_different(deputy):
    for wrong in ({"name": "диктант"}, {"letter": "н"}, {"letter": "1"}, {"weight": 101}):
        with pytest.raises(Invalid):
            change_type(deputy, "Сочинение", **wrong)


def test_the_usual_kinds_come_back(school, deputy):
    subject = TeachingGroup.get_by_id(school.ids["maths_5a"]).subject_id
    change_type(deputy, "Диктант", letter="ДИК", weight=1, subjects=[subject])
    change_type(deputy, "Сочинение", name="Эссе")
    with pytest.raises(Invalid):  # «Эссе» bears the letter of «Сочинение» now
        restore_work_types(deputy)
    change_type(deputy, "Эссе", letter="ЭС")
    assert restore_work_types(deputy) == 2
    row = AssignmentType.get(AssignmentType.name == "Диктант")
    assert (row.letter, row.weight) == ("Н", 2)
    assert not AssignmentTypeSubject.select().exists()
    assert (
        AssignmentType.select().where(AssignmentType.name.in_(["Сочинение", "Эссе"])).count() == 2
    )


# --- pages and rights ----------------------------------------------------------------------------


def test_teachers_do_not_change_vocabularies(school, client, login_as):
    with pytest.raises(Refused):
        change(school.actor("teacher"), code("Б"), letter="Х")
    assert login_as("teacher").get("/journal/vocabulary/works").status_code == 403


def test_a_deputy_changes_a_letter_on_the_page(login_as, put, lesson):
    browser = login_as("deputy")
    row = code("Б")
    form = {"letter": "бл", "name": row.name, "missed": "y", "illness": "y", "allows_mark": "y",
            "position": "30", "version": "1"}  # fmt: skip
    address = f"/journal/vocabulary/codes/{row.id}"
    assert browser.post(address, data=form).status_code == 303
    assert "БЛ" in browser.get("/journal/vocabulary/codes").get_data(as_text=True)
    again = browser.post(address, data=form | {"letter": "бол"})
    assert again.status_code == 409
    assert code("Б").letter == "БЛ"
    wrong = browser.post(address, data=form | {"letter": "уп", "version": "2"})
    assert (wrong.status_code, "занята" in wrong.get_data(as_text=True)) == (422, True)


def test_lists_of_vocabularies_cost_the_same_however_long(login_as, queries):
    browser = login_as("deputy")
    for page in ("works", "codes"):
        browser.get(f"/journal/vocabulary/{page}")
        with queries(9):
            assert browser.get(f"/journal/vocabulary/{page}").status_code == 200
