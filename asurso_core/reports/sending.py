"""Sending a report: its kept copy goes as a PDF into whatever a plugin writes letters with.

The kernel knows no mail: plugins say by ``asurso_report_destinations`` where a paper may go. What
is sent is the copy as it was kept, so its readers see what the sender saw, and nothing more.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage

from asurso_core import access, audit, clock, plugins
from asurso_core.actors import Actor
from asurso_core.db import transaction
from asurso_core.errors import NotThere
from asurso_core.hookspecs.collect import asurso_report_destinations
from asurso_core.i18n import gettext as _
from asurso_core.reports import keeping, packing, writing
from asurso_core.reports.permissions import SUBMIT


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A report that is on its way: ``note`` says of whom and when it is, ``body`` is the PDF."""

    title: str
    note: str
    body: bytes

    def upload(self) -> FileStorage:
        """The PDF as ``files.receive`` and ``files.save`` take it."""
        return FileStorage(io.BytesIO(self.body), filename=f"{self.title}.pdf")


@dataclass(frozen=True, kw_only=True)
class ReportDestination:
    """A way to send a report, of an owner.

    ``begin(actor, paper)`` hangs the paper on something that is being written (a draft) and returns
    the page where it is gone on with: an endpoint and its values. It runs inside a transaction,
    asks its own rights, and may refuse by :class:`Invalid`. ``requires`` is the permission without
    which the way is not offered.
    """

    name: str
    title: Any
    requires: str
    begin: Callable[[Actor, Paper], tuple[str, Mapping[str, Any]]]
    icon: str = "mail"
    order: int = 100


def ways(actor: Actor) -> list[ReportDestination]:
    """How the actor may send a report; none to whoever may not keep one."""
    if not actor.holds(SUBMIT):
        return []
    found = [one for _owner, one in plugins.collect(asurso_report_destinations)]
    return sorted((one for one in found if actor.holds(one.requires)), key=lambda one: one.order)


def send(
    actor: Actor, snapshot_id: int, way: str, *, stamp: Mapping[str, str]
) -> tuple[str, Mapping[str, Any]]:
    """Put a kept report into what is being written; returns the page to go on with.

    ``stamp`` is that of its PDF. Nothing leaves before the sender has chosen the recipients there.

    :raises NotThere: there is no such report or way, or it is not open to the actor.
    :raises Refused: the actor may not keep reports.
    :raises Invalid: the paper does not fit where it shall go.
    """
    access.require_any(actor, SUBMIT)
    wanted = next((one for one in ways(actor) if one.name == way), None)
    if wanted is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    row = keeping.snapshot(actor, snapshot_id)
    document = packing.unpacked(row.content, links=False)
    made = clock.local(row.made_at)
    body = writing.as_pdf(document, author=keeping.author_of(row), moment=made, stamp=dict(stamp))
    note = ", ".join(one for one in (str(document.note), made.strftime("%d.%m.%Y")) if one)
    with transaction():
        if row.state == keeping.RESULT:
            keeping.adopt(actor, row.id)  # or the code on the paper would soon lead nowhere
        page = wanted.begin(actor, Paper(title=row.title, note=note, body=body))
        audit.record(
            actor, "core.report_passed_on", f"core.report:{row.id}",
            after={"report": row.report, "digest": row.digest, "way": way},
        )  # fmt: skip
    return page
