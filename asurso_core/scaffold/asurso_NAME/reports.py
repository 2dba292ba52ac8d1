"""Reports of the plugin: what stands in them; the kernel shows and writes them."""

from __future__ import annotations

from typing import Any

from asurso_core import access
from asurso_core.actors import Actor
from asurso_core.forms import Form
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Column, Document, Report, Table

from asurso_@name@ import queries
from asurso_@name@.permissions import READ


class Conditions(Form):
    """Nothing can be chosen yet."""


def by_author(actor: Actor, params: dict[str, Any]) -> Document:
    """How many notes everybody wrote."""
    del params
    access.require_any(actor, READ)
    columns = [
        Column(title=_("Author of the notes")),
        Column(title=_("How many notes"), number=True),
    ]
    table = Table(columns=columns, rows=queries.counts(actor))
    return Document(title=_("Notes by author"), tables=[table])


REPORTS = [
    Report(
        name="@name@.by_author",
        title=_l("Notes by author"),
        group=_l("@Title@"),
        requires=READ,
        form=Conditions,
        build=by_author,
    )
]
