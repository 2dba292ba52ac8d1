"""A scratch PostgreSQL server: started for one run, on this machine only, thrown away after it.

    with postgres.cluster() as server:
        url = server.create_database("school")

It needs the server's programs (Debian: ``postgresql``) and no rights: as root it runs as an
unprivileged user, because PostgreSQL refuses to run as root. Whoever can reach the loopback
address is trusted, so nothing real belongs in it.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from psycopg.sql import Composed

#: The database that always exists; databases are created from a connection to it.
MAINTENANCE = "postgres"
#: Who signs in; the owner of everything in a scratch server.
ROLE = "asurso"

# The server ends with the test run whatever becomes of that run: `read` returns when the pipe to
# us closes, also after kill -9, and nothing is left lying about. If the server ends first, the
# shell ends too and we notice.
_KEEPER = """
data=$1; shift
( "$@" </dev/null; [ -e "$data/stopping" ] || kill $$ ) &
read -r _
: > "$data/stopping"
kill -QUIT "$(head -n 1 "$data/postmaster.pid")"
wait
rm -rf "${data%/data}"
"""

_FAST = {
    # A scratch server promises nothing after a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


_SAFE = {"shared_buffers": "256MB"}


class NoServer(RuntimeError):
    """PostgreSQL is not installed or did not start; the message says what it told."""


def find_binaries() -> Path | None:
    """The folder of the newest server installed (``initdb`` and ``postgres``), or None."""
    found = shutil.which("initdb")
    # Debian keeps every version in a folder of its own, outside the PATH.
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=_version_of_folder, reverse=True
    )
    if found:
        # A link on the PATH does for initdb, which looks for its siblings beside itself.
        folders.insert(0, Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    return None


def _version_of_folder(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())


class Cluster:
    """A running server; made by :func:`cluster` or :meth:`start`."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        """Remember what :meth:`start` has made."""
        self.folder = folder
        self.port = port
        self._process = process

    @classmethod
    def start(cls, *, fsync: bool = False, settings: dict[str, str] | None = None) -> Cluster:
        """Make a cluster in a temporary folder and start it.

        ``fsync=True`` writes through to the disk as a real server does, for benchmarks and for
        tests of what survives a crash. ``settings`` are further ones of ``postgresql.conf``.
        Raises :class:`NoServer` with the server's own words when that does not succeed.
        """
        binaries = find_binaries()
        if binaries is None:
            raise NoServer("PostgreSQL is not installed (Debian: apt install postgresql)")
        # Short and directly in /tmp: the path of a unix socket may have 107 characters, and an
        # unprivileged user must be able to walk down to it.
        folder = Path(tempfile.mkdtemp(prefix="asurso-pg-", dir="/tmp"))
        try:
            return cls._start_in(folder, binaries, _SAFE if fsync else _FAST, settings or {})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @classmethod
    def _start_in(
        cls, folder: Path, binaries: Path, speed: dict[str, str], settings: dict[str, str]
    ) -> Cluster:
        who = _unprivileged()
        if who is not None:
            os.chown(folder, who.pw_uid, who.pw_gid)
            # Whoever runs the tests walks through to the socket; the data stay closed.
            folder.chmod(0o711)
        data = folder / "data"
        _init(binaries, data, who)
        # Another program may take the port between our look and the server's start.
        for attempt in range(3):
            port = _free_port()
            options = {
                "listen_addresses": "127.0.0.1",
                "port": str(port),
                "unix_socket_directories": str(folder),
                "max_connections": "200",
                "log_min_messages": "warning",
                **speed,
                **settings,
            }
            made = cls(folder, port, _spawn(binaries, data, options, who))
            try:
                made._wait_until_ready()
            except NoServer as error:
                made._end()
                if attempt == 2 or "Address already in use" not in str(error):
                    raise
            else:
                return made
        raise AssertionError("the loop above returns or raises")

    def url(self, database: str = MAINTENANCE, *, tcp: bool = False) -> str:
        """The address of a database, as ``ASURSO_DATABASE`` takes it.

        By the server's own unix socket, or by the loopback address for programs that know no other.
        """
        name = quote(database, safe="")
        if tcp:
            return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{name}"
        folder = quote(str(self.folder), safe="")
        return f"postgresql://{ROLE}@/{name}?host={folder}&port={self.port}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of another one; returns its address.

        A copy takes about 40 ms; nobody may be connected to the template meanwhile.
        """
        create_database(self.url(), name, template)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and throw out whoever is connected to it."""
        drop_database(self.url(), name)

    def stop(self) -> None:
        """End the server and remove its files; may be called twice."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_ready(self, seconds: float = 30) -> None:
        import psycopg

        until = time.monotonic() + seconds
        while True:
            if self._process.poll() is not None:
                raise NoServer(f"PostgreSQL did not start:\n{self._log()}")
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise NoServer(f"PostgreSQL is not ready:\n{self._log()}") from None
                time.sleep(0.03)
            else:
                return

    def _log(self) -> str:
        with contextlib.suppress(OSError):
            return (self.folder / "data" / "server.log").read_text("utf-8", "replace")[-2000:]
        return "(no log)"


@contextlib.contextmanager
def cluster(*, fsync: bool = False, settings: dict[str, str] | None = None) -> Iterator[Cluster]:
    """A scratch server for the length of a block; see :meth:`Cluster.start`."""
    server = Cluster.start(fsync=fsync, settings=settings)
    try:
        yield server
    finally:
        server.stop()


def create_database(server: str, name: str, template: str | None = None) -> None:
    """Create a database over the address of any other one of the same server.

    For processes that share a server which another one started, as the workers of a test run do.
    """
    from psycopg import sql

    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _execute(server, statement)


def drop_database(server: str, name: str) -> None:
    """Drop a database, if there is one, and throw out whoever is connected to it."""
    from psycopg import sql

    _execute(
        server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )


def _execute(server: str, statement: Composed) -> None:
    import psycopg

    # CREATE DATABASE cannot stand in a transaction.
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run the server as when we are root; None where we are nobody special ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoServer("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _spawn_as(who: pwd.struct_passwd | None) -> dict[str, Any]:
    """How programs of the server are started: as whom, where, and with how little around them."""
    # English messages, and nothing of the caller's PG* variables.
    common: dict[str, Any] = {
        "cwd": "/",
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    }
    if who is not None:
        common |= {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    return common


def _init(binaries: Path, data: Path, who: pwd.struct_passwd | None) -> None:
    words = [str(binaries / "initdb"), "--pgdata", str(data), "--username", ROLE]
    # The same locale everywhere; Russian order is asked by collation (`ru-x-icu`), not by default.
    words += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    ran = subprocess.run(  # noqa: S603 - our own words
        words, check=False, capture_output=True, text=True, **_spawn_as(who)
    )
    if ran.returncode:
        raise NoServer(f"initdb failed:\n{ran.stderr[-2000:]}")


def _spawn(
    binaries: Path, data: Path, options: dict[str, str], who: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    server = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in options.items():
        server += ["-c", f"{name}={value}"]
    with (data / "server.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own words
            ["/bin/sh", "-c", _KEEPER, "sh", str(data), *server],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            # Ctrl-C in the terminal is for the tests; the server ends when they have ended.
            start_new_session=True,
            **_spawn_as(who),
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
