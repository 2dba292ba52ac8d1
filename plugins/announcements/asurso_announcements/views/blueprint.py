"""The blueprint that the pages of the board share, and what they all do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from asurso_core import files

pages = Blueprint("announcements", __name__)


@pages.context_processor
def _files() -> dict[str, Any]:
    """Words about files for the templates."""
    return {"file_url": files.url, "file_size": files.in_words}
