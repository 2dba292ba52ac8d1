"""Scales of marks (features.md 3.6, 4.1). No database here.

A scale is its points and how many of them are needed for each of the four levels that all
formulas of performance count: 5 excellent, 4 good, 3 satisfactory, 2 unsatisfactory. The levels of
the 10-point scale are those of the formulas (4.1), which tell of the 12-point one only that it
works alike: its levels, and those of 100 points, are the usual ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from asurso_core import facts


@dataclass(frozen=True, slots=True)
class Scale:
    """Points from ``lowest`` to ``highest``; ``least`` are the least ones for a 5, a 4 and a 3."""

    name: str
    lowest: int
    highest: int
    least: tuple[int, int, int]

    def point(self, text: str) -> int | None:
        """The points that a text of digits means; None where the scale has no such mark."""
        if not (text.isascii() and text.isdecimal() and len(text) <= 3):
            return None
        number = int(text)
        if str(number) != text or not self.lowest <= number <= self.highest:
            return None
        return number

    def level(self, points: int) -> int:
        """The level of points: 5, 4, 3 or 2."""
        return next((5 - place for place, least in enumerate(self.least) if points >= least), 2)

    def level_of(self, mark: str) -> str:
        """A final mark as a level: «97» → «5»; words and nothing stay what they are.

        A 1 of the five-point scale stays a 1: reports count it apart (setting of the school).
        """
        if self.highest == FIVE.highest or not mark.isdecimal():
            return mark
        return str(self.level(int(mark)))

    def tone(self, mark: str) -> str:
        """The level of the last figure of a mark, for its colour: «4/5» → «5»; empty for words."""
        last = mark.rpartition("/")[2]
        return str(self.level(int(last))) if last.isdecimal() else ""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First and last points of the levels 5, 4, 3 and 2."""
        five, four, three = self.least
        return [
            (five, self.highest), (four, five - 1), (three, four - 1), (self.lowest, three - 1)
        ]  # fmt: skip

    @property
    def titles(self) -> list[str]:
        """Headings of the levels 5, 4, 3 and 2: «5», or «9–10» on a scale of ten points."""
        if self.highest == FIVE.highest:
            return ["5", "4", "3", "2"]
        return [f"{low}–{high}" if low != high else str(low) for low, high in self.spans]

    @property
    def keys(self) -> list[str]:
        """Marks to choose from, the best first; empty where they are too many for buttons."""
        if self.highest - self.lowest > MOST_KEYS:
            return []
        return [str(points) for points in range(self.highest, self.lowest - 1, -1)]

    @property
    def choices(self) -> list[str]:
        """Marks for a list, the best first: of many points every fifth."""
        return self.keys or [str(points) for points in range(self.highest, self.lowest, -5)]


#: Scales with more marks than this are typed, not chosen by buttons.
MOST_KEYS = 12
FIVE = Scale("five", 2, 5, (5, 4, 3))
#: What a subject without points has.
CREDITS = ("зач", "нз")


@dataclass(frozen=True, slots=True)
class Marking:
    """What can be put in a journal: points of a scale, credits alone, or no marks at all."""

    scale: Scale = FIVE
    credited: bool = False
    unmarked: bool = False

    @property
    def keys(self) -> list[str]:
        """Marks for buttons, the best first."""
        if self.unmarked:
            return []
        return list(CREDITS) if self.credited else self.scale.keys

    def for_script(self) -> dict[str, object]:
        """What the scripts of the journal need: ``typed`` tells whether figures are marks here."""
        scale = self.scale
        return {
            "lowest": scale.lowest, "highest": scale.highest, "least": list(scale.least),
            "typed": not (self.credited or self.unmarked), "keys": self.keys,
        }  # fmt: skip


def shipped() -> dict[str, Scale]:
    """All scales by name, in the order of lists."""
    return {
        row["name"]: Scale(
            row["name"], int(row["lowest"]), int(row["highest"]),
            (int(row["least_five"]), int(row["least_four"]), int(row["least_three"])),
        )
        for row in facts.rows("asurso_journal", "scales.csv")
    }  # fmt: skip


def find(name: str, *, ones: bool = False) -> Scale:
    """A scale by its name; ``ones``: the five-point one begins with 1."""
    found = SCALES.get(name, FIVE)
    return replace(found, lowest=1) if ones and found.highest == FIVE.highest else found


def levels(marks: Iterable[str], scale: Scale) -> list[str]:
    """Final marks as levels, see :meth:`Scale.level_of`."""
    return [scale.level_of(one) for one in marks]


SCALES = shipped()
#: The five-point scale in an ordinary subject.
ORDINARY = Marking()
