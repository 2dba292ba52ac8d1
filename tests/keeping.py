"""What the tests of backups and upgrades share: databases of their own, with a school in them."""

from __future__ import annotations

import contextlib
import datetime as dt
import lzma
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asurso_core import clock, install, schema
from asurso_core import db as database
from asurso_core import dumps as tables
from asurso_core.config import Config
from asurso_core.testing import make
from asurso_core.testing.plugin import serving
from asurso_journal.models import Assignment, AssignmentType, Mark
from asurso_timetable.api import Lesson

#: Schemas that schools have had; every one is upgraded in the tests from now on.
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("schema-*.sqlite3.xz"))


@dataclass(frozen=True)
class Place:
    """An instance folder and its database, bound and open."""

    conf: Config
    app: Any

    def digests(self) -> dict[str, tables.Digest]:
        """Digests of all tables, as another program sees them now."""
        with tables.snapshot() as seen:
            return seen.digests()

    def kept(self) -> dict[str, tables.Digest]:
        """Digests of the tables that a restore gives back unchanged."""
        return {
            name: digest
            for name, digest in self.digests().items()
            # The history goes on with a note of the restoration; the loading compared the rest.
            if name not in {"core_session", "core_revision", "core_audit_entry", "core_audit_link"}
        }

    def state(self) -> tuple[Any, ...]:
        """Shape and data."""
        with tables.snapshot() as seen:
            return seen.shape(), seen.digests()


class Places:
    """Makes empty databases on an engine of choice."""

    def __init__(self, folder: Path, request: Any) -> None:
        self.folder, self.request = folder, request

    def url(self, engine: str, name: str) -> str:
        """The address of an empty database that no other test has."""
        if engine == "sqlite":
            (self.folder / name).mkdir(exist_ok=True)
            return f"sqlite:///{self.folder / name / 'asurso.sqlite3'}"
        cluster = self.request.getfixturevalue("postgres_cluster")
        cluster.drop_database(f"keeping_{name}")
        return str(cluster.create_database(f"keeping_{name}"))

    @contextlib.contextmanager
    def empty(self, engine: str, name: str) -> Iterator[Place]:
        """An instance with nothing in its database."""
        (self.folder / name).mkdir(exist_ok=True)
        with opened(self.url(engine, name), self.folder / name) as place:
            yield place

    @contextlib.contextmanager
    def filled(self, engine: str, name: str = "school") -> Iterator[Place]:
        """An instance with the small school, a mark and a stored file; built once, then copied."""
        once = self.request.getfixturevalue("tmp_path_factory").getbasetemp() / f"filled-{engine}"
        if not once.exists():
            with self.empty(engine, f"first_{engine}") as place:
                fill(place)
            (self.folder / f"first_{engine}").rename(once)
        shutil.copytree(once, self.folder / name)
        if engine == "postgres":
            cluster = self.request.getfixturevalue("postgres_cluster")
            cluster.drop_database(f"keeping_{name}")
            url = cluster.create_database(f"keeping_{name}", template="keeping_first_postgres")
        else:
            url = f"sqlite:///{self.folder / name / 'asurso.sqlite3'}"
        with opened(url, self.folder / name) as place:
            yield place


@contextlib.contextmanager
def opened(url: str, instance: Path) -> Iterator[Place]:
    """An instance and its database, as somebody left them."""
    with serving(url, instance) as app, app.app_context(), database.connection():
        yield Place(app.extensions["asurso_config"], app)


def fill(place: Place) -> None:
    """Put the small school, a mark and a stored file into an empty instance."""
    schema.upgrade(finish=install.install_defaults)
    with clock.frozen(make.TODAY), database.transaction():
        school = make.small_school()
        lesson = Lesson.create(
            date=dt.date(2026, 11, 23), number=1, starts=480, ends=525,
            group=school.ids["maths_5a"],
        )  # fmt: skip
        kind, _new = AssignmentType.get_or_create(name="Ответ", defaults={"letter": "О"})
        work = Assignment.create(lesson=lesson, type=kind)
        Mark.create(
            assignment=work, pupil=school.persons["pupil"], year=school.ids["year"], value="5",
            comment="«Ёж» — 5/5\nвторая строка",
        )  # fmt: skip
    scan = place.conf.instance / "files" / "ab" / "abcdef"
    scan.parent.mkdir(parents=True)
    scan.write_bytes(bytes(range(256)) * 5000)


def old_database(fixture: Path, target: Path) -> None:
    """Unpack a database of an earlier schema."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lzma.decompress(fixture.read_bytes()))
