"""Reports of a subject teacher (features.md 4.4)."""

from __future__ import annotations

from typing import Any

from asurso_core import access, clock
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import BAR, Cell, Chart, Column, Document, Report, Row, Table, of_everybody
from asurso_core.school import GroupClass, SchoolClass, TeachingGroup, class_titles
from asurso_journal import final_rows, finals, policy
from asurso_journal.finals import Worked
from asurso_journal.indicators import Counts, is_bad
from asurso_journal.marks import averages
from asurso_journal.permissions import FINAL_VIEW
from asurso_journal.reports import forms, gathering
from asurso_journal.reports.common import (
    basis_by_marks,
    chosen_period,
    chosen_year,
    count_cells,
    count_columns,
    no_such_period,
    nothing,
    period_of,
)

GROUP = _l("A teacher")


def chosen_teacher(actor: Actor, params: dict[str, Any]) -> Person | None:
    """The chosen teacher: oneself, or anybody for those who accept reports.

    :raises NotThere: another teacher, and the actor accepts no reports.
    """
    wanted = params.get("teacher")
    if not wanted:
        return None
    if wanted != actor.person_id and not of_everybody(actor, FINAL_VIEW):
        raise NotThere(_("There is no such page, or it is not open to you."))
    access.require_any(actor, FINAL_VIEW)
    found: Person | None = Person.get_or_none(Person.id == wanted)
    return found


_GROUPS = """
    SELECT g.id, s.id, s.name, g.name, t.since, t.until, MIN(c.period_type_id)
      FROM core_group_teacher t
      JOIN core_teaching_group g ON g.id = t.group_id AND g.year_id = ?
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE t.teacher_id = ?
     GROUP BY g.id, s.id, s.name, g.name, t.since, t.until
"""
_WORK = """
    SELECT l.group_id, COUNT(DISTINCT CASE WHEN l.date <= ? THEN l.id END), COUNT(DISTINCT l.id),
           COUNT(DISTINCT CASE WHEN t.is_control AND l.date <= ? THEN a.id END)
      FROM timetable_lesson l
      LEFT JOIN journal_assignment a ON a.lesson_id = l.id
      LEFT JOIN journal_assignment_type t ON t.id = a.type_id
     WHERE l.group_id IN ? AND l.date BETWEEN ? AND ? AND l.status <> 'cancelled'
     GROUP BY l.group_id
"""


def of_period(actor: Actor, params: dict[str, Any]) -> Document:
    """Отчёт учителя-предметника: counts, indicators, lessons and control works by group."""
    person, period, year = chosen_teacher(actor, params), chosen_period(params), chosen_year(params)
    if person is None or period is None or year is None:
        return nothing(_("Report of a subject teacher"))
    today = clock.today()
    by_type: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows(_GROUPS, [year.id, person.id]):
        by_type.setdefault(row[6], []).append(row)
    groups: list[tuple[Any, ...]] = []
    without: set[int] = set()
    work: dict[int, tuple[Any, ...]] = {}
    counted: dict[int, tuple[Counts, list[tuple[str, str]]]] = {}
    for type_id, some in by_type.items():
        own = gathering.fitting(type_id, period)
        if own is None:
            without |= {row[0] for row in some}
            continue
        starts, ends = as_date(own.starts), as_date(own.ends)
        some = [
            row for row in some
            if as_date(row[4]) <= ends and (row[5] is None or as_date(row[5]) > starts)
        ]  # fmt: skip
        some_ids = sorted({row[0] for row in some})
        groups += {row[0]: row for row in some}.values()
        work.update(
            (row[0], row[1:]) for row in rows(_WORK, [today, today, some_ids or [0], starts, ends])
        )
        counted.update(_counts(some_ids, year.id, own.id, min(ends, today)))
    titles = class_titles(sorted({row[0] for row in groups} | without))
    weights = gathering.sou_weights()
    lines: list[Any] = []
    whole = Counts()
    names: list[Any] = []
    for id_, _subject, subject, part, *_days in sorted(
        groups, key=lambda row: (len(titles.get(row[0], "")), titles.get(row[0], ""), row[2])
    ):
        counts, bad = counted.get(id_, (Counts(), []))
        whole += counts
        held, planned, control = work.get(id_, (0, 0, 0))
        title = " ".join(one for one in (titles.get(id_, ""), subject, part) if one)
        lines.append([title, *count_cells(counts, weights), planned, held, control])
        names += [[title, who, value] for who, value in bad]
    if lines:
        lines.append(Row([_("All"), *count_cells(whole, weights), None, None, None], "total"))
    group = _("Lessons")
    return Document(
        title=_("Report of a subject teacher"),
        note=f"{person.surname} {person.given_name} {person.patronymic or ''}, {period.title}",
        basis=basis_by_marks(),
        warnings=[
            *([_("Marks are missing: %(count)s", count=whole.none)] if whole.none else []),
            *([no_such_period(sorted({titles[one] for one in without}), period)]
              if without else []),
        ],
        tables=[
            Table(
                columns=[
                    Column(title=_("Class and subject")), *count_columns(policy.scale(year.id)),
                    Column(title=_("by timetable"), number=True, group=group),
                    Column(title=_("held"), number=True, group=group),
                    Column(title=_("control works"), number=True, group=group),
                ],
                rows=lines,
            ),
            Table(
                title=_("Twos, not passed and not attested"),
                columns=[Column(title=_("Class and subject")), Column(title=_("Pupil")),
                         Column(title=_("Mark"), number=True)],
                rows=names, empty=_("Nobody."),
            ),
        ],
    )  # fmt: skip


_MEMBERS = """
    SELECT gc.group_id, m.pupil_id, g.subject_id, p.surname, p.given_name, p.sort_key
      FROM core_group_class gc
      JOIN core_teaching_group g ON g.id = gc.group_id AND g.part = 0
      JOIN core_class_member m ON m.school_class_id = gc.school_class_id
      JOIN core_person p ON p.id = m.pupil_id
     WHERE gc.group_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    UNION
    SELECT m.group_id, m.pupil_id, g.subject_id, p.surname, p.given_name, p.sort_key
      FROM core_group_member m
      JOIN core_teaching_group g ON g.id = m.group_id AND g.part <> 0
      JOIN core_person p ON p.id = m.pupil_id
     WHERE m.group_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
"""


def _counts(
    group_ids: list[int], year_id: int, slot: int, on: Any
) -> dict[int, tuple[Counts, list[tuple[str, str]]]]:
    """By group: counts of the marks of its pupils, and whom they are bad for."""
    members = rows(_MEMBERS, [group_ids or [0], on, on, group_ids or [0], on, on])
    marks = {
        (one.pupil_id, one.subject_id): one.value
        for one in final_rows.finals_of(year_id, {row[1] for row in members}, [slot])
    }
    scale = policy.scale(year_id)
    values: dict[int, list[tuple[str, str]]] = {}
    for group, pupil, subject, surname, name, _key in sorted(members, key=lambda row: row[5]):
        value = marks.get((pupil, subject), "")
        values.setdefault(group, []).append((f"{surname} {name}", value))
    return {
        group: (
            Counts.of((value for _who, value in found), scale),
            [(who, value) for who, value in found if is_bad(value, scale)],
        )
        for group, found in values.items()
    }


_YEARS = """
    SELECT y.id, y.title, y.starts, c.grade, c.letter, f.value, COUNT(*)
      FROM core_teaching_group g
      JOIN core_academic_year y ON y.id = g.year_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
      JOIN journal_final_mark f ON f.group_id = g.id AND f.slot >= 0 AND f.value <> ''
     WHERE g.id IN (SELECT group_id FROM core_group_teacher WHERE teacher_id = ?)
       AND f.pupil_id IN (SELECT pupil_id FROM core_class_member WHERE school_class_id = c.id)
     GROUP BY y.id, y.title, y.starts, c.grade, c.letter, f.value
"""


def over_years(actor: Actor, params: dict[str, Any]) -> Document:
    """Средний балл учителя: average, quality and SOU by class and year."""
    person = chosen_teacher(actor, params)
    if person is None:
        return nothing(_("Marks of a teacher over the years"))
    found: dict[tuple[Any, str, int, str], list[str]] = {}
    ids: dict[str, int] = {}
    for id_, year, starts, grade, letter, value, count in rows(_YEARS, [person.id]):
        found.setdefault((starts, year, grade, letter), []).extend([value] * count)
        ids[year] = id_
    weights = gathering.sou_weights()
    lines: list[Any] = []
    by_year: dict[str, Counts] = {}
    for (_starts, year, grade, letter), values in sorted(found.items(), key=lambda one: (
        str(one[0][0]), one[0][2], one[0][3]
    )):  # fmt: skip
        counts = Counts.of(values, policy.scale(ids[year]))
        by_year[year] = by_year.get(year, Counts()) + counts
        lines.append(
            [year, gathering.title_of(grade, letter), counts.total, counts.average, counts.quality,
             counts.sou(weights)]
        )  # fmt: skip
    return Document(
        title=_("Marks of a teacher over the years"),
        note=f"{person.surname} {person.given_name} {person.patronymic or ''}",
        basis=_("Marks of study periods and years that were put in the teacher's groups."),
        tables=[
            Table(
                columns=[
                    Column(title=_("School year")), Column(title=_("Class")),
                    Column(title=_("Marks"), number=True), Column(title=_("Average"), number=True),
                    Column(title=_("Quality, %"), number=True),
                    Column(title=_("SOU, %"), number=True),
                ],
                rows=lines,
            )
        ],
        charts=[
            Chart(title=_("Average"), kind=BAR, labels=list(by_year),
                  series=[(_("Average"), [one.average for one in by_year.values()])])
        ] if by_year else [],
    )  # fmt: skip


_WEIGHED = """
    SELECT m.pupil_id, m.value, a.weight, CASE WHEN t.is_control THEN 1 ELSE 0 END
      FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN journal_assignment_type t ON t.id = a.type_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id AND g.subject_id = ?
     WHERE m.pupil_id IN ? AND m.year_id = ? AND l.date BETWEEN ? AND ? AND m.value <> ''
     ORDER BY l.date, l.starts, a.position, a.id
"""


def density(actor: Actor, params: dict[str, Any]) -> Document:
    """Накопляемость отметок: how many marks each pupil has, and whether the period mark fits."""
    period = chosen_period(params)
    if not params.get("group") or period is None:
        return nothing(_("How many marks there are"))
    group: TeachingGroup = access.find(actor, FINAL_VIEW, TeachingGroup, params["group"])
    place = final_rows.place_of(actor, group.id)
    school_class = SchoolClass.select().join(GroupClass).where(GroupClass.group == group).first()
    if school_class is not None:
        period = period_of(school_class, params) or period
    starts, ends = as_date(period.starts), as_date(period.ends)
    pupils = [one for one in final_rows.lines_of(place) if one.belongs(min(ends, clock.today()))]
    found: dict[int, list[tuple[str, int, int]]] = {}
    # Marks of the other group, where somebody changed it, count too: they make the period mark.
    for pupil, value, weight, control in rows(
        _WEIGHED, [place.subject_id, [one.id for one in pupils] or [0], place.year_id, starts, ends]
    ):
        found.setdefault(pupil, []).append((value, weight, control))
    rules = place.rules.get(period.id) or policy.final_rules(place.year_id)
    least = finals.fewest_marks(place.weekly_hours, rules)
    lines = []
    for line in pupils:
        marks = found.get(line.id, [])
        advice = finals.of_period([Worked(value, weight) for value, weight, _c in marks], rules)
        put = line.put.get(period.id)
        value = put.value if put else ""
        differs = bool(value and advice.value and value != advice.value)
        lines.append(
            [
                line.name, Cell(len(marks), tone="bad" if len(marks) < least else ""),
                sum(control for _v, _w, control in marks),
                averages((v, w) for v, w, _c in marks).weighted_number, advice.value or None,
                Cell(value or None, tone="warn" if differs else ""),
            ]
        )  # fmt: skip
    return Document(
        title=_("How many marks there are"),
        note=f"{place.classes} {place.subject} {place.name}, {period.title}",
        basis=_("At least %(least)s marks are expected by the weekly hours; a sign stands where "
                "there are fewer, or where the period mark differs from the average.",
                least=least),
        tables=[
            Table(
                columns=[
                    Column(title=_("Pupil")), Column(title=_("Marks"), number=True),
                    Column(title=_("control works"), number=True),
                    Column(title=_("With weights"), number=True),
                    Column(title=_("Suggested"), number=True),
                    Column(title=_("Period mark"), number=True),
                ],
                rows=lines,
            )
        ],
    )  # fmt: skip


REPORTS = [
    Report(
        name=f"journal.teacher.{name}", title=title, about=about, group=GROUP, requires=FINAL_VIEW,
        form=form, build=build, order=order, side="staff", submit=submit,
    )
    for order, (name, title, about, form, build, submit) in enumerate(
        (
            ("period", _l("Report of a subject teacher"),
             _l("marks, indicators, lessons and control works by class"),
             forms.OfTeacherPeriod, of_period, True),
            ("years", _l("Marks of a teacher over the years"), _l("average, quality, SOU by class"),
             forms.OfTeacher, over_years, False),
            ("density", _l("How many marks there are"),
             _l("too few marks, period marks that differ from the average"),
             forms.OfGroupPeriod, density, False),
        ),
        start=50,
    )
]  # fmt: skip
