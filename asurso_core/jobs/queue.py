"""What happens to a job between being asked for and being forgotten: the statements, no threads.

Every step is one ``UPDATE`` that names the state it starts from, so of two workers that try the
same step one finds nothing to do. An attempt is fenced by its worker's number and the count of
claims: one that was given up by others can change nothing any more.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from asurso_core import clock, outbox
from asurso_core.actors import Actor
from asurso_core.db import put_rows, rows, run, stamp_value, transaction
from asurso_core.fields import as_text
from asurso_core.i18n import gettext as _
from asurso_core.jobs import kinds
from asurso_core.jobs.models import (
    CANCELLED,
    DONE,
    FAILED,
    UNKNOWN,
    WAITING,
    JobRow,
    WorkerRow,
)
from asurso_core.plugins import PARKED, PluginState

log = logging.getLogger("asurso.jobs")

#: Job, worker and count of claims: an attempt that still holds its job.
Fence = tuple[int, int, int]
#: So many due jobs, or facts, are taken at a time.
PORTION = 200
#: A moment so far ahead was written by a clock that was wrong.
AHEAD = dt.timedelta(minutes=1)
#: How long what is over stays to be looked at.
KEEP_DONE = dt.timedelta(days=14)
KEEP_FAILED = dt.timedelta(days=90)
KEEP_FACTS = dt.timedelta(days=30)

_COLUMNS = (
    "kind", "arguments", "state", "periodic", "key", "due_at", "fixed", "set_at", "created_at",
    "tries", "claims", "gone", "stopping", "asked_by",
)  # fmt: skip


def _now() -> Any:
    return stamp_value(clock.stamp())


def enqueue(
    kind: str,
    *,
    due: dt.datetime | None = None,
    key: str | None = None,
    by: Actor | None = None,
    **arguments: Any,
) -> int:
    """Ask for a job; returns its number. Call inside the transaction that makes it necessary.

    ``arguments`` are plain data, better ids than contents. ``due`` is a moment (aware, or naive
    UTC) before which it does not run. Of unfinished jobs with the same ``key`` there is only one:
    asking again answers the number of the first. ``by`` may look at its progress.

    :raises KeyError: no plugin declares such a kind.
    """
    if kind not in kinds.known():
        raise KeyError(f"no plugin declares a job {kind!r}")
    row = _row(kind, arguments, key=None if key is None else f"{kind}:{key}", due=due, by=by)
    columns = ", ".join(_COLUMNS)
    marks = ", ".join("?" * len(_COLUMNS))
    found = rows(
        f"INSERT INTO core_job ({columns}) VALUES ({marks}) "  # noqa: S608 - our own names
        "ON CONFLICT (key) DO NOTHING RETURNING id",
        row,
    )
    if not found:
        found = rows("SELECT id FROM core_job WHERE key = ?", [f"{kind}:{key}"])
    number: int = found[0][0]
    return number


def _row(
    kind: str, arguments: dict[str, Any], *, key: str | None = None, periodic: bool = False,
    due: dt.datetime | None = None, by: Actor | None = None,
) -> list[Any]:  # fmt: skip
    if due is not None and due.tzinfo is not None:
        due = due.astimezone(dt.UTC).replace(tzinfo=None)
    now = _now()
    return [
        kind, as_text(arguments), WAITING, periodic, key,
        now if due is None else stamp_value(due), due is not None and not periodic, now, now,
        0, 0, False, False, None if by is None else by.user_id,
    ]  # fmt: skip


def states_of(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    """``{job: (state, error)}`` of those that are not forgotten yet; for whoever asked for them.

    States are ``waiting``, ``running``, ``done``, ``failed``, ``unknown``, ``cancelled``.
    """
    found: dict[int, tuple[str, str]] = {}
    wanted = list(numbers)
    for start in range(0, len(wanted), PORTION):
        some = wanted[start : start + PORTION]
        for job, state, error in rows(
            "SELECT id, state, error FROM core_job WHERE id IN ?", [some]
        ):
            found[job] = state, error or ""
    return found


# --- one attempt ---------------------------------------------------------------------------------

#: Only the attempt that still holds the job may change it.
_MINE = "id = ? AND state = 'running' AND worker = ? AND claims = ?"


def claim(job: int, worker: int) -> JobRow | None:
    """Begin an attempt: from now on the job is this worker's, and nobody else's. None: too late."""
    now = _now()
    with transaction():
        got = run(
            "UPDATE core_job SET state = 'running', worker = ?, tries = tries + 1, "
            "claims = claims + 1, started_at = ?, gone = FALSE, done = NULL, total = NULL, "
            "note = NULL WHERE id = ? AND state = 'waiting' AND due_at <= ?",
            [worker, now, job, now],
        )
        return JobRow.get_by_id(job) if got else None


def tell_progress(fence: Fence, done: int, total: int | None, note: str) -> bool:
    """Write how far an attempt is; false if it is not its job any more."""
    with transaction():
        return bool(
            run(
                f"UPDATE core_job SET done = ?, total = ?, note = ? WHERE {_MINE}",  # noqa: S608 - constant
                [done, total, note[:200] or None, *fence],
            )
        )


def tell_leaving(fence: Fence) -> bool:
    """Write that the attempt hands over now; false if it must not any more."""
    with transaction():
        return bool(
            run(f"UPDATE core_job SET gone = TRUE WHERE {_MINE} AND NOT stopping", fence)  # noqa: S608 - constant
        )


def wants_stop(fence: Fence) -> bool | None:
    """Whether somebody wants the attempt to end; None if it is not its job any more."""
    found = rows(f"SELECT stopping FROM core_job WHERE {_MINE}", fence)  # noqa: S608 - constant
    return bool(found[0][0]) if found else None


def settle(fence: Fence, state: str, error: str | None = None) -> bool:
    """End an attempt and its job; false if it was not its job any more."""
    with transaction():
        row = JobRow.get_or_none(JobRow.id == fence[0])
        if row is None:
            return False
        if row.periodic:
            return _again(fence, _next_run(row), error, tries=0)
        return bool(
            run(
                "UPDATE core_job SET state = ?, ended_at = ?, error = ?, worker = NULL, "  # noqa: S608 - constant
                f"key = NULL, stopping = FALSE WHERE {_MINE}",
                [state, _now(), error and error[:1000], *fence],
            )
        )


def fail(fence: Fence, error: str, *, pause: bool = True) -> bool:
    """End an attempt that reached nothing: it is tried again after a pause, or has failed."""
    with transaction():
        row = JobRow.get_or_none(JobRow.id == fence[0])
        if row is None:
            return False
        _owner, job = kinds.known().get(row.kind, ("", None))
        if job is None or row.tries < job.attempts:
            wait = job.pause(row.tries) if job and pause else dt.timedelta()
            return _again(fence, clock.stamp() + wait, error, tries=row.tries)
        return settle(fence, FAILED, error)


def _again(fence: Fence, due: dt.datetime, error: str | None, *, tries: int) -> bool:
    return bool(
        run(
            "UPDATE core_job SET state = 'waiting', due_at = ?, set_at = ?, ended_at = ?, "  # noqa: S608 - constant
            "error = ?, tries = ?, worker = NULL, gone = FALSE, stopping = FALSE, fixed = FALSE "
            f"WHERE {_MINE}",
            [stamp_value(due), _now(), _now(), error and error[:1000], tries, *fence],
        )
    )


def _next_run(row: JobRow) -> dt.datetime:
    _owner, job = kinds.known().get(row.kind, ("", None))
    if job is None or not job.is_periodic:
        return clock.stamp() + dt.timedelta(days=1)
    return job.next_after(clock.stamp())


def give_up(worker: int, busy: Callable[[], Collection[int]] = tuple) -> int:
    """Take jobs back from a worker that does not do them any more; returns how many.

    What had begun to leave the house has an unknown outcome and is never repeated by itself. All
    else starts again, without a pause the first time. ``busy`` tells which jobs it still does; it
    is asked after the rows were read.
    """
    held = rows(
        "SELECT id, claims, gone, tries FROM core_job WHERE state = 'running' AND worker = ?",
        [worker],
    )
    doing = busy()
    back = 0
    for job, claims, gone, tries in held:
        if job in doing:
            continue
        fence = (job, worker, claims)
        text = _("The worker ended in the middle of the work.")
        back += settle(fence, UNKNOWN, text) if gone else fail(fence, text, pause=tries > 1)
    return back


# --- what the one leading worker sees to ---------------------------------------------------------


def bury(is_alive: Callable[[int], bool]) -> list[int]:
    """Strike off workers that are gone and take their jobs back; returns their numbers."""
    gone = [number for (number,) in rows("SELECT number FROM core_worker") if not is_alive(number)]
    orphans = rows(
        "SELECT DISTINCT worker FROM core_job WHERE state = 'running' "
        "AND worker NOT IN (SELECT number FROM core_worker)"
    )
    for number in (*gone, *(one for (one,) in orphans if not is_alive(one))):
        log.warning("worker %x is gone", number)
        with transaction():
            give_up(number)
            run("DELETE FROM core_worker WHERE number = ?", [number])
    return gone


def mind_the_clock() -> int:
    """What a clock that was ahead has put off is due now; returns how many jobs."""
    late = stamp_value(clock.stamp() + AHEAD)
    where = "state = 'waiting' AND set_at > ? AND NOT fixed"
    if not rows(f"SELECT 1 FROM core_job WHERE {where} LIMIT 1", [late]):  # noqa: S608 - constant
        return 0
    with transaction():
        return run(
            f"UPDATE core_job SET due_at = ?, set_at = ? WHERE {where}",  # noqa: S608 - constant
            [_now(), _now(), late],
        )


def fan_out() -> int:
    """Make a job of every new fact for each of its consumers; returns how many facts.

    Plugins that are switched off are not told of what happens meanwhile; those that are parked
    because they failed will be.
    """
    waiting = outbox.waiting(PORTION)
    if not waiting:
        return 0
    parked = PluginState.select(PluginState.name).where(PluginState.state == PARKED)
    hearing = {row.name for row in parked}
    listeners: dict[str, list[str]] = {}
    enabled = kinds.enabled()
    for plugin, consumer in kinds.consumers():
        if consumer.name in enabled or plugin.name in hearing:
            for kind in consumer.facts:
                listeners.setdefault(kind, []).append(consumer.name)
    with transaction():
        mine = outbox.take([id_ for id_, *_rest in waiting])
        made = []
        for id_, kind, payload, at in waiting:
            if id_ in mine:
                told = {"id": id_, "kind": kind, "payload": payload, "at": at.isoformat()}
                made += [_row(name, told) for name in listeners.get(kind, ())]
        put_rows(JobRow, _COLUMNS, made)
    return len(mine)


def plan() -> None:
    """Give every periodic kind its one row."""
    there = {kind for (kind,) in rows("SELECT kind FROM core_job WHERE periodic")}
    for name, job in kinds.enabled().items():
        if job.is_periodic and name not in there:
            due = job.next_after(clock.stamp()) if job.every is None else None
            row = _row(name, {}, key=f"periodic:{name}", periodic=True, due=due)
            with transaction():
                put_rows(JobRow, _COLUMNS, [row], "(key) DO NOTHING")


def bring_forward(kind: str) -> int:
    """Make the next run of a periodic kind due now."""
    where = "periodic AND kind = ? AND state = 'waiting' AND due_at > ?"
    if not rows(f"SELECT 1 FROM core_job WHERE {where}", [kind, _now()]):  # noqa: S608 - constant
        return 0
    with transaction():
        return run(
            f"UPDATE core_job SET due_at = ?, set_at = ? WHERE {where}",  # noqa: S608 - constant
            [_now(), _now(), kind, _now()],
        )


class Rhythm:
    """Lets periodic jobs go on while the clock stands still or has gone back.

    They are planned by the clock, so that what was missed is caught up on; this watches with the
    machine's own count of seconds that none of them rests for much longer than it should.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._since: dict[str, tuple[int, float]] = {}

    def watch(self) -> None:
        """Bring forward what has rested for too long."""
        found = dict(rows("SELECT kind, claims FROM core_job WHERE periodic"))
        now = time.monotonic()
        for name, job in kinds.enabled().items():
            if job.every is None or name not in found:
                continue
            claims, since = self._since.get(name, (-1, now))
            if claims != found[name]:
                self._since[name] = (found[name], now)
            elif now - since > 1.5 * job.every.total_seconds():
                bring_forward(name)


def due() -> list[int]:
    """Numbers of the jobs that may begin now, the longest waiting first."""
    names = list(kinds.enabled())
    return [
        job
        for (job,) in rows(
            "SELECT id FROM core_job WHERE state = 'waiting' AND due_at <= ? AND kind IN ? "
            "ORDER BY due_at, id LIMIT ?",
            [_now(), names, PORTION],
        )
    ]


# --- deeds of people, and the end ----------------------------------------------------------------


def retry(job: int) -> bool:
    """Put a job that is over back into the queue; false if it is not over."""
    return bool(
        run(
            "UPDATE core_job SET state = 'waiting', due_at = ?, set_at = ?, tries = 0, "
            "gone = FALSE, ended_at = NULL WHERE id = ? AND state IN ?",
            [_now(), _now(), job, [FAILED, UNKNOWN, CANCELLED]],
        )
    )


def cancel(job: int) -> bool:
    """End a job that waits, and ask a running one to end; false if it is over already."""
    ended = run(
        "UPDATE core_job SET state = ?, ended_at = ?, key = NULL "
        "WHERE id = ? AND state = 'waiting' AND NOT periodic",
        [CANCELLED, _now(), job],
    )
    asked = run("UPDATE core_job SET stopping = TRUE WHERE id = ? AND state = 'running'", [job])
    return bool(ended or asked)


def hold_back(why: str) -> int:
    """Let people judge every job that waits: it may have been done already; returns how many.

    For a restored database: what waited when the backup was made has probably gone out since, and
    nothing leaves twice by itself. Schedules go on.
    """
    return run(
        "UPDATE core_job SET state = ?, error = ?, ended_at = ?, worker = NULL, key = NULL "
        "WHERE NOT periodic AND state IN ('waiting', 'running')",
        [UNKNOWN, why[:1000], _now()],
    )


def clean(portion: int = 500) -> int:
    """Forget what has been over for longer than it is kept; returns how many rows.

    Nothing that waits, runs or was never handed on is touched.
    """
    now, total = clock.stamp(), 0
    for states, keep in (([DONE, CANCELLED], KEEP_DONE), ([FAILED, UNKNOWN], KEEP_FAILED)):
        total += _forget(
            "core_job", "NOT periodic AND state IN ? AND ended_at < ?",
            [states, stamp_value(now - keep)], portion,
        )  # fmt: skip
    return total + _forget(
        "core_outbox", "handled_at < ?", [stamp_value(now - KEEP_FACTS)], portion
    )


def _forget(table: str, where: str, params: list[Any], portion: int) -> int:
    total = 0
    while True:
        # In portions: while one is removed, nobody saves a mark.
        with transaction():
            gone = run(
                f"DELETE FROM {table} WHERE id IN "  # noqa: S608 - our own names
                f"(SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT {portion})",
                params,
            )
        total += gone
        if gone < portion:
            return total


def enter(number: int, name: str) -> None:
    """Write down a worker; it holds the lock of its number already."""
    with transaction():
        WorkerRow.create(number=number, name=name[:120], started_at=clock.stamp())


def leave(number: int) -> None:
    """Strike off a worker that ends by itself; what it still had begins again elsewhere."""
    with transaction():
        give_up(number)
        run("DELETE FROM core_worker WHERE number = ?", [number])
