"""``asurso db upgrade``: look first, keep a proved backup, then change everything or nothing.

The migrations of all owners, the guards and the new defaults are one transaction on the live
database, on both engines. A copy that is swapped in would lose what is written meanwhile and needs
every server to notice the new file; a transaction is the database's own promise, and a kill at any
point leaves the old state or the new one. The backup is for what no transaction can promise: a
migration that commits by itself, or that does well what should not have been done.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asurso_core import db as database
from asurso_core import install, plugins, schema
from asurso_core.backup import making, restoring
from asurso_core.backup.errors import BackupError
from asurso_core.backup.making import Tell
from asurso_core.config import Config
from asurso_core.dumps import here
from asurso_core.hookspecs.collect import asurso_permissions
from asurso_core.plugins import INSTALLED, PluginState

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Plan:
    """What an upgrade would do, and what stands in its way."""

    #: Waiting migrations by owner, in the order they will run.
    pending: dict[str, list[str]]
    #: Plugins that the database knows and that are not installed any more.
    vanished: list[str]
    #: Plugins that this program does not take, with the reason: another version, a failing import.
    parked: dict[str, str]
    #: Rights that would belong to nobody until the administrator has decided, by plugin.
    rights: dict[str, list[str]]
    #: Migrations that the database has and this program does not.
    newer: list[str]
    #: Bytes that the upgrade may need, and those that are free.
    needed: int
    free: int
    #: Nothing is in the database yet.
    fresh: bool


def look(conf: Config) -> Plan:
    """Look at everything before anything is touched."""
    pending: dict[str, list[str]] = {}
    for owner, name, applied in schema.status():
        if not applied:
            pending.setdefault(owner, []).append(name)
    histories = making.histories(here())
    known = set(histories)
    if "core_plugin" in here().names():
        known |= {str(name) for (name,) in database.rows("SELECT name FROM core_plugin")}
    # SQLite: a copy, the log of the transaction, and the backup with the scratch that proves it.
    times = 4 if database.is_sqlite() else 3
    return Plan(
        pending=pending,
        vanished=sorted(known - set(plugins.current().plugins) - set(plugins.current().parked)),
        parked={name: one.reason for name, one in sorted(plugins.current().parked.items())},
        rights=_new_rights(),
        newer=schema.unknown(),
        needed=making.size_of_database() * times + 20 * MEGABYTE,
        free=making.free_space(making.folder_of(conf)),
        fresh=not histories,
    )


def _new_rights() -> dict[str, list[str]]:
    """Permissions of plugins in use that came with a newer version of them."""
    seen = here()
    if "core_plugin" not in seen.names() or "rights" not in {
        column.name for column in seen.table("core_plugin").columns
    }:
        return {}
    decided = {
        row.name: set(row.rights)
        for row in PluginState.select().where(PluginState.state != INSTALLED)
        if row.rights is not None
    }
    found: dict[str, list[str]] = {}
    for owner, item in plugins.current().collect(asurso_permissions, everything=True):
        if owner.name in decided and item.name not in decided[owner.name]:
            found.setdefault(owner.name, []).append(item.name)
    return found


def _report(plan: Plan, tell: Tell) -> None:
    """Tell what was found before anything is touched."""
    for name in plan.vanished:
        tell(f"plugin {name} is not installed: its tables stay as they are")
    for name, reason in plan.parked.items():
        tell(f"plugin {name} would be parked, its tables stay as they are: {reason}")
    for name, rights in plan.rights.items():
        tell(f"plugin {name}: new rights wait for the administrator: {', '.join(rights)}")
    if plan.pending and not plan.fresh:
        for owner, names in plan.pending.items():
            tell(f"{owner}: {', '.join(names)}")
        tell(f"{plan.needed // MEGABYTE} MB may be needed, {plan.free // MEGABYTE} MB are free")


def upgrade(conf: Config, *, yes: bool = False, tell: Tell = making.quiet) -> list[str]:
    """Bring the bound database up to date; returns the migrations that were run.

    :raises BackupError: something stands in the way, or the upgrade failed; the message says
        what state the database is in.
    """
    plan = look(conf)
    _report(plan, tell)
    if plan.newer:
        raise BackupError(schema.newer_than_we(plan.newer))
    if plan.fresh or not plan.pending:
        return schema.upgrade(finish=_new_defaults, tell=tell)
    if plan.free < plan.needed:
        raise BackupError(
            f"not enough room: {plan.needed // MEGABYTE} MB may be needed in "
            f"{making.folder_of(conf)}, {plan.free // MEGABYTE} MB are free. Nothing was changed"
        )
    if not database.is_sqlite() and not yes:
        raise BackupError(
            "nothing was changed. On PostgreSQL the database is not put back by itself: if an "
            "upgrade goes wrong, you restore the backup it makes. Stop the server, then run "
            "`asurso db upgrade --yes`"
        )
    tell("making a backup, and proving it ...")
    archive = _proved_backup(conf)
    tell(f"backup, restored and compared: {archive}")
    return _change(conf, archive, tell)


def _new_defaults() -> None:
    """What a newer program needs; plugins that the school does not use stay unused."""
    install.install_defaults(enable=False)


def _proved_backup(conf: Config) -> Path:
    """Make a backup and restore it in a scratch place; SQLite's migrations are rehearsed there."""
    archive = making.make(conf)
    try:
        restoring.verify(conf, archive, rehearse=database.is_sqlite())
    except BackupError:
        raise
    except Exception as error:  # whatever a migration may raise
        raise BackupError(
            f"the upgrade failed in its rehearsal: {error}. Nothing was changed; the backup is "
            f"{archive}"
        ) from error
    return archive


def _change(conf: Config, archive: Path, tell: Tell) -> list[str]:
    with _copy(conf) as copy:
        try:
            return schema.upgrade(
                begun=copy.take,
                finish=_new_defaults,
                tell=lambda name: tell(f"run {name}"),
            )
        except schema.TransactionLost as error:
            if not database.is_sqlite():
                raise BackupError(
                    f"the upgrade failed and was partly written: {error}. Restore the backup "
                    f"{archive} into an empty database"
                ) from error
            copy.put_back()
            raise BackupError(
                f"the upgrade failed: {error}. The database was put back as it was before; the "
                f"backup is {archive}"
            ) from error
        except Exception as error:
            told = str(error) or type(error).__name__
            raise BackupError(
                f"the upgrade failed: {told}. The database is as it was before; the backup is "
                f"{archive}"
            ) from error


class _Copy:
    """The file of a SQLite database, page by page, as it was when the upgrade began."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def take(self) -> None:
        """Copy what is committed, inside the upgrade's transaction: nobody writes after it."""
        if self.file is None:
            return
        os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with (
            contextlib.closing(sqlite3.connect(database.db.obj.database)) as source,
            contextlib.closing(sqlite3.connect(self.file)) as target,
        ):
            source.backup(target)

    def put_back(self) -> None:
        """Write the copy over the database, in one transaction of the engine's own."""
        assert self.file is not None  # noqa: S101 - asked for on SQLite alone
        live = database.db.obj.database
        database.db.obj.close()
        with (
            contextlib.closing(sqlite3.connect(self.file)) as source,
            contextlib.closing(sqlite3.connect(live, timeout=30)) as target,
        ):
            source.backup(target)
        database.db.connect(reuse_if_open=True)


@contextlib.contextmanager
def _copy(conf: Config) -> Iterator[_Copy]:
    if not database.is_sqlite():
        yield _Copy(None)
        return
    with making.scratch(making.folder_of(conf)) as room:
        yield _Copy(room / f"before-{secrets.token_hex(6)}.sqlite3")
