"""Reports of the board: who has read an announcement, and how all of them are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_announcements import queries, services
from asurso_announcements.permissions import WRITE
from asurso_announcements.services.writing import FILE
from asurso_core import clock, files, web
from asurso_core.actors import Actor
from asurso_core.forms import Form, IdField
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Column, Document, Paper, Report, ReportDestination, Table


class Conditions(Form):
    """Which announcement; none: a line for each."""

    announcement = IdField(_l("Announcement"), rows=lambda: queries.reportable(web.actor()))


def _moment(value: Any) -> str | None:
    return f"{clock.local(value):%d.%m.%Y %H:%M}" if value is not None else None


def readers(actor: Actor, params: dict[str, Any]) -> Document:
    """Who has read and acknowledged one announcement, or how many have read each."""
    chosen = params.get("announcement")
    if chosen is None:
        return _all(actor)
    circle = queries.circle(actor, chosen)
    columns = [
        Column(title=_("Name")), Column(title=_("Of whom")), Column(title=_("Read")),
        Column(title=_("Acknowledged")),
    ]  # fmt: skip
    note = _(
        "%(all)s people in all, %(read)s have read, %(done)s have acknowledged",
        all=circle.total, read=circle.read, done=circle.acknowledged,
    )  # fmt: skip
    return Document(
        title=_("Who has read: %(title)s", title=circle.row.title),
        note=note,
        tables=[
            Table(
                title=section.title,
                columns=columns,
                rows=[
                    [one.name, one.about, _moment(one.read_at), _moment(one.acknowledged_at)]
                    for one in section.members
                ],
            )
            for section in circle.sections
        ],
    )


def _all(actor: Actor) -> Document:
    columns = [
        Column(title=_("Announcement")), Column(title=_("Author")),
        Column(title=_("On the board since")),
        Column(title=_("Have read"), number=True),
        Column(title=_("Have acknowledged"), number=True),
    ]  # fmt: skip
    rows = [
        [title, author, _moment(since), read, acknowledged]
        for _id, title, since, author, read, acknowledged in queries.tally(actor)
    ]
    return Document(
        title=_("Readers of announcements"),
        note=_("Choose an announcement to see the people."),
        tables=[Table(columns=columns, rows=rows)],
    )


REPORTS = [
    Report(
        name="announcements.readers",
        title=_l("Readers of announcements"),
        about=_l("Who has read and acknowledged an announcement, by class."),
        group=_l("Announcements"),
        requires=WRITE,
        form=Conditions,
        build=readers,
    )
]


def _draft(actor: Actor, paper: Paper) -> tuple[str, Mapping[str, Any]]:
    content = services.Content(
        title=paper.title[:200],
        text=_(
            "The report “%(title)s” (%(note)s) is attached.", title=paper.title, note=paper.note
        ),
        add=[files.receive(FILE, paper.upload())],
    )
    row = services.save(actor, None, content)
    return "announcements.edit", {"announcement_id": row.id}


DESTINATIONS: list[Any] = [
    ReportDestination(
        name="announcements.board", title=_l("As an announcement"), requires=WRITE, begin=_draft,
        icon="megaphone", order=110,
    )
]  # fmt: skip
