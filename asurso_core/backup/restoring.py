"""Bringing a backup back into an empty database, and proving in a scratch one that it can be.

The tables are made by the migrations that the backup's database had run, filled, compared with the
digests of the backup, and only then brought up to date: an old backup goes into a new program, and
the rows of one engine into the other. All of it is one transaction: a restore that fails or is
killed leaves the database empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from asurso_core import audit, audit_chain, fulltext, install, revisions, schema
from asurso_core import db as database
from asurso_core.actors import system
from asurso_core.backup import remembering
from asurso_core.backup.archive import Archive, opened
from asurso_core.backup.errors import BackupError
from asurso_core.backup.making import Tell, files_of, folder_of, quiet, scratch
from asurso_core.config import Config
from asurso_core.dumps import Misfit, Table, here, quoted
from asurso_core.i18n import gettext as _
from asurso_core.jobs import queue

#: More changes than a school makes of one topic, far from the end of the column.
_LEAP = 1_000_000


def _new_defaults() -> None:
    install.install_defaults(enable=False)


def restore(
    conf: Config,
    path: Path,
    passphrase: str | None = None,
    *,
    leave_out: Collection[str] = (),
    tell: Tell = quiet,
) -> dict[str, Any]:
    """Fill the bound, empty database and the files of the instance; returns the manifest.

    Everything comes back as it was but for sessions, which are over, and revisions, which leap.
    The history goes on with an entry that says so, and its seal with a new head.

    ``leave_out`` names owners whose tables are not wanted, because their plugin is not installed.

    :raises BackupError: the database is not empty; the archive is damaged, of a newer schema, or
        holds tables of a plugin that is not installed.
    """
    if here().names():
        raise BackupError(
            "the database is not empty: a backup is restored only into an empty one, "
            "so that nothing is overwritten"
        )
    with _room(conf) as room, opened(path, passphrase, room) as archive:
        _demand_known(archive, leave_out)

        def finish() -> None:
            _begin_anew()
            put_files(archive, files_of(conf))
            tell(f"{len(archive.files)} files")
            _note(conf, path.name, archive)

        fill(archive, leave_out=leave_out, finish=finish, defaults=True, tell=tell)
        return archive.manifest


def verify(
    conf: Config,
    path: Path,
    passphrase: str | None = None,
    *,
    rehearse: bool = False,
    tell: Tell = quiet,
) -> dict[str, Any]:
    """Restore into a scratch SQLite database, compare everything, remember that it was proved.

    Tables of plugins that are not installed here are compared too, in tables made plainly. With
    ``rehearse`` the waiting migrations are tried there as well; what they raise comes out.

    :raises BackupError: the archive does not give back what its list says.
    """
    with _room(conf) as room, opened(path, passphrase, room) as archive:
        _demand_known(archive, _owners_not_here(archive))
        file = database.make_database(f"sqlite:///{room / 'scratch.sqlite3'}")
        with database.borrowed(file), database.connection():
            fill(archive, plainly=True, up_to_date=rehearse, tell=tell)
        for name in archive.files:
            with (room / "file").open("wb") as target:
                archive.unpack(name, target)
        manifest = archive.manifest
    remembering.remember(conf, path, manifest)
    return manifest


@contextlib.contextmanager
def _room(conf: Config) -> Iterator[Path]:
    """A scratch folder; what the disk refuses is told plainly."""
    try:
        with scratch(folder_of(conf)) as room:
            yield room
    except OSError as error:
        raise BackupError(f"the disk refused: {error}. Nothing was changed") from error


def _begin_anew() -> None:
    """End all sessions, and let no browser take its copy of a page for the restored one.

    A session that was ended after the backup was made must not come alive again. Numbers of
    revisions go back with the backup and would come to those that browsers remember. Messages that
    waited may have gone out since: nobody sends them twice without looking.
    """
    database.run("DELETE FROM core_session")
    for topic in ("school", "access", "settings", "plugins"):
        revisions.bump(topic)
    database.run("UPDATE core_revision SET number = number + ?", [_LEAP])
    queue.hold_back(_("It waited when the backup was made, and may have been done since."))


def _note(conf: Config, name: str, archive: Archive) -> None:
    """Do what `asurso audit restored` does.

    Inside the transaction: when the rows are there, the heads of the database they replace are
    not asked for any more. If it fails after all, the file of heads begins anew once too often.
    """
    reason = f"asurso restore {name}"
    made = str(archive.manifest["made_at"])
    audit.record(system(reason), "core.audit_restored", "core.audit:0", after={"made": made})
    audit_chain.seal()
    audit_chain.begin(audit_chain.heads_file(conf.instance), reason)


# --- what may be restored ----------------------------------------------------------------------


def _owners_not_here(archive: Archive) -> set[str]:
    return set(archive.manifest["migrations"]) - set(dict(schema.owners()))


def _demand_known(archive: Archive, leave_out: Collection[str]) -> None:
    missing = sorted(_owners_not_here(archive) - set(leave_out))
    if missing:
        versions = {one["name"]: one["version"] for one in archive.manifest["plugins"]}
        told = ", ".join(f"{name} {versions.get(name) or ''}".strip() for name in missing)
        raise BackupError(
            f"the backup holds data of plugins that are not installed here: {told}. Install them, "
            f"or leave their data behind with --leave-out {missing[0]}"
        )
    newer = [
        f"{owner}/{name}"
        for owner, folder in schema.owners()
        for name in archive.manifest["migrations"].get(owner, [])
        if not (folder / f"{name}.py").is_file()
    ]
    if newer:
        raise BackupError(
            f"the backup is of a newer program ({archive.manifest['program']}): this one does not "
            f"know {', '.join(newer[:5])}. Install that program first"
        )


# --- filling -----------------------------------------------------------------------------------


def fill(
    archive: Archive,
    *,
    leave_out: Collection[str] = (),
    plainly: bool = False,
    up_to_date: bool = True,
    defaults: bool = False,
    finish: Callable[[], None] | None = None,
    tell: Tell = quiet,
) -> None:
    """Make the tables in the bound database, fill them, compare, and bring them up to date."""
    with schema.whole() as check:
        histories = archive.manifest["migrations"]
        for owner, folder in schema.owners():
            if owner not in leave_out:
                schema.apply(owner, folder, histories.get(owner, []))
        strange = _strange_tables(archive)
        if plainly:
            for name in strange:
                _make_plainly(archive.tables[name])
        wanted = [name for name in archive.tables if plainly or name not in strange]
        _demand_same_tables(wanted, strange)
        keys = _take_keys_away()
        for name in wanted:
            _load(here().table(name), archive)
        _put_keys_back(keys)
        check()
        _compare(archive, wanted)
        tell(f"{len(wanted)} tables, {sum(archive.tables[one]['rows'] for one in wanted)} rows")
        _after_loading(wanted)
        if up_to_date:
            schema.upgrade(finish=_new_defaults if defaults else None, tell=tell)
        if finish is not None:
            finish()


def _strange_tables(archive: Archive) -> set[str]:
    """Tables of the archive that no owner here has made."""
    return set(archive.tables) - set(here().names())


def _demand_same_tables(wanted: list[str], strange: Collection[str]) -> None:
    standing = set(here().names())
    lacking = sorted(standing - set(wanted))
    if lacking:
        raise BackupError(f"the backup lacks tables that its program had: {', '.join(lacking)}")
    loaded = set(dict(schema.owners()))
    ours = sorted(name for name in strange if name.split("_", 1)[0] in loaded)
    if ours:
        raise BackupError(f"the migrations here do not make these tables: {', '.join(ours)}")


def _make_plainly(told: dict[str, Any]) -> None:
    words = {"integer": "INTEGER", "real": "REAL", "bytes": "BLOB", "decimal": "DECIMAL",
             "moment": "DATETIME", "date": "DATE", "time": "TIME"}  # fmt: skip
    columns = ", ".join(
        f"{quoted(one['name'])} {words.get(one['kind'], 'TEXT')}" for one in told["columns"]
    )
    key = ", ".join(map(quoted, told["key"]))
    end = f", PRIMARY KEY ({key})" if key else ""
    database.db.execute_sql(f"CREATE TABLE {quoted(told['name'])} ({columns}{end})")


def _load(table: Table, archive: Archive) -> None:
    # Migrations fill some tables themselves; what the backup holds is the whole truth.
    database.db.execute_sql(f"DELETE FROM {quoted(table.name)}")  # noqa: S608 - names of the catalogue
    names = [one["name"] for one in archive.tables[table.name]["columns"]]
    try:
        here().load(table, names, archive.rows(table.name))
    except Misfit as error:
        raise BackupError(str(error)) from error


def _take_keys_away() -> list[tuple[str, str, str]]:
    """Drop PostgreSQL's foreign keys while rows come in whatever order; gives how to make them."""
    if database.is_sqlite():
        return []
    keys = here().rows_of(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE contype = 'f' "
        "AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )
    for table, name, _definition in keys:
        database.db.execute_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [(str(table), str(name), str(definition)) for table, name, definition in keys]


def _put_keys_back(keys: list[tuple[str, str, str]]) -> None:
    for table, name, definition in keys:
        database.db.execute_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _compare(archive: Archive, wanted: list[str]) -> None:
    seen = here()
    for name in wanted:
        told, found = archive.tables[name], seen.digest(seen.table(name))
        if (found.rows, found.sha256) != (told["rows"], told["sha256"]):
            raise BackupError(
                f"the table {name} did not come back as it was: "
                f"{found.rows} rows here, {told['rows']} in the backup"
            )


def _after_loading(wanted: list[str]) -> None:
    """Numbers of new rows go on after the highest; indexes of words are made again."""
    seen = here()
    if "core_search_entry" in wanted and not seen.sqlite:
        fulltext.rebuild()  # SQLite's own are found below, whoever made them
    if seen.sqlite:
        for name, _sql in seen.rows_of(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' "
            "AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
        ):
            told = quoted(name)
            database.db.execute_sql(f"INSERT INTO {told}({told}) VALUES ('rebuild')")  # noqa: S608
        return
    for name in wanted:
        seen.number_on(name)
    database.db.execute_sql("ANALYZE")


# --- files -------------------------------------------------------------------------------------


def put_files(archive: Archive, folder: Path) -> None:
    """Write the stored files; equal ones that are there stay, so a restore can be repeated.

    :raises BackupError: another file has the name of one of the backup.
    """
    for name, told in archive.files.items():
        target = folder / name
        if target.exists():
            with target.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == told["sha256"]:
                    os.utime(target)  # young again: nobody sweeps it before its row is committed
                    continue
            raise BackupError(f"there is another file {target} already: move it away first")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        part = target.with_name(f".{secrets.token_hex(6)}.part")
        try:
            with part.open("xb") as out:
                part.chmod(0o600)
                archive.unpack(name, out)
                out.flush()
                os.fsync(out.fileno())
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
