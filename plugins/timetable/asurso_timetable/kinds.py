"""Words for the deeds that the plugin records."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="timetable.bells_made", title=_l("Bells added")),
    AuditKind(name="timetable.bells_changed", title=_l("Bells changed")),
    AuditKind(name="timetable.bells_assigned", title=_l("Bells given to classes")),
    AuditKind(name="timetable.grid_made", title=_l("Weekly grid added")),
    AuditKind(name="timetable.grid_deleted", title=_l("Weekly grid deleted")),
    AuditKind(name="timetable.entry_placed", title=_l("Weekly lesson placed")),
    AuditKind(name="timetable.entry_moved", title=_l("Weekly lesson moved")),
    AuditKind(name="timetable.entry_removed", title=_l("Weekly lesson removed")),
    AuditKind(name="timetable.entry_undone", title=_l("Change of the weekly grid undone")),
    AuditKind(name="timetable.lesson_added", title=_l("Lesson added by hand")),
    AuditKind(name="timetable.lesson_moved", title=_l("Lesson moved")),
    AuditKind(name="timetable.lesson_cancelled", title=_l("Lesson cancelled")),
    AuditKind(name="timetable.lesson_restored", title=_l("Lesson restored")),
    AuditKind(name="timetable.lesson_deleted", title=_l("Lesson deleted")),
    AuditKind(name="timetable.substituted", title=_l("Substitute appointed")),
    AuditKind(name="timetable.substitution_ended", title=_l("Substitution taken back")),
    AuditKind(name="timetable.generated", title=_l("Lessons made from the weekly grid")),
]
