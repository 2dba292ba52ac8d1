"""Work apart from requests: printing a class journal, and throwing away what was fetched."""

from __future__ import annotations

import datetime as dt

from asurso_core.accounts import User, actor_for
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.jobs import Attempt, Job
from asurso_journal.services import papers


def print_journal(attempt: Attempt, class_id: int, slot: int, user: int, side: str) -> None:
    """Print the journal of a class in the name of whoever asked for it.

    An account that was closed meanwhile gets nothing: there is nobody to fetch it.
    """
    if not User.select().where(User.id == user, User.state == "active").exists():
        return
    papers.keep(attempt, actor_for(user, side), class_id, slot)


def clean_papers(attempt: Attempt) -> None:
    """Throw away printed journals that are older than a few days."""
    papers.forget_old(attempt.actor)


JOBS = [
    Job(
        name=papers.JOB, title=_l("Printing a class journal"), run=print_journal, attempts=3,
        limit=300, shows="journal.papers_list",
    ),
    Job(
        name="journal.clean_papers", title=_l("Throwing away old printed journals"),
        run=clean_papers, at=dt.time(3, 20),
    ),
]  # fmt: skip
FILE_KINDS = [
    FileKind(
        name=papers.FILE_KIND, title=_l("Printed class journals"), types=(papers.ZIP,),
        may_read=papers.may_fetch,
    )
]  # fmt: skip
