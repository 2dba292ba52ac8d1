"""What ``asurso doctor`` looks at in the journal."""

from __future__ import annotations

from asurso_core.health import FAILURE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_journal.models import AssignmentType, AssignmentTypeSubject, AttendanceCode


def _vocabulary() -> Finding:
    limited = AssignmentTypeSubject.select(AssignmentTypeSubject.type)
    kinds = AssignmentType.select().where(AssignmentType.archived == False)  # noqa: E712 - SQL
    if not kinds.exists() or not AttendanceCode.select().exists():
        return Finding(
            level=FAILURE,
            text=_("Types of works or attendance codes are missing. Run: asurso init"),
        )
    if not kinds.where(AssignmentType.id.not_in(limited)).exists():
        return Finding(
            level=WARNING,
            text=_("No kind of work fits all subjects; first marks are put for the first kind."),
        )
    return Finding(level=OK, text=_("Types of works and attendance codes are there."))


CHECKS = [HealthCheck(name="J01", title=_l("Vocabularies of the journal"), run=_vocabulary)]
