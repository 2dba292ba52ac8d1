"""Which reports there are for a reader, and which of them are favourites."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from asurso_core import plugins
from asurso_core.actors import Actor
from asurso_core.db import rows, transaction
from asurso_core.errors import NotThere
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.i18n import gettext as _
from asurso_core.reports.documents import Report
from asurso_core.reports.models import ReportFavourite


def open_to(actor: Actor) -> list[Report]:
    """The reports that somebody may run on the present side of their life, by their order."""
    return sorted(
        (
            report
            for _plugin, report in plugins.collect(asurso_reports)
            if actor.holds(report.requires) and report.side in {None, actor.side}
        ),
        key=lambda one: one.order,
    )


def find(actor: Actor, name: str) -> Report:
    """One of them; raises :class:`NotThere` for every other name."""
    for report in open_to(actor):
        if report.name == name:
            return report
    raise NotThere(_("There is no such page, or it is not open to you."))


def link(actor: Actor, name: str, **params: Any) -> str:
    """The address of a report with parameters, empty where it is not open to the actor.

    For the ``url`` of a :class:`Cell`: from a sum to what it is made of.
    """
    slot = ("reports that are open", plugins.current().turn)
    if slot not in actor.memo:
        actor.memo[slot] = frozenset(one.name for one in open_to(actor))
    if name not in cast("frozenset[str]", actor.memo[slot]):
        return ""
    told = {key: value for key, value in params.items() if value is not None}
    return f"/reports/{name}?{urlencode(told)}" if told else f"/reports/{name}"


def favourites(actor: Actor) -> set[str]:
    """Names of the actor's favourite reports."""
    sql = "SELECT report FROM core_report_favourite WHERE user_id = ?"
    return {row[0] for row in rows(sql, [actor.user_id or 0])}


def set_favourite(actor: Actor, name: str, *, wanted: bool) -> None:
    """Put a report among the actor's own favourites, or take it from there."""
    report = find(actor, name)
    with transaction():
        mine = (ReportFavourite.user == actor.user_id) & (ReportFavourite.report == report.name)
        there = ReportFavourite.select().where(mine).exists()
        if wanted and not there:
            ReportFavourite.create(user=actor.user_id, report=report.name)
        elif there and not wanted:
            ReportFavourite.delete().where(mine).execute()
