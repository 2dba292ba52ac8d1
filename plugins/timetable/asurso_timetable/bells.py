"""Bell schedules that the plugin ships: a school copies them and changes its copy."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from asurso_core import facts


@dataclass(frozen=True, kw_only=True)
class Bell:
    """The n-th lesson of a schedule, in whole minutes from midnight."""

    number: int
    starts: int
    ends: int


@dataclass(frozen=True, kw_only=True)
class ShippedBells:
    """A usual set of lesson times."""

    code: str
    title: str
    first_grade: int
    last_grade: int
    # "09-01": the set belongs to a part of the year (the first grade begins with short days).
    season_from: str
    season_to: str
    slots: tuple[Bell, ...]
    confidence: str


def minutes(clock_face: str) -> int:
    """``08:55`` → 535."""
    hours, _, rest = clock_face.partition(":")
    return int(hours) * 60 + int(rest)


@functools.cache
def shipped() -> dict[str, ShippedBells]:
    """All shipped schedules by code."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in facts.rows("asurso_timetable", "bells.csv"):
        found.setdefault(row["code"], []).append(row)
    return {
        code: ShippedBells(
            code=code,
            title=rows[0]["title"],
            first_grade=int(rows[0]["first_grade"]),
            last_grade=int(rows[0]["last_grade"]),
            season_from=rows[0]["season_from"],
            season_to=rows[0]["season_to"],
            slots=tuple(
                Bell(
                    number=int(row["number"]),
                    starts=minutes(row["starts"]),
                    ends=minutes(row["ends"]),
                )
                for row in rows
            ),
            confidence=rows[0]["confidence"],
        )
        for code, rows in found.items()
    }
