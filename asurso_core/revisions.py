"""Counters that say "something about this changed": cheap answers to "is my copy still good?".

A topic is a short word (``access``, ``settings``, ``school``, ``group:17``). Whoever changes the
thing bumps its topic in the same transaction; caches and ETags compare numbers.
"""

from __future__ import annotations

import peewee as pw

from asurso_core.db import Record, rows, run


class Revision(Record):
    """How many times a topic has changed."""

    topic = pw.CharField(64, unique=True)
    number = pw.IntegerField(default=1)


def bump(topic: str) -> None:
    """Count one more change of a topic; call inside the transaction of the change."""
    run(
        "INSERT INTO core_revision (topic, number) VALUES (?, 1) "
        "ON CONFLICT (topic) DO UPDATE SET number = core_revision.number + 1",
        [topic],
    )


def of(*topics: str) -> tuple[int, ...]:
    """The present numbers of these topics, 0 for one that never changed; one statement."""
    marks = ", ".join("?" for _ in topics)
    sql = f"SELECT topic, number FROM core_revision WHERE topic IN ({marks})"  # noqa: S608 - marks
    found = dict(rows(sql, topics))
    return tuple(found.get(topic, 0) for topic in topics)
