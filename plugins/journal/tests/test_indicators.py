"""The formulas of features.md 4.1, by their golden values and by properties."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from asurso_journal import indicators
from asurso_journal.indicators import Counts, Pupils, category, odd_one

GOLDEN = ["5"] * 5 + ["4"] * 12 + ["3"] * 6 + ["2", "н/а", "осв"]
values = st.lists(st.sampled_from(["5", "4", "3", "2", "1", "н/а", "осв", "зач", ""]), max_size=40)


def test_the_golden_class():
    found = Counts.of(GOLDEN)
    assert (found.pupils, found.total) == (26, 25)
    assert (found.success, found.quality) == (Decimal("92.0"), Decimal("68.0"))
    assert (found.sou(), found.average) == (Decimal("60.28"), Decimal("3.88"))


def test_of_nothing_there_is_no_figure():
    found = Counts.of(["осв", "", "зач"])
    assert (found.success, found.quality, found.sou(), found.average) == (None,) * 4


@given(values)
def test_figures_lie_within_their_bounds_and_quality_never_above_success(marks):
    found = Counts.of(marks)
    assert found.pupils == len(marks)
    if found.total:
        assert 0 <= found.quality <= found.success <= 100
        assert 7 <= found.sou() <= 100
    if found.numeric:
        assert 1 <= found.average <= 5


@given(values, values)
def test_counts_of_two_classes_add_up(one, other):
    assert Counts.of(one) + Counts.of(other) == Counts.of(one + other)


@given(values)
def test_every_pupil_stands_in_exactly_one_list(marks):
    names = {
        indicators.EXCELLENT, indicators.GOOD, indicators.PASSING, indicators.FAILING,
        indicators.NOT_ATTESTED, indicators.UNGRADED,
    }  # fmt: skip
    assert category(marks) in names


def test_lists_by_the_marks_of_all_subjects():
    assert category(["5", "5", "зач", "осв"]) == indicators.EXCELLENT
    assert category(["5", "4"]) == indicators.GOOD
    assert category(["5", "3"]) == indicators.PASSING
    assert category(["5", "2", "н/а"]) == indicators.FAILING
    assert category(["5", "нз"]) == indicators.FAILING
    assert category(["5", "н/а"]) == indicators.NOT_ATTESTED
    assert category(["", "осв", "зач"]) == indicators.UNGRADED


def test_the_only_four_or_three_is_named():
    assert odd_one({1: "5", 2: "4", 3: "5"}, "4") == 2
    assert odd_one({1: "5", 2: "4", 3: "4"}, "4") is None
    assert odd_one({1: "5", 2: "3", 3: "4"}, "3") == 2
    assert odd_one({1: "5", 2: "3", 3: "4"}, "4") is None
    assert odd_one({1: "2", 2: "3", 3: "4"}, "3") is None


def test_figures_by_pupils_leave_the_ungraded_out():
    found = Pupils.of(["excellent", "good", "passing", "failing", "not_graded"])
    assert (found.all, found.graded) == (5, 4)
    assert (found.success, found.quality) == (Decimal("75.0"), Decimal("50.0"))
