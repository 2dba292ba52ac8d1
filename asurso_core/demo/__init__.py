"""The demonstration school: invented, believable, and the same for the same seed.

The kernel and every plugin contribute steps through the hook ``asurso_demo``; each step takes the
:class:`DemoSchool` that the earlier ones have filled. People, names and marks are drawn by lot;
calendar, bells, subjects and hours are the real ones of :mod:`asurso_core.facts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from asurso_core.demo.bulk import Bulk
from asurso_core.demo.context import (
    DemoAccount,
    DemoClass,
    DemoGroup,
    DemoGuardian,
    DemoPerson,
    DemoPupil,
    DemoRoom,
    DemoSchool,
    DemoStep,
    DemoTeacher,
    Stay,
)
from asurso_core.demo.signing import PASSWORD, accounts, describe, write

__all__ = [
    "PASSWORD",
    "SIZES",
    "Bulk",
    "DemoAccount",
    "DemoClass",
    "DemoGroup",
    "DemoGuardian",
    "DemoPerson",
    "DemoPupil",
    "DemoRoom",
    "DemoSchool",
    "DemoStep",
    "DemoTeacher",
    "Stay",
    "accounts",
    "build",
    "describe",
    "fill",
    "contributed",
]

#: About 60, exactly 1,000 and exactly 3,000 pupils.
SIZES = ("small", "school", "large")


def build(size: str = "school", seed: int = 1, *, folder: Path | None = None) -> list[DemoAccount]:
    """Fill the bound, empty database with the demonstration school of a size and a seed.

    All steps of the enabled plugins run in one transaction. The sign-ins worth trying are returned
    and written to ``demo-accounts.csv`` in the instance folder (or the one given).
    """
    from asurso_core import config, install, revisions
    from asurso_core.db import db, is_sqlite, transaction

    install.install_defaults()
    with transaction():
        school = fill(size, seed, contributed())
        revisions.bump("school")
    if not is_sqlite():
        # A server that has just been filled plans by guesses until it has looked at the tables.
        db.execute_sql("ANALYZE")
    found = accounts(school)
    write((folder or config.load().instance) / "demo-accounts.csv", found)
    return found


def contributed() -> list[DemoStep]:
    """What the enabled plugins fill the school with, in order."""
    from asurso_core import plugins
    from asurso_core.hookspecs.collect import asurso_demo

    return [step for _plugin, step in plugins.collect(asurso_demo)]


def fill(size: str, seed: int, steps: Iterable[DemoStep]) -> DemoSchool:
    """Run these steps by their order; the caller holds the transaction.

    Raises ``ValueError`` for an unknown size and ``RuntimeError`` when people are there already:
    invented data must never mix with real ones.
    """
    from asurso_core import clock, facts
    from asurso_core.accounts import Person

    if size not in SIZES:
        raise ValueError(f"unknown size: {size}")
    if Person.select().exists():
        raise RuntimeError("there are people in this school already")
    now = clock.local()
    school = DemoSchool(
        seed=seed, size=size, now=now, calendar=facts.year_on(now.date()), bulk=Bulk()
    )
    for step in sorted(steps, key=lambda step: step.order):
        step.fill(school)
    school.bulk.finish()
    return school
