"""How the gateways are, by what was seen of them; nobody is called for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import peewee as pw

from asurso_core.db import as_stamp
from asurso_sms import gateways
from asurso_sms.models import LEAVING, QUEUED, Message


@dataclass(frozen=True)
class Seen:
    """One gateway: when it last took a message, and what stands in its way now."""

    name: str
    kind: str
    sends: bool
    listens: bool
    calls_back: bool
    last_taken: dt.datetime | None
    trouble: str


@dataclass(frozen=True)
class GatewayState:
    """All gateways of the configuration, or what is wrong with it."""

    seen: list[Seen]
    faults: list[str]
    is_default: bool


def gateway_state() -> GatewayState:
    """What the configuration says and what was seen; two statements."""
    try:
        setup = gateways.setup()
    except gateways.Faulty as fault:
        return GatewayState([], fault.faults, is_default=False)
    taken = {
        row.gateway: row.last
        for row in Message.select(Message.gateway, pw.fn.MAX(Message.sent_at).alias("last"))
        .where(Message.gateway.is_null(False))
        .group_by(Message.gateway)
    }
    waiting = (
        Message.select(Message.reason)
        .where(Message.state.in_([QUEUED, LEAVING]), Message.reason != "")
        .order_by(Message.id.desc())
        .first()
    )
    trouble = waiting.reason if waiting is not None else ""
    return GatewayState(
        [
            Seen(
                name=name, kind=type(one).__name__, sends=one is setup.out, listens=one.listens,
                calls_back=bool(one.secret), last_taken=as_stamp(taken.get(name)),
                trouble=trouble if one is setup.out else "",
            )
            for name, one in setup.gateways.items()
            if one is setup.out or name != gateways.DEFAULT
        ],
        [],
        is_default=setup.is_default,
    )  # fmt: skip
