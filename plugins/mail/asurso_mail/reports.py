"""A report as a letter: a draft with the PDF, whose recipients are still to be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.actors import Actor
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Paper, ReportDestination
from asurso_mail import services
from asurso_mail.permissions import USE


def _draft(actor: Actor, paper: Paper) -> tuple[str, Mapping[str, Any]]:
    letter = services.Letter(
        subject=paper.title,
        text=_(
            "The report “%(title)s” (%(note)s) is attached.", title=paper.title, note=paper.note
        ),
    )
    copy = services.save_draft(actor, letter)
    services.add_files(actor, copy.id, [paper.upload()])
    return "mail.draft", {"copy_id": copy.id}


DESTINATIONS: list[Any] = [
    ReportDestination(name="mail.letter", title=_l("By a letter"), requires=USE, begin=_draft)
]
