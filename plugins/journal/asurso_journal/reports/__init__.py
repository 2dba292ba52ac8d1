"""Standard reports of the journal (features.md 4.3 to 4.5)."""

from __future__ import annotations

from typing import Any

from asurso_journal.reports import access_log, programme, pupil, school, school_class, teacher

REPORTS: list[Any] = [
    *pupil.REPORTS, *school_class.REPORTS, *teacher.REPORTS, *programme.REPORTS,
    *school.REPORTS, *access_log.REPORTS
]  # fmt: skip
