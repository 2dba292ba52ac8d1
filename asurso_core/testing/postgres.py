"""A scratch PostgreSQL cluster of one's own, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote


def find_binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, newest version first, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A running cluster; ``create_database`` gives the address of a new empty database."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def url(self, name: str) -> str:
        """The address of a database, reached through the cluster's own socket."""
        return f"postgresql://asurso@/{name}?host={quote(str(self.folder), safe='')}&port={self.port}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database in UTF-8 and return its address."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            made = f'CREATE DATABASE "{name}"'
            made += f' TEMPLATE "{template}"' if template else " TEMPLATE template0 ENCODING 'UTF8'"
            connection.execute(made.encode())
        return self.url(name)


@contextlib.contextmanager
def cluster(*, fsync: bool = False) -> Iterator[Cluster]:
    """Start a cluster as an unprivileged user and stop it afterwards.

    ``fsync=True`` keeps PostgreSQL's own durability (benchmarks); tests do without. Raises
    ``RuntimeError`` when no server binaries are installed.
    """
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError("no PostgreSQL server binaries are installed")
    folder = Path(tempfile.mkdtemp(prefix="asurso-pg-"))
    user = _unprivileged()
    if user is not None:
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700 if user is None else 0o711)
    data = folder / "data"
    port = _free_port()

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603
            command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        )  # fmt: skip

    run(str(binaries / "initdb"), "-D", str(data), "-U", "asurso", "-A", "trust", "-E", "UTF8", "--no-sync")  # fmt: skip
    options = f"-k {folder} -p {port} -c listen_addresses='' -c max_connections=60"
    if fsync:
        options += " -c shared_buffers=512MB"
    else:
        options += " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    try:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")  # fmt: skip
        yield Cluster(folder, port)
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Whom to run the server as: nobody when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
