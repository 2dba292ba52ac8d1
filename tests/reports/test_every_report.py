"""Which tests hold the figures of a report: one computed by hand, one against bare rows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from asurso_core import plugins
from asurso_core.hookspecs.collect import asurso_reports
from tests.reports.plain import COMPARED

ROOT = Path(__file__).parents[2]
JOURNAL = "plugins/journal/tests/test_reports_golden.py"
KERNEL = "tests/core/test_standard_reports.py"
TIMETABLE = "plugins/timetable/tests/test_substitutions.py"
#: The small school, by hand.
GOLDEN = {
    "journal.pupil.finals": (JOURNAL, "test_final_marks_of_a_pupil"),
    "journal.pupil.averages": (JOURNAL, "test_averages_of_a_pupil_beside_the_class"),
    "journal.pupil.dynamics": (JOURNAL, "test_dynamics_of_a_pupil_who_changed_the_class"),
    "journal.pupil.works": (JOURNAL, "test_works_and_marks_of_a_pupil"),
    "journal.pupil.progress": (JOURNAL, "test_marks_and_attendance_of_a_pupil"),
    "journal.pupil.class": (JOURNAL, "test_a_pupil_beside_the_class"),
    "journal.class.teacher": (JOURNAL, "test_the_report_of_a_class_teacher"),
    "journal.class.forecast": (JOURNAL, "test_the_forecast_takes_averages_where_no_mark_was_put"),
    "journal.class.results": (JOURNAL, "test_results_of_a_class"),
    "journal.class.summary": (JOURNAL, "test_the_summary_sheet"),
    "journal.class.attendance": (JOURNAL, "test_attendance_of_a_class"),
    "journal.class.current": (JOURNAL, "test_averages_of_a_class_so_far"),
    "journal.class.absent": (JOURNAL, "test_who_is_absent"),
    "journal.class.dynamics": (JOURNAL, "test_how_the_average_of_a_class_changes"),
    "journal.class.subjects": (JOURNAL, "test_subjects_of_a_class_compared"),
    "journal.class.debts": (JOURNAL, "test_debts_of_a_class"),
    "journal.class.homework": (JOURNAL, "test_homework_of_a_class"),
    "journal.teacher.period": (JOURNAL, "test_the_report_of_a_subject_teacher"),
    "journal.teacher.years": (JOURNAL, "test_marks_of_a_teacher_over_the_years"),
    "journal.teacher.density": (JOURNAL, "test_how_many_marks_there_are"),
    "journal.teacher.programme": (
        "plugins/journal/tests/test_programme.py",
        "test_hours_given_are_compared_with_the_weekly_ones",
    ),
    "journal.school.results": (JOURNAL, "test_results_of_the_school"),
    "journal.school.parallel": (JOURNAL, "test_classes_of_a_parallel_compared"),
    "journal.school.subject": (JOURNAL, "test_results_of_a_subject"),
    "journal.school.lists": (JOURNAL, "test_lists_of_the_school"),
    "journal.school.periods": (JOURNAL, "test_periods_compared"),
    "journal.school.attendance": (JOURNAL, "test_attendance_of_the_school"),
    "journal.school.control": (JOURNAL, "test_how_journals_are_kept"),
    "journal.access.pupil": (JOURNAL, "test_access_to_the_journal_of_a_pupil"),
    "journal.access.class": (JOURNAL, "test_access_to_the_journal_of_a_class"),
    "journal.access.unusual": (JOURNAL, "test_changes_outside_the_usual_time"),
    "timetable.substitutions": (
        TIMETABLE, "test_the_journal_of_substitutions_holds_every_one_of_its_days",
    ),
    "timetable.sheet": (TIMETABLE, "test_the_sheet_counts_lessons_by_payment"),
    "core.class_list": (
        KERNEL, "test_a_class_list_holds_the_pupils_of_today_and_notes_that_dates_were_read",
    ),
    "core.class_accounts": (
        KERNEL, "test_a_mother_who_bears_the_name_of_her_daughter_is_no_pupil",
    ),
    "core.class_sizes": (
        KERNEL, "test_a_class_is_as_full_as_its_members_and_the_departed_are_out",
    ),
    "core.activity": (
        KERNEL, "test_activity_counts_who_signed_in_and_which_families_are_reached",
    ),
    "sms.costs": (
        "plugins/sms/tests/test_messages.py",
        "test_the_report_counts_what_left_by_month_purpose_and_class",
    ),
    "portfolio.achievements": (
        "plugins/portfolio/tests/test_report.py",
        "test_achievements_are_counted_by_level_and_class",
    ),
    "announcements.readers": (
        "plugins/announcements/tests/test_readers.py", "test_the_report_tells_the_same",
    ),
}  # fmt: skip
#: These rest on no lessons, marks and classes of a year: what they count is made by their tests.
NOT_COMPARED = {"sms.costs", "portfolio.achievements", "announcements.readers"}


@pytest.fixture
def names(app):
    del app
    return {one.name for _owner, one in plugins.collect(asurso_reports)}


def test_every_report_has_figures_computed_by_hand(names):
    assert set(GOLDEN) == names


def test_every_report_is_compared_with_figures_made_of_bare_rows(names):
    assert set(COMPARED) == names - NOT_COMPARED


def test_the_tests_that_are_named_are_there():
    for file, name in GOLDEN.values():
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, name
