"""Commands of the journal: the archive of a class."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from asurso_core.actors import system
from asurso_core.cli import school


@click.group()
def journal() -> None:
    """The class journal on paper and for the archive."""


@journal.command("export")
@click.option("--class", "title", help="Title of one class, such as 5А; all classes without it.")
@click.option("--year", help="Title of the year, such as 2026/27; the current one without it.")
@click.option("--period", type=int, help="Number of the study period; the whole year without it.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="Folder for the files; it is made if it is not there.",
)  # fmt: skip
def export(title: str | None, year: str | None, period: int | None, out: Path) -> None:
    """Write class journals as ZIP: PDF/A, JSON and SHA256SUMS, one file a class."""
    from flask_babel import force_locale

    from asurso_journal import paper_rows
    from asurso_journal.services import papers

    actor = system("asurso journal export")
    with school(), force_locale("ru"):
        wanted = paper_rows.to_export(title, year, period)
        if not wanted:
            raise click.ClickException("there is no such class, year or period")
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for class_id, slot in wanted:
            made = papers.export(actor, class_id, slot)
            target = out / made.name
            target.write_bytes(made.body)
            target.chmod(0o600)  # it holds children's data
            click.echo(f"{hashlib.sha256(made.body).hexdigest()}  {target}")
