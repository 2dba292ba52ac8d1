"""Reports of the portfolio."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField

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
from asurso_portfolio import queries
from asurso_portfolio.permissions import REPORT
from asurso_portfolio.vocabulary import LEVELS


class Conditions(Form):
    """What to count."""

    since = DateField(_l("From"))
    until = DateField(_l("To"))
    confirmed = BooleanField(_l("Only confirmed ones"))


def by_level(actor: Actor, params: dict[str, Any]) -> Document:
    """Achievements of pupils by level and class, in the present year unless dates are given.

    :raises Invalid: the first day is later than the last.
    """
    access.require_any(actor, REPORT)
    year = current_year()
    since = params.get("since") or (year.starts if year else clock.today().replace(month=1, day=1))
    until = params.get("until") or (year.ends if year else clock.today())
    if since > until:
        raise Invalid(_("The first day must not be later than the last."))
    only = bool(params.get("confirmed"))
    counted: dict[tuple[int, str], dict[str, int]] = {}
    for grade, letter, level, number, confirmed in queries.achievements(
        actor, since, until, confirmed=only
    ):
        line = counted.setdefault((grade, letter), {"all": 0, "confirmed": 0})
        name = level if level in LEVELS else "none"
        line[name] = line.get(name, 0) + number
        line["all"] += number
        line["confirmed"] += confirmed
    names = [*LEVELS, "none", "all", "confirmed"]
    rows: list[list[Any]] = [
        [f"{grade}{letter}", *(line.get(name, 0) for name in names)]
        for (grade, letter), line in sorted(
            counted.items(), key=lambda one: (one[0][0], sort_key(one[0][1]))
        )
    ]
    if rows:
        sums = [sum(row[at] for row in rows) for at in range(1, len(names) + 1)]
        rows.append([_("Total"), *sums])
    columns = [
        Column(title=_("Class")),
        *(Column(title=str(word).capitalize(), number=True) for word in LEVELS.values()),
        Column(title=_("Level not given"), number=True),
        Column(title=_("In all"), number=True),
        Column(title=_("Of them confirmed"), number=True),
    ]
    note = _("From %(since)s to %(until)s", since=date_text(since), until=date_text(until))
    return Document(
        title=_("Achievements by level and class"),
        note=note + (", " + _("only confirmed ones") if only else ""),
        tables=[Table(columns=columns, rows=rows)],
    )


REPORTS = [
    Report(
        name="portfolio.achievements",
        title=_l("Achievements by level and class"),
        about=_l("How many school, municipal, regional and higher achievements each class has."),
        group=_l("Portfolios"),
        requires=REPORT,
        form=Conditions,
        build=by_level,
    )
]
