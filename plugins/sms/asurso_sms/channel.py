"""The way of the kernel's notices by text message (docs/developers/notices.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asurso_core import notices
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.notices import Channel
from asurso_sms import numbers, queries
from asurso_sms.models import FAILED
from asurso_sms.services import messages


def reach(person_ids: Iterable[int]) -> Mapping[int, str]:
    """Confirmed numbers that messages may be sent to, shown by their ends only."""
    return {id_: numbers.masked(number) for id_, number in queries.reachable(person_ids).items()}


def hand(reference: str, person_id: int, urgent: bool) -> None:
    """Write down that a message is to leave; called inside a transaction."""
    row = messages.queue_parcel(person_id, reference, urgent=urgent)
    if row.state == FAILED:  # a budget is used up
        notices.report(reference, FAILED, row.reason)


CHANNELS = [
    Channel(
        name="sms.text",
        title=_l("SMS"),
        reach=reach,
        hand=hand,
        endpoint="sms.phone",
        asks_consent=False,  # it is given together with the number
        order=50,
    )
]
