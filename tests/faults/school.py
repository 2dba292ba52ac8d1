"""A school on a SQLite file of its own, really committed, for tests that break something."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from asurso_core import clock, schema
from asurso_core import db as database
from asurso_core.accounts.models import User
from asurso_core.accounts.passwords import hash_password
from asurso_core.testing import make
from asurso_core.testing.plugin import serving
from asurso_timetable.api import Lesson

#: The one who signs in.
LOGIN, PASSWORD = "teacher", "журавль синий чемодан"


@dataclass(frozen=True)
class Broken:
    """Where the school is, and what its teacher of mathematics puts marks into."""

    app: Flask
    file: Path
    lesson: int
    #: Pupils of the lesson.
    pupils: list[int]


@contextlib.contextmanager
def on_disk(instance: Path, url: str | None = None) -> Iterator[Broken]:
    """Build the small school with one lesson today; its file stays when the block ends.

    ``url`` is the address of another database than the file in the instance.
    """
    file = instance / "asurso.sqlite3"
    with clock.frozen(make.TODAY), serving(url or f"sqlite:///{file}", instance) as app:
        with app.app_context(), database.connection():
            schema.upgrade()
            with database.transaction():
                school = make.small_school()
                User.update(password_hash=hash_password(PASSWORD)).where(
                    User.id == school.users[LOGIN]
                ).execute()
                lesson = Lesson.create(
                    date=dt.date(2026, 11, 24), number=1, starts=480, ends=525,
                    group=school.ids["maths_5a"],
                )  # fmt: skip
        pupils = [school.persons[name] for name in ("pupil", "pupil_2", "pupil_3")]
        yield Broken(app, file, lesson.id, pupils)
