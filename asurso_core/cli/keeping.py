"""Commands that keep a school safe: backup, restore."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask

from asurso_core.cli.frame import school
from asurso_core.config import Config

#: A passphrase that a machine can try out would only pretend to protect.
SHORTEST = 12

_passphrase = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line is the passphrase of the encrypted archive.",
)


def _read(file: Path | None) -> str | None:
    if file is None:
        return None
    lines = file.read_text("utf-8").splitlines()
    found = lines[0].strip() if lines else ""
    if len(found) < SHORTEST:
        raise click.ClickException(
            f"the first line of {file} is the passphrase: at least {SHORTEST} characters"
        )
    return found


def _config(app: Flask) -> Config:
    found: Config = app.extensions["asurso_config"]
    return found


def _served(app: Flask) -> list[Path]:
    """Folders whose files a browser may ask for."""
    folders = [app.static_folder, *(one.static_folder for one in app.blueprints.values())]
    return [Path(folder) for folder in folders if folder is not None]


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the archive; backups/ in the instance if not given.",
)
@_passphrase
@click.option(
    "--verify",
    "archive",
    type=click.Path(path_type=Path),
    help="Make nothing: prove that this archive can be restored.",
)
@click.option("--unproved", is_flag=True, help="Make the archive without restoring it for a proof.")
def backup(
    folder: Path | None, passphrase_file: Path | None, archive: Path | None, unproved: bool
) -> None:
    """Write the school into one archive, and prove it by restoring it in a scratch place.

    It may run while the school works: everything saved before it began is in the archive.
    """
    from asurso_core.backup import making, restoring

    passphrase = _read(passphrase_file)
    with school(upgraded=False) as app:
        conf = _config(app)
        if archive is None:
            archive = making.make(conf, folder, passphrase, served=_served(app), tell=click.echo)
        elif folder is not None:
            raise click.UsageError("--to is for making an archive, --verify for an existing one")
        if not unproved:
            manifest = restoring.verify(conf, archive, passphrase)
            click.echo(f"restored in a scratch place and compared: {_summary(manifest)}")
    click.echo(str(archive))


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--into",
    metavar="URL",
    help="Address of an empty database; that of the instance if not given.",
)
@_passphrase
@click.option(
    "--leave-out",
    metavar="PLUGIN",
    multiple=True,
    help="Leave the data of a plugin behind that is not installed here.",
)
def restore(
    archive: Path, into: str | None, passphrase_file: Path | None, leave_out: tuple[str, ...]
) -> None:
    """Bring an archive back into an empty database, on either engine, and the files beside it."""
    from asurso_core.backup import restoring

    passphrase = _read(passphrase_file)
    with school(upgraded=False, **({"database": into} if into else {})) as app:
        conf = _config(app)
        manifest = restoring.restore(
            conf, archive, passphrase, leave_out=leave_out, tell=click.echo
        )
        click.echo(f"restored and compared: {_summary(manifest)}")
        for line in _differences(conf, manifest["configuration"]):
            click.echo(line)
    click.echo("Now run `asurso doctor`, start the server and sign in.")


def _summary(manifest: dict[str, Any]) -> str:
    rows = sum(one["rows"] for one in manifest["tables"])
    return f"{len(manifest['tables'])} tables, {rows} rows, {len(manifest['files'])} files"


def _differences(conf: Config, told: dict[str, Any]) -> list[str]:
    """Options that the archive's school had and this instance has not."""
    plain: Callable[[Any], Any] = lambda value: list(value) if isinstance(value, tuple) else value  # noqa: E731
    differ = [
        f"  {name} = {value!r}"
        for name, value in told.items()
        if name != "database" and hasattr(conf, name) and plain(getattr(conf, name)) != value
    ]
    return ["Options of asurso.toml that were different there:", *differ] if differ else []
