"""Papers of a class as plain data: sheets for the templates of typst, and the machine's copy.

Nothing is read and nothing is asked here: a :class:`~asurso_journal.paper_rows.ClassBook` becomes
lists and texts. The fixed words of the forms stand in the templates, since they are words of a
Russian form and not of the interface.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from asurso_core.i18n import date_text
from asurso_journal import policy
from asurso_journal.final_rows import Slot
from asurso_journal.finals import EXAM, FINAL, YEAR
from asurso_journal.marks import averages, figures, shown
from asurso_journal.paper_rows import (
    ClassBook,
    Journal,
    Missed,
    PaperLesson,
    Pupil,
    learns,
    stands_in,
    weekly,
    within,
)
from asurso_journal.scales import Scale

#: The name of the machine-readable copy's format, and the number of its shape.
FORMAT, VERSION = "asurso-class-journal", 1

#: Millimetres of a left page that columns of lessons may fill (A4 less margins, number and name).
ROOM = 126.0
_NARROW, _WIDE = 5.0, 17.0
_LONG_WORD = re.compile(r"\S{21,}")


def day(value: dt.date | None) -> str:
    """«24.11.2026»; empty for none."""
    return "" if value is None else f"{value:%d.%m.%Y}"


def breakable(text: str) -> str:
    """The text with places to break in words that no line could hold: nothing runs off the page."""
    return _LONG_WORD.sub(
        lambda found: "\u200b".join(re.findall(r".{1,12}", found[0], re.DOTALL)), text
    )


def period_of(book: ClassBook) -> str:
    """«1 четверть», or the words for the whole year."""
    return "" if book.whole_year else book.periods[0].title


def _head(book: ClassBook) -> dict[str, Any]:
    return {
        "school": breakable(book.school),
        "address": breakable(book.address),
        "director": breakable(book.director),
        "class": breakable(book.title),
        "year": book.year,
        "period": period_of(book),
        "whole-year": book.whole_year,
        "starts": day(book.starts),
        "ends": day(book.ends),
        "until": day(book.until),
        "made": day(book.today),
        "unfinished": book.today < book.ends,
        "leaders": [breakable(one) for one in book.leaders],
        "codes": [{"code": code, "name": name} for code, name in book.codes],
    }


# --- the class journal ---------------------------------------------------------------------------


def journal(book: ClassBook) -> dict[str, Any]:
    """What ``journal.typ`` prints: every part of the class journal."""
    return {
        **_head(book),
        "schedule": _schedule(book),
        "journals": [_pages(book, one) for one in book.journals],
        **summary(book),
        "particulars": _particulars(book),
        "health": [{"number": at, "name": breakable(one.name)}
                   for at, one in enumerate(book.pupils, 1)],
    }  # fmt: skip


def summary(book: ClassBook) -> dict[str, Any]:
    """What ``summary.typ`` prints: the sheets of final marks and of missed lessons."""
    return {**_head(book), "summary": _summary(book), "missed": _missed(book)}


def _schedule(book: ClassBook) -> list[dict[str, Any]]:
    found = weekly(book)
    numbers = sorted({number for _day, number in found})
    days = sorted({weekday for weekday, _number in found})
    monday = dt.date(2026, 8, 31)
    return [
        {
            "day": date_text(monday + dt.timedelta(days=weekday - 1), "EEEE").capitalize(),
            "lessons": [
                {"number": number, "subjects": breakable(" / ".join(found[weekday, number]))}
                for number in numbers
                if (weekday, number) in found
            ],
        }
        for weekday in days
    ]


def _pages(book: ClassBook, one: Journal) -> dict[str, Any]:
    pupils = [pupil for pupil in book.pupils if pupil.id in one.members]
    return {
        "subject": breakable(one.subject),
        "group": breakable(one.name),
        "teachers": [breakable(name) for name in one.teachers],
        "pupils": [_row_head(book, at, pupil, one.members[pupil.id])
                   for at, pupil in enumerate(pupils, 1)],
        "sheets": list(_sheets(book, one, pupils)),
    }  # fmt: skip


def _row_head(
    book: ClassBook, number: int, pupil: Pupil, spans: list[tuple[dt.date, dt.date | None]]
) -> dict[str, Any]:
    came, gone = movement(book, spans)
    return {"number": number, "name": breakable(pupil.name), "came": day(came), "gone": day(gone)}


def movement(
    book: ClassBook, spans: list[tuple[dt.date, dt.date | None]]
) -> tuple[dt.date | None, dt.date | None]:
    """``(came on, gone on)`` as far as it is told by now: not at the first day of the year."""
    first = min((since for since, _until in spans), default=book.year_starts)
    last = max((until or dt.date.max for _since, until in spans), default=dt.date.max)
    return (
        first if first > book.year_starts else None,
        last if last <= min(book.year_ends, book.today) else None,
    )


def columns(book: ClassBook, one: Journal) -> list[PaperLesson | Slot]:
    """Lessons and final marks of a group in the order of the paper: a period's mark follows it.

    A cancelled lesson is left out unless something stands in it.
    """
    used = {lesson for lesson, _pupil in one.cells}
    lessons = [
        lesson for lesson in one.lessons
        if not lesson.cancelled or lesson.id in used or lesson.topic
    ]  # fmt: skip
    found: list[PaperLesson | Slot] = []
    for period in book.periods:
        found += [lesson for lesson in lessons if lesson.date <= period.ends]
        lessons = [lesson for lesson in lessons if lesson.date > period.ends]
        found.append(period)
    found += lessons
    if book.whole_year:
        put = {
            slot.id for slot in book.slots
            if any(stands_in(book, one, pupil, slot) for pupil in one.members)
        }  # fmt: skip
        found += [
            slot for slot in book.slots
            if slot.id == YEAR or (slot.id in {EXAM, FINAL} and slot.id in put)
        ]  # fmt: skip
    return found


def _sheets(book: ClassBook, one: Journal, pupils: list[Pupil]) -> Iterable[dict[str, Any]]:
    sheet: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    room = ROOM
    for column in columns(book, one):
        made = _column(book, one, pupils, column)
        if sheet and made["width"] > room:
            yield _sheet(sheet, lines)
            sheet, lines, room = [], [], ROOM
        sheet.append(made)
        room -= made["width"]
        if isinstance(column, PaperLesson):
            lines.append(_line(column))
    if sheet:
        yield _sheet(sheet, lines)


def _sheet(sheet: list[dict[str, Any]], lines: list[dict[str, Any]]) -> dict[str, Any]:
    months: list[dict[str, Any]] = []
    for one in sheet:
        if months and months[-1]["title"] == one["month"] and one["month"]:
            months[-1]["span"] += 1
        else:
            months.append({"title": one["month"], "span": 1})
    for month in months:
        number = month["title"]
        if number:
            on = dt.date(2026, int(number), 1)
            month["title"] = date_text(on, "LLLL") if month["span"] > 2 else number
    return {"columns": sheet, "months": months, "lines": lines}


def _column(
    book: ClassBook, one: Journal, pupils: list[Pupil], column: PaperLesson | Slot
) -> dict[str, Any]:
    cells: list[str | None] = []
    if isinstance(column, Slot):
        cells += [stands_in(book, one, pupil.id, column) for pupil in pupils]
        return {"month": "", "title": breakable(column.title), "final": True, "width": 7.5,
                "cells": cells}  # fmt: skip
    for pupil in pupils:
        text = one.cells.get((column.id, pupil.id), "")
        there = within(one.members[pupil.id], column.date)
        # None is hatched: the pupil was not in the group that day.
        cells.append(text if text or there else None)
    longest = max((len(text or "") for text in cells), default=0)
    return {
        "month": f"{column.date.month:02d}",
        "title": str(column.date.day),
        "final": False,
        "width": round(min(_WIDE, max(_NARROW, 1.45 * longest + 1.4)), 1),
        "cells": [text if text is None else text.replace("/", "/\u200b") for text in cells],
    }


def _line(lesson: PaperLesson) -> dict[str, Any]:
    return {
        "date": f"{lesson.date:%d.%m}",
        "number": lesson.number,
        "topic": breakable(lesson.topic),
        "homework": breakable(lesson.homework),
        "cancelled": lesson.cancelled,
        "teacher": breakable(lesson.teacher),
        "substitute": lesson.substitute,
        "actual": breakable(lesson.actual),
        "order": breakable(lesson.order),
    }


def _summary(book: ClassBook) -> dict[str, Any]:
    slots = [slot for slot in book.slots if _in_summary(book, slot)]
    return {
        "subjects": [breakable(name) for _id, name, _short in book.subjects],
        "slots": [slot.title for slot in slots],
        "pupils": [
            {
                **_row_head(book, at, pupil, pupil.spans),
                "rows": [
                    [
                        book.finals.get((pupil.id, subject), {}).get(slot.id, "")
                        for subject, _name, _short in book.subjects
                    ]
                    for slot in slots
                ],
            }
            for at, pupil in enumerate(book.pupils, 1)
        ],
    }


def _in_summary(book: ClassBook, slot: Slot) -> bool:
    if slot.id > 0:
        return any(slot.id == one.id for one in book.periods)
    return book.whole_year


def _missed(book: ClassBook) -> dict[str, Any]:
    spans = [(one.id, one.title) for one in book.periods]
    if book.whole_year:
        spans.append((YEAR, ""))
    keys = [id_ for id_, _title in spans]
    # A period that has not begun has no sum, not even nought.
    begun = {one.id for one in book.periods if one.starts <= book.today} | {YEAR}
    total = [
        [sum(book.missed.get((pupil.id, id_), Missed())[at] for pupil in book.pupils)
         for at in range(4)] if id_ in begun else None
        for id_ in keys
    ]  # fmt: skip
    return {
        "titles": [title for _id, title in spans],
        "pupils": [
            {
                **_row_head(book, at, pupil, pupil.spans),
                "spans": [list(book.missed.get((pupil.id, id_), Missed())) for id_ in keys],
            }
            for at, pupil in enumerate(book.pupils, 1)
        ],
        "total": total,
    }


def _particulars(book: ClassBook) -> list[dict[str, Any]] | None:
    if book.particulars is None:
        return None
    names = {one.id: one for one in book.pupils}
    return [
        {
            **_row_head(book, at, names[one.pupil], names[one.pupil].spans),
            "name": breakable(names[one.pupil].full_name),
            "birth": day(one.birth_date),
            "file": breakable(one.file_number),
            "address": breakable(one.address),
            "phone": breakable(one.phone),
            "guardians": [breakable(text) for text in one.guardians],
        }
        for at, one in enumerate(book.particulars, 1)
    ]


# --- report cards and letters --------------------------------------------------------------------


def cards(book: ClassBook) -> dict[str, Any]:
    """What ``cards.typ`` prints: the report card of each pupil, one page each."""
    slots = [slot for slot in book.slots if slot.id > 0 or book.whole_year]
    periods = [slot for slot in slots if slot.id > 0]
    return {
        **_head(book),
        "slots": [slot.title for slot in slots],
        "periods": [slot.title for slot in periods],
        "cards": [
            {
                "name": breakable(pupil.full_name),
                "rows": [
                    {
                        "subject": breakable(name),
                        "marks": [
                            book.finals.get((pupil.id, id_), {}).get(slot.id, "") for slot in slots
                        ],
                    }
                    for id_, name, _short in book.subjects
                    if learns(book, pupil.id, id_) or book.finals.get((pupil.id, id_))
                ],
                # A period that is not of this paper is left empty: it was not counted.
                "missed": [
                    list(book.missed.get((pupil.id, slot.id), Missed()))
                    if slot.starts <= book.today
                    and any(slot.id == one.id for one in book.periods) else None
                    for slot in periods
                ],
            }
            for pupil in book.present()
        ],
    }  # fmt: skip


def letters(book: ClassBook, form: int) -> dict[str, Any]:
    """What ``letters.typ`` prints: form 1 lists the marks, form 2 counts 5, 4, 3, 2 (and 1).

    The average is the weighted one, as in the journal and the diary; that of the total row is over
    all marks of the pupil (features.md 3.6, 4.3).
    """
    slot = book.periods[-1].id if not book.whole_year else YEAR
    marked: dict[int, dict[int, list[tuple[str, int]]]] = {}
    for one in book.worked:
        marked.setdefault(one.pupil, {}).setdefault(one.subject, []).append((one.value, one.weight))
    return {
        **_head(book),
        "form": form,
        "levels": policy.scale(book.year_id).titles,
        "letters": [_letter(book, pupil, marked.get(pupil.id, {}), slot, form)
                   for pupil in book.present()],
    }  # fmt: skip


def counts(values: Iterable[str], scale: Scale) -> list[int]:
    """How many marks there are of the levels 5, 4, 3 and 2; a double mark is two."""
    found = [0, 0, 0, 0]
    for value in values:
        for figure in figures(value):
            found[5 - scale.level(figure)] += 1
    return found


def _letter(
    book: ClassBook, pupil: Pupil, marked: dict[int, list[tuple[str, int]]], slot: int, form: int
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    every: list[tuple[str, int]] = []
    finals: list[int] = []
    scale = policy.scale(book.year_id)
    for id_, name, _short in book.subjects:
        pairs = marked.get(id_, [])
        final = book.finals.get((pupil.id, id_), {}).get(slot, "")
        if not pairs and not final and not learns(book, pupil.id, id_):
            continue
        every += pairs
        finals += figures(final)
        rows.append(
            {
                "subject": breakable(name),
                "marks": " ".join(value for value, _weight in pairs) if form == 1 else "",
                "counts": counts((value for value, _weight in pairs), scale),
                "average": shown(averages(pairs).weighted),
                "final": final,
            }
        )
    missed = book.missed.get((pupil.id, slot), Missed())
    return {
        "name": breakable(pupil.full_name),
        "rows": rows,
        "total": {
            "number": sum(counts((value for value, _weight in every), scale)),
            "counts": counts((value for value, _weight in every), scale),
            "average": shown(averages(every).weighted),
            "final": _mean(finals),
        },
        "missed": list(missed),
    }


def _mean(values: list[int]) -> str:
    if not values:
        return ""
    mean = (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return str(mean).replace(".", ",")


# --- the machine's copy --------------------------------------------------------------------------


def machine(book: ClassBook) -> dict[str, Any]:
    """The class journal for programs; its shape is told in ``docs/developers/paper.md``.

    Dates are ISO 8601. A change of this shape raises :data:`VERSION`.
    """
    slots = [one for one in book.slots if one.id <= 0 or one in book.periods]
    keys = {slot.id: _slot_key(slot) for slot in slots}
    return {
        "format": FORMAT,
        "version": VERSION,
        "school": book.school,
        "class": book.title,
        "year": book.year,
        "span": {"from": book.starts.isoformat(), "to": book.ends.isoformat(),
                 "whole_year": book.whole_year},
        "as_of": book.today.isoformat(),
        "class_teachers": book.leaders,
        "columns": [{"key": keys[one.id], "title": one.title, "from": one.starts.isoformat(),
                     "to": one.ends.isoformat()} for one in slots],
        "attendance_codes": [{"code": code, "name": name} for code, name in book.codes],
        "pupils": [
            {"id": one.id, "name": one.full_name, "spans": _spans(one.spans)}
            for one in book.pupils
        ],
        "journals": [_machine_journal(one) for one in book.journals],
        "final_marks": sorted(
            (
                {"pupil": pupil, "subject": subject, "column": keys[slot], "value": value}
                for (pupil, subject), marks in book.finals.items()
                for slot, value in marks.items()
                if slot in keys
            ),
            key=lambda one: (one["pupil"], one["subject"], one["column"]),
        ),
        "missed": [
            {"pupil": pupil, "column": keys[slot], **told._asdict()}
            for (pupil, slot), told in sorted(book.missed.items())
            if slot in keys
        ],
        "subjects": [{"id": id_, "name": name} for id_, name, _short in book.subjects],
        "particulars": None if book.particulars is None else [
            {**one._asdict(), "birth_date": one.birth_date and one.birth_date.isoformat()}
            for one in book.particulars
        ],
    }  # fmt: skip


def _slot_key(slot: Slot) -> str:
    return {YEAR: "year", EXAM: "exam", FINAL: "final"}.get(slot.id, f"period:{slot.id}")


def _spans(spans: list[tuple[dt.date, dt.date | None]]) -> list[dict[str, str | None]]:
    return [
        {"from": since.isoformat(), "before": until.isoformat() if until else None}
        for since, until in spans
    ]


def _machine_journal(one: Journal) -> dict[str, Any]:
    by_lesson: dict[int, list[dict[str, Any]]] = {}
    for (lesson, pupil), text in sorted(one.cells.items()):
        by_lesson.setdefault(lesson, []).append({"pupil": pupil, "text": text})
    return {
        "id": one.group,
        "subject": one.subject_id,
        "subject_name": one.subject,
        "group": one.name,
        "teachers": one.teachers,
        "members": [
            {"pupil": pupil, "spans": _spans(spans)} for pupil, spans in one.members.items()
        ],
        "lessons": [
            {
                "id": lesson.id, "date": lesson.date.isoformat(), "number": lesson.number,
                "cancelled": lesson.cancelled, "topic": lesson.topic,
                "homework": lesson.homework, "teacher": lesson.teacher,
                "substitute": lesson.substitute, "actual_subject": lesson.actual,
                "order": lesson.order, "cells": by_lesson.get(lesson.id, []),
            }
            for lesson in one.lessons
        ],
    }  # fmt: skip


def canonical(document: dict[str, Any]) -> bytes:
    """One way to write a document, so that equal contents have equal checksums.

    UTF-8, keys in order, no spaces, one line feed at the end.
    """
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return (text + "\n").encode()


def checksums(files: dict[str, bytes]) -> bytes:
    """The file that ``sha256sum -c`` reads: digest, two spaces, name."""
    return "".join(
        f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(files.items())
    ).encode()
