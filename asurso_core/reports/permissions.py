"""Handing reports in, and accepting them (features.md 2.3)."""

from __future__ import annotations

from typing import Any

from asurso_core.access import Permission
from asurso_core.i18n import lazy_gettext as _l

SUBMIT = "core.reports.submit"
ACCEPT = "core.reports.accept"

PERMISSIONS: list[Any] = [
    Permission(
        name=SUBMIT,
        label=_l("Keep reports and hand them in to the deputy director"),
        default={
            "teacher": "school", "deputy": "school", "admin": "school", "director": "school",
            "secretary": "school",
        },
        edits=True,
    ),
    Permission(
        name=ACCEPT,
        label=_l("Accept reports that are handed in, or return them"),
        default={"deputy": "school", "admin": "school", "director": "school"},
        edits=True,
    ),
]  # fmt: skip
