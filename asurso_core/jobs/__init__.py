"""Work apart from requests: jobs, schedules, and consumers of the outbox.

What the house promises of them stands in docs/developers/jobs.md.
"""

from __future__ import annotations

from asurso_core.jobs.attempts import Attempt, Cancelled, Lost, NotAccepted
from asurso_core.jobs.kinds import Fact, Job, OutboxConsumer, Service
from asurso_core.jobs.queue import enqueue, states_of

__all__ = [
    "Attempt",
    "Cancelled",
    "Fact",
    "Job",
    "Lost",
    "NotAccepted",
    "OutboxConsumer",
    "Service",
    "enqueue",
    "states_of",
]
