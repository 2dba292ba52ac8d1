"""How far a teacher has come with the hours of the year (features.md 4.4, «Выполнение программы»).

Hours by plan are the hours a week of the group; a thematic plan belongs to another plugin.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Cell, Column, Document, Report, Row, Table
from asurso_core.school import class_titles, school_days
from asurso_journal.permissions import FINAL_VIEW
from asurso_journal.reports import forms
from asurso_journal.reports.common import chosen_year, days, nothing, told_days
from asurso_journal.reports.teacher import GROUP, chosen_teacher
from asurso_timetable.api import substitutions

#: From so many hours behind the plan on a sign stands beside the lag.
BEHIND = 2
#: So many lessons without a topic are listed.
MOST = 200

_GROUPS = """
    SELECT g.id, s.name, g.name, g.weekly_hours, MIN(c.grade), MAX(c.week_days), t.since,
           t.until
      FROM core_group_teacher t
      JOIN core_teaching_group g ON g.id = t.group_id AND g.year_id = ?
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE t.teacher_id = ? AND t.since <= ? AND (t.until IS NULL OR t.until > ?)
     GROUP BY g.id, s.name, g.name, g.weekly_hours, t.since, t.until
"""
_LESSONS = """
    SELECT l.id, l.group_id, l.date, l.number, CASE WHEN l.status = 'cancelled' THEN 1 ELSE 0 END,
           COALESCE(n.topic, ''),
           (SELECT COUNT(*) FROM journal_assignment a
              JOIN journal_assignment_type k ON k.id = a.type_id AND k.is_control
             WHERE a.lesson_id = l.id)
      FROM timetable_lesson l
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.group_id IN ? AND l.date BETWEEN ? AND ?
     ORDER BY l.date, l.number, l.id
"""


def hours_by_plan(weekly: Decimal, school_days_held: int, week_days: int) -> Decimal:
    """Hours that the weekly ones make in so many school days, with one place.

    A full week gives all of them, a day its share of the week.
    """
    return (weekly * school_days_held / week_days).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _teaches(spans: list[tuple[dt.date, dt.date | None]], day: dt.date) -> bool:
    return any(since <= day and (until is None or until > day) for since, until in spans)


def programme(actor: Actor, params: dict[str, Any]) -> Document:
    """Выполнение программы: hours by plan, in the timetable and given; lessons without a topic.

    Only of the days on which the teacher had the group. A lesson in which another subject was
    taught is not given. Of days to come nothing is asked.
    """
    title = _("Fulfilment of the programme")
    person, year = chosen_teacher(actor, params), chosen_year(params)
    if person is None or year is None:
        return nothing(title)
    since, until = days(params)
    today = clock.today()
    spans: dict[int, list[tuple[dt.date, dt.date | None]]] = {}
    groups = {}
    for *group, begins, ends in rows(_GROUPS, [year.id, person.id, until, since]):
        groups[group[0]] = group
        spans.setdefault(group[0], []).append((as_date(begins), as_date(ends)))
    ids = sorted(groups)
    titles = class_titles(ids)
    instead = {one.lesson_id: one for one in substitutions(since, until)}
    found: dict[int, list[Any]] = {}
    for row in rows(_LESSONS, [ids or [0], since, until]):
        if _teaches(spans[row[1]], as_date(row[2])):
            found.setdefault(row[1], []).append(row)
    held: dict[tuple[int, int], list[dt.date]] = {}
    lines: list[Any] = []
    bare: list[Any] = []
    whole: list[Any] = [Decimal(0), 0, 0, 0, 0, 0, 0]
    for id_, subject, part, weekly, grade, week_days in sorted(
        groups.values(), key=lambda row: (row[4], titles.get(row[0], ""), row[1], row[2])
    ):
        name = " ".join(one for one in (titles.get(id_, ""), subject, part) if one)
        plan = None
        if weekly is not None:
            if (grade, week_days) not in held:
                found_days = school_days(year.id, grade, week_days, since, min(until, today))
                held[grade, week_days] = [day for day, _weekday in found_days]
            taught = sum(_teaches(spans[id_], day) for day in held[grade, week_days])
            plan = hours_by_plan(Decimal(str(weekly)), taught, week_days)
        told, without = _counted(found.get(id_, []), instead, today)
        planned, given, by_others, cancelled, empty, control = told
        lag = None if plan is None else plan - given
        lines.append(
            [name, weekly and Decimal(str(weekly)), plan, planned, given,
             Cell(lag, tone="warn" if lag is not None and lag >= BEHIND else ""), by_others,
             cancelled, Cell(empty, tone="warn" if empty else ""), control]
        )  # fmt: skip
        for lesson_id, on, number in without:
            bare.append([name, Cell(on, url=f"/journal/lesson/{lesson_id}"), number])
        whole = [a + b for a, b in zip(whole, [plan or Decimal(0), *told], strict=True)]
    if lines:
        # The hours a week and the lag of different groups make no sum.
        lines.append(Row([_("All"), None, *whole[:3], None, *whole[3:]], "total"))
    return Document(
        title=title,
        note=f"{person.surname} {person.given_name} {person.patronymic or ''}, "
             f"{told_days(since, until)}",
        basis=_("Hours by plan are the hours a week of the group in its school days so far. A "
                "lesson in which another subject was taught is not given. A sign stands from "
                "%(hours)s hours behind the plan.", hours=BEHIND),
        warnings=[_("Hours a week are not set for some groups.")]
        if any(row[3] is None for row in groups.values()) else [],
        tables=[
            Table(
                columns=[
                    Column(title=_("Class and subject")),
                    Column(title=_("Hours a week"), number=True),
                    Column(title=_("by plan"), number=True, group=_("Hours")),
                    Column(title=_("by timetable"), number=True, group=_("Hours")),
                    Column(title=_("given"), number=True, group=_("Hours")),
                    Column(title=_("lag"), number=True, group=_("Hours")),
                    Column(title=_("by a substitute"), number=True, group=_("of them")),
                    Column(title=_("cancelled"), number=True),
                    Column(title=_("Without a topic"), number=True),
                    Column(title=_("Control works"), number=True),
                ],
                rows=lines,
            ),
            Table(
                title=_("Lessons without a topic"),
                columns=[Column(title=_("Class and subject")), Column(title=_("Day")),
                         Column(title=_("Lesson"), number=True)],
                rows=bare[:MOST], empty=_("All topics are written."),
            ),
        ],
    )  # fmt: skip


def _counted(
    lessons: list[Any], instead: dict[int, Any], today: dt.date
) -> tuple[list[int], list[tuple[int, dt.date, int]]]:
    """``[by timetable, given, by others, cancelled, without topic, control works]`` of a group.

    And the given lessons without a topic.
    """
    planned = given = by_others = cancelled = control = 0
    bare = []
    for id_, _group, on, number, off, topic, controls in lessons:
        replaced = instead.get(id_)
        planned += 1
        if off:
            cancelled += 1
            continue
        day = as_date(on)
        if day > today or (replaced is not None and replaced.kind == "other"):
            continue
        given += 1
        control += controls
        by_others += replaced is not None
        if not topic:
            bare.append((id_, day, number))
    return [planned, given, by_others, cancelled, len(bare), control], bare


REPORTS = [
    Report(
        name="journal.teacher.programme", title=_l("Fulfilment of the programme"),
        about=_l("hours by plan and given, lag, lessons without a topic"), group=GROUP,
        requires=FINAL_VIEW, form=forms.OfTeacherDays, build=programme, order=53, side="staff",
        submit=True,
    )
]  # fmt: skip
