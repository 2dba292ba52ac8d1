"""Commands that make and change the data of a school: init, db, demo, import."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from asurso_core import config, install, schema
from asurso_core.cli.frame import school


@click.command()
@click.option("--name", prompt="Name of the school", default="Школа", show_default=True)
@click.option("--login", default="admin", show_default=True, help="Login of the administrator.")
@click.option(
    "--person", default="Администратор Системы", show_default=True, help="Who that is: full name."
)
def init(name: str, login: str, person: str) -> None:
    """Make an empty school with one administrator; prints the one-time password once."""
    from asurso_core.school import School

    folder = config.load().instance
    _write_example(folder)
    with school(upgraded=False):
        schema.upgrade()
        if School.select().exists():
            click.echo("The school is there already; nothing was changed.")
            return
        install.install_defaults()
        from asurso_core.accounts import starting

        password = starting.first_administrator(name, login, person)
    click.echo(f"Sign in as {login} with the one-time password {password}")


def _write_example(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "asurso.toml"
    example = folder / "asurso.toml.example"
    if not target.exists() and example.exists():
        shutil.copyfile(example, target)


@click.group("db")
def database() -> None:
    """Tables and migrations."""


@database.command("upgrade")
def upgrade() -> None:
    """Run the waiting migrations of the kernel and of every plugin."""
    with school(upgraded=False):
        applied = schema.upgrade()
        install.install_defaults(enable=False)
    for name in applied:
        click.echo(name)
    click.echo(f"{len(applied)} migrations were run." if applied else "Everything is up to date.")


@database.command("status")
def status() -> None:
    """Show every migration and whether it has been run."""
    with school(upgraded=False):
        for owner, name, applied in schema.status():
            click.echo(f"{'done   ' if applied else 'waiting'} {owner}/{name}")


@database.command("make", hidden=True)
@click.argument("owner")
@click.argument("name")
def make(owner: str, name: str) -> None:
    """Write the migration from the database to the models of an owner (for developers)."""
    with school(upgraded=False):
        click.echo(schema.make(owner, name) or "The database matches the models.")


@click.command()
@click.option("--size", type=click.Choice(["small", "school", "large"]), default="school")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--if-missing", is_flag=True, help="Do nothing when there is a school already.")
def demo(size: str, seed: int, if_missing: bool) -> None:
    """Fill the instance with a believable, invented school (same seed, same school)."""
    from asurso_core import demo as demonstration
    from asurso_core.school import School

    _write_example(config.load().instance)
    with school(upgraded=False) as app:
        if schema.pending():
            schema.upgrade()
        install.install_defaults(enable=not School.select().exists())
        if School.select().exists():
            if not if_missing:
                raise click.ClickException(
                    "there is a school in this instance already; demo data never mix with it"
                )
        else:
            click.echo(f"Making the demonstration school ({size}) ...")
            demonstration.build(size=size, seed=seed)
        accounts = Path(app.instance_path) / "demo-accounts.csv"
        if accounts.exists():
            click.echo(demonstration.describe(accounts))


@click.group("import")
def import_() -> None:
    """Bring data in from files."""


@import_.command("people")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["staff", "pupils", "parents"]), required=True)
@click.option("--apply", "do_apply", is_flag=True, help="Write; without it only the plan is shown.")
def people(file: Path, kind: str, do_apply: bool) -> None:
    """Import staff, pupils or parents from an XLSX or CSV file (plan first, then --apply)."""
    from asurso_core.accounts import importing_cli

    with school():
        importing_cli.run(file, kind, apply=do_apply)
