"""Long reports as jobs, the news of a report's way, and the sweeping of old results."""

from __future__ import annotations

import datetime as dt
from typing import Any

from werkzeug.datastructures import MultiDict

from asurso_core import jobs
from asurso_core.accounts.queries import actor_for, holders
from asurso_core.actors import Actor
from asurso_core.db import rows, transaction
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Fact, Job, OutboxConsumer
from asurso_core.notices import NoticeKind, Words, tell
from asurso_core.reports import catalogue, keeping
from asurso_core.reports.documents import Report
from asurso_core.reports.models import ReportSnapshot
from asurso_core.reports.params import form_of
from asurso_core.reports.permissions import ACCEPT
from asurso_core.reports.progress import listened

MADE, MOVED = "core.report_made", "core.report_moved"
KINDS: list[Any] = [
    NoticeKind(name=MADE, title=_l("A report is ready"), group=_l("Reports"), side="", order=700),
    NoticeKind(
        name=MOVED, title=_l("A report was handed in, accepted or returned"),
        group=_l("Reports"), side="staff", order=701,
    ),
]  # fmt: skip


def ask_for(actor: Actor, report: Report, params: dict[str, str]) -> int:
    """Have a long report made; returns the number of the job."""
    with transaction():
        return int(
            jobs.enqueue(
                "core.report", by=actor, report=report.name, params=params,
                user=actor.user_id, side=actor.side,
            )
        )  # fmt: skip


def make(attempt: Attempt, *, report: str, params: dict[str, str], user: int, side: str) -> None:
    """Make a report that somebody asked for; rights are those of this moment."""
    actor = actor_for(user, side)
    wanted = catalogue.find(actor, report)
    form = form_of(actor, wanted, MultiDict(params))
    form.validate()
    with listened(attempt.progress):
        document = wanted.build(actor, form.data)
    with transaction():
        row = keeping.keep(actor, wanted, document, form.data, state=keeping.RESULT)
        tell(
            MADE, Words(title=str(document.title), text=_("The report is ready."),
                        bland=_("A report is ready")),
            key=f"{row.id}", to=[actor.person_id] if actor.person_id else [],
            url=f"/reports/kept/{row.id}",
        )  # fmt: skip
        attempt.finish()


def sweep(attempt: Attempt) -> None:
    """Forget results that nobody fetched, and kept reports whose term is over."""
    keeping.forget_old()
    while keeping.forget_expired(attempt.actor):
        attempt.check()


def _tell_moved(attempt: Attempt, fact: Fact) -> None:
    del attempt
    row = ReportSnapshot.get_or_none(ReportSnapshot.id == fact.payload["snapshot"])
    if row is None:
        return
    state = fact.payload["state"]
    words = {
        keeping.SUBMITTED: _("handed in"), keeping.ACCEPTED: _("accepted"),
        keeping.RETURNED: _("returned: %(reason)s", reason=row.reason or ""),
    }[state]  # fmt: skip
    author = [
        person
        for (person,) in rows("SELECT person_id FROM core_user WHERE id = ?", [row.author_id or 0])
    ]
    to = holders(ACCEPT) if state == keeping.SUBMITTED else author
    with transaction():
        tell(
            MOVED, Words(title=row.title, text=words, bland=_("News of a report")),
            key=f"{row.id}:{state}", to=to, url=f"/reports/kept/{row.id}",
            by=author[0] if author and state == keeping.SUBMITTED else None,
        )  # fmt: skip


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="core.tell_reports", title=_l("News of reports"), facts=("core.report_moved",),
        run=_tell_moved,
    )
]  # fmt: skip
JOBS: list[Any] = [
    Job(name="core.report", title=_l("A long report"), run=make, limit=600.0),
    Job(
        name="core.sweep_reports", title=_l("Old reports are forgotten"), run=sweep,
        at=dt.time(3, 40),
    ),
]  # fmt: skip
