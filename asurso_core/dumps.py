"""Tables of a database as plain lines: the same text and the same digests on both engines.

Backups of a school and archives of removed plugins are made of them. A row is a JSON array of its
values in the order of the columns' names. Truth is 0 or 1, a decimal is its shortest text, moments
are written as SQLite keeps them. What an engine derives from other rows (search indexes, generated
columns) is left out: it is made again.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import decimal
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asurso_core import db as database
from asurso_core.errors import AsursoError

#: So many rows are held in memory at once.
PORTION = 2000

_KINDS = (
    ("INT", "integer"), ("BOOL", "integer"), ("SERIAL", "integer"), ("TIMESTAMP", "moment"),
    ("DATETIME", "moment"), ("DATE", "date"), ("TIME", "time"), ("NUMERIC", "decimal"),
    ("DECIMAL", "decimal"), ("REAL", "real"), ("DOUBLE", "real"), ("FLOAT", "real"),
    ("BLOB", "bytes"), ("BYTEA", "bytes"),
)  # fmt: skip


#: Tables of SQLite without its own, indexes of words, and the tables in which those keep theirs.
_KEPT = """
    SELECT name FROM sqlite_master AS m WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'
    AND sql NOT LIKE 'CREATE VIRTUAL TABLE%' AND NOT EXISTS (
        SELECT 1 FROM sqlite_master AS v WHERE v.sql LIKE 'CREATE VIRTUAL TABLE%'
        AND substr(m.name, 1, length(v.name) + 1) = v.name || '_'
        AND substr(m.name, length(v.name) + 2) IN ('data', 'idx', 'content', 'docsize', 'config')
    )"""
#: Columns, indexes, keys, triggers and functions of PostgreSQL.
_SHAPE = (
    """SELECT table_name, column_name, data_type, is_nullable, column_default,
       character_maximum_length FROM information_schema.columns
       WHERE table_schema = current_schema() ORDER BY 1, ordinal_position""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = current_schema()::regnamespace ORDER BY 1, 2""",
    """SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
       WHERE NOT tgisinternal ORDER BY 1, 2""",
    """SELECT proname, prosrc FROM pg_proc
       WHERE pronamespace = current_schema()::regnamespace ORDER BY 1""",
)


@dataclass(frozen=True)
class Column:
    """A column: its name, and what its values are on either engine."""

    name: str
    kind: str
    #: The engine's own word for the type.
    declared: str


@dataclass(frozen=True)
class Table:
    """A table: its columns by name, and those of its primary key in their order."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Digest:
    """How many rows a table has, how long their lines are, and their SHA-256."""

    rows: int
    bytes: int
    sha256: str


def quoted(name: str) -> str:
    """A name of the database as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


class Tables:
    """The tables that one open connection of a driver sees."""

    def __init__(self, connection: Any) -> None:
        """Remember the connection; what it sees holds still only inside a transaction."""
        self.connection = connection
        self.sqlite = isinstance(connection, sqlite3.Connection)

    def rows_of(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement in the engine's own words."""
        cursor = self.connection.cursor()
        found: list[tuple[Any, ...]] = cursor.execute(sql, params).fetchall()
        cursor.close()
        return found

    def names(self) -> list[str]:
        """Names of the tables that are kept, sorted; nothing of searches or of the engine."""
        if self.sqlite:
            found = self.rows_of(_KEPT)
        else:
            found = self.rows_of(
                "SELECT relname FROM pg_class c WHERE relkind = 'r' "
                "AND relnamespace = current_schema()::regnamespace "
                "AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid "
                "AND a.atttypid = 'tsvector'::regtype)"
            )
        return sorted(name for (name,) in found)

    def table(self, name: str) -> Table:
        """A table by its name."""
        if self.sqlite:
            told = self.rows_of(
                "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0", [name]
            )
            key = [column for column, _type, pk in sorted(told, key=lambda row: row[2]) if pk]
        else:
            told = self.rows_of(
                "SELECT attname, format_type(atttypid, atttypmod), 0 FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = ''",
                [quoted(name)],
            )
            key = [
                column
                for (column,) in self.rows_of(
                    "SELECT a.attname FROM pg_index i CROSS JOIN LATERAL "
                    "unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place) "
                    "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number "
                    "WHERE i.indisprimary AND i.indrelid = %s::regclass ORDER BY k.place",
                    [quoted(name)],
                )
            ]
        columns = sorted(
            (
                Column(column, _kind(declared), str(declared))
                for column, declared, _pk in told
                if str(declared).lower() != "tsvector"
            ),
            key=lambda column: column.name,
        )
        return Table(name, tuple(columns), tuple(key))

    def lines(self, table: Table, only: tuple[str, str] | None = None) -> Iterator[bytes]:
        """The table's rows as lines, a portion of rows at a time, in the order of their key.

        ``only`` is a column and its text, or how that begins when it ends with a dot: the other
        rows are left out. PostgreSQL reads in portions inside a transaction only.
        """
        wanted = ", ".join(self._selected(column) for column in table.columns)
        order = ", ".join(self._ordered(table, name) for name in table.key or _names(table))
        some, params = "", []
        if only is not None:
            mark = "?" if self.sqlite else "%s"
            begins = f"substr({quoted(only[0])}, 1, {len(only[1])})"
            some = f" WHERE {begins if only[1][-1] == '.' else quoted(only[0])} = {mark}"
            params = [only[1]]
        sql = f"SELECT {wanted} FROM {quoted(table.name)}{some} ORDER BY {order}"  # noqa: S608 - names of the catalogue
        menders = [
            (place, _MENDERS[column.kind])
            for place, column in enumerate(table.columns)
            if self.sqlite and column.kind in _MENDERS
        ]
        write = json.JSONEncoder(
            ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False
        ).encode
        cursor = self.connection.cursor() if self.sqlite else self.connection.cursor(name="backup")
        with contextlib.closing(cursor):
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(PORTION):
                if menders:
                    rows = [_mended(row, menders) for row in rows]
                yield "".join([f"{write(row)}\n" for row in rows]).encode()

    def _selected(self, column: Column) -> str:
        name = quoted(column.name)
        if self.sqlite:
            return name
        if column.declared == "boolean":
            return f"{name}::int"
        if column.kind == "decimal":
            return f"trim_scale({name})::text"
        if column.declared in {"uuid", "json", "jsonb"}:
            return f"{name}::text"
        return name

    def _ordered(self, table: Table, name: str) -> str:
        kind = next(column.kind for column in table.columns if column.name == name)
        return quoted(name) + (' COLLATE "C"' if kind == "text" and not self.sqlite else "")

    def digest(self, table: Table, only: tuple[str, str] | None = None) -> Digest:
        """Count a table's rows and hash their lines; ``only`` as in :meth:`lines`."""
        return digest_of(self.lines(table, only))

    def digests(self) -> dict[str, Digest]:
        """The digests of all tables by name: equal exactly when the data are."""
        return {name: self.digest(self.table(name)) for name in self.names()}

    def load(self, table: Table, columns: Sequence[str], lines: Iterable[list[Any]]) -> None:
        """Put rows into a table as they stood in its lines, with their old ids.

        :raises Misfit: the table has other columns, or does not take a row.
        """
        if list(columns) != _names(table):
            raise Misfit(f"the table {table.name} has other columns here than in the archive")
        listed, values = ", ".join(map(quoted, columns)), map(_values, lines)
        if self.sqlite:
            places = ", ".join("?" * len(columns))
            sql = f"INSERT INTO {quoted(table.name)} ({listed}) VALUES ({places})"  # noqa: S608
            with _fitting(table):
                self.connection.executemany(sql, values)
            return
        with (
            _fitting(table),
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {quoted(table.name)} ({listed}) FROM STDIN") as copy,
        ):
            for row in values:
                copy.write_row(row)

    def number_on(self, name: str) -> None:
        """New rows of a table get numbers after the highest; SQLite does so by itself."""
        for column in self.table(name).columns if not self.sqlite else ():
            if self.rows_of(
                "SELECT pg_get_serial_sequence(%s, %s)", [quoted(name), column.name]
            ) == [(None,)]:
                continue
            # A sequence goes on only: numbers that were given once stay given.
            self.rows_of(
                "SELECT setval(pg_get_serial_sequence(%s, %s), "  # noqa: S608
                f"COALESCE(MAX({quoted(column.name)}), 1), COUNT(*) > 0) FROM {quoted(name)}",
                [quoted(name), column.name],
            )

    def in_order(self, tables: Iterable[str]) -> list[str]:
        """Tables so that each one comes after those it refers to."""
        wanted = sorted(tables)
        order: list[str] = []
        points = {
            table: {key.dest_table for key in database.db.obj.get_foreign_keys(table)} - {table}
            for table in wanted
        }
        while len(order) < len(wanted):
            ready = [
                table
                for table in wanted
                if table not in order and not (points[table] & set(wanted)) - set(order)
            ]
            if not ready:
                raise ValueError(f"tables refer to each other in a circle: {wanted}")
            order += ready
        return order

    def shape(self) -> list[tuple[Any, ...]]:
        """What the database is besides its rows, in the engine's words: to compare with itself."""
        if self.sqlite:
            return self.rows_of("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2")
        return [row for sql in _SHAPE for row in self.rows_of(sql)]


class Misfit(AsursoError):
    """Rows of an archive do not fit the tables that are here."""

    status = 500
    code = "misfit"


@contextlib.contextmanager
def _fitting(table: Table) -> Iterator[None]:
    try:
        yield
    except AsursoError:
        raise
    except Exception as error:  # the drivers have no common base; the table is what helps
        raise Misfit(f"the rows of {table.name} do not fit here: {error}") from error


def _values(row: list[Any]) -> list[Any]:
    if any(isinstance(value, dict) for value in row):
        return [
            base64.b64decode(value["base64"]) if isinstance(value, dict) else value for value in row
        ]
    return row


def digest_of(portions: Iterable[bytes]) -> Digest:
    """The digest of lines that come in portions."""
    seen, rows, size = hashlib.sha256(), 0, 0
    for portion in portions:
        seen.update(portion)
        rows += portion.count(b"\n")
        size += len(portion)
    return Digest(rows, size, seen.hexdigest())


@contextlib.contextmanager
def snapshot() -> Iterator[Tables]:
    """The bound database as it is at this moment, while others go on writing.

    A connection of its own with one reading transaction: SQLite's log of changes and PostgreSQL's
    REPEATABLE READ both show it one moment however long it reads, and hold nobody up.
    """
    bound = database.db.obj
    if database.is_sqlite():
        connection: Any = sqlite3.connect(bound.database, isolation_level=None, timeout=5)
        connection.execute("PRAGMA query_only = 1")
        connection.execute("BEGIN")
    else:
        import psycopg

        connection = psycopg.connect(dbname=bound.database, **bound.connect_params)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
    with contextlib.closing(connection):
        seen = Tables(connection)
        seen.names()  # the first reading is what fixes the moment
        yield seen


def here() -> Tables:
    """The bound database as the open connection sees it, inside its transaction too."""
    return Tables(database.db.obj.connection())


# --- values ------------------------------------------------------------------------------------


def _kind(declared: str) -> str:
    upper = str(declared).upper()
    return next((kind for word, kind in _KINDS if word in upper), "text")


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _plain(value: Any) -> Any:
    """Values of PostgreSQL's driver, and bytes, as JSON can hold them."""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    raise TypeError(f"a column holds {type(value).__name__}, which no backup can hold")


def _mended(
    row: tuple[Any, ...], menders: list[tuple[int, Callable[[Any], Any]]]
) -> tuple[Any, ...]:
    values = list(row)
    for place, mend in menders:
        if values[place] is not None:
            values[place] = mend(values[place])
    return tuple(values)


def _decimal(value: Any) -> str:
    return format(decimal.Decimal(str(value)).normalize(), "f")


def _moment(value: Any) -> str:
    told = str(value)
    # Nearly all stand as peewee writes them; parsing a million of them would take seconds.
    if len(told) == 19 and told[10] == " ":
        return told
    return dt.datetime.fromisoformat(told).isoformat(" ")


def _date(value: Any) -> str:
    told = str(value)
    return told if len(told) == 10 else dt.datetime.fromisoformat(told).date().isoformat()


#: SQLite keeps what it is given; another engine would give these back in another form.
_MENDERS: dict[str, Callable[[Any], Any]] = {
    "decimal": _decimal,
    "moment": _moment,
    "date": _date,
    "real": float,
}
