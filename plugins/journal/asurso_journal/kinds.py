"""Words for the deeds that the journal records."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="journal.cell", title=_l("A mark or attendance was changed")),
    AuditKind(name="journal.final", title=_l("A period, year or final mark was changed")),
    AuditKind(name="journal.period_closed", title=_l("A study period was closed or opened again")),
    AuditKind(name="journal.reverted", title=_l("Changes of an account were put back")),
    AuditKind(name="journal.printed", title=_l("A paper of a class was printed")),
    AuditKind(
        name="journal.read_paper", title=_l("Particulars in a printed journal"), group="reading"
    ),
    AuditKind(name="journal.unlocked", title=_l("Closed marks were unlocked for a teacher")),
    AuditKind(name="journal.vocabulary", title=_l("A vocabulary of the journal was changed")),
    AuditKind(name="journal.note_changed", title=_l("Topic or homework was changed")),
    AuditKind(name="journal.attendance_confirmed", title=_l("Attendance was confirmed")),
    AuditKind(name="journal.work_added", title=_l("A work was added to a lesson")),
    AuditKind(name="journal.work_changed", title=_l("A work of a lesson was changed")),
    AuditKind(name="journal.work_removed", title=_l("A work was taken away from a lesson")),
    AuditKind(name="journal.absence", title=_l("An absence of days was entered or changed")),
    AuditKind(name="journal.absence_note", title=_l("A note of absence was sent or answered")),
    AuditKind(name="journal.task", title=_l("Files, days or pupils of a homework were changed")),
    AuditKind(name="journal.answer", title=_l("An answer to homework was handed in or judged")),
    AuditKind(name="journal.comment_read", title=_l("A comment on a mark was read")),
]
