"""Two workers and ``kill -9``: nothing leaves twice, nothing is lost (F08, F23)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from asurso_core import db as database
from asurso_core import outbox, schema
from asurso_core.install import install_defaults
from asurso_core.testing.plugin import serving
from tests.faults import parcels

ROOT = Path(__file__).parents[2]
FACTS = 60


class House:
    """A school with the plugin *parcel*, and workers that can be killed."""

    def __init__(self, folder: Path, url: str) -> None:
        self.file = folder / "gateway"
        self.file.touch()
        self.environment = {
            **os.environ, "ASURSO_INSTANCE": str(folder), "ASURSO_DATABASE": url,
            "PARCELS": str(self.file), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """One more worker."""
        made = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.parcels"], env=self.environment, cwd=ROOT,
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.workers.append(made)
        return made

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker as the kernel does when memory runs out."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

    def pack(self, start: int) -> None:
        """Facts from a number on, each in a transaction of its own."""
        for number in range(start, start + FACTS):
            with database.transaction():
                outbox.put("parcel.packed", number=number)

    def sent(self) -> Counter[int]:
        """How often each parcel has left."""
        return Counter(int(line) for line in self.file.read_text("ascii").splitlines())

    def wait(self, jobs: int, running: int | None = None) -> dict[str, int]:
        """States of the jobs, when so many are over (or when so many of them were begun)."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            counts = states()
            assert any(one.poll() is None for one in self.workers), "no worker is left"
            over = sum(counts.get(name, 0) for name in ("done", "unknown", "failed"))
            if over >= jobs and (running is None or counts.get("running", 0) >= running):
                return counts
            time.sleep(0.02)
        raise AssertionError(f"not over: {states()}")


def states() -> dict[str, int]:
    return dict(
        database.rows("SELECT state, COUNT(*) FROM core_job WHERE NOT periodic GROUP BY state")
    )


@pytest.fixture
def house(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """The school without a worker; whatever was started ends with the test."""
    url = f"sqlite:///{tmp_path / 'asurso.sqlite3'}"
    if engine == "postgres":
        url = request.getfixturevalue("postgres_cluster").create_database("asurso_workers")
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.upgrade()
        with database.transaction():
            install_defaults()
            parcels.switch_on()
        made = House(tmp_path, url)
        try:
            yield made
        finally:
            for worker in made.workers:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait(10)


def test_of_two_workers_that_are_killed_nothing_leaves_twice_and_nothing_is_lost(
    house: House,
) -> None:
    first, second = house.start(), house.start()
    house.pack(0)
    assert house.wait(2 * FACTS) == {"done": 2 * FACTS}
    assert house.sent() == Counter(range(FACTS))

    house.pack(FACTS)
    house.wait(2 * FACTS + 10, running=1)
    house.kill(first)
    house.wait(2 * FACTS + 40, running=1)  # the other one goes on, whichever of them led
    house.kill(second)
    assert states().get("done", 0) < 4 * FACTS
    house.start()
    counts = house.wait(4 * FACTS)

    unknown = counts.get("unknown", 0)
    assert unknown <= 4  # one a thread of the killed workers
    assert counts["done"] + unknown == 4 * FACTS
    sent = house.sent()
    assert max(sent.values()) == 1
    assert 2 * FACTS - len(sent) <= unknown
    counted = database.rows("SELECT number FROM core_revision WHERE topic LIKE 'parcel:%'")
    assert counted == [(1,)] * (2 * FACTS)
    assert database.rows("SELECT COUNT(*) FROM core_worker") == [(1,)]
