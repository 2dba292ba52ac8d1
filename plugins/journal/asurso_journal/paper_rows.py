"""Reading a whole class for its papers: the printed journal, summary sheets, cards and letters.

A class of a year is read at once, in about fifteen statements however many pupils and lessons it
has. What a pupil did in another class of the year stands in the letters and in the final marks;
the pages of this class's journal hold what happened in its own lessons, as those of paper do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from asurso_core import access, clock
from asurso_core.accounts import sees_particulars
from asurso_core.actors import Actor
from asurso_core.db import as_date, rows, russian, russian_order
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import AcademicYear, SchoolClass
from asurso_journal import permissions, pupil_rows
from asurso_journal.final_rows import (
    Slot,
    day_of_slot,
    finals_of,
    slots_of_class,
    subjects_of,
)
from asurso_journal.finals import YEAR
from asurso_journal.marks import cell_text
from asurso_timetable.api import substitutions

Spans = list[tuple[dt.date, "dt.date | None"]]


class Pupil(NamedTuple):
    """A pupil who belonged to the class on some day of the paper."""

    id: int
    name: str  # surname and given name, as in class lists
    full_name: str
    spans: Spans

    def belongs(self, on: dt.date) -> bool:
        """Whether the pupil is in the class on a day."""
        return within(self.spans, on)


class PaperLesson(NamedTuple):
    """A lesson as a line of the right page."""

    id: int
    date: dt.date
    number: int
    cancelled: bool
    topic: str
    homework: str
    teacher: str
    #: Given by a substitute: noted by the timetable, or by somebody who does not teach the group.
    substitute: bool
    actual: str = ""  # the subject that was given, where it was another one
    order: str = ""  # number of the order of the substitution


class Worked(NamedTuple):
    """A mark of a pupil with what counts for averages."""

    pupil: int
    subject: int
    lesson: int
    date: dt.date
    value: str
    weight: int


@dataclass
class Journal:
    """The pages of one subject, or of one subgroup of it."""

    group: int
    subject_id: int
    subject: str
    name: str  # «1 подгруппа»; empty for the whole class
    part: int
    teachers: list[str] = field(default_factory=list)
    members: dict[int, Spans] = field(default_factory=dict)  # pupil → since, until
    lessons: list[PaperLesson] = field(default_factory=list)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)  # (lesson, pupil) → text


class Missed(NamedTuple):
    """Whole days and lessons that a pupil missed; the last two of them by illness."""

    days: int = 0
    lessons: int = 0
    ill_days: int = 0
    ill_lessons: int = 0


class Particulars(NamedTuple):
    """A line of «Общие сведения об обучающихся»."""

    pupil: int
    birth_date: dt.date | None
    file_number: str
    address: str
    phone: str
    guardians: list[str]


@dataclass
class ClassBook:
    """Everything that the papers of a class in a span of its year are made of."""

    school: str
    address: str
    director: str
    class_id: int
    title: str
    grade: int
    year_id: int
    year: str
    year_starts: dt.date
    year_ends: dt.date
    slots: list[Slot]
    periods: list[Slot]  # those of the span, in order
    whole_year: bool
    starts: dt.date
    ends: dt.date
    today: dt.date
    leaders: list[str]
    pupils: list[Pupil]
    journals: list[Journal]
    worked: list[Worked]
    #: (pupil, subject) → slot → mark; and the group in whose journal it was put
    finals: dict[tuple[int, int], dict[int, str]]
    put_in: dict[tuple[int, int, int], int]
    subjects: list[tuple[int, str, str]]
    missed: dict[tuple[int, int], Missed]  # (pupil, period or YEAR)
    codes: list[tuple[str, str]]
    particulars: list[Particulars] | None = None  # None: not open to whom it is printed for

    @property
    def until(self) -> dt.date:
        """The last day that lessons are printed of: the end of the span, or today."""
        return min(self.ends, self.today)

    def counted_on(self) -> dt.date:
        """The day whose pupils stand in letters and cards."""
        return min(self.ends, max(self.today, self.starts))

    def present(self) -> list[Pupil]:
        """Pupils of the class on that day."""
        on = self.counted_on()
        return [one for one in self.pupils if one.belongs(on)]


def within(spans: Iterable[tuple[dt.date, dt.date | None]], on: dt.date) -> bool:
    """Whether a day is in one of the spans."""
    return any(since <= on and (until is None or until > on) for since, until in spans)


def class_book(actor: Actor, class_id: int, slot: int, *, particulars: bool = False) -> ClassBook:
    """A class in a study period, or (``slot`` 0) in the whole year, for whoever may print it.

    ``particulars`` asks for birth dates, addresses and parents; they are read only where all of
    them are open to the actor.

    :raises NotThere: no such class or period, or the actor may not print its journal.
    """
    school_class: SchoolClass = access.find(actor, permissions.PRINT, SchoolClass, class_id)
    book = _book(school_class, slot, None)
    if particulars:
        ids = [one.id for one in book.pupils]
        if sees_particulars(actor, ids) >= set(ids):
            book.particulars = _particulars(ids)
    return book


def pupil_book(actor: Actor, pupil_id: int, slot: int, year_id: int | None = None) -> ClassBook:
    """The same of one pupil, in the class of the pupil that the period belongs to.

    With ``slot`` 0 it is the year of ``year_id``. For whoever may see the pupil's marks.

    :raises NotThere: no such pupil or period, or the marks are not open to the actor.
    """
    pupil_rows.require_sight(actor, pupil_id)
    sql = """
        SELECT m.school_class_id FROM core_class_member m
          JOIN core_school_class c ON c.id = m.school_class_id
          LEFT JOIN core_period p ON p.period_type_id = c.period_type_id AND p.id = ?
         WHERE m.pupil_id = ? AND (p.id IS NOT NULL OR c.year_id = ?)
         ORDER BY m.since DESC
    """
    found = rows(sql, [slot, pupil_id, -1 if year_id is None or slot else year_id])
    if not found:
        raise _missing()
    return _book(SchoolClass.get_by_id(found[0][0]), slot, pupil_id)


class ClassLine(NamedTuple):
    """A class in the list of those that can be printed."""

    id: int
    title: str
    year: str


def printable(actor: Actor) -> list[ClassLine]:
    """Classes whose papers the actor may print, the present year first; one statement."""
    query = (
        SchoolClass.select(SchoolClass, AcademicYear)
        .join(AcademicYear)
        .where(AcademicYear.state != "planned")
        .order_by(AcademicYear.starts.desc(), SchoolClass.grade, russian_order(SchoolClass.letter))
    )
    return [
        ClassLine(one.id, one.title, one.year.title)
        for one in access.visible(actor, permissions.PRINT, query)
    ]


class PrintChoices(NamedTuple):
    """What the form of printing offers: the periods that have begun, and the year."""

    class_id: int
    title: str
    slots: list[tuple[int, str]]
    present: int


def print_choices(actor: Actor, class_id: int) -> PrintChoices:
    """The periods of a class that can be printed.

    :raises NotThere: no such class, or the actor may not print its papers.
    """
    found: SchoolClass = access.find(actor, permissions.PRINT, SchoolClass, class_id)
    today = clock.today()
    slots = slots_of_class(found)
    begun = [(one.id, one.title) for one in slots if one.id > 0 and one.starts <= today]
    year = [(YEAR, _("The whole year"))] if begun else []
    return PrintChoices(class_id, found.title, begun + year, begun[-1][0] if begun else YEAR)


def require_slot(class_id: int, slot: int) -> None:
    """Raise :class:`NotThere` unless a class has this study period; 0 is the year."""
    slots = slots_of_class(SchoolClass(id=class_id))
    if not any(one.id > 0 and slot in {one.id, YEAR} for one in slots):
        raise _missing()


def to_export(title: str | None, year: str | None, period: int | None) -> list[tuple[int, int]]:
    """``(class, slot)`` of the classes that a command names; asks no right. One statement."""
    sql = """
        SELECT c.id, c.grade, c.letter, p.id FROM core_school_class c
          JOIN core_academic_year y ON y.id = c.year_id
          LEFT JOIN core_period p ON p.period_type_id = c.period_type_id AND p.number = ?
         WHERE (y.title = ? OR (? = '' AND y.state = 'current')) ORDER BY c.grade, c.letter
    """
    found = []
    for id_, grade, letter, slot in rows(sql, [period or 0, year or "", year or ""]):
        own = SchoolClass(grade=grade, letter=letter).title
        if (title is None or own == title) and (period is None or slot is not None):
            found.append((id_, YEAR if period is None else slot))
    return found


def _missing() -> NotThere:
    return NotThere(_("There is no such page, or it is not open to you."))


def _book(school_class: SchoolClass, slot: int, pupil: int | None) -> ClassBook:
    slots = slots_of_class(school_class)
    every = [one for one in slots if one.id > 0]
    periods = every if slot == YEAR else [one for one in every if one.id == slot]
    if not periods:
        raise _missing()
    class_id = school_class.id
    (head,) = rows(_HEAD, [class_id])
    year_starts, year_ends = as_date(head[4]), as_date(head[5])
    starts = year_starts if slot == YEAR else periods[0].starts
    ends = year_ends if slot == YEAR else periods[0].ends
    book = ClassBook(
        school=head[0] or "", address=head[1] or "", director=head[2] or "", class_id=class_id,
        title=school_class.title, grade=school_class.grade, year_id=school_class.year_id,
        year=head[3], year_starts=year_starts, year_ends=year_ends, slots=slots, periods=periods,
        whole_year=slot == YEAR, starts=starts, ends=ends, today=clock.today(),
        leaders=_leaders(class_id, starts, ends), pupils=[], journals=[], worked=[], finals={},
        put_in={}, subjects=[], missed={}, codes=[],
    )  # fmt: skip
    book.pupils = _pupils(class_id, starts, ends, pupil)
    _journals(book)
    _lessons(book)
    _cells(book)
    _finals(book)
    return book


_HEAD = """
    SELECT (SELECT MAX(name) FROM core_school), (SELECT MAX(address) FROM core_school),
           (SELECT MAX(director) FROM core_school), y.title, y.starts, y.ends
      FROM core_school_class c JOIN core_academic_year y ON y.id = c.year_id WHERE c.id = ?
"""


def _short(surname: str | None, given: str | None, patronymic: str | None) -> str:
    if surname is None:
        return ""
    return " ".join([surname, *(f"{part[0]}." for part in (given, patronymic) if part)])


def _leaders(class_id: int, starts: dt.date, ends: dt.date) -> list[str]:
    sql = """
        SELECT p.surname, p.given_name, p.patronymic FROM core_class_teacher k
          JOIN core_person p ON p.id = k.teacher_id
         WHERE k.school_class_id = ? AND k.since <= ? AND (k.until IS NULL OR k.until > ?)
         ORDER BY k.since, k.id
    """
    return [" ".join(part for part in row if part) for row in rows(sql, [class_id, ends, starts])]


def _pupils(class_id: int, starts: dt.date, ends: dt.date, only: int | None) -> list[Pupil]:
    sql = """
        SELECT p.id, p.surname, p.given_name, p.patronymic, p.sort_key, m.since, m.until
          FROM core_class_member m JOIN core_person p ON p.id = m.pupil_id
         WHERE m.school_class_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
    """
    found: dict[int, Pupil] = {}
    told = rows(sql, [class_id, ends, starts])
    for id_, surname, given, patronymic, _key, since, until in sorted(
        told, key=lambda row: (row[4], row[0], as_date(row[5]))
    ):
        if only is not None and id_ != only:
            continue
        names = [surname, given, patronymic]
        one = found.setdefault(
            id_, Pupil(id_, f"{surname} {given}", " ".join(part for part in names if part), [])
        )
        one.spans.append((as_date(since), as_date(until)))
    return list(found.values())


def _journals(book: ClassBook) -> None:
    sql = f"""
        SELECT g.id, g.subject_id, s.name, g.name, g.part, g.archived
          FROM core_group_class gc JOIN core_teaching_group g ON g.id = gc.group_id
          JOIN core_subject s ON s.id = g.subject_id
         WHERE gc.school_class_id = ? ORDER BY {russian("s.name")}, g.part, g.id
    """  # noqa: S608 - our own words
    found = {
        row[0]: (Journal(row[0], row[1], row[2], row[3], row[4]), bool(row[5]))
        for row in rows(sql, [book.class_id])
    }
    listed = [id_ for id_, (one, _old) in found.items() if one.part]
    by_id = {one.id: one for one in book.pupils}
    if listed and by_id:
        members = rows(
            "SELECT group_id, pupil_id, since, until FROM core_group_member "
            "WHERE group_id IN ? AND pupil_id IN ? AND since <= ? "
            "AND (until IS NULL OR until > ?) ORDER BY since",
            [listed, list(by_id), book.ends, book.starts],
        )
        for group, pupil, since, until in members:
            spans = found[group][0].members.setdefault(pupil, [])
            spans.append((as_date(since), as_date(until)))
    for one, _old in found.values():
        if not one.part:
            one.members = {id_: pupil.spans for id_, pupil in by_id.items()}
        else:  # in the order of the class list
            one.members = {id_: one.members[id_] for id_ in by_id if id_ in one.members}
    book.journals = [one for one, old in found.values() if one.members or not old]


_LESSONS = """
    SELECT l.group_id, l.id, l.date, l.number, l.status, n.topic, n.homework, l.teacher_id,
           p.surname, p.given_name, p.patronymic
      FROM timetable_lesson l
      LEFT JOIN journal_lesson_note n ON n.lesson_id = l.id
      LEFT JOIN core_person p ON p.id = l.teacher_id
     WHERE l.group_id IN ? AND l.date BETWEEN ? AND ?
     ORDER BY l.date, l.starts, l.id
"""
_TEACHERS = """
    SELECT t.group_id, t.teacher_id, t.since, t.until, p.surname, p.given_name, p.patronymic
      FROM core_group_teacher t JOIN core_person p ON p.id = t.teacher_id
     WHERE t.group_id IN ? AND t.since <= ? AND (t.until IS NULL OR t.until > ?)
     ORDER BY t.since, t.id
"""


def _lessons(book: ClassBook) -> None:
    by_group = {one.group: one for one in book.journals}
    if not by_group:
        return
    groups = list(by_group)
    usual: dict[tuple[int, int], Spans] = {}
    for group, teacher, since, until, *name in rows(_TEACHERS, [groups, book.ends, book.starts]):
        usual.setdefault((group, teacher), []).append((as_date(since), as_date(until)))
        short = _short(*name)
        if short not in by_group[group].teachers:
            by_group[group].teachers.append(short)
    stood_in = {
        one.lesson_id: one for one in substitutions(book.starts, book.until, class_id=book.class_id)
    }
    for group, id_, on, number, status, topic, homework, teacher, *name in rows(
        _LESSONS, [groups, book.starts, book.until]
    ):
        date = as_date(on)
        # Where nobody is said to teach the group, whoever gives the lesson is no substitute.
        stranger = (
            teacher is not None
            and bool(by_group[group].teachers)
            and not within(usual.get((group, teacher), []), date)
        )
        noted = stood_in.get(id_)
        by_group[group].lessons.append(
            PaperLesson(
                id_, date, number, status == "cancelled", topic or "", homework or "",
                (noted.substitute if noted else "") or _short(*name),
                stranger or (noted is not None and bool(noted.substitute)),
                noted.actual if noted else "", noted.order_number if noted else "",
            )
        )  # fmt: skip


_MARKS = """
    SELECT m.pupil_id, g.subject_id, l.group_id, l.id, l.date, m.value, m.dot, a.weight
      FROM journal_mark m
      JOIN journal_assignment a ON a.id = m.assignment_id
      JOIN timetable_lesson l ON l.id = a.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
     WHERE m.year_id = ? AND m.pupil_id IN ? AND l.date BETWEEN ? AND ?
       AND (m.value <> '' OR m.dot)
     ORDER BY l.date, l.starts, a.position, a.id
"""
_CODES = """
    SELECT t.pupil_id, t.lesson_id, t.code
      FROM journal_attendance t JOIN timetable_lesson l ON l.id = t.lesson_id
     WHERE t.year_id = ? AND t.pupil_id IN ? AND l.date BETWEEN ? AND ? AND t.code <> ''
"""


def _cells(book: ClassBook) -> None:
    vocabulary = rows(
        "SELECT code, name, missed, illness, letter FROM journal_attendance_code "
        "ORDER BY position, id"
    )
    letters = {row[0]: row[4] for row in vocabulary}
    book.codes = [(row[4], row[1]) for row in vocabulary]
    pupils = [one.id for one in book.pupils]
    if not pupils:
        return
    span = [book.year_id, pupils, book.starts, book.until]
    own = {lesson.id: one for one in book.journals for lesson in one.lessons}
    texts: dict[tuple[int, int], list[str]] = {}
    for pupil, subject, _group, lesson, on, value, dot, weight in rows(_MARKS, span):
        if value:
            book.worked.append(Worked(pupil, subject, lesson, as_date(on), value, weight))
        texts.setdefault((lesson, pupil), []).append(cell_text("", value, dot))
    codes = {(lesson, pupil): code for pupil, lesson, code in rows(_CODES, span)}
    for key in {*texts, *codes}:
        journal = own.get(key[0])
        if journal is not None:
            code = codes.get(key, "")
            sign = " ".join(texts.get(key, []))
            journal.cells[key] = cell_text(letters.get(code, code), sign, False)
    missed = {row[0]: bool(row[3]) for row in vocabulary if row[2]}
    _count_missed(book, codes, missed)


def _count_missed(
    book: ClassBook, codes: dict[tuple[int, int], str], missed: dict[str, bool]
) -> None:
    """Days and lessons; ``missed`` maps a code that counts as missed to "by illness".

    A day is missed where every lesson of the pupil on it was (features.md 4.1).
    """
    days: dict[tuple[int, dt.date], list[int]] = {}  # lessons, missed, of them ill
    for one in book.journals:
        for lesson in one.lessons:
            if lesson.cancelled:
                continue
            for pupil, spans in one.members.items():
                if not within(spans, lesson.date):
                    continue
                day = days.setdefault((pupil, lesson.date), [0, 0, 0])
                day[0] += 1
                ill = missed.get(codes.get((lesson.id, pupil), ""))
                if ill is not None:
                    day[1] += 1
                    day[2] += ill
    for (pupil, on), (held, gone, ill_lessons) in days.items():
        if not gone:
            continue
        period = next((one.id for one in book.periods if one.starts <= on <= one.ends), None)
        more = Missed(int(gone == held), gone, int(ill_lessons == held), ill_lessons)
        for slot in {period, YEAR} - {None}:
            key = (pupil, slot or YEAR)
            before = book.missed.get(key, Missed())
            book.missed[key] = Missed(*(a + b for a, b in zip(before, more, strict=True)))


def _finals(book: ClassBook) -> None:
    pupils = [one.id for one in book.pupils]
    for one in finals_of(book.year_id, pupils, [slot.id for slot in book.slots]):
        book.finals.setdefault((one.pupil_id, one.subject_id), {})[one.slot] = one.value
        book.put_in[one.pupil_id, one.subject_id, one.slot] = one.group_id
    named = {one.subject_id for one in book.journals} | {subject for _p, subject in book.finals}
    book.subjects = subjects_of(named)


def learns(book: ClassBook, pupil: int, subject: int) -> bool:
    """Whether the pupil learns a subject in the class on the day of counting."""
    on = book.counted_on()
    return any(
        one.subject_id == subject and within(one.members.get(pupil, []), on)
        for one in book.journals
    )


def stands_in(book: ClassBook, journal: Journal, pupil: int, slot: Slot) -> str:
    """The final mark of a slot on the pages of a group: where the pupil is, or it was put."""
    value = book.finals.get((pupil, journal.subject_id), {}).get(slot.id, "")
    if not value:
        return ""
    there = within(journal.members.get(pupil, []), day_of_slot(slot))
    put = book.put_in.get((pupil, journal.subject_id, slot.id)) == journal.group
    return value if there or put else ""


def _particulars(pupils: list[int]) -> list[Particulars]:
    if not pupils:
        return []
    parents: dict[int, list[str]] = {}
    for pupil, relation, surname, given, patronymic, phone in rows(
        "SELECT w.pupil_id, w.relation, p.surname, p.given_name, p.patronymic, d.phone "
        "FROM core_guardian w JOIN core_person p ON p.id = w.guardian_id "
        "LEFT JOIN core_person_detail d ON d.person_id = p.id WHERE w.pupil_id IN ? ORDER BY w.id",
        [pupils],
    ):
        name = " ".join(part for part in (surname, given, patronymic) if part)
        told = ", ".join(part for part in (f"{relation}: {name}", phone) if part)
        parents.setdefault(pupil, []).append(told)
    found = {
        row[0]: row
        for row in rows(
            "SELECT p.id, p.birth_date, d.file_number, d.address, d.phone FROM core_person p "
            "LEFT JOIN core_person_detail d ON d.person_id = p.id WHERE p.id IN ?",
            [pupils],
        )
    }
    return [
        Particulars(id_, as_date(row[1]), row[2] or "", row[3] or "", row[4] or "",
                    parents.get(id_, []))
        for id_, row in ((id_, found[id_]) for id_ in pupils)
    ]  # fmt: skip


def weekly(book: ClassBook) -> dict[tuple[int, int], list[str]]:
    """The usual subjects of a weekday and lesson number, as the lessons of the span tell them.

    A subject stands there that had at least a quarter of the lessons of the busiest one at that
    place: single moved lessons are left out, subgroups and odd and even weeks are in.
    """
    counted: dict[tuple[int, int], dict[str, int]] = {}
    for journal in book.journals:
        for lesson in journal.lessons:
            if not lesson.cancelled:
                place = counted.setdefault((lesson.date.isoweekday(), lesson.number), {})
                place[journal.subject] = place.get(journal.subject, 0) + 1
    return {
        place: sorted(
            (name for name, count in found.items() if count * 4 >= max(found.values())),
            key=lambda name: (-found[name], name),
        )
        for place, found in counted.items()
    }
