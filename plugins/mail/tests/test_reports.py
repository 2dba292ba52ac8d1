"""A report leaves as a letter: a draft with its PDF, nothing before somebody sends it."""

from __future__ import annotations

from asurso_core import files
from asurso_core.audit import AuditEntry
from asurso_core.reports.models import ReportSnapshot
from asurso_mail.models import Attachment, Copy, Message

KEEP = "/reports/core.class_sizes/keep"


def test_a_report_becomes_a_draft_with_its_paper_and_goes_to_nobody_yet(school, login_as):
    answer = login_as("deputy").post(KEEP, data={"send": "mail.letter"})
    copy = Copy.get()
    assert answer.location.endswith(f"/mail/draft/{copy.id}")
    message = Message.get()
    assert (message.sent_at, message.author_id) == (None, school.persons["deputy"])
    row = files.StoredFile.get_by_id(Attachment.get().file)
    assert row.name == "Наполняемость классов.pdf"
    assert row.type == "application/pdf"


def test_sending_keeps_the_report_and_is_written_down(school, login_as):
    login_as("deputy").post(KEEP, data={"send": "mail.letter"})
    kept = ReportSnapshot.get()
    entry = AuditEntry.get(AuditEntry.kind == "core.report_passed_on")
    assert entry.target == f"core.report:{kept.id}"
    assert entry.after["digest"] == kept.digest


def test_whoever_has_no_mailbox_is_offered_no_letter(school, login_as, plugins):
    plugins.disable("mail")
    browser = login_as("deputy")
    assert "Письмом" not in browser.get("/reports/core.class_sizes").text
    assert browser.post(KEEP, data={"send": "mail.letter"}).status_code == 404
    assert not AuditEntry.select().where(AuditEntry.kind == "core.report_passed_on").exists()


def test_a_paper_that_does_not_fit_is_told_and_leaves_no_draft(school, login_as, monkeypatch):
    monkeypatch.setattr("asurso_mail.policy.MOST_FILES", 0)
    browser = login_as("deputy")
    page = browser.post(KEEP, data={"send": "mail.letter"}, follow_redirects=True).text
    assert "К одному письму можно приложить" in page
    assert not Message.select().exists()


def test_nobody_sends_a_kept_report_of_somebody_else(school, login_as):
    login_as("deputy").post(KEEP)
    url = f"/reports/kept/{ReportSnapshot.get().id}/send"
    assert login_as("teacher").post(url, data={"send": "mail.letter"}).status_code == 404
    assert login_as("parent").post(url, data={"send": "mail.letter"}).status_code == 403
    assert not Message.select().exists()
