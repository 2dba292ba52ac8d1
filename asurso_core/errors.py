"""The four refusals that travel from services to views, and what each one tells the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AsursoError(Exception):
    """A refusal with words for the person who met it; ``status`` is its HTTP code."""

    status = 400
    code = "error"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotThere(AsursoError):
    """404: it does not exist, or the actor may not even know that it does."""

    status = 404
    code = "not_there"


class Refused(AsursoError):
    """403: the actor may see it, but may not do this; the message says who can."""

    status = 403
    code = "refused"


class Invalid(AsursoError):
    """422: the input is wrong; ``fields`` maps a field's name to its messages."""

    status = 422
    code = "invalid"

    def __init__(
        self, message: str = "", fields: Mapping[str, list[str]] | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.fields = dict(fields or {})


class Conflict(AsursoError):
    """409: somebody else changed it first; ``details`` carries the other value."""

    status = 409
    code = "conflict"


class Unavailable(AsursoError):
    """503: the disk is full or the database is busy; nothing was written, try again."""

    status = 503
    code = "unavailable"


class PluginError(Exception):
    """A plugin broke the rules of the house; the message names it. Stops start-up."""
