"""`asurso audit`: seal the history, verify it, and say that a backup was restored."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask

from asurso_core.cli.frame import school

#: Faults that are printed one by one; the rest is counted.
MOST_PRINTED = 1000


@click.group()
def audit() -> None:
    """The history: sealed, and verified."""


def _heads(app: Flask) -> Path:
    from asurso_core import audit_chain

    return audit_chain.heads_file(Path(app.instance_path))


@audit.command("seal")
def seal() -> None:
    """Chain the entries that are not sealed yet, and remember the head of the chain."""
    from asurso_core import audit_chain

    with school() as app:
        number = audit_chain.seal(_heads(app), now=True)
        place, _entry, digest = audit_chain.head()
    click.echo(f"{number} entries were sealed.")
    if place:
        click.echo(f"Head of the chain: {place} {digest}")


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--head", "told", help="A head noted elsewhere: PLACE:HASH.")
def verify(as_json: bool, told: str | None) -> None:
    """Look for entries and marks that were changed behind the program; exit code 1 if any were.

    Then seals what is not sealed yet, so that it can be verified the next time.
    """
    from flask_babel import force_locale

    from asurso_core.admin import verifying

    with school() as app, force_locale("ru"):
        report = verifying.verify(_heads(app), told=told)
    faults = [{"kind": one.kind, "entry": one.entry, "text": one.text} for one in report.faults]
    if as_json:
        _print_json(
            {"links": report.links, "unsealed": report.waiting, "compared": report.judged,
             "faults": faults, "notes": report.notes}
        )  # fmt: skip
    else:
        for fault in faults[:MOST_PRINTED]:
            click.echo(f"{fault['kind']:13} {fault['text']}")
        for note in report.notes:
            click.echo(f"{'note':13} {note}")
        click.echo(
            f"{report.links} sealed entries, {report.waiting} were not sealed yet, "
            f"{report.judged} cells compared: {len(faults)} faults."
        )
    if faults:
        sys.exit(1)


def _print_json(found: dict[str, Any]) -> None:
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@audit.command("restored")
@click.argument("reason")
def restored(reason: str) -> None:
    """Say that a backup was restored: later heads of the chain are not asked for any more."""
    from asurso_core import audit as records
    from asurso_core import audit_chain
    from asurso_core.actors import system
    from asurso_core.db import transaction

    with school() as app:
        with transaction():
            records.record(system(reason), "core.audit_restored", "core.audit:0")
        audit_chain.seal()
        audit_chain.begin(_heads(app), reason)
    click.echo("Noted. The history of before the backup is verified as before.")
