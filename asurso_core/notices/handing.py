"""On the way out: what is due is given to its channel, checked again and told back."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any, NamedTuple

from asurso_core import clock, plugins, settings
from asurso_core.db import db, rows, run, stamp_value, transaction
from asurso_core.errors import AsursoError
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Job
from asurso_core.notices import choosing
from asurso_core.notices.kinds import Channel, Item, Parcel, Words, channels, kinds
from asurso_core.notices.models import DROPPED, FAILED, RANK
from asurso_core.notices.telling import HAND, may_read, recipient

log = logging.getLogger("asurso.notices")

_PREFIX = "notices:"
#: So many deliveries are given to channels in one transaction: others want to write too.
_PORTION = 50


def hand(attempt: Attempt) -> None:
    """Give everything that is due to its channel, in short transactions."""
    ready, done = channels(), 0
    while ready:
        with transaction():
            given = _hand_some(ready)
        if not given:
            return
        done += given
        attempt.progress(done)


def _hand_some(ready: dict[str, Channel]) -> int:
    found = rows(
        "SELECT d.id, d.channel, n.person_id, n.urgent FROM core_notice_delivery d "
        "JOIN core_notice n ON n.id = d.notice_id "
        "WHERE d.state = 'waiting' AND d.due_at <= ? AND d.channel IN ? "
        "ORDER BY d.due_at, d.id LIMIT ?",
        [stamp_value(clock.stamp()), sorted(ready), _PORTION],
    )
    parcels: dict[tuple[str, int], list[tuple[int, bool]]] = {}
    for id_, channel, person, urgent in found:
        parcels.setdefault((channel, person), []).append((id_, bool(urgent)))
    for (channel, person), parts in parcels.items():
        urgent = any(one for _id, one in parts)
        taken = [
            id_
            for (id_,) in rows(
                "UPDATE core_notice_delivery SET state = 'handed', changed_at = ? "
                "WHERE state = 'waiting' AND id IN ? RETURNING id",
                [stamp_value(clock.stamp()), [id_ for id_, _urgent in parts]],
            )
        ]
        if taken:  # else another worker was faster
            number = min(taken)
            run("UPDATE core_notice_delivery SET parcel = ? WHERE id IN ?", [number, taken])
            _give(ready[channel], number, person, urgent)
    return len(found)


def _give(channel: Channel, parcel: int, person: int, urgent: bool) -> None:
    reference = f"{_PREFIX}{parcel}"
    try:
        with db.atomic():
            channel.hand(reference, person, urgent)
    except AsursoError as refusal:
        report(reference, FAILED, refusal.message)
    except Exception as error:
        log.exception("the channel %s could not take a notice", channel.name)
        owner = channel.name.partition(".")[0]
        plugins.current().note(owner, "asurso_channels", error, strike=False)
        report(reference, FAILED, _("The channel is out of order."))


class _Part(NamedTuple):
    """A delivery of a parcel with its notice."""

    id: int
    channel: str
    digest: bool
    person: int
    kind: str
    about: int | None
    title: str
    text: str
    url: str
    data: str
    urgent: bool
    read_at: Any
    user: int | None


_PARCEL = """
    SELECT d.id, d.channel, d.digest, n.person_id, n.kind, n.about_id, n.title, n.text, n.url,
           n.data, n.urgent, n.read_at, u.id
      FROM core_notice_delivery d
      JOIN core_notice n ON n.id = d.notice_id
      LEFT JOIN core_user u ON u.person_id = n.person_id AND u.state = 'active'
     WHERE d.parcel = ? AND d.state IN ('handed', 'unknown', 'failed')
     ORDER BY d.id
"""


def parcel(reference: str) -> Parcel | None:
    """What a message is to hold, made right before it leaves; None when nothing is left of it.

    Every notice is asked about again: whether its plugin is on, the account is active, the person
    may still read it and has not read it yet, and whether it is still true. What fell away is
    written down with its reason. A parcel that failed may be opened again: somebody decided to
    send it once more.
    """
    found = [_Part(*row) for row in rows(_PARCEL, [_number(reference)])]
    channel = channels().get(found[0].channel) if found else None
    if channel is None:
        return None
    full = not channel.asks_consent or _agreed(found[0].user, channel.name)
    left, items = [], []
    with transaction():
        for part in found:
            why, words = _present(part)
            if words is None:
                _settle([part.id], DROPPED, why)
            else:
                left.append(part)
                items.append(_item(part, words, full))
    if not left:
        return None
    return Parcel(
        reference=reference,
        person_id=left[0].person,
        urgent=any(part.urgent for part in left),
        digest=any(part.digest for part in left),
        items=tuple(items),
    )


def _present(part: _Part) -> tuple[str, Words | None]:
    """Why a notice need not leave any more, or the words with which it does."""
    known = kinds().get(part.kind)
    if known is None:
        return _("The part of the program that told it is switched off."), None
    kind = known[1]
    if part.user is None:
        return _("The account is not active any more."), None
    if part.read_at is not None:
        return _("It was read already."), None
    if part.about is not None and kind.requires and not may_read(kind, part.user, part.about):
        return _("This person may not learn it any more."), None
    if kind.current is None:
        return "", Words(title=part.title, text=part.text)
    words = kind.current(recipient(kind, part.user), json.loads(part.data))
    return _("It is not so any more."), words


def _item(part: _Part, words: Words, full: bool) -> Item:
    title = str(kinds()[part.kind][1].title)
    if full:
        return Item(kind=title, title=words.title, text=words.text, url=part.url)
    return Item(kind=title, title=json.loads(part.data)["bland"] or title, text="", url=part.url)


def _agreed(user: int | None, channel: str) -> bool:
    found = choosing.preferences([user or 0], choosing.CONTENTS).get(user or 0)
    return isinstance(found, dict) and bool(found.get(channel))


def report(reference: str, state: str, reason: str = "") -> None:
    """A channel tells what became of a parcel; a state never goes back (F08).

    References of others are none of ours and change nothing.
    """
    number = _number(reference)
    if number:
        found = rows("SELECT id FROM core_notice_delivery WHERE parcel = ?", [number])
        with transaction():
            _settle([id_ for (id_,) in found], state, reason)


def _settle(ids: list[int], state: str, reason: str) -> None:
    earlier = [name for name, rank in RANK.items() if rank < RANK[state]]
    run(
        "UPDATE core_notice_delivery SET state = ?, reason = ?, changed_at = ? "
        "WHERE id IN ? AND state IN ?",
        [state, reason[:255] or None, stamp_value(clock.stamp()), ids, earlier],
    )


def _number(reference: str) -> int:
    tail = reference.removeprefix(_PREFIX)
    return int(tail) if tail != reference and tail.isascii() and tail.isdecimal() else 0


def clean(attempt: Attempt) -> None:
    """Forget what was told so long ago that nobody looks for it."""
    del attempt
    days = int(settings.get(choosing.OWNER, "keep_days"))
    before = stamp_value(clock.stamp() - dt.timedelta(days=days))
    while True:
        with transaction():
            gone = run(
                "DELETE FROM core_notice WHERE id IN (SELECT id FROM core_notice "
                "WHERE created_at < ? ORDER BY id LIMIT 500)",
                [before],
            )
        if not gone:
            return


JOBS: list[Any] = [
    Job(name=HAND, title=_l("Notices on their way out"), run=hand, limit=300.0),
    Job(name="core.hand_due_notices", title=_l("Notices whose time has come"), run=hand,
        every=dt.timedelta(minutes=1), limit=300.0),
    Job(name="core.clean_notices", title=_l("Cleaning of old notices"), run=clean,
        at=dt.time(4, 30), limit=600.0),
]  # fmt: skip
