"""Who reads a pupil's diary (features.md 2.3, row "Diary")."""

from __future__ import annotations

from asurso_core.access import PERSONAL, Permission
from asurso_core.i18n import lazy_gettext as _l

VIEW = "diary.view"

PERMISSIONS = [
    Permission(
        name=VIEW,
        label=_l("Read the diary of a pupil"),
        scopes=("school", "own_class", "own_child", "own"),
        default={
            "admin": "school",
            "director": "school",
            "deputy": "school",
            "teacher": "own_class",
            "pupil": "own",
            "parent": "own_child",
        },
        risk=PERSONAL,
    ),
]
