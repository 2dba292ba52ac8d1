"""Services: kept going by the worker that leads, stopped with it, started again after a failure."""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from asurso_core import clock, hookimpl, plugins, schema
from asurso_core import db as database
from asurso_core.jobs import Service, checks, companions
from asurso_core.jobs.life import Life
from asurso_core.jobs.models import ServiceRow
from asurso_core.jobs.worker import Worker
from asurso_core.plugins import Plugin, PluginState
from asurso_core.testing.plugin import serving


class Line:
    """A service that does as it is told."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = threading.Event()
        self.broken = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self.begun += 1
        self.ended.clear()
        try:
            while not stop.wait(0.01):
                if self.broken.is_set():
                    self.broken.clear()
                    raise ConnectionError("обрыв")
        finally:
            self.ended.set()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[Line]]]:
    """A kernel of its own with the plugin *line*: threads do not see what a test rolls back."""
    folder = tmp_path_factory.mktemp("services")
    lines: list[Line] = [Line()]
    with (
        serving(f"sqlite:///{folder / 'a.sqlite3'}", folder, plugins=()) as app,
        app.app_context(),
        database.connection(),
    ):
        schema.create_all()
        module = types.ModuleType("line")

        @hookimpl
        def asurso_services() -> list[Service]:
            return [Service(name="line.out", title="Связь", run=lambda stop: lines[-1].run(stop))]

        module.asurso_services = asurso_services  # type: ignore[attr-defined]
        plugins.current().register([Plugin("line", module, "tests.line")])
        PluginState.create(name="line", state="enabled")
        yield app, lines


@pytest.fixture
def line(opened: tuple[Flask, list[Line]]) -> Line:
    opened[1].append(Line())
    plugins.current().forget()
    return opened[1][-1]


@pytest.fixture
def house(opened: tuple[Flask, list[Line]], line: Line) -> Flask:
    del line
    ServiceRow.delete().execute()
    return opened[0]


@pytest.fixture
def kept(house: Flask) -> Iterator[companions.Companions]:
    life = Life(house.extensions["asurso_config"].database)
    life.begin()
    made = companions.Companions(house, lambda: life.number)
    yield made
    made.end()
    life.end()


def soon(condition: Callable[[], Any]) -> bool:
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(condition())


def state() -> tuple[str, int] | None:
    row = ServiceRow.get_or_none()
    return None if row is None else (row.state, row.failures)


def switch(to: str) -> None:
    PluginState.update(state=to).where(PluginState.name == "line").execute()
    plugins.current().forget()
    plugins.current().refresh(1)


def test_a_service_goes_on_and_ends_with_the_leadership(
    kept: companions.Companions, line: Line
) -> None:
    kept.keep()
    kept.keep()
    assert soon(lambda: state() == ("running", 0))
    assert checks.services().text == "Связь"
    kept.end()
    assert line.ended.is_set()
    assert (line.begun, state()) == (1, ("ended", 0))


def test_a_service_ends_with_its_plugin(kept: companions.Companions, line: Line) -> None:
    kept.keep()
    assert soon(lambda: line.begun)
    switch("disabled")
    kept.keep()
    assert soon(line.ended.is_set)
    switch("enabled")
    kept.keep()
    assert soon(lambda: line.begun == 2)


def test_a_service_that_fails_begins_again_after_a_pause(
    kept: companions.Companions, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(companions, "FIRST_PAUSE", 3600.0)
    kept.keep()
    assert soon(lambda: line.begun)
    line.broken.set()
    assert soon(lambda: state() == ("failed", 1))
    kept.keep()
    assert line.begun == 1
    assert "обрыв" in checks.services().text
    monkeypatch.setattr(companions, "FIRST_PAUSE", 0.0)
    kept._all["line.out"].not_before = 0.0
    assert soon(lambda: kept.keep() or line.begun == 2)


def test_the_worker_that_leads_keeps_services_and_the_other_does_not(
    house: Flask, line: Line
) -> None:
    first, second = Worker(house), Worker(house)
    try:
        first.tick()
        second.tick()
        assert soon(lambda: line.begun)
        first.stop()
        assert line.ended.is_set()
        second.tick()
        assert soon(lambda: line.begun == 2)
    finally:
        first.stop()
        second.stop()


def test_doctor_tells_of_a_service_whose_worker_was_killed(house: Flask) -> None:
    del house
    ServiceRow.create(name="line.out", state="running", failures=0, worker=17, since=clock.stamp())
    assert checks.services().level == "warning"
