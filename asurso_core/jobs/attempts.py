"""One attempt at a job: what the job's function is given, and what becomes of its outcome."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import peewee as pw

from asurso_core import plugins
from asurso_core.actors import Actor, system
from asurso_core.budget import TooSlow, budget
from asurso_core.db import db, rows
from asurso_core.errors import Unavailable
from asurso_core.i18n import gettext as _
from asurso_core.jobs import kinds, queue
from asurso_core.jobs.models import CANCELLED, DONE, UNKNOWN, JobRow

log = logging.getLogger("asurso.jobs")

#: Progress is written no more often than this.
_TELL_SECONDS = 1.0


class NotAccepted(Exception):
    """The other side has refused: surely nothing left the house, and it may be tried again."""


class Cancelled(Exception):
    """Somebody does not want this job any more; let it pass through."""


class Lost(Exception):
    """This attempt was given up by others and may change nothing any more; let it pass through."""


def fence_of(row: JobRow) -> queue.Fence:
    """Job, worker and count of claims of a row that was just claimed."""
    return row.id, int(row.worker or 0), row.claims


class Attempt:
    """One attempt at a job, as its function sees it."""

    def __init__(self, row: JobRow) -> None:
        """Begin with a row that was just claimed."""
        self.job: int = row.id
        #: Counted from 1 since the job was asked for, or since somebody said "try again".
        self.number: int = row.tries
        self.actor: Actor = system(f"job {row.kind}")
        self.gone = False
        self._fence = fence_of(row)
        self._depth = db.transaction_depth()
        self._told = 0.0

    @property
    def mark(self) -> str:
        """The same word for every attempt at this job, for gateways that refuse repetitions."""
        return f"asurso-{self.job}"

    def progress(self, done: int, total: int | None = None, note: Any = "") -> None:
        """Tell how far the work is; call it often, between transactions.

        :raises Cancelled: somebody does not want the job any more.
        :raises Lost: the job was given to another attempt.
        """
        now = time.monotonic()
        if now - self._told < _TELL_SECONDS and done != total:
            return
        self._told = now
        self.check()
        if not queue.tell_progress(self._fence, done, total, str(note)):
            raise Lost

    def check(self) -> None:
        """Raise :class:`Cancelled` or :class:`Lost` if the work should end."""
        stop = queue.wants_stop(self._fence)
        if stop is None:
            raise Lost
        if stop:
            raise Cancelled

    def leaving(self) -> None:
        """Say, right before it happens, that something leaves the house now.

        From here on only :class:`NotAccepted` lets the job be tried again; every other end but a
        good one makes its outcome *unknown*, for people to judge.

        :raises Cancelled: somebody does not want the job any more.
        :raises Lost: the job was given to another attempt; nothing may leave.
        :raises RuntimeError: called inside a transaction, which could still be undone.
        """
        if db.transaction_depth() > self._depth:
            raise RuntimeError("leaving() inside a transaction would promise too early")
        if not queue.tell_leaving(self._fence):
            self.check()
            raise Lost
        self.gone = True

    def finish(self) -> None:
        """End the job inside the caller's last transaction: both are true, or neither.

        :raises Lost: the job was given to another attempt; the transaction must not go through.
        """
        if not queue.settle(self._fence, DONE):
            raise Lost


def attend(job: int, worker: int) -> None:
    """Try one job: claim it, run it, write down what became of it. Needs an open connection."""
    found = rows("SELECT kind FROM core_job WHERE id = ? AND state = 'waiting'", [job])
    kind = kinds.enabled().get(found[0][0]) if found else None
    if kind is None:
        return  # taken by another worker, over, or its plugin is switched off: then it waits
    row = queue.claim(job, worker)
    if row is None:
        return
    attempt = Attempt(row)
    # After finish() this changes nothing, unless that was undone with its transaction.
    insist(_run(attempt, kind, row))
    plugins.current().settle()


def _run(attempt: Attempt, kind: kinds.Job, row: JobRow) -> Callable[[], bool]:
    """Run the job's function; answers how its outcome is written down."""
    fence = fence_of(row)
    returned = False
    try:
        with budget(kind.limit):
            kind.run(attempt, **row.arguments)
            returned = True
    except Cancelled:
        if attempt.gone:
            text = _("Cancelled when something may have gone out already.")
            return lambda: queue.settle(fence, UNKNOWN, text)
        return lambda: queue.settle(fence, CANCELLED)
    except Lost:
        log.warning("job %s was given to another attempt", row.id)
        return lambda: False
    except (Exception, SystemExit) as error:
        if returned:  # it came back by itself, a little late: what it did is done
            return lambda: queue.settle(fence, DONE)
        log.warning("job %s (%s) failed", row.id, kind.name, exc_info=error)
        words = _in_words(error)
        if attempt.gone and not isinstance(error, NotAccepted):
            return lambda: queue.settle(fence, UNKNOWN, words)
        if not isinstance(error, (NotAccepted, Unavailable)):
            _note(kind.name, error)
        return lambda: queue.fail(fence, words)
    return lambda: queue.settle(fence, DONE)


def _in_words(error: BaseException) -> str:
    if isinstance(error, TooSlow):
        return str(_("It took longer than it may: %(text)s", text=str(error)))
    said = str(getattr(error, "message", "") or error)
    if isinstance(error, NotAccepted) and said:
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _note(kind: str, error: BaseException) -> None:
    """Tell of a plugin's fault on its page; it does not count towards parking."""
    owner = kinds.known()[kind][0]
    if owner != "core":
        plugins.current().note(owner, kind, error, strike=False)


def insist(deed: Callable[[], Any], patience: float = 600) -> None:
    """Write an outcome down, however long the database is busy, full or away.

    Only after ``patience`` seconds is it left: then the job is found without a doer and given to
    another attempt.
    """
    until, wait = time.monotonic() + patience, 0.2
    while True:
        try:
            deed()
        except (Unavailable, pw.PeeweeException):
            if db.in_transaction() or time.monotonic() > until:
                raise
            log.exception("an outcome could not be written down yet")
            time.sleep(wait)
            wait = min(wait * 2, 10.0)
            _connect_again()
        else:
            return


def _connect_again() -> None:
    try:
        if not db.is_closed():
            db.close()
        db.connect(reuse_if_open=True)
    except pw.PeeweeException:
        log.info("the database is away")
