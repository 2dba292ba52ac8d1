"""Who changed what in a journal, and what outside the usual time (features.md 4.3, 4.5)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows, stamp_value
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Cell, Column, Document, Report, Table
from asurso_core.school import Period, Subject
from asurso_journal import vocabulary_rows
from asurso_journal.marks import in_letters
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
    SELECT e.at, e.actor_name, e.kind, e.target, e.person, e.before, e.after, e.reason
      FROM core_audit_entry e
     WHERE e.kind IN ('journal.cell', 'journal.final') AND e.at >= ? AND e.at < ? AND {which}
     ORDER BY e.id DESC LIMIT {most}
"""


def _found(which: str, params: list[Any], since: dt.date, until: dt.date) -> list[tuple[Any, ...]]:
    starts, ends = _moment(since), _moment(until + dt.timedelta(days=1))
    sql = _ENTRIES.format(which=which, most=MOST)
    return rows(sql, [stamp_value(starts), stamp_value(ends), *params])


def _moment(day: dt.date) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time(), tzinfo=clock.zone())
    return local.astimezone(dt.UTC).replace(tzinfo=None)


def _lines(entries: list[tuple[Any, ...]], *, names: dict[int, str] | None = None) -> list[Any]:
    lessons = _lessons([_parts(one[3])[0] for one in entries if one[2] == "journal.cell"])
    finals = _finals([_parts(one[3]) for one in entries if one[2] == "journal.final"])
    letters = vocabulary_rows.letters()
    lines = []
    for at, actor_name, kind, target, person, before, after, reason in entries:
        parts = _parts(target)
        if kind == "journal.cell":
            title, subject, day, period = lessons.get(parts[0], ("", "", None, ""))
        else:
            subject, period = finals.get(parts, ("", ""))
            title, day = "", None
        lines.append(
            [
                clock.local(as_stamp(at)), actor_name,
                *([names.get(person, "")] if names is not None else []), title, subject, day,
                period, " → ".join(
                    in_letters(_value(one), letters) or "—" for one in (before, after)
                ),
                Cell(reason or "", tone="warn" if reason else ""),
            ]
        )  # fmt: skip
    return lines


def _parts(target: str) -> tuple[int, ...]:
    return tuple(int(one) for one in target.split(":")[1:])


def _value(told: Any) -> str:
    found = json.loads(told) if isinstance(told, str) else told
    return str(found.get("value", "")) if isinstance(found, dict) else ""


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
    pupils = _pupils([one.id for one in classes_of(actor, year)])
    # Narrowed before it is cut: changes that the reader may not see push out none of the others.
    entries = _found(
        "e.reason IS NOT NULL AND e.person IN ?", [sorted(pupils) or [0]], since, until
    )
    return Document(
        title=_("Changes outside the usual time"), note=told_days(since, until),
        warnings=_cut(entries),
        tables=[Table(columns=_columns(pupils=True), rows=_lines(entries, names=pupils))],
    )  # fmt: skip


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
