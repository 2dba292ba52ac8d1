"""A stream that only a passphrase opens: AES-GCM in chunks, the key drawn from it by scrypt.

The file is a mark, a salt, then chunks. The number of a chunk and whether it is the last one are
its nonce, so chunks cannot be moved, left out or cut off; the key belongs to the salt, so a nonce
is never used twice.
"""

from __future__ import annotations

import os
from typing import IO, Any

from asurso_core.backup.errors import BackupError

MARK = b"asurso-sealed-1\n"
CHUNK = 1024 * 1024
_SALT, _TAG = 16, 16


def _cipher(passphrase: str, salt: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    # 128 MB and about half a second: the price of one guess (they belong to the mark's version).
    key = Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())
    return AESGCM(key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealing:
    """Write-only file that encrypts what is written into another one; :meth:`close` ends it."""

    def __init__(self, out: IO[bytes], passphrase: str) -> None:
        """Write the beginning of the file."""
        self._out = out
        self._head = MARK + os.urandom(_SALT)
        self._cipher = _cipher(passphrase, self._head[len(MARK) :])
        self._waiting = bytearray()
        self._number = 0
        out.write(self._head)

    def write(self, data: bytes) -> int:
        """Take bytes; whole chunks go out when more is known to follow."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk, which says that it is the last."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last), chunk, self._head))
        self._number += 1


def unseal(source: IO[bytes], target: IO[bytes], passphrase: str) -> None:
    """Decrypt a sealed file.

    :raises BackupError: the passphrase does not fit, or the file was changed or cut.
    """
    from cryptography.exceptions import InvalidTag

    head = source.read(len(MARK) + _SALT)
    if len(head) < len(MARK) + _SALT or not head.startswith(MARK):
        raise BackupError("this is not an encrypted backup of asurso")
    cipher = _cipher(passphrase, head[len(MARK) :])
    chunk, number = source.read(CHUNK + _TAG), 0
    while True:
        following = source.read(CHUNK + _TAG)
        try:
            target.write(cipher.decrypt(_nonce(number, not following), chunk, head))
        except InvalidTag:
            if number == 0:
                raise BackupError(
                    "the passphrase does not fit this backup, or its beginning is damaged"
                ) from None
            raise BackupError("the backup is damaged or cut off: take another one") from None
        if not following:
            return
        chunk, number = following, number + 1
