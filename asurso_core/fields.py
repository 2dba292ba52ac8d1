"""Column types of the house."""

from __future__ import annotations

import json
from typing import Any

import peewee as pw


def as_text(value: Any) -> str | None:
    """Plain data as the text that a :class:`JSONField` keeps; None stays NULL."""
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


class JSONField(pw.TextField):
    """Plain data kept as JSON text: the same column and the same bytes on both engines."""

    def db_value(self, value: Any) -> Any:
        """Text for the database; None stays NULL."""
        return as_text(value)

    def python_value(self, value: Any) -> Any:
        """Data from the database."""
        return None if value is None else json.loads(value)
