"""What stands in the cells now: ``asurso audit verify`` compares it with the newest entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asurso_core.audit_chain import Witness
from asurso_core.db import rows
from asurso_core.i18n import lazy_gettext as _l
from asurso_journal.marks import cell_text, target_of_cell
from asurso_journal.services.finals import target_of

_WORKS = "SELECT lesson_id, id FROM journal_assignment WHERE lesson_id IN ? ORDER BY position, id"
_MARKS = """
    SELECT a.lesson_id, m.assignment_id, m.pupil_id, m.value, m.dot, m.comment
      FROM journal_mark m JOIN journal_assignment a ON a.id = m.assignment_id
     WHERE a.lesson_id IN ?
"""
_CODES = "SELECT lesson_id, pupil_id, code FROM journal_attendance WHERE lesson_id IN ?"


def _stands(targets: Sequence[str]) -> dict[str, Any]:
    """The contents of cells in the words of their entries."""
    wanted = [_parts(target) for target in targets]
    lessons = sorted({lesson for lesson, _work, _pupil in wanted})
    main: dict[int, int] = {}
    for lesson, work in rows(_WORKS, [lessons]):
        main.setdefault(lesson, work)
    marks = {
        (lesson, work, pupil): (value, bool(dot), comment)
        for lesson, work, pupil, value, dot, comment in rows(_MARKS, [lessons])
    }
    codes = {(lesson, pupil): code for lesson, pupil, code in rows(_CODES, [lessons])}
    moved = _moved([(lesson, main.get(lesson, 0), pupil) for lesson, _work, pupil in wanted])
    found: dict[str, Any] = {}
    for target, (lesson, work, pupil) in zip(targets, wanted, strict=True):
        first = main.get(lesson, 0)
        # A side column that became the main one has entries under both of its names.
        if work == first != 0 or (work == 0 and (lesson, first, pupil) in moved):
            continue
        value, dot, comment = marks.get((lesson, work or first, pupil), ("", False, None))
        code = codes.get((lesson, pupil), "") if work == 0 else ""
        found[target] = {"value": cell_text(code, value, dot)}
        if comment:
            found[target]["comment"] = comment
    return found


def _moved(cells: Sequence[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    names = {target_of_cell(*cell): cell for cell in cells if cell[1]}
    return {
        names[target]
        for (target,) in rows(
            "SELECT DISTINCT target FROM core_audit_entry WHERE target IN ?", [list(names)]
        )
    }


def _parts(target: str) -> tuple[int, int, int]:
    lesson, work, pupil = target.split(":")[1:]
    return int(lesson), int(work), int(pupil)


_HELD = """
    SELECT l.id, m.assignment_id, m.pupil_id FROM timetable_lesson l
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE l.id > ? AND l.id <= ? AND (m.value <> '' OR m.dot OR m.comment IS NOT NULL)
    UNION ALL
    SELECT t.lesson_id, 0, t.pupil_id FROM journal_attendance t
     WHERE t.lesson_id > ? AND t.lesson_id <= ? AND t.code <> ''
"""


def _held(after: str) -> list[str]:
    """Cells that hold something, a few lessons at a time."""
    begin = _parts(after)[0] if after else 0
    while True:
        ids = [
            id_
            for (id_,) in rows(
                "SELECT id FROM timetable_lesson WHERE id > ? ORDER BY id LIMIT 200", [begin]
            )
        ]
        if not ids:
            return []
        end = ids[-1]
        main: dict[int, int] = {}
        for lesson, work in rows(_WORKS, [ids]):
            main.setdefault(lesson, work)
        cells = {
            (lesson, 0 if work == main.get(lesson) else work, pupil)
            for lesson, work, pupil in rows(_HELD, [begin, end, begin, end])
        }
        # What was a side column when it was written is recorded under its own number.
        moved = _moved([(lesson, main.get(lesson, 0), pupil) for lesson, _work, pupil in cells])
        cells -= {(lesson, 0, pupil) for lesson, _work, pupil in moved}
        if cells:
            return [target_of_cell(*cell) for cell in sorted(cells)]
        begin = end


# --- final marks ---------------------------------------------------------------------------------

_FINALS = """
    SELECT year_id, subject_id, slot, pupil_id, value, reason FROM journal_final_mark
     WHERE pupil_id IN ? AND year_id IN ?
"""
_HELD_FINALS = """
    SELECT pupil_id, year_id, subject_id, slot FROM journal_final_mark
     WHERE value <> '' AND pupil_id > ? ORDER BY pupil_id, year_id, subject_id, slot LIMIT 2000
"""


def _final_parts(target: str) -> tuple[int, int, int, int]:
    year, subject, slot, pupil = (int(part) for part in target.split(":")[1:])
    return year, subject, slot, pupil


def _stands_final(targets: Sequence[str]) -> dict[str, Any]:
    """Final marks in the words of their entries."""
    wanted = {target: _final_parts(target) for target in targets}
    pupils = sorted({parts[3] for parts in wanted.values()})
    years = sorted({parts[0] for parts in wanted.values()})
    stand = {
        (year, subject, slot, pupil): {"value": value, **({"reason": reason} if reason else {})}
        for year, subject, slot, pupil, value, reason in rows(_FINALS, [pupils, years])
    }
    return {target: stand.get(parts, {"value": ""}) for target, parts in wanted.items()}


def _held_finals(after: str) -> list[str]:
    """Final marks that hold something, some pupils at a time."""
    begin = _final_parts(after)[3] if after else 0
    found = rows(_HELD_FINALS, [begin])
    if len(found) == 2000:  # the last pupil may not be whole
        found = [row for row in found if row[0] != found[-1][0]]
    return [target_of(year, subject, slot, pupil) for pupil, year, subject, slot in found]


WITNESSES = [
    Witness(
        name="journal.final",
        title=_l("Final mark"),
        kind="journal.final",
        stands=_stands_final,
        held=_held_finals,
    ),
    Witness(
        name="journal.cell",
        title=_l("Cell of the journal"),
        kind="journal.cell",
        stands=_stands,
        held=_held,
    ),
]
