"""Mistakes of the program: a line each in the instance folder, for the operator and doctor.

A line holds the time, the number that the reader was shown, the endpoint and the kind of error;
nothing that anybody typed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from pathlib import Path

from asurso_core import clock

#: Beyond this the file begins anew, and the old one is kept beside it.
LARGEST = 1024**2


def file_of(instance: Path) -> Path:
    """Where an instance counts its mistakes."""
    return instance / "defects.log"


def note(instance: Path, number: str, endpoint: str, error: BaseException) -> None:
    """Add a line; a full disk must not make of one mistake two."""
    file = file_of(instance)
    line = f"{clock.stamp().isoformat()} {number} {endpoint} {type(error).__name__}\n"
    with contextlib.suppress(OSError):
        if file.exists() and file.stat().st_size > LARGEST:
            file.replace(file.with_suffix(".old"))
        handle = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(line)


def since(instance: Path, *, days: int) -> int:
    """How many mistakes there were in so many days."""
    begin = (clock.stamp() - dt.timedelta(days=days)).isoformat()
    found = 0
    for file in (file_of(instance).with_suffix(".old"), file_of(instance)):
        with contextlib.suppress(OSError):
            found += sum(line[:26] >= begin for line in file.read_text("utf-8").splitlines())
    return found
