"""The school itself: its years, periods and holidays, classes, teaching groups and rooms."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts.models import Person
from asurso_core.db import Record, ref


def _version() -> pw.IntegerField:
    """Counts the changes of what a row's form holds; the database knows the first one too.

    Old tables got this column with a default, for SQLite can add it in no other way; new ones have
    the same, so that both are equal.
    """
    return pw.IntegerField(default=1, constraints=[pw.SQL("DEFAULT 1")])


class School(Record):
    """The card of the school; there is one row."""

    name = pw.CharField(255)
    short_name = pw.CharField(80)
    address = pw.CharField(255, null=True)
    phone = pw.CharField(80, null=True)
    email = pw.CharField(120, null=True)
    website = pw.CharField(120, null=True)
    director = pw.CharField(120, null=True)
    founder = pw.CharField(255, null=True)
    zone = pw.CharField(40, default="Europe/Samara")
    demo = pw.BooleanField(default=False)
    version = pw.IntegerField(default=1)


class AcademicYear(Record):
    """A school year: planned, current or closed. Nothing may be written into a closed one."""

    title = pw.CharField(20, unique=True)  # 2026/27
    starts = pw.DateField()
    ends = pw.DateField()
    state = pw.CharField(10, default="planned")
    version = pw.IntegerField(default=1)


class PeriodType(Record):
    """How a class divides its year: quarters, trimesters, half-years."""

    year = ref(AcademicYear)
    name = pw.CharField(60)
    kind = pw.CharField(20)  # quarter, trimester, half_year, module, year
    version = _version()  # of its periods: they are changed together, in one table

    class Meta:
        indexes = ((("year", "name"), True),)


class Period(Record):
    """One quarter, trimester or half-year: first and last day, both included."""

    period_type = ref(PeriodType)
    number = pw.IntegerField()
    title = pw.CharField(60)
    starts = pw.DateField()
    ends = pw.DateField()

    class Meta:
        indexes = ((("period_type", "number"), True),)


class Holiday(Record):
    """Holidays of a year, first and last day included, for all grades or some of them."""

    year = ref(AcademicYear)
    title = pw.CharField(120)
    starts = pw.DateField()
    ends = pw.DateField()
    first_grade = pw.IntegerField(default=1)
    last_grade = pw.IntegerField(default=11)
    version = _version()


class CalendarDay(Record):
    """A single day that differs from its weekday: a day off, or a working Saturday."""

    year = ref(AcademicYear)
    date = pw.DateField()
    kind = pw.CharField(12)  # day_off, working
    title = pw.CharField(120)
    weekday_as = pw.IntegerField(null=True)  # a working Saturday taught "as Monday" holds 1
    version = _version()

    class Meta:
        indexes = ((("year", "date"), True),)


class Subject(Record):
    """A school subject."""

    name = pw.CharField(120, unique=True)
    short_name = pw.CharField(30)
    area = pw.CharField(120, null=True)
    archived = pw.BooleanField(default=False)
    version = _version()


class Room(Record):
    """A room: number or name, building, places, what it is for (R4.1.12)."""

    name = pw.CharField(40)
    building = pw.CharField(60, default="")
    capacity = pw.IntegerField(null=True)
    kind = pw.CharField(60, null=True)
    responsible = ref(Person, null=True)
    archived = pw.BooleanField(default=False)
    version = _version()

    class Meta:
        indexes = ((("building", "name"), True),)


class SchoolClass(Record):
    """A class of one year: grade and a free letter of up to 15 characters."""

    year = ref(AcademicYear)
    grade = pw.IntegerField()
    letter = pw.CharField(15)
    profile = pw.CharField(120, null=True)
    period_type = ref(PeriodType)
    week_days = pw.IntegerField(default=5)  # 5 or 6
    version = _version()

    class Meta:
        indexes = ((("year", "grade", "letter"), True),)

    @property
    def title(self) -> str:
        """«5А»; a word instead of a letter is set apart: «10 физмат»."""
        between = "" if len(self.letter) == 1 else " "
        return f"{self.grade}{between}{self.letter}"


class ClassTeacher(Record):
    """Who leads a class, from a date to (not including) a date."""

    school_class = ref(SchoolClass)
    teacher = ref(Person)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("school_class", "teacher", "since"), True),)


class TeachingGroup(Record):
    """Who learns a subject together: a class, several classes, or a subgroup.

    ``part`` 0 means all pupils of its classes; 1, 2, … are subgroups whose members are listed.
    """

    year = ref(AcademicYear)
    subject = ref(Subject)
    part = pw.IntegerField(default=0)
    name = pw.CharField(60, default="")  # «1 подгруппа»; empty for a whole class
    weekly_hours = pw.DecimalField(4, 1, null=True)
    archived = pw.BooleanField(default=False)
    version = _version()


class GroupClass(Record):
    """A teaching group draws pupils from a class."""

    group = ref(TeachingGroup)
    school_class = ref(SchoolClass)

    class Meta:
        indexes = ((("group", "school_class"), True),)


class GroupTeacher(Record):
    """Who teaches a group, from a date to (not including) a date."""

    group = ref(TeachingGroup)
    teacher = ref(Person)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("group", "teacher", "since"), True),)


class ClassMember(Record):
    """A pupil belongs to a class from a date to (not including) a date."""

    pupil = ref(Person)
    school_class = ref(SchoolClass)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("pupil", "since"), True),)


class GroupMember(Record):
    """A pupil belongs to a subgroup from a date to (not including) a date."""

    pupil = ref(Person)
    group = ref(TeachingGroup)
    since = pw.DateField()
    until = pw.DateField(null=True)

    class Meta:
        indexes = ((("pupil", "group", "since"), True),)
