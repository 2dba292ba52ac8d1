"""Reports about a class, for its teacher and the administration (features.md 4.4)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from asurso_core import clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, rows
from asurso_core.i18n import date_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import (
    LINE,
    STACKED,
    Cell,
    Chart,
    Column,
    Document,
    Report,
    Row,
    Table,
    percent,
)
from asurso_core.school import Period, SchoolClass
from asurso_journal import final_rows, finals, indicators, policy, vocabulary_rows
from asurso_journal.finals import Worked
from asurso_journal.indicators import Counts
from asurso_journal.marks import averages, figures
from asurso_journal.permissions import FINAL_VIEW
from asurso_journal.reports import forms, gathering
from asurso_journal.reports.common import (
    basis_by_marks,
    basis_by_pupils,
    chosen_class,
    count_cells,
    count_columns,
    days,
    incomplete,
    led_pupil,
    nothing,
    period_of,
    told_days,
)
from asurso_journal.reports.gathering import Results
from asurso_journal.task_rows import came_late

GROUP = _l("A class")


def _toned(found: Results, value: str) -> Cell:
    return Cell(value or None, tone="bad" if found.is_bad(value) else "")


# --- a study period ------------------------------------------------------------------------------


def period_results(actor: Actor, params: dict[str, Any]) -> Document:
    """Итоги успеваемости класса: pupils × subjects, and the indicators of each subject below."""
    school_class = chosen_class(actor, params)
    period = None if school_class is None else period_of(school_class, params)
    if school_class is None or period is None:
        return nothing(_("Results of a class"))
    found = gathering.results([school_class], period, period.id)
    return _matrix(actor, found, _("Results of a class"), f"{school_class.title}, {period.title}",
                   incomplete(found.missing(found.pupils)))  # fmt: skip


def _matrix(actor: Actor, found: Results, title: str, note: str, warnings: list[str]) -> Document:
    subjects = found.subjects()
    weights = gathering.sou_weights()
    words = _category_words()
    lines: list[Any] = []
    for pupil in found.pupils:
        marks = found.marks.get(pupil.id, {})
        numbers = [int(one) for one in marks.values() if one.isdigit()]
        lines.append(
            [
                led_pupil(actor, pupil, found.classes[0]),
                *(_toned(found, found.value(pupil.id, one)) for one in subjects),
                indicators.mean(sum(numbers), len(numbers)), words[found.category(pupil)],
            ]
        )  # fmt: skip
    counted = {one: found.of_subject(one, found.pupils) for one in subjects}
    five, four, three, two = found.scale.titles
    footer: list[tuple[str, Any]] = [
        (five, lambda one: one.five), (four, lambda one: one.four), (three, lambda one: one.three),
        (two, lambda one: one.two + one.one), ("н/а", lambda one: one.unattested),
        ("осв", lambda one: one.exempt), (_("Success, %"), lambda one: one.success),
        (_("Quality, %"), lambda one: one.quality), (_("SOU, %"), lambda one: one.sou(weights)),
        (_("Average"), lambda one: one.average),
    ]  # fmt: skip
    if lines:
        lines += [
            Row([name, *(tell(counted[one]) for one in subjects), None, ""], "total")
            for name, tell in footer
        ]
    return Document(
        title=title, note=note, basis=basis_by_marks(), warnings=warnings,
        tables=[
            Table(
                columns=[
                    Column(title=_("Pupil")),
                    *(Column(title=found.shorts[one], about=found.names[one], number=True)
                      for one in subjects),
                    Column(title=_("Average"), number=True), Column(title=_("List")),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


def _category_words() -> dict[str, str]:
    return {
        indicators.EXCELLENT: _("excellent"), indicators.GOOD: _("good"),
        indicators.PASSING: _("passing"), indicators.FAILING: _("failing"),
        indicators.NOT_ATTESTED: _("not attested"), indicators.UNGRADED: _("not graded"),
    }  # fmt: skip


def class_teacher(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт классного руководителя: movement, lists with names, indicators, missed lessons."""
    school_class = chosen_class(actor, params)
    period = None if school_class is None else period_of(school_class, params)
    if school_class is None or period is None:
        return nothing(_("Report of a class teacher"))
    found = gathering.results([school_class], period, period.id)
    return _teachers_report(
        actor, found, school_class, period, _("Report of a class teacher"),
        incomplete(found.missing(found.pupils)),
    )  # fmt: skip


def forecast(actor: Actor, params: dict[str, Any]) -> Document:
    """Предварительный отчёт: the same, by what the marks of the period speak for so far."""
    school_class = chosen_class(actor, params)
    period = None if school_class is None else period_of(school_class, params)
    if school_class is None or period is None:
        return nothing(_("Forecast of a class teacher"))
    found = gathering.results([school_class], period, period.id)
    starts, ends = as_date(period.starts), as_date(period.ends)
    marked: dict[tuple[int, int], list[Worked]] = {}
    pupils = [one.id for one in found.pupils]
    for one in gathering.given(pupils, school_class.year_id, starts, ends):
        works = [Worked(one.value, one.weight)] * one.times
        marked.setdefault((one.pupil_id, one.subject_id), []).extend(works)
    rules = final_rows.rules_of(school_class, period.id)
    for pupil in found.pupils:
        for subject in found.studied.get(pupil.id, ()):
            if not found.value(pupil.id, subject):
                advice = finals.of_period(marked.get((pupil.id, subject), ()), rules)
                if advice.value:
                    found.marks.setdefault(pupil.id, {})[subject] = advice.value
    return _teachers_report(
        actor, found, school_class, period, _("Forecast of a class teacher"),
        [_("A forecast: where no mark of the period was put, the average so far speaks.")],
    )  # fmt: skip


def _teachers_report(
    actor: Actor,
    found: Results,
    school_class: SchoolClass,
    period: Period,
    title: str,
    warnings: list[str],
) -> Document:
    starts, ends = as_date(period.starts), min(as_date(period.ends), clock.today())
    lists = found.lists(found.pupils)
    counts = sum((found.of_subject(one, found.pupils) for one in found.subjects()), start=Counts())
    weights = gathering.sou_weights()
    tables = [
        _movement(school_class, starts, ends),
        Table(
            title=_("Indicators"),
            columns=[Column(title=_("Indicator")), Column(title=_("Figure"), number=True)],
            rows=[
                [_("Pupils at the end"), lists.all], [_("Graded"), lists.graded],
                [_("Success, %"), lists.success], [_("Quality, %"), lists.quality],
                [_("SOU, %"), counts.sou(weights)], [_("Average"), counts.average],
            ],
        ),
        _lists(found),
        _missed_table(actor, school_class, starts, ends, found.pupils),
    ]  # fmt: skip
    return Document(
        title=title, note=f"{school_class.title}, {period.title}", basis=basis_by_pupils(),
        warnings=warnings, tables=tables,
    )  # fmt: skip


def _movement(school_class: SchoolClass, starts: dt.date, ends: dt.date) -> Table:
    stays = gathering.members_between(school_class.id, starts, ends)
    begun = [one for one in stays if one[2] <= starts]
    came = [one for one in stays if one[2] > starts]
    left = [one for one in stays if one[3] is not None and one[3] <= ends]
    lines: list[Any] = [[_("At the beginning"), len(begun), ""]]
    lines.append([_("Came"), len(came), ", ".join(f"{one[1]} ({one[2]:%d.%m})" for one in came)])
    lines.append(
        [_("Left"), len(left), ", ".join(f"{one[1]} ({one[3]:%d.%m})" for one in left if one[3])]
    )
    lines.append(Row([_("At the end"), len(stays) - len(left), ""], "total"))
    return Table(
        title=_("Movement"),
        columns=[Column(title=""), Column(title=_("Pupils"), number=True), Column(title=_("Who"))],
        rows=lines,
    )


def _lists(found: Results) -> Table:
    teachers = gathering.teachers_of(found.groups.values(), clock.today())
    by_list: dict[str, list[str]] = {}
    for pupil in found.pupils:
        marks = found.marks.get(pupil.id, {})
        name = found.category(pupil)
        told = pupil.name
        if name in {indicators.FAILING, indicators.NOT_ATTESTED}:
            subjects = [
                f"{found.shorts[id_]} {value}"
                for id_, value in marks.items()
                if found.is_bad(value)
            ]
            told = f"{pupil.name} ({', '.join(sorted(subjects))})"
        by_list.setdefault(name, []).append(told)
        if name == indicators.FAILING:
            by_list.setdefault(found.failing_list(pupil), []).append(told)
        for mark, key in (("4", "one_four"), ("3", "one_three")):
            subject = found.odd_one(pupil, mark)
            if subject is not None:
                teacher = teachers.get(found.groups.get((pupil.id, subject), 0), "")
                shown = ", ".join(part for part in (found.names[subject], teacher) if part)
                by_list.setdefault(key, []).append(f"{pupil.name} ({shown})")
    titles = [
        (indicators.EXCELLENT, _("Excellent")), (indicators.GOOD, _("Good")),
        ("one_four", _("With one 4")), ("one_three", _("With one 3 (reserve)")),
        (indicators.FAILING, _("Failing")),
        (gathering.FAILING_ONE, _("in one subject")),
        (gathering.FAILING_MORE, _("in two subjects and more")),
        (indicators.NOT_ATTESTED, _("Not attested")), (indicators.UNGRADED, _("Not graded")),
    ]  # fmt: skip
    return Table(
        title=_("Lists"),
        columns=[
            Column(title=_("List")), Column(title=_("Pupils"), number=True), Column(title=_("Who"))
        ],
        rows=[
            # The names of the failing stand in the two lines below.
            [title, len(by_list.get(key, ())),
             "" if key == indicators.FAILING else "; ".join(by_list.get(key, ()))]
            for key, title in titles
        ],
    )  # fmt: skip


# --- attendance ----------------------------------------------------------------------------------


class _Sum:
    """Missed lessons and days of a pupil."""

    def __init__(self) -> None:
        self.total = self.ill = self.excused = self.unexcused = self.unknown = self.late = 0
        self.days = 0

    def cells(self) -> list[int]:
        return [
            self.total, self.ill, self.excused, self.unexcused, self.unknown, self.days, self.late
        ]  # fmt: skip


def _sums(
    class_id: int, since: dt.date, until: dt.date
) -> tuple[dict[int, _Sum], dict[tuple[int, dt.date], int]]:
    """Missed lessons by pupil, with whole days; and the lessons of every pupil and day."""
    lessons = gathering.lessons_of_days([class_id], since, until)
    sums: dict[int, _Sum] = {}
    by_day: dict[tuple[int, dt.date], int] = {}
    for pupil, on, code, missed, excused, ill, count in gathering.missed([class_id], since, until):
        told = sums.setdefault(pupil, _Sum())
        if not missed:
            told.late += count if code == "ОП" else 0
            continue
        told.total += count
        by_day[pupil, on] = by_day.get((pupil, on), 0) + count
        if ill:
            told.ill += count
        elif excused:
            told.excused += count
        elif code == "ОТ":
            told.unknown += count
        else:
            told.unexcused += count
    for key, count in by_day.items():
        if count >= lessons.get(key, count + 1):
            sums[key[0]].days += 1
    return sums, lessons


def _missed_columns() -> list[Column]:
    group = _("Missed lessons")
    letters = vocabulary_rows.letters()
    return [
        Column(title=_("in all"), number=True, group=group),
        Column(title=letters.get("Б", "Б"), number=True, group=group, about=_("illness")),
        Column(title=letters.get("УП", "УП"), number=True, group=group, about=_("valid reason")),
        Column(title=letters.get("НП", "НП"), number=True, group=group, about=_("no valid reason")),
        Column(title=letters.get("ОТ", "ОТ"), number=True, group=group, about=_("reason unknown")),
        Column(title=_("Whole days"), number=True), Column(title=_("Late"), number=True),
    ]  # fmt: skip


def _missed_table(
    actor: Actor, school_class: SchoolClass, since: dt.date, until: dt.date, pupils: Iterable[Any]
) -> Table:
    sums, lessons = _sums(school_class.id, since, until)
    lines: list[Any] = []
    whole = [0] * 7
    attended = all_lessons = 0
    by_pupil: dict[int, int] = {}
    for (pupil, _on), count in lessons.items():
        by_pupil[pupil] = by_pupil.get(pupil, 0) + count
    for pupil in pupils:
        told = sums.get(pupil.id, _Sum())
        cells = told.cells()
        whole = [a + b for a, b in zip(whole, cells, strict=True)]
        held = by_pupil.get(pupil.id, 0)
        attended += held - told.total
        all_lessons += held
        name = led_pupil(actor, pupil, school_class, "progress")
        lines.append([name, *cells, percent(held - told.total, held)])
    if lines:
        lines.append(Row([_("Class"), *whole, percent(attended, all_lessons)], "total"))
    return Table(
        title=_("Attendance"),
        columns=[
            Column(title=_("Pupil")), *_missed_columns(),
            Column(title=_("Attendance, %"), number=True),
        ],
        rows=lines,
    )  # fmt: skip


def attendance(actor: Actor, params: dict[str, Any]) -> Document:
    """Сводная ведомость учёта посещаемости: by pupil, and by month."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Attendance of a class"))
    since, until = days(params)
    pupils = final_rows.pupils_on([school_class.id], until)
    there = {one.id for one in pupils}
    months: dict[str, dict[int, list[int]]] = {}
    for pupil, on, _code, missed, _ex, ill, count in gathering.missed(
        [school_class.id], since, until
    ):
        if missed and pupil in there:
            told = months.setdefault(on.strftime("%Y-%m"), {}).setdefault(pupil, [0, 0])
            told[0] += count
            told[1] += count if ill else 0
    order = sorted(months)
    ill_letter = vocabulary_rows.letters().get("Б", "Б")
    names = [date_text(dt.date.fromisoformat(f"{one}-01"), "LLLL") for one in order]
    by_month = Table(
        title=_("By month: all / by illness"),
        columns=[
            Column(title=_("Pupil")),
            *(Column(title=title, number=True, group=name)
              for name in names for title in (_("in all"), ill_letter)),
        ],
        rows=[
            [one.name, *(value for month in order for value in months[month].get(one.id, [0, 0]))]
            for one in pupils
        ],
    )  # fmt: skip
    return Document(
        title=_("Attendance of a class"), note=f"{school_class.title}, {told_days(since, until)}",
        basis=_("Per cent: lessons attended of lessons held while the pupil was on the roll. "
                "Lateness is no missed lesson."),
        tables=[
            _missed_table(actor, school_class, since, until, pupils),
            *([by_month] if order else []),
        ],
        charts=[
            Chart(title=_("Missed lessons by month"), kind=STACKED, labels=names,
                  series=[
                      (_("illness"), [sum(one[1] for one in months[m].values()) for m in order]),
                      (_("other reasons"),
                       [sum(one[0] - one[1] for one in months[m].values()) for m in order]),
                  ])
        ] if order else [],
    )  # fmt: skip


_ABSENT = """
    SELECT p.surname, p.given_name, l.date, l.number, s.short_name, s.name, k.letter, k.name,
           p.sort_key
      FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
      JOIN journal_attendance_code k ON k.code = t.code AND k.missed
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_person p ON p.id = t.pupil_id
      JOIN core_class_member n ON n.pupil_id = p.id AND n.school_class_id = ?
       AND n.since <= l.date AND (n.until IS NULL OR n.until > l.date)
     WHERE l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
     ORDER BY l.date, l.number
"""


def absent(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт о посещаемости: who is absent on a day or in a week, at which lessons and why."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Who is absent"))
    since = until = params.get("day") or clock.today()
    if params.get("span") == "week":
        since -= dt.timedelta(days=since.weekday())
        until = since + dt.timedelta(days=6)
    told: dict[tuple[Any, str, dt.date], list[str]] = {}
    for surname, name, on, number, short, subject, code, _word, key in rows(
        _ABSENT, [school_class.id, since, until]
    ):
        line = told.setdefault((key, f"{surname} {name}", as_date(on)), [])
        line.append(f"{number}. {short or subject} — {code}")
    return Document(
        title=_("Who is absent"), note=f"{school_class.title}, {told_days(since, until)}",
        tables=[
            Table(
                columns=[Column(title=_("Pupil")), Column(title=_("Day")),
                         Column(title=_("Lessons"), number=True), Column(title=_("Which and why"))],
                rows=[
                    [name, on, len(found), "; ".join(found)]
                    for (_key, name, on), found in sorted(told.items(), key=lambda one: (
                        one[0][2], one[0][0], one[0][1]))
                ],
                empty=_("Nobody is absent."),
            )
        ],
    )  # fmt: skip


# --- the year, the present -----------------------------------------------------------------------


def summary(actor: Actor, params: dict[str, Any]) -> Document:
    """Сводная ведомость учёта успеваемости: pupils × subjects × periods, year, exam, final."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Summary sheet of a class"))
    found = final_rows.class_finals(actor, school_class.id)
    short = {finals.YEAR: _("Y"), finals.EXAM: _("E"), finals.FINAL: _("F")}
    slots = [
        (one.id, short.get(one.id, str(number)), one.title)
        for number, one in enumerate(found.slots, 1)
    ]
    return Document(
        title=_("Summary sheet of a class"), note=school_class.title,
        basis=_("Y is the year, E the exam, F the final mark."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Pupil")),
                    *(Column(title=sign, about=title, group=name)
                      for _id, name, _short in found.subjects for _slot, sign, title in slots),
                ],
                rows=[
                    [
                        led_pupil(actor, one, school_class),
                        *(found.marks.get((one.id, subject), {}).get(slot, "")
                          for subject, _name, _short in found.subjects
                          for slot, _sign, _title in slots),
                    ]
                    for one in found.pupils
                ],
            )
        ],
    )  # fmt: skip


def current(actor: Actor, params: dict[str, Any]) -> Document:
    """Сводный отчёт об успеваемости: pupils × subjects, averages so far and debts."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Averages of a class"))
    since, until = days(params)
    pupils = final_rows.pupils_on([school_class.id], until)
    pairs: dict[tuple[int, int], list[tuple[str, int]]] = {}
    dots: dict[tuple[int, int], int] = {}
    for one in gathering.given([one.id for one in pupils], school_class.year_id, since, until):
        key = one.pupil_id, one.subject_id
        pairs.setdefault(key, []).extend([(one.value, one.weight)] * one.times)
        dots[key] = dots.get(key, 0) + int(one.dots or 0)
    subjects = final_rows.subjects_of({subject for _pupil, subject in pairs})
    lines = []
    for pupil in pupils:
        cells: list[Any] = []
        for id_, _name, _short in subjects:
            average = averages(pairs.get((pupil.id, id_), ()))
            low = average.weighted is not None and average.weighted < 250
            cells.append(Cell(average.weighted_number, tone="bad" if low else ""))
        owed = sum(count for (who, _s), count in dots.items() if who == pupil.id)
        every = averages(
            pair for (who, _s), found in pairs.items() if who == pupil.id for pair in found
        )
        name = led_pupil(actor, pupil, school_class, "averages")
        lines.append([name, *cells, every.weighted_number, owed])
    return Document(
        title=_("Averages of a class"), note=f"{school_class.title}, {told_days(since, until)}",
        basis=_("Weighted averages of the marks of these days; debts are counted, not averaged."),
        tables=[
            Table(
                columns=[
                    Column(title=_("Pupil")),
                    *(Column(title=short, about=name, number=True)
                      for _id, name, short in subjects),
                    Column(title=_("All"), number=True), Column(title=_("Debts"), number=True),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


_MARKS_OF_DAYS = """
    SELECT l.date, m.value, COUNT(*)
      FROM core_teaching_group g
      JOIN timetable_lesson l ON l.group_id = g.id
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
      JOIN core_class_member n ON n.pupil_id = m.pupil_id AND n.school_class_id = ?
       AND n.since <= l.date AND (n.until IS NULL OR n.until > l.date)
     WHERE g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?)
       AND l.date BETWEEN ? AND ? AND m.value <> '' AND a.weight > 0
       AND (CAST(? AS INTEGER) = 0 OR g.subject_id = ?)
     GROUP BY l.date, m.value
"""


def dynamics(actor: Actor, params: dict[str, Any]) -> Document:
    """Динамика среднего балла класса или предмета: by month or week, as a line."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("How the average of a class changes"))
    since, until = days(params)
    wanted, weekly = params.get("subject") or 0, params.get("step") == "week"
    steps: dict[dt.date, list[int]] = {}
    for on, value, count in rows(
        _MARKS_OF_DAYS, [school_class.id, school_class.id, since, until, wanted, wanted]
    ):
        day = as_date(on)
        start = day - dt.timedelta(days=day.weekday()) if weekly else day.replace(day=1)
        told = steps.setdefault(start, [0, 0])
        numbers = figures(value)
        told[0] += sum(numbers) * count
        told[1] += len(numbers) * count
    lines = [
        [date_text(start, "d.MM" if weekly else "LLLL y"), count, indicators.mean(total, count)]
        for start, (total, count) in sorted(steps.items())
    ]
    return Document(
        title=_("How the average of a class changes"),
        note=f"{school_class.title}, {told_days(since, until)}",
        basis=_("Plain averages of all marks of each step."),
        tables=[
            Table(
                columns=[Column(title=_("From")), Column(title=_("Marks"), number=True),
                         Column(title=_("Average"), number=True)],
                rows=lines,
            )
        ],
        charts=[
            Chart(title=_("Average"), kind=LINE, labels=[line[0] for line in lines],
                  series=[(_("Average"), [line[2] for line in lines])])
        ] if lines else [],
    )  # fmt: skip


def by_subject(actor: Actor, params: dict[str, Any]) -> Document:
    """Сравнительный анализ по предметам: counts and indicators of each subject, quality as bars."""
    school_class = chosen_class(actor, params)
    period = None if school_class is None else period_of(school_class, params)
    if school_class is None or period is None:
        return nothing(_("Subjects of a class compared"))
    found = gathering.results([school_class], period, period.id)
    weights = gathering.sou_weights()
    lines: list[Any] = []
    whole = Counts()
    subjects = found.subjects()
    for subject in subjects:
        counts = found.of_subject(subject, found.pupils)
        whole += counts
        lines.append([found.names[subject], *count_cells(counts, weights)])
    if lines:
        lines.append(Row([_("All subjects"), *count_cells(whole, weights)], "total"))
    return Document(
        title=_("Subjects of a class compared"), note=f"{school_class.title}, {period.title}",
        basis=basis_by_marks(), warnings=incomplete(found.missing(found.pupils)),
        tables=[
            Table(columns=[Column(title=_("Subject")), *count_columns(found.scale)], rows=lines)
        ],
        charts=[
            Chart(title=_("Quality, %"), labels=[found.shorts[one] for one in subjects],
                  series=[(_("Quality, %"),
                           [found.of_subject(one, found.pupils).quality for one in subjects])])
        ] if subjects else [],
    )  # fmt: skip


_DEBTS = """
    SELECT p.surname, p.given_name, s.name, t.name, a.title, l.date, p.sort_key
      FROM core_class_member n
      JOIN journal_mark m ON m.pupil_id = n.pupil_id AND m.year_id = ? AND m.value = '' AND m.dot
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN journal_assignment_type t ON t.id = a.type_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_person p ON p.id = m.pupil_id
     WHERE n.school_class_id = ? AND n.since <= ? AND (n.until IS NULL OR n.until > ?)
     ORDER BY l.date
"""


def debts(actor: Actor, params: dict[str, Any]) -> Document:
    """Долги («точки»): pupil, subject, work, since when."""
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Debts of a class"))
    today = clock.today()
    found = sorted(
        rows(_DEBTS, [school_class.year_id, school_class.id, today, today]),
        key=lambda row: (row[6], str(row[5])),
    )
    return Document(
        title=_("Debts of a class"), note=f"{school_class.title}, {today:%d.%m.%Y}",
        tables=[
            Table(
                columns=[Column(title=_("Pupil")), Column(title=_("Subject")),
                         Column(title=_("Work")), Column(title=_("Day of the lesson")),
                         Column(title=_("Days"), number=True)],
                rows=[
                    [f"{surname} {name}", subject, title or kind, as_date(on),
                     (today - as_date(on)).days]
                    for surname, name, subject, kind, title, on, _key in found
                ],
                empty=_("Nobody owes anything."),
            )
        ],
    )  # fmt: skip


#: More tasks on one day are told by a sign.
MANY = 5
_HOMEWORK = """
    SELECT l.date, COALESCE(NULLIF(s.short_name, ''), s.name), g.id, n.homework_at, l.ends
      FROM timetable_lesson l
      JOIN journal_lesson_note n ON n.lesson_id = l.id AND n.homework <> ''
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
     WHERE g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?)
       AND l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
     ORDER BY l.date, l.number
"""


def homework(actor: Actor, params: dict[str, Any]) -> Document:
    """Объём домашних заданий: how much was set on each day, and what was entered late.

    Subgroups that learn a subject at one time count once: nobody does the tasks of both.
    """
    school_class = chosen_class(actor, params)
    if school_class is None:
        return nothing(_("Homework of a class"))
    since, until = days(params)
    told: dict[dt.date, dict[str, Counter[int]]] = {}  # day → subject → group → tasks
    late: Counter[dt.date] = Counter()
    for on, subject, group, at, ends in rows(_HOMEWORK, [school_class.id, since, until]):
        day = as_date(on)
        told.setdefault(day, {}).setdefault(subject, Counter())[group] += 1
        late[day] += came_late(day, ends, as_stamp(at))
    lines = []
    for day, subjects in sorted(told.items(), reverse=True):
        counts = {subject: max(groups.values()) for subject, groups in subjects.items()}
        tasks = sum(counts.values())
        names = ", ".join(
            subject if count == 1 else f"{subject} × {count}" for subject, count in counts.items()
        )
        lines.append([day, Cell(tasks, tone="warn" if tasks > MANY else ""), late[day], names])
    return Document(
        title=_("Homework of a class"), note=f"{school_class.title}, {told_days(since, until)}",
        basis=_("Tasks for the class; subgroups of one subject count once. Late is what was first "
                "entered more than so many hours after the lesson: %(hours)s. A sign stands from "
                "%(tasks)s tasks a day on.", hours=policy.rule("homework_late_hours"),
                tasks=MANY + 1),
        tables=[
            Table(
                columns=[Column(title=_("Day of the lessons")),
                         Column(title=_("Tasks"), number=True),
                         Column(title=_("Late"), number=True), Column(title=_("Subjects"))],
                rows=lines,
            )
        ],
    )  # fmt: skip


REPORTS = [
    Report(
        name=f"journal.class.{name}", title=title, about=about, group=GROUP, requires=FINAL_VIEW,
        form=form, build=build, order=order, side="staff", submit=submit,
    )
    for order, (name, title, about, form, build, submit) in enumerate(
        (
            ("teacher", _l("Report of a class teacher for a study period"),
             _l("movement, lists, indicators, missed lessons"),
             forms.OfClassPeriod, class_teacher, True),
            ("forecast", _l("Forecast of a class teacher for a study period"),
             _l("the same by the averages so far, with the names at risk"),
             forms.OfClassRunning, forecast, False),
            ("results", _l("Results of a class for a study period"),
             _l("pupils and subjects, indicators of each subject"),
             forms.OfClassPeriod, period_results, True),
            ("summary", _l("Summary sheet of performance"), _l("all periods of the year"),
             forms.OfClass, summary, True),
            ("attendance", _l("Summary sheet of attendance"),
             _l("by pupil, reason and month"), forms.OfClassDays, attendance, True),
            ("current", _l("Averages of a class so far"), _l("pupils and subjects, debts"),
             forms.OfClassDays, current, False),
            ("absent", _l("Who is absent"), _l("a day or a week, lessons and reasons"),
             forms.OfClassDay, absent, False),
            ("dynamics", _l("How the average of a class changes"), _l("by month or week"),
             forms.OfClassSteps, dynamics, False),
            ("subjects", _l("Subjects of a class compared"), _l("counts and indicators"),
             forms.OfClassPeriod, by_subject, False),
            ("debts", _l("Debts of a class"), _l("works that are owed, since when"),
             forms.OfClass, debts, False),
            ("homework", _l("Homework of a class"), _l("tasks a day, entered late"),
             forms.OfClassDays, homework, False),
        ),
        start=30,
    )
]  # fmt: skip
