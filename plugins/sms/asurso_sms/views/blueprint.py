"""The blueprint that the pages of the plugin share."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint

sms = Blueprint("sms", __name__)


def day_of(typed: str) -> dt.date | None:
    """A day of the address; None for whatever is none."""
    try:
        found = dt.date.fromisoformat(typed[:10])
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None
