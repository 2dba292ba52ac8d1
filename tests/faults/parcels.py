"""A worker in a process of its own, with a plugin that sends a parcel for every fact it hears.

What has left the house is a line of a file that only grows: ``python -m tests.faults.parcels``.
"""

from __future__ import annotations

import os
import sys
import time
import types
from pathlib import Path
from typing import Any

from asurso_core import hookimpl, plugins, revisions
from asurso_core.app import create_app
from asurso_core.config import load
from asurso_core.db import transaction
from asurso_core.jobs import OutboxConsumer
from asurso_core.jobs.worker import Worker
from asurso_core.plugins import Plugin, PluginManager, PluginState


def send(attempt: Any, fact: Any) -> None:
    """Something leaves the house: a line of the file, written at one stroke."""
    attempt.leaving()
    time.sleep(0.005)
    with Path(os.environ["PARCELS"]).open("a", encoding="ascii", buffering=1) as gateway:
        gateway.write(f"{fact.payload['number']}\n")


def count(attempt: Any, fact: Any) -> None:
    """Something stays in the house: counted in the transaction that ends the job."""
    with transaction():
        revisions.bump(f"parcel:{fact.payload['number']}")
        attempt.finish()


CONSUMERS = [
    OutboxConsumer(name="parcel.send", title="Send", facts=("parcel.packed",), run=send),
    OutboxConsumer(name="parcel.count", title="Count", facts=("parcel.packed",), run=count),
]


def manager() -> PluginManager:
    """The kernel and the plugin *parcel*."""
    module: Any = types.ModuleType("parcel")

    def asurso_outbox_consumers() -> list[OutboxConsumer]:
        return CONSUMERS

    module.asurso_outbox_consumers = hookimpl(asurso_outbox_consumers)
    made = PluginManager()
    made.load(only=[])
    made.register([Plugin("parcel", module, "tests.faults.parcels")])
    return made


def switch_on() -> None:
    """Make the school use the plugin."""
    PluginState.create(name="parcel", state="enabled")
    revisions.bump("plugins")


def main() -> None:
    """Work until somebody ends it."""
    plugins.use(manager())
    Worker(create_app(load()), threads=2, alone=True).run()


if __name__ == "__main__":
    sys.exit(main())
