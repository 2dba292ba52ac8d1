"""``asurso serve``: gunicorn with a few worker processes, or waitress where there is no fork.

And ``asurso worker``: the jobs alone.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import click

from asurso_core import config
from asurso_core import db as database
from asurso_core.cli.frame import school

log = logging.getLogger("asurso.jobs")

#: So long a worker leaves a new connection to its siblings, for each one that it holds already.
AFTER_YOU_SECONDS = 0.0002


@click.command()
@click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True)
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535)
)
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(0, 64),
    help="Worker processes, four threads each; 0 serves from this process alone (waitress).",
)
@click.option(
    "--jobs/--no-jobs",
    default=True,
    show_default=True,
    help="Run jobs inside the server too; with --no-jobs, `asurso worker` must run.",
)
def serve(host: str, port: int, workers: int, jobs: bool) -> None:
    """Serve the school to browsers."""
    with school():
        pass  # refuse to start on a database that is not up to date, before any worker exists
    database.release()
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"asurso: http://{shown}:{port}/")
    if workers == 0 or sys.platform == "win32":
        import waitress

        waitress.serve(application(jobs=jobs), host=host, port=port, threads=8, ident="asurso")
        return
    run_gunicorn(f"{shown}:{port}", workers, lambda: application(jobs=jobs))


def application(*, jobs: bool = True) -> Any:
    """The WSGI application of the instance, made anew in each worker process."""
    from asurso_core.app import create_app

    app = create_app(config.load())
    if jobs:
        from asurso_core.jobs.worker import Worker

        try:
            Worker(app).start()
        except Exception:  # pages must not wait for it; doctor tells of it (R07)
            log.exception("this process does no background jobs")
    return app


@click.command()
@click.option(
    "--threads",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Jobs that this process does at the same time.",
)
def worker(threads: int) -> None:
    """Run jobs apart from the server: mail, SMS, schedules. There may be several."""
    with school():
        pass
    database.release()
    from asurso_core.app import create_app
    from asurso_core.jobs.worker import Worker

    made = Worker(create_app(config.load()), threads=threads, alone=True)
    click.echo("asurso: the worker runs")
    made.run()


def run_gunicorn(address: str, workers: int, make: Callable[[], Any]) -> None:
    """Serve what ``make()`` gives, in each of the workers, with the settings of the house."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.workers.gthread import ThreadWorker

    class EvenWorker(ThreadWorker):
        """Lets a worker with fewer browsers take a new connection first.

        A connection stays with its worker as long as the browser keeps it. Without this the worker
        that happens to be awake takes them all, and the other processor idles.
        """

        def accept(self, listener: Any) -> None:
            time.sleep(min(self.nr_conns, 10) * AFTER_YOU_SECONDS)
            super().accept(listener)

    class Server(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": address,
                "workers": workers,
                "threads": 4,
                "worker_class": EvenWorker,
                "keepalive": 15,
                "timeout": 60,
                "graceful_timeout": 10,
                "limit_request_line": 8190,
                "proc_name": "asurso",
                "loglevel": "warning",
                "control_socket_disable": True,
            }.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return make()

    sys.argv = ["asurso"]  # gunicorn would read our own options as its own
    Server().run()
