"""What plugins declare: kinds of jobs, schedules, and who listens to which facts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asurso_core import clock, plugins
from asurso_core.hookspecs.collect import (
    asurso_jobs,
    asurso_outbox_consumers,
    asurso_services,
)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A row of the outbox as its consumer sees it."""

    id: int
    kind: str
    payload: dict[str, Any]
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Job:
    """A kind of work; ``run(attempt, **arguments)`` does it (:class:`asurso_core.jobs.Attempt`).

    It may run again from its start when its worker was killed, so it must be repeatable; whatever
    goes out of the house is announced by ``attempt.leaving()``. With ``every`` or ``at`` (the time
    of day at school) it runs by itself, without arguments, and catches up once on what was missed
    while the machine was off.
    """

    name: str
    title: Any
    run: Callable[..., None]
    every: dt.timedelta | None = None
    at: dt.time | None = None
    #: So often it is tried before it is put among the failed ones.
    attempts: int = 5
    #: Seconds that one attempt may take.
    limit: float = 60.0
    #: The pause after the first failure; every further one is four times as long.
    first_pause: dt.timedelta = dt.timedelta(seconds=30)
    longest_pause: dt.timedelta = dt.timedelta(hours=6)
    #: The endpoint of the page where what it made is found, offered to whoever asked for it.
    shows: str = ""

    @property
    def is_periodic(self) -> bool:
        """Whether it runs by itself."""
        return self.every is not None or self.at is not None

    def pause(self, tries: int) -> dt.timedelta:
        """How long to wait after so many failures."""
        times: int = 4 ** min(max(tries - 1, 0), 12)
        return min(self.first_pause * times, self.longest_pause)

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The next run of a periodic job after a moment (naive UTC, as stored)."""
        if self.at is None:
            return moment + (self.every or dt.timedelta(days=1))
        here = clock.local(moment)
        wanted = here.replace(
            hour=self.at.hour, minute=self.at.minute, second=self.at.second, microsecond=0
        )
        if wanted <= here:
            wanted += dt.timedelta(days=1)
        return wanted.astimezone(dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True, kw_only=True)
class OutboxConsumer:
    """Who is told of facts: ``run(attempt, fact)`` is a job of its own for every fact and consumer.

    ``facts`` are kinds of the outbox (``journal.cells_changed``). The other fields are those of
    :class:`Job`; by default it tries for about three days.
    """

    name: str
    title: Any
    facts: tuple[str, ...]
    run: Callable[[Any, Fact], None]
    attempts: int = 18
    limit: float = 60.0
    first_pause: dt.timedelta = dt.timedelta(seconds=30)
    longest_pause: dt.timedelta = dt.timedelta(hours=6)

    def as_job(self) -> Job:
        """The kind of job that tells one fact."""

        def run(attempt: Any, id: int, kind: str, payload: dict[str, Any], at: str) -> None:  # noqa: A002 - names of the columns
            fact = Fact(id=id, kind=kind, payload=payload, at=dt.datetime.fromisoformat(at))
            self.run(attempt, fact)

        return Job(
            name=self.name, title=self.title, run=run, attempts=self.attempts, limit=self.limit,
            first_pause=self.first_pause, longest_pause=self.longest_pause,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Service:
    """Something that lives as long as the leading worker: a line that is kept open to a gateway.

    ``run(stop)`` is called in a thread with an application context and *without* a connection to
    the database: it opens one with :func:`asurso_core.db.connection` for each of its deeds. It
    goes on until ``stop`` is set and then returns within a few seconds; whatever it waits for
    needs a time-out. If it returns by itself there is nothing to do, and it is not called again
    before another worker leads. If it raises, it is started again after a pause that grows.
    """

    name: str
    title: Any
    run: Callable[[threading.Event], None]


def consumers() -> list[tuple[plugins.Plugin, OutboxConsumer]]:
    """Consumers with their plugins, those of switched-off plugins too."""
    return plugins.current().collect(asurso_outbox_consumers, everything=True)


def known() -> dict[str, tuple[str, Job]]:
    """``{name of the kind: (owner, kind)}``, those of switched-off plugins too."""
    manager = plugins.current()
    found = {
        job.name: (plugin.name, job)
        for plugin, job in manager.collect(asurso_jobs, everything=True)
    }
    for plugin, consumer in consumers():
        found[consumer.name] = (plugin.name, consumer.as_job())
    return found


def enabled() -> dict[str, Job]:
    """Kinds that may run now: their plugin is there and switched on."""
    manager = plugins.current()
    return {name: job for name, (owner, job) in known().items() if manager.is_enabled(owner)}


def services() -> dict[str, tuple[str, Service]]:
    """``{name: (owner, service)}`` of the plugins that are switched on."""
    return {
        service.name: (plugin.name, service)
        for plugin, service in plugins.current().collect(asurso_services)
    }
