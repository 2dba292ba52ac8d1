"""Types of works and codes of attendance that ship with the journal, for a school to change."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from asurso_core import facts


@dataclass(frozen=True, kw_only=True)
class WorkType:
    """A usual kind of work with its letter and weight (features 3.2)."""

    code: str
    name: str
    letter: str
    weight: int
    is_control: bool
    position: int


@dataclass(frozen=True, kw_only=True)
class AbsenceCode:
    """A usual code of the attendance table (features 3.3)."""

    code: str
    letter: str
    name: str
    missed: bool
    excused: bool
    illness: bool
    allows_mark: bool
    position: int


@functools.cache
def work_types() -> tuple[WorkType, ...]:
    """All shipped types of works, in the order of lists."""
    return tuple(
        WorkType(
            code=row["code"],
            name=row["name"],
            letter=row["letter"],
            weight=int(row["weight"]),
            is_control=row["is_control"] == "1",
            position=int(row["position"]),
        )
        for row in facts.rows("asurso_journal", "assignment_types.csv")
    )


@functools.cache
def absence_codes() -> tuple[AbsenceCode, ...]:
    """All shipped codes of attendance, in the order of lists."""
    return tuple(
        AbsenceCode(
            code=row["code"],
            letter=row["code"],
            name=row["name"],
            missed=row["missed"] == "1",
            excused=row["excused"] == "1",
            illness=row["illness"] == "1",
            allows_mark=row["allows_mark"] == "1",
            position=int(row["position"]),
        )
        for row in facts.rows("asurso_journal", "attendance_codes.csv")
    )
