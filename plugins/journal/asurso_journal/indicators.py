"""Indicators of performance by the formulas of features.md 4.1. No database here.

Two levels that are often confused: by subject marks are counted, by class pupils are. Everything
is a ``Decimal`` rounded half up; of nothing there is no figure (None).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from asurso_core.reports import percent
from asurso_journal.finals import EXEMPT, FAILED, PASSED, TAUGHT, UNATTESTED
from asurso_journal.scales import FIVE, Scale, levels

#: Weights of the degree of learning (СОУ) in hundredths, by mark; a school may have its own.
SOU = {"5": 100, "4": 64, "3": 36, "2": 16, "1": 16, UNATTESTED: 7}
_CENT = Decimal("0.01")


def mean(total: int, count: int) -> Decimal | None:
    """An average with two places, half up; None of nothing."""
    return None if count == 0 else (Decimal(total) / count).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many final marks of each value there are, and what follows from them.

    Marks of another scale are counted by their levels. ``none`` are pupils without any mark. They
    and the exempt («осв») are not in ``total``; the unattested («н/а») are. ``points`` is the sum
    of the figures as they were put.
    """

    five: int = 0
    four: int = 0
    three: int = 0
    two: int = 0
    one: int = 0
    unattested: int = 0
    exempt: int = 0
    credited: int = 0
    none: int = 0
    points: int = 0

    @classmethod
    def of(cls, values: Iterable[str], scale: Scale = FIVE) -> Counts:
        """Counts of final marks of a scale; an empty one is a pupil without a mark."""
        found: dict[str, int] = {}
        for value in values:
            name = _NAMES.get(scale.level_of(value), "credited")
            found[name] = found.get(name, 0) + 1
            if value.isdecimal():
                found["points"] = found.get("points", 0) + int(value)
        return cls(**found)

    def __add__(self, other: Counts) -> Counts:
        """The counts of both."""
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def pupils(self) -> int:
        """All pupils, whatever they have."""
        return self.total + self.exempt + self.credited + self.none

    @property
    def total(self) -> int:
        """N: those whose marks are counted."""
        return self.numeric + self.unattested

    @property
    def numeric(self) -> int:
        """Marks that are figures."""
        return self.five + self.four + self.three + self.two + self.one

    @property
    def success(self) -> Decimal | None:
        """Успеваемость, %: 5, 4 and 3 of all counted."""
        return percent(self.five + self.four + self.three, self.total)

    @property
    def quality(self) -> Decimal | None:
        """Качество знаний, %: 5 and 4 of all counted."""
        return percent(self.five + self.four, self.total)

    @property
    def average(self) -> Decimal | None:
        """Средний балл: of figures alone."""
        return mean(self.points, self.numeric)

    def sou(self, weights: Mapping[str, int] = SOU) -> Decimal | None:
        """СОУ, %: the degree of learning by weights of marks."""
        total = (
            self.five * weights["5"] + self.four * weights["4"] + self.three * weights["3"]
            + self.two * weights["2"] + self.one * weights["1"]
            + self.unattested * weights[UNATTESTED]
        )  # fmt: skip
        return mean(total, self.total)


_NAMES = {
    "5": "five", "4": "four", "3": "three", "2": "two", "1": "one", UNATTESTED: "unattested",
    EXEMPT: "exempt", "": "none",
}  # fmt: skip

# --- pupils --------------------------------------------------------------------------------------

EXCELLENT, GOOD, PASSING, FAILING, NOT_ATTESTED, UNGRADED = (
    "excellent", "good", "passing", "failing", "unattested", "not_graded"
)  # fmt: skip


def category(values: Iterable[str], scale: Scale = FIVE) -> str:
    """Which list a pupil belongs to by the marks of all subjects (pupil_performance_lists).

    A two or a failed credit weighs more than a missing attestation; credits and exemptions do not
    stand in the way of the best.
    """
    found = [one for one in levels(values, scale) if one not in {"", EXEMPT, TAUGHT}]
    if not any(one != PASSED for one in found):
        return UNGRADED
    if any(one in {"2", "1", FAILED} for one in found):
        return FAILING
    if UNATTESTED in found:
        return NOT_ATTESTED
    figures = {one for one in found if one in {"5", "4", "3"}}
    if figures == {"5"}:
        return EXCELLENT
    return GOOD if "3" not in figures else PASSING


def is_bad(value: str, scale: Scale = FIVE) -> bool:
    """Whether a final mark must be told by name: a 2 or worse, «н/а», a failed credit."""
    return scale.level_of(value) in {"2", "1", UNATTESTED, FAILED}


def odd_one(marks: Mapping[int, str], mark: str, scale: Scale = FIVE) -> int | None:
    """The subject of the only 4 (or 3) of a pupil whose other marks are better; else None."""
    if category(marks.values(), scale) in {FAILING, NOT_ATTESTED, UNGRADED}:
        return None
    told = {subject: scale.level_of(value) for subject, value in marks.items()}
    found = [subject for subject, value in told.items() if value == mark]
    worse = {"4": {"3"}, "3": set()}[mark]
    if len(found) != 1 or any(value in worse for value in told.values()):
        return None
    return found[0]


@dataclass(frozen=True, slots=True)
class Pupils:
    """How many pupils of a class, parallel or school stand in which list."""

    excellent: int = 0
    good: int = 0
    passing: int = 0
    failing: int = 0
    unattested: int = 0
    not_graded: int = 0

    @classmethod
    def of(cls, categories: Iterable[str]) -> Pupils:
        """Counts of categories."""
        found: dict[str, int] = {}
        for name in categories:
            found[name] = found.get(name, 0) + 1
        return cls(**found)

    def __add__(self, other: Pupils) -> Pupils:
        """The pupils of both."""
        return Pupils(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def all(self) -> int:
        """Everybody, also those without marks."""
        return self.graded + self.not_graded

    @property
    def graded(self) -> int:
        """Those who are to be attested."""
        return self.excellent + self.good + self.passing + self.failing + self.unattested

    @property
    def success(self) -> Decimal | None:
        """Успеваемость by pupils, %: without a 2, a failed credit or a missing attestation."""
        return percent(self.excellent + self.good + self.passing, self.graded)

    @property
    def quality(self) -> Decimal | None:
        """Качество by pupils, %: only 5 and 4."""
        return percent(self.excellent + self.good, self.graded)
