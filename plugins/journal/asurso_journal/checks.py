"""What ``asurso doctor`` looks at in the journal."""

from __future__ import annotations

from asurso_core.health import FAILURE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_journal.models import AssignmentType, AttendanceCode
from asurso_journal.services.vocabulary import ANSWER


def _vocabulary() -> Finding:
    names = {row.name for row in AssignmentType.select() if not row.archived}
    if not names or not AttendanceCode.select().exists():
        return Finding(
            level=FAILURE,
            text=_("Types of works or attendance codes are missing. Run: asurso init"),
        )
    if ANSWER not in names:
        return Finding(
            level=WARNING,
            text=_("The type of an ordinary answer is missing; the first type is used instead."),
        )
    return Finding(level=OK, text=_("Types of works and attendance codes are there."))


CHECKS = [HealthCheck(name="J01", title=_l("Vocabularies of the journal"), run=_vocabulary)]
