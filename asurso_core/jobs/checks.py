"""What ``asurso doctor`` says of jobs."""

from __future__ import annotations

import datetime as dt

from asurso_core import clock
from asurso_core.db import rows
from asurso_core.health import NOTE, OK, WARNING, Finding, HealthCheck
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.jobs import queries

#: So long a fact or a due job may wait while all is well.
USUAL = dt.timedelta(minutes=10)


def _since(oldest: dt.datetime | None) -> dt.timedelta:
    return dt.timedelta() if oldest is None else clock.stamp() - oldest


def facts() -> Finding:
    """R06: facts that nobody has handed on, and jobs that could have begun."""
    number, oldest = queries.waiting_facts()
    due, oldest_due = queries.oldest_due()
    if not number and not due:
        return Finding(level=OK, text=_("Nothing waits."))
    text = ngettext("%(num)s fact waits", "%(num)s facts wait", number)
    text += ", " + ngettext("%(num)s job is due", "%(num)s jobs are due", due)
    longest = max(_since(oldest), _since(oldest_due))
    text += ", " + ngettext(
        "the oldest for %(num)s minute.", "the oldest for %(num)s minutes.",
        int(longest.total_seconds() // 60),
    )  # fmt: skip
    return Finding(level=WARNING if longest > USUAL else NOTE, text=text)


def workers() -> Finding:
    """R07: somebody does the jobs, and none of them hangs."""
    names = queries.living_workers()
    if not names:
        return Finding(
            level=WARNING,
            text=_("Nobody does the background jobs. Run asurso serve, or asurso worker."),
        )
    stuck = queries.overdue()
    if stuck:
        return Finding(
            level=WARNING,
            text=_("Jobs over their time that cannot be ended: %(list)s. Restart the worker.",
                   list="; ".join(stuck)),
        )  # fmt: skip
    return Finding(level=OK, text=", ".join(names))


def failures() -> Finding:
    """R13: jobs that were given up, and schedules whose last run failed."""
    ((number,),) = rows("SELECT COUNT(*) FROM core_job WHERE state IN ('failed', 'unknown')")
    ((periodic,),) = rows("SELECT COUNT(*) FROM core_job WHERE periodic AND error IS NOT NULL")
    if not number and not periodic:
        return Finding(level=OK, text=_("None."))
    text = ngettext("%(num)s job failed.", "%(num)s jobs failed.", number) if number else ""
    if periodic:
        text += " " + ngettext(
            "%(num)s schedule did not succeed the last time.",
            "%(num)s schedules did not succeed the last time.",
            periodic,
        )
    return Finding(
        level=WARNING,
        text=_("%(text)s The page of background jobs tells why.", text=text.strip()),
    )


def services() -> Finding:
    """R15: what the leading worker keeps going does go on."""
    fine, bad = queries.troubled_services()
    if bad:
        return Finding(level=WARNING, text="; ".join(bad))
    return Finding(level=OK, text=", ".join(fine) or _("None."))


CHECKS = [
    HealthCheck(name="R06", title=_l("Messages that wait"), run=facts),
    HealthCheck(name="R07", title=_l("Background worker"), run=workers),
    HealthCheck(name="R13", title=_l("Failed jobs"), run=failures),
    HealthCheck(name="R15", title=_l("Services of the worker"), run=services),
]
