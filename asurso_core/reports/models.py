"""Kept reports, and which reports somebody opens often."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts.models import User
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField


class ReportFavourite(Record):
    """A report that somebody wants at the top of the list."""

    user = ref(User, cascade=True)
    report = pw.CharField(80)

    class Meta:
        indexes = ((("user", "report"), True),)


class ReportSnapshot(Record):
    """A report as it was at a moment: its texts, their digest, and what became of it.

    ``state`` is ``result`` (made by a job, forgotten after some days), ``kept``, ``submitted``,
    ``returned`` or ``accepted``. The contents never change after they were written.
    """

    code = pw.CharField(32, unique=True)  # opens the page of verification
    report = pw.CharField(80)
    title = pw.CharField(255)
    params = JSONField()
    content = JSONField()
    digest = pw.CharField(64)
    author = ref(User, null=True)
    made_at = pw.DateTimeField()
    state = pw.CharField(10, default="kept")
    state_at = pw.DateTimeField(null=True)
    reviewer = ref(User, null=True)
    reason = pw.CharField(500, null=True)

    class Meta:
        indexes = ((("report", "state"), False),)
