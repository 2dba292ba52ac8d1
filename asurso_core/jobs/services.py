"""What people do with jobs: try again, cancel, run a periodic one now."""

from __future__ import annotations

from asurso_core import access, audit
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import Conflict
from asurso_core.i18n import gettext as _
from asurso_core.jobs import queries, queue
from asurso_core.jobs.models import JobRow


def try_again(actor: Actor, number: int) -> None:
    """Put a job that is over back into the queue, or run a periodic one now.

    Somebody who asked for a job sees it, but only who holds ``core.jobs.edit`` repeats it: what
    had an unknown outcome may reach people twice.

    :raises NotThere: there is no such job.
    :raises Conflict: it waits or runs already.
    """
    access.require_any(actor, queries.EDIT)
    entry = queries.job(actor, number)
    with transaction():
        if not (queue.retry(number) or queue.bring_forward(_periodic(entry.row))):
            raise Conflict(_("This job is not over: it waits, runs or is done."))
        audit.record(
            actor, "core.job_retried", f"core.job:{number}", before={"state": entry.row.state}
        )


def _periodic(row: JobRow) -> str:
    return str(row.kind) if row.periodic else ""


def cancel(actor: Actor, number: int) -> None:
    """End a job that waits, and ask a running one to end; its own too, for who asked for it.

    :raises NotThere: there is no such job.
    :raises Conflict: it is over already.
    """
    entry = queries.job(actor, number)
    if entry.row.asked_by is None or entry.row.asked_by != actor.user_id:
        access.require_any(actor, queries.EDIT)
    with transaction():
        if not queue.cancel(number):
            raise Conflict(_("This job is over already."))
        audit.record(
            actor, "core.job_cancelled", f"core.job:{number}", before={"state": entry.row.state}
        )
