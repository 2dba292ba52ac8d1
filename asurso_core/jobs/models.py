"""The tables of jobs: the truth about each of them. The queue of huey only says "look there"."""

from __future__ import annotations

import peewee as pw

from asurso_core.db import Record
from asurso_core.fields import JSONField

WAITING, RUNNING, DONE = "waiting", "running", "done"
FAILED, UNKNOWN, CANCELLED = "failed", "unknown", "cancelled"


class JobRow(Record):
    """One job, or the one row of a periodic kind."""

    class Meta:
        table_name = "core_job"
        indexes = ((("state", "due_at"), False),)

    kind = pw.CharField(100)
    arguments = JSONField()
    state = pw.CharField(10)
    periodic = pw.BooleanField()
    #: Unfinished jobs with the same key exist only once.
    key = pw.CharField(160, null=True, unique=True)
    due_at = pw.DateTimeField()
    #: Somebody asked for this very moment: a clock that was wrong does not bring it forward.
    fixed = pw.BooleanField()
    #: When ``due_at`` was worked out; in the future, if the clock has gone back since.
    set_at = pw.DateTimeField()
    created_at = pw.DateTimeField()
    started_at = pw.DateTimeField(null=True)
    ended_at = pw.DateTimeField(null=True)
    #: Attempts since it was asked for, or since "try again"; and all of them.
    tries = pw.IntegerField()
    claims = pw.IntegerField()
    #: The number of the worker that has it.
    worker = pw.BigIntegerField(null=True)
    #: This attempt has begun to hand over what leaves the house.
    gone = pw.BooleanField()
    stopping = pw.BooleanField()  # somebody wants it to end
    done = pw.IntegerField(null=True)
    total = pw.IntegerField(null=True)
    note = pw.CharField(200, null=True)
    error = pw.CharField(1000, null=True)
    #: The account that asked for it; a plain number: it says who may look, and is cleaned away.
    asked_by = pw.IntegerField(null=True)


class WorkerRow(Record):
    """A process that runs jobs. It lives exactly as long as it holds the lock of its number."""

    class Meta:
        table_name = "core_worker"

    number = pw.BigIntegerField(unique=True)
    name = pw.CharField(120)
    started_at = pw.DateTimeField()


class ServiceRow(Record):
    """How a service that a worker keeps going is; one row for each, written when that changes."""

    class Meta:
        table_name = "core_service"

    name = pw.CharField(100, unique=True)
    state = pw.CharField(10)  # running, failed, ended
    error = pw.CharField(1000, null=True)  # of the last failure
    failures = pw.IntegerField()  # one after the other
    worker = pw.BigIntegerField()
    since = pw.DateTimeField()
