"""What will leave the house: a row written in the transaction of its fact.

Workers deliver the rows after the commit, so a rolled-back mark tells nobody and a committed one
cannot lose its message (house rule 7).
"""

from __future__ import annotations

from typing import Any

import peewee as pw

from asurso_core import clock
from asurso_core.db import Record, run, stamp_value
from asurso_core.fields import JSONField, as_text


class Outbox(Record):
    """One fact waiting to be told; ``kind`` is ``<owner>.<fact>``, ``payload`` holds ids only."""

    kind = pw.CharField(64)
    payload = JSONField()
    created_at = pw.DateTimeField(index=True)


def put(kind: str, **payload: Any) -> None:
    """Write a fact for later delivery; call inside the transaction that makes it true."""
    run(
        "INSERT INTO core_outbox (kind, payload, created_at) VALUES (?, ?, ?)",
        [kind, as_text(payload), stamp_value(clock.stamp())],
    )
