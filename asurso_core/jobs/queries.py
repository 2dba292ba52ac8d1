"""What people see of jobs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_stamp, rows, stamp_value
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.jobs import kinds
from asurso_core.jobs.life import is_alive
from asurso_core.jobs.models import FAILED, RUNNING, UNKNOWN, WAITING, JobRow, ServiceRow

VIEW, EDIT = "core.jobs.view", "core.jobs.edit"
#: So many jobs of a sort a page shows.
SHOWN = 50


@dataclass(frozen=True)
class Entry:
    """A job in the words of the page."""

    row: JobRow
    title: str
    #: Why it does not begin although it is due; empty if nothing is in its way.
    held: str
    #: The endpoint of the page where what it made is found; empty if there is none.
    shows: str = ""

    @property
    def percent(self) -> int | None:
        """How far it is, if it tells and knows."""
        if self.row.done is None or not self.row.total:
            return None
        return max(0, min(100, self.row.done * 100 // self.row.total))


@dataclass(frozen=True)
class Overview:
    """The page of the administrator."""

    workers: list[str]
    #: Facts that nobody has handed on, jobs by state, and since when the oldest due one waits.
    facts: int
    counts: dict[str, int]
    oldest: dt.datetime | None
    running: list[Entry]
    over: list[Entry]
    waiting: list[Entry]
    periodic: list[Entry]


def _entry(row: JobRow, known: dict[str, tuple[str, kinds.Job]], now_on: set[str]) -> Entry:
    held = ""
    if row.kind not in known:
        held = _("its plugin is not installed")
    elif row.kind not in now_on:
        held = _("its plugin is switched off")
    title = str(known[row.kind][1].title) if row.kind in known else row.kind
    shows = known[row.kind][1].shows if row.kind in now_on else ""
    return Entry(row, title, held, shows)


def overview(actor: Actor) -> Overview:
    """What waits, runs and failed, for those who may see it."""
    access.require_any(actor, VIEW)
    known, now_on = kinds.known(), set(kinds.enabled())

    def entries(condition: Any, *order: Any) -> list[Entry]:
        query = JobRow.select().where(condition).order_by(*order).limit(SHOWN)
        return [_entry(row, known, now_on) for row in query]

    once = JobRow.periodic == False  # noqa: E712 - SQL
    return Overview(
        workers=living_workers(),
        facts=waiting_facts()[0],
        counts=dict(rows("SELECT state, COUNT(*) FROM core_job WHERE NOT periodic GROUP BY state")),
        oldest=oldest_due()[1],
        running=entries(JobRow.state == RUNNING, JobRow.started_at),
        over=entries(JobRow.state.in_([FAILED, UNKNOWN]), JobRow.ended_at.desc()),
        waiting=entries((JobRow.state == WAITING) & once, JobRow.due_at, JobRow.id),
        periodic=entries(
            (JobRow.periodic == True) & JobRow.kind.in_(list(now_on)),  # noqa: E712 - SQL
            JobRow.due_at,
        ),
    )


def job(actor: Actor, number: int) -> Entry:
    """One job, for whoever asked for it and for those who see all; else :class:`NotThere`."""
    row = JobRow.get_or_none(JobRow.id == number)
    mine = row is not None and row.asked_by is not None and row.asked_by == actor.user_id
    if row is None or not (mine or actor.holds(VIEW)):
        raise NotThere(_("There is no such page, or it is not open to you."))
    return _entry(row, kinds.known(), set(kinds.enabled()))


def living_workers() -> list[str]:
    """Names of the workers that are there now."""
    found = rows("SELECT number, name FROM core_worker ORDER BY started_at")
    return [name for number, name in found if is_alive(number)]


def waiting_facts() -> tuple[int, dt.datetime | None]:
    """How many facts nobody has handed on, and the time of the oldest."""
    ((number, oldest),) = rows(
        "SELECT COUNT(*), MIN(created_at) FROM core_outbox WHERE handled_at IS NULL"
    )
    return number, as_stamp(oldest)


def oldest_due() -> tuple[int, dt.datetime | None]:
    """How many jobs could have begun, and since when the oldest of them could."""
    ((number, oldest),) = rows(
        "SELECT COUNT(*), MIN(due_at) FROM core_job WHERE state = 'waiting' AND due_at <= ? "
        "AND kind IN ?",
        [stamp_value(clock.stamp()), list(kinds.enabled())],
    )
    return number, as_stamp(oldest)


def overdue() -> list[str]:
    """Titles of the jobs that run for longer than they may and could not be ended."""
    known, now = kinds.known(), clock.stamp()
    found = []
    for kind, started in rows("SELECT kind, started_at FROM core_job WHERE state = 'running'"):
        limit = known[kind][1].limit if kind in known else 0.0
        if (now - as_stamp(started)).total_seconds() > limit + 60:
            found.append(str(known[kind][1].title) if kind in known else kind)
    return found


def troubled_services() -> tuple[list[str], list[str]]:
    """Titles of the services that go on, and words about those that do not although they should."""
    told = {row.name: row for row in ServiceRow.select()}
    fine, bad = [], []
    for name, (_owner, service) in kinds.services().items():
        row = told.get(name)
        if row is None:
            continue  # no worker has led since it came
        if row.state == "failed":
            bad.append(f"{service.title}: {row.error}")
        elif row.state == "running" and not is_alive(row.worker):
            bad.append(_("%(title)s: its worker is gone", title=str(service.title)))
        elif row.state == "running":
            fine.append(str(service.title))
    return fine, bad
