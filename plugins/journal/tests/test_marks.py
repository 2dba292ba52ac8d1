"""What is typed into a cell, and averages."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asurso_journal import facts, marks, scales

CODES = {
    one.code: marks.Attendance(one.code, one.missed, one.allows_mark)
    for one in facts.absence_codes()
}
ONES = scales.Marking(scales.find("five", ones=True))


def read(text, marking=scales.ORDINARY):
    return marks.parse(text, CODES, marking).text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("", ""), (" 5 ", "5"), ("4/5", "4/5"), ("4\\5", "4/5"), ("4 / 5", "4/5"), (".", "•"),
        ("•", "•"), ("н", "ОТ"), ("Н", "ОТ"), ("б", "Б"), ("Б4", "Б/4"), ("б/4", "Б/4"),
        ("уп.", "УП/•"), ("нп", "НП"), ("оп5", "ОП/5"), ("осв", "ОСВ"), ("зачёт", "зач"),
        ("незачет", "нз"), ("н/а", "н/а"), ("осв/зач", "ОСВ/зач"), ("y", "ОТ"), (",", "Б"),
        ("б/3/4", "Б/3/4"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_teacher_means_it(typed, shown):
    assert read(typed) == shown


@pytest.mark.parametrize(
    "typed",
    ["1", "6", "0", "55", "5/", "/5", "5/4/3", "пять", "б/", "4/1", "-", "б6", "<b>", "٥", "²"],
)
def test_nonsense_is_no_mark(app, typed):
    with pytest.raises(marks.NotAMark):
        read(typed)


def test_too_long_a_text_is_no_mark(app):
    with pytest.raises(marks.NotAMark):
        read("5" * 21)


def test_ones_stand_only_where_the_school_puts_them():
    assert read("1", ONES) == "1"
    assert read("1/5", ONES) == "1/5"


def test_a_code_that_bears_no_mark_refuses_one(app):
    codes = {"Х": marks.Attendance("Х", True, False)}
    assert marks.parse("х", codes).text == "Х"
    with pytest.raises(marks.NotAMark):
        marks.parse("х5", codes)


@given(
    st.sampled_from(["", *CODES]),
    st.sampled_from(["", "2", "3", "4", "5", "4/5", "2/2", "зач", "нз", "н/а"]),
    st.booleans(),
)
def test_whatever_a_cell_shows_can_be_typed_again(code, mark, dot):
    shown = marks.cell_text(code, mark, dot)
    assert read(shown) == shown
    assert read(shown.lower()) == shown


@given(st.text(max_size=25))
def test_any_text_is_either_a_cell_or_no_mark(text):
    try:
        found = marks.parse(text, CODES)
    except marks.NotAMark:
        return
    assert len(found.mark) <= 8
    assert not (found.mark and found.dot)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "2", "3", "4", "5", "3/4", "5/5", "зач", "н/а"]),
            st.integers(0, 100),
        ),
        max_size=40,
    )
)
def test_averages_are_exact_and_rounded_half_up(pairs):
    figures = [(n, w) for mark, w in pairs if w for n in marks.figures(mark)]
    found = marks.averages(pairs)
    assert found.count == len(figures)
    if not figures:
        assert found == (None, None, 0)
        return
    simple = Fraction(sum(n for n, _ in figures), len(figures))
    weighted = Fraction(sum(n * w for n, w in figures), sum(w for _, w in figures))
    assert found.simple == floor(simple * 100 + Fraction(1, 2))
    assert found.weighted == floor(weighted * 100 + Fraction(1, 2))


def test_averages_are_shown_with_a_comma():
    assert [marks.shown(n) for n in (None, 425, 400, 305)] == ["", "4,25", "4,00", "3,05"]
