"""No write where a period, a window or a year is closed, and what was late is told (features 3.7).

The rule is written down here a second time, over plain days, and every service is held against it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asurso_core import clock as core_clock
from asurso_core.accounts.models import Grant, Role
from asurso_core.db import db, rows
from asurso_core.errors import AsursoError
from asurso_core.school.models import AcademicYear
from asurso_core.testing.plugin import forget_caches
from asurso_journal import services
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    PeriodClosing,
    Unlock,
)
from asurso_journal.policy import final_rules
from asurso_journal.reports import access_log
from asurso_journal.services import Edit, FinalEdit

Day = dt.date
#: The first and the second quarter of the small school.
QUARTERS = {1: (Day(2026, 9, 1), Day(2026, 10, 25)), 2: (Day(2026, 11, 4), Day(2026, 12, 30))}
#: What stood in the cell before, and in the final mark.
STOOD = "3"


@dataclass(frozen=True)
class Opened:
    """An unlocking for the teacher of mathematics: for which journal, quarter and how long."""

    journal: str  # "maths_5a", "russian_5a", or "" for all
    quarter: int  # 0 for all
    state: str  # "runs", "over", "ended"

    def opens(self, quarter: int) -> bool:
        return (
            self.state == "runs"
            and self.journal in {"", "maths_5a"}
            and self.quarter in {0, quarter}
        )


@dataclass(frozen=True)
class World:
    """A moment of the school, and who wants to change a lesson of mathematics in 5А."""

    who: str
    today: Day
    lesson: Day
    days_teacher: int = 7
    days_class_teacher: int = 7
    grace: int = 7
    ahead: int = 14
    leads_all: bool = False  # class teachers mark every subject
    locked: tuple[int, ...] = ()  # quarters closed for 5А
    year_closed: bool = False
    opened: Opened | None = None

    @property
    def quarter(self) -> int:
        return next(n for n, (first, last) in QUARTERS.items() if first <= self.lesson <= last)

    @property
    def ends(self) -> Day:
        return QUARTERS[self.quarter][1]

    @property
    def shut(self) -> bool:
        """Whether the quarter is closed for 5А; a running one cannot be."""
        return self.quarter in self.locked and self.today >= self.ends

    @property
    def chief(self) -> bool:
        return self.who in {"leader", "deputy"}

    @property
    def may(self) -> bool:
        """Whether the actor keeps this journal at all, and the year is open."""
        keeps = self.who in {"teacher", "leader"} or (
            self.who == "class_teacher" and self.leads_all
        )
        return keeps and not self.year_closed

    @property
    def unlocked(self) -> bool:
        return self.who == "teacher" and self.opened is not None and self.opened.opens(self.quarter)

    @property
    def over(self) -> bool:
        return (self.today - self.ends).days > self.grace

    @property
    def days(self) -> int:
        if self.who == "leader":
            return 60
        if self.who == "class_teacher":
            return max(self.days_teacher, self.days_class_teacher)
        return self.days_teacher

    @property
    def period_open(self) -> bool:
        """Whether the quarter of the lesson is open to the actor, apart from days back."""
        if self.unlocked:
            return True
        return not self.shut and not (self.over and not self.chief)

    @property
    def cell_open(self) -> bool:
        held = self.lesson <= self.today
        recent = self.unlocked or (self.today - self.lesson).days <= self.days
        return self.may and held and recent and self.period_open

    @property
    def work_open(self) -> bool:
        """Works, topics and homework can be written thirty days ahead."""
        if self.lesson > self.today:
            return self.may and (self.lesson - self.today).days <= 30
        return self.cell_open

    @property
    def final_open(self) -> bool:
        begun = self.today >= self.ends - dt.timedelta(days=self.ahead)
        return self.may and self.who != "leader" and begun and self.period_open

    @property
    def absence_open(self) -> bool:
        """A class teacher's absence fills lessons of open quarters, however long ago."""
        return self.lesson <= self.today and self.period_open and not self.year_closed

    @property
    def late(self) -> bool:
        """Whether a change of the lesson made now is told as one outside the usual time."""
        usual = max(self.days_teacher, self.days_class_teacher)
        return self.over or self.shut or (self.today - self.lesson).days > usual

    @property
    def late_final(self) -> bool:
        return self.over or self.shut


def _days(first: Day, last: Day) -> st.SearchStrategy[Day]:
    return st.dates(first, last)


_WORLDS = st.builds(
    World,
    who=st.sampled_from(["teacher", "teacher", "class_teacher", "leader", "english_1", "deputy"]),
    today=_days(Day(2026, 12, 10), Day(2027, 1, 20)),
    lesson=st.one_of(_days(Day(2026, 10, 12), Day(2026, 10, 25)),
                     _days(Day(2026, 12, 14), Day(2026, 12, 30))),
    days_teacher=st.sampled_from([0, 7, 40]),
    days_class_teacher=st.sampled_from([0, 7, 40]),
    grace=st.sampled_from([0, 7, 60]),
    ahead=st.sampled_from([0, 14]),
    leads_all=st.booleans(),
    locked=st.sampled_from([(), (1,), (1, 2), (2,)]),
    year_closed=st.sampled_from([False, False, False, True]),
    opened=st.one_of(
        st.none(),
        st.builds(
            Opened, st.sampled_from(["", "maths_5a", "russian_5a"]), st.sampled_from([0, 1, 2]),
            st.sampled_from(["runs", "runs", "over", "ended"]),
        ),
    ),
)  # fmt: skip


class Table:
    """The small school in one of the worlds: a mark, a work and a final mark stand already."""

    def __init__(self, school: Any, lesson: Any, put_rules: Any, world: World) -> None:
        self.school, self.world = school, world
        self.group, self.pupil = school.ids["maths_5a"], school.persons["pupil"]
        self.slot = school.ids[f"period_{world.quarter}"]
        self.number = 0
        put_rules(
            days_back_teacher=world.days_teacher, days_back_leader=60,
            days_back_class_teacher=world.days_class_teacher, period_grace=world.grace,
            final_ahead=world.ahead, class_teacher_marks=world.leads_all,
        )  # fmt: skip
        if world.who == "leader":
            for permission in ("journal.mark.edit", "journal.homework.edit"):
                Grant.create(
                    role=Role.get(Role.name == "deputy"), permission=permission, scope="school"
                )
        self.at = lesson("maths_5a", world.lesson.isoformat())
        self.kind = AssignmentType.get(AssignmentType.name == "Контрольная работа")
        self.main = Assignment.create(lesson=self.at, type=self.kind, weight=1, position=0)
        self.spare = Assignment.create(lesson=self.at, type=self.kind, weight=1, position=1)
        self._stand()
        self._shut()
        forget_caches()

    @property
    def actor(self) -> Any:
        return self.school.actor("deputy" if self.world.who == "leader" else self.world.who)

    def _stand(self) -> None:
        """What stands was put by the teacher in its time: entries of the history with it."""
        when, teacher = self.world.lesson, self.school.actor("teacher")
        with core_clock.frozen(f"{when.isoformat()}T12:00"):
            edit = Edit(op="stood", lesson=self.at.id, pupil=self.pupil, value=STOOD, version=0)
            assert services.apply_edits(teacher, [edit])[0]["state"] == "saved"
        with core_clock.frozen(f"{self.world.ends.isoformat()}T12:00"):
            assert services.fill_suggested(teacher, self.group, self.slot, operation="stood") == 1
        with core_clock.frozen(f"{when.isoformat()}T12:05"):
            other = self.school.persons["pupil_3"]
            edit = Edit(op="other", lesson=self.at.id, pupil=other, value="4", version=0)
            assert services.apply_edits(teacher, [edit])[0]["state"] == "saved"

    def _shut(self) -> None:
        for quarter in self.world.locked:
            if self.world.today < QUARTERS[quarter][1]:
                continue
            PeriodClosing.create(
                period=self.school.ids[f"period_{quarter}"], school_class=self.school.ids["5А"],
                closed_at=dt.datetime(2026, 12, 30), rules=final_rules().as_json(),  # noqa: DTZ001
            )  # fmt: skip
        found = self.world.opened
        if found is not None:
            # Midnight of the next day, as the page stores the end of a day; or a moment gone by.
            until = Day(2027, 2, 1) if found.state != "over" else self.world.today
            Unlock.create(
                teacher=self.school.persons["teacher"],
                group=self.school.ids[found.journal] if found.journal else None,
                period=self.school.ids[f"period_{found.quarter}"] if found.quarter else None,
                until=dt.datetime.combine(until, dt.time()), reason="Учитель болел",
                given_at=dt.datetime(2026, 12, 1),  # noqa: DTZ001 - as stored
                ended_at=dt.datetime(2026, 12, 2) if found.state == "ended" else None,  # noqa: DTZ001
            )  # fmt: skip
        if self.world.year_closed:
            AcademicYear.update(state="closed").where(
                AcademicYear.id == self.school.ids["year"]
            ).execute()

    def snapshot(self) -> dict[str, Any]:
        """What must not move when a change is refused; the history too."""
        return {table: rows(f"SELECT * FROM {table} ORDER BY id") for table in _HELD}

    def late(self) -> list[str]:
        """The reasons that the report on changes outside the usual time tells."""
        document = access_log.unusual(
            self.school.actor("admin"),
            {"year": self.school.ids["year"], "since": Day(2026, 12, 1), "until": Day(2027, 1, 31)},
        )
        return [str(getattr(line[-1], "value", line[-1])) for line in document.tables[0].rows]

    # --- the deeds; each says whether it did what it was asked for --------------------------------

    def op(self) -> str:
        self.number += 1
        return f"deed{self.number}"

    def cell(self, value: str, comment: str | None = None) -> bool:
        sql = (
            "SELECT COALESCE((SELECT version FROM journal_mark WHERE assignment_id = ? "
            "AND pupil_id = ?), 0) + COALESCE((SELECT version FROM journal_attendance "
            "WHERE lesson_id = ? AND pupil_id = ?), 0)"
        )
        version = rows(sql, [self.main.id, self.pupil, self.at.id, self.pupil])[0][0]
        edit = Edit(
            op=self.op(), lesson=self.at.id, pupil=self.pupil, value=value, version=version,
            comment=comment,
        )  # fmt: skip
        return bool(services.apply_edits(self.actor, [edit])[0]["state"] == "saved")

    def mark(self) -> bool:
        return self.cell("5")

    def attendance(self) -> bool:
        return self.cell("б")

    def comment(self) -> bool:
        return self.cell(STOOD, "Молодец")

    def undo(self) -> bool:
        """Only the teacher has an act here: the one that put what stands."""
        return bool(services.undo(self.actor, self.group)["state"] == "saved")

    def note(self) -> bool:
        services.set_lesson_note(
            self.actor, self.at.id, topic="Дроби", homework="№ 5", version=0
        )  # fmt: skip
        return True

    def confirm(self) -> bool:
        services.confirm_attendance(self.actor, self.at.id)
        return True

    def add_work(self) -> bool:
        services.add_assignment(self.actor, self.at.id, type_id=self.kind.id)
        return True

    def change_work(self) -> bool:
        services.update_assignment(
            self.actor, self.main.id, type_id=self.kind.id, title="", weight=3, version=1
        )
        return True

    def remove_work(self) -> bool:
        services.remove_assignment(self.actor, self.spare.id)
        return True

    def final(self) -> bool:
        edit = FinalEdit(
            op=self.op(), pupil=self.pupil, slot=self.slot, value="5", version=1, reason="Олимпиада"
        )
        return bool(services.put_finals(self.actor, self.group, [edit])[0]["state"] == "saved")

    def fill(self) -> bool:
        """Another pupil has a mark in the lesson and no final mark."""
        return services.fill_suggested(self.actor, self.group, self.slot, operation=self.op()) > 0

    def unfill(self) -> bool:
        return services.undo_fill(self.actor, self.group, "stood")[0] > 0

    def revert(self) -> bool:
        """Deputy and administrator put back what the account did, whatever the time says."""
        done, _left = services.revert(
            self.actor, self.school.users["teacher"], dt.datetime(2026, 9, 1),  # noqa: DTZ001
            dt.datetime(2027, 2, 1), reason="Чужая учётная запись", operation=self.op(),  # noqa: DTZ001
        )  # fmt: skip
        return done > 0

    def absence(self) -> bool:
        """Entered by whoever leads the class; the deed is what it writes into the lesson."""
        day = self.world.lesson
        services.add_absence(
            self.actor, self.school.persons["pupil_2"], starts=day, ends=day, code="Б"
        )
        return bool(rows("SELECT 1 FROM journal_attendance WHERE code = 'Б' AND pupil_id = ?",
                         [self.school.persons["pupil_2"]]))  # fmt: skip


_HELD = (
    "journal_mark", "journal_attendance", "journal_assignment", "journal_lesson_note",
    "journal_final_mark", "journal_absence", "journal_absence_fill", "core_audit_entry",
)  # fmt: skip


def _allowed(world: World) -> dict[str, bool]:
    """What the rule says of each deed."""
    cell, work, final = world.cell_open, world.work_open, world.final_open
    leads = world.who in {"class_teacher", "deputy", "leader"}
    return {
        "mark": cell, "attendance": cell, "comment": cell,
        "undo": cell and world.who == "teacher",
        "note": work, "confirm": cell, "add_work": work, "change_work": work, "remove_work": work,
        "final": final, "unfill": final and world.who == "teacher", "fill": final,
        "revert": world.who in {"deputy", "leader"} and not world.year_closed,
        "absence": leads and world.absence_open,
    }  # fmt: skip


_FINAL = {"final", "unfill", "fill"}

_WHATEVER_IS_ENTERED = ("journal_absence", "journal_absence_fill", "core_audit_entry")


LATE = World("teacher", Day(2027, 1, 2), Day(2026, 12, 29), locked=(2,))
#: What random worlds would meet seldom: each of them alone shows a rule that has been broken.
TOLD = [
    World("teacher", Day(2026, 12, 24), Day(2026, 12, 22)),
    World("teacher", Day(2026, 12, 20), Day(2026, 12, 28)),  # ahead
    World("teacher", Day(2026, 12, 10), Day(2026, 12, 9), ahead=0),  # too early for the quarter
    World("teacher", Day(2027, 1, 5), Day(2026, 12, 29), days_teacher=40, grace=0),
    LATE,
    replace(LATE, opened=Opened("", 0, "runs")),
    replace(LATE, opened=Opened("maths_5a", 2, "runs")),
    replace(LATE, opened=Opened("maths_5a", 1, "runs")),
    replace(LATE, opened=Opened("russian_5a", 0, "runs")),
    replace(LATE, opened=Opened("", 2, "over")),
    replace(LATE, opened=Opened("", 2, "ended")),
    replace(LATE, who="class_teacher", leads_all=True),
    replace(LATE, who="deputy"),
    replace(LATE, who="english_1"),
    World("teacher", Day(2026, 12, 20), Day(2026, 10, 20), opened=Opened("", 1, "runs")),
    World("leader", Day(2026, 12, 15), Day(2026, 10, 20)),
    World("class_teacher", Day(2026, 12, 24), Day(2026, 12, 10), leads_all=True,
          days_class_teacher=40),
    World("class_teacher", Day(2026, 12, 24), Day(2026, 12, 22), leads_all=True, year_closed=True),
]  # fmt: skip


def _told(test: Any) -> Any:
    for world in reversed(TOLD):
        test = example(world=world)(test)
    return test


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=_WORLDS)
@_told
def test_nothing_is_written_where_it_is_closed_and_whatever_is_late_is_told(
    school: Any, lesson: Any, rules: Any, clock: Any, world: World
) -> None:
    with db.atomic() as around:
        try:
            table = Table(school, lesson, rules, world)
            clock.move(f"{world.today.isoformat()}T12:00")
            for deed, allowed in _allowed(world).items():
                with db.atomic() as one:
                    _try(table, deed, allowed)
                    one.rollback()
        finally:
            around.rollback()
            forget_caches()


def _try(table: Table, deed: str, allowed: bool) -> None:
    before = table.snapshot()
    try:
        done = getattr(table, deed)()
    except AsursoError:
        done = False
    assert done == allowed, (deed, table.world)
    if not done:
        after = table.snapshot()
        if deed == "absence":  # what was entered stays, and fills nothing
            for name in _WHATEVER_IS_ENTERED:
                del before[name], after[name]
        assert after == before, (deed, table.world)
    elif table.world.late_final if deed in _FINAL else table.world.late:
        told = table.late()
        assert told, deed
        assert all(told)
