"""Reports over parallels and the whole school (features.md 4.5)."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import Cell, Chart, Column, Document, Report, Row, Table, percent
from asurso_core.school import Period, SchoolClass
from asurso_journal import indicators, vocabulary_rows
from asurso_journal.finals import YEAR
from asurso_journal.indicators import Counts, Pupils
from asurso_journal.permissions import FINAL_VIEW
from asurso_journal.reports import forms, gathering
from asurso_journal.reports.common import (
    basis_by_marks,
    basis_by_pupils,
    chosen_period,
    chosen_year,
    classes_of,
    count_cells,
    count_columns,
    days,
    led_class,
    led_pupil,
    no_such_period,
    nothing,
    pupils_cells,
    pupils_columns,
    told_days,
)
from asurso_journal.reports.gathering import Results

GROUP = _l("The school")
#: Levels of general education: their grades and how they are called.
LEVELS = ((1, 4), (5, 9), (10, 11))
#: Missed lessons without a valid reason from which somebody plays truant.
TRUANT = 10


#: Pupils by list, how many have one three, and the counts of marks.
Figures = tuple[Pupils, int, Counts]


def _both(one: Figures, other: Figures) -> Figures:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _one(found: Results, pupils: list[Any]) -> Figures:
    lists = found.lists(pupils)
    threes = sum(found.odd_one(one, "3") is not None for one in pupils)
    return lists, threes, found.counts(pupils)


def _lines(found: Results) -> list[Any]:
    """A line a class, a total a parallel, a total a level, one for the school.

    A level whose classes take part with a period of their own names it.
    """
    weights = gathering.sou_weights()
    lines: list[Any] = []
    # A pupil is counted once, with the class; parallels, levels and the school are sums of classes.
    of_class = {one.id: _one(found, found.of_class(one.id)) for one in found.classes}

    def add(title: str, classes: list[SchoolClass], kind: str = "") -> None:
        figures = functools.reduce(_both, (of_class[one.id] for one in classes))
        cells = [title, *pupils_cells(*figures, weights)]
        lines.append(Row(cells, kind) if kind else cells)

    for first, last in LEVELS:
        level = [one for one in found.classes if first <= one.grade <= last]
        if not level:
            continue
        for grade in sorted({one.grade for one in level}):
            classes = [one for one in level if one.grade == grade]
            for one in classes:
                add(one.title, [one])
            if len(classes) > 1:
                add(_("grade %(grade)s", grade=grade), classes, "total")
        title = _("grades %(first)s to %(last)s", first=first, last=last)
        if len(found.periods) > 1:
            names = {found.periods[one.period_type_id].title for one in level}
            title = f"{title}, {', '.join(sorted(names))}"
        add(title, level, "total")
    add(_("School"), found.classes, "total")
    return lines


def _led(actor: Actor, found: Results, period: Period | None) -> list[Any]:
    """The lines of the school, in which each class leads to its own results."""
    names = {one.title: led_class(actor, one, "results", period) for one in found.classes}
    return [
        row if isinstance(row, Row) else [names.get(row[0], row[0]), *row[1:]]
        for row in _lines(found)
    ]


def _warnings(found: Results, period: Period | None, subject: int | None = None) -> list[str]:
    told = []
    lacking = [
        (one.title, sum(found.missing(found.of_class(one.id), subject).values()))
        for one in found.classes
    ]
    names = ", ".join(f"{title} ({count})" for title, count in lacking if count)
    if names:
        told.append(_("Incomplete, marks are missing: %(subjects)s", subjects=names))
    if found.without and period is not None:
        told.append(no_such_period([one.title for one in found.without], period))
    return told


def _slot(period: Period | None) -> int:
    return YEAR if period is None else int(period.id)


def _named(found: Results, period: Period | None) -> str:
    """«2 четверть, 1 полугодие»: the periods that the figures rest on."""
    if period is None:
        return _("Year")
    titles = [one.title for one in found.periods.values()]
    return ", ".join(dict.fromkeys([period.title, *titles]))


def by_class(actor: Actor, params: dict[str, Any]) -> Document:
    """Итоги успеваемости по параллелям и по школе."""
    year = chosen_year(params)
    if year is None:
        return nothing(_("Results of the school"))
    period = chosen_period(params)
    found = gathering.results(classes_of(actor, year), period, YEAR)
    classes = [one for one in found.classes if found.graded(one.id)]
    return Document(
        title=_("Results of the school"),
        note=f"{year.title}, {_named(found, period)}", basis=basis_by_pupils(),
        warnings=_warnings(found, period),
        tables=[
            Table(columns=[Column(title=_("Class")), *pupils_columns()],
                  rows=_led(actor, found, period) if found.classes else [])
        ],
        charts=[
            Chart(title=_("Quality, %"), labels=[one.title for one in classes],
                  series=[(_("Quality, %"),
                           [found.lists(found.of_class(one.id)).quality for one in classes])])
        ] if classes else [],
    )  # fmt: skip


def parallel(actor: Actor, params: dict[str, Any]) -> Document:
    """Сравнительный анализ по классам параллели: indicators of the classes, bars."""
    year, period = chosen_year(params), chosen_period(params)
    if year is None or not params.get("parallel"):
        return nothing(_("Classes of a parallel compared"))
    found = gathering.results(classes_of(actor, year, params["parallel"]), period, _slot(period))
    weights = gathering.sou_weights()
    lines, series = [], []
    for one in found.classes:
        lists, threes, counts = _one(found, found.of_class(one.id))
        name = led_class(actor, one, "results", period)
        lines.append([name, *pupils_cells(lists, threes, counts, weights)])
        series.append((lists.quality, lists.success, counts.sou(weights)))
    return Document(
        title=_("Classes of a parallel compared"),
        note=f"{_('grade %(grade)s', grade=params['parallel'])}, {_named(found, period)}",
        basis=basis_by_pupils(), warnings=_warnings(found, period),
        tables=[Table(columns=[Column(title=_("Class")), *pupils_columns()], rows=lines)],
        charts=[
            Chart(title=_("Indicators by class"), labels=[one.title for one in found.classes],
                  series=[(_("Quality, %"), [one[0] for one in series]),
                          (_("Success, %"), [one[1] for one in series]),
                          (_("SOU, %"), [one[2] for one in series])])
        ] if series else [],
    )  # fmt: skip


def by_subject(actor: Actor, params: dict[str, Any]) -> Document:
    """Итоги успеваемости по предмету: classes and teachers."""
    year, period = chosen_year(params), chosen_period(params)
    subject = params.get("subject")
    if year is None or not subject:
        return nothing(_("Results of a subject"))
    found = gathering.results(classes_of(actor, year), period, _slot(period), subject=subject)
    weights = gathering.sou_weights()
    teachers = gathering.teachers_of(
        {group for (_p, one), group in found.groups.items() if one == subject},
        min(as_date(year.ends if period is None else period.ends), clock.today()),
    )
    lines: list[Any] = []
    whole = Counts()
    for one in found.classes:
        by_group: dict[int, list[Any]] = {}
        for pupil in found.of_class(one.id):
            group = found.groups.get((pupil.id, subject))
            if group is not None:
                by_group.setdefault(group, []).append(pupil)
        for group, pupils in sorted(by_group.items()):
            counts = found.of_subject(subject, pupils)
            whole += counts
            name = led_class(actor, one, "subjects", period)
            lines.append([name, teachers.get(group, ""), *count_cells(counts, weights)])
    if lines:
        lines.append(Row([_("School"), "", *count_cells(whole, weights)], "total"))
    return Document(
        title=_("Results of a subject"),
        note=f"{found.names.get(subject, '')}, {_named(found, period)}",
        basis=basis_by_marks(), warnings=_warnings(found, period, subject),
        tables=[
            Table(
                columns=[
                    Column(title=_("Class")), Column(title=_("Teacher")),
                    *count_columns(found.scale),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


def lists(actor: Actor, params: dict[str, Any]) -> Document:
    """Сводный отчёт: excellent, reserve, failing and not attested by name."""
    year, period = chosen_year(params), chosen_period(params)
    if year is None:
        return nothing(_("Lists of the school"))
    found = gathering.results(classes_of(actor, year), period, _slot(period))
    titles = {one.id: one for one in found.classes}
    told: dict[str, list[Any]] = {}
    for pupil in found.pupils:
        marks = found.marks.get(pupil.id, {})
        name = found.category(pupil)
        if name == indicators.FAILING:
            name = found.failing_list(pupil)
        bad = sorted(
            f"{found.shorts[id_]} {value}" for id_, value in marks.items()
            if found.is_bad(value)
        )  # fmt: skip
        told.setdefault(name, []).append((pupil, ", ".join(bad)))
        subject = found.odd_one(pupil, "3")
        if subject is not None:
            told.setdefault("one_three", []).append((pupil, found.names[subject]))
    order = {one.id: number for number, one in enumerate(found.classes)}
    tables = [
        Table(
            title=title,
            columns=[Column(title=_("Class")), Column(title=_("Pupil")),
                     Column(title=_("Subjects"))],
            rows=[
                [titles[pupil.class_id].title,
                 led_pupil(actor, pupil, titles[pupil.class_id]), words]
                for pupil, words in sorted(
                    told.get(key, []), key=lambda one: (order[one[0].class_id], one[0].name)
                )
            ],
            empty=_("Nobody."),
        )
        for key, title in (
            (indicators.EXCELLENT, _("Excellent")), ("one_three", _("With one 3 (reserve)")),
            (gathering.FAILING_ONE, _("Failing in one subject")),
            (gathering.FAILING_MORE, _("Failing in two subjects and more")),
            (indicators.NOT_ATTESTED, _("Not attested")),
        )
    ]  # fmt: skip
    return Document(
        title=_("Lists of the school"), note=f"{year.title}, {_named(found, period)}",
        basis=basis_by_pupils(), warnings=_warnings(found, period), tables=tables,
    )  # fmt: skip


_ENDS = """
    SELECT p.id, p.title FROM core_period p
      JOIN core_period_type t ON t.id = p.period_type_id AND t.year_id = ?
     WHERE p.starts <= ? ORDER BY p.ends, p.id
"""


def periods(actor: Actor, params: dict[str, Any]) -> Document:
    """Сравнение периодов: the same indicators in each period of the year, with the difference."""
    year = chosen_year(params)
    if year is None:
        return nothing(_("Periods compared"))
    classes = classes_of(actor, year)
    weights = gathering.sou_weights()
    lines: list[Any] = []
    last: dict[int, tuple[Any, ...]] = {}  # kind of period → figures of the one before
    for id_, title in rows(_ENDS, [year.id, clock.today()]):
        period = Period.get_by_id(id_)
        own = [one for one in classes if one.period_type_id == period.period_type_id]
        if not own:
            continue
        found = gathering.results(own, period, id_, studied=False)
        pupils, threes, counts = _one(found, found.pupils)
        figures = (pupils.success, pupils.quality, counts.sou(weights), counts.average)
        before = last.get(period.period_type_id, (None,) * 4)
        change: list[Any] = [
            None if one is None or old is None else one - old
            for one, old in zip(figures, before, strict=True)
        ]
        lines.append(
            [title, pupils.graded, threes, *(
                value for pair in zip(figures, (_signed(one) for one in change), strict=True)
                for value in pair
            )]
        )  # fmt: skip
        last[period.period_type_id] = figures
    columns = [
        Column(title=_("Study period")), Column(title=_("Graded"), number=True),
        Column(title=_("With one 3"), number=True),
    ]  # fmt: skip
    for name in (_("Success, %"), _("Quality, %"), _("SOU, %"), _("Average")):
        columns += [
            Column(title=_("figure"), number=True, group=name),
            Column(title="Δ", number=True, group=name, about=_("change since the period before")),
        ]
    return Document(
        title=_("Periods compared"), note=year.title, basis=basis_by_pupils(),
        tables=[Table(columns=columns, rows=lines)],
    )  # fmt: skip


def _signed(value: Any) -> Any:
    if value is None:
        return None
    return Cell(value, tone="bad" if value < 0 else "good" if value > 0 else "")


# Lessons are counted by day before they meet the pupils: a class has some thirty times six a day.
_ROLL = """
    SELECT x.class_id, CAST(SUM(x.held) AS INTEGER) FROM (
        SELECT d.class_id, d.held
          FROM (SELECT gc.school_class_id AS class_id, l.date AS date, COUNT(*) AS held
                  FROM timetable_lesson l
                  JOIN core_teaching_group g ON g.id = l.group_id AND g.part = 0 AND g.year_id = ?
                  JOIN core_group_class gc ON gc.group_id = g.id
                 WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
                 GROUP BY gc.school_class_id, l.date) d
          JOIN core_class_member n ON n.school_class_id = d.class_id
           AND n.since <= d.date AND (n.until IS NULL OR n.until > d.date)
        UNION ALL
        SELECT c.school_class_id, d.held
          FROM (SELECT l.group_id, l.date AS date, COUNT(*) AS held
                  FROM timetable_lesson l
                  JOIN core_teaching_group g ON g.id = l.group_id AND g.part <> 0 AND g.year_id = ?
                 WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
                 GROUP BY l.group_id, l.date) d
          JOIN core_group_member n ON n.group_id = d.group_id
           AND n.since <= d.date AND (n.until IS NULL OR n.until > d.date)
          JOIN core_class_member c ON c.pupil_id = n.pupil_id
           AND c.since <= d.date AND (c.until IS NULL OR c.until > d.date)) x
     GROUP BY x.class_id
"""
_ABSENT = """
    SELECT m.school_class_id, t.pupil_id, t.code,
           CASE WHEN k.illness THEN 1 ELSE 0 END, CASE WHEN k.excused THEN 1 ELSE 0 END, COUNT(*)
      FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
      JOIN journal_attendance_code k ON k.code = t.code AND k.missed
      JOIN core_class_member m ON m.pupil_id = t.pupil_id AND m.since <= l.date
       AND (m.until IS NULL OR m.until > l.date)
      JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = ?
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
     GROUP BY m.school_class_id, t.pupil_id, t.code, k.illness, k.excused
"""


def attendance(actor: Actor, params: dict[str, Any]) -> Document:
    """Сводный отчёт по посещаемости школы: by class, and who plays truant."""
    year = chosen_year(params)
    if year is None:
        return nothing(_("Attendance of the school"))
    since, until = days(params)
    classes = classes_of(actor, year)
    seen = {one.id for one in classes}
    roll = dict(rows(_ROLL, [year.id, since, until, year.id, since, until]))
    sums: dict[int, list[int]] = {}
    truants: dict[tuple[int, int], int] = {}
    for class_id, pupil, code, ill, excused, count in rows(_ABSENT, [year.id, since, until]):
        told = sums.setdefault(class_id, [0, 0, 0, 0, 0])
        told[0] += count
        place = 1 if ill else 2 if excused else 4 if code == "ОТ" else 3
        told[place] += count
        if place == 3 and class_id in seen:
            key = class_id, pupil
            truants[key] = truants.get(key, 0) + count
    lines: list[Any] = []
    whole, held_all = [0] * 5, 0
    for one in classes:
        told, held = sums.get(one.id, [0] * 5), roll.get(one.id, 0)
        whole = [a + b for a, b in zip(whole, told, strict=True)]
        held_all += held
        name = led_class(actor, one, "attendance")
        lines.append([name, held, *told, percent(held - told[0], held)])
    if lines:
        share = percent(held_all - whole[0], held_all)
        lines.append(Row([_("School"), held_all, *whole, share], "total"))
    group = _("Missed lessons")
    letters = vocabulary_rows.letters()
    names = _names([pupil for _c, pupil in truants])
    titles = {one.id: one.title for one in classes}
    return Document(
        title=_("Attendance of the school"), note=f"{year.title}, {told_days(since, until)}",
        basis=_("Lessons times pupils on the roll of that day; per cent of them attended."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Class")), Column(title=_("Lessons × pupils"), number=True),
                    Column(title=_("in all"), number=True, group=group),
                    Column(title=letters.get("Б", "Б"), number=True, group=group),
                    Column(title=letters.get("УП", "УП"), number=True, group=group),
                    Column(title=letters.get("НП", "НП"), number=True, group=group),
                    Column(title=letters.get("ОТ", "ОТ"), number=True, group=group),
                    Column(title=_("Attendance, %"), number=True),
                ],
                rows=lines,
            ),
            Table(
                title=_("%(count)s lessons and more without a valid reason", count=TRUANT),
                columns=[Column(title=_("Class")), Column(title=_("Pupil")),
                         Column(title=_("Lessons"), number=True)],
                rows=sorted(
                    [titles[class_id], names[pupil], count]
                    for (class_id, pupil), count in truants.items() if count >= TRUANT
                ),
                empty=_("Nobody."),
            ),
        ],
    )  # fmt: skip


def _names(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    sql = "SELECT id, surname, given_name FROM core_person WHERE id IN ?"
    return {id_: f"{surname} {name}" for id_, surname, name in rows(sql, [sorted(set(ids))])}


_CONTROL = """
    SELECT p.id, p.surname, p.given_name, COUNT(*),
           SUM(CASE WHEN COALESCE(n.topic, '') = '' THEN 1 ELSE 0 END),
           SUM(CASE WHEN COALESCE(n.homework, '') = '' THEN 1 ELSE 0 END),
           SUM(CASE WHEN n.attendance_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM journal_attendance t WHERE t.lesson_id = l.id AND t.code <> '')
               THEN 1 ELSE 0 END),
           SUM(CASE WHEN NOT EXISTS (
               SELECT 1 FROM journal_assignment a JOIN journal_mark m ON m.assignment_id = a.id
                WHERE a.lesson_id = l.id AND m.value <> '') THEN 1 ELSE 0 END)
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id AND g.year_id = ?
      JOIN core_person p ON p.id = l.teacher_id
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
       AND g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id IN ?)
     GROUP BY p.id, p.surname, p.given_name
"""


def control(actor: Actor, params: dict[str, Any]) -> Document:
    """Контроль заполнения журналов: what each teacher has not filled in."""
    year = chosen_year(params)
    classes = [] if year is None else classes_of(actor, year)
    if year is None or not classes:
        return nothing(_("How journals are kept"))
    since, until = days(params)
    until = min(until, clock.today() - dt.timedelta(days=1))
    lines = []
    for _id, surname, name, lessons, topics, homework, attendance_, marks in rows(
        _CONTROL, [year.id, since, until, [one.id for one in classes]]
    ):
        lines.append(
            [
                f"{surname} {name}",
                lessons,
                *(
                    value
                    for count in (topics, homework, attendance_, marks)
                    for value in (count, percent(count, lessons))
                ),
            ]
        )
    lines.sort(key=lambda line: (-line[2], line[0]))
    columns = [Column(title=_("Teacher")), Column(title=_("Lessons"), number=True)]
    for title in (
        _("Without a topic"), _("Without homework"), _("Attendance not taken"),
        _("Without any mark"),
    ):  # fmt: skip
        columns += [
            Column(title=_("lessons"), number=True, group=title),
            Column(title="%", number=True, group=title),
        ]
    return Document(
        title=_("How journals are kept"), note=f"{year.title}, {told_days(since, until)}",
        basis=_("Lessons held until yesterday by the timetable; cancelled ones are left out."),
        tables=[Table(columns=columns, rows=lines)],
    )  # fmt: skip


REPORTS = [
    Report(
        name=f"journal.school.{name}", title=title, about=about, group=GROUP, requires=FINAL_VIEW,
        form=form, build=build, order=order, side="staff",
    )
    for order, (name, title, about, form, build) in enumerate(
        (
            ("results", _l("Results of the school"), _l("classes, parallels, levels"),
             forms.OfSchoolPeriod, by_class),
            ("parallel", _l("Classes of a parallel compared"), _l("quality, success, SOU"),
             forms.OfParallelPeriod, parallel),
            ("subject", _l("Results of a subject"), _l("classes and teachers"),
             forms.OfSchoolSubject, by_subject),
            ("lists", _l("Lists of the school"),
             _l("excellent, reserve, failing and not attested by name"),
             forms.OfSchoolPeriod, lists),
            ("periods", _l("Periods compared"), _l("the same indicators, their change"),
             forms.OfSchoolYear, periods),
            ("attendance", _l("Attendance of the school"), _l("by class, truants by name"),
             forms.OfSchoolDays, attendance),
            ("control", _l("How journals are kept"),
             _l("topics, homework, attendance and marks by teacher"),
             forms.OfSchoolDays, control),
        ),
        start=70,
    )
]  # fmt: skip
