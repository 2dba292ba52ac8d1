"""The search finds words in any form, alike on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from asurso_core import fulltext
from asurso_core.db import is_sqlite, rows


@pytest.fixture
def texts(app: Flask) -> None:
    del app
    for number, text in enumerate(
        [
            "Экскурсия в музей космонавтики для пятых классов",
            "Ёлка в актовом зале, ёжики приглашаются",
            "Собираем деньги на экскурсии и театры",
            "Список literature for running children, §5А",
        ],
        1,
    ):
        fulltext.put("forum", "message", number, text)
    fulltext.put("portfolio", "work", 1, "Экскурсия моего класса")


def _found(text: str) -> list[int]:
    query: Any = fulltext.find("forum", "message", text)
    return sorted(row.item for row in query)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("экскурсиями", [1, 3]), ("ЭКСКУРСИЮ классам", [1]), ("елки", [2]), ("ежик", [2]),
        ("ёжиком", [2]), ("театр деньгами", [3]), ("runs", [4]), ("5а", [4]),
        ("космос", []), ("", []), ("!!! & | ( \" ' * :", []), ("экскурсия* OR", []),
        ("в", [1, 2]), ("\x00экскурсия", [1, 3]),
    ],
)  # fmt: skip
def test_words_are_found_in_any_form(texts: None, asked: str, expected: list[int]) -> None:
    assert _found(asked) == expected


def test_owners_and_kinds_are_apart(texts: None) -> None:
    assert [row.item for row in fulltext.find("portfolio", "work", "экскурсии")] == [1]


def test_a_changed_text_is_found_by_its_new_words_only(texts: None) -> None:
    fulltext.put("forum", "message", 1, "Олимпиада по физике")
    assert _found("экскурсия") == [3]
    assert _found("олимпиады") == [1]
    fulltext.remove("forum", "message", [1, 2])
    assert _found("олимпиады") == _found("ёлка") == []


def test_the_index_can_be_made_anew(texts: None) -> None:
    if is_sqlite():
        rows("SELECT 1 FROM core_search_index LIMIT 1")
    fulltext.rebuild()
    assert _found("экскурсии") == [1, 3]
