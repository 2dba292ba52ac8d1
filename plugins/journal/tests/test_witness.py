"""Marks changed behind the program's back are named (T33)."""

from __future__ import annotations

from asurso_core import audit_chain
from asurso_core.db import run, transaction
from asurso_journal.models import Attendance, Mark
from asurso_journal.services import remove_assignment


def found(*, invented: bool = False) -> list[str]:
    report = audit_chain.Report()
    audit_chain.verify_witnesses(report, invented=invented)
    return [one.kind for one in report.faults]


def test_marks_that_nobody_touched_are_found_sound(put, lesson, work):
    at = lesson()
    put("teacher", at, "pupil", "5")
    put("teacher", at, "pupil_2", "ОТ/3")
    side = work(at, position=1)
    put("teacher", at, "pupil", "4", assignment=side.id)
    put("teacher", at, "pupil", "", assignment=side.id, version=1)
    report = audit_chain.Report()
    audit_chain.verify_witnesses(report)
    assert (report.faults, report.judged) == ([], 3)


def test_a_mark_changed_by_hand_is_named(put, lesson):
    put("teacher", lesson(), "pupil", "3")
    run("UPDATE journal_mark SET value = '5'")
    report = audit_chain.Report()
    audit_chain.verify_witnesses(report)
    (fault,) = report.faults
    assert fault.kind == "contradicted"
    assert "«5»" in fault.text
    assert "«3»" in fault.text


def test_a_removed_or_invented_mark_and_a_changed_comment_are_named(put, lesson, school):
    at = lesson()
    put("teacher", at, "pupil", "3")
    mark = Mark.get()
    with transaction():
        run("UPDATE journal_mark SET comment = 'x'")
    assert found() == ["contradicted"]
    run("DELETE FROM journal_mark")
    assert found() == ["contradicted"]
    Mark.create(assignment=mark.assignment_id, pupil=mark.pupil_id, year=mark.year_id, value="3")
    Mark.create(
        assignment=mark.assignment_id, pupil=school.persons["pupil_2"], year=mark.year_id, value="5"
    )
    assert found() == ["unrecorded"]
    assert found(invented=True) == []


def test_an_absence_put_by_hand_is_named(put, lesson, school):
    at = lesson()
    put("teacher", at, "pupil", "5")
    year = Mark.get().year_id
    Attendance.create(lesson=at, pupil=school.persons["pupil"], year=year, code="УП")
    assert found() == ["contradicted"]


def test_a_side_column_that_became_the_main_one_is_no_fault(put, lesson, work, school):
    at = lesson()
    main, side = work(at), work(at, position=1)
    put("teacher", at, "pupil", "УП")
    put("teacher", at, "pupil", "4", assignment=side.id)
    remove_assignment(school.actor("teacher"), main.id)
    assert found() == []
