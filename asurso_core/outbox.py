"""What will leave the house: a row written in the transaction of its fact.

Workers hand the rows on after the commit (:mod:`asurso_core.jobs`), so a rolled-back mark tells
nobody and a committed one cannot lose its message (house rule 7).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import peewee as pw

from asurso_core import clock
from asurso_core.db import Record, as_stamp, rows, run, stamp_value
from asurso_core.fields import JSONField, as_text


class Outbox(Record):
    """One fact; ``kind`` is ``<owner>.<fact>``, ``payload`` holds ids only."""

    kind = pw.CharField(64)
    payload = JSONField()
    created_at = pw.DateTimeField(index=True)
    #: When a job was made for each of its consumers; also when there was none.
    handled_at = pw.DateTimeField(null=True, index=True)


def put(kind: str, **payload: Any) -> None:
    """Write a fact for later delivery; call inside the transaction that makes it true."""
    run(
        "INSERT INTO core_outbox (kind, payload, created_at) VALUES (?, ?, ?)",
        [kind, as_text(payload), stamp_value(clock.stamp())],
    )


def waiting(limit: int) -> list[tuple[int, str, dict[str, Any], dt.datetime]]:
    """``(id, kind, payload, time)`` of the oldest facts that nobody has handed on yet."""
    return [
        (id_, kind, json.loads(payload), as_stamp(at))
        for id_, kind, payload, at in rows(
            "SELECT id, kind, payload, created_at FROM core_outbox WHERE handled_at IS NULL "
            "ORDER BY id LIMIT ?",
            [limit],
        )
    ]


def take(ids: Sequence[int]) -> set[int]:
    """Mark facts as handed on; those that another process took first are not in the answer."""
    return {
        id_
        for (id_,) in rows(
            "UPDATE core_outbox SET handled_at = ? WHERE id IN ? AND handled_at IS NULL "
            "RETURNING id",
            [stamp_value(clock.stamp()), list(ids)],
        )
    }
