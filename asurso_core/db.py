"""The database: one proxy, one base model, one way to write.

SQLite is the embedded default, PostgreSQL the production engine. Reading needs only a connection
(the application opens one per request); all writing goes through :func:`transaction`.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import peewee as pw
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from asurso_core import text
from asurso_core.errors import Unavailable

db = pw.DatabaseProxy()

#: Every concrete model of the house, in the order of definition.
MODELS: list[type[Record]] = []
#: Triggers and other statements that peewee cannot express: owner -> engine -> name -> SQL.
EXTRAS: dict[str, dict[str, dict[str, str]]] = {}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def owner_of(module: str) -> str:
    """The owner's name of a module: ``asurso_core.school`` → ``core``."""
    return module.split(".", 1)[0].removeprefix("asurso_")


def _table_name(model: type[pw.Model]) -> str:
    snake = _CAMEL.sub("_", model.__name__).lower()
    return f"{owner_of(model.__module__)}_{snake}"


class Record(pw.Model):
    """Base of every table: named ``<owner>_<snake_name>``, with an integer ``id``."""

    id = pw.AutoField()

    class Meta:
        database = db
        legacy_table_names = False
        table_function = _table_name

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        MODELS.append(cls)

    if TYPE_CHECKING:
        # peewee gives every foreign key a second attribute ``<name>_id``, unknown to its types.
        def __getattr__(self, name: str) -> Any: ...


def ref(
    model: type[pw.Model] | str, *, cascade: bool = False, null: bool = False, **kwargs: Any
) -> Any:
    """A foreign key as the house writes it: RESTRICT and no back-reference on the other side."""
    options: dict[str, Any] = {
        "backref": "+", "on_delete": "CASCADE" if cascade else "RESTRICT", "null": null, **kwargs
    }  # fmt: skip
    field: Any = pw.ForeignKeyField
    return field(model, **options)


# --- engines -----------------------------------------------------------------------------------


def _collate_ru(a: str, b: str) -> int:
    left, right = text.sort_key(a), text.sort_key(b)
    return (left > right) - (left < right)


def make_database(url: str, *, pool: int = 16) -> Any:
    """Build (but not connect) the database that a URL names.

    ``sqlite:///path/to/file.sqlite3`` or ``postgresql://user@host/name``. Settings are those of
    the house: WAL with ``synchronous=FULL`` so that an acknowledged mark outlives a power cut,
    immediate transactions, foreign keys on.
    """
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        database: Any = PooledSqliteDatabase(
            path,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "foreign_keys": 1,
                "busy_timeout": 5000,
                "cache_size": -16000,
                "temp_store": "memory",
            },
            lock_type="IMMEDIATE",
            max_connections=pool,
            check_same_thread=False,
            autoconnect=False,
        )
        database.register_function(text.fold, "ru_fold", 1)
        database.register_collation(_collate_ru, "ru")
        return database
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"unknown database URL: {parts.scheme}")
    return PooledPostgresqlDatabase(
        parts.path.lstrip("/"),
        dsn=None,
        max_connections=pool,
        stale_timeout=300,
        autoconnect=False,
        **_postgres_parameters(url),
    )


#: Settings of every PostgreSQL session. Our statements are the same few again and again, reached by
#: indexes: planning them anew costs more than running them (a diary's week: 5 ms of 8), and the
#: tables lie in memory, where a jump to a row costs hardly more than the next row.
_POSTGRES = (
    ("timezone", "UTC"),
    ("lock_timeout", "5000"),
    ("plan_cache_mode", "force_generic_plan"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
)


def _postgres_parameters(url: str) -> dict[str, Any]:
    from psycopg.conninfo import conninfo_to_dict

    found = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    found.pop("dbname", None)
    options = [str(found.get("options", "")), *(f"-c {name}={value}" for name, value in _POSTGRES)]
    found["options"] = " ".join(options).strip()
    return found


def bind(database: pw.Database) -> None:
    """Make a database the one this process serves.

    Raises ``RuntimeError`` if another one is bound already: one process serves one school, and a
    silent mix-up of two would be the worst of faults. Tests call :func:`release` between two.
    """
    if db.obj is not None and db.obj is not database:
        raise RuntimeError("this process already serves another database")
    db.initialize(database)


def release() -> None:
    """Let go of the bound database and close its idle connections."""
    if db.obj is not None:
        closer = getattr(db.obj, "close_all", None)
        if closer is not None:
            closer()
        db.initialize(None)


@contextlib.contextmanager
def borrowed(database: pw.Database) -> Iterator[None]:
    """Bind another database for a block, then the one that was bound before.

    For commands that look at a backup in a scratch database. Never while requests are answered: it
    is the process that is bound, not the thread.
    """
    before = db.obj
    db.initialize(database)
    try:
        yield
    finally:
        release()
        db.initialize(before)


def is_sqlite() -> bool:
    """Whether the bound engine is SQLite."""
    return isinstance(db.obj, pw.SqliteDatabase)


@contextlib.contextmanager
def connection() -> Iterator[None]:
    """Hold a connection for a block; closes it only if this block opened it."""
    opened = db.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if opened and not db.is_closed():
            db.close()


# --- writing -----------------------------------------------------------------------------------

_thread_gate = threading.Lock()

#: So many seconds a writer waits for its turn before it gives up (F06).
LONGEST_TURN = 5.0


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """Wait in line for SQLite's single writer.

    SQLite's own waiting sleeps in growing steps and lets latecomers overtake; a lock file queues
    writers of all processes instead (p99 of a mark at 8 clients fell from 77-191 ms to 10 ms).
    Raises :class:`Unavailable` after :data:`LONGEST_TURN`.
    """
    database = db.obj
    name = getattr(database, "database", None)
    if not is_sqlite() or db.transaction_depth() > 0 or not name or name == ":memory:":
        yield
        return
    until = time.monotonic() + LONGEST_TURN
    if not _thread_gate.acquire(timeout=LONGEST_TURN):
        raise _busy()
    try:
        with _open_gate(f"{name}.lock") as gate:
            if not _take(gate, until):
                raise _busy()
            with _patience(until):
                yield
    finally:
        _thread_gate.release()


def _open_gate(name: str) -> IO[bytes]:
    try:
        return Path(name).open("ab")
    except OSError as error:
        told = told_plainly(error)
        if told is None:
            raise
        raise told from error


def _take(gate: IO[bytes], until: float) -> bool:
    """Lock an open file, waiting in line no longer than a moment of the monotonic clock.

    The system's queue is fair but knows no end, so a thread of its own stands in it; one that
    comes too late closes its own copy of the file and with it whatever it got.
    """
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    copy = os.dup(gate.fileno())
    settled, state = threading.Lock(), {"given_up": False}
    taken = threading.Event()

    def stand() -> None:
        fcntl.flock(copy, fcntl.LOCK_EX)
        with settled:
            if state["given_up"]:
                fcntl.flock(copy, fcntl.LOCK_UN)  # nobody else has this file open any more
            else:
                taken.set()
        os.close(copy)

    threading.Thread(target=stand, daemon=True).start()
    taken.wait(max(0.0, until - time.monotonic()))
    with settled:
        state["given_up"] = not taken.is_set()
    return taken.is_set()


@contextlib.contextmanager
def _patience(until: float) -> Iterator[None]:
    """Who has waited long in line waits for the database only for what is left."""
    left = until - time.monotonic()
    if left > LONGEST_TURN - 0.2:
        yield
        return
    db.execute_sql(f"PRAGMA busy_timeout = {max(100, int(left * 1000))}")
    try:
        yield
    finally:
        db.execute_sql(f"PRAGMA busy_timeout = {int(LONGEST_TURN * 1000)}")


def _busy() -> Unavailable:
    from asurso_core.i18n import gettext as _

    return Unavailable(
        _("The database is busy. Nothing was saved. Try again in a minute."), reason="locked"
    )


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    """All writing happens inside this block: whole or not at all. Nested blocks are savepoints.

    Raises :class:`Unavailable` when the disk is full or the database stays locked; nothing was
    written then, and the page keeps what was typed.
    """
    with _turn():
        try:
            with db.atomic():
                yield
        except (pw.OperationalError, pw.InternalError, OSError) as error:
            told = told_plainly(error)
            if told is None:
                raise
            raise told from error


def told_plainly(error: BaseException) -> Unavailable | None:
    """Find "disk full" or "locked" anywhere down the chain of an error; None if it is neither.

    peewee hides a full disk behind a failed rollback, so the chain must be walked
    (reliability-security 0.5).
    """
    from asurso_core.i18n import gettext as _

    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        words = str(link).lower()
        state = getattr(link, "sqlstate", None)
        if "database or disk is full" in words or "no space left" in words or state == "53100":
            return Unavailable(
                _("The disk of the server is full. Nothing was saved. Tell the administrator."),
                reason="disk_full",
            )
        if (
            "database is locked" in words
            or "database table is locked" in words
            or state
            in {
                "55P03",
                "40P01",
                "40001",
            }
        ):
            return _busy()
        if "readonly database" in words or state == "25006":
            return Unavailable(
                _("The database is read-only now. Nothing was saved. Tell the administrator."),
                reason="read_only",
            )
        link = link.__cause__ or link.__context__
    return None


# --- reading -----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def _for_postgres(sql: str) -> str:
    return sql.replace("%", "%%").replace("IN ?", "= ANY(%s)").replace("?", "%s")


def written(sql: str, params: Sequence[Any] = ()) -> tuple[str, list[Any]]:
    """A statement with ``?`` marks, and its parameters, as the bound engine wants them.

    A list among the parameters belongs to ``IN ?``, with no brackets around the mark. PostgreSQL
    gets it as one array, so that the text of a statement does not depend on how many there are
    and its plan is made once.
    """
    if not is_sqlite():
        return _for_postgres(sql), list(params)
    if not any(isinstance(one, list) for one in params):
        return sql, list(params)
    parts, flat = sql.split("?"), []
    told = [parts[0]]
    for one, after in zip(params, parts[1:], strict=True):
        flat += one if isinstance(one, list) else [one]
        told += [f"({', '.join('?' * len(one))})" if isinstance(one, list) else "?", after]
    return "".join(told), flat


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Plain rows of a statement written once for both engines (``?`` marks a parameter).

    For the few pages where model objects cost too much (performance 2.2): grids, diary, session.
    """
    sql, params = written(sql, params)
    found: list[tuple[Any, ...]] = db.execute_sql(sql, params).fetchall()
    return found


def run(sql: str, params: Sequence[Any] = ()) -> int:
    """Run a writing statement written once for both engines; the number of rows it touched.

    For the few deeds that must be as quick as a keystroke; call inside :func:`transaction`.
    """
    sql, params = written(sql, params)
    touched: int = db.execute_sql(sql, params).rowcount
    return touched


_ARRAYS = (
    (pw.BooleanField, "boolean"),
    (pw.DateTimeField, "timestamp"),
    (pw.DateField, "date"),
    ((pw.CharField, pw.TextField), "text"),
    ((pw.IntegerField, pw.ForeignKeyField), "integer"),
)


def put_rows(
    model: type[Record], names: Sequence[str], values: Sequence[Sequence[Any]], clash: str = ""
) -> None:
    """Insert plain rows of the named columns; call inside :func:`transaction`.

    Values are as :func:`run` takes them. ``clash`` is what follows ``ON CONFLICT``. PostgreSQL gets
    one array a column, so that its statement is the same for one mark and for thirty.
    """
    meta: Any = model._meta  # noqa: SLF001 - peewee keeps a model's table there
    quoted = ", ".join(f'"{name}"' for name in names)
    into = f"INSERT INTO {meta.table_name} ({quoted})"
    end = f" ON CONFLICT {clash}" if clash else ""
    if not is_sqlite():
        kinds = [_array_of(meta.columns[name]) for name in names]
        arrays = ", ".join(f"?::{kind}[]" for kind in kinds)
        if values:
            columns = [list(column) for column in zip(*values, strict=True)]
            run(f"{into} SELECT * FROM unnest({arrays}){end}", columns)  # noqa: S608 - our own names
        return
    for start in range(0, len(values), 100):
        part = values[start : start + 100]
        places = ", ".join([f"({', '.join('?' * len(names))})"] * len(part))
        run(f"{into} VALUES {places}{end}", [value for row in part for value in row])


def _array_of(field: pw.Field) -> str:
    return next(name for kind, name in _ARRAYS if isinstance(field, kind))


def as_date(value: Any) -> Any:
    """A date from a raw row: SQLite gives text, PostgreSQL gives ``datetime.date``."""
    import datetime as dt

    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def stamp_value(moment: Any) -> Any:
    """A timestamp as a parameter of :func:`run`: text for SQLite, in the form peewee writes."""
    return moment.isoformat(" ") if is_sqlite() else moment


def as_stamp(value: Any) -> Any:
    """A naive UTC timestamp from a raw row, on both engines."""
    import datetime as dt

    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def russian_order(column: Any) -> Any:
    """An ORDER BY term in Russian dictionary order, the same on both engines."""
    if is_sqlite():
        return pw.NodeList((column, pw.SQL("COLLATE ru")))
    lowered = pw.fn.lower(pw.NodeList((column, pw.SQL('COLLATE "ru-x-icu"'))))
    return pw.NodeList((pw.fn.replace(lowered, "ё", "е\uffff"), pw.SQL('COLLATE "C"')))


def russian(column: str) -> str:
    """:func:`russian_order` for a statement of our own words; ``column`` is a column's name."""
    if is_sqlite():
        return f"{column} COLLATE ru"
    lowered = f'LOWER({column} COLLATE "ru-x-icu")'
    return f"REPLACE({lowered}, 'ё', 'е\uffff') COLLATE \"C\""


def binary_order(column: Any) -> Any:
    """An ORDER BY term for a stored :func:`asurso_core.text.sort_key` column."""
    return column if is_sqlite() else pw.NodeList((column, pw.SQL('COLLATE "C"')))


def folded(column: Any) -> Any:
    """A column as it is searched (see :func:`asurso_core.text.fold`), the same on both engines."""
    if is_sqlite():
        return pw.fn.ru_fold(column)
    return pw.fn.replace(pw.fn.lower(pw.NodeList((column, pw.SQL('COLLATE "ru-x-icu"')))), "ё", "е")


def contains(column: Any, wanted: str) -> Any:
    """A condition: an already folded column contains the wanted text, whatever its case or ё."""
    return pw.NodeList((column, pw.SQL("LIKE"), pw.Value(text.like(wanted)), pw.SQL("ESCAPE '\\'")))
