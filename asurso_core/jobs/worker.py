"""Workers: huey's consumer takes numbers of jobs out of its queue, our tables say what to do.

The queue may be lost or hold a number twice: it is filled again from the table when it is empty,
and a number that was taken by somebody else leads to nothing. So nothing has to be written to it
when a job is asked for, and it needs no backup.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huey
from flask import Flask
from huey.consumer import Consumer, Scheduler
from huey.serializer import SignedSerializer

from asurso_core import clock, plugins, revisions, settings
from asurso_core import db as database
from asurso_core.config import Config
from asurso_core.jobs import kinds, queue
from asurso_core.jobs.attempts import attend
from asurso_core.jobs.companions import Companions
from asurso_core.jobs.life import Life, is_alive, sweep
from asurso_core.school import School

log = logging.getLogger("asurso.jobs")

#: So often the leading worker looks for what is new.
LOOK_SECONDS = 0.5
#: Seconds over its limit after which a job that cannot be ended costs a worker of its own its life.
PATIENCE = 60.0
#: Seconds that a worker gives its jobs to end when it is told to.
FAREWELL = 8.0
#: The schema of huey's tables on PostgreSQL, apart from the school's: it needs no backup.
SCHEMA = "asurso_jobs"


def _queue_of(conf: Config) -> Any:
    """Huey's queue of numbers: a file beside the database, or a schema of its own."""
    serializer = SignedSerializer(secret=conf.secret_key, salt="asurso-jobs")
    options = {"results": False, "serializer": serializer}
    if conf.database.startswith("sqlite:"):
        # Nothing is in it that could not be put in again.
        file = Path(database.db.obj.database).with_suffix(".queue")
        return huey.SqliteHuey("asurso", filename=str(file), fsync=False, **options)
    import psycopg

    def connect() -> Any:
        made = psycopg.connect(conf.database, autocommit=True, connect_timeout=5)
        made.execute(f"SET search_path TO {SCHEMA}")
        return made

    with psycopg.connect(conf.database, connect_timeout=5) as first:
        # Two processes that make the same schema or table at once disturb each other.
        first.execute("SELECT pg_advisory_xact_lock(hashtext('asurso_jobs'))")
        if first.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() == (None,):
            first.execute(f"CREATE SCHEMA {SCHEMA}")
            first.commit()
            first.execute("SELECT pg_advisory_xact_lock(hashtext('asurso_jobs'))")
        return huey.PostgresHuey("asurso", connection=connect, blocking=False, **options)


class Worker:
    """The jobs of one process: its number, its queue and its threads."""

    def __init__(self, app: Flask, *, threads: int = 1, alone: bool = False) -> None:
        """Make a worker of an application; ``alone`` is a process that does nothing else."""
        self.app = app
        self.alone = alone
        conf: Config = app.extensions["asurso_config"]
        self.life = Life(conf.database)
        self.queue = _queue_of(conf)
        self._busy: dict[int, float] = {}  # job → when it must be over, by the monotonic clock
        self._rhythm = queue.Rhythm()
        self._revisions: tuple[int, ...] = ()
        self.companions = Companions(app, lambda: self.life.number)
        self.look = self.queue.task(name="look")(self._look)
        self.consumer = _Consumer(self, threads)

    # --- called by the threads of huey

    def _look(self, job: int) -> None:
        """Attend to one job."""
        if not self.life.number:
            return  # not entered yet: nobody would know whose the job is; it comes again
        self._busy[job] = float("inf")
        try:
            with self._at_work():
                self._busy[job] = time.monotonic() + PATIENCE + self._limit_of(job)
                attend(job, self.life.number)
        finally:
            self._busy.pop(job, None)

    def _limit_of(self, job: int) -> float:
        found = database.rows("SELECT kind FROM core_job WHERE id = ?", [job])
        kind = kinds.enabled().get(found[0][0]) if found else None
        return kind.limit if kind else 0.0

    def tick(self) -> None:
        """What is seen to between jobs; one of all workers leads."""
        self._end_if_stuck()
        with self._at_work():
            if not self.life.holds():
                self.companions.end()  # another worker may lead by now
                self._begin_again()
            queue.give_up(self.life.number, busy=lambda: self._busy)
            if not self.life.lead():
                return
            sweep(queue.bury(is_alive))
            queue.mind_the_clock()
            queue.fan_out()
            queue.plan()
            self._rhythm.watch()
            if not self.queue.storage.queue_size():
                for job in queue.due():
                    self.look(job)
        self.companions.keep()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        with self.app.app_context(), database.connection():
            self._refresh()
            yield

    def _refresh(self) -> None:
        """Notice what has changed in other processes: plugins, settings, the zone of the school."""
        found = revisions.of("plugins", "settings", "school")
        plugins.current().refresh(found[0])
        settings.refresh(found[1])
        if found != self._revisions:
            school = School.select().first()
            if school is not None:
                clock.set_zone(school.zone)
            self._revisions = found

    def _begin_again(self) -> None:
        before = self.life.number
        self.life.end()
        self.life.begin()
        queue.enter(self.life.number, f"{socket.gethostname()}:{os.getpid()}")
        if before:
            log.warning("worker %x lost its lock and goes on as %x", before, self.life.number)

    def _end_if_stuck(self) -> None:
        now = time.monotonic()
        stuck = [job for job, until in self._busy.items() if now > until]
        if stuck and self.alone:
            log.critical("jobs %s cannot be ended; the worker ends itself", stuck)
            os._exit(70)

    # --- beginning and end

    def start(self) -> None:
        """Begin in threads of this process; ends with it."""
        threading.Thread(target=self.consumer.run, name="asurso-jobs", daemon=True).start()
        atexit.register(self.stop)

    def run(self) -> None:
        """Work until the process is told to end (TERM or INT)."""
        self.consumer.run()
        self.say_goodbye()

    def stop(self) -> None:
        """End in good order: what runs gets a moment to finish."""
        self.consumer.stop_flag.set()
        until = time.monotonic() + FAREWELL
        while self._busy and time.monotonic() < until:
            time.sleep(0.05)
        self.say_goodbye()

    def say_goodbye(self) -> None:
        """Strike this worker off; what it did not finish is given to others."""
        self.companions.end()
        if not self.life.number:
            return
        try:
            with self.app.app_context(), database.connection():
                queue.leave(self.life.number)
        except Exception:  # whoever leads finds the lock free and does it
            log.info("the worker could not take its leave", exc_info=True)
        self.life.end()


class _Pump(Scheduler):
    """Takes the place of huey's scheduler: schedules and retries are rows of ours."""

    worker: Worker

    def loop(self, now: Any = None) -> None:
        """Look once, then rest."""
        del now
        try:
            self.worker.tick()
        except Exception:
            log.exception("the worker could not look after the jobs this time")
            if not self.worker.life.holds():
                self.worker.companions.end()  # the database is away, and with it our lock
            self.stop_flag.wait(5 * LOOK_SECONDS)
        self.stop_flag.wait(LOOK_SECONDS)


class _Consumer(Consumer):
    """Huey's consumer with our pump; it takes signals only in a process of its own."""

    def __init__(self, worker: Worker, threads: int) -> None:
        self._worker = worker
        super().__init__(
            worker.queue, workers=threads, periodic=False, initial_delay=0.1, max_delay=1.0,
            check_worker_health=True, graceful_signal="TERM", shutdown_timeout=FAREWELL,
        )  # fmt: skip

    def _create_scheduler(self) -> Any:
        pump = _Pump(self.huey, self.stop_flag, 1, periodic=False)
        pump.worker = self._worker
        return pump

    def _set_signal_handlers(self) -> None:
        if self._worker.alone:
            super()._set_signal_handlers()
