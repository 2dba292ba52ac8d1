"""Who of the workers lives: a lock that the system takes away with the process, and no clock.

A worker holds the lock of its number for as long as it runs. After ``kill -9`` the lock is free at
once, whatever the clock says; a process that merely rests keeps it. On SQLite it is a lock on a
file beside the database, on PostgreSQL an advisory lock of a connection of its own.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Protocol

from asurso_core.db import db, is_sqlite, rows

log = logging.getLogger("asurso.jobs")

#: The number of nobody: whoever holds its lock leads (plans, hands facts on, buries the dead).
LEADER = 0x6173_7572


class Locks(Protocol):
    """Locks that end with the process."""

    def take(self, number: int) -> bool:
        """Take a lock without waiting; false if somebody has it."""

    def hold(self) -> bool:
        """Whether what was taken is still held."""

    def free(self) -> None:
        """Let go of everything."""


class FileLocks:
    """Locks on files in a folder beside the SQLite database."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; it is made when the first lock is taken."""
        self.folder = folder
        self._held: dict[int, IO[bytes]] = {}

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:x}.lock"

    def take(self, number: int) -> bool:
        """Take a lock without waiting; false if somebody has it."""
        self.folder.mkdir(exist_ok=True)
        handle = self._file(number).open("ab")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._held[number] = handle
        return True

    def hold(self) -> bool:
        """A file's lock is never lost."""
        return True

    def free(self) -> None:
        """Let go of everything, and leave no file of a worker behind."""
        for number, handle in self._held.items():
            if number != LEADER:
                self._file(number).unlink(missing_ok=True)
            handle.close()
        self._held.clear()

    def taken(self, number: int) -> bool:
        """Whether any process has this lock."""
        try:
            handle = self._file(number).open("rb")
        except FileNotFoundError:
            return False
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def sweep(self, number: int) -> None:
        """Remove the file of a worker that is gone."""
        self._file(number).unlink(missing_ok=True)


class ServerLocks:
    """Advisory locks of PostgreSQL, held by a connection of their own."""

    def __init__(self, url: str) -> None:
        """Remember where the database is."""
        self.url = url
        self._connection: Any = None

    def take(self, number: int) -> bool:
        """Take a lock without waiting; false if somebody has it."""
        import psycopg

        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
        got = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
        return bool(got[0])

    def hold(self) -> bool:
        """Whether the connection that holds the locks is still there."""
        import psycopg

        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def free(self) -> None:
        """Let go of the locks, then close the connection.

        A server takes them away some time after a client has gone; said aloud, they are free at
        once, and the next worker need not wait.
        """
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            with contextlib.suppress(Exception):
                self._connection.close()
            self._connection = None


def _folder() -> Path:
    return Path(f"{db.obj.database}.workers")


def is_alive(number: int) -> bool:
    """Whether a process holds the lock of this number."""
    if is_sqlite():
        return FileLocks(_folder()).taken(number)
    return bool(
        rows(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid::bigint = ? AND objid::bigint = ?",
            [number >> 32, number & 0xFFFF_FFFF],
        )
    )


def sweep(numbers: Iterable[int]) -> None:
    """Remove what workers that are gone have left behind."""
    if is_sqlite():
        locks = FileLocks(_folder())
        for number in numbers:
            locks.sweep(number)


class Life:
    """The number of a worker and the locks it holds."""

    def __init__(self, url: str) -> None:
        """A worker of the database with this address, not yet alive."""
        self._url = url
        self._locks: Locks | None = None
        self.number = 0
        self.leads = False

    def begin(self) -> int:
        """Take a number that nobody had, and its lock; returns it."""
        self._locks = FileLocks(_folder()) if is_sqlite() else ServerLocks(self._url)
        self.number = secrets.randbits(60) | 1
        self.leads = False
        if not self._locks.take(self.number):
            raise RuntimeError("a number of sixty bits came up twice")
        return self.number

    def holds(self) -> bool:
        """Whether the lock is still ours; a database server that restarted has forgotten it."""
        return self._locks is not None and self._locks.hold()

    def lead(self) -> bool:
        """Whether this worker leads, now or already; of several exactly one does."""
        if not self.leads and self._locks is not None:
            self.leads = self._locks.take(LEADER)
        return self.leads

    def end(self) -> None:
        """Let go of everything."""
        if self._locks is not None:
            self._locks.free()
        self._locks, self.leads = None, False
