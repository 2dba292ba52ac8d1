"""Of the demonstration school some class teachers have handed their reports in, some have not."""

from __future__ import annotations

from types import SimpleNamespace

from asurso_core.demo import handing
from asurso_core.reports.models import ReportSnapshot


def _demo(school, *titles):
    """As much of a demonstration school as the step reads."""

    def person(name):
        return SimpleNamespace(id=school.persons[name], user_id=school.users[name])

    classes = [
        SimpleNamespace(leader=person("class_teacher"), id=school.ids[one]) for one in titles
    ]
    return SimpleNamespace(staff=[person("deputy")], classes=classes)


def test_the_first_class_has_its_report_accepted_and_the_second_waits(school):
    handing.fill(_demo(school, "5А", "5Б"))
    found = ReportSnapshot.select().order_by(ReportSnapshot.id)
    assert [(row.report, row.state) for row in found] == [
        ("journal.class.teacher", "accepted"), ("journal.class.teacher", "submitted"),
    ]  # fmt: skip


def test_in_september_nothing_was_handed_in_yet(school, clock):
    clock.move("2026-09-10")
    handing.fill(_demo(school, "5А"))
    assert not ReportSnapshot.select().exists()
