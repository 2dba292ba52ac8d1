"""A report is put on the board: a draft with its PDF, for nobody before it is published."""

from __future__ import annotations

from asurso_announcements.models import Announcement, Target
from asurso_core import files


def test_a_report_becomes_a_draft_of_an_announcement_with_its_paper(school, login_as):
    browser = login_as("deputy")
    answer = browser.post("/reports/core.class_sizes/keep", data={"send": "announcements.board"})
    row = Announcement.get()
    assert answer.location.endswith(f"/announcements/{row.id}/edit")
    assert (row.state, row.title) == ("draft", "Наполняемость классов")
    assert not Target.select().exists()
    (paper,) = files.of_target(f"announcements.announcement:{row.id}")
    assert paper.name.endswith(".pdf")
    assert "Наполняемость классов.pdf" in browser.get(answer.location).text
