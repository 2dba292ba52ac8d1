"""The kernel's own jobs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flask import current_app

from asurso_core import audit_chain, files
from asurso_core.errors import Unavailable
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import queue
from asurso_core.jobs.attempts import Attempt
from asurso_core.jobs.kinds import Job


def seal_history(attempt: Attempt) -> None:
    """Seal what is new in the history; what finds no room now will in a minute."""
    del attempt
    try:
        audit_chain.seal(audit_chain.heads_file(Path(current_app.instance_path)))
    except Unavailable:
        return  # writers come first; doctor counts what waits (R09)


def clean(attempt: Attempt) -> None:
    """Forget facts and jobs that have been over for long enough."""
    del attempt
    queue.clean()


def sweep_files(attempt: Attempt) -> None:
    """Delete bytes of files that nothing refers to any more."""
    del attempt
    files.sweep()


JOBS = [
    Job(name="core.seal_history", title=_l("Seal of the history"), run=seal_history,
        every=dt.timedelta(minutes=1), first_pause=dt.timedelta(seconds=60)),
    Job(name="core.clean_jobs", title=_l("Cleaning of finished jobs and facts"), run=clean,
        at=dt.time(4, 10), limit=600.0),
    Job(name="core.sweep_files", title=_l("Cleaning of files that nothing refers to"),
        run=sweep_files, at=dt.time(4, 20), limit=600.0),
]  # fmt: skip
