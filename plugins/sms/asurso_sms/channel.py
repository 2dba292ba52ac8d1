"""The channel by which notices of the kernel reach telephones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asurso_core import jobs, notices
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.errors import AsursoError
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt
from asurso_core.notices import Channel
from asurso_sms import numbers, queries
from asurso_sms.models import FAILED, NOTICE
from asurso_sms.services import messages, parcels


def reach(people: Iterable[int]) -> Mapping[int, str]:
    """Who has a confirmed number, with the end of it."""
    found = queries.reachable(people)
    return {person: numbers.masked(number) for person, number in found.items()}


def hand(reference: str, person: int, urgent: bool) -> None:
    """Write down that a message is to leave; its words are made by the job."""
    jobs.enqueue("sms.notice", key=reference, reference=reference, person=person, urgent=urgent)


def ask(attempt: Attempt, reference: str, person: int, urgent: bool) -> None:
    """Make a message of what a parcel holds now; what is refused is told back."""
    text = parcels.text_of(reference)
    if text is None:
        return  # nothing is left of it: the kernel has written why
    with transaction():
        try:
            row = messages.queue(
                system("notice"), person, text, purpose=NOTICE, urgent=urgent, reference=reference
            )
        except AsursoError as refusal:
            notices.report(reference, FAILED, refusal.message)
        else:
            if row.state == FAILED:
                notices.report(reference, FAILED, row.reason)
        attempt.finish()


CHANNELS = [
    Channel(
        name="sms.text",
        title=_l("Text message"),
        reach=reach,
        hand=hand,
        endpoint="sms.phone",
        # Who confirms a number agrees to contents: the words of the consent say so.
        asks_consent=False,
        order=30,
    )
]
