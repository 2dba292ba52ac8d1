"""What a broadcast will do, shown before it leaves: to whom, which text, what it costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.errors import AsursoError
from asurso_sms import numbers, texts
from asurso_sms.models import Broadcast
from asurso_sms.services import broadcasts, casting, costs
from asurso_sms.services.costs import Cost

#: Each text is made by the rights of its reader, which takes some statements: so few on a page.
SIZE = 25


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message to be; ``why`` says why there is none."""

    name: str
    child: str
    title: str  # of the class
    number: str  # only its end
    text: str
    parts: int
    price: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A page of lines, and the numbers of the whole; ``refused`` says why it cannot be sent."""

    lines: list[Line]
    page: int
    pages: int
    cost: Cost
    leaves_at: dt.datetime
    is_held: bool  # by quiet hours
    refused: str


def of(actor: Actor, row: Broadcast, page: int = 1) -> Preview:
    """What a draft of the actor would do if it were sent now."""
    around = broadcasts.circle_of(actor, row)
    cost = costs.of(row, around)
    leaves = broadcasts.starts_at(row)
    pages = max(1, -(-len(around.reached) // SIZE))
    page = min(page, pages)
    some = around.reached[(page - 1) * SIZE : page * SIZE]
    refused, lines = costs.excess(cost, leaves), list[Line]()
    pupils = [one.pupil for one in around.reached if one.pupil is not None]
    try:
        names = texts.check(row.text)
        texts.demand(actor, names, pupils)
        shown = casting.shown(row, around, some)
    except AsursoError as refusal:
        refused, shown = refusal.message, []
    for one, text, made, why in shown:
        child: Any = around.people[one.pupil] if one.pupil not in {None, one.person} else None
        lines.append(
            Line(
                name=around.people[one.person].name,
                child=child.name if child is not None else "",
                title=around.classes.get(one.pupil, (0, ""))[1] if one.pupil else "",
                number=numbers.masked(around.numbers[one.person][0]), text=text,
                parts=made.parts if made is not None else 0,
                price=made.price if made is not None else 0, why=why,
            )
        )  # fmt: skip
    now = clock.stamp()
    return Preview(
        lines=lines, page=page, pages=pages, cost=cost, leaves_at=leaves, refused=refused,
        is_held=leaves > max(row.wanted_at or now, now),
    )  # fmt: skip


def counted(actor: Actor, content: broadcasts.Content) -> Cost:
    """What a broadcast that is being written would cost; nothing is kept.

    :raises Invalid: something in it is wrong.
    :raises Refused: it addresses somebody beyond the actor's rights.
    """
    found = broadcasts.check(actor, content)
    around = broadcasts.circle_for(actor, content.keys, found)
    row = Broadcast(text=content.text.replace("\r\n", "\n").strip(), day=content.day)
    return costs.of(row, around)
