"""How messages move through their states: forward only, whoever tells what in whatever order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import peewee as pw

from asurso_core import clock
from asurso_core.db import db, is_sqlite, transaction
from asurso_sms.models import (
    DELIVERED,
    EARLIER,
    EXPIRED,
    FAILED,
    LEAVING,
    QUEUED,
    SENT,
    UNKNOWN,
    Message,
    Part,
    Report,
)
from asurso_sms.services import parcels

_FINAL = (DELIVERED, FAILED, EXPIRED)


def move(
    message_id: int, state: str, reason: str = "", *, only: Sequence[str] = (), **columns: Any
) -> bool:
    """Bring a message into a later state: one UPDATE that names the earlier ones.

    False, and nothing is changed, if it is there already or further. ``only`` narrows the states
    from which it may come. Call inside a transaction.
    """
    now = clock.stamp()
    values: dict[str, Any] = {"state": state, **columns}
    if reason or state in {SENT, *_FINAL}:  # why it waited does not matter any more
        values["reason"] = reason[:300]
    if state in _FINAL:
        values["final_at"] = now
    if state in {SENT, UNKNOWN, DELIVERED}:
        values.setdefault("sent_at", pw.fn.COALESCE(Message.sent_at, now))
    changed = (
        Message.update(values)
        .where(Message.id == message_id, Message.state.in_(only or EARLIER[state]))
        .execute()
    )
    if changed and state != LEAVING:
        asked_by = Message.select(Message.reference).where(Message.id == message_id).scalar()
        parcels.tell(asked_by, state, reason)
    return bool(changed)


def leave(message_id: int, gateway: str) -> bool:
    """Note that a message leaves by a gateway now, also once more after a refusal.

    False if it is over meanwhile: then it must not leave. Call inside a transaction.
    """
    changed = (
        Message.update(state=LEAVING, gateway=gateway)
        .where(Message.id == message_id, Message.state.in_([QUEUED, LEAVING]))
        .execute()
    )
    return bool(changed)


def note(message_id: int, reason: str) -> None:
    """Write why a message has not got further yet; its state stays. Call inside a transaction."""
    Message.update(reason=reason[:300]).where(
        Message.id == message_id, Message.state.in_([*EARLIER[UNKNOWN]])
    ).execute()


def expect(message: Message, gateway: str, ids: Sequence[str]) -> None:
    """Write how the gateway names the parts, and apply what it reported about them before.

    Names that are there already are left alone. Call inside a transaction that has begun with
    :func:`alone`.
    """
    for own in ids:
        known = Part.select(Part.id).where(
            Part.message == message, Part.gateway == gateway, Part.gateway_id == own
        )
        if not known.exists():
            Part.create(message=message, gateway=gateway, gateway_id=own, state=LEAVING)
        early = list(
            Report.select()
            .where(Report.gateway == gateway, Report.gateway_id == own)
            .order_by(Report.id)
        )
        for one in early:
            _apply(message.id, gateway, own, one.state, one.reason)
            one.delete_instance()


def told(gateway: str, own: str, state: str, reason: str = "") -> bool:
    """Apply what a gateway reports of a part; false if it knows nothing of ours by this name.

    A report that nobody can place yet is kept: it may have overtaken the gateway's own answer.
    """
    with transaction():
        alone(gateway, [own])
        part = (
            Part.select(Part.message)
            .where(Part.gateway == gateway, Part.gateway_id == own)
            .order_by(Part.id.desc())  # centres give their names anew after some years
            .first()
        )
        if part is None:
            Report.insert(
                gateway=gateway, gateway_id=own, state=state, reason=reason[:300],
                received_at=clock.stamp(),
            ).on_conflict_ignore().execute()  # fmt: skip
            return False
        _apply(part.message_id, gateway, own, state, reason)
    return True


def _apply(message_id: int, gateway: str, own: str, state: str, reason: str) -> None:
    Part.update(state=state).where(
        Part.message == message_id, Part.gateway == gateway, Part.gateway_id == own,
        Part.state.in_(EARLIER[state]),
    ).execute()  # fmt: skip
    parts = Part.select(Part.state).where(Part.message == message_id, Part.gateway == gateway)
    states = [row.state for row in parts]
    if state == SENT:
        move(message_id, SENT)
    elif state != DELIVERED:
        move(message_id, state, reason)
    elif all(one == DELIVERED for one in states):
        move(message_id, DELIVERED)
    else:
        move(message_id, SENT)


def alone(gateway: str, ids: Sequence[str]) -> None:
    """Let a report and the answer that names its part wait for each other (SQLite's writers do).

    Call it before the transaction touches the message's own row: a report comes by its name first
    and to the row afterwards, and whoever went the other way round would meet it in a deadlock.
    """
    if is_sqlite():
        return
    for own in ids:
        whole = hashlib.blake2b(f"{gateway} {own}".encode(), digest_size=7).digest()
        db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(whole, "big"),))
