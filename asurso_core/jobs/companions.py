"""Services: what the leading worker keeps going in threads of its own, besides the jobs.

A line to a gateway must be held open by exactly one process. Who leads the workers holds a lock
that ends with the process, so whoever leads keeps the services.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask

from asurso_core import clock, plugins
from asurso_core.db import connection, transaction
from asurso_core.jobs import kinds
from asurso_core.jobs.models import ServiceRow

log = logging.getLogger("asurso.jobs")

RUNNING, FAILED, ENDED = "running", "failed", "ended"
#: The pause after the first failure; each further one is twice as long.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
#: What has gone on for so long has recovered: its next failure counts as the first.
RECOVERED = 600.0
#: Seconds that services get to end.
FAREWELL = 5.0


class _Running:
    """One service of this worker: its thread, its stop, and when it may begin again."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.stop = threading.Event()
        self.since = 0.0
        self.failures = 0
        self.not_before = 0.0
        self.over = False  # it came back by itself: there is nothing to do


class Companions:
    """The services of one worker."""

    def __init__(self, app: Flask, number: Callable[[], int]) -> None:
        """``number`` tells the worker's present number."""
        self._app = app
        self._number = number
        self._all: dict[str, _Running] = {}

    def keep(self) -> None:
        """Start what should be going and is not, stop what should not be; called by who leads."""
        wanted = kinds.services()
        for name in set(self._all) - set(wanted):
            self._all.pop(name).stop.set()
        now = time.monotonic()
        for name, (owner, service) in wanted.items():
            one = self._all.setdefault(name, _Running())
            going = one.thread is not None and one.thread.is_alive()
            if not going and not one.over and now >= one.not_before:
                self._start(one, owner, service)

    def _start(self, one: _Running, owner: str, service: kinds.Service) -> None:
        one.since = time.monotonic()
        one.thread = threading.Thread(
            target=self._run, args=(one, owner, service), name=f"asurso-{service.name}", daemon=True
        )
        one.thread.start()

    def _run(self, one: _Running, owner: str, service: kinds.Service) -> None:
        with self._app.app_context():
            self._tell(service.name, RUNNING, one)
            try:
                service.run(one.stop)
            except Exception as error:
                if time.monotonic() - one.since > RECOVERED:
                    one.failures = 0
                pause = min(FIRST_PAUSE * 2.0 ** min(one.failures, 20), LONGEST_PAUSE)
                one.failures += 1
                one.not_before = time.monotonic() + pause
                log.warning(
                    "service %s failed, again in %.0f s", service.name, pause, exc_info=error
                )
                plugins.current().note(owner, service.name, error, strike=False)
                self._tell(service.name, FAILED, one, f"{type(error).__name__}: {error}")
            else:
                one.over = not one.stop.is_set()
                self._tell(service.name, ENDED, one)

    def _tell(self, name: str, state: str, one: _Running, error: str | None = None) -> None:
        """Write down how a service is; that it cannot be written must not end it."""
        values = {
            "state": state, "failures": one.failures, "worker": self._number(),
            "since": clock.stamp(),
        }  # fmt: skip
        if error is not None:
            values["error"] = error[:1000]
        try:
            with connection(), transaction():
                if not ServiceRow.update(values).where(ServiceRow.name == name).execute():
                    ServiceRow.insert(name=name, **values).execute()
        except Exception:
            log.warning("the state of the service %s could not be written", name, exc_info=True)

    def end(self) -> None:
        """Stop all of them: this worker does not lead any more, or ends."""
        if not self._all:
            return
        ending, self._all = self._all, {}
        for one in ending.values():
            one.stop.set()
        until = time.monotonic() + FAREWELL
        for one in ending.values():
            if one.thread is not None:
                one.thread.join(max(0.0, until - time.monotonic()))
