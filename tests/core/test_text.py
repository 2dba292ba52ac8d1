"""Russian order and search: the same answers from Python, SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asurso_core import db as database
from asurso_core.school import Subject
from asurso_core.text import fold, like, sort_key

NAMES = ["Жуков", "ежов", "Ёлкин", "Елкина", "Ежов", "ёж", "Еж", "Абрамов", "яковлев", "Её", "Ее"]
ORDER = ["Абрамов", "Ее", "Её", "Еж", "Ежов", "ежов", "Елкина", "ёж", "Ёлкин", "Жуков", "яковлев"]


def test_yo_stands_between_ye_and_zhe() -> None:
    assert sorted(["Жук", "Ёлка", "Ель", "Еж"], key=sort_key) == ["Еж", "Ель", "Ёлка", "Жук"]


def test_both_engines_order_names_as_python_does(app: Any) -> None:
    del app
    for name in NAMES:
        Subject.create(name=f"{name} предмет", short_name=name)
    query = Subject.select().where(Subject.name.endswith(" предмет"))
    found = [row.short_name for row in query.order_by(database.russian_order(Subject.short_name))]
    assert [sort_key(name) for name in found] == sorted(sort_key(name) for name in NAMES)
    assert [sort_key(name) for name in found] == [sort_key(name) for name in ORDER]


def test_search_finds_yo_by_ye_and_any_case_on_both_engines(app: Any) -> None:
    del app
    Subject.create(name="Ёлочные игрушки", short_name="Ёл.")
    for wanted in ("елочн", "ЁЛОЧН", "Ёлочные  ИГР"):
        condition = database.contains(database.folded(Subject.name), wanted)
        assert [row.short_name for row in Subject.select().where(condition)] == ["Ёл."]


def test_percent_and_underscore_are_searched_as_letters(app: Any) -> None:
    del app
    Subject.create(name="100 % внимания", short_name="100")
    condition = database.contains(database.folded(Subject.name), "0 % в")
    assert Subject.select().where(condition).count() == 1
    assert (
        not Subject.select()
        .where(database.contains(database.folded(Subject.name), "матем_тика"))
        .exists()
    )


@given(st.text(alphabet="абеёжАЕЁЖ -", max_size=8), st.text(alphabet="абеёжАЕЁЖ -", max_size=8))
def test_case_never_changes_the_order(left: str, right: str) -> None:
    assert (sort_key(left) < sort_key(right)) == (sort_key(left.upper()) < sort_key(right.upper()))


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(word: str) -> None:
    once = fold(word)
    assert fold(once) == fold(fold(once))
    assert like(word).startswith("%")
