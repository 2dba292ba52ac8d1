"""Marks, attendance, topics and homework of dated lessons."""

from __future__ import annotations

import peewee as pw

from asurso_core.accounts import Person, User
from asurso_core.db import Record, ref
from asurso_core.fields import JSONField
from asurso_core.school import AcademicYear, Period, SchoolClass, Subject, TeachingGroup
from asurso_timetable.api import Lesson


class AssignmentType(Record):
    """A kind of work: «контрольная работа», its letter, usual weight and place in lists."""

    name = pw.CharField(60, unique=True)
    letter = pw.CharField(3)
    weight = pw.IntegerField(default=1)
    is_control = pw.BooleanField(default=False)
    position = pw.IntegerField(default=0)
    archived = pw.BooleanField(default=False)
    version = pw.IntegerField(default=1)


class AssignmentTypeSubject(Record):
    """A subject that a kind of work belongs to; a kind without any belongs to all of them."""

    type = ref(AssignmentType, cascade=True, index=False)
    subject = ref(Subject)

    class Meta:
        indexes = ((("type", "subject"), True),)


class AttendanceCode(Record):
    """A code of the attendance table and what it means for counting.

    ``code`` is what cells and the history hold and never changes; ``letter`` is what people type
    and see, and the school may change it: no cell is touched by that, in no year.
    """

    code = pw.CharField(4, unique=True)
    letter = pw.CharField(4, unique=True)
    name = pw.CharField(60)
    missed = pw.BooleanField(default=True)  # counts as a missed lesson
    excused = pw.BooleanField(default=False)
    illness = pw.BooleanField(default=False)
    allows_mark = pw.BooleanField(default=True)  # may stand beside a mark: «Б/4»
    position = pw.IntegerField(default=0)
    archived = pw.BooleanField(default=False)
    version = pw.IntegerField(default=1)


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


class FinalMark(Record):
    """A pupil's mark of a subject for a study period, the year, the exam, or the final one.

    It belongs to the subject, not to a teaching group: whoever changes the subgroup or the class
    keeps it. ``slot`` is the id of the period, or one of ``finals.YEAR``, ``EXAM``, ``FINAL``. An
    emptied mark stays as a row, so that its ``version`` goes on growing.
    """

    pupil = ref(Person, index=False)
    year = ref(AcademicYear, index=False)
    subject = ref(Subject)
    slot = pw.IntegerField()
    period = ref(Period, null=True)  # the same as slot, where it is a period
    group = ref(TeachingGroup)  # in whose journal it was put last
    value = pw.CharField(8, default="")
    suggested = pw.CharField(8, default="")  # what the marks spoke for when it was put
    reason = pw.CharField(255, null=True)
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = (
            (("pupil", "year", "subject", "slot"), True),
            (("year", "slot"), False),
        )


class PeriodClosing(Record):
    """A study period that was closed for a class, with the rules its marks were put by."""

    period = ref(Period, index=False)
    school_class = ref(SchoolClass)
    closed_at = pw.DateTimeField()
    closed_by = ref(User, null=True)
    rules = JSONField()

    class Meta:
        indexes = ((("period", "school_class"), True),)


class Unlock(Record):
    """A teacher may change marks of closed or bygone days until a moment, and why.

    Without a group it holds for all journals of the teacher, without a period for all days.
    """

    teacher = ref(Person)
    group = ref(TeachingGroup, null=True)
    period = ref(Period, null=True)
    until = pw.DateTimeField()
    reason = pw.CharField(255)
    given_at = pw.DateTimeField()
    given_by = ref(User, null=True)
    ended_at = pw.DateTimeField(null=True)


class Absence(Record):
    """A pupil is absent for some days, as entered once by the class teacher or the medical worker.

    ``first_lesson`` and ``last_lesson`` cut the first and the last day by the number of the lesson.
    Lessons until today bear the code; those of the days ahead get it when their day comes, so that
    a plan keeps no lesson of the timetable from being made anew.
    """

    pupil = ref(Person, index=False)
    year = ref(AcademicYear, index=False)
    starts = pw.DateField()
    ends = pw.DateField()
    first_lesson = pw.IntegerField(null=True)
    last_lesson = pw.IntegerField(null=True)
    code = pw.CharField(4)
    certificate = pw.CharField(60, default="")
    reason = pw.CharField(255, default="")
    created_at = pw.DateTimeField()
    created_by = ref(User, null=True)
    removed_at = pw.DateTimeField(null=True)
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("pupil", "year"), False), (("year", "ends"), False))


class AbsenceFill(Record):
    """What an absence did at a lesson: which code stood there and what it left behind.

    ``written`` is the version of the attendance that it wrote; 0 says that a code of the teacher
    stood there and was left alone, for good.
    """

    absence = ref(Absence, cascade=True, index=False)
    lesson = ref(Lesson)
    before = pw.CharField(4, default="")
    written = pw.IntegerField(default=0)

    class Meta:
        indexes = ((("absence", "lesson"), True),)


class AbsenceNote(Record):
    """A parent's word that a child will be or was absent; the class teacher accepts or declines."""

    pupil = ref(Person)
    year = ref(AcademicYear)
    starts = pw.DateField()
    ends = pw.DateField()
    reason = pw.CharField(500)
    state = pw.CharField(10, default="new")  # new, accepted, declined, withdrawn
    answer = pw.CharField(255, default="")
    absence = ref(Absence, null=True)
    created_at = pw.DateTimeField()
    created_by = ref(User, null=True)
    decided_at = pw.DateTimeField(null=True)
    decided_by = ref(User, null=True)
    version = pw.IntegerField(default=1)


class Alarm(Record):
    """Unusual changes by one account on one day, told to the journal's owner and the deputies.

    ``rule`` is ``many``, ``night``, ``foreign``, ``late`` or ``device`` (see ``watching.py``).
    Plain numbers instead of keys: it speaks of entries of the history, which outlive everything.
    """

    user = pw.IntegerField()
    actor_name = pw.CharField(120)
    rule = pw.CharField(10)
    day = pw.DateField()
    changes = pw.IntegerField(default=0)
    groups = JSONField()
    first_at = pw.DateTimeField()
    last_at = pw.DateTimeField()

    class Meta:
        indexes = ((("user", "rule", "day"), True),)


class WatchMark(Record):
    """Up to which entry of the history the changes were looked at; there is one row."""

    entry = pw.IntegerField()


class Task(Record):
    """What belongs to the homework of a lesson beside its text: links, files, day, answers.

    With ``for_all`` it extends the homework that :class:`LessonNote` holds (one a lesson, without a
    text of its own); else it is a homework for the pupils of :class:`TaskPupil` alone.
    """

    lesson = ref(Lesson)
    for_all = pw.BooleanField(default=True)
    text = pw.CharField(2000, default="")
    links = JSONField(default=list)
    due_on = pw.DateField(null=True)  # due at the first lesson of the group from this day on
    answers = pw.BooleanField(default=False)  # pupils hand their answers in here
    assignment = ref(Assignment, null=True)  # the column that marks for it go to
    set_at = pw.DateTimeField()
    updated_by = ref(User, null=True)
    version = pw.IntegerField(default=1)


class TaskPupil(Record):
    """A pupil for whom a homework was set."""

    task = ref(Task, cascade=True, index=False)
    pupil = ref(Person)

    class Meta:
        indexes = ((("task", "pupil"), True),)


class Answer(Record):
    """A pupil's answer to a homework; without a row nothing was handed in."""

    task = ref(Task, index=False)
    pupil = ref(Person)
    state = pw.CharField(10, default="handed")  # handed, returned, accepted
    late = pw.BooleanField(default=False)  # the newest version came after the lesson began
    handed_at = pw.DateTimeField()
    version = pw.IntegerField(default=1)

    class Meta:
        indexes = ((("task", "pupil"), True),)


class AnswerVersion(Record):
    """One handing-in, with what the teacher said of it; files hang on its id."""

    answer = ref(Answer, cascade=True, index=False)
    number = pw.IntegerField()
    text = pw.CharField(4000, default="")
    at = pw.DateTimeField()
    comment = pw.CharField(1000, default="")
    judged_at = pw.DateTimeField(null=True)
    judged_by = ref(User, null=True)

    class Meta:
        indexes = ((("answer", "number"), True),)


class CommentRead(Record):
    """Somebody of the family has read the comment on a mark, in the version that stood then."""

    mark = ref(Mark, cascade=True, index=False)
    person = ref(Person, cascade=True)
    version = pw.IntegerField()
    read_at = pw.DateTimeField()

    class Meta:
        indexes = ((("mark", "person"), True),)
