"""What families are told of the timetable: lessons of the nearest days were changed (8.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import clock, notices
from asurso_core.db import transaction
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Fact, OutboxConsumer
from asurso_core.school import SchoolClass, class_members
from asurso_timetable.permissions import VIEW

CHANGE = "timetable.change"
#: What changes later than this is seen in the timetable in good time.
_NEAR = dt.timedelta(days=7)

KINDS: list[Any] = [
    notices.NoticeKind(
        name=CHANGE, title=_l("Changes of the timetable"), group=_l("Studies"), of_pupil=True,
        requires=VIEW, order=14,
    )
]  # fmt: skip


def tell(attempt: Attempt, fact: Fact) -> None:
    """Tell the families of the classes whose lessons of the nearest days changed."""
    start, end = (dt.date.fromisoformat(fact.payload[name]) for name in ("start", "end"))
    today = clock.today()
    first, last = max(start, today), min(end, today + _NEAR)
    if first > last:
        return
    days = f"{first:%d.%m}" if first == last else f"{first:%d.%m}–{last:%d.%m}"
    classes = list(SchoolClass.select().where(SchoolClass.id.in_(fact.payload["classes"])))
    for number, school_class in enumerate(classes, 1):
        words = notices.Words(
            title=_("%(title)s: lessons changed, %(days)s", title=school_class.title, days=days),
            bland=_("The timetable has changed"),
        )
        for pupil in class_members(school_class, first):
            with transaction():
                notices.tell(
                    CHANGE, words, key=f"{school_class.id}:{first}:{last}:{fact.id}",
                    about=pupil.id, url=f"/timetable/class/{school_class.id}",
                )  # fmt: skip
        attempt.progress(number, len(classes))


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="timetable.tell", title=_l("News of the timetable to families"),
        facts=("timetable.changed",), run=tell, limit=900.0,
    )
]  # fmt: skip
