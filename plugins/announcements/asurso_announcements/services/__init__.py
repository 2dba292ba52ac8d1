"""Everything that changes the board: one function for each deed."""

from __future__ import annotations

from asurso_announcements.services.feeds import make_feed, revoke_feed
from asurso_announcements.services.readers import acknowledge, mark_all_read, mark_read
from asurso_announcements.services.telling import remind, tell_due
from asurso_announcements.services.writing import Content, delete, publish, restore, save

__all__ = [
    "Content",
    "acknowledge",
    "delete",
    "make_feed",
    "mark_all_read",
    "mark_read",
    "publish",
    "remind",
    "restore",
    "revoke_feed",
    "save",
    "tell_due",
]
