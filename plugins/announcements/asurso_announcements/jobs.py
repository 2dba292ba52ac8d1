"""Work of the board apart from requests."""

from __future__ import annotations

import datetime as dt

from asurso_announcements import services
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Job


def _appear(attempt: Attempt) -> None:
    """Tell of announcements whose hour has come; each is told in a transaction of its own."""
    del attempt
    services.tell_due()


JOBS = [
    Job(
        name="announcements.appear",
        title=_l("Telling of announcements whose hour has come"),
        run=_appear,
        every=dt.timedelta(minutes=1),
        limit=300,
    )
]
