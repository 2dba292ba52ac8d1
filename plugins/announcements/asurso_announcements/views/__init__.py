"""Pages of the board, by subject."""

from __future__ import annotations

from asurso_announcements.views import feeds, reading, writing
from asurso_announcements.views.blueprint import pages

del feeds, reading, writing

__all__ = ["pages"]
