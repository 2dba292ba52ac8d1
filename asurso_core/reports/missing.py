"""What is missing: of each report that is handed in, who has not handed it in for a study period.

Of whom a report is, its form tells: a class, a teacher, a group, a parallel, a subject, or nobody
in particular. Which period it is for tells the field ``period``, else its days, else the moment of
handing in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows
from asurso_core.reports import catalogue, keeping
from asurso_core.reports.documents import Report
from asurso_core.reports.models import ReportSnapshot
from asurso_core.reports.params import (
    ClassField,
    Offered,
    PeriodField,
    ReportForm,
    TeacherField,
    YearField,
)
from asurso_core.reports.permissions import ACCEPT
from asurso_core.school import Period, SchoolClass

#: A report without a period is of the one around whose end it is handed in: from the middle of
#: the period to so many days after it.
AFTER = dt.timedelta(days=30)


@dataclass(frozen=True)
class Lacking:
    """A report that is handed in: ``units`` are ``(of whom, state)``, an empty state is missing.

    A report of nobody in particular has one unit with an empty name.
    """

    title: str
    units: list[tuple[str, str]]

    @property
    def missing(self) -> int:
        """How many have not handed it in."""
        return sum(not state for _name, state in self.units)


def lacking(actor: Actor, period_id: int) -> list[Lacking]:
    """All reports that are handed in, with the state of the newest one of each class or person.

    :raises Refused: the actor does not accept reports.
    """
    access.require_any(actor, ACCEPT)
    period = Period.get_or_none(Period.id == period_id)
    if period is None:
        return []
    units: dict[type[Any], list[tuple[int, str]]] = {}
    kept = _kept(as_date(period.starts))
    found = []
    for report in catalogue.open_to(actor):
        if not report.submit:
            continue
        form = report.form(formdata=None, meta={"csrf": False})
        field = _unit(form)
        if field is not None and type(field) not in units:
            units[type(field)] = _units(actor, report, form, field, period)
        fits = _fits(form, period)
        states: dict[str, str] = {}
        for row in kept:
            if row.report == report.name and fits(row):
                states[row.params.get(field.name, "") if field else ""] = row.state
        of_whom = units[type(field)] if field else [("", "")]
        found.append(
            Lacking(str(report.title), [(name, states.get(str(id_), "")) for id_, name in of_whom])
        )
    return found


def _kept(starts: dt.date) -> list[ReportSnapshot]:
    """What was handed in since a day, the newest last, without contents."""
    # A day earlier covers every time zone; what is of another period is sorted out later.
    since = dt.datetime.combine(starts, dt.time.min) - dt.timedelta(days=1)
    handed = [keeping.SUBMITTED, keeping.RETURNED, keeping.ACCEPTED]
    return list(
        ReportSnapshot.select(
            ReportSnapshot.report, ReportSnapshot.params, ReportSnapshot.state,
            ReportSnapshot.made_at,
        )
        .where(ReportSnapshot.state.in_(handed), ReportSnapshot.made_at >= since)
        .order_by(ReportSnapshot.id)
    )  # fmt: skip


def _unit(form: Any) -> Offered | None:
    """The field that tells of whom a report is."""
    for field in form:
        if isinstance(field, Offered) and not isinstance(field, (YearField, PeriodField)):
            return field
    return None


def _units(
    actor: Actor, report: Report, form: Any, field: Offered, period: Period
) -> list[tuple[Any, str]]:
    if isinstance(field, ClassField):
        query = SchoolClass.select().where(SchoolClass.period_type == period.period_type_id)
        classes = sorted(query, key=lambda one: (one.grade, one.letter))
        return [(one.id, one.title) for one in classes]
    if isinstance(form, ReportForm) and "year" in form:
        form["year"].data = period.period_type.year_id
    found = field.pairs(form, actor, report.requires)
    if isinstance(field, TeacherField):
        teach = _teaching(period)
        return [(id_, name) for id_, name in found if id_ in teach]
    return list(found)


def _teaching(period: Period) -> set[int]:
    """Who teaches classes that have this period, on a day of it."""
    sql = """
        SELECT DISTINCT t.teacher_id FROM core_group_teacher t
          JOIN core_group_class gc ON gc.group_id = t.group_id
          JOIN core_school_class c ON c.id = gc.school_class_id AND c.period_type_id = ?
         WHERE t.since <= ? AND (t.until IS NULL OR t.until > ?)
    """
    found = rows(sql, [period.period_type_id, period.ends, period.starts])
    return {row[0] for row in found}


def _fits(form: Any, period: Period) -> Callable[[ReportSnapshot], bool]:
    """Whether a kept report of a form is one for the period."""
    starts, ends = as_date(period.starts), as_date(period.ends)

    def by_moment(row: ReportSnapshot) -> bool:
        made = clock.local(as_stamp(row.made_at)).date()
        return bool(starts + (ends - starts) / 2 <= made <= ends + AFTER)

    def by_days(row: ReportSnapshot) -> bool:
        days = _days(row.params)
        return starts <= days[1] and days[0] <= ends if days else by_moment(row)

    if "period" in form:
        return lambda row: row.params.get("period") == str(period.id)
    return by_days


def _days(params: Mapping[str, str]) -> tuple[dt.date, dt.date] | None:
    """The days that a report is about, None where its parameters name none."""
    told = [params.get(name, "") for name in ("since", "until", "day")]
    try:
        days = [dt.date.fromisoformat(one) for one in told if one]
    except ValueError:
        return None
    return (min(days), max(days)) if days else None
