"""Jobs of the plugin."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Job
from asurso_sms import channel, conversation
from asurso_sms.models import Inbound
from asurso_sms.services import casting, sending, upkeep


def answer(attempt: Attempt, inbound: int) -> None:
    """Have a message that came in answered, once."""
    row = Inbound.get_or_none(Inbound.id == inbound)
    if row is None or row.handled_at is not None:
        return

    def finish() -> None:
        Inbound.update(handled_at=clock.stamp()).where(Inbound.id == inbound).execute()
        attempt.finish()

    conversation.answer(row, finish)


def watch(attempt: Attempt) -> None:
    """End what its own job does not end any more."""
    del attempt
    upkeep.watch()


def forget(attempt: Attempt) -> None:
    """Empty what is kept for long enough."""
    del attempt
    upkeep.forget()


#: Messages end by their own time, not by the number of attempts.
_ENDLESS = 10_000

JOBS = [
    Job(name="sms.send", title=_l("Sending of a text message"), run=sending.send,
        attempts=_ENDLESS, limit=90.0, longest_pause=dt.timedelta(minutes=15)),
    Job(name="sms.send_at_once", title=_l("Sending of a code or an answer"), run=sending.send,
        attempts=_ENDLESS, limit=90.0, first_pause=dt.timedelta(seconds=5),
        longest_pause=dt.timedelta(minutes=1)),
    Job(name="sms.answer", title=_l("Answer to a text message"), run=answer, limit=60.0),
    Job(name="sms.broadcast", title=_l("Sending of a broadcast"), run=casting.send, limit=1800.0),
    Job(name="sms.notice", title=_l("Notice by text message"), run=channel.ask, limit=60.0),
    Job(name="sms.watch", title=_l("Text messages whose time is over"), run=watch,
        every=dt.timedelta(minutes=2)),
    Job(name="sms.forget", title=_l("Texts of old messages are emptied"), run=forget,
        at=dt.time(3, 40), limit=600.0),
]  # fmt: skip
