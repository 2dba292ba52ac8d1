"""Pages of the forum, by subject."""

from __future__ import annotations

from asurso_forum.views import moderation, reading, sections, writing
from asurso_forum.views.blueprint import forum

del moderation, reading, sections, writing

__all__ = ["forum"]
