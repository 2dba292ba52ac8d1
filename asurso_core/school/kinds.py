"""Words for the deeds of the school in the audit."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

_TITLES = {
    "school_changed": _l("The school card was changed"),
    "subject_created": _l("A subject was added"),
    "subject_changed": _l("A subject was changed"),
    "subject_archived": _l("A subject was moved to the archive"),
    "subject_restored": _l("A subject was brought back from the archive"),
    "room_created": _l("A room was added"),
    "room_changed": _l("A room was changed"),
    "room_archived": _l("A room was moved to the archive"),
    "room_restored": _l("A room was brought back from the archive"),
    "year_created": _l("A school year was planned"),
    "year_changed": _l("The bounds of a school year were changed"),
    "year_opened": _l("A school year was opened"),
    "year_closed": _l("A school year was closed"),
    "period_type_created": _l("Study periods were added"),
    "period_type_removed": _l("Study periods were removed"),
    "periods_changed": _l("Dates of study periods were changed"),
    "holiday_added": _l("Holidays were added"),
    "holiday_changed": _l("Holidays were changed"),
    "holiday_removed": _l("Holidays were removed"),
    "day_changed": _l("A special day of the calendar was set"),
    "day_removed": _l("A special day of the calendar was removed"),
    "calendar_filled": _l("The calendar was filled from the national one"),
    "class_created": _l("A class was added"),
    "class_changed": _l("A class was changed"),
    "class_teacher_assigned": _l("A class teacher was appointed"),
    "class_teacher_ended": _l("The duty of a class teacher ended"),
    "group_created": _l("A teaching group was added"),
    "group_changed": _l("A teaching group was changed"),
    "group_archived": _l("A teaching group was moved to the archive"),
    "group_restored": _l("A teaching group was brought back from the archive"),
    "group_teacher_assigned": _l("A teacher was given a group"),
    "group_teacher_ended": _l("A teacher's work with a group ended"),
    "pupil_enrolled": _l("A pupil was taken into a class"),
    "pupil_moved": _l("A pupil was moved to another class"),
    "pupil_left": _l("A pupil left the school"),
    "subgroup_changed": _l("A pupil's subgroup was changed"),
}

KINDS = [AuditKind(name=f"core.{deed}", title=title) for deed, title in _TITLES.items()]
