"""Everything that changes mail: one function for each deed."""

from __future__ import annotations

from asurso_mail.services.confirming import ask, confirm, withdraw
from asurso_mail.services.drafts import Letter, add_files, discard, drop_file, save_draft
from asurso_mail.services.keeping import clean, empty_trash, forget_person
from asurso_mail.services.moderation import decide, lift, report
from asurso_mail.services.sending import Confirm, index_again, send, send_from_school
from asurso_mail.services.sorting import (
    delete_for_good,
    drop_folder,
    make_folder,
    mark,
    move,
    rename_folder,
    restore,
    trash,
)

__all__ = [
    "Confirm",
    "Letter",
    "add_files",
    "ask",
    "clean",
    "confirm",
    "decide",
    "delete_for_good",
    "discard",
    "drop_file",
    "drop_folder",
    "empty_trash",
    "forget_person",
    "index_again",
    "lift",
    "make_folder",
    "mark",
    "move",
    "rename_folder",
    "report",
    "restore",
    "save_draft",
    "send",
    "send_from_school",
    "trash",
    "withdraw",
]
