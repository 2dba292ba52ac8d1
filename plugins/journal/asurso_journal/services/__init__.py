"""Everything that changes the journal: one function for each deed."""

from __future__ import annotations

from asurso_journal.services.absences import (
    add_absence,
    change_absence,
    may_enter,
    reason_codes,
    remove_absence,
    settle_classes,
    settle_today,
)
from asurso_journal.services.cells import Edit, apply_edits
from asurso_journal.services.closing import close_period, end_unlock, reopen_period, unlock
from asurso_journal.services.comments import read_comments
from asurso_journal.services.finals import (
    FinalEdit,
    apply_all,
    fill_suggested,
    put_finals,
    undo_fill,
)
from asurso_journal.services.lessons import (
    add_assignment,
    confirm_attendance,
    remove_assignment,
    set_lesson_note,
    update_assignment,
)
from asurso_journal.services.marking import set_marking
from asurso_journal.services.notes import accept_note, decline_note, send_note, withdraw_note
from asurso_journal.services.reverting import Reverting, revert, would_revert
from asurso_journal.services.tasks import (
    accept_answer,
    drop_task_file,
    hand_in,
    remove_task,
    return_answer,
    set_task,
)
from asurso_journal.services.undoing import Act, own_acts, undo
from asurso_journal.services.vocabulary import (
    archive_code,
    archive_work_type,
    install_vocabulary,
    restore_codes,
    restore_work_types,
    save_code,
    save_work_type,
)

__all__ = [
    "read_comments",
    "set_marking",
    "set_task",
    "return_answer",
    "remove_task",
    "hand_in",
    "drop_task_file",
    "accept_answer",
    "withdraw_note",
    "settle_today",
    "settle_classes",
    "send_note",
    "remove_absence",
    "reason_codes",
    "may_enter",
    "decline_note",
    "change_absence",
    "add_absence",
    "accept_note",
    "Act",
    "Edit",
    "FinalEdit",
    "Reverting",
    "add_assignment",
    "apply_all",
    "apply_edits",
    "archive_code",
    "archive_work_type",
    "close_period",
    "confirm_attendance",
    "end_unlock",
    "fill_suggested",
    "install_vocabulary",
    "own_acts",
    "put_finals",
    "remove_assignment",
    "reopen_period",
    "restore_codes",
    "restore_work_types",
    "revert",
    "save_code",
    "save_work_type",
    "set_lesson_note",
    "undo",
    "undo_fill",
    "unlock",
    "update_assignment",
    "would_revert",
]
