"""Reports in their formats, and pieces of plugins in the kernel's pages."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import plugins, slots
from asurso_core.hookspecs.collect import asurso_fragments, asurso_reports
from asurso_core.reports import Column, Document, Table, writing
from asurso_core.slots import Fragment
from asurso_core.testing.make import SmallSchool

LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "a;=1", 'a";=1', "=HYPERLINK(0)"]


def _document() -> Document:
    columns = [Column(title="=Класс"), Column(title="Число", number=True)]
    rows = [[text, at] for at, text in enumerate(LIVE)] + [[None, 1.5]]
    return Document(title="=Отчёт", tables=[Table(columns=columns, rows=rows, title="-Таблица")])


def test_no_cell_of_a_csv_begins_a_formula() -> None:
    text = writing.as_csv(_document()).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))] == []
    assert "1,5" in cells


def test_no_cell_of_a_workbook_is_a_formula_and_figures_stay_figures() -> None:
    with zipfile.ZipFile(io.BytesIO(writing.as_xlsx(_document()))) as box:
        page = box.read("xl/worksheets/sheet1.xml").decode()
        texts = box.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert "<v>1.5</v>" in page
    assert "=HYPERLINK(0)" in texts


def test_a_report_is_listed_for_those_who_may_run_it(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    names = [report.name for _plugin, report in plugins.collect(asurso_reports)]
    assert "portfolio.achievements" in names
    assert "portfolio.achievements" in login_as("deputy").get("/reports").text
    assert login_as("pupil").get("/reports").status_code == 200


# --- slots ---------------------------------------------------------------------------------------


@pytest.fixture
def guest(app: Flask) -> Iterator[Callable[[Any], None]]:
    """``guest(prepare)`` puts a fragment of the timetable into the card of a person."""
    manager = plugins.current()
    manager.collect(asurso_fragments)
    kept = manager._collected["asurso_fragments"]

    def put(prepare: Any, template: str = "core/_macros/ui.html", requires: Any = None) -> None:
        one = Fragment(
            name="timetable.guest",
            slot="core.person.card",
            template=template,
            prepare=prepare,
            requires=requires,
        )
        manager._collected["asurso_fragments"] = [*kept, (manager.plugins["timetable"], one)]

    manager.reraise = False
    yield put
    manager.reraise = True
    manager._collected["asurso_fragments"] = kept


def _card(school: SmallSchool, browser: FlaskClient) -> Any:
    return browser.get(f"/people/{school.users['pupil']}")


def _raises(actor: Any, person: Any) -> Any:
    raise ZeroDivisionError


def _loops(actor: Any, person: Any) -> Any:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        pass


@pytest.mark.parametrize("prepare", [_raises, _loops, lambda actor, person: 7])
def test_a_guest_that_fails_or_is_slow_is_left_out_and_named(
    prepare: Any,
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
    guest: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        plugins.current(), "note", lambda name, where, error, **more: told.append((name, where))
    )
    guest(prepare)
    answer = _card(school, login_as("admin"))
    assert answer.status_code == 200
    assert "Абрамов Егор" in answer.text
    assert told == [("timetable", "fragment timetable.guest")]


def test_a_guest_with_a_broken_template_is_left_out(
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
    guest: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        plugins.current(), "note", lambda name, where, error, **more: told.append(name)
    )
    guest(lambda actor, person: {}, template="timetable/there-is-no-such.html")
    assert _card(school, login_as("admin")).status_code == 200
    assert told == ["timetable"]


def test_a_guest_is_not_asked_for_those_without_its_right_or_when_its_plugin_is_off(
    school: SmallSchool, login_as: Callable[..., FlaskClient], guest: Callable[..., None]
) -> None:
    seen: list[str] = []
    guest(lambda actor, person: seen.append(actor.login), requires="timetable.edit")
    _card(school, login_as("secretary"))
    assert seen == []
    _card(school, login_as("admin"))
    assert seen == ["admin"]


def test_a_page_that_passes_something_else_than_it_promised_is_a_mistake_of_the_page(
    app: Flask,
) -> None:
    with app.test_request_context(), pytest.raises(LookupError):
        slots.render("core.person.card", pupil=1)
    with app.test_request_context(), pytest.raises(LookupError):
        slots.render("core.nowhere")
