"""Everything that changes the forum: one function for each deed."""

from __future__ import annotations

from asurso_forum.services.messages import delete, edit, own_message, write
from asurso_forum.services.moderation import dismiss, hide, report, restore
from asurso_forum.services.own import mark_read, mark_section_read, react, subscribe, vote
from asurso_forum.services.sections import save_section
from asurso_forum.services.topics import change_topic, delete_topic, open_topic, restore_topic

__all__ = [
    "change_topic",
    "delete",
    "delete_topic",
    "dismiss",
    "edit",
    "hide",
    "mark_read",
    "mark_section_read",
    "open_topic",
    "own_message",
    "react",
    "report",
    "restore",
    "restore_topic",
    "save_section",
    "subscribe",
    "vote",
    "write",
]
