"""The blueprint, and what its views share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, request, url_for

from asurso_core import web
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_timetable.forms import PARITY_NAMES, WEEKDAY_NAMES
from asurso_timetable.queries.week import default_monday, monday_of
from asurso_timetable.rows import face

timetable = Blueprint("timetable", __name__)


def asked_monday() -> dt.date:
    """Monday of the week in ``?week=``; nonsense is the present week."""
    try:
        day = dt.date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return default_monday()
    return monday_of(day) if 1900 <= day.year <= 2100 else default_monday()


def journal_url(lesson_id: int) -> str | None:
    """Where the journal shows a lesson, if there is a journal."""
    if not web.has("journal.lesson"):
        return None
    return url_for("journal.lesson", lesson_id=lesson_id)


def plain_json() -> dict[str, str]:
    """The values of a JSON object as text; raises :class:`Invalid` for any other shape."""
    data: Any = request.get_json()
    if not isinstance(data, dict) or any(isinstance(one, (dict, list)) for one in data.values()):
        raise Invalid(_("The request cannot be understood. Go back and try again."))
    return {str(key): "" if one is None else str(one) for key, one in data.items()}


@timetable.context_processor
def _words() -> dict[str, Any]:
    return {
        "weekday_names": WEEKDAY_NAMES,
        "parity_names": PARITY_NAMES,
        "face": face,
        "journal_url": journal_url,
    }
