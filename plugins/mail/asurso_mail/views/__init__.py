"""Pages of mail, by subject."""

from __future__ import annotations

from asurso_mail.views import boxes, email, letters, moderation, people, writing
from asurso_mail.views.blueprint import mail

del boxes, email, letters, moderation, people, writing

__all__ = ["mail"]
