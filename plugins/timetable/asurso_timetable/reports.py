"""Reports of substitutions (features.md 3.10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.errors import Invalid
from asurso_core.forms import DateField
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Column, Document, Report, ReportForm, Row, Table
from asurso_timetable.permissions import SUBSTITUTIONS
from asurso_timetable.substitutions import (
    CANCELLED,
    KINDS,
    PAYMENTS,
    REASONS,
    SubstitutionRow,
    substitutions,
)


class OfDays(ReportForm):
    """From when to when: the present month unless told."""

    since = DateField(_l("From"))
    until = DateField(_l("To"))


class OfMonth(ReportForm):
    """The month of a day."""

    day = DateField(_l("A day of the month"))


def journal(actor: Actor, params: dict[str, Any]) -> Document:
    """Журнал замещений: every substitution between two days.

    :raises Invalid: the first day is later than the last.
    """
    access.require_any(actor, SUBSTITUTIONS)
    since, until = _span(params.get("since") or clock.today())
    since, until = params.get("since") or since, params.get("until") or until
    if since > until:
        raise Invalid(_("The first day must not be later than the last."))
    return Document(
        title=_("Journal of substitutions"), note=f"{since:%d.%m.%Y} — {until:%d.%m.%Y}",
        tables=[
            Table(
                columns=[
                    Column(title=_("Day")), Column(title=_("Lesson"), number=True),
                    Column(title=_("Class")), Column(title=_("Subject")),
                    Column(title=_("Absent")), Column(title=_("Reason")),
                    Column(title=_("Who gives it")), Column(title=_("What is given")),
                    Column(title=_("Payment")), Column(title=_("Order no.")),
                ],
                rows=[
                    [
                        one.date, one.number, one.classes, f"{one.subject} {one.group}".strip(),
                        one.absent, str(REASONS.get(one.reason, "")), one.substitute,
                        one.actual or str(KINDS.get(one.kind, "")),
                        str(PAYMENTS.get(one.payment, "")), one.order_number,
                    ]
                    for one in substitutions(since, until)
                ],
            )
        ],
    )  # fmt: skip


def _span(day: dt.date) -> tuple[dt.date, dt.date]:
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def sheet(actor: Actor, params: dict[str, Any]) -> Document:
    """Табель замещений за месяц: by who stood in, for whom and how many lessons are paid how."""
    access.require_any(actor, SUBSTITUTIONS)
    since, until = _span(params.get("day") or clock.today())
    by_person: dict[str, list[SubstitutionRow]] = {}
    for one in substitutions(since, until):
        if one.kind != CANCELLED:
            by_person.setdefault(one.substitute, []).append(one)
    lines: list[Any] = []
    whole = dict.fromkeys(PAYMENTS, 0)
    for name, found in sorted(by_person.items()):
        counts = {key: sum(one.payment == key for one in found) for key in PAYMENTS}
        whole = {key: whole[key] + counts[key] for key in PAYMENTS}
        told = "; ".join(
            f"{one.date:%d.%m}, {one.number}. {one.classes} {one.actual or one.subject} "
            f"({one.absent})"
            for one in found
        )
        lines.append([name, *counts.values(), len(found), told])
    if lines:
        lines.append(Row([_("All"), *whole.values(), sum(whole.values()), ""], "total"))
    return Document(
        title=_("Sheet of substitutions"), note=date_text(since, "LLLL y"),
        basis=_("Lessons that were given instead of somebody; cancelled ones are left out."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Who gave the lessons")),
                    *(Column(title=title, number=True) for title in PAYMENTS.values()),
                    Column(title=_("Lessons"), number=True), Column(title=_("Which, for whom")),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


REPORTS = [
    Report(
        name="timetable.substitutions", title=_l("Journal of substitutions"),
        about=_l("who was absent, who gave the lesson"), group=_l("Timetable"),
        requires=SUBSTITUTIONS, form=OfDays, build=journal, order=120, side="staff",
    ),
    Report(
        name="timetable.sheet", title=_l("Sheet of substitutions"),
        about=_l("lessons by kind of payment, for the accountant"), group=_l("Timetable"),
        requires=SUBSTITUTIONS, form=OfMonth, build=sheet, order=121, side="staff", submit=True,
    ),
]  # fmt: skip
