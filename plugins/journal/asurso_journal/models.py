"""Marks, attendance, topics and homework of dated lessons."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person, User
from asurso_core.db import Record, ref
from asurso_core.school import AcademicYear
from asurso_timetable.api import Lesson


class AssignmentType(Record):
    """A kind of work: «контрольная работа», its letter, usual weight and place in lists."""

    name = pw.CharField(60, unique=True)
    letter = pw.CharField(3)
    weight = pw.IntegerField(default=1)
    is_control = pw.BooleanField(default=False)
    position = pw.IntegerField(default=0)
    archived = pw.BooleanField(default=False)


class AttendanceCode(Record):
    """A code of the attendance table and what it means for counting."""

    code = pw.CharField(4, unique=True)
    name = pw.CharField(60)
    missed = pw.BooleanField(default=True)  # counts as a missed lesson
    excused = pw.BooleanField(default=False)
    illness = pw.BooleanField(default=False)
    allows_mark = pw.BooleanField(default=True)  # may stand beside a mark: «Б/4»
    position = pw.IntegerField(default=0)


class LessonNote(Record):
    """What was taught and what is to be done at home; one row per lesson at most."""

    lesson = ref(Lesson, unique=True)
    topic = pw.CharField(500, default="")
    homework = pw.CharField(2000, default="")
    homework_at = pw.DateTimeField(null=True)  # when the homework was first set
    attendance_at = pw.DateTimeField(null=True)  # when it was said that everybody is there
    version = pw.IntegerField(default=1)
    updated_by = ref(User, null=True)


class Assignment(Record):
    """A piece of work given at a lesson: a sub-column of the journal with type and weight.

    The first one of a lesson (lowest ``position``, then id) is its main column; it is made when
    the first mark is put.
    """

    lesson = ref(Lesson)
    type = ref(AssignmentType)
    title = pw.CharField(255, default="")
    weight = pw.IntegerField(default=1)
    position = pw.IntegerField(default=0)
    version = pw.IntegerField(default=1)


class Mark(Record):
    """A pupil's mark for an assignment, or the debt dot, or both gone (an emptied cell stays).

    ``value`` is "5", "4/5" (two marks), "зач", "осв", … or empty. A row is never deleted: its
    ``version`` must go on growing so that a stale edit is recognised.
    """

    assignment = ref(Assignment, index=False)
    pupil = ref(Person, index=False)
    # The year of the lesson's group, so that a pupil's marks are found without the years before.
    year = ref(AcademicYear, index=False)
    value = pw.CharField(8, default="")
    dot = pw.BooleanField(default=False)
    comment = pw.CharField(500, null=True)
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("assignment", "pupil"), True), (("pupil", "year"), False))


class Attendance(Record):
    """A pupil's attendance code at a lesson; empty means "was there, once noted otherwise"."""

    lesson = ref(Lesson, index=False)
    pupil = ref(Person, index=False)
    year = ref(AcademicYear, index=False)  # as in Mark
    code = pw.CharField(4, default="")
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("lesson", "pupil"), True), (("pupil", "year"), False))
