"""A plan of generation in words for the preview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from asurso_core.db import rows, russian
from asurso_timetable.generation import Existing, Plan, Target
from asurso_timetable.rows import class_title, face

LONGEST = 100


class Line(NamedTuple):
    """One lesson of the preview."""

    row: Existing | Target
    title: str
    clock: str
    kind: str = ""
    other: str = ""


@dataclass(frozen=True)
class Preview:
    """Counts, and the first lessons of each list."""

    plan: Plan
    add: list[Line]
    remove: list[Line]
    in_use: list[Line]
    refused: list[Line]
    longest: int = LONGEST


def of(plan: Plan) -> Preview:
    """The preview of a plan; one statement."""
    parts: tuple[list[Existing] | list[Target], ...] = (
        plan.add[:LONGEST], plan.remove[:LONGEST], plan.in_use[:LONGEST]
    )  # fmt: skip
    refused = plan.refused[:LONGEST]
    groups = {row.group for part in parts for row in part}
    groups |= {one.target.group for one in refused} | {one.other.group for one in refused}
    titles = _titles(sorted(groups))

    def line(row: Existing | Target) -> Line:
        return Line(row, titles.get(row.group, ""), f"{face(row.starts)}–{face(row.ends)}")

    first, second, third = ([line(row) for row in sorted(part, key=_by_date)] for part in parts)
    return Preview(
        plan,
        first,
        second,
        third,
        refused=[
            line(one.target)._replace(
                kind=one.kind,
                other=f"{titles.get(one.other.group, '')}, {line(one.other).clock}",
            )
            for one in refused
        ],
    )


def _by_date(row: Existing | Target) -> tuple[object, ...]:
    return (row.date, row.starts, row.group)


_GROUPS = """
    SELECT g.id, s.name, g.name, c.grade, c.letter FROM core_teaching_group g
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE g.id IN ? ORDER BY c.grade, {letter}"""


def _titles(groups: list[int]) -> dict[int, str]:
    found: dict[int, tuple[str, str, list[str]]] = {}
    sql = _GROUPS.format(letter=russian("c.letter"))
    for id_, subject, name, grade, letter in rows(sql, [groups]):
        found.setdefault(id_, (subject, name, []))[2].append(class_title(grade, letter))
    return {
        id_: ", ".join(part for part in (", ".join(classes), subject, name) if part)
        for id_, (subject, name, classes) in found.items()
    }
