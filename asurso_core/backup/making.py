"""Making a backup: one moment of the database, the stored files, versions, configuration."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from asurso_core import __version__, clock, plugins
from asurso_core import db as database
from asurso_core.backup import archive
from asurso_core.backup.errors import BackupError
from asurso_core.config import Config
from asurso_core.dumps import Tables, snapshot

#: Options of the configuration that are kept. A list of what may, so that a secret added later
#: stays out by itself.
_TOLD = ("trusted_hosts", "https", "proxies", "safe_mode", "plugins", "max_body")
_HISTORY = "schema_migration_"
Tell = Callable[[str], None]


def quiet(_line: str) -> None:
    """Tell nobody."""


def folder_of(conf: Config) -> Path:
    """Where backups go when nobody says otherwise."""
    return conf.instance / "backups"


def files_of(conf: Config) -> Path:
    """Where stored files lie."""
    return conf.instance / "files"


def make(
    conf: Config,
    folder: Path | None = None,
    passphrase: str | None = None,
    *,
    served: Iterable[Path] = (),
    tell: Tell = quiet,
) -> Path:
    """Write a backup of the bound database and of the instance; returns the archive.

    Others may go on writing: everything acknowledged before the call is in it. ``served`` are
    folders that are open to browsers, where no backup may lie.

    :raises BackupError: the folder cannot hold a backup, or there is nothing to keep.
    """
    folder = (folder or folder_of(conf)).resolve()
    for closed in (*served, files_of(conf)):
        if folder.is_relative_to(closed.resolve()):
            raise BackupError(f"{folder} is open to browsers: no backup may lie there")
    name = f"asurso-{clock.local():%Y-%m-%d-%H%M%S}"
    try:
        _private(folder)
        with snapshot() as seen, archive.Writer(folder, name, passphrase) as writer:
            manifest = _head(conf, seen)
            if not manifest["migrations"]:
                raise BackupError("there is no school in this database yet")
            for table in map(seen.table, seen.names()):
                manifest["tables"].append(writer.put_table(table, seen.lines(table)))
            rows = sum(one["rows"] for one in manifest["tables"])
            tell(f"{len(manifest['tables'])} tables, {rows} rows")
            # After the moment of the rows: a file they speak of was written before them.
            _put_files(files_of(conf), writer, manifest)
            tell(f"{len(manifest['files'])} files")
            return writer.finish(manifest)
    except OSError as error:
        raise BackupError(f"the backup could not be written: {error}") from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise BackupError(
            f"the database could not be read: {error}. Look with `asurso doctor`"
        ) from error


def _private(folder: Path) -> None:
    """Make the folder, closed to others; what a killed run left in it a day ago goes."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o700)
    for left in (*folder.glob(".scratch-*"), *folder.glob(".asurso-*.part")):
        if left.stat().st_mtime < time.time() - 24 * 3600:  # the file system's clock
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _head(conf: Config, seen: Tables) -> dict[str, Any]:
    switched = _switched(seen)
    loaded = plugins.current().plugins
    return {
        "format": archive.FORMAT,
        "made_at": clock.now().isoformat(),
        "program": __version__,
        "engine": "sqlite" if seen.sqlite else "postgresql",
        "plugins": [
            {
                "name": name,
                "version": loaded[name].version if name in loaded else None,
                "state": switched.get(name),
            }
            for name in sorted({*switched, *loaded} - {"core"})
        ],
        "migrations": histories(seen),
        "configuration": _configuration(conf),
        "tables": [],
        "files": [],
        "vanished": [],
    }


def _switched(seen: Tables) -> dict[str, str]:
    """States of plugins in words, whichever way this schema keeps them."""
    if "core_plugin" not in seen.names():
        return {}
    columns = {column.name for column in seen.table("core_plugin").columns}
    if "state" in columns:
        return {
            str(name): str(state)
            for name, state in seen.rows_of("SELECT name, state FROM core_plugin")
        }
    return {
        str(name): "enabled" if on else "disabled"
        for name, on in seen.rows_of("SELECT name, enabled FROM core_plugin")
    }


def histories(seen: Tables) -> dict[str, list[str]]:
    """Which migrations have been run, by owner, in their order."""
    return {
        name.removeprefix(_HISTORY): [
            step
            for (step,) in seen.rows_of(f'SELECT name FROM "{name}" ORDER BY id')  # noqa: S608
        ]
        for name in seen.names()
        if name.startswith(_HISTORY)
    }


def _configuration(conf: Config) -> dict[str, Any]:
    return {name: getattr(conf, name) for name in _TOLD} | {"database": _without(conf.database)}


def _without(url: str) -> str:
    """An address of a database without its password and its options."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url
    where = re.sub(r":[^@/]*@", "@", parts.netloc)
    return f"{parts.scheme}://{where}{parts.path}"


def _put_files(folder: Path, writer: archive.Writer, manifest: dict[str, Any]) -> None:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_symlink() or not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        told = writer.put_file(name, path)
        if told is None:  # somebody removed it since the moment of the rows
            manifest["vanished"].append(name)
        else:
            manifest["files"].append(told)


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A closed folder for the length of a block."""
    _private(folder)
    made = Path(tempfile.mkdtemp(prefix=".scratch-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def free_space(folder: Path) -> int:
    """Bytes that are free where a folder is or will be."""
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(existing).free


def size_of_database() -> int:
    """Bytes of the bound database."""
    if not database.is_sqlite():
        return int(database.rows("SELECT pg_database_size(current_database())")[0][0])
    file = database.db.obj.database
    return sum(part.stat().st_size for part in (Path(file), Path(f"{file}-wal")) if part.exists())
