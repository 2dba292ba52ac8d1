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
from asurso_timetable.models import Substitution
from asurso_timetable.permissions import VIEW
from asurso_timetable.rows import lessons_by_id

CHANGE = "timetable.change"
#: What changes later than this is seen in the timetable in good time.
_NEAR = dt.timedelta(days=7)

SUBSTITUTION = "timetable.substitution"

KINDS: list[Any] = [
    notices.NoticeKind(
        name=SUBSTITUTION, title=_l("Substitutions that concern me"), group=_l("Work"),
        requires=VIEW, side="staff", order=15,
    ),
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


def tell_teachers(attempt: Attempt, fact: Fact) -> None:
    """Tell who gives a lesson instead of another, and who was to give it."""
    del attempt
    found = lessons_by_id([fact.payload["lesson"]])
    if not found:
        return
    lesson = found[0]
    row = Substitution.get_or_none(Substitution.lesson == lesson.id)
    place = f"{lesson.classes}, {lesson.subject}, {lesson.date:%d.%m}, {lesson.clock}"
    for person in fact.payload["people"]:
        if row is None:
            title = _("The substitution is taken back")
        elif person == row.substitute_id:
            title = _("You give a lesson instead of a colleague")
        elif person == row.absent_id:
            title = _("Your lesson: %(note)s", note=lesson.note or "")
        else:
            title = _("You do not give this lesson any more")
        with transaction():
            notices.tell(
                SUBSTITUTION, notices.Words(title=title, text=place, bland=title),
                key=f"{lesson.id}:{person}:{fact.id}", to=[person],
                url=f"/timetable/teacher/{person}",
            )  # fmt: skip


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="timetable.tell_teachers", title=_l("Substitutions to teachers"),
        facts=("timetable.substituted",), run=tell_teachers,
    ),
    OutboxConsumer(
        name="timetable.tell", title=_l("News of the timetable to families"),
        facts=("timetable.changed",), run=tell, limit=900.0,
    )
]  # fmt: skip
