"""The administrator's page of jobs, and the page on which people watch a long one of theirs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify

from asurso_core import access, clock, web
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import queries, services
from asurso_core.navigation import NavItem

jobs = Blueprint("core_jobs", __name__)


@jobs.get("/admin/jobs")
@access.requires(queries.VIEW)
def index() -> Response:
    """The queue, what runs, what failed and why, and the schedules."""
    who = web.actor()
    return web.render(
        "core/admin/jobs.html", found=queries.overview(who), may=who.holds(queries.EDIT),
        local=clock.local,
    )  # fmt: skip


@jobs.post("/admin/jobs/<int:job_id>/retry")
@access.requires(queries.EDIT)
def retry(job_id: int) -> Response:
    """Try a job again, or run a periodic one now."""
    services.try_again(web.actor(), job_id)
    flash(_("The job begins in a moment."), "success")
    return web.go("core_jobs.index")


@jobs.get("/jobs/<int:job_id>")
@access.signed_in
def progress(job_id: int) -> Response:
    """How far a job is."""
    who = web.actor()
    entry = queries.job(who, job_id)
    return web.render(
        "core/admin/job.html", job=entry, local=clock.local, all_jobs=who.holds(queries.VIEW),
        may_cancel=who.holds(queries.EDIT) or entry.row.asked_by == who.user_id,
    )  # fmt: skip


@jobs.get("/jobs/<int:job_id>/state")
@access.signed_in
def state(job_id: int) -> Response:
    """The same for the script of the page."""
    entry = queries.job(web.actor(), job_id)
    row = entry.row
    return jsonify(state=row.state, percent=entry.percent, done=row.done, note=row.note or "")


@jobs.post("/jobs/<int:job_id>/cancel")
@access.signed_in
def cancel(job_id: int) -> Response:
    """Cancel a job that waits, or ask a running one to end."""
    who = web.actor()
    services.cancel(who, job_id)
    flash(_("The job is cancelled; if it was running, it ends at its next step."), "success")
    if who.holds(queries.VIEW):
        return web.go("core_jobs.index")
    return web.go("core_jobs.progress", job_id=job_id)


BLUEPRINTS: list[Any] = [jobs]
NAVIGATION: list[Any] = [
    NavItem(name="core.jobs", label=_l("Background jobs"), endpoint="core_jobs.index",
            section="admin", icon="clock", order=68),
]  # fmt: skip
