"""``asurso import people``: the same plan and the same deed as on the page, for the terminal."""

from __future__ import annotations

from pathlib import Path

import click

from asurso_core import audit, tables
from asurso_core.accounts import import_columns, importing
from asurso_core.accounts.people_fields import shown
from asurso_core.actors import system
from asurso_core.db import transaction
from asurso_core.errors import AsursoError


def run(file: Path, kind: str, *, apply: bool) -> None:
    """Print the plan of a file; with ``apply`` carry it out when no row is wrong.

    New accounts have no password: slips are printed from the page of users.

    :raises click.ClickException: the file cannot be read, or some of its rows are wrong.
    """
    from flask import current_app

    # Outside a request there is no language; the words are asked for as a page would.
    with current_app.test_request_context():
        try:
            _run(file, kind, apply=apply)
        except AsursoError as error:
            raise click.ClickException(error.message) from error


def _run(file: Path, kind: str, *, apply: bool) -> None:
    actor = system("asurso import people")
    sheet = tables.read(file.name, file.read_bytes())
    with transaction():
        plan = importing.plan(actor, kind, sheet)
        _tell(plan)
        if not apply:
            return
        if plan.missing or plan.repeated or plan.of(importing.ERROR):
            raise click.ClickException("there are errors: nothing was written")
        if plan.may_apply:
            outcome = importing.carry_out(actor, plan)
            audit.record(
                actor,
                "core.people_imported",
                "core.import_batch:0",
                after={"file": file.name, "kind": kind, **outcome["counts"]},
            )
            click.echo(f"written; {len(outcome['users'])} new accounts wait for their slips")
        else:
            click.echo("nothing to write")


def _tell(plan: importing.Plan) -> None:
    for name in plan.missing:
        click.echo(f"no column: {name}")
    for name in plan.repeated:
        click.echo(f"column stands twice: {name}")
    for name in plan.unknown:
        click.echo(f"column is not known and is left out: {name}")
    counts = {what: len(plan.of(what)) for what in ("new", "changed", "same", "error")}
    click.echo(
        f"new {counts['new']}, changed {counts['changed']}, unchanged {counts['same']}, "
        f"errors {counts['error']}"
    )
    for one in plan.rows:
        head = f"row {one.row.number}: {one.row.title}"
        for column, message in one.row.problems:
            click.echo(f"{head}: {column}: {message}")
        for name, old, new in one.changes:
            label = import_columns_label(name)
            click.echo(f"{head}: {label}: {shown(name, old) or '—'} → {shown(name, new) or '—'}")
        for double in one.doubles:
            click.echo(f"{head}: may be the same person: {double}")


def import_columns_label(name: str) -> str:
    """The Russian head of a field's column."""
    for columns in import_columns.COLUMNS.values():
        for column in columns:
            if column.field == name:
                return column.head
    return name
