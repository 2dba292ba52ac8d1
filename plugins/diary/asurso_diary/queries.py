"""One pupil's week and periods, put together from the timetable and the journal.

Never another pupil's row: what comes of the class is one number for at least five pupils.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, clock, plugins
from asurso_core.accounts import Guardian, Person
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import as_date, binary_order, rows, russian
from asurso_core.errors import Invalid, NotThere
from asurso_core.i18n import date_text, decimal_text
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import SchoolClass
from asurso_diary.hookspecs import Section, diary_sections
from asurso_diary.permissions import VIEW
from asurso_journal import api as journal
from asurso_timetable import api as timetable

#: Homework is looked for at the lessons of so many days before the week.
LOOK_BACK = dt.timedelta(days=28)


@dataclass(frozen=True)
class Span:
    """A quarter, trimester or half-year: both days included."""

    id: int
    title: str
    starts: dt.date
    ends: dt.date

    @property
    def running(self) -> bool:
        """Whether today lies in it: only then its mark can still change by lessons to come."""
        return self.starts <= clock.today() <= self.ends


@dataclass(frozen=True)
class Place:
    """Where a pupil studies on a day: class and periods of its year."""

    class_title: str
    grade: int
    year_id: int
    year_starts: dt.date
    year_ends: dt.date
    spans: tuple[Span, ...]

    def span_at(self, day: dt.date) -> Span | None:
        """The period of a day; in holidays the one before, before the year the first."""
        begun = [span for span in self.spans if span.starts <= day]
        return begun[-1] if begun else (self.spans[0] if self.spans else None)


@dataclass
class Week:
    """What the page of a week shows."""

    monday: dt.date
    sunday: dt.date
    place: Place | None
    span: Span | None
    days: list[dict[str, Any]] = field(default_factory=list)
    debts: list[dict[str, Any]] = field(default_factory=list)
    averages: list[dict[str, Any]] = field(default_factory=list)
    missed: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is not one lesson in the week."""
        return not any(day["lessons"] for day in self.days)


def children(actor: Actor) -> list[Person]:
    """The pupils whose diaries are the actor's own affair: oneself, or one's children, by age.

    Empty for staff, who choose a pupil of a class instead.
    """
    if actor.side != FAMILY:
        return []
    sql, params = access.allowed_sql(actor, VIEW, Person)
    if not sql:
        return []
    found = rows(
        "SELECT p.id, p.surname, p.given_name, p.patronymic FROM core_person p "  # noqa: S608 - compiled
        f"WHERE p.id IN ({sql}) ORDER BY p.birth_date, p.id LIMIT 30",
        params,
    )
    return [
        Person(id=id_, surname=surname, given_name=given, patronymic=patronymic)
        for id_, surname, given, patronymic in found
    ]


def pupil(actor: Actor, pupil_id: int, known: list[Person]) -> Person:
    """A pupil whose diary the actor may read; ``known`` are those found already.

    :raises NotThere: it is somebody else's child, or nobody.
    """
    for one in known:
        if one.id == pupil_id:
            return one
    if known:
        raise NotThere(_("There is no such page, or it is not open to you."))
    found: Person = access.find(actor, VIEW, Person, pupil_id)
    return found


def is_barred(actor: Actor) -> bool:
    """Whether the actor is a guardian who may not receive information about any child."""
    return (
        Guardian.select()
        .where(Guardian.guardian == actor.person_id, Guardian.may_receive == False)  # noqa: E712
        .exists()
    )


def place_of(pupil_id: int, day: dt.date) -> Place | None:
    """Class and periods of a pupil on a day, or on the nearest day when there was a class.

    One statement: the membership that holds on the day, else the last one before, else the first.
    """
    found = rows(
        """
        SELECT m.since, m.until, c.grade, c.letter, y.id, y.starts, y.ends,
               p.id, p.title, p.starts, p.ends
          FROM core_class_member m
          JOIN core_school_class c ON c.id = m.school_class_id
          JOIN core_academic_year y ON y.id = c.year_id
          LEFT JOIN core_period p ON p.period_type_id = c.period_type_id
         WHERE m.pupil_id = ?
         ORDER BY m.since, p.number
        """,
        [pupil_id],
    )
    if not found:
        return None
    begun = [as_date(row[0]) for row in found if as_date(row[0]) <= day]
    since = max(begun) if begun else as_date(found[0][0])
    mine = [row for row in found if as_date(row[0]) == since]
    head = mine[0]
    return Place(
        class_title=SchoolClass(grade=head[2], letter=head[3]).title,
        grade=head[2],
        year_id=head[4],
        year_starts=as_date(head[5]),
        year_ends=as_date(head[6]),
        spans=tuple(
            Span(row[7], row[8], as_date(row[9]), as_date(row[10])) for row in mine if row[7]
        ),
    )


# --- the week ----------------------------------------------------------------------------------


def week(actor: Actor, child: Person, day: dt.date) -> Week:
    """The week of a day: lessons with homework, marks and absences; debts; averages so far.

    The caller has found ``child`` by :func:`pupil`; the journal asks its own right once more.
    """
    monday = day - dt.timedelta(days=day.weekday())
    sunday = monday + dt.timedelta(days=6)
    place = place_of(child.id, min(max(clock.today(), monday), sunday))
    span = place.span_at(min(max(clock.today(), monday), sunday)) if place else None
    told = Week(monday, sunday, place, span)
    if place is None:
        return told
    scale = journal.scale(place.year_id)
    lessons = timetable.lessons_of_pupil(child.id, monday, sunday)
    found = journal.week_of_pupil(
        actor,
        child.id,
        (monday, sunday),
        (span.starts, span.ends) if span else (monday, sunday),
        clock.today(),
    )
    groups = {lesson.group_id for lesson in lessons}
    topics, due, tasks = journal.homework_of_pupil(
        actor, child.id, groups, monday - LOOK_BACK, sunday
    )
    by_lesson = defaultdict(list)
    for mark in found.marks:
        by_lesson[mark.lesson_id].append(_mark(mark, scale))
    days: dict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for lesson in lessons:
        days[lesson.date].append(
            {
                "number": lesson.number,
                "clock": lesson.clock,
                "subject": lesson.subject,
                "group": lesson.group_name,
                "room": lesson.room,
                "teacher": lesson.teacher,
                "cancelled": lesson.cancelled,
                "note": lesson.note,
                "topic": topics.get(lesson.id, ""),
                "homework": due.get(lesson.id, ""),
                "tasks": [_task(child.id, one) for one in tasks.get(lesson.id, ())],
                "marks": by_lesson.get(lesson.id, ()),
                "absence": found.absences.get(lesson.id),
            }
        )
    told.missed = sum(1 for row in found.absences.values() if row.missed)
    told.days = _days(monday, days, place)
    told.debts = [
        {"subject": subject, "title": row.title or row.type, "date": row.date}
        for subject, row in found.debts
    ]
    told.averages = _averages(found.pairs) if span else []
    return told


_STATES = {
    "": ("warn", _l("to hand in")),
    "handed": ("note", _l("the answer is handed in")),
    "returned": ("bad", _l("to be reworked")),
    "accepted": ("good", _l("the answer is accepted")),
}


def _task(pupil_id: int, row: Any) -> dict[str, Any]:
    """A homework with more than a text, for the page of the week."""
    kind, word = _STATES[row.state]
    return {
        "url": f"/diary/{pupil_id}/task/{row.id}",
        "text": row.text,
        "links": row.links,
        "files": row.files,
        "state": (kind, str(word)) if row.answers or row.state else None,
    }


def _mark(row: Any, scale: journal.Scale) -> dict[str, Any]:
    return {
        "text": row.value or journal.DOT,
        "dot": row.dot,
        "best": scale.tone(row.value),
        "type": row.type,
        "title": row.title,
        "weight": row.weight,
        "comment": row.comment,
    }


def _days(
    monday: dt.date, lessons: dict[dt.date, list[dict[str, Any]]], place: Place
) -> list[dict[str, Any]]:
    today = clock.today()
    free = [] if len(lessons) >= 5 else _free_days(place, monday)
    days = []
    for shift in range(7):
        date = monday + dt.timedelta(days=shift)
        if shift == 6 and date not in lessons:
            continue
        reason = next((title for first, last, title in free if first <= date <= last), "")
        if shift == 5 and date not in lessons and not reason:
            continue
        days.append(
            {
                "date": date,
                "title": date_text(date, "EEEE, d MMMM").capitalize(),
                "today": date == today,
                "lessons": lessons.get(date, []),
                "free": reason,
            }
        )
    return days


def _free_days(place: Place, monday: dt.date) -> list[tuple[dt.date, dt.date, str]]:
    """Holidays and days off that touch a week: ``(first day, last day, why)``."""
    sunday = monday + dt.timedelta(days=6)
    found = rows(
        """
        SELECT starts, ends, title FROM core_holiday
         WHERE year_id = ? AND starts <= ? AND ends >= ? AND first_grade <= ? AND last_grade >= ?
        UNION ALL
        SELECT date, date, title FROM core_calendar_day
         WHERE year_id = ? AND date BETWEEN ? AND ? AND kind = 'day_off'
        """,
        [place.year_id, sunday, monday, place.grade, place.grade, place.year_id, monday, sunday],
    )
    return [(as_date(first), as_date(last), title) for first, last, title in found]


def _subject(group_id: int) -> tuple[int, str]:
    found = rows(
        "SELECT s.id, s.name FROM core_teaching_group g JOIN core_subject s ON s.id = g.subject_id "
        "WHERE g.id = ?",
        [group_id],
    )
    return (int(found[0][0]), str(found[0][1])) if found else (0, "")


def _averages(pairs: dict[str, list[tuple[str, int]]]) -> list[dict[str, Any]]:
    """Averages of the period by subject: a pupil who changed a group keeps one line a subject."""
    told = []
    for subject in sorted(pairs):
        found = journal.averages(pairs[subject])
        if found.count:
            told.append(
                {
                    "subject": subject,
                    "weighted": journal.shown(found.weighted),
                    "forecast": journal.forecast(pairs[subject]).value,
                    "count": found.count,
                }
            )
    return told


# --- periods -----------------------------------------------------------------------------------


def period(actor: Actor, child: Person, place: Place, span: Span) -> list[dict[str, Any]]:
    """Subjects of a period: marks in order, averages, the number of the class, absences, debts."""
    subjects = _subjects_of(child.id, span)
    marks = journal.marks_of_pupil(actor, child.id, span.starts, span.ends)
    absences = journal.attendance_of_pupil(actor, child.id, span.starts, span.ends)
    of_class = journal.averages_of_pupil(actor, child.id, span.starts, span.ends)
    scale = journal.scale(place.year_id)
    told: dict[str, dict[str, Any]] = {}

    def line(group_id: int) -> dict[str, Any]:
        id_, subject = subjects.get(group_id) or _subject(group_id)
        return told.setdefault(
            subject,
            {"id": id_, "subject": subject, "marks": [], "pairs": [], "missed": 0, "dots": 0,
             "of_class": ""},
        )  # fmt: skip

    for group_id in subjects:
        line(group_id)
    for mark in marks:
        mine = line(mark.group_id)
        mine["marks"].append({**_mark(mark, scale), "date": mark.date})
        mine["pairs"].append((mark.value, mark.weight))
        mine["dots"] += mark.dot
    for absence in absences:
        line(absence.group_id)["missed"] += absence.missed
    for group_id, found in of_class.items():
        if found.of_class is not None:
            line(group_id)["of_class"] = decimal_text(found.of_class)
    for mine in told.values():
        pairs = mine.pop("pairs")
        numbers = journal.averages(pairs)
        mine["simple"] = journal.shown(numbers.simple)
        mine["weighted"] = journal.shown(numbers.weighted)
        mine["forecast"] = journal.forecast(pairs).value if span.running else ""
        mine["count"] = numbers.count
    return [told[subject] for subject in sorted(told)]


def absences(actor: Actor, child: Person, place: Place) -> dict[str, Any]:
    """What a child missed this year: days with their lessons, newest first, and sums by reason."""
    today = clock.today()
    found = journal.attendance_of_pupil(actor, child.id, place.year_starts, today)
    subjects = journal.subjects_of_groups(row.group_id for row in found)
    days: dict[dt.date, list[dict[str, Any]]] = {}
    sums: dict[str, int] = {}
    for row in found:
        days.setdefault(row.date, []).append(
            {"subject": subjects[row.group_id].name, "name": row.name, "missed": row.missed}
        )
        sums[row.name] = sums.get(row.name, 0) + 1
    return {
        "days": sorted(days.items(), reverse=True),
        "sums": sums,
        "missed": sum(row.missed for row in found),
        "spans": journal.absences_of_pupil(actor, child.id, today, place.year_ends),
    }


def _subjects_of(pupil_id: int, span: Span) -> dict[int, tuple[int, str]]:
    """``{group: (subject, name)}`` of the groups that the pupil learns in on days of a period."""
    found = rows(
        """
        SELECT g.id, s.id, s.name
          FROM core_teaching_group g JOIN core_subject s ON s.id = g.subject_id
         WHERE g.id IN (
            SELECT gc.group_id FROM core_class_member m
              JOIN core_group_class gc ON gc.school_class_id = m.school_class_id
              JOIN core_teaching_group w ON w.id = gc.group_id AND w.part = 0
             WHERE m.pupil_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
            UNION
            SELECT m.group_id FROM core_group_member m
             WHERE m.pupil_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?))
        """,
        [pupil_id, span.ends, span.starts, pupil_id, span.ends, span.starts],
    )
    return {group: (id_, name) for group, id_, name in found}


# --- what if -------------------------------------------------------------------------------------

#: Marks that one page lets imagine.
MOST_IMAGINED = 5


@dataclass
class WhatIf:
    """A subject of a running period: its marks, what they speak for, and with imagined ones."""

    id: int
    subject: str
    marks: list[dict[str, Any]]
    works: list[journal.WorkRow]
    now: journal.Forecast
    then: journal.Forecast | None  # with the imagined marks; None while nothing is imagined


def what_if(
    actor: Actor, child: Person, span: Span, subject_id: int, imagined: list[tuple[str, int]]
) -> WhatIf:
    """The forecast of a subject with ``(mark, kind of work)`` pairs that are only imagined.

    The arithmetic is that of the teacher's suggestion. Nothing is written.

    :raises NotThere: the pupil does not learn this subject in the period, or it is over.
    :raises Invalid: a mark or a kind of work that does not exist, or too many of them.
    """
    groups = {
        group: name for group, (id_, name) in _subjects_of(child.id, span).items()
        if id_ == subject_id
    }  # fmt: skip
    if not groups or not span.running:
        raise NotThere(_("There is no such page, or it is not open to you."))
    found = journal.marks_of_pupil(actor, child.id, span.starts, span.ends)
    marks = [row for row in found if row.group_id in groups]
    works = journal.kinds_of_work()
    weights = {work.id: work.weight for work in works}
    if len(imagined) > MOST_IMAGINED or any(
        work not in weights or journal.scale().point(mark) is None for mark, work in imagined
    ):
        raise Invalid(_("Choose marks and kinds of works from the lists."))
    scale = journal.scale()
    pairs = [(row.value, row.weight) for row in marks]
    more = [(mark, weights[work]) for mark, work in imagined]
    return WhatIf(
        subject_id, next(iter(groups.values())),
        [{**_mark(row, scale), "date": row.date} for row in marks], works,
        journal.with_way_up(pairs, weights.values()),
        journal.forecast([*pairs, *more]) if more else None,
    )  # fmt: skip


# --- for staff and for the start page ----------------------------------------------------------


def readable_classes(actor: Actor) -> list[tuple[str, list[Person]]]:
    """Classes of the current year with the pupils whose diaries a member of staff may read."""
    today = clock.today()
    found = rows(
        """
        SELECT c.grade, c.letter, m.pupil_id FROM core_class_member m
          JOIN core_school_class c ON c.id = m.school_class_id
          JOIN core_academic_year y ON y.id = c.year_id AND y.state = 'current'
         WHERE m.since <= ? AND (m.until IS NULL OR m.until > ?)
         ORDER BY c.grade, {letter}
        """.format(letter=russian("c.letter")),  # noqa: S608 - a column of ours
        [today, today],
    )
    people = {
        one.id: one
        for one in access.visible(actor, VIEW, Person.select()).order_by(
            binary_order(Person.sort_key)
        )
    }
    classes: dict[str, list[Person]] = {}
    for grade, letter, pupil_id in found:
        if pupil_id in people:
            title = SchoolClass(grade=grade, letter=letter).title
            classes.setdefault(title, []).append(people[pupil_id])
    for members in classes.values():
        members.sort(key=lambda one: (one.sort_key, one.id))
    return list(classes.items())


def glance(actor: Actor, child: Person) -> dict[str, Any] | None:
    """What the start page tells of a child: fresh marks, debts, homework for the next day."""
    today = clock.today()
    place = place_of(child.id, today)
    if place is None:
        return None
    scale = journal.scale(place.year_id)
    since = today - dt.timedelta(days=3)
    lessons = timetable.lessons_of_pupil(child.id, since, today + dt.timedelta(days=7))
    subjects = {lesson.group_id: lesson.subject for lesson in lessons}
    fresh = [
        {**_mark(row, scale), "subject": subjects.get(row.group_id, ""), "date": row.date}
        for row in journal.marks_of_pupil(actor, child.id, since, today)
        if not row.dot
    ]
    absent = [
        row for row in journal.attendance_of_pupil(actor, child.id, today, today) if row.missed
    ]
    ahead = sorted({lesson.date for lesson in lessons if lesson.date > today})
    next_day = ahead[0] if ahead else None
    coming = [lesson for lesson in lessons if lesson.date == next_day]
    groups = {lesson.group_id for lesson in coming}
    _topics, due = journal.homework_due(actor, groups, today - LOOK_BACK, next_day or today)
    homework = [
        {"subject": lesson.subject, "text": due[lesson.id]}
        for lesson in coming
        if due.get(lesson.id)
    ]
    debts = journal.debts_of_pupil(actor, child.id, place.year_starts, today)
    return {
        "child": child,
        "class_title": place.class_title,
        "fresh": fresh[::-1][:6],
        "absent": len(absent),
        "next_day": next_day,
        "homework": homework,
        "debts": len(debts),
    }


def sections(actor: Actor, child: Person, monday: dt.date) -> list[tuple[str, Section]]:
    """``(plugin, section)`` of what others add under a week; one that fails is left out."""
    found = [
        (plugin.name, answer)
        for plugin, answer in plugins.ask(diary_sections, actor=actor, pupil=child, week=monday)
    ]
    return sorted(found, key=lambda pair: pair[1].order)
