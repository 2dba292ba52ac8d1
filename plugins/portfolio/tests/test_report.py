"""The report of achievements: what is counted, for whom, and as what it goes out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core.errors import Refused
from asurso_core.testing.make import SmallSchool
from asurso_portfolio import services
from asurso_portfolio.models import Item
from asurso_portfolio.reports import by_level

ADDRESS = "/reports/portfolio.achievements"


@pytest.fixture
def counted(school: SmallSchool, item: Callable[..., Item]) -> list[Item]:
    """Three achievements of 5А, one of them confirmed, and one of 5Б."""
    day = dt.date(2026, 11, 20)
    made = [
        item(level="municipal", date=day),
        item("pupil_2", level="school", date=day),
        item("pupil_2"),
        item("pupil_6", level="municipal", date=day),
    ]
    item("pupil", kind="work")
    item(level="federal", date=dt.date(2024, 3, 1))  # in no year that the class was there
    services.confirm(school.actor("class_teacher"), made[0].id, 1)
    return made


def _rows(school: SmallSchool, name: str, **params: Any) -> dict[str, dict[str, int]]:
    table = by_level(school.actor(name), params).tables[0]
    titles = [str(column.title) for column in table.columns]
    return {
        row[0]: {title: n for title, n in zip(titles[1:], row[1:], strict=True) if n}
        for row in table.rows
    }


def test_achievements_are_counted_by_level_and_class(
    school: SmallSchool, counted: list[Item]
) -> None:
    assert _rows(school, "deputy") == {
        "5А": {
            "Муниципальный": 1, "Школьный": 1, "Уровень не указан": 1, "Всего": 3,
            "Из них подтверждено": 1,
        },
        "5Б": {"Муниципальный": 1, "Всего": 1},
        "Всего": {
            "Муниципальный": 2, "Школьный": 1, "Уровень не указан": 1, "Всего": 4,
            "Из них подтверждено": 1,
        },
    }  # fmt: skip


def test_only_confirmed_ones_and_only_of_some_days_can_be_counted(
    school: SmallSchool, counted: list[Item]
) -> None:
    assert set(_rows(school, "deputy", confirmed=True)) == {"5А", "Всего"}
    late = {"since": dt.date(2026, 11, 24)}
    assert _rows(school, "deputy", **late)["5А"]["Всего"] == 1


def test_a_class_teacher_counts_the_own_class(school: SmallSchool, counted: list[Item]) -> None:
    assert set(_rows(school, "class_teacher")) == {"5А", "Всего"}
    assert _rows(school, "teacher") == {}
    with pytest.raises(Refused):
        by_level(school.actor("parent"), {})


def test_the_report_opens_from_the_list_to_those_who_may(
    counted: list[Item], login_as: Callable[..., FlaskClient]
) -> None:
    deputy = login_as("deputy")
    assert ADDRESS in deputy.get("/reports").text
    assert "5А" in deputy.get(ADDRESS).text
    parent = login_as("parent")
    assert ADDRESS not in parent.get("/reports").text
    assert parent.get(ADDRESS).status_code == 404
    assert parent.get(f"{ADDRESS}.xlsx").status_code == 404


def test_the_report_goes_out_as_sheets(
    counted: list[Item], login_as: Callable[..., FlaskClient]
) -> None:
    deputy = login_as("deputy")
    sheet = deputy.get(f"{ADDRESS}.csv?confirmed=y")
    lines = list(csv.reader(io.StringIO(sheet.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Достижения по уровням и классам"]
    assert [line[0] for line in lines[1:4]] == ["Класс", "5А", "Всего"]
    assert lines[4] == []  # below it the file says how it was counted
    book = deputy.get(f"{ADDRESS}.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.data)) as box:
        page = box.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<v>3</v>" in page


@pytest.mark.parametrize(
    "query", ["since=вчера", "since=2026-12-01&until=2026-01-01", "until=9999-99-99", "since=%00"]
)
def test_wrong_conditions_are_told(query: str, login_as: Callable[..., FlaskClient]) -> None:
    answer = login_as("deputy").get(f"{ADDRESS}?{query}")
    assert answer.status_code == 422
    assert "Исправьте" in answer.text


def test_hostile_words_of_the_address_do_not_reach_other_addresses(
    login_as: Callable[..., FlaskClient],
) -> None:
    answer = login_as("deputy").get(f"{ADDRESS}?_external=1&_anchor=x&name=evil&since=2026-09-01")
    assert answer.status_code == 200
    assert f"{ADDRESS}.csv?since=2026-09-01" in answer.text
    assert ".csv?_external" not in answer.text
