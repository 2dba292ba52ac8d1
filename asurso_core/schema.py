"""Tables and their history: one runner and one history table per owner.

Migrations are never run at start or import, only by ``asurso init`` and ``asurso db upgrade``.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from asurso_core import plugins
from asurso_core.db import EXTRAS, MODELS, db, is_sqlite, owner_of, rows, transaction
from asurso_core.errors import PluginError


def owners() -> list[tuple[str, Path]]:
    """``(owner, migrations folder)`` of the kernel and the plugins in use, in dependency order.

    A plugin is in use from its first enabling to its removal: one that is switched off is migrated
    too, so that data and code never part. In a new database all that are installed are.
    """
    unused: set[str] = set()
    if db.obj.table_exists("core_plugin") and "state" in _columns_of("core_plugin"):
        used = {name for (name,) in rows("SELECT name FROM core_plugin WHERE state <> 'installed'")}
        known = rows("SELECT COUNT(*) FROM core_plugin")[0][0]
        unused = set(plugins.current().plugins) - used - {"core"} if known else set()
    return [(name, folder) for name, folder in _folders() if name not in unused]


def _folders() -> list[tuple[str, Path]]:
    return [
        (plugin.name, Path(plugins.folder_of(plugin.package)) / "migrations")
        for plugin in plugins.current().plugins.values()
    ]


def _columns_of(table: str) -> set[str]:
    return {column.name for column in db.obj.get_columns(table)}


def applied(owner: str) -> list[str]:
    """Names of the migrations of an owner that this database has seen, in order."""
    table = f"schema_migration_{owner}"
    if not db.obj.table_exists(table):
        return []
    return [name for (name,) in rows(f"SELECT name FROM {table} ORDER BY name")]  # noqa: S608 - our own names


def folder_of(owner: str) -> Path:
    """Where the migrations of an installed owner lie."""
    return dict(_folders())[owner]


def known(owner: str) -> list[str]:
    """Names of the migrations that an installed owner brings, in order."""
    return sorted(file.stem for file in folder_of(owner).glob("[0-9]*.py"))


def waiting(owner: str) -> list[str]:
    """Migrations of an installed owner that this database has not seen."""
    seen = set(applied(owner))
    return [name for name in known(owner) if name not in seen]


def upgrade_owner(owner: str, target: str | None = None) -> list[str]:
    """Bring one owner's tables up to date (or to a named migration) as a whole or not at all."""
    names = [name for name in waiting(owner) if target is None or name <= target]
    with alone(), whole() as check:
        if names:
            drop_guards()
        done = apply(owner, folder_of(owner), names)
        make_guards()
        if done:
            check()
    return done


def _runner(owner: str, folder: Path) -> Any:
    return Runner(db.obj, str(folder), table_name=f"schema_migration_{owner}")


def status() -> list[tuple[str, str, bool]]:
    """``(owner, migration, applied)`` of every known migration."""
    return [
        (owner, step.name, step.applied is not None)
        for owner, folder in owners()
        if folder.is_dir()
        for step in _runner(owner, folder).status()
    ]


def pending() -> list[str]:
    """Names of migrations that wait: ``journal/0002_add_comment``."""
    return [f"{owner}/{name}" for owner, name, applied in status() if not applied]


def unknown() -> list[str]:
    """Names of migrations that the database has and this program does not: it is the older one."""
    return [
        f"{owner}/{step.name}"
        for owner, folder in owners()
        if folder.is_dir()
        for step in _runner(owner, folder).status()
        if step.path is None
    ]


def newer_than_we(names: list[str]) -> str:
    """What to tell when :func:`unknown` found something."""
    return (
        f"the database belongs to a newer program: this one does not know {', '.join(names[:5])}. "
        "Install the newer program, or restore a backup that was made before its upgrade"
    )


class TransactionLost(RuntimeError):
    """A migration ended the transaction around it: what it wrote before that is committed."""


def upgrade(
    *,
    begun: Callable[[], None] | None = None,
    finish: Callable[[], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> list[str]:
    """Run all waiting migrations, then remake the guards; returns what was applied.

    All of it is one transaction: whatever fails, and whenever the program is killed, the database
    is either as it was or upgraded as a whole. ``begun`` is called inside it before the first
    change, ``finish`` after the last one, ``tell`` with the name of each migration that begins.

    One upgrade at a time: a lock file beside a SQLite database, an advisory lock on PostgreSQL.
    While migrations run the guards are away: they may fill new columns of closed years too.

    :raises TransactionLost: a migration failed after it had committed by itself.
    """
    applied: list[str] = []
    with alone(), whole() as check:
        if begun is not None:
            begun()
        if pending():
            drop_guards()
        for owner, folder in owners():
            names = [step.name for step in _steps(owner, folder) if step.applied is None]
            applied.extend(apply(owner, folder, names, tell=tell))
        make_guards()
        if finish is not None:
            finish()
        if applied:
            check()
    return applied


def apply(
    owner: str,
    folder: Path,
    names: Iterable[str],
    *,
    tell: Callable[[str], None] | None = None,
) -> list[str]:
    """Run the named migrations of an owner, in their order; call inside :func:`whole`."""
    wanted, applied = set(names), []
    for step in _steps(owner, folder):
        if step.name not in wanted:
            continue
        if tell is not None:
            tell(f"{owner}/{step.name}")
        runner = _runner(owner, folder)
        runner.History.create_table()
        runner._run(step.name, step.load(), "up")  # noqa: SLF001 - up() may not be asked for one alone
        if not _in_transaction():
            raise TransactionLost(f"{owner}/{step.name} ended the transaction by itself")
        applied.append(f"{owner}/{step.name}")
    return applied


def _steps(owner: str, folder: Path) -> list[Any]:
    if not folder.is_dir():
        return []
    return [step for step in _runner(owner, folder).status() if step.path is not None]


@contextlib.contextmanager
def whole() -> Iterator[Callable[[], None]]:
    """One transaction for changes of tables; gives what finds rows without what they refer to.

    SQLite changes a table by making it anew, which its foreign keys would not allow: they are off
    meanwhile, and the one who changed calls ``check`` before the end.

    :raises TransactionLost: the block failed after something had ended the transaction.
    """
    keys = is_sqlite() and db.transaction_depth() == 0
    if keys:
        db.execute_sql("PRAGMA foreign_keys = 0")
    lost: BaseException | None = None
    try:
        with transaction():
            try:
                yield _check_references
            except BaseException as error:
                lost = None if _in_transaction() else error
                raise
    except BaseException as error:
        if lost is not None and not isinstance(error, TransactionLost):
            first = _first(lost)
            raise TransactionLost(str(first) or type(first).__name__) from error
        raise
    finally:
        if keys and not db.is_closed():
            db.execute_sql("PRAGMA foreign_keys = 1")


def _first(error: BaseException) -> BaseException:
    """What began a chain of errors; the later ones only tell that no savepoint was there."""
    while (before := error.__cause__ or error.__context__) is not None:
        error = before
    return error


def _in_transaction() -> bool:
    connection = db.obj.connection()
    if is_sqlite():
        return bool(connection.in_transaction)
    from psycopg.pq import TransactionStatus

    # In a failed one, too, nothing is committed any more.
    return connection.info.transaction_status in {
        TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE,
    }  # fmt: skip


def _check_references() -> None:
    if not is_sqlite():
        return
    broken = db.execute_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        where = ", ".join(sorted({f"{table} → {target}" for table, _row, target, _no in broken}))
        raise PluginError(f"rows refer to what is not there: {where}")


def downgrade(owner: str, through: str | None = None) -> list[str]:
    """Take back migrations of an owner, the newest first; returns their names.

    ``through`` is the last one to go; None takes all, and with them the owner's tables. The guards
    of all owners are away afterwards: :func:`make_guards` brings back what still has a table.
    """
    drop_guards()
    seen = applied(owner)
    runner = _runner(owner, folder_of(owner))
    undone: list[str] = runner.down(through or seen[0]) if seen else []
    if through is None:
        db.execute_sql(f"DROP TABLE IF EXISTS schema_migration_{owner}")
    return undone


def make(owner: str, name: str) -> str | None:
    """Write the migration that brings an owner's tables from the database to its models.

    Returns the new file's path, or None when there is nothing to change. The author reads and
    edits it: changes of type, nullability and default are not seen, a rename looks like drop and
    add.
    """
    from playhouse.migrations import template
    from playhouse.schema_diff import diff_models

    mine = [model for model in models() if owner_of(model.__module__) == owner]
    diff = diff_models(db.obj, mine)
    if not diff:
        return None
    folder = folder_of(owner)
    folder.mkdir(exist_ok=True)
    # Without it peewee names indexes by the old rule, under which two plugins' can collide.
    body = template(diff).replace(
        "database = db\n", "database = db\n            legacy_table_names = False\n"
    )
    return str(_runner(owner, folder).create(name, body=body))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One change of tables at a time, whichever process makes it; take it before a transaction."""
    if is_sqlite():
        with Path(f"{db.obj.database}.upgrade").open("ab") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield
        return
    db.execute_sql("SELECT pg_advisory_lock(407)")
    try:
        yield
    finally:
        db.execute_sql("SELECT pg_advisory_unlock(407)")


def create_all() -> None:
    """Make every table straight from the models (tests; migrations must give the same)."""
    db.obj.create_tables(models())
    make_guards()


def models() -> list[Any]:
    """The models of the kernel and of the loaded plugins."""
    loaded = set(plugins.current().plugins)
    return [model for model in MODELS if owner_of(model.__module__) in loaded]


def drop_guards() -> None:
    """Take the triggers of all loaded owners away; :func:`make_guards` brings them back."""
    engine = "sqlite" if is_sqlite() else "postgres"
    standing = set(db.obj.get_tables())
    for owner, engines in EXTRAS.items():
        if owner not in plugins.current().plugins:
            continue
        for name, sql in engines[engine].items():
            table = _table_of(sql)
            if engine == "sqlite":
                db.execute_sql(f"DROP TRIGGER IF EXISTS {name}")
            elif table in standing:
                db.execute_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                db.execute_sql(f"DROP FUNCTION IF EXISTS {name}()")


def _table_of(sql: str) -> str:
    """The table of a trigger as :func:`asurso_core.guards.trigger` declares it."""
    return sql.rsplit("\n---\n", 1)[-1].split(" ON ", 1)[1].split(maxsplit=1)[0]


def make_guards() -> None:
    """Drop and make again the triggers that owners declared (see :mod:`asurso_core.guards`).

    Tables that are not there (a plugin that is not in use) get none. On SQLite a trigger that
    stands as declared is left alone: a changed schema is read anew by every connection.
    """
    loaded = set(plugins.current().plugins)
    standing = set(db.obj.get_tables())
    engine = "sqlite" if is_sqlite() else "postgres"
    declared = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    made = dict(rows(declared)) if is_sqlite() else {}
    for owner, engines in EXTRAS.items():
        if owner not in loaded:
            continue
        for name, sql in engines[engine].items():
            if _table_of(sql) not in standing:
                continue
            if engine == "sqlite":
                if made.get(name) != sql:
                    db.execute_sql(f"DROP TRIGGER IF EXISTS {name}")
                    db.execute_sql(sql)
                continue
            body, clause = sql.split("\n---\n")
            declare = ""
            if body.startswith("DECLARE"):
                declare, _, body = body.partition("\nBEGIN\n")
            table = _table_of(sql)
            db.execute_sql(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ {declare} "
                f"BEGIN {body} END $guard$ LANGUAGE plpgsql".replace("%", "%%")
            )
            db.execute_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            often = "" if " FOR EACH " in clause else "FOR EACH ROW"
            db.execute_sql(f"CREATE TRIGGER {name} {clause} {often} EXECUTE FUNCTION {name}()")
