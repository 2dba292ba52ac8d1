"""Who changed what in a journal, and what outside the usual time (features.md 4.3, 4.5)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows, stamp_value
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Cell, Column, Document, Report, Table
from asurso_core.school import Period, Subject
from asurso_journal import vocabulary_rows
from asurso_journal.kinds import KINDS
from asurso_journal.marks import ABSENCE_IN_TIME, in_letters
from asurso_journal.permissions import FINAL_VIEW, MARK_VIEW
from asurso_journal.reports import forms
from asurso_journal.reports.common import (
    chosen_class,
    chosen_pupil,
    chosen_year,
    classes_of,
    days,
    name_of,
    nothing,
    told_days,
)

GROUP = _l("Access to the journal")
#: The newest changes only: a year of a class has some ten thousand.
MOST = 2000

_ENTRIES = """
    SELECT e.at, e.actor_name, e.kind, e.target, e.person, e.before, e.after, e.reason, e.id
      FROM core_audit_entry e
     WHERE e.kind IN ? AND e.at >= ? AND e.at < ? AND {which}
     ORDER BY e.id DESC LIMIT {most}
"""

#: What speaks of one pupil, and what is written into a lesson for all of them.
_OF_PUPILS = ("journal.cell", "journal.final")
_OF_LESSONS = (
    "journal.work_added", "journal.work_changed", "journal.work_removed", "journal.note_changed",
    "journal.attendance_confirmed", "journal.task",
)  # fmt: skip
#: With a reason, other than that of an absence which was entered in time.
_LATE = (
    f"e.reason IS NOT NULL AND COALESCE(SUBSTR(e.operation, 1, {len(ABSENCE_IN_TIME)}), '') "
    f"<> '{ABSENCE_IN_TIME}'"
)


def _found(
    which: str, params: list[Any], since: dt.date, until: dt.date,
    kinds: tuple[str, ...] = _OF_PUPILS,
) -> list[tuple[Any, ...]]:  # fmt: skip
    starts, ends = _moment(since), _moment(until + dt.timedelta(days=1))
    sql = _ENTRIES.format(which=which, most=MOST)
    return rows(sql, [list(kinds), stamp_value(starts), stamp_value(ends), *params])


def _pages(
    which: str, since: dt.date, until: dt.date, kinds: tuple[str, ...]
) -> Iterator[list[tuple[Any, ...]]]:
    """The same from the newest to the oldest, so many at a time."""
    found = _found(which, [], since, until, kinds)
    while found:
        yield found
        if len(found) < MOST:
            return
        found = _found(f"{which} AND e.id < ?", [found[-1][-1]], since, until, kinds)


def _moment(day: dt.date) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def _lines(entries: list[tuple[Any, ...]], *, names: dict[int, str] | None = None) -> list[Any]:
    lessons = _lessons([id_ for one in entries if (id_ := _lesson_of(one)) is not None])
    finals = _finals([_parts(one[3]) for one in entries if one[2] == "journal.final"])
    letters = vocabulary_rows.letters()
    lines = []
    for at, actor_name, kind, target, person, before, after, reason, _id in entries:
        parts = _parts(target)
        if kind != "journal.final":
            told = _lesson_of((at, actor_name, kind, target, person, before, after, reason))
            title, subject, day, period = lessons.get(told or 0, ("", "", None, ""))
        else:
            subject, period = finals.get(parts, ("", ""))
            title, day = "", None
        lines.append(
            [
                clock.local(as_stamp(at)), actor_name,
                *([names.get(person, "")] if names is not None else []), title, subject, day,
                period, _deed(kind, before, after, letters, staff=names is not None),
                Cell(reason or "", tone="warn" if reason else ""),
            ]
        )  # fmt: skip
    return lines


def _parts(target: str) -> tuple[int, ...]:
    return tuple(int(one) for one in target.split(":")[1:])


def _read(told: Any) -> dict[str, Any]:
    found = json.loads(told) if isinstance(told, str) else told
    return found if isinstance(found, dict) else {}


def _lesson_of(entry: tuple[Any, ...]) -> int | None:
    """The lesson that an entry of the history speaks of; None for a final mark."""
    kind, target, before, after = entry[2], entry[3], entry[5], entry[6]
    if kind == "journal.final":
        return None
    if target.startswith(("journal.cell:", "journal.lesson:")):
        return _parts(target)[0]
    told: int | None = (_read(after) or _read(before)).get("lesson")
    return told


def _deed(kind: str, before: Any, after: Any, letters: dict[str, str], *, staff: bool) -> str:
    """What was changed: a mark before and after, or in words what was written into a lesson."""
    old, new = _read(before), _read(after)
    if kind in _OF_PUPILS:
        told = " → ".join(
            in_letters(str(one.get("value", "")), letters) or "—" for one in (old, new)
        )
        # Why a final mark differs from the suggestion is a word among the staff.
        return f"{told} ({new['reason']})" if staff and new.get("reason") else told
    if kind == "journal.work_changed" and old.get("weight") != new.get("weight"):
        return _(
            "weight of a work: %(before)s → %(after)s", before=old.get("weight"),
            after=new.get("weight"),
        )  # fmt: skip
    return next(str(one.title) for one in KINDS if one.name == kind)


def _lessons(ids: list[int]) -> dict[int, tuple[str, str, Any, str]]:
    if not ids:
        return {}
    sql = """
        SELECT l.id, s.name, l.date, c.grade, c.letter, p.title
          FROM timetable_lesson l
          JOIN core_teaching_group g ON g.id = l.group_id
          JOIN core_subject s ON s.id = g.subject_id
          JOIN core_group_class gc ON gc.group_id = g.id
          JOIN core_school_class c ON c.id = gc.school_class_id
          LEFT JOIN core_period p ON p.period_type_id = c.period_type_id
           AND l.date BETWEEN p.starts AND p.ends
         WHERE l.id IN ?
    """
    told: dict[int, tuple[str, str, Any, str]] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 500):
        for id_, subject, on, grade, letter, period in rows(sql, [wanted[start : start + 500]]):
            title = f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"
            told[id_] = title, subject, as_date(on), period or ""
    return told


def _finals(parts: list[tuple[int, ...]]) -> dict[tuple[int, ...], tuple[str, str]]:
    subjects = {
        one.id: one.name
        for one in Subject.select().where(Subject.id.in_([one[1] for one in parts] or [0]))
    }
    periods = {
        one.id: one.title
        for one in Period.select().where(Period.id.in_([one[2] for one in parts] or [0]))
    }
    words = {0: _("Year"), -1: _("Exam"), -2: _("Final mark")}
    return {
        one: (subjects.get(one[1], ""), words.get(one[2], periods.get(one[2], ""))) for one in parts
    }


def _columns(*, pupils: bool) -> list[Column]:
    return [
        Column(title=_("When")), Column(title=_("Who")),
        *([Column(title=_("Pupil"))] if pupils else []), Column(title=_("Class")),
        Column(title=_("Subject")), Column(title=_("Day of the lesson")),
        Column(title=_("Study period")), Column(title=_("Before and after")),
        Column(title=_("Outside the usual time")),
    ]  # fmt: skip


def of_pupil(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт о доступе к журналу, об одном ученике: every change of a mark and who made it."""
    pupil = chosen_pupil(actor, params)
    if pupil is None:
        return nothing(_("Access to the journal"))
    since, until = days(params)
    entries = _found("e.person = ?", [pupil.id], since, until)
    return Document(
        title=_("Access to the journal"), note=f"{name_of(pupil)}, {told_days(since, until)}",
        warnings=_cut(entries),
        tables=[Table(columns=_columns(pupils=False), rows=_lines(entries))],
    )  # fmt: skip


def of_class(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт о доступе к журналу, о классе."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Access to the journal of a class"))
    since, until = days(params)
    pupils = _pupils([school_class.id])
    entries = _found("e.person IN ?", [sorted(pupils) or [0]], since, until)
    return Document(
        title=_("Access to the journal of a class"),
        note=f"{school_class.title}, {told_days(since, until)}",
        warnings=_cut(entries),
        tables=[Table(columns=_columns(pupils=True), rows=_lines(entries, names=pupils))],
    )  # fmt: skip


def unusual(actor: Actor, params: dict[str, Any]) -> Document:
    """Изменения вне срока по школе: unlocked marks, late changes of leaders."""
    year = chosen_year(params)
    if year is None:
        return nothing(_("Changes outside the usual time"))
    since, until = days(params)
    classes = [one.id for one in classes_of(actor, year)]
    pupils = _pupils(classes)
    entries: list[tuple[Any, ...]] = []
    # Narrowed before it is cut: changes that the reader may not see push out none of the others.
    for found in _pages(_LATE, since, until, (*_OF_PUPILS, *_OF_LESSONS)):
        lessons = _lessons_of(classes, found)
        entries += [one for one in found if one[4] in pupils or _lesson_of(one) in lessons]
        if len(entries) >= MOST:
            break
    entries = entries[:MOST]
    return Document(
        title=_("Changes outside the usual time"), note=told_days(since, until),
        warnings=_cut(entries),
        tables=[Table(columns=_columns(pupils=True), rows=_lines(entries, names=pupils))],
    )  # fmt: skip


def _lessons_of(class_ids: list[int], entries: list[tuple[Any, ...]]) -> set[int]:
    """Lessons of these classes among those that were written into as a whole."""
    wanted = {_lesson_of(one) for one in entries if one[2] in _OF_LESSONS} - {None}
    if not wanted or not class_ids:
        return set()
    sql = """
        SELECT DISTINCT l.id FROM timetable_lesson l
          JOIN core_group_class gc ON gc.group_id = l.group_id
         WHERE l.id IN ? AND gc.school_class_id IN ?
    """
    return {id_ for (id_,) in rows(sql, [sorted(one for one in wanted if one), class_ids])}


def _cut(entries: list[Any]) -> list[str]:
    if len(entries) < MOST:
        return []
    return [_("Only the newest %(most)s changes are shown: choose fewer days.", most=MOST)]


def _pupils(class_ids: list[int]) -> dict[int, str]:
    sql = """
        SELECT DISTINCT p.id, p.surname, p.given_name
          FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
         WHERE m.school_class_id IN ?
    """
    return {id_: f"{surname} {name}" for id_, surname, name in rows(sql, [class_ids or [0]])}


REPORTS = [
    Report(
        name="journal.access.pupil", title=_l("Access to the journal"),
        about=_l("every change of a mark of a pupil: who and when"), group=GROUP,
        requires=MARK_VIEW, form=forms.OfPupilDays, build=of_pupil, order=90,
    ),
    Report(
        name="journal.access.class", title=_l("Access to the journal of a class"),
        about=_l("changes of marks, who and when"), group=GROUP, requires=FINAL_VIEW,
        form=forms.OfClassDays, build=of_class, order=91, side="staff",
    ),
    Report(
        name="journal.access.unusual", title=_l("Changes outside the usual time"),
        about=_l("unlocked marks, changes after the usual time, with reasons"), group=GROUP,
        requires="journal.period.close", form=forms.OfSchoolDays, build=unusual, order=92,
        side="staff",
    ),
]  # fmt: skip
