"""Bells, the weekly grid, and the dated lessons made from it."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person, User
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField
from asurso_core.school import AcademicYear, Room, SchoolClass, Subject, TeachingGroup


class BellSchedule(Record):
    """A set of lesson times: «1 смена, 45 минут»."""

    title = pw.CharField(120, unique=True)
    code = pw.CharField(40, null=True, unique=True)  # the shipped data set it came from
    archived = pw.BooleanField(default=False)


class BellSlot(Record):
    """The n-th lesson of a schedule; times are whole minutes from midnight."""

    schedule = ref(BellSchedule, cascade=True)
    number = pw.IntegerField()
    starts = pw.IntegerField()
    ends = pw.IntegerField()

    class Meta:
        indexes = ((("schedule", "number"), True),)


class ClassBells(Record):
    """Which bells a class lives by, from a date to (not including) a date."""

    school_class = ref(SchoolClass)
    schedule = ref(BellSchedule)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("school_class", "since"), True),)


class Grid(Record):
    """A weekly timetable of the school, in force from a date to (not including) a date."""

    year = ref(AcademicYear)
    title = pw.CharField(80)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("year", "since"), True),)


class GridEntry(Record):
    """A weekly lesson. ``parity`` 0 is every week, 1 odd and 2 even weeks of the year.

    Times are copied from the bells, so that a clash is judged by the clock and not by the number
    of the lesson: the first grade has bells of its own.
    """

    grid = ref(Grid, cascade=True)
    weekday = pw.IntegerField()  # 1 Monday … 6 Saturday
    number = pw.IntegerField()
    parity = pw.IntegerField(default=0)
    starts = pw.IntegerField()
    ends = pw.IntegerField()
    group = ref(TeachingGroup)
    teacher = ref(Person, null=True)
    room = ref(Room, null=True)

    class Meta:
        indexes = (
            (("grid", "weekday", "number"), False),
            (("grid", "group"), False),
        )


class GridAct(Record):
    """What somebody last did in a grid, so that it can be undone; one row for each of them.

    ``before`` and ``after`` hold the columns of the entry, None where there was or is none.
    """

    grid = ref(Grid, cascade=True)
    user = ref(User, cascade=True)
    entry = pw.IntegerField()
    before = JSONField(null=True)
    after = JSONField(null=True)
    at = pw.DateTimeField()

    class Meta:
        indexes = ((("grid", "user"), True),)


class StaleSpan(Record):
    """Days whose lessons may no longer follow the grid and the calendar, both ends included."""

    year = ref(AcademicYear)
    starts = pw.DateField()
    ends = pw.DateField()
    reason = pw.CharField(10)  # grid, calendar, bells
    at = pw.DateTimeField()

    class Meta:
        indexes = ((("year", "reason"), False),)


class Lesson(Record):
    """One dated lesson, which is exactly one column of the journal (R2.3)."""

    date = pw.DateField()
    number = pw.IntegerField()
    starts = pw.IntegerField()
    ends = pw.IntegerField()
    group = ref(TeachingGroup)
    teacher = ref(Person, null=True)
    room = ref(Room, null=True)
    status = pw.CharField(10, default="planned")  # planned, cancelled
    # The grid entry it was made from; not a key, because grids may be thrown away.
    entry = pw.IntegerField(null=True)
    # The day that the entry meant; stays when a person moves the lesson to another day.
    planned_on = pw.DateField(null=True)
    by_hand = pw.BooleanField(default=False)  # added or changed by a person: not regenerated
    note = pw.CharField(255, null=True)
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = (
            (("group", "date"), False),
            (("teacher", "date"), False),
            (("room", "date"), False),
            (("date",), False),
        )


class Substitution(Record):
    """A lesson that somebody gives instead of its teacher, or that is not given as planned.

    ``kind`` is ``same`` (the same subject), ``other`` (another one, see ``subject``), ``merged``
    (given together with another subgroup) or ``cancelled``. Who gives the lesson now stands in the
    lesson itself, apart from merged ones: their substitute has a lesson of the own at that time.
    """

    lesson = ref(Lesson, unique=True, cascade=True)
    absent = ref(Person)
    substitute = ref(Person, null=True)
    kind = pw.CharField(10)
    subject = ref(Subject, null=True)
    reason = pw.CharField(12)
    payment = pw.CharField(10)
    order_number = pw.CharField(40, default="")
    made_at = pw.DateTimeField()
    made_by = ref(User, null=True)
