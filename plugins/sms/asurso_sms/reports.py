"""What text messages cost: by month, purpose and class."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.errors import Invalid
from asurso_core.forms import DateField, Form
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Column, Document, Report, Table
from asurso_core.school import current_year
from asurso_core.text import sort_key
from asurso_sms import queries, words
from asurso_sms.permissions import COSTS


class Conditions(Form):
    """From when to when."""

    since = DateField(_l("From"))
    until = DateField(_l("To"))


def costs(actor: Actor, params: dict[str, Any]) -> Document:
    """Messages, parts and roubles by month, purpose and class; the present year unless told.

    :raises Invalid: the first day is later than the last.
    """
    access.require_any(actor, COSTS)
    year = current_year()
    since = params.get("since") or (year.starts if year else clock.today().replace(month=1, day=1))
    until = params.get("until") or (year.ends if year else clock.today())
    if since > until:
        raise Invalid(_("The first day must not be later than the last."))
    counted: dict[tuple[dt.date, str, str], list[int]] = {}
    for month, purpose, title, state, parts, price in queries.sent_between(actor, since, until):
        line = counted.setdefault((month, purpose, title), [0, 0, 0, 0])
        line[0] += 1
        line[1] += state == "delivered"
        line[2] += parts
        line[3] += price
    rows: list[list[Any]] = [
        [date_text(month, "LLLL y"), str(words.PURPOSES[purpose]), title or "—",
         *numbers[:3], (Decimal(numbers[3]) / 100).quantize(Decimal("0.01"))]
        for (month, purpose, title), numbers in sorted(
            counted.items(), key=lambda one: (one[0][0], one[0][1], sort_key(one[0][2]))
        )
    ]  # fmt: skip
    if rows:
        rows.append([_("Total"), "", "", *(sum(row[at] for row in rows) for at in range(3, 7))])
    columns = [
        Column(title=_("Month")),
        Column(title=_("What for")),
        Column(title=_("Class")),
        Column(title=_("Messages"), number=True),
        Column(title=_("Of them delivered"), number=True),
        Column(title=_("Parts"), number=True),
        Column(title=_("Cost, roubles"), number=True),
    ]
    return Document(
        title=_("Cost of text messages"),
        note=_("From %(since)s to %(until)s", since=date_text(since), until=date_text(until)),
        tables=[Table(columns=columns, rows=rows)],
    )


REPORTS = [
    Report(
        name="sms.costs",
        title=_l("Cost of text messages"),
        about=_l("How many messages were sent, what for and of which class, and what they cost."),
        group=_l("Text messages"),
        requires=COSTS,
        form=Conditions,
        build=costs,
    )
]
