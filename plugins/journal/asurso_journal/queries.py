"""Reading the journal: the page of a group, a lesson, a day of a teacher, the history of a cell."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, as_stamp, is_sqlite, marks, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import (
    TeachingGroup,
    current_year,
    group_members,
    groups_of_classes,
    led_class_ids,
    taught_group_ids,
)
from asurso_core.text import sort_key
from asurso_journal import permissions, policy
from asurso_journal.services.cells import editable_lessons, led_lessons
from asurso_timetable.api import Lesson, LessonRow, lessons_by_id, lessons_of_teacher

TOP = 2**31


def _not_there() -> NotThere:
    return NotThere(_("There is no such page, or it is not open to you."))


def lessons_in_use(lesson_ids: Iterable[int]) -> set[int]:
    """Those of the lessons that a row of the journal points to; asked by the timetable."""
    wanted = list(lesson_ids)
    found: set[int] = set()
    for start in range(0, len(wanted), 300):
        part = wanted[start : start + 300]
        places = marks(part)
        sql = (
            f"SELECT lesson_id FROM journal_assignment WHERE lesson_id IN ({places}) "  # noqa: S608 - marks only
            f"UNION SELECT lesson_id FROM journal_attendance WHERE lesson_id IN ({places}) "
            f"UNION SELECT lesson_id FROM journal_lesson_note WHERE lesson_id IN ({places})"
        )
        found.update(row[0] for row in rows(sql, part * 3))
    return found


# --- groups and periods ------------------------------------------------------------------------


class GroupLine(NamedTuple):
    """A teaching group as the lists of the journal name it."""

    id: int
    part: int
    name: str  # «1 подгруппа» or empty
    subject: str
    classes: str  # «5А», «10А, 10Б»
    mine: bool = False

    @property
    def title(self) -> str:
        """«Английский язык, 1 подгруппа»."""
        return f"{self.subject}, {self.name}" if self.name else self.subject


class PeriodLine(NamedTuple):
    """A quarter, trimester or half-year; both days included."""

    id: int
    title: str
    starts: dt.date
    ends: dt.date


@dataclass(slots=True)
class GroupCard:
    """The group of a page with its classes, their other groups and its periods."""

    line: GroupLine
    subject_id: int
    year: str
    year_closed: bool
    class_ids: list[int]
    siblings: list[GroupLine]
    periods: list[PeriodLine]

    def period(self, period_id: int) -> PeriodLine:
        """One of its periods; raises :class:`NotThere` for any other."""
        for period in self.periods:
            if period.id == period_id:
                return period
        raise _not_there()

    def present_period(self, on: dt.date) -> PeriodLine | None:
        """The period of a day; in holidays the one before; before the first, the first."""
        before = [period for period in self.periods if period.starts <= on]
        return before[-1] if before else (self.periods[0] if self.periods else None)


_GROUPS = """
    SELECT g.id, g.part, g.name, s.name, c.grade, c.letter, c.id, s.id, y.title, y.state
      FROM core_teaching_group g
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_academic_year y ON y.id = g.year_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
     WHERE {which}
"""
_OF_SAME_CLASSES = """g.id IN (
    SELECT k.group_id FROM core_group_class k WHERE k.school_class_id IN (
        SELECT school_class_id FROM core_group_class WHERE group_id = ?))
    AND (g.archived = ? OR g.id = ?)"""


def _class_title(grade: int, letter: str) -> str:
    return f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"


def _gathered(found: Iterable[tuple[Any, ...]], mine: set[int]) -> list[GroupLine]:
    titles: dict[int, list[tuple[int, str, str]]] = {}
    heads: dict[int, tuple[int, str, str]] = {}
    for id_, part, name, subject, grade, letter, *_rest in found:
        heads[id_] = (part, name, subject)
        titles.setdefault(id_, []).append((grade, sort_key(letter), _class_title(grade, letter)))
    lines = [
        GroupLine(
            id_, part, name, subject,
            ", ".join(title for _g, _k, title in sorted(titles[id_])), id_ in mine,
        )
        for id_, (part, name, subject) in heads.items()
    ]  # fmt: skip
    order = {id_: min(titles[id_])[:2] for id_ in titles}
    return sorted(
        lines, key=lambda line: (order[line.id], sort_key(line.subject), line.part, line.id)
    )


def group_card(actor: Actor, group_id: int) -> GroupCard:
    """A group that the actor may see the journal of; raises :class:`NotThere`. Three statements
    at most."""
    may_see_group(actor, group_id)
    found = rows(_GROUPS.format(which=_OF_SAME_CLASSES), [group_id, False, group_id])
    own = [row for row in found if row[0] == group_id]
    if not own:
        raise _not_there()
    lines = _gathered(found, set())
    line = next(one for one in lines if one.id == group_id)
    return GroupCard(
        line=line,
        subject_id=own[0][7],
        year=own[0][8],
        year_closed=own[0][9] == "closed",
        class_ids=[row[6] for row in own],
        siblings=lines,
        periods=periods_of_group(group_id),
    )


def may_see_group(actor: Actor, group_id: int) -> None:
    """Raise :class:`NotThere` unless the actor may see the journal of a group."""
    if not 0 < group_id < TOP:
        raise _not_there()
    rule = access.condition(actor, permissions.VIEW, TeachingGroup)
    if rule is True:
        return  # whether it exists shows soon enough
    if not access.allowed_ids(actor, permissions.VIEW, TeachingGroup, [group_id]):
        raise _not_there()


def periods_of_group(group_id: int) -> list[PeriodLine]:
    """The study periods of the classes of a group, in order."""
    found = rows(
        "SELECT DISTINCT p.id, p.title, p.starts, p.ends FROM core_group_class gc "
        "JOIN core_school_class c ON c.id = gc.school_class_id "
        "JOIN core_period p ON p.period_type_id = c.period_type_id "
        "WHERE gc.group_id = ? ORDER BY p.starts, p.id",
        [group_id],
    )
    return [PeriodLine(id_, title, as_date(a), as_date(b)) for id_, title, a, b in found]


def my_groups(actor: Actor, on: dt.date | None = None) -> list[GroupLine]:
    """Groups that the actor teaches on a day, by class and subject. Two statements."""
    ids = [row[0] for row in taught_group_ids(actor.person_id, on).tuples()]
    if not ids:
        return []
    return _gathered(rows(_GROUPS.format(which=f"g.id IN ({marks(ids)})"), ids), set(ids))


def class_groups(actor: Actor, class_id: int) -> list[GroupLine]:
    """Groups of a class whose journals the actor may see, by subject. Two statements."""
    which = "g.id IN (SELECT group_id FROM core_group_class WHERE school_class_id = ?) AND g.archived = ?"  # fmt: skip
    lines = _gathered(rows(_GROUPS.format(which=which), [class_id, False]), set())
    return _visible(actor, lines)


def _visible(actor: Actor, lines: list[GroupLine]) -> list[GroupLine]:
    if access.condition(actor, permissions.VIEW, TeachingGroup) is True:
        return lines
    ids = access.allowed_ids(actor, permissions.VIEW, TeachingGroup, [one.id for one in lines])
    return [line for line in lines if line.id in ids]


class ClassLine(NamedTuple):
    """A class in the choice of journals."""

    id: int
    title: str
    grade: int


def journal_classes(actor: Actor) -> list[ClassLine]:
    """Classes of the current year with a journal that the actor may see, by grade and letter."""
    year = current_year()
    if year is None:
        return []
    groups = access.visible(actor, permissions.VIEW, TeachingGroup.select(TeachingGroup.id)).where(
        TeachingGroup.year == year.id
    )
    sql, params = _sub_select(groups)
    found = rows(
        "SELECT DISTINCT c.id, c.grade, c.letter FROM core_school_class c "  # noqa: S608 - a compiled query
        f"JOIN core_group_class gc ON gc.school_class_id = c.id WHERE gc.group_id IN ({sql})",
        params,
    )
    found.sort(key=lambda row: (row[1], sort_key(row[2])))
    return [ClassLine(id_, _class_title(grade, letter), grade) for id_, grade, letter in found]


def _sub_select(query: Any) -> tuple[str, list[Any]]:
    """A peewee query as SQL with ``?`` marks, for a statement of our own."""
    sql, params = query.sql()
    return (sql if is_sqlite() else sql.replace("%s", "?").replace("%%", "%")), list(params)


def period_of_group_on(actor: Actor, group_id: int, on: dt.date) -> int:
    """The period in which a group works on a day; raises :class:`NotThere` when there is none."""
    may_see_group(actor, group_id)
    every = periods_of_group(group_id)
    held = [period for period in every if period.starts <= on] or every[:1]
    if not held:
        raise _not_there()
    return held[-1].id


# --- the page of a group -----------------------------------------------------------------------


class Work(NamedTuple):
    """A work of a lesson; ``id`` None is the main column that does not exist yet."""

    id: int | None
    letter: str
    type: str
    weight: int
    title: str
    type_id: int | None
    version: int


@dataclass(slots=True)
class GridLesson:
    """A column of the page, or several where the lesson holds several works."""

    id: int
    date: dt.date
    number: int
    cancelled: bool
    topic: str
    homework: str
    works: list[Work] = field(default_factory=list)
    closed: str = ""  # why nothing can be changed; empty when it can


class Entry(NamedTuple):
    """A mark row of a cell."""

    value: str
    dot: bool
    version: int
    noted: bool


@dataclass(slots=True)
class Page:
    """All that the page of a group and a period shows."""

    card: GroupCard
    period: PeriodLine
    lessons: list[GridLesson]
    pupils: list[dict[str, Any]]
    entries: dict[tuple[int, int], Entry]  # (assignment, pupil)
    codes: dict[tuple[int, int], tuple[str, int]]  # (lesson, pupil) → code, version
    vocabulary: Vocabulary
    teachers: str = ""


@dataclass(slots=True)
class Vocabulary:
    """Types of works ``(id, name, letter, weight)`` and codes ``(code, name, missed, mark)``."""

    types: list[tuple[int, str, str, int]]
    codes: list[tuple[str, str, bool, bool]]

    @property
    def missed(self) -> frozenset[str]:
        """Codes that count as a missed lesson."""
        return frozenset(code for code, _name, missed, _mark in self.codes if missed)


_LESSONS = """
    SELECT l.id, l.date, l.number, l.status, n.topic, n.homework, a.id, a.weight, a.title,
           t.letter, t.name, t.id, a.version
      FROM timetable_lesson l
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
      LEFT JOIN journal_assignment a ON a.lesson_id = l.id
      LEFT JOIN journal_assignment_type t ON t.id = a.type_id
     WHERE {which}
     ORDER BY l.date, l.starts, l.number, l.id, a.position, a.id
"""
# Only cells that hold something are read (performance 2.2): 686 rows instead of 1,800.
_CELLS = """
    SELECT 0 AS kind, m.assignment_id, m.pupil_id, m.value, m.version,
           CASE WHEN m.dot THEN 1 ELSE 0 END + CASE WHEN m.comment IS NULL THEN 0 ELSE 2 END
      FROM timetable_lesson l
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE {which}
    UNION ALL
    SELECT 1, t.lesson_id, t.pupil_id, t.code, t.version, 0
      FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
     WHERE {which}
"""
_BETWEEN = "l.group_id = ? AND l.date BETWEEN ? AND ?"


def grid(actor: Actor, group_id: int, period_id: int) -> Page:
    """The page of a teaching group and a period; raises :class:`NotThere`.

    Eight statements at most, whatever the number of pupils and lessons.
    """
    card = group_card(actor, group_id)
    period = card.period(period_id)
    span = [group_id, period.starts, period.ends]
    lessons = _grid_lessons(rows(_LESSONS.format(which=_BETWEEN), span))
    group = TeachingGroup(id=group_id, part=card.line.part)
    entries, codes = _cells(rows(_CELLS.format(which=_BETWEEN), span * 2))
    held = {lesson for lesson, _pupil in codes}
    marked = {work for work, _pupil in entries}
    lessons = [
        one for one in lessons
        if not one.cancelled or one.id in held or any(work.id in marked for work in one.works)
    ]  # fmt: skip
    _close(actor, lessons, card, period)
    return Page(
        card=card,
        period=period,
        lessons=lessons,
        pupils=group_members(group, period.starts, period.ends),
        entries=entries,
        codes=codes,
        vocabulary=vocabulary(),
    )


def _grid_lessons(found: Iterable[tuple[Any, ...]]) -> list[GridLesson]:
    lessons: list[GridLesson] = []
    for row in found:
        if not lessons or lessons[-1].id != row[0]:
            lessons.append(
                GridLesson(
                    row[0], as_date(row[1]), row[2], row[3] == "cancelled", row[4] or "",
                    row[5] or "",
                )
            )  # fmt: skip
        if row[6] is not None:
            lessons[-1].works.append(
                Work(row[6], row[9], row[10], row[7], row[8], row[11], row[12])
            )
    for lesson in lessons:
        if not lesson.works:
            lesson.works.append(Work(None, "", "", 1, "", None, 0))
    return lessons


def _cells(
    found: Iterable[tuple[Any, ...]],
) -> tuple[dict[tuple[int, int], Entry], dict[tuple[int, int], tuple[str, int]]]:
    entries: dict[tuple[int, int], Entry] = {}
    codes: dict[tuple[int, int], tuple[str, int]] = {}
    for kind, place, pupil, text, version, signs in found:
        if kind:
            codes[place, pupil] = (text, version)
        else:
            entries[place, pupil] = Entry(text, signs % 2 == 1, version, signs > 1)
    return entries, codes


def _close(actor: Actor, lessons: list[GridLesson], card: GroupCard, period: PeriodLine) -> None:
    """Say of every lesson why it is closed, if it is."""
    reasons: dict[dt.date, str] = {}
    foreign = _("You can look at this journal; only the teacher of the group can change it.")
    open_ones = []
    for lesson in lessons:
        if card.year_closed:
            lesson.closed = _("This year is closed: it can be read, but not changed.")
        elif lesson.cancelled:
            lesson.closed = _("This lesson was cancelled: nothing can be put here.")
        else:
            if lesson.date not in reasons:
                reasons[lesson.date] = policy.closed_since(actor, lesson.date, period.ends)
            lesson.closed = reasons[lesson.date]
            open_ones.append(lesson)
    if not open_ones:
        return
    allowed = editable_lessons(actor, [one.id for one in open_ones])
    limit = policy.days_back(actor)
    longer = limit is not None and int(policy.rule("days_back_class_teacher")) > limit
    shut = [one.id for one in open_ones if one.closed and one.id in allowed] if longer else []
    led = led_lessons(actor, shut) if shut else set()
    for lesson in open_ones:
        if lesson.id not in allowed:
            lesson.closed = foreign
        elif lesson.id in led:
            lesson.closed = policy.closed_since(actor, lesson.date, period.ends, leads=True)


def vocabulary() -> Vocabulary:
    """Types of works and attendance codes in the order of lists; one statement."""
    found = rows(
        "SELECT 0 AS kind, position, id, name, letter, weight, 0 AS mark "
        "FROM journal_assignment_type WHERE archived = ? "
        "UNION ALL SELECT 1, position, CASE WHEN missed THEN 1 ELSE 0 END, name, code, 0, "
        "CASE WHEN allows_mark THEN 1 ELSE 0 END FROM journal_attendance_code "
        "ORDER BY kind, position, id",
        [False],
    )
    return Vocabulary(
        types=[(row[2], row[3], row[4], row[5]) for row in found if row[0] == 0],
        codes=[(row[4], row[3], bool(row[2]), bool(row[6])) for row in found if row[0] == 1],
    )


# --- one lesson --------------------------------------------------------------------------------


@dataclass(slots=True)
class LessonPage:
    """All that the card of a lesson shows."""

    row: LessonRow
    period_id: int | None
    lesson: GridLesson
    note_version: int
    attendance_at: dt.datetime | None
    pupils: list[dict[str, Any]]
    entries: dict[tuple[int, int], Entry]
    comments: dict[tuple[int, int], str]
    codes: dict[tuple[int, int], tuple[str, int]]
    vocabulary: Vocabulary
    writing_closed: str
    next_date: dt.date | None
    last_topic: str
    last_homework: str
    mine: list[LessonRow]

    @property
    def previous(self) -> LessonRow | None:
        """The actor's lesson of the day before this one."""
        earlier = [one for one in self.mine if one.starts < self.row.starts]
        return earlier[-1] if earlier else None

    @property
    def next(self) -> LessonRow | None:
        """The actor's lesson of the day after this one."""
        return next((one for one in self.mine if one.starts > self.row.starts), None)


def lesson_page(actor: Actor, lesson_id: int) -> LessonPage:
    """The card of a lesson; raises :class:`NotThere`. Eight statements at most."""
    if not 0 < lesson_id < TOP:
        raise _not_there()
    if access.condition(actor, permissions.VIEW, Lesson) is not True and not access.allowed_ids(
        actor, permissions.VIEW, Lesson, [lesson_id]
    ):
        raise _not_there()
    found = lessons_by_id([lesson_id])
    if not found:
        raise _not_there()
    row = found[0]
    works = _grid_lessons(rows(_LESSONS.format(which="l.id = ?"), [lesson_id]))[0]
    head = rows(_AROUND, [lesson_id] * 3)[0]
    entries, comments, codes = _lesson_cells(lesson_id)
    allowed = editable_lessons(actor, [lesson_id])
    period_ends = as_date(head[1])
    longer = int(policy.rule("days_back_class_teacher")) > (policy.days_back(actor) or 0)
    led = bool(allowed and longer and led_lessons(actor, [lesson_id]))
    works.closed = _why_closed(actor, row, head[2], period_ends, lesson_id in allowed, led=led)
    return LessonPage(
        row=row,
        period_id=head[0],
        lesson=works,
        note_version=head[3] or 0,
        attendance_at=as_stamp(head[4]),
        pupils=group_members(TeachingGroup(id=row.group_id, part=head[8]), row.date, row.date),
        entries=entries,
        comments=comments,
        codes=codes,
        vocabulary=vocabulary(),
        writing_closed=_why_not_written(actor, row, head[2], lesson_id in allowed, led=led),
        next_date=as_date(head[5]),
        last_topic=head[6] or "",
        last_homework=head[7] or "",
        mine=lessons_of_teacher(actor.person_id or 0, row.date, row.date),
    )


_AROUND = """
    SELECT (SELECT MIN(p.id) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = l.group_id AND l.date BETWEEN p.starts AND p.ends),
           (SELECT MAX(p.ends) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = l.group_id AND l.date BETWEEN p.starts AND p.ends),
           y.state, n.version, n.attendance_at,
           (SELECT MIN(f.date) FROM timetable_lesson f
             WHERE f.group_id = l.group_id AND f.date > l.date AND f.status <> 'cancelled'),
           (SELECT k.topic FROM timetable_lesson f JOIN journal_lesson_note k ON k.lesson_id = f.id
             WHERE f.group_id = l.group_id AND f.date <= l.date AND f.id <> ? AND k.topic <> ''
             ORDER BY f.date DESC, f.starts DESC LIMIT 1),
           (SELECT k.homework FROM timetable_lesson f
              JOIN journal_lesson_note k ON k.lesson_id = f.id
             WHERE f.group_id = l.group_id AND f.date <= l.date AND f.id <> ? AND k.homework <> ''
             ORDER BY f.date DESC, f.starts DESC LIMIT 1),
           g.part
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_academic_year y ON y.id = g.year_id
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.id = ?
"""


def _lesson_cells(lesson_id: int) -> tuple[Any, Any, Any]:
    found = rows(
        "SELECT 0 AS kind, m.assignment_id, m.pupil_id, m.value, m.version, "
        "CASE WHEN m.dot THEN 1 ELSE 0 END, m.comment FROM journal_assignment a "
        "JOIN journal_mark m ON m.assignment_id = a.id WHERE a.lesson_id = ? "
        "UNION ALL SELECT 1, lesson_id, pupil_id, code, version, 0, NULL "
        "FROM journal_attendance WHERE lesson_id = ?",
        [lesson_id, lesson_id],
    )
    entries, comments, codes = {}, {}, {}
    for kind, place, pupil, text, version, dot, comment in found:
        if kind:
            codes[place, pupil] = (text, version)
            continue
        entries[place, pupil] = Entry(text, bool(dot), version, comment is not None)
        if comment:
            comments[place, pupil] = comment
    return entries, comments, codes


def _why_closed(
    actor: Actor, row: LessonRow, state: str, period_ends: Any, allowed: bool, *, led: bool
) -> str:
    if state == "closed":
        return _("This year is closed: it can be read, but not changed.")
    if not allowed:
        return _("You can look at this journal; only the teacher of the group can change it.")
    if row.cancelled:
        return _("This lesson was cancelled: nothing can be put here.")
    return policy.closed_since(actor, row.date, period_ends, leads=led)


def _why_not_written(actor: Actor, row: LessonRow, state: str, allowed: bool, *, led: bool) -> str:
    if state == "closed" or not allowed or row.cancelled:
        return _why_closed(actor, row, state, None, allowed, led=led)
    return policy.writing_closed(actor, row.date, leads=led)


# --- my day ------------------------------------------------------------------------------------


class DayLesson(NamedTuple):
    """A lesson of a teacher's day and what is filled in."""

    row: LessonRow
    topic: str
    homework: str
    marks: int
    absent: int
    attended: bool  # attendance was put or confirmed
    state: str  # past, now, next, later

    @property
    def filled(self) -> bool:
        """Whether a held lesson has its topic and attendance."""
        return bool(self.topic) and (self.attended or self.marks > 0)


def day(actor: Actor, on: dt.date) -> list[DayLesson]:
    """The actor's own lessons of a day, in order of time. Two statements."""
    return _filled(lessons_of_teacher(actor.person_id or 0, on, on))


def unfilled(actor: Actor, until: dt.date) -> list[DayLesson]:
    """Held lessons of the last seven days that lack a topic or attendance. Two statements."""
    start = until - dt.timedelta(days=6)
    found = _filled(lessons_of_teacher(actor.person_id or 0, start, until))
    return [
        one for one in found if one.state == "past" and not one.row.cancelled and not one.filled
    ]


_FILLED = """
    SELECT l.id, n.topic, n.homework, CASE WHEN n.attendance_at IS NULL THEN 0 ELSE 1 END,
           (SELECT COUNT(*) FROM journal_assignment a JOIN journal_mark m ON m.assignment_id = a.id
             WHERE a.lesson_id = l.id AND m.value <> ''),
           (SELECT COUNT(*) FROM journal_attendance t WHERE t.lesson_id = l.id AND t.code <> ''),
           (SELECT COUNT(*) FROM journal_attendance t
              JOIN journal_attendance_code k ON k.code = t.code AND k.missed
             WHERE t.lesson_id = l.id)
      FROM timetable_lesson l
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
     WHERE l.id IN ({ids})
"""


def _filled(lessons: list[LessonRow]) -> list[DayLesson]:
    if not lessons:
        return []
    ids = [one.id for one in lessons]
    facts = {row[0]: row[1:] for row in rows(_FILLED.format(ids=marks(ids)), ids)}
    moment = clock.local()
    today, minute = moment.date(), moment.hour * 60 + moment.minute
    told: list[DayLesson] = []
    seen_next = False
    for row in lessons:
        if row.date < today or (row.date == today and row.ends <= minute):
            state = "past"
        elif row.date == today and row.starts <= minute:
            state = "now"
        elif not seen_next and row.date == today and not row.cancelled:
            state, seen_next = "next", True
        else:
            state = "later"
        topic, homework, confirmed, count, codes, absent = facts[row.id]
        told.append(
            DayLesson(
                row, topic or "", homework or "", count, absent, bool(confirmed or codes), state
            )
        )
    return told


# --- history -----------------------------------------------------------------------------------


class Step(NamedTuple):
    """One change of a cell."""

    at: dt.datetime  # on the school's clock
    who: str
    before: str
    after: str
    comment: str
    address: str  # empty for those who may not see it


class History(NamedTuple):
    """A cell and all its changes, the latest first."""

    row: LessonRow
    work: Work | None
    pupil: str
    steps: list[Step]


def history(actor: Actor, lesson_id: int, assignment_id: int, pupil_id: int) -> History:
    """All values that a cell has had; raises :class:`NotThere`.

    The address of the computer is told to those who may read the security log.
    """
    if not (0 < lesson_id < TOP and 0 <= assignment_id < TOP and 0 < pupil_id < TOP):
        raise _not_there()
    if not access.allowed_ids(actor, permissions.HISTORY, Lesson, [lesson_id]):
        raise _not_there()
    row = lessons_by_id([lesson_id])[0]
    works = _grid_lessons(rows(_LESSONS.format(which="l.id = ?"), [lesson_id]))[0].works
    main = works[0].id
    if assignment_id and assignment_id not in {work.id for work in works}:
        raise _not_there()
    named = rows("SELECT surname, given_name, sort_key FROM core_person WHERE id = ?", [pupil_id])
    columns = {assignment_id}
    if assignment_id in {0, main}:
        columns = {0, main or 0}
    targets = [f"journal.cell:{lesson_id}:{column}:{pupil_id}" for column in sorted(columns)]
    found = rows(
        'SELECT at, actor_name, "before", "after", address FROM core_audit_entry '  # noqa: S608 - marks only
        f"WHERE target IN ({marks(targets)}) ORDER BY id DESC LIMIT 200",
        targets,
    )
    if not named or (not found and not _was_member(row, pupil_id)):
        raise _not_there()
    shows_address = actor.holds("core.log.security")
    work = next((one for one in works if one.id == (assignment_id or main)), None)
    return History(
        row,
        work,
        f"{named[0][0]} {named[0][1]}",
        [_step(one, shows_address) for one in found],
    )


def _was_member(row: LessonRow, pupil_id: int) -> bool:
    return bool(
        rows(
            "SELECT 1 FROM core_teaching_group g "
            "LEFT JOIN core_group_class gc ON gc.group_id = g.id AND g.part = 0 "
            "LEFT JOIN core_class_member c ON c.school_class_id = gc.school_class_id "
            "AND c.pupil_id = ? AND c.since <= ? AND (c.until IS NULL OR c.until > ?) "
            "LEFT JOIN core_group_member m ON m.group_id = g.id AND m.pupil_id = ? "
            "AND m.since <= ? AND (m.until IS NULL OR m.until > ?) "
            "WHERE g.id = ? AND (c.id IS NOT NULL OR m.id IS NOT NULL)",
            [pupil_id, row.date, row.date, pupil_id, row.date, row.date, row.group_id],
        )
    )


def _step(found: tuple[Any, ...], shows_address: bool) -> Step:
    at, who, before, after, address = found
    old, new = json.loads(before or "{}"), json.loads(after or "{}")
    return Step(
        clock.local(as_stamp(at)), who, old.get("value", ""), new.get("value", ""),
        new.get("comment", ""), address if shows_address else "",
    )  # fmt: skip


def led_groups(actor: Actor) -> list[GroupLine]:
    """Groups of the classes that the actor leads. Two statements."""
    ids = [row[0] for row in groups_of_classes(led_class_ids(actor.person_id)).tuples()]
    if not ids:
        return []
    return _gathered(rows(_GROUPS.format(which=f"g.id IN ({marks(ids)})"), ids), set())
