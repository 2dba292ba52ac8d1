"""What a broadcast costs, before it leaves, and whether the budgets allow it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from asurso_core.errors import Invalid
from asurso_sms import texts
from asurso_sms.models import Broadcast
from asurso_sms.recipients import Circle
from asurso_sms.services import budget, messages


@dataclass(frozen=True)
class Cost:
    """Messages, parts and kopecks of a broadcast; ``most``: it may also cost less.

    ``unreached`` are those without a number, ``fewest`` and ``longest`` the parts of the shortest
    and the longest message.
    """

    messages: int
    parts: int
    price: int
    unreached: int
    fewest: int
    longest: int
    most: bool
    of_classes: dict[int | None, int] = field(repr=False)


def of(row: Broadcast, around: Circle) -> Cost:
    """Count the messages of a broadcast; fields of other plugins are counted at their longest."""
    names = texts.names(row.text)
    more = texts.longest(names)
    known: dict[str, messages.Estimate | None] = {}
    parts: list[int] = []
    prices: Counter[int | None] = Counter()
    for one in around.reached:
        if around.numbers[one.person][0] is None:
            continue
        if one.pupil is None and texts.is_about_child(names):
            continue
        text = texts.filled(row.text, around.values(one, row.day), more)
        if text not in known:
            known[text] = _estimate(text)
        made = known[text]
        if made is not None:
            parts.append(made.parts)
            prices[around.school_class(one)] += made.price
    return Cost(
        messages=len(parts), parts=sum(parts), price=sum(prices.values()),
        unreached=len(around.reached) - len(parts), fewest=min(parts, default=0),
        longest=max(parts, default=0), most=bool(more), of_classes=dict(prices),
    )  # fmt: skip


def _estimate(text: str) -> messages.Estimate | None:
    try:
        return messages.estimate(text)
    except Invalid:
        return None


def demand(cost: Cost, due: dt.datetime) -> None:
    """Refuse what would break a bound of the day, the month or a class.

    :raises budget.OverBudget: with the bound in words.
    """
    budget.demand(cost.price, due)
    for school_class, price in cost.of_classes.items():
        if school_class is not None:
            budget.demand(price, due, school_class)


def excess(cost: Cost, due: dt.datetime) -> str:
    """Which bound it would break, in words; empty if none."""
    try:
        demand(cost, due)
    except budget.OverBudget as refusal:
        return refusal.message
    return ""
