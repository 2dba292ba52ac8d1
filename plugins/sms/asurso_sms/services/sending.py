"""The job that hands one message to a gateway (F08): at most once, unless it was refused."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable

from asurso_core import clock
from asurso_core.db import transaction
from asurso_core.errors import Unavailable
from asurso_core.i18n import gettext as _
from asurso_core.jobs import Attempt, Cancelled, Lost, NotAccepted
from asurso_sms import gateways, queries, recipients
from asurso_sms.hookspecs import Gateway, Never, NotNow, Outgoing, Unsure
from asurso_sms.models import (
    BROADCAST,
    CODE,
    DELIVERED,
    EXPIRED,
    FAILED,
    LEAVING,
    NOTICE,
    QUEUED,
    SENT,
    UNKNOWN,
    Message,
)
from asurso_sms.policy import after_quiet
from asurso_sms.services import messages, parcels, states

log = logging.getLogger("asurso.sms")

#: So many messages of unknown outcome within an hour, and none that went well, make a gateway rest.
SILENT, MEMORY, REST = 3, dt.timedelta(hours=1), dt.timedelta(minutes=2)


class _Over(Exception):
    """The message was ended while its turn came."""


def send(attempt: Attempt, message: int) -> None:
    """Hand a message over and write down what became of it.

    :raises NotAccepted: the gateway takes nothing just now; the job is tried again after a pause.
    """
    row = Message.get_or_none(Message.id == message)
    if row is None or row.state not in {QUEUED, LEAVING}:
        return  # over already: expired, cancelled, or judged by people
    if row.expires_at <= clock.stamp():
        _end(attempt, row, EXPIRED, row.reason or _("no gateway took it in time"))
        return
    quiet = _quiet_until(row)
    if quiet is not None:
        _put_off(attempt, row, quiet)
        return
    why = queries.why_not(row) or recipients.why_not(row)
    if why:
        _end(attempt, row, FAILED, why)
        return
    if parcels.is_parcel(row.reference) and not _opened(row):
        _end(attempt, row, FAILED, _("nothing is left of what it was to tell"))
        return
    try:
        setup = gateways.setup()
    except gateways.Faulty as fault:
        _wait(row, _("the configuration of the gateways is wrong: %(why)s", why=str(fault)), fault)
        return
    if _is_silent(setup.out.name):
        why = _("the gateway did not answer several times; it is tried once in two minutes")
        _wait(row, why, NotNow(why))
    _hand_over(attempt, row, setup.out, _outgoing(row, setup))


def _opened(row: Message) -> bool:
    """Ask for the words of a notice once more, right before it leaves; false if none are left."""
    text = parcels.text_of(row.reference)
    if text is None:
        return False
    if text != row.text:
        made = messages.estimate(text)
        row.text, row.parts, row.price = made.text, made.parts, made.price
        with transaction():
            Message.update(text=made.text, parts=made.parts, price=made.price).where(
                Message.id == row.id
            ).execute()
    return True


def _is_silent(gateway: str) -> bool:
    """Whether a gateway has swallowed several messages without a word, and rests now.

    Else a broadcast to a gateway that hangs would leave a thousand messages of unknown outcome.
    """
    now = clock.stamp()
    lost = [
        row.sent_at
        for row in Message.select(Message.sent_at).where(
            Message.state == UNKNOWN, Message.gateway == gateway, Message.sent_at > now - MEMORY
        )
        if row.sent_at is not None
    ]
    if len(lost) < SILENT or max(lost) < now - REST:
        return False
    answered = Message.select().where(
        Message.state.in_([SENT, DELIVERED]), Message.gateway == gateway,
        Message.sent_at > sorted(lost)[-SILENT],
    )  # fmt: skip
    return not answered.exists()


def _outgoing(row: Message, setup: gateways.Setup) -> Outgoing:
    url = f"{setup.callback}/sms/report/{setup.out.name}" if setup.callback else ""
    left = (row.expires_at - clock.stamp()).total_seconds()
    return Outgoing(
        mark=row.mark, to=row.phone, text=row.text or "", sender=setup.sender,
        valid_for=max(60, int(left)), report_url=url,
    )  # fmt: skip


def _hand_over(attempt: Attempt, row: Message, gateway: Gateway, out: Outgoing) -> None:
    # Reports of this gateway may name the message as we do, before it has answered.
    names = [out.mark] if gateway.reports_by_mark else []

    def leaving() -> None:
        with transaction():
            states.alone(gateway.name, names)
            if not states.leave(row.id, gateway.name):
                raise _Over
            states.expect(row, gateway.name, names)
        attempt.leaving()

    try:
        taken = gateway.send(out, leaving)
    except NotNow as error:
        _wait(row, str(error), error)
    except Never as error:
        _end(attempt, row, FAILED, str(error))
    except Unsure as error:
        _end(attempt, row, UNKNOWN, str(error))
    except _Over:
        return
    except (Cancelled, Lost):
        raise
    except Exception as error:
        if attempt.gone:
            with transaction():
                states.move(row.id, UNKNOWN, f"{type(error).__name__}: {error}")
        raise
    else:
        _end(attempt, row, SENT, "", gateway.name, taken.ids)


def _wait(row: Message, why: str, error: Exception) -> None:
    """Write why it waits, and have the job tried again."""
    with transaction():
        states.note(row.id, why)
    raise NotAccepted(why) from error


def _end(
    attempt: Attempt, row: Message, state: str, why: str, gateway: str = "",
    ids: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Write the outcome and end the job: both, or neither.

    What has left is told by nobody again: a busy database is waited for.
    """

    def write() -> None:
        with transaction():
            states.alone(gateway, ids)
            states.move(row.id, state, why)
            states.expect(row, gateway, ids)
            if row.purpose == CODE:  # it opens a door: nobody reads it later
                Message.update(text=None).where(Message.id == row.id).execute()
            attempt.finish()

    _insist(write)


def _insist(deed: Callable[[], None]) -> None:
    for _turn in range(5):
        try:
            deed()
        except Unavailable:
            log.warning("the outcome of a message could not be written yet", exc_info=True)
            time.sleep(1)
        else:
            return
    deed()


def _quiet_until(row: Message) -> dt.datetime | None:
    """When the night is over that a message has come into by waiting for a gateway."""
    if row.urgent or row.purpose not in {NOTICE, BROADCAST}:
        return None
    if parcels.is_parcel(row.reference) and after_quiet(row.due_at) > row.due_at:
        return None  # the kernel let it go at this hour: its reader has chosen so
    now = clock.stamp()
    wakes = after_quiet(now)
    return wakes if wakes > now else None


def _put_off(attempt: Attempt, row: Message, until: dt.datetime) -> None:
    """Leave the night to the receiver; what waits longer lives longer."""
    with transaction():
        attempt.finish()
        Message.update(
            due_at=until, expires_at=max(row.expires_at, until + messages.PATIENCE)
        ).where(Message.id == row.id).execute()
        messages.ask_for_job(row, until)
