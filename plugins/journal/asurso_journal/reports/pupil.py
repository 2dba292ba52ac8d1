"""Reports about one pupil, for families and for the staff (features.md 4.3)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import LINE, Cell, Chart, Column, Document, Report, Row, Table
from asurso_core.school import SchoolClass
from asurso_journal import policy, pupil_rows
from asurso_journal.final_rows import finals_of_pupil
from asurso_journal.indicators import is_bad, mean
from asurso_journal.marks import DOT, averages, figures
from asurso_journal.permissions import MARK_VIEW
from asurso_journal.reports import forms, gathering
from asurso_journal.reports.common import (
    chosen_period,
    chosen_pupil,
    chosen_year,
    days,
    name_of,
    nothing,
    period_of,
    told_days,
)
from asurso_journal.scales import Scale

GROUP = _l("A pupil")
#: Fewest pupils with marks for whom a figure of the class is told (decision 12).
FEWEST = 5


def final_marks(actor: Actor, params: dict[str, Any]) -> Document:
    """Итоговые отметки: subjects × periods, year, exam, final mark."""
    pupil, year = chosen_pupil(actor, params), chosen_year(params)
    if pupil is None or year is None:
        return nothing(_("Final marks"))
    found, scale = finals_of_pupil(actor, pupil.id, year.id), policy.scale(year.id)
    return Document(
        title=_("Final marks"), note=f"{name_of(pupil)}, {year.title}",
        tables=[
            Table(
                columns=[
                    Column(title=_("Subject")),
                    *(Column(title=one.title, number=True) for one in found.slots),
                ],
                rows=[
                    [name, *(_toned(marks.get(one.id), scale) for one in found.slots)]
                    for name, marks in found.subjects
                ],
            )
        ],
    )  # fmt: skip


def _toned(value: str | None, scale: Scale) -> Any:
    return Cell(value or None, tone="bad" if value and is_bad(value, scale) else "")


def average_marks(actor: Actor, params: dict[str, Any]) -> Document:
    """Средний балл: the pupil's average by subject beside that of the class, as bars too.

    Whoever changed the subgroup or the class keeps one line a subject; the class is the newest one.
    """
    pupil = chosen_pupil(actor, params)
    if pupil is None:
        return nothing(_("Average marks"))
    since, until = days(params)
    groups = pupil_rows.averages_of_pupil(actor, pupil.id, since, until)
    subjects = pupil_rows.subjects_of_groups(groups)
    by_subject: dict[str, list[pupil_rows.MarkRow]] = {}
    for mark in pupil_rows.marks_of_pupil(actor, pupil.id, since, until):
        by_subject.setdefault(subjects[mark.group_id].name, []).append(mark)
    names, own, of_class, lines = [], [], [], []
    for name, marks in sorted(by_subject.items()):
        found = averages((one.value, one.weight) for one in marks)
        beside = groups[marks[-1].group_id].of_class
        names.append(name)
        own.append(found.weighted_number)
        of_class.append(beside)
        lines.append(
            [name, found.count, found.simple_number, found.weighted_number, beside,
             sum(one.dot for one in marks)]
        )  # fmt: skip
    return Document(
        title=_("Average marks"), note=f"{name_of(pupil)}, {told_days(since, until)}",
        basis=_("The pupil's average counts weights, that of the class is the plain one; it is "
                "shown from five pupils with marks on."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Subject")), Column(title=_("Marks"), number=True),
                    Column(title=_("Average"), number=True),
                    Column(title=_("With weights"), number=True),
                    Column(title=_("Class"), number=True), Column(title=_("Debts"), number=True),
                ],
                rows=lines,
            )
        ],
        charts=[
            Chart(title=_("Averages by subject"), labels=names,
                  series=[(_("Pupil"), own), (_("Class"), of_class)])
        ] if names else [],
    )  # fmt: skip


# Whoever changed the class is set beside those who were classmates on each day.
_BY_MONTH = """
    SELECT 'own', SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value, COUNT(*)
      FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id AND a.weight > 0
      JOIN timetable_lesson l ON l.id = a.lesson_id
     WHERE m.pupil_id = ? AND m.year_id = ? AND m.value <> '' AND l.date BETWEEN ? AND ?
     GROUP BY SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value
    UNION ALL
    SELECT 'all', SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value, COUNT(*)
      FROM core_class_member own
      JOIN core_school_class c ON c.id = own.school_class_id AND c.year_id = ?
      JOIN core_group_class gc ON gc.school_class_id = c.id
      JOIN timetable_lesson l ON l.group_id = gc.group_id
       AND l.date >= own.since AND (own.until IS NULL OR l.date < own.until)
      JOIN journal_assignment a ON a.lesson_id = l.id AND a.weight > 0
      JOIN journal_mark m ON m.assignment_id = a.id AND m.value <> ''
      JOIN core_class_member n ON n.pupil_id = m.pupil_id AND n.school_class_id = c.id
       AND n.since <= l.date AND (n.until IS NULL OR n.until > l.date)
     WHERE own.pupil_id = ? AND l.date BETWEEN ? AND ?
     GROUP BY SUBSTR(CAST(l.date AS TEXT), 1, 7), m.pupil_id, m.value
"""


def dynamics(actor: Actor, params: dict[str, Any]) -> Document:
    """Динамика среднего балла: by month, the pupil beside the class."""
    pupil, year = chosen_pupil(actor, params), chosen_year(params)
    if pupil is None or year is None:
        return nothing(_("How the average changes"))
    since, until = days(params)
    months: dict[str, dict[str, Any]] = {}
    asked = [pupil.id, year.id, since, until, year.id, pupil.id, since, until]
    for kind, month_, who, value, count in rows(_BY_MONTH, asked):
        numbers = figures(value) * count
        if not numbers:
            continue
        month = months.setdefault(month_, {"own": [], "all": [], "who": set()})
        month[kind] += numbers
        if kind == "all":
            month["who"].add(who)
    lines = []
    for key, told in sorted(months.items()):
        enough = len(told["who"]) >= FEWEST
        lines.append(
            [
                date_text(dt.date.fromisoformat(f"{key}-01"), "LLLL y"), len(told["own"]),
                mean(sum(told["own"]), len(told["own"])), len(told["all"]) if enough else None,
                mean(sum(told["all"]), len(told["all"])) if enough else None,
            ]
        )  # fmt: skip
    return Document(
        title=_("How the average changes"), note=f"{name_of(pupil)}, {told_days(since, until)}",
        basis=_("Plain averages of the marks of each month; figures of the class from five pupils "
                "with marks on."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Month")),
                    Column(title=_("Marks"), number=True, group=_("Pupil")),
                    Column(title=_("Average"), number=True, group=_("Pupil")),
                    Column(title=_("Marks"), number=True, group=_("Class")),
                    Column(title=_("Average"), number=True, group=_("Class")),
                ],
                rows=lines,
            )
        ],
        charts=[
            Chart(title=_("Averages by month"), kind=LINE, labels=[line[0] for line in lines],
                  series=[(_("Pupil"), [line[2] for line in lines]),
                          (_("Class"), [line[4] for line in lines])])
        ] if lines else [],
    )  # fmt: skip


def _class_on(pupil_id: int, year_id: int, on: dt.date) -> SchoolClass | None:
    """The class of a pupil on a day; where there was none then, the first one that came after."""
    sql = """
        SELECT c.id, m.since FROM core_class_member m
          JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = ?
         WHERE m.pupil_id = ? ORDER BY m.since
    """
    found = [(class_id, as_date(since)) for class_id, since in rows(sql, [year_id, pupil_id])]
    before = [class_id for class_id, since in found if since <= on]
    chosen = before[-1] if before else found[0][0] if found else 0
    school_class: SchoolClass | None = SchoolClass.get_or_none(SchoolClass.id == chosen)
    return school_class


def works(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт об успеваемости: every work with its mark, one subject or all."""
    pupil = chosen_pupil(actor, params)
    if pupil is None:
        return nothing(_("Works and marks"))
    since, until = days(params)
    marks = pupil_rows.marks_of_pupil(actor, pupil.id, since, until)
    subjects = pupil_rows.subjects_of_groups({one.group_id for one in marks})
    wanted = params.get("subject")
    marks = [one for one in marks if not wanted or subjects[one.group_id].id == wanted]
    topics, scale = _topics([one.lesson_id for one in marks]), policy.scale(params.get("year"))
    found = averages((one.value, one.weight) for one in marks)
    lines: list[Any] = [
        [
            one.date, subjects[one.group_id].name, one.type, one.title or topics[one.lesson_id],
            one.weight, Cell(one.value or DOT, tone="bad" if _bad(one.value, scale) else ""),
            one.comment or "",
        ]
        for one in marks
    ]  # fmt: skip
    if lines:
        lines.append(
            Row([_("Average"), "", "", _("with weights"), None, found.weighted_number, ""], "total")
        )
    return Document(
        title=_("Works and marks"), note=f"{name_of(pupil)}, {told_days(since, until)}",
        tables=[
            Table(
                columns=[
                    Column(title=_("Date")), Column(title=_("Subject")),
                    Column(title=_("Kind of work")), Column(title=_("Topic")),
                    Column(title=_("Weight"), number=True), Column(title=_("Mark"), number=True),
                    Column(title=_("Comment")),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


def _topics(lesson_ids: list[int]) -> dict[int, str]:
    wanted = sorted(set(lesson_ids))
    told = dict.fromkeys(wanted, "")
    if wanted:
        sql = "SELECT lesson_id, topic FROM journal_lesson_note WHERE lesson_id IN ?"
        told.update(dict(rows(sql, [wanted])))
    return told


def _bad(value: str, scale: Scale) -> bool:
    return value == "" or any(scale.level(figure) == 2 for figure in figures(value))


def progress(actor: Actor, params: dict[str, Any]) -> Document:
    """Успеваемость и посещаемость: subjects × days (months over a long span), all in the cells."""
    pupil = chosen_pupil(actor, params)
    if pupil is None:
        return nothing(_("Marks and attendance"))
    since, until = days(params)
    by_day = (until - since).days <= 31
    marks = pupil_rows.marks_of_pupil(actor, pupil.id, since, until)
    absences = pupil_rows.attendance_of_pupil(actor, pupil.id, since, until)
    groups = {one.group_id for one in marks} | {one.group_id for one in absences}
    subjects = pupil_rows.subjects_of_groups(groups)
    cells: dict[str, dict[str, list[str]]] = {}
    pairs: dict[str, list[tuple[str, int]]] = {}
    columns: dict[str, dt.date] = {}
    missed: dict[str, int] = {}
    both: list[pupil_rows.MarkRow | pupil_rows.AttendanceRow] = [*marks, *absences]
    for one in sorted(both, key=lambda row: row.date):
        name = subjects[one.group_id].name
        key = one.date.isoformat() if by_day else one.date.strftime("%Y-%m")
        columns.setdefault(key, one.date if by_day else one.date.replace(day=1))
        if isinstance(one, pupil_rows.MarkRow):
            text = one.value or DOT
            pairs.setdefault(name, []).append((one.value, one.weight))
        else:
            text = one.code
            missed[name] = missed.get(name, 0) + one.missed
        cells.setdefault(name, {}).setdefault(key, []).append(text)
    order = sorted(columns)
    shape = "d.MM" if by_day else "LLL"
    return Document(
        title=_("Marks and attendance"), note=f"{name_of(pupil)}, {told_days(since, until)}",
        tables=[
            Table(
                columns=[
                    Column(title=_("Subject")),
                    *(Column(title=date_text(columns[key], shape)) for key in order),
                    Column(title=_("Average"), number=True),
                    Column(title=_("Missed"), number=True),
                ],
                rows=[
                    [
                        name, *(" ".join(found.get(key, ())) for key in order),
                        averages(pairs.get(name, ())).weighted_number, missed.get(name, 0),
                    ]
                    for name, found in sorted(cells.items())
                ],
            )
        ],
    )  # fmt: skip


def beside_class(actor: Actor, params: dict[str, Any]) -> Document:
    """Итоги успеваемости и качества знаний: the pupil's final marks beside the class as a whole."""
    pupil, period, year = chosen_pupil(actor, params), chosen_period(params), chosen_year(params)
    if pupil is None or period is None or year is None:
        return nothing(_("The pupil beside the class"))
    school_class = _class_on(pupil.id, year.id, as_date(period.ends))
    if school_class is None:
        return nothing(_("The pupil beside the class"))
    period = period_of(school_class, params) or period
    found = gathering.results([school_class], period, period.id)
    weights = gathering.sou_weights()
    lines = []
    for subject in found.subjects():
        counts = found.of_subject(subject, found.pupils)
        own = found.value(pupil.id, subject)
        if subject not in found.studied.get(pupil.id, ()) and not own:
            continue
        # «н/а» is no figure: four marks and one «н/а» would tell about single pupils all the same.
        told = counts.numeric >= FEWEST
        lines.append(
            [
                found.names[subject], _toned(own, found.scale),
                *((counts.average, counts.success, counts.quality, counts.sou(weights))
                  if told else (None,) * 4),
            ]
        )  # fmt: skip
    group = _("Class")
    return Document(
        title=_("The pupil beside the class"),
        note=f"{name_of(pupil)}, {school_class.title}, {period.title}",
        basis=_("Figures of the class are computed over its final marks; they are shown from five "
                "pupils with a mark from 1 to 5 on."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Subject")), Column(title=_("Mark"), number=True),
                    Column(title=_("Average"), number=True, group=group),
                    Column(title=_("Success, %"), number=True, group=group),
                    Column(title=_("Quality, %"), number=True, group=group),
                    Column(title=_("SOU, %"), number=True, group=group),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


REPORTS = [
    Report(
        name=f"journal.pupil.{name}", title=title, about=about, group=GROUP, requires=MARK_VIEW,
        form=form, build=build, order=order,
    )
    for order, (name, title, about, form, build) in enumerate(
        (
            ("finals", _l("Final marks of a pupil"), _l("subjects and periods, year, exam, final"),
             forms.OfPupil, final_marks),
            ("averages", _l("Average marks"), _l("by subject, beside the class"),
             forms.OfPupilDays, average_marks),
            ("dynamics", _l("How the average changes"), _l("by month, beside the class"),
             forms.OfPupilDays, dynamics),
            ("works", _l("Works and marks"), _l("every work with its mark and comment"),
             forms.OfPupilSubject, works),
            ("progress", _l("Marks and attendance"), _l("by day or month, all subjects"),
             forms.OfPupilDays, progress),
            ("class", _l("The pupil beside the class"),
             _l("final marks, success and quality of the class"),
             forms.OfPupilPeriod, beside_class),
        ),
        start=10,
    )
]  # fmt: skip
