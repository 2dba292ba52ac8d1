"""What is seen to by itself: messages whose time is over, jobs that died, texts that grow old."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock, jobs
from asurso_core.db import transaction
from asurso_core.i18n import lazy_gettext as _l
from asurso_sms.models import (
    FAILED,
    LEAVING,
    QUEUED,
    UNKNOWN,
    Inbound,
    Message,
    Phone,
    Report,
)
from asurso_sms.policy import rule
from asurso_sms.services import states

#: Reports that nobody could place are kept for so long.
KEEP_REPORTS = dt.timedelta(days=14)
_PORTION = 500
#: What the end of a job says of a message that it left open.
_OUTCOMES = {
    "cancelled": (FAILED, _l("cancelled by the administrator")),
    "failed": (FAILED, _l("its job failed")),
    "unknown": (UNKNOWN, _l("the worker ended meanwhile")),
    "done": (UNKNOWN, _l("the worker ended meanwhile")),
    "gone": (UNKNOWN, _l("the worker ended meanwhile")),
}


def watch() -> int:
    """End messages that their job does not end any more; returns how many.

    A worker that was killed while a message left has left it *leaving*: nobody knows whether the
    gateway took it. A job that people cancelled, or that a restored backup held back, says so.
    Jobs that wait are left alone: they look at the time themselves.
    """
    open_ones = [QUEUED, LEAVING]
    waiting = list(
        Message.select(Message.id, Message.job)
        .where(Message.state.in_(open_ones), Message.due_at <= clock.stamp())
        .order_by(Message.id)
    )
    known = jobs.states_of([row.job for row in waiting if row.job is not None])
    changed = 0
    for row in waiting:
        job, error = known.get(row.job or 0, ("gone", ""))
        if job in {"waiting", "running"}:
            continue
        state, why = _OUTCOMES[job]
        with transaction():
            # Only what is still open: the job may have ended well between the two readings.
            changed += states.move(row.id, state, error or str(why), only=open_ones)
    return changed


def forget() -> int:
    """Empty texts that are old enough; returns how many.

    Reports that nobody could place and numbers that nobody confirmed go, too.

    States, prices and days stay: the cost report needs them.
    """
    old = clock.stamp() - dt.timedelta(days=int(rule("keep_days")))
    total = 0
    for model, moment in ((Message, Message.created_at), (Inbound, Inbound.received_at)):
        while True:
            ids = [
                row.id
                for row in model.select(model.id)
                .where(model.text.is_null(False), moment < old)
                .order_by(model.id)
                .limit(_PORTION)
            ]
            if not ids:
                break
            # In portions: while one is emptied, nobody saves a mark.
            with transaction():
                total += model.update(text=None).where(model.id.in_(ids)).execute()
    with transaction():
        # Whoever asked is known by the question; of others nothing needs to be kept.
        Inbound.update(sender="").where(Inbound.received_at < old, Inbound.sender != "").execute()
    yesterday = clock.stamp() - dt.timedelta(days=1)
    with transaction():
        # A number that nobody confirmed may be a stranger's.
        Phone.update(asked=None, asked_from="", code_hash=None).where(
            Phone.asked.is_null(False), Phone.asked_at < yesterday
        ).execute()
        Phone.delete().where(Phone.number.is_null(), Phone.asked.is_null()).execute()
        Report.delete().where(Report.received_at < clock.stamp() - KEEP_REPORTS).execute()
    return total
