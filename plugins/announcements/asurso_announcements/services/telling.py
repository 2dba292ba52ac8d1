"""Facts for telling people: an announcement has appeared, its author reminds of it.

Whom they reach and in which words is worked out when they are told (``notices.py``).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_announcements import queries
from asurso_announcements.models import Announcement
from asurso_announcements.queries.circle import missing_ids
from asurso_announcements.queries.pages import keys_of_row, target_of
from asurso_announcements.queries.rule import appeared, current, is_on_board
from asurso_core import audit, clock, outbox
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _

#: Nobody is reminded of one announcement more often.
PAUSE = dt.timedelta(hours=20)
APPEARED, REMINDED = "announcements.appeared", "announcements.reminded"


def tell(row: Announcement) -> bool:
    """Tell of an announcement that is on the board and whose edition nobody was told of yet.

    Call inside the transaction of the deed that brought it there. The statement that notes it
    is the lock: of two who come at once one tells.
    """
    if not is_on_board(row) or row.told_edition >= row.edition:
        return False
    taken = Announcement.update(told_edition=row.edition).where(
        Announcement.id == row.id, Announcement.told_edition < row.edition
    )
    if not taken.execute():
        return False
    row.told_edition = row.edition
    outbox.put(APPEARED, announcement=row.id, edition=row.edition)
    return True


def tell_due() -> int:
    """Tell of everything whose hour has come since somebody looked last; how many it were.

    What ended or was put away before its hour was noticed is told to nobody.
    """
    waiting: Any = Announcement.select(Announcement.id).where(
        appeared(), current(), Announcement.told_edition < Announcement.edition
    )
    told = 0
    for (id_,) in list(waiting.order_by(Announcement.appears_at).tuples()):
        with transaction():
            told += tell(Announcement.get_by_id(id_))
    return told


def remind(actor: Actor, announcement_id: int) -> int:
    """Tell those again who have not read it, or not acknowledged it; how many they are.

    :raises Refused: it is not on the board, they were reminded a moment ago, or the actor may not
        see who has read it.
    """
    with transaction():
        row = queries.find(actor, announcement_id)
        keys = keys_of_row(row)
        if not queries.may_see_readers(actor, row, keys) or not is_on_board(row):
            raise Refused(_("Only the author can remind of an announcement that is on the board."))
        if row.reminded_at is not None and clock.stamp() - row.reminded_at < PAUSE:
            raise Refused(_("People were reminded of it today. Remind them again tomorrow."))
        missing = missing_ids(row)
        if missing:
            now = clock.stamp()
            Announcement.update(reminded_at=now).where(Announcement.id == row.id).execute()
            outbox.put(REMINDED, announcement=row.id, at=now.isoformat())
            audit.record(
                actor, "announcements.reminded", target_of(row.id), after={"people": len(missing)},
                topic=None,
            )  # fmt: skip
    return len(missing)
