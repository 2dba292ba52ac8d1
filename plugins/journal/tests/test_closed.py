"""No write in a closed period: every service of the journal is held against the rule as it reads.

The rule is told here a second time, from features.md 3.7, docs/schools (administrator.md,
teacher.md) and the settings in the README, over plain days; nothing of policy.py, locks.py and
final_rows.py is used. Each deed is either allowed by it and written, or refused, and then no row
of the journal has moved. What was done outside the usual time is told with its reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import peewee as pw
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asurso_core import clock as the_clock
from asurso_core import files, privacy
from asurso_core.accounts import Person
from asurso_core.accounts.models import Grant, Role
from asurso_core.db import EXTRAS, MODELS, db, rows
from asurso_core.errors import NotThere, Refused
from asurso_core.guards import CLOSED_YEAR
from asurso_core.reports.documents import value_of
from asurso_core.school.models import AcademicYear, TeachingGroup
from asurso_core.testing.plugin import forget_caches
from asurso_journal import models, services
from asurso_journal.reports import access_log
from asurso_journal.services import Edit, FinalEdit
from asurso_timetable.models import Lesson

Day = dt.date
QUARTERS = {
    1: (Day(2026, 9, 1), Day(2026, 10, 25)),
    2: (Day(2026, 11, 4), Day(2026, 12, 30)),
    4: (Day(2027, 4, 5), Day(2027, 5, 26)),
}
LAST = 4
#: Why it was unlocked, and why an account was reverted.
ILL, STOLEN = "Учитель болел", "Чужая учётная запись"
YEAR_SLOT = 0


# --- the rule ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unlocking:
    """A teacher was unlocked: for which journal and quarter (all if empty), and is it still so."""

    whom: str
    journal: str
    quarter: int
    state: str  # runs, over (its end has come), ended (by a person)


@dataclass(frozen=True)
class World:
    """A day of the school, and somebody who wants to write into mathematics of 5А.

    The ``lesson`` is given ``before_end`` days before the end of a quarter; the next one, to which
    its homework is due, three days later.
    """

    who: str
    quarter: int = 2
    before_end: int = 10
    since: str = "lesson"  # today is counted from the lesson or from the end of the quarter
    after: str = ""  # by a setting, or by nothing
    more: int = 0  # and by so many days
    teacher: int = 7
    class_teacher: int = 7
    leader: int = 60
    grace: int = 7
    ahead: int = 30
    final_ahead: int = 14
    every_subject: bool = False  # class teachers put marks in every subject
    closing: str = ""  # 5А, 5Б, or "again": 5А was closed and opened again
    unlocking: Unlocking | None = None
    year_closed: bool = False
    cancelled: bool = False
    substituted: bool = False  # english_1 gives the lesson

    @property
    def ends(self) -> Day:
        return QUARTERS[self.quarter][1]

    @property
    def lesson(self) -> Day:
        return self.ends - dt.timedelta(days=self.before_end)

    @property
    def next(self) -> Day:
        return self.lesson + dt.timedelta(days=3)

    @property
    def today(self) -> Day:
        start = self.lesson if self.since == "lesson" else self.ends
        days = getattr(self, self.after) if self.after else 0
        back = self.after in {"ahead", "final_ahead"}
        return max(start + dt.timedelta(days=self.more + (-days if back else days)),
                   QUARTERS[1][0])  # fmt: skip

    # Who may write into a lesson at all. A substitute may into that lesson only.

    def keeps(self, day: Day) -> bool:
        return (
            self.who in {"teacher", "leader"}
            or (self.who == "english_1" and self.substituted and day == self.lesson)
            or (self.who == "class_teacher" and self.every_subject)
        )

    @property
    def puts_finals(self) -> bool:
        return self.who in {"teacher", "leader"} or (
            self.who == "class_teacher" and self.every_subject
        )

    @property
    def chief(self) -> bool:
        """The administration is bound by days, not by the days of grace after a period."""
        return self.who in {"leader", "deputy"}

    @property
    def days(self) -> int:
        if self.who == "leader":
            return self.leader
        if self.who == "class_teacher":
            return max(self.teacher, self.class_teacher)
        return self.teacher

    # What the passing of time and people have closed.

    def closed_by_person(self, day: Day) -> bool:
        """Closed for 5А: nobody changes it. A running quarter cannot be closed."""
        return self.closing == "5А" and quarter_of(day) == self.quarter and self.today >= self.ends

    def over(self, day: Day, today: Day | None = None) -> bool:
        """Whether the days of grace after the quarter of a day are over."""
        quarter = quarter_of(day)
        return quarter is not None and ((today or self.today) - QUARTERS[quarter][1]).days > (
            self.grace
        )

    def unlocked(self, quarter: int | None) -> bool:
        """Unlocking sets time aside for one teacher, one journal, one quarter, until its end."""
        one = self.unlocking
        return (
            one is not None and one.whom == self.who and one.state == "runs"
            and one.journal in {"", "maths_5a"} and one.quarter in {0, quarter}
        )  # fmt: skip

    def is_cancelled(self, day: Day) -> bool:
        return self.cancelled and day == self.lesson

    def cells(self, day: Day, *, unlocked: bool | None = None) -> bool:
        """Whether marks, attendance and comments of the lesson on a day can be changed."""
        if not self.keeps(day) or self.year_closed or self.is_cancelled(day):
            return False
        if day > self.today:  # nothing opens a day ahead
            return False
        if self.unlocked(quarter_of(day)) if unlocked is None else unlocked:
            return True
        in_days = (self.today - day).days <= self.days
        return in_days and not self.closed_by_person(day) and (self.chief or not self.over(day))

    def writing(self, day: Day, *, unlocked: bool | None = None) -> bool:
        """Whether topic, homework and works can be written: as marks, and some days ahead."""
        if day > self.today:
            near = (day - self.today).days <= self.ahead
            return near and self.keeps(day) and not self.year_closed and not self.is_cancelled(day)
        return self.cells(day, unlocked=unlocked)

    def finals(self, quarter: int, *, unlocked: bool | None = None, year: bool = False) -> bool:
        """Whether marks of a quarter, or those of the year after the last one, can be put."""
        ends = QUARTERS[quarter][1]
        if not self.puts_finals or self.year_closed:
            return False
        if (ends - self.today).days > self.final_ahead:
            return False
        if self.unlocked(quarter) if unlocked is None else unlocked:
            return True
        # The marks of the year follow exams that come after the last lesson: no days of grace.
        in_time = year or self.chief or not self.over(ends)
        return in_time and not self.closed_by_person(ends)

    @property
    def enters_absences(self) -> bool:
        return not self.year_closed and self.who in {
            "class_teacher", "deputy", "leader", "medical"
        }  # fmt: skip

    def absence_fills(self, day: Day) -> bool:
        """Certificates come late: absences know no days back, only closed periods and years."""
        if not self.enters_absences or self.is_cancelled(day) or day > self.today:
            return False
        if self.unlocked(quarter_of(day)):
            return True
        return not self.closed_by_person(day) and (self.chief or not self.over(day))

    # What is told as outside the usual time.

    def usual(self, day: Day) -> bool:
        days = max(self.teacher, self.class_teacher)
        near = (self.today - day).days <= days
        return near and not self.closed_by_person(day) and not self.over(day)


def quarter_of(day: Day) -> int | None:
    return next((n for n, (first, last) in QUARTERS.items() if first <= day <= last), None)


_UNLOCKINGS = st.builds(
    Unlocking, st.sampled_from(["teacher", "class_teacher", "english_1"]),
    st.sampled_from(["", "maths_5a", "maths_5a", "russian_5a"]),
    st.sampled_from([0, 1, 2, 4]), st.sampled_from(["runs", "runs", "runs", "over", "ended"]),
)  # fmt: skip
_WHO = [
    *["teacher"] * 4, *["class_teacher"] * 3, *["english_1"] * 2, *["leader"] * 2, "deputy",
    "admin", "director", "medical", "teacher_parent", "parent", "pupil",
]  # fmt: skip
_DAYS = st.sampled_from([0, 3, 7, 30])
WORLDS = st.builds(
    World, who=st.sampled_from(_WHO), quarter=st.sampled_from([1, 2, 2, 4]),
    before_end=st.sampled_from([3, 4, 10, 30]), since=st.sampled_from(["lesson", "end"]),
    after=st.sampled_from(
        ["", "teacher", "class_teacher", "leader", "grace", "grace", "ahead", "final_ahead"]
    ),
    more=st.sampled_from([-1, 0, 0, 1, 1, 5]), teacher=_DAYS, class_teacher=_DAYS,
    leader=st.sampled_from([7, 60]), grace=st.sampled_from([0, 7, 40]),
    ahead=st.sampled_from([0, 30]), final_ahead=st.sampled_from([0, 14]),
    every_subject=st.booleans(), closing=st.sampled_from(["", "", "5А", "5А", "5Б", "again"]),
    unlocking=st.none() | _UNLOCKINGS, year_closed=st.sampled_from([False] * 11 + [True]),
    cancelled=st.sampled_from([False] * 11 + [True]), substituted=st.booleans(),
)  # fmt: skip


def _unlocked(journal: str = "", quarter: int = 0, state: str = "runs") -> dict[str, Any]:
    return {"unlocking": Unlocking("teacher", journal, quarter, state)}


_ENDED: dict[str, Any] = {"who": "teacher", "before_end": 3, "since": "end"}
_CLOSED: dict[str, Any] = {**_ENDED, "closing": "5А", "more": 1}
#: The last day that is open and the first that is not, of every limit; they are always tried.
EDGES = [
    World("teacher", after="teacher"),
    World("teacher", after="teacher", more=1, class_teacher=30),
    World(**_ENDED, teacher=30, after="grace"),
    World(**_ENDED, teacher=30, after="grace", more=1),
    World(**{**_CLOSED, "more": 0}),
    World(**{**_CLOSED, "closing": "again"}),
    World(**_CLOSED, **_unlocked("maths_5a", 2)),
    World(**_CLOSED, **_unlocked("russian_5a")),
    World(**_CLOSED, **_unlocked("", 1)),
    World(**_CLOSED, **_unlocked(state="over")),
    World(**_CLOSED, **_unlocked(state="ended")),
    World("teacher", more=-1, **_unlocked()),
    World("teacher", before_end=30, more=1, teacher=0, class_teacher=30, **_unlocked()),
    World(**{**_ENDED, "who": "leader"}, grace=0, more=5),
    World(**{**_CLOSED, "who": "leader"}),
    World("leader", after="leader", leader=7, more=1),
    World("class_teacher", after="class_teacher", teacher=3, every_subject=True),
    World("class_teacher", after="class_teacher", teacher=3, every_subject=True, more=1),
    World("class_teacher", every_subject=True, year_closed=True),
    World(**{**_CLOSED, "who": "class_teacher"}),
    World(**{**_CLOSED, "who": "medical"}),
    World("english_1", substituted=True, more=5),
    World("teacher", cancelled=True, more=5),
    World("admin", year_closed=True, more=5),
    World("pupil", more=1),
    World(**_ENDED, after="final_ahead"),
    World(**_ENDED, after="final_ahead", more=-1),
    World("teacher", after="ahead", ahead=7),
    World("teacher", after="ahead", ahead=7, more=-1),
    World(**_ENDED, quarter=4, grace=0, more=5),
    World(**_CLOSED, quarter=4),
    World(**_CLOSED, quarter=4, **_unlocked("maths_5a", 4)),
]


def edges(test: Callable[..., None]) -> Callable[..., None]:
    for world in EDGES:
        test = example(world=world)(test)
    return test


# --- the school of a world -----------------------------------------------------------------------

#: Every table of the journal but the vocabularies.
TABLES = {
    model._meta.table_name
    for model in MODELS
    if model.__module__ == models.__name__
    and model not in {models.AssignmentType, models.AssignmentTypeSubject, models.AttendanceCode}
}
#: Tables that no year guards: see guards.py.
FREE = {"journal_alarm", "journal_comment_read", "journal_unlock", "journal_watch_mark"}
#: What no deed here touches.
STILL = {*FREE, "journal_absence_note", "journal_period_closing"}


def standing() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the journal that a deed could move."""
    return {table: rows(f"SELECT * FROM {table} ORDER BY id") for table in sorted(TABLES - STILL)}


@contextmanager
def at(day: Day, time: str = "12:00") -> Iterator[None]:
    with the_clock.frozen(f"{day}T{time}"):
        yield


class Desk:
    """What stands in the journal of a world, and the deeds; each says whether it was done."""

    def __init__(self, school: Any, lesson: Any, rules: Any, world: World) -> None:
        self.school, self.world, self.count = school, world, 0
        self.actors: dict[str, Any] = {}
        self.group, self.slot = school.ids["maths_5a"], school.ids[f"period_{world.quarter}"]
        self.pupil = school.persons["pupil"]
        rules(class_teacher_marks=world.every_subject)
        if world.who == "leader":
            for right in ("journal.mark.edit", "journal.homework.edit", "journal.final.edit"):
                Grant.create(role=Role.get(Role.name == "deputy"), permission=right, scope="school")
            forget_caches()
        teacher = school.persons["english_1" if world.substituted else "teacher"]
        self.at = lesson("maths_5a", str(world.lesson), teacher=teacher)
        self.next = lesson("maths_5a", str(world.next))
        self.kind = models.AssignmentType.get(models.AssignmentType.name == "Контрольная работа")
        works = [{"lesson": self.at, "type": self.kind, "position": n} for n in (0, 1)]
        self.main, self.spare = (models.Assignment.create(**one) for one in works)
        self.held = world.lesson <= world.today
        self.filled = False
        if self.held:
            self._before()
        rules(
            days_back_teacher=world.teacher, days_back_class_teacher=world.class_teacher,
            days_back_leader=world.leader, period_grace=world.grace, homework_ahead=world.ahead,
            final_ahead=world.final_ahead,
        )  # fmt: skip
        self._close()
        self.actors.clear()

    def actor(self, who: str | None = None) -> Any:
        who = who or self.world.who
        if who not in self.actors:
            self.actors[who] = self.school.actor("deputy" if who == "leader" else who)
        return self.actors[who]

    def _before(self) -> None:
        """What was done in its time: marks, an absence, homework with an answer, final marks."""
        world, teacher = self.world, self.actor("teacher")
        with at(world.lesson, "12:00"):
            for pupil, value in (("pupil", "3"), ("pupil_3", "4")):
                assert self._cell(pupil, value, actor=teacher)
            own = self.actor() if world.keeps(world.lesson) else teacher
            assert self._cell("pupil_4", "4", actor=own)
            self.absence = services.add_absence(
                self.actor("class_teacher"), self.school.persons["pupil_3"], starts=world.lesson,
                ends=world.lesson, code="Б", certificate="17",
            )  # fmt: skip
            self.task = services.set_task(teacher, self.at.id, answers=True)
            self.answer = services.hand_in(self.actor("pupil"), self.task.id, text="Решение")
            self.chosen = services.set_task(
                teacher, self.at.id, text="Карточка", pupils=[self.school.persons["pupil_2"]]
            )
        fill_on = min(world.ends, world.today)
        if (world.ends - fill_on).days <= 14:
            with at(fill_on):
                who = self.actor() if world.puts_finals else teacher
                done = services.fill_suggested(who, self.group, self.slot, operation="filled")
                assert done == 3
                self.filled = True
        with at(world.lesson, "12:30"):
            assert self._cell("pupil_2", "5", actor=teacher)

    def _close(self) -> None:
        world, deputy = self.world, self.school.actor("deputy")
        one = world.unlocking
        if one is not None:
            given = world.today - dt.timedelta(days=5 if one.state == "over" else 0)
            with at(given, "08:00"):
                made = services.unlock(
                    deputy, self.school.persons[one.whom], reason=ILL,
                    until=the_clock.stamp() + dt.timedelta(days=3),
                    group_id=self.school.ids[one.journal] if one.journal else None,
                    period_id=self.school.ids[f"period_{one.quarter}"] if one.quarter else None,
                )  # fmt: skip
                if one.state == "ended":
                    services.end_unlock(deputy, made.id)
        if world.closing and world.today >= world.ends:
            title = "5Б" if world.closing == "5Б" else "5А"
            with at(world.today, "08:00"):
                ids = [self.school.ids[title]]
                assert services.close_period(deputy, self.slot, ids) == 1
                if world.closing == "again":
                    services.reopen_period(deputy, self.slot, ids, "Ошибка")
        if world.cancelled:
            Lesson.update(status="cancelled").where(Lesson.id == self.at.id).execute()
        if world.year_closed:
            year = self.school.ids["year"]
            AcademicYear.update(state="closed").where(AcademicYear.id == year).execute()

    # --- cells -----------------------------------------------------------------------------------

    def _op(self) -> str:
        self.count += 1
        return f"deed{self.count}"

    def _edit(self, pupil: str, value: str, lesson: Any = None, comment: str | None = None) -> Edit:
        lesson, person = lesson or self.at, self.school.persons[pupil]
        found = rows(
            "SELECT m.version FROM journal_mark m JOIN journal_assignment a "
            "ON a.id = m.assignment_id WHERE a.lesson_id = ? AND m.pupil_id = ? UNION ALL "
            "SELECT version FROM journal_attendance WHERE lesson_id = ? AND pupil_id = ?",
            [lesson.id, person, lesson.id, person],
        )
        return Edit(
            op=self._op(), lesson=lesson.id, pupil=person, value=value, comment=comment,
            version=sum(version for (version,) in found),
        )  # fmt: skip

    def _cell(
        self, pupil: str, value: str, *, lesson: Any = None, actor: Any = None,
        comment: str | None = None,
    ) -> bool:  # fmt: skip
        edit = self._edit(pupil, value, lesson, comment)
        told = services.apply_edits(actor or self.actor(), [edit])[0]
        assert told["state"] in {"saved", "refused"}, told
        return bool(told["state"] == "saved")

    def both_lessons(self) -> list[str]:
        """A mark in the lesson and in the next one by one request; the states of both."""
        edits = [self._edit("pupil", "5"), self._edit("pupil", "5", self.next)]
        return [told["state"] for told in services.apply_edits(self.actor(), edits)]

    def mark(self) -> bool:
        return self._cell("pupil", "5")

    def mark_of_the_next_lesson(self) -> bool:
        return self._cell("pupil", "5", lesson=self.next)

    def attendance(self) -> bool:
        return self._cell("pupil", "б")

    def comment(self) -> bool:
        return self._cell("pupil", "3", comment="Молодец")

    def dot(self) -> bool:
        return self._cell("pupil", ".")

    def clearing(self) -> bool:
        return self._cell("pupil_2", "")

    def _undo(self, kind: str) -> bool:
        """The newest own act of a kind; whoever has no act at all asks for the last one."""
        acts = services.own_acts(self.actor(), self.group)
        mine = [act.id for act in acts if act.target.startswith(kind)]
        if acts and not mine:
            return False
        told = services.undo(self.actor(), self.group, mine[0] if mine else None)
        return bool(told["state"] == "saved")

    def undone_cell(self) -> bool:
        return self._undo("journal.cell:")

    def undone_final(self) -> bool:
        return self._undo("journal.final:")

    def revert(self) -> bool:
        since, until = dt.datetime(2026, 9, 1), dt.datetime(2027, 8, 1)  # noqa: DTZ001 - as stored
        done, _left = services.revert(
            self.actor(), self.school.users["teacher"], since, until, reason=STOLEN,
            operation=self._op(),
        )  # fmt: skip
        return done > 0

    # --- the lesson ------------------------------------------------------------------------------

    def note(self) -> bool:
        services.set_lesson_note(
            self.actor(), self.at.id, topic="Дроби", homework="№ 5", version=0
        )  # fmt: skip
        return True

    def confirmation(self) -> bool:
        services.confirm_attendance(self.actor(), self.at.id)
        return True

    def new_work(self) -> bool:
        services.add_assignment(self.actor(), self.at.id, type_id=self.kind.id)
        return True

    def changed_work(self) -> bool:
        services.update_assignment(
            self.actor(), self.main.id, type_id=self.kind.id, title="", weight=3, version=1
        )
        return True

    def removed_work(self) -> bool:
        services.remove_assignment(self.actor(), self.spare.id)
        return True

    def new_task(self) -> bool:
        pupils = [self.school.persons["pupil_4"]]
        services.set_task(self.actor(), self.at.id, text="Карточка", pupils=pupils)
        return True

    def changed_task(self) -> bool:
        services.set_task(
            self.actor(), self.at.id, task_id=self.task.id, links=["https://example.org"],
            answers=True, version=1,
        )  # fmt: skip
        return True

    def removed_task(self) -> bool:
        services.remove_task(self.actor(), self.chosen.id, version=1)
        return True

    def accepted_answer(self) -> bool:
        services.accept_answer(self.actor(), self.answer.id, version=1, mark="5")
        return True

    def handed_in(self) -> bool:
        services.hand_in(self.actor(), self.task.id, text="Ещё раз")
        return True

    # --- final marks -----------------------------------------------------------------------------

    def _final(self, slot: int) -> bool:
        found = rows(
            "SELECT version FROM journal_final_mark WHERE pupil_id = ? AND slot = ?",
            [self.pupil, slot],
        )
        edit = FinalEdit(
            op=self._op(), pupil=self.pupil, slot=slot, value="5",
            version=found[0][0] if found else 0,
        )  # fmt: skip
        told = services.put_finals(self.actor(), self.group, [edit])[0]
        assert told["state"] in {"saved", "refused"}, told
        return bool(told["state"] == "saved")

    def final(self) -> bool:
        return self._final(self.slot)

    def year_mark(self) -> bool:
        return self._final(YEAR_SLOT)

    def fill(self) -> bool:
        done = services.fill_suggested(self.actor(), self.group, self.slot, operation=self._op())
        return done > 0

    def unfill(self) -> bool:
        return services.undo_fill(self.actor(), self.group, "filled")[0] > 0

    # --- what the report tells -------------------------------------------------------------------

    def report(self) -> list[tuple[Any, ...]]:
        """Who and why, of the changes outside the usual time; the newest first."""
        document = access_log.unusual(
            self.actor("admin"),
            {"year": self.school.ids["year"], "since": QUARTERS[1][0], "until": Day(2027, 8, 1)},
        )
        return [
            (value_of(line[1]), str(value_of(line[-1])))
            for table in document.tables
            for line in table.rows
        ]


def allowed(desk: Desk) -> dict[str, tuple[bool, bool, bool]]:
    """Deed → allowed, allowed without the unlocking too, usual; deeds that make sense here."""
    world, day, held = desk.world, desk.world.lesson, desk.held

    def of_cells(day: Day, more: bool = True) -> tuple[bool, bool, bool]:
        return (
            more and world.cells(day), more and world.cells(day, unlocked=False), world.usual(day)
        )  # fmt: skip

    cells = of_cells(day)
    writing = world.writing(day), world.writing(day, unlocked=False), world.usual(day)
    final = (
        world.finals(world.quarter), world.finals(world.quarter, unlocked=False),
        not world.over(world.ends) and not world.closed_by_person(world.ends),
    )  # fmt: skip
    last = QUARTERS[LAST][1]
    found = {
        "mark": cells, "attendance": cells, "dot": cells,
        "mark_of_the_next_lesson": of_cells(world.next), "note": writing, "confirmation": cells,
        "new_work": writing, "changed_work": writing, "removed_work": writing,
        "new_task": writing, "final": final,
        "year_mark": (
            world.finals(LAST, year=True), world.finals(LAST, unlocked=False, year=True),
            not world.closed_by_person(last),
        ),
    }  # fmt: skip
    if not held:
        return found
    # A mark for homework goes to the lesson where it was due, once that was held.
    place = world.next if world.next <= world.today else day
    judges = (
        world.who in {"teacher", "leader"}
        or (world.who == "english_1" and world.substituted)
        or (world.who == "class_teacher" and world.every_subject)
    )
    chief = world.who in {"deputy", "leader", "admin"}
    reverts = chief and not world.year_closed
    hands_in = world.who == "pupil" and not world.year_closed
    found |= {
        "comment": cells, "clearing": cells, "undone_cell": cells, "fill": final,
        "changed_task": writing, "removed_task": writing,
        "accepted_answer": of_cells(place, judges), "handed_in": (hands_in, hands_in, True),
        "revert": (reverts, reverts, False),
    }  # fmt: skip
    if desk.filled:
        found |= {"unfill": final, "undone_final": final}
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@edges
@given(world=WORLDS)
def test_nothing_is_written_where_it_is_closed_and_what_is_late_is_told(
    school: Any, lesson: Any, rules: Any, world: World
) -> None:
    with db.atomic() as around:
        try:
            desk = Desk(school, lesson, rules, world)
            with at(world.today):
                before, told = standing(), len(desk.report())
                for deed, rule in allowed(desk).items():
                    with db.atomic() as one:
                        _try(desk, deed, rule, before, told)
                        one.rollback()
                with db.atomic() as one:
                    states = [
                        "saved" if world.cells(day) else "refused"
                        for day in (world.lesson, world.next)
                    ]
                    assert desk.both_lessons() == states
                    one.rollback()
                _try_absences(desk, before)
        finally:
            around.rollback()
            forget_caches()


def _done(deed: Callable[[], bool]) -> bool:
    try:
        with db.atomic():
            return deed()
    except (Refused, NotThere):
        return False


def _try(
    desk: Desk, deed: str, rule: tuple[bool, bool, bool], before: dict[str, Any], told: int
) -> None:
    may, without, usual = rule
    done = _done(getattr(desk, deed))
    assert done == may, deed
    assert (standing() != before) == may, deed
    if not may or deed == "handed_in":
        return
    lines = desk.report()
    fresh = {reason for _who, reason in lines[: len(lines) - told]}
    if deed == "revert":
        assert fresh == {STOLEN}
    elif not without:
        assert fresh == {ILL}, deed
    elif not usual:
        assert fresh, deed
    elif not (desk.world.unlocking and desk.world.unlocking.whom == desk.world.who):
        assert not fresh, deed


# --- absences of days: each lesson by itself -----------------------------------------------------


def _codes(desk: Desk, pupil: str) -> tuple[str, str]:
    """What stands at the lesson and at the next one."""
    found = dict(
        rows("SELECT lesson_id, code FROM journal_attendance WHERE pupil_id = ?",
             [desk.school.persons[pupil]])
    )  # fmt: skip
    return found.get(desk.at.id, ""), found.get(desk.next.id, "")


def _try_absences(desk: Desk, before: dict[str, Any]) -> None:
    world = desk.world
    days = {"starts": world.lesson, "ends": world.next, "code": "Б", "certificate": "18"}
    here, there = world.absence_fills(world.lesson), world.absence_fills(world.next)

    def enter() -> bool:
        services.add_absence(desk.actor(), desk.school.persons["pupil_2"], **days)
        return True

    with db.atomic() as one:
        done = _done(enter)
        assert done == world.enters_absences
        codes = ("Б" if here else "", "Б" if there else "")
        assert _codes(desk, "pupil_2") == codes
        if done:
            _let_a_night_pass(desk, codes)
        else:
            assert standing() == before
        one.rollback()
    if not desk.held:
        return
    row = desk.absence

    def move() -> bool:
        later = {**days, "starts": world.next}
        services.change_absence(desk.actor(), row.id, version=row.version, **later)
        return True

    def remove() -> bool:
        services.remove_absence(desk.actor(), row.id, version=row.version)
        return True

    for deed, wanted in (
        (move, ("" if here else "Б", "Б" if there else "")), (remove, ("" if here else "Б", "")),
    ):  # fmt: skip
        with db.atomic() as one:
            done = _done(deed)
            assert done == world.enters_absences
            assert _codes(desk, "pupil_3") == wanted
            assert done or standing() == before
            one.rollback()


def _let_a_night_pass(desk: Desk, codes: tuple[str, str]) -> None:
    """The job of the morning fills no lesson of a period that is closed."""
    world = desk.world
    tomorrow = world.today + dt.timedelta(days=1)
    with at(tomorrow, "05:30"):
        services.settle_today()
    for day, old, new in zip((world.lesson, world.next), codes, _codes(desk, "pupil_2"),
                             strict=True):  # fmt: skip
        if world.closed_by_person(day) or world.over(day, tomorrow):
            assert new == old


# --- what was found broken, each by itself -------------------------------------------------------


def _close(school: Any, period: str = "period_1") -> None:
    services.close_period(school.actor("deputy"), school.ids[period], [school.ids["5А"]])


def _close_year(school: Any) -> None:
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()


def test_the_morning_after_does_not_write_what_was_refused_the_day_before(
    school: Any, lesson: Any, clock: Any
) -> None:
    lesson("maths_5a", "2026-10-23")
    clock.move("2026-10-26")
    _close(school)
    services.add_absence(
        school.actor("class_teacher"), school.persons["pupil"], starts=Day(2026, 10, 22),
        ends=Day(2026, 10, 25), code="Б",
    )  # fmt: skip
    clock.move("2026-10-27T05:30")
    assert services.settle_today() == 0
    assert not models.Attendance.select().exists()


def test_an_unlocking_is_told_although_the_day_is_usual_for_a_class_teacher(
    school: Any, lesson: Any, rules: Any, put: Any
) -> None:
    at_last = lesson("maths_5a", "2026-11-19")
    rules(days_back_teacher=1, days_back_class_teacher=14)
    assert put("teacher", at_last, "pupil", "5")["state"] == "refused"
    services.unlock(
        school.actor("deputy"), school.persons["teacher"], reason=ILL,
        until=the_clock.stamp() + dt.timedelta(days=1),
    )  # fmt: skip
    assert put("teacher", at_last, "pupil", "5")["state"] == "saved"
    assert rows("SELECT reason FROM core_audit_entry WHERE kind = 'journal.cell'") == [(ILL,)]


def test_a_file_taken_off_a_homework_by_an_unlocking_is_told(
    school: Any, lesson: Any, clock: Any
) -> None:
    teacher = school.actor("teacher")
    task = services.set_task(teacher, lesson().id, links=["https://example.org"])
    row = files.StoredFile.create(
        kind="journal.task", target=f"journal.task:{task.id}", name="card.pdf", size=1, digest="0",
        type="application/pdf", created_at=the_clock.stamp(),
    )  # fmt: skip
    clock.move("2026-12-20")
    with pytest.raises(Refused):
        services.drop_task_file(teacher, task.id, row.id)
    services.unlock(
        school.actor("deputy"), school.persons["teacher"], reason=ILL,
        until=the_clock.stamp() + dt.timedelta(days=1),
    )  # fmt: skip
    services.drop_task_file(teacher, task.id, row.id)
    (line,) = access_log.unusual(school.actor("admin"), {"year": school.ids["year"]}).tables[0].rows
    assert value_of(line[-1]) == ILL


def test_absences_are_unusual_only_when_they_come_late(school: Any, lesson: Any) -> None:
    lesson("maths_5a", "2026-11-23")
    lesson("maths_5a", "2026-11-09")
    class_teacher = school.actor("class_teacher")
    told = []
    for day in (Day(2026, 11, 23), Day(2026, 11, 9)):
        services.add_absence(
            class_teacher, school.persons["pupil"], starts=day, ends=day, code="Б"
        )  # fmt: skip
        found = access_log.unusual(school.actor("admin"), {"year": school.ids["year"]})
        told.append([str(value_of(line[-1])) for line in found.tables[0].rows])
    assert told == [[], ["Отсутствие 09.11"]]


def test_a_note_of_a_closed_year_is_neither_answered_nor_taken_back(school: Any) -> None:
    parent, pupil, day = school.actor("parent"), school.persons["pupil"], Day(2026, 11, 23)
    note = services.send_note(parent, pupil, starts=day, ends=day, reason="Болеет")
    _close_year(school)
    for deed in (
        lambda: services.decline_note(
            school.actor("class_teacher"), note.id, answer="Нет", version=1
        ),
        lambda: services.withdraw_note(parent, pupil, note.id),
    ):
        with pytest.raises(Refused):
            deed()


# --- the database --------------------------------------------------------------------------------

#: What erasing a person empties in a closed year too, and from where it takes rows away.
EMPTIED = {
    "journal_absence": {"reason", "certificate", "created_by_id"},
    "journal_absence_note": {"created_by_id", "decided_by_id"},
    "journal_answer_version": {"judged_by_id"},
    "journal_lesson_note": {"updated_by_id"},
    "journal_period_closing": {"closed_by_id"},
    "journal_task": {"updated_by_id"},
}
TAKEN_AWAY = {
    "journal_absence_note", "journal_answer", "journal_answer_version", "journal_task_pupil",
}  # fmt: skip


@pytest.fixture
def past(school: Any, lesson: Any, put: Any, clock: Any) -> dict[str, int]:
    """A row in every table of the journal, of a year that is closed now; what a copy needs."""
    teacher, pupil = school.actor("teacher"), school.persons["pupil"]
    clock.move("2026-10-23")
    here, other = lesson("maths_5a", "2026-10-23"), lesson("maths_5a", "2026-10-22")
    put("teacher", here, "pupil", "5")
    services.set_lesson_note(teacher, here.id, topic="Дроби", homework="№ 5", version=0)
    task = services.set_task(teacher, here.id, answers=True, text="К", pupils=[pupil])
    services.hand_in(school.actor("pupil"), task.id, text="Решение")
    slot = school.ids["period_1"]
    edit = FinalEdit(op="f", pupil=pupil, slot=slot, value="5", version=0)
    services.put_finals(teacher, school.ids["maths_5a"], [edit])
    days = {"starts": here.date, "ends": here.date}
    services.add_absence(school.actor("class_teacher"), pupil, **days, code="Б")
    services.send_note(school.actor("parent"), pupil, **days, reason="Болеет")
    # What nothing hangs on, so that no key holds it before the guard is asked.
    models.Assignment.create(lesson=other, type=models.AssignmentType.get())
    services.set_task(teacher, other.id, links=["https://example.org"])
    clock.move("2026-10-26")
    _close(school)
    _close_year(school)
    return {
        "lesson_id": other.id, "pupil_id": school.persons["pupil_4"], "number": 9,
        "period_id": school.ids["period_2"],
    }  # fmt: skip


def refused(sql: str) -> bool:
    """Whether the database refuses a statement in the name of the closed year."""
    try:
        with db.atomic():
            db.execute_sql(sql)
            return False
    except pw.DatabaseError as error:
        return CLOSED_YEAR in str(error)


def test_every_table_of_the_journal_is_guarded_or_named_as_free() -> None:
    guards = EXTRAS["journal"]["sqlite"]
    guarded = {name for name in TABLES if f"{name}_closed_insert" in guards}
    assert guarded == TABLES - FREE
    assert {name for name in guarded if f"{name}_closed_delete" not in guards} == TAKEN_AWAY


@pytest.mark.parametrize("table", sorted(TABLES - FREE))
def test_hand_written_sql_into_a_closed_year_is_refused(past: dict[str, int], table: str) -> None:
    model = next(one for one in MODELS if one._meta.table_name == table)
    columns = [one.column_name for one in model._meta.sorted_fields if one.name != "id"]
    assert rows(f"SELECT COUNT(*) FROM {table}")[0][0] > 0
    copy = ", ".join(str(past.get(column, column)) for column in columns)
    names = ", ".join(columns)
    newest = f"WHERE id = (SELECT MAX(id) FROM {table})"
    assert refused(f"INSERT INTO {table} ({names}) SELECT {copy} FROM {table} {newest}")
    let = {one for one in columns if not refused(f"UPDATE {table} SET {one} = {one} {newest}")}
    assert let == EMPTIED.get(table, set())
    assert refused(f"DELETE FROM {table} {newest}") == (table not in TAKEN_AWAY)


def test_no_row_is_smuggled_into_a_closed_year(school: Any, past: dict[str, int]) -> None:
    del past
    year = AcademicYear.create(
        title="2027/28", starts=Day(2027, 9, 1), ends=Day(2028, 5, 26), state="current"
    )
    group = TeachingGroup.create(year=year, subject=school.ids["Математика"])
    times = {"date": Day(2027, 9, 1), "number": 1, "starts": 480, "ends": 520}
    at_last = Lesson.create(group=group, **times)
    pupil, kind = school.persons["pupil"], models.AssignmentType.get()
    work = models.Assignment.create(lesson=at_last, type=kind)
    models.Mark.create(assignment=work, pupil=pupil, year=year, value="5")
    models.Attendance.create(lesson=at_last, pupil=pupil, year=year, code="Б")
    models.FinalMark.create(
        pupil=pupil, year=year, subject=group.subject_id, slot=0, group=group, value="5"
    )
    old = school.ids["year"]
    lessons = f"SELECT MAX(id) FROM timetable_lesson WHERE id < {at_last.id}"
    works = f"SELECT MAX(id) FROM journal_assignment WHERE id < {work.id}"
    for table, move in (
        ("journal_assignment", f"lesson_id = ({lessons}) WHERE id = {work.id}"),
        ("journal_mark", f"assignment_id = ({works}) WHERE assignment_id = {work.id}"),
        ("journal_attendance", f"lesson_id = ({lessons}) WHERE lesson_id = {at_last.id}"),
        ("journal_final_mark", f"year_id = {old} WHERE year_id = {year.id}"),
    ):
        assert refused(f"UPDATE {table} SET {move}"), table


def test_who_wrote_in_a_closed_year_can_be_erased(school: Any, past: dict[str, int]) -> None:
    del past
    for who, typed in (("teacher", "Мартынюк"), ("pupil", "Абрамов"), ("deputy", "Ёлкина")):
        person = school.persons[who]
        Person.update(archived_at=the_clock.stamp()).where(Person.id == person).execute()
        privacy.erase(school.actor("admin"), person, typed)
    assert models.LessonNote.get().updated_by_id is None
    assert models.PeriodClosing.get().closed_by_id is None
    assert (models.Absence.get().reason, models.Answer.select().count()) == ("", 0)
