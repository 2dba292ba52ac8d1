"""What messages may cost: by day, by month, by class and month."""

from __future__ import annotations

import datetime as dt
from typing import Any

import peewee as pw

from asurso_core import clock
from asurso_core.errors import Refused
from asurso_core.i18n import gettext as _
from asurso_sms import queries
from asurso_sms.models import EXPIRED, FAILED, Message
from asurso_sms.policy import rule


class OverBudget(Refused):
    """403: it would cost more than the school allows; the message says which bound, and how far."""

    code = "over_budget"


def counts() -> Any:
    """The condition of messages that cost or will: all but those that never left."""
    return (Message.state.not_in([FAILED, EXPIRED])) | Message.sent_at.is_null(False)


def spent(since: dt.datetime, until: dt.datetime, school_class: int | None = None) -> int:
    """Kopecks of the messages due between two moments (naive UTC), of a class if one is given."""
    query = Message.select(pw.fn.COALESCE(pw.fn.SUM(Message.price), 0)).where(
        counts(), Message.due_at >= since, Message.due_at < until
    )
    if school_class is not None:
        query = query.where(Message.school_class == school_class)
    return int(query.scalar() or 0)


def day_of(moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The school's day in which a moment lies, as naive UTC."""
    day = clock.local(moment).date()
    return queries.midnight(day), queries.midnight(day + dt.timedelta(days=1))


def month_of(moment: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The school's month in which a moment lies, as naive UTC."""
    first = clock.local(moment).date().replace(day=1)
    return queries.midnight(first), queries.midnight((first + dt.timedelta(days=32)).replace(day=1))


def excess(price: int, due: dt.datetime, school_class: int | None = None) -> str:
    """Which bound ``price`` kopecks more on a day would break, in words; empty if none.

    Rates: at most three small sums, and none for a school without budgets.
    """
    bounds: list[tuple[str, tuple[dt.datetime, dt.datetime], int | None, str]] = [
        ("budget_day", day_of(due), None, _("the budget of the day")),
        ("budget_month", month_of(due), None, _("the budget of the month")),
    ]
    if school_class is not None:
        words = _("the budget of the class for the month")
        bounds.append(("budget_class", month_of(due), school_class, words))
    for name, (since, until), whose, label in bounds:
        bound = int(rule(name)) * 100
        if bound and spent(since, until, whose) + price > bound:
            return _("%(bound)s (%(sum)s ₽) is used up", bound=label, sum=bound // 100)
    return ""


def demand(price: int, due: dt.datetime, school_class: int | None = None) -> None:
    """Refuse a sum that breaks a bound, before anything of it is queued.

    :raises OverBudget: with the bound in words.
    """
    why = excess(price, due, school_class)
    if why:
        raise OverBudget(_("This cannot be sent: %(why)s.", why=why))
