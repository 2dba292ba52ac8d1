"""Words for the deeds of the school in the audit."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

_TITLES = {
    "core.school_changed": _l("The school card was changed"),
    "core.subject_created": _l("A subject was added"),
    "core.subject_changed": _l("A subject was changed"),
    "core.subject_archived": _l("A subject was moved to the archive"),
    "core.subject_restored": _l("A subject was brought back from the archive"),
    "core.room_created": _l("A room was added"),
    "core.room_changed": _l("A room was changed"),
    "core.room_archived": _l("A room was moved to the archive"),
    "core.room_restored": _l("A room was brought back from the archive"),
    "core.year_created": _l("A school year was planned"),
    "core.year_changed": _l("The bounds of a school year were changed"),
    "core.year_opened": _l("A school year was opened"),
    "core.year_closed": _l("A school year was closed"),
    "core.period_type_created": _l("Study periods were added"),
    "core.period_type_removed": _l("Study periods were removed"),
    "core.periods_changed": _l("Dates of study periods were changed"),
    "core.holiday_added": _l("Holidays were added"),
    "core.holiday_changed": _l("Holidays were changed"),
    "core.holiday_removed": _l("Holidays were removed"),
    "core.day_changed": _l("A special day of the calendar was set"),
    "core.day_removed": _l("A special day of the calendar was removed"),
    "core.calendar_filled": _l("The calendar was filled from the national one"),
    "core.class_created": _l("A class was added"),
    "core.class_changed": _l("A class was changed"),
    "core.class_teacher_assigned": _l("A class teacher was appointed"),
    "core.class_teacher_ended": _l("The duty of a class teacher ended"),
    "core.group_created": _l("A teaching group was added"),
    "core.group_changed": _l("A teaching group was changed"),
    "core.group_archived": _l("A teaching group was moved to the archive"),
    "core.group_restored": _l("A teaching group was brought back from the archive"),
    "core.group_teacher_assigned": _l("A teacher was given a group"),
    "core.group_teacher_ended": _l("A teacher's work with a group ended"),
    "core.pupil_enrolled": _l("A pupil was taken into a class"),
    "core.pupil_moved": _l("A pupil was moved to another class"),
    "core.pupil_left": _l("A pupil left the school"),
    "core.subgroup_changed": _l("A pupil's subgroup was changed"),
}

KINDS = [AuditKind(name=name, title=title) for name, title in _TITLES.items()]
