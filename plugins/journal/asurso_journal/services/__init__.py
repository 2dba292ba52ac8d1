"""Everything that changes the journal: one function for each deed."""

from __future__ import annotations

from asurso_journal.services.cells import Edit, apply_edits
from asurso_journal.services.lessons import (
    add_assignment,
    confirm_attendance,
    remove_assignment,
    set_lesson_note,
    update_assignment,
)
from asurso_journal.services.vocabulary import install_vocabulary

__all__ = [
    "Edit",
    "add_assignment",
    "apply_edits",
    "confirm_attendance",
    "install_vocabulary",
    "remove_assignment",
    "set_lesson_note",
    "update_assignment",
]
