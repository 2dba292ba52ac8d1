"""Final marks of the demonstration school: periods that are over have them, the first is closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import clock
from asurso_core.db import as_date, rows
from asurso_core.demo import DemoSchool, DemoStep
from asurso_journal import final_rows, finals
from asurso_journal.finals import Rules, Worked
from asurso_journal.models import FinalMark, PeriodClosing

_PERIODS = """
    SELECT p.id, p.ends, c.id FROM core_school_class c
      JOIN core_period p ON p.period_type_id = c.period_type_id
     WHERE c.year_id = ? AND p.ends < ? AND c.grade > 1 ORDER BY p.ends, p.id, c.id
"""
_MARKS = """
    SELECT m.pupil_id, g.subject_id, l.date, m.value, a.weight
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id AND g.year_id = ?
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE l.date <= ? AND m.value <> ''
"""


def fill(school: DemoSchool) -> None:
    """Put period marks by the suggestion; in a few cases the teacher thought better of a pupil."""
    school.bulk.flush()
    today, lots, rules = school.today, school.lots("finals"), Rules()
    periods: dict[int, tuple[dt.date, list[int]]] = {}
    for id_, ends, class_id in rows(_PERIODS, [school.year_id, today]):
        periods.setdefault(id_, (as_date(ends), []))[1].append(class_id)
    if not periods:
        return
    last = max(ends for ends, _classes in periods.values())
    marked: dict[tuple[int, int], list[tuple[dt.date, Worked]]] = {}
    for pupil, subject, on, value, weight in rows(_MARKS, [school.year_id, last]):
        marked.setdefault((pupil, subject), []).append((as_date(on), Worked(value, weight)))
    starts = {
        id_: as_date(begins)
        for id_, begins in rows("SELECT id, starts FROM core_period WHERE id IN ?", [list(periods)])
    }
    for id_, (ends, classes) in periods.items():
        pupils = {one.id for one in final_rows.pupils_on(classes, ends)}
        for one in sorted(final_rows.studied_on(classes, ends)):
            if one.pupil_id not in pupils:
                continue
            found = marked.get((one.pupil_id, one.subject_id), [])
            advice = finals.of_period(
                [mark for on, mark in found if starts[id_] <= on <= ends], rules
            )
            put = _put(advice, lots)
            school.bulk.add(
                FinalMark, pupil=one.pupil_id, year=school.year_id, subject=one.subject_id,
                slot=id_, period=id_, group=one.group_id, value=put, suggested=advice.value,
                reason=_why(advice, put, lots), version=1,
            )  # fmt: skip
    first = next(iter(periods))
    school.bulk.flush()
    PeriodClosing.insert_many(
        [
            {"period": first, "school_class": class_id, "closed_at": clock.stamp(),
             "rules": rules.as_json()}
            for class_id in periods[first][1]
        ]
    ).execute()  # fmt: skip


def _put(advice: finals.Suggestion, lots: Any) -> str:
    if not advice.value:  # marks that were never put down here: mostly a teacher's word for it
        return str(lots.choice(("4", "4", "4", "5", "5", "3", "3", "4", finals.UNATTESTED)))
    near = advice.average is not None and advice.average % 100 in range(40, 50)
    if near and advice.value in "34" and lots.random() < 0.5:
        return str(int(advice.value) + 1)
    return advice.value


#: Why a teacher thought better of a pupil than the marks speak for.
_WHYS = (
    "Итоговая контрольная работа написана на «отлично»", "Победа на школьной олимпиаде",
    "Заметный рост к концу периода", "Долги сданы после болезни",
)  # fmt: skip


def _why(advice: finals.Suggestion, put: str, lots: Any) -> str | None:
    if not advice.value or put == advice.value or lots.random() < 0.4:
        return None
    return str(lots.choice(_WHYS))


STEPS = [DemoStep(name="journal.finals", order=25, fill=fill)]
