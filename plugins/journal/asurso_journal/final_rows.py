"""Reading final marks: of a teaching group, of a class, of a pupil, and for reports of others.

Whoever belongs to a class on the last day of a study period (today, while it runs) is counted in
it: the departed are out, those who came before its end are in (features.md 4.1).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from asurso_core import access, clock
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, russian, russian_order
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import AcademicYear, SchoolClass, TeachingGroup, group_members
from asurso_core.text import sort_key
from asurso_journal import finals, locks, permissions, policy
from asurso_journal.finals import EXAM, FINAL, YEAR, Rules, Suggestion, Worked
from asurso_journal.pupil_rows import require_sight
from asurso_journal.rights import editable_groups

_FAR = dt.date.max


def _missing() -> NotThere:
    return NotThere(_("There is no such page, or it is not open to you."))


class Slot(NamedTuple):
    """A column of final marks: a study period, the year, the exam, the final mark."""

    id: int
    title: str
    starts: dt.date
    ends: dt.date
    locked: bool  # closed for the class, or the year is closed


class Put(NamedTuple):
    """A final mark as it stands."""

    value: str
    suggested: str
    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Place:
    """A teaching group, as far as final marks need it."""

    group_id: int
    part: int
    name: str
    subject_id: int
    subject: str
    classes: str
    grade: int
    year_id: int
    year_starts: dt.date
    year_ends: dt.date
    year_closed: bool
    weekly_hours: float | None
    slots: list[Slot]
    rules: dict[int, Rules]  # of closed periods
    unlocked: dict[int, str]  # slot → reason, for the actor

    def slot(self, id_: int) -> Slot | None:
        """The slot with an id."""
        return next((one for one in self.slots if one.id == id_), None)

    @property
    def periods(self) -> list[Slot]:
        """The study periods among the slots, in order."""
        return [one for one in self.slots if one.id > 0]


_PLACE = """
    SELECT g.id, g.part, g.name, s.id, s.name, c.id, c.grade, c.letter, y.id, y.starts, y.ends,
           y.state, g.weekly_hours, p.id, p.title, p.starts, p.ends, k.rules,
           COALESCE((SELECT MAX(u.reason) FROM journal_unlock u
            WHERE u.teacher_id = ? AND u.until > ? AND u.ended_at IS NULL
              AND (u.group_id IS NULL OR u.group_id = g.id)
              AND (u.period_id IS NULL OR u.period_id = p.id)), '')
      FROM core_teaching_group g
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_academic_year y ON y.id = g.year_id
      JOIN core_group_class gc ON gc.group_id = g.id
      JOIN core_school_class c ON c.id = gc.school_class_id
      LEFT JOIN core_period p ON p.period_type_id = c.period_type_id
      LEFT JOIN journal_period_closing k ON k.period_id = p.id AND k.school_class_id = c.id
     WHERE g.id = ? ORDER BY c.grade, {letter}, p.number
"""


def place_of(actor: Actor, group_id: int) -> Place:
    """What a group is; asks no right. One statement.

    :raises NotThere: no such group.
    """
    sql = _PLACE.format(letter=russian("c.letter"))
    found = rows(sql, [*locks.whose(actor), group_id])
    if not found:
        raise _missing()
    first = found[0]
    year_closed = first[11] == "closed"
    titles: list[str] = []
    slots: dict[int, Slot] = {}
    rules: dict[int, Rules] = {}
    unlocked: dict[int, str] = {}
    for row in found:
        title = _title(row[6], row[7])
        if title not in titles:
            titles.append(title)
        if row[13] is None:
            continue
        if row[17] is not None:
            rules[row[13]] = Rules.from_json(_json(row[17]))
        locked = year_closed or row[17] is not None
        before = slots.get(row[13])
        # A group of several classes is closed with the first of them.
        if row[5] == first[5] or before is not None:
            slots[row[13]] = Slot(
                row[13], row[14], as_date(row[15]), as_date(row[16]),
                locked or (before is not None and before.locked),
            )  # fmt: skip
        if row[18]:
            unlocked[row[13]] = row[18]
    starts, ends = as_date(first[9]), as_date(first[10])
    # The year, the exam and the final mark are open and closed with the last period.
    last = list(slots.values())[-1] if slots else None
    for id_, title in ((YEAR, _("Year")), (EXAM, _("Exam")), (FINAL, _("Final mark"))):
        slots[id_] = Slot(id_, title, starts, ends, last.locked if last else year_closed)
        if last and last.id in unlocked:
            unlocked[id_] = unlocked[last.id]
    return Place(
        group_id=first[0], part=first[1], name=first[2], subject_id=first[3], subject=first[4],
        classes=", ".join(titles), grade=first[6], year_id=first[8], year_starts=starts,
        year_ends=ends, year_closed=year_closed,
        weekly_hours=None if first[12] is None else float(first[12]),
        slots=list(slots.values()), rules=rules, unlocked=unlocked,
    )  # fmt: skip


def _json(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found)


def _title(grade: int, letter: str) -> str:
    return f"{grade}{letter}" if len(letter) == 1 else f"{grade} {letter}"


# --- the page of a group -------------------------------------------------------------------------


@dataclass
class Line:
    """A pupil of a group: what stands in each slot, what is suggested, and from when to when."""

    id: int
    name: str
    spans: list[tuple[dt.date, dt.date | None]]
    put: dict[int, Put] = field(default_factory=dict)
    suggested: dict[int, Suggestion] = field(default_factory=dict)

    def belongs(self, on: dt.date) -> bool:
        """Whether the pupil is in the group on a day."""
        return any(since <= on and (until is None or until > on) for since, until in self.spans)


@dataclass
class GroupFinals:
    """Final marks of a teaching group, with what the marks of its lessons speak for."""

    place: Place
    lines: list[Line]
    closed: dict[int, str]  # slot → why it cannot be changed, empty when it can

    def day_of(self, slot: Slot) -> dt.date:
        """The day on which a pupil must belong to be given a mark of a slot."""
        return min(slot.ends, max(clock.today(), slot.starts))


_MARKED = """
    SELECT m.pupil_id, l.date, a.weight, m.value
      FROM core_teaching_group g
      JOIN timetable_lesson l ON l.group_id = g.id
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE g.subject_id = ? AND g.year_id = ? AND m.pupil_id IN ? AND m.value <> ''
       AND g.id IN (SELECT gc.group_id FROM core_group_class gc
         JOIN core_class_member n ON n.school_class_id = gc.school_class_id
        WHERE n.pupil_id IN ?)
"""
_MISSED = """
    SELECT t.pupil_id, l.date
      FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
      JOIN journal_attendance_code k ON k.code = t.code AND k.missed
     WHERE l.group_id = ? AND t.pupil_id IN ?
"""
_HELD = (
    "SELECT l.date FROM timetable_lesson l WHERE l.group_id = ? AND l.status <> 'cancelled' "
    "AND l.date <= ?"
)
_FINALS = """
    SELECT f.pupil_id, f.slot, f.value, f.suggested, COALESCE(f.reason, ''), f.version
      FROM journal_final_mark f WHERE f.year_id = ? AND f.subject_id = ? AND f.pupil_id IN ?
"""
#: Half-years and years of the tenth grade: the certificate of the eleventh counts them.
_TENTH = """
    SELECT DISTINCT f.pupil_id, f.year_id, f.slot, f.value
      FROM journal_final_mark f
      JOIN core_academic_year y ON y.id = f.year_id
      JOIN core_class_member n ON n.pupil_id = f.pupil_id
      JOIN core_school_class c ON c.id = n.school_class_id AND c.year_id = f.year_id
     WHERE f.subject_id = ? AND f.pupil_id IN ? AND f.year_id <> ? AND c.grade = 10
       AND f.slot >= 0 AND f.value <> ''
"""
#: Year and exam of the other courses of a subject that has one line in the certificate.
_COURSES = """
    SELECT f.pupil_id, f.slot, f.value
      FROM journal_final_mark f
      JOIN core_subject s ON s.id = f.subject_id AND s.name IN ?
     WHERE f.year_id = ? AND f.pupil_id IN ? AND f.subject_id <> ? AND f.slot IN ?
       AND f.value <> ''
     ORDER BY f.subject_id
"""


def lines_of(place: Place) -> list[Line]:
    """Pupils of a group in the year with their final marks; two statements."""
    group = TeachingGroup(id=place.group_id, part=place.part)
    lines = [
        Line(one["id"], one["name"], one["spans"])
        for one in group_members(group, place.year_starts, place.year_ends)
    ]
    by_id = {one.id: one for one in lines}
    if by_id:
        wanted = [place.year_id, place.subject_id, list(by_id)]
        for pupil, slot, *put in rows(_FINALS, wanted):
            by_id[pupil].put[slot] = Put(*put)
    return lines


def suggest(place: Place, lines: Sequence[Line], slots: Iterable[Slot]) -> None:
    """Write into the lines what is suggested for the slots; at most four statements.

    The certificate of the ninth grade has one line for the three courses of mathematics, so that
    each of them is suggested the same final mark; the exam may stand in any of them.
    """
    wanted = list(slots)
    pupils = [one.id for one in lines]
    if not pupils or not wanted:
        return
    today = clock.today()
    now = policy.final_rules(place.year_id)
    # What follows from the periods goes by the rules that the last of them was closed with.
    last = place.periods[-1].id if place.periods else None
    of_year = place.rules.get(last or 0, now)
    periods = [one for one in wanted if one.id > 0]
    if periods and not policy.is_unmarked(place.grade):
        _suggest_periods(place, lines, periods, now)
    tenth: dict[int, list[str]] = {}
    if place.grade == 11 and any(one.id == FINAL for one in wanted):
        for pupil, _year, _slot, value in rows(_TENTH, [place.subject_id, pupils, place.year_id]):
            tenth.setdefault(pupil, []).append(value)
    years, exams = _other_courses(place, pupils) if any(one.id == FINAL for one in wanted) else (
        {}, {})  # fmt: skip
    credited = policy.marking(place.year_id, place.grade, place.subject_id).credited
    ended = [one for one in place.periods if one.starts <= today]
    for line in lines:
        put = {
            id_: one.value for id_, one in line.put.items()
            if not (credited and one.value.isdecimal())
        }  # fmt: skip
        marks = [put.get(one.id, "") for one in place.periods]
        for slot in wanted:
            if slot.id == YEAR and len(ended) == len(place.periods):
                line.suggested[YEAR] = finals.of_year(marks, put.get(EXAM, ""), of_year)
            elif slot.id == FINAL and put.get(YEAR):
                half_years = marks if place.grade == 11 else []
                line.suggested[FINAL] = finals.of_course(
                    place.grade, put[YEAR], put.get(EXAM, "") or exams.get(line.id, ""),
                    [*tenth.get(line.id, []), *half_years, *years.get(line.id, [])],
                )  # fmt: skip


def _other_courses(place: Place, pupils: list[int]) -> tuple[dict[int, list[str]], dict[int, str]]:
    """Year marks and the exam of the other courses of mathematics, in the ninth grade only."""
    years: dict[int, list[str]] = {}
    exams: dict[int, str] = {}
    if place.grade != 9 or place.subject not in finals.MATHEMATICS:
        return years, exams
    for pupil, slot, value in rows(
        _COURSES,
        [list(finals.MATHEMATICS), place.year_id, pupils, place.subject_id, [YEAR, EXAM]],
    ):
        if slot == YEAR:
            years.setdefault(pupil, []).append(value)
        else:
            exams[pupil] = value
    return years, exams


def _suggest_periods(
    place: Place, lines: Sequence[Line], periods: Sequence[Slot], now: Rules
) -> None:
    credited = policy.marking(place.year_id, place.grade, place.subject_id).credited
    pupils = [one.id for one in lines]
    marked: dict[int, list[tuple[dt.date, Worked]]] = {}
    for pupil, on, weight, value in rows(
        _MARKED, [place.subject_id, place.year_id, pupils, pupils]
    ):
        marked.setdefault(pupil, []).append((as_date(on), Worked(value, weight)))
    missed: dict[int, list[dt.date]] = {}
    for pupil, on in rows(_MISSED, [place.group_id, pupils]):
        missed.setdefault(pupil, []).append(as_date(on))
    held = [as_date(on) for (on,) in rows(_HELD, [place.group_id, clock.today()])]
    for line in lines:
        for slot in periods:
            if slot.starts > clock.today():
                continue
            line.suggested[slot.id] = finals.of_period(
                [one for on, one in marked.get(line.id, []) if slot.starts <= on <= slot.ends],
                place.rules.get(slot.id, now),
                weekly_hours=place.weekly_hours,
                lessons=sum(slot.starts <= on <= slot.ends and line.belongs(on) for on in held),
                credited=credited,
                missed=sum(slot.starts <= on <= slot.ends for on in missed.get(line.id, [])),
            )


def why_closed(actor: Actor, place: Place, slot: Slot, *, editable: bool) -> str:
    """Why the marks of a slot cannot be put by the actor now; empty when they can."""
    last = place.periods[-1] if place.periods else slot
    return why_marks_closed(
        actor, editable=editable, grade=place.grade, year_closed=place.year_closed,
        ends=(slot if slot.id > 0 else last).ends, is_period=slot.id > 0,
        lock=locks.Lock(slot.locked, place.unlocked.get(slot.id, "")),
    )  # fmt: skip


def why_marks_closed(
    actor: Actor, *, editable: bool, grade: int, year_closed: bool, ends: dt.date,
    lock: locks.Lock, is_period: bool = True,
) -> str:  # fmt: skip
    """The same of a period that ends on a day; the year, exam and final mark go by the last one."""
    if not editable:
        return _("You can look at these marks; only the teacher of the group can change them.")
    if policy.is_unmarked(grade):
        return _("This grade learns without marks.")
    if year_closed:
        return _("This year is closed: it can be read, but not changed.")
    if actor.is_system:
        return ""
    today = clock.today()
    begins = ends - dt.timedelta(days=policy.rule("final_ahead"))
    if today < begins:
        return _("These marks can be put from %(day)s on.", day=begins.strftime("%d.%m.%Y"))
    if lock.unlocked:
        return ""
    if lock.locked:
        return policy.period_closed()
    window = policy.window(actor)
    # The exam and what follows from it come after the last lesson: they are open until the year is
    # closed.
    if is_period and window.bound_by_period and today > ends + window.grace:
        return policy.period_closed()
    return ""


def group_finals(actor: Actor, group_id: int) -> GroupFinals:
    """The page of final marks of a teaching group; eight statements at most.

    :raises NotThere: no such group, or its final marks are not open to the actor.
    """
    if not access.allowed_ids(actor, permissions.FINAL_VIEW, TeachingGroup, [group_id]):
        raise _missing()
    place = place_of(actor, group_id)
    editable = bool(editable_groups(actor, [group_id]))
    lines = lines_of(place)
    suggest(place, lines, place.slots)
    closed = {one.id: why_closed(actor, place, one, editable=editable) for one in place.slots}
    return GroupFinals(place, lines, closed)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How a suggestion comes about: the marks of a pupil in a period, and the rules."""

    place: Place
    slot: Slot
    line: Line
    marks: list[tuple[dt.date, str, int, str]]  # day, mark, weight, kind of work
    suggestion: Suggestion
    rules: Rules


_WORKED = """
    SELECT l.date, m.value, a.weight, t.name
      FROM core_teaching_group g
      JOIN timetable_lesson l ON l.group_id = g.id
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_assignment_type t ON t.id = a.type_id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE g.subject_id = ? AND g.year_id = ? AND m.pupil_id = ? AND m.value <> ''
       AND l.date BETWEEN ? AND ?
     ORDER BY l.date, l.starts, a.position, a.id
"""


def arithmetic(actor: Actor, group_id: int, pupil_id: int, slot_id: int) -> Arithmetic:
    """The sum behind the suggestion for a pupil and a study period.

    :raises NotThere: no such group, pupil or period, or they are not open to the actor.
    """
    found = group_finals(actor, group_id)
    slot = found.place.slot(slot_id)
    line = next((one for one in found.lines if one.id == pupil_id), None)
    if slot is None or slot.id <= 0 or line is None or slot.id not in line.suggested:
        raise _missing()
    marks = [
        (as_date(on), value, weight, kind)
        for on, value, weight, kind in rows(
            _WORKED,
            [found.place.subject_id, found.place.year_id, pupil_id, slot.starts, slot.ends],
        )
    ]
    return Arithmetic(
        found.place, slot, line, marks, line.suggested[slot.id],
        found.place.rules.get(slot.id, policy.final_rules(found.place.year_id)),
    )  # fmt: skip


# --- classes, and reports over them --------------------------------------------------------------


class ClassRow(NamedTuple):
    """A class, as far as tables of final marks need it."""

    id: int
    grade: int
    letter: str
    title: str
    year_id: int
    period_type_id: int


class PupilRow(NamedTuple):
    """A pupil who belongs to a class on a day."""

    id: int
    name: str
    class_id: int


class StudiedRow(NamedTuple):
    """A pupil learns a subject in a teaching group on a day."""

    pupil_id: int
    subject_id: int
    group_id: int


class FinalRow(NamedTuple):
    """A final mark of a pupil in a subject."""

    pupil_id: int
    subject_id: int
    slot: int
    value: str
    group_id: int
    suggested: str = ""  # what the marks spoke for when it was put
    reason: str = ""  # why it differs


def slots_of_class(school_class: SchoolClass) -> list[Slot]:
    """Study periods, year, exam and final mark of a class; one statement."""
    sql = """
        SELECT p.id, p.title, p.starts, p.ends, k.id, y.starts, y.ends, y.state
          FROM core_school_class c
          JOIN core_academic_year y ON y.id = c.year_id
          JOIN core_period p ON p.period_type_id = c.period_type_id
          LEFT JOIN journal_period_closing k ON k.period_id = p.id AND k.school_class_id = c.id
         WHERE c.id = ? ORDER BY p.number
    """
    slots: list[Slot] = []
    span = (dt.date.min, _FAR)
    for id_, title, starts, ends, closing, first, last, state in rows(sql, [school_class.id]):
        span = as_date(first), as_date(last)
        locked = closing is not None or state == "closed"
        slots.append(Slot(id_, title, as_date(starts), as_date(ends), locked))
    locked = bool(slots) and slots[-1].locked
    for id_, title in ((YEAR, _("Year")), (EXAM, _("Exam")), (FINAL, _("Final mark"))):
        slots.append(Slot(id_, title, *span, locked))
    return slots


def rules_of(school_class: SchoolClass, period_id: int) -> Rules:
    """The rules that a period was closed by for a class, those of today where it is open."""
    sql = "SELECT rules FROM journal_period_closing WHERE school_class_id = ? AND period_id = ?"
    found = rows(sql, [school_class.id, period_id])
    if found:
        return Rules.from_json(_json(found[0][0]))
    return policy.final_rules(school_class.year_id)


def titles_of_slots(ids: Iterable[int]) -> dict[int, str]:
    """Titles of slots by id; one statement where a study period is among them."""
    wanted = set(ids)
    titles = {YEAR: _("Year"), EXAM: _("Exam"), FINAL: _("Final mark")}
    periods = sorted(one for one in wanted if one > 0)
    if periods:
        titles.update(rows("SELECT id, title FROM core_period WHERE id IN ?", [periods]))
    return {id_: titles[id_] for id_ in wanted if id_ in titles}


def day_of_slot(slot: Slot) -> dt.date:
    """The day whose pupils are counted in a slot: its last one, or today while it runs."""
    return min(slot.ends, max(clock.today(), slot.starts))


def pupils_on(class_ids: Iterable[int], on: dt.date) -> list[PupilRow]:
    """Pupils of classes on a day, in Russian order; asks no right. One statement."""
    wanted = sorted(set(class_ids))
    if not wanted:
        return []
    sql = """
        SELECT p.id, p.surname, p.given_name, m.school_class_id, p.sort_key
          FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
         WHERE m.school_class_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    """
    found = sorted(rows(sql, [wanted, on, on]), key=lambda row: (row[4], row[0]))
    return [
        PupilRow(id_, f"{surname} {given}", class_id)
        for id_, surname, given, class_id, _key in found
    ]


def studied_on(
    class_ids: Iterable[int], on: dt.date, subject: int | None = None
) -> list[StudiedRow]:
    """Who of the classes learns which subject (or one of them) in which group; asks no right.

    One statement. A subject without a single group of the class is not studied.
    """
    wanted = sorted(set(class_ids))
    if not wanted:
        return []
    only = "" if subject is None else "AND g.subject_id = ?"
    asked = [] if subject is None else [subject]
    sql = f"""
        SELECT m.pupil_id, g.subject_id, g.id
          FROM core_class_member m
          JOIN core_group_class gc ON gc.school_class_id = m.school_class_id
          JOIN core_teaching_group g ON g.id = gc.group_id AND g.part = 0 AND NOT g.archived {only}
         WHERE m.school_class_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
        UNION
        SELECT m.pupil_id, g.subject_id, g.id
          FROM core_class_member m
          JOIN core_group_member n ON n.pupil_id = m.pupil_id
           AND n.since <= ? AND (n.until IS NULL OR n.until > ?)
          JOIN core_teaching_group g ON g.id = n.group_id AND g.part <> 0 AND NOT g.archived {only}
          JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = g.year_id
         WHERE m.school_class_id IN ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    """  # noqa: S608 - our own words
    found = rows(sql, [*asked, wanted, on, on, on, on, *asked, wanted, on, on])
    return list(map(StudiedRow._make, found))


def finals_of(
    year_id: int, pupil_ids: Iterable[int], slot_ids: Iterable[int], subject: int | None = None
) -> list[FinalRow]:
    """Final marks of pupils in slots of a year, perhaps of one subject; asks no right.

    One statement.
    """
    pupils, slots = sorted(set(pupil_ids)), sorted(set(slot_ids))
    if not pupils or not slots:
        return []
    only = "" if subject is None else "AND f.subject_id = ?"
    asked = [] if subject is None else [subject]
    sql = f"""
        SELECT f.pupil_id, f.subject_id, f.slot, f.value, f.group_id, f.suggested,
               COALESCE(f.reason, '')
          FROM journal_final_mark f
         WHERE f.year_id = ? AND f.slot IN ? AND f.pupil_id IN ? AND f.value <> '' {only}
    """  # noqa: S608 - our own words
    return list(map(FinalRow._make, rows(sql, [year_id, slots, pupils, *asked])))


def subjects_of(ids: Iterable[int]) -> list[tuple[int, str, str]]:
    """``(id, name, short name)`` of subjects, by name; one statement."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    sql = f"""
        SELECT id, name, short_name FROM core_subject WHERE id IN ? ORDER BY {russian("name")}
    """  # noqa: S608 - our own words
    return [(id_, name, short or name) for id_, name, short in rows(sql, [wanted])]


def classes_seen(actor: Actor, year: AcademicYear) -> list[SchoolClass]:
    """Classes of a year whose final marks the actor may see as a whole, by grade and letter."""
    query = SchoolClass.select().where(SchoolClass.year == year)
    return list(
        access.visible(actor, permissions.FINAL_VIEW, query).order_by(
            SchoolClass.grade, russian_order(SchoolClass.letter)
        )
    )


@dataclass
class ClassFinals:
    """Totals of a class: all subjects of all pupils, in one slot or in all of them."""

    school_class: SchoolClass
    slots: list[Slot]
    pupils: list[PupilRow]
    subjects: list[tuple[int, str, str]]
    #: (pupil, subject) → slot → mark
    marks: dict[tuple[int, int], dict[int, str]]
    studied: set[tuple[int, int]]  # (pupil, subject)
    groups: dict[int, set[int]]  # subject → groups
    #: (pupil, subject, slot) → the mark, where it has a reason why it differs from the suggestion
    reasons: dict[tuple[int, int, int], FinalRow]

    def why(self, pupil_id: int, subject_id: int, slot_id: int) -> str:
        """Why the mark of a pupil in a slot differs from the suggestion; empty without a reason."""
        found = self.reasons.get((pupil_id, subject_id, slot_id))
        return found.reason if found else ""

    def explained(self, slot_id: int | None) -> list[tuple[str, str, str, FinalRow]]:
        """``(pupil, subject, slot, mark)`` of all marks with a reason, in the order of the table.

        ``slot_id`` None is all slots.
        """
        return [
            (pupil.name, name, slot.title, self.reasons[pupil.id, subject, slot.id])
            for pupil in self.pupils
            for subject, name, _short in self.subjects
            for slot in self.slots
            if slot_id in {None, slot.id} and (pupil.id, subject, slot.id) in self.reasons
        ]

    def missing(self, slot_id: int) -> dict[int, int]:
        """How many marks a slot lacks by subject; subjects that lack none are left out."""
        lacks: dict[int, int] = {}
        for pupil, subject in self.studied:
            if not self.marks.get((pupil, subject), {}).get(slot_id):
                lacks[subject] = lacks.get(subject, 0) + 1
        return lacks


def class_finals(actor: Actor, class_id: int, on: dt.date | None = None) -> ClassFinals:
    """Totals of a class as of a day (today by default); six statements.

    :raises NotThere: no such class, or its marks are not open to the actor as a whole.
    """
    school_class: SchoolClass = access.find(actor, permissions.FINAL_VIEW, SchoolClass, class_id)
    slots = slots_of_class(school_class)
    day = on or min(max(clock.today(), slots[0].starts), slots[-1].ends)
    pupils = pupils_on([class_id], day)
    studied = studied_on([class_id], day)
    marks: dict[tuple[int, int], dict[int, str]] = {}
    found = finals_of(school_class.year_id, [one.id for one in pupils], [one.id for one in slots])
    for one in found:
        marks.setdefault((one.pupil_id, one.subject_id), {})[one.slot] = one.value
    groups: dict[int, set[int]] = {}
    for entry in studied:
        groups.setdefault(entry.subject_id, set()).add(entry.group_id)
    named = {one.subject_id for one in studied} | {one.subject_id for one in found}
    return ClassFinals(
        school_class, slots, pupils, subjects_of(named), marks,
        {(one.pupil_id, one.subject_id) for one in studied}, groups,
        {(one.pupil_id, one.subject_id, one.slot): one for one in found if one.reason},
    )  # fmt: skip


# --- a pupil -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PupilFinals:
    """The final marks of a pupil in a year: columns, and subjects with what stands in them."""

    slots: list[Slot]
    subjects: list[tuple[str, dict[int, str]]]


def finals_of_pupil(actor: Actor, pupil_id: int, year_id: int) -> PupilFinals:
    """What the diary shows: subjects by name with their marks in every slot; five statements.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    year = AcademicYear.get_or_none(AcademicYear.id == year_id)
    if year is None:
        raise _missing()
    day = min(max(clock.today(), year.starts), year.ends)
    found = rows(
        "SELECT c.id FROM core_class_member m JOIN core_school_class c "
        "ON c.id = m.school_class_id AND c.year_id = ? WHERE m.pupil_id = ? "
        "ORDER BY m.since DESC",
        [year_id, pupil_id],
    )
    if not found:
        return PupilFinals([], [])
    class_id = found[0][0]
    slots = slots_of_class(SchoolClass(id=class_id))
    studied = {one.subject_id for one in studied_on([class_id], day) if one.pupil_id == pupil_id}
    marks: dict[int, dict[int, str]] = {id_: {} for id_ in studied}
    every = [one.id for one in slots]
    for one in finals_of(year_id, [pupil_id], every):
        marks.setdefault(one.subject_id, {})[one.slot] = one.value
    return PupilFinals(slots, [(name, marks[id_]) for id_, name, _short in subjects_of(marks)])


class ToldFinal(NamedTuple):
    """A final mark of a pupil with the short name of its subject."""

    subject_id: int
    short: str
    value: str


_TOLD = """
    SELECT f.slot, s.id, COALESCE(NULLIF(s.short_name, ''), s.name), f.value,
           (SELECT MAX(c.id) FROM core_class_member m
              JOIN core_school_class c ON c.id = m.school_class_id AND c.year_id = f.year_id
             WHERE m.pupil_id = f.pupil_id AND m.since = (
                   SELECT MAX(n.since) FROM core_class_member n
                     JOIN core_school_class d ON d.id = n.school_class_id AND d.year_id = f.year_id
                    WHERE n.pupil_id = f.pupil_id))
      FROM journal_final_mark f
      JOIN core_academic_year y ON y.id = f.year_id AND y.starts <= ? AND y.ends >= ?
      JOIN core_subject s ON s.id = f.subject_id
     WHERE f.pupil_id = ? AND f.value <> ''
"""


def told_finals(actor: Actor, pupil_id: int, on: dt.date) -> list[tuple[Slot, list[ToldFinal]]]:
    """The columns of the year of a day that hold marks of a pupil, in order; three statements.

    :raises NotThere: the actor may not see this pupil's marks.
    """
    require_sight(actor, pupil_id)
    told: dict[int, list[ToldFinal]] = {}
    class_id = None
    for slot, subject, short, value, class_id in rows(_TOLD, [on, on, pupil_id]):  # noqa: B007
        told.setdefault(slot, []).append(ToldFinal(subject, short.rstrip(". "), value))
    for marks in told.values():
        marks.sort(key=lambda one: sort_key(one.short))
    slots = slots_of_class(SchoolClass(id=class_id)) if class_id else []
    return [(slot, told[slot.id]) for slot in slots if slot.id in told]
