"""What people are told of the board: what has appeared, what is urgent, reminders.

Each comes for both sides of a person, so that a teacher is not told at work what is meant for
parents (R3.2). Whom it reaches is worked out when it is told and asked again before it leaves the
house: who has read it meanwhile, or is not meant any more, hears nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from asurso_announcements.models import Announcement
from asurso_announcements.queries.circle import missing_ids, sides_of
from asurso_announcements.queries.pages import find, is_missing, url_of
from asurso_announcements.queries.rule import is_on_board
from asurso_announcements.services.telling import APPEARED, REMINDED
from asurso_core import markup, notices
from asurso_core.actors import FAMILY, STAFF, Actor
from asurso_core.db import transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Fact, OutboxConsumer

PUBLISHED, URGENT, REMINDER = (
    "announcements.published", "announcements.urgent", "announcements.reminder",
)  # fmt: skip
#: The kinds of the other side of a person.
AT_WORK = {
    PUBLISHED: "announcements.published_staff",
    URGENT: "announcements.urgent_staff",
    REMINDER: "announcements.reminder_staff",
}


def _words(row: Announcement, *, reminds: bool) -> notices.Words:
    title = _("Urgent: %(title)s", title=row.title) if row.urgent else row.title
    if reminds:
        title = _("A reminder: %(title)s", title=row.title)
    return notices.Words(
        title=title,
        text=markup.plain(row.text)[:500],
        bland=_("An urgent announcement of the school") if row.urgent
        else _("A new announcement of the school"),
    )  # fmt: skip


def _current(*, reminds: bool) -> Callable[[Actor, Mapping[str, Any]], notices.Words | None]:
    def words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
        """The announcement as it stands now, while it still has to be read by this person."""
        try:
            row = find(actor, int(data["announcement"]))
        except NotThere:
            return None
        if not is_on_board(row) or not is_missing(actor, row, acknowledged=reminds):
            return None
        return _words(row, reminds=reminds)

    return words


def _kinds(name: str, title: Any, order: int, **more: Any) -> list[notices.NoticeKind]:
    """A kind for families and the same for work."""
    told = _current(reminds=name == REMINDER)
    return [
        notices.NoticeKind(
            name=one, title=title, group=_l("Announcements"), side=side, order=order,
            current=told, **more,
        )
        for one, side in ((name, FAMILY), (AT_WORK[name], STAFF))
    ]  # fmt: skip


KINDS: list[Any] = [
    *_kinds(PUBLISHED, _l("A new announcement"), 40),
    *_kinds(URGENT, _l("An urgent announcement"), 41, urgent=True, must=True, outside="now"),
    *_kinds(REMINDER, _l("A reminder of an announcement"), 42),
]


def tell(attempt: Attempt, fact: Fact) -> None:
    """Tell of an announcement that has appeared, or remind of one; repeated it repeats nothing."""
    del attempt
    row = Announcement.get_or_none(Announcement.id == fact.payload["announcement"])
    if row is None or not is_on_board(row):
        return  # put away before anybody was told
    if fact.kind == REMINDED:
        _tell(row, REMINDER, f"{row.id}:{fact.payload['at']}", missing_ids(row))
    elif fact.payload["edition"] == row.edition:
        _tell(row, URGENT if row.urgent else PUBLISHED, f"{row.id}:{row.edition}", None)


def _tell(row: Announcement, kind: str, key: str, people: Collection[int] | None) -> None:
    family, staff = sides_of(row, people)
    words = _words(row, reminds=kind == REMINDER)
    for name, to in ((kind, family), (AT_WORK[kind], staff)):
        with transaction():
            notices.tell(
                name, words, key=key, to=to, url=url_of(row.id), data={"announcement": row.id}
            )


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="announcements.tell", title=_l("Telling people of announcements"),
        facts=(APPEARED, REMINDED), run=tell, limit=300.0,
    )
]  # fmt: skip
