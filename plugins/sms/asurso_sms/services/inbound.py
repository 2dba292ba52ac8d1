"""What comes in: written down once, then answered by a job."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock, jobs
from asurso_core.db import connection, transaction
from asurso_sms import numbers
from asurso_sms.hookspecs import Heard, Told
from asurso_sms.models import Inbound
from asurso_sms.services import states

#: The same content from another line within this time is the same message, brought again.
AGAIN = dt.timedelta(minutes=10)
#: Pieces of a long message come within this time, or never.
PIECES = dt.timedelta(hours=1)
#: The longest text that is kept; nobody's question is longer.
LONGEST = 2000


def hear(gateway: str, heard: Heard) -> int | None:
    """Write a message down and ask for its answer; None if it was written down before.

    The number of the sender is believed to nobody: it only tells whom to *look up*.
    """
    now = clock.stamp()
    sender = numbers.canonical(heard.sender) or numbers.canonical("+" + heard.sender.lstrip("+"))
    with transaction():
        if heard.content and _was_heard(gateway, heard, now):
            return None
        made = (
            Inbound.insert(
                gateway=gateway, gateway_id=heard.gateway_id[:80],
                sender=(sender or heard.sender)[:20], receiver=heard.receiver[:20],
                text=heard.text.replace("\x00", "")[:LONGEST], received_at=now,
                piece=None if heard.piece is None else "{}/{}/{}".format(*heard.piece),
            )
            .on_conflict_ignore()
            .returning(Inbound.id)
            .execute()
        )  # fmt: skip
        ids: list[int] = [row[0] if isinstance(row, tuple) else row.id for row in made]
        if not ids:
            return None
        number: int | None = ids[0]
        if heard.piece is not None:
            number = _joined(ids[0], heard.piece, now)
        if number is not None:
            jobs.enqueue("sms.answer", key=str(number), inbound=number)
    return ids[0]


def _was_heard(gateway: str, heard: Heard, now: dt.datetime) -> bool:
    line = heard.gateway_id.rsplit("-", 1)[0]
    return bool(
        Inbound.select(Inbound.id)
        .where(
            Inbound.gateway == gateway,
            Inbound.gateway_id.startswith(f"{heard.content}-"),
            ~Inbound.gateway_id.startswith(f"{line}-"),
            Inbound.received_at > now - AGAIN,
        )
        .exists()
    )


def _joined(row_id: int, piece: tuple[int, int, int], now: dt.datetime) -> int | None:
    """Put the pieces of a long message together on its first one; None while some are missing."""
    reference, _number, total = piece
    mine = Inbound.get_by_id(row_id)
    found: dict[int, Inbound] = {}
    others = Inbound.select().where(
        Inbound.gateway == mine.gateway, Inbound.sender == mine.sender,
        Inbound.receiver == mine.receiver, Inbound.handled_at.is_null(),
        Inbound.piece.startswith(f"{reference}/"), Inbound.received_at > now - PIECES,
    )  # fmt: skip
    for row in others:
        _reference, number, count = map(int, (row.piece or "0/0/0").split("/"))
        if count == total and 1 <= number <= total:
            found[number] = row
    if len(found) < total:
        return None
    whole = "".join(found[number].text or "" for number in range(1, total + 1))
    Inbound.update(text=whole[:LONGEST], piece=None).where(Inbound.id == found[1].id).execute()
    Inbound.update(handled_at=now, text=None).where(
        Inbound.id.in_([row.id for number, row in found.items() if number > 1])
    ).execute()
    first: int = found[1].id
    return first


class Ear:
    """What a gateway on the line tells goes here; each deed with a connection of its own."""

    def __init__(self, gateway: str) -> None:
        """``gateway`` is its name in the configuration."""
        self.gateway = gateway

    def told(self, report: Told) -> None:
        """A report about a message."""
        with connection():
            states.told(self.gateway, report.gateway_id, report.state, report.reason)

    def heard(self, message: Heard) -> None:
        """A message that came in."""
        with connection():
            hear(self.gateway, message)
