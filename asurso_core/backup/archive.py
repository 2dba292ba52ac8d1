"""The file of a backup, and of the archive of a removed plugin.

An ordinary ZIP that ends with the SHA-256 of everything before it:

    manifest.json            what is in it: counts, sizes, hashes, versions, configuration
    tables/<table>.jsonl     rows (see :mod:`asurso_core.dumps`)
    files/<name>             stored files

Any program opens it, in twenty years too. With a passphrase the ZIP lies in an encrypted stream
(:mod:`asurso_core.backup.sealing`).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from asurso_core.backup.errors import BackupError
from asurso_core.backup.sealing import MARK, Sealing, unseal
from asurso_core.dumps import Digest, Table

#: Version of what is described here.
FORMAT = 1
#: The comment of the ZIP, which is the very end of the file: this and 64 hexadecimal digits.
COMMENT = b"asurso backup, sha256 of all before: "
_DIGITS = 64
_PIECE = 1024 * 1024
DAMAGED = "the backup is damaged or cut off: take another one"


class _Ending:
    """Write-only file that puts the digest of everything into its last 64 bytes."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._seen = hashlib.sha256()
        self._end = b""

    def write(self, data: bytes) -> int:
        held = self._end + bytes(data)
        out, self._end = held[:-_DIGITS], held[-_DIGITS:]
        self._seen.update(out)
        self._out.write(out)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here but the end."""

    def close(self) -> None:
        self._out.write(self._seen.hexdigest().encode())


class Writer:
    """A backup that is being written; the file has its name only when it is complete."""

    def __init__(self, folder: Path, name: str, passphrase: str | None) -> None:
        """Open a file that only its owner can read, under a name nobody can guess."""
        self.target = folder / f"{name}-{secrets.token_hex(6)}.zip{'.sealed' if passphrase else ''}"
        self._part = self.target.with_name(f".{self.target.name}.part")
        handle = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._sealing = Sealing(self._file, passphrase) if passphrase else None
        self._ending = _Ending(self._sealing or self._file)
        self._zip = zipfile.ZipFile(
            cast("IO[bytes]", self._ending), "w", zipfile.ZIP_DEFLATED, compresslevel=4
        )

    def __enter__(self) -> Writer:
        """The writer itself."""
        return self

    def __exit__(self, kind: Any, *_rest: Any) -> None:
        """Whatever was not finished leaves no file."""
        # A ZIP that is forgotten would try to write its end long after the file is gone.
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        self._part.unlink(missing_ok=True)

    def put(self, name: str, portions: Iterator[bytes], *, packed: bool = True) -> Digest:
        """Write a member and give its digest."""
        seen, size, lines = hashlib.sha256(), 0, 0
        member = zipfile.ZipInfo(name)
        member.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(member, "w", force_zip64=True) as out:
            for portion in portions:
                out.write(portion)
                seen.update(portion)
                size += len(portion)
                lines += portion.count(b"\n")
        return Digest(lines, size, seen.hexdigest())

    def put_table(self, table: Table, lines: Iterator[bytes]) -> dict[str, Any]:
        """Write the lines of a table; gives what the manifest tells of it."""
        digest = self.put(f"tables/{table.name}.jsonl", lines)
        columns = [{"name": one.name, "kind": one.kind} for one in table.columns]
        return {"name": table.name, "columns": columns, "key": table.key, **asdict(digest)}

    def put_file(self, name: str, path: Path) -> dict[str, Any] | None:
        """Write a stored file; gives what the manifest tells of it, None when it is not there."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with file:
            pieces = iter(lambda: file.read(_PIECE), b"")
            digest = self.put(f"files/{name}", pieces, packed=False)
        return {"name": name, "bytes": digest.bytes, "sha256": digest.sha256}

    def finish(self, manifest: dict[str, Any]) -> Path:
        """Write the manifest and the end, make it durable, and give the file its name."""
        self._zip.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        self._zip.comment = COMMENT + b"0" * _DIGITS
        self._zip.close()
        self._ending.close()
        if self._sealing is not None:
            self._sealing.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self.target


class Archive:
    """A backup that is whole: every byte of the file has been compared with its digest."""

    def __init__(self, packed: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        """Made by :func:`opened`."""
        self._zip = packed
        self.manifest = manifest
        self.tables: dict[str, dict[str, Any]] = {one["name"]: one for one in manifest["tables"]}
        self.files: dict[str, dict[str, Any]] = {one["name"]: one for one in manifest["files"]}

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Rows of a table, checked against the manifest when the last one was given."""
        told, seen, count = self.tables[table], hashlib.sha256(), 0
        with self._zip.open(f"tables/{table}.jsonl") as member:
            for line in io.BufferedReader(cast("io.RawIOBase", member), _PIECE):
                seen.update(line)
                count += 1
                yield json.loads(line)
        if (count, seen.hexdigest()) != (told["rows"], told["sha256"]):
            raise BackupError(f"the table {table} is not what the backup's list says: {DAMAGED}")

    def unpack(self, name: str, target: IO[bytes]) -> None:
        """Write a stored file's bytes; raises :class:`BackupError` when they are not those kept."""
        seen = hashlib.sha256()
        with self._zip.open(f"files/{name}") as member:
            while piece := member.read(_PIECE):
                seen.update(piece)
                target.write(piece)
        if seen.hexdigest() != self.files[name]["sha256"]:
            raise BackupError(f"the file {name} is not what the backup's list says: {DAMAGED}")


@contextlib.contextmanager
def opened(
    path: Path, passphrase: str | None, scratch: Path, *, plugin: bool = False
) -> Iterator[Archive]:
    """Open a backup and compare the whole of it with its digest.

    ``scratch`` is a closed folder for the decrypted file; with ``plugin`` it has to be the archive
    of a removed plugin, which is the same kind of file.

    :raises BackupError: it is no backup, is damaged, needs a passphrase, or is of a newer format.
    """
    if not path.is_file():
        raise BackupError(f"there is no file {path}")
    with path.open("rb") as file:
        sealed = file.read(len(MARK)) == MARK
        if sealed:
            if passphrase is None:
                raise BackupError("this backup is encrypted: name --passphrase-file")
            file.seek(0)
            path = scratch / "unsealed.zip"
            with path.open("wb") as out:
                path.chmod(0o600)
                unseal(file, out, passphrase)
    _compare_with_the_end(path)
    try:
        with zipfile.ZipFile(path) as packed:
            manifest = _manifest(packed)
            if ("plugin" in manifest) != plugin:
                raise BackupError(
                    "this is a backup of a school, not the archive of a plugin: `asurso restore`"
                    if plugin
                    else "this is the archive of a removed plugin: `asurso plugin restore`"
                )
            yield Archive(packed, manifest)
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise BackupError(DAMAGED) from error


def _compare_with_the_end(path: Path) -> None:
    seen, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file:
        begins = file.read(4)
        file.seek(max(0, size - len(COMMENT) - _DIGITS))
        end = file.read()
        if not end.startswith(COMMENT):
            if begins.startswith(b"PK"):
                raise BackupError(f"{DAMAGED} (or this ZIP is no backup of asurso)")
            raise BackupError(f"{path.name} is no backup of asurso, or it is damaged")
        file.seek(0)
        left = size - _DIGITS
        while left and (piece := file.read(min(left, _PIECE))):
            seen.update(piece)
            left -= len(piece)
    if seen.hexdigest().encode() != end[-_DIGITS:]:
        raise BackupError(DAMAGED)


def _manifest(packed: zipfile.ZipFile) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(packed.read("manifest.json"))
    if manifest["format"] > FORMAT:
        raise BackupError("the backup was made by a newer program: install that one first")
    for one in manifest["files"]:
        if not is_safe(one["name"]):
            raise BackupError(f"the backup names a file outside its folder: {one['name']!r}")
    return manifest


def is_safe(name: str) -> bool:
    """Whether a name of the archive stays inside the folder it is unpacked into."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name
