"""What the journal keeps of a person: given out whole; kept, because the school must."""

from __future__ import annotations

from typing import Any

import peewee as pw

from asurso_core.accounts import User
from asurso_core.files import StoredFile
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData
from asurso_core.school import AcademicYear, Period, Subject, TeachingGroup
from asurso_journal.models import (
    Absence,
    AbsenceNote,
    Alarm,
    Answer,
    AnswerVersion,
    Assignment,
    AssignmentType,
    Attendance,
    AttendanceCode,
    CommentRead,
    FinalMark,
    LessonNote,
    Mark,
    PeriodClosing,
    Task,
    TaskPupil,
    Unlock,
)
from asurso_journal.services.notes import target_of
from asurso_journal.services.tasks import target_of_version
from asurso_timetable.api import Lesson

#: The class journal is a document of the school (order 707 of 2006 keeps its summary 25 years).
_WHY = _l(
    "Marks, attendance, comments and homework stay, without the name: a school must keep "
    "the results of learning for the terms of the law."
)


def _export(person_id: int) -> dict[str, Any]:
    lesson = (Lesson.date, Lesson.number, Subject.name.alias("subject"))
    marks = (
        Mark.select(
            *lesson, AssignmentType.name.alias("work"), Assignment.title, Assignment.weight,
            Mark.value, Mark.dot.alias("debt"), Mark.comment,
        )
        .join(Assignment)
        .join(AssignmentType)
        .switch(Assignment)
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .where(Mark.pupil == person_id)
    )  # fmt: skip
    attendance = (
        Attendance.select(*lesson, AttendanceCode.letter.alias("code"))
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .switch(Attendance)
        .join(AttendanceCode, on=(AttendanceCode.code == Attendance.code))
        .where(Attendance.pupil == person_id)
    )
    users = User.select(User.id).where(User.person == person_id)
    written = (
        LessonNote.select(*lesson, LessonNote.topic, LessonNote.homework, LessonNote.homework_at)
        .join(Lesson)
        .join(TeachingGroup)
        .join(Subject)
        .where(LessonNote.updated_by.in_(users))
    )
    finals = (
        FinalMark.select(
            AcademicYear.title.alias("year"), Subject.name.alias("subject"),
            Period.title.alias("period"), FinalMark.slot, FinalMark.value, FinalMark.reason,
        )
        .join(AcademicYear, on=(FinalMark.year == AcademicYear.id))
        .switch(FinalMark)
        .join(Subject, on=(FinalMark.subject == Subject.id))
        .switch(FinalMark)
        .join(Period, pw.JOIN.LEFT_OUTER, on=(FinalMark.period == Period.id))
        .where(FinalMark.pupil == person_id)
        .order_by(FinalMark.year, Subject.name, FinalMark.slot)
    )  # fmt: skip
    closed = PeriodClosing.select(
        PeriodClosing.period, PeriodClosing.school_class, PeriodClosing.closed_at
    ).where(PeriodClosing.closed_by.in_(users))
    unlocks = Unlock.select(Unlock.until, Unlock.reason, Unlock.given_at).where(
        (Unlock.teacher == person_id) | Unlock.given_by.in_(users)
    )
    absences = Absence.select(
        Absence.starts, Absence.ends, Absence.code, Absence.certificate, Absence.reason
    ).where(Absence.pupil == person_id)
    notes = AbsenceNote.select(
        AbsenceNote.starts,
        AbsenceNote.ends,
        AbsenceNote.reason,
        AbsenceNote.state,
        AbsenceNote.answer,
        AbsenceNote.created_at,
    ).where((AbsenceNote.pupil == person_id) | AbsenceNote.created_by.in_(users))
    answers = (
        AnswerVersion.select(
            AnswerVersion.at, AnswerVersion.text, AnswerVersion.comment, Answer.state,
            Answer.late, Task.text.alias("homework"),
        )
        .join(Answer)
        .join(Task)
        .where(Answer.pupil == person_id)
    )  # fmt: skip
    given = (
        TaskPupil.select(Task.text, Task.due_on, Task.set_at)
        .join(Task)
        .where(TaskPupil.pupil == person_id)
    )
    tasks = Task.select(Task.text, Task.links, Task.due_on, Task.set_at).where(
        Task.updated_by.in_(users)
    )
    comments = AnswerVersion.select(AnswerVersion.comment, AnswerVersion.judged_at).where(
        AnswerVersion.judged_by.in_(users)
    )
    seen = CommentRead.select(CommentRead.read_at).where(CommentRead.person == person_id)
    more: dict[str, Any] = {
        "answers": answers, "own_homework": given, "homework_set": tasks,
        "comments_on_answers": comments, "comments_read": seen,
        "absences": absences, "absence_notes": notes, "final_marks": finals,
        "closed_periods": closed, "unlocks": unlocks,
    }  # fmt: skip
    return {name: list(query.dicts()) for name, query in more.items()} | {
        name: [dict(row) for row in query.order_by(Lesson.date, Lesson.number).dicts()]
        for name, query in (("marks", marks), ("attendance", attendance), ("written", written))
    }


def _erase(person_id: int) -> None:
    """Marks and absences stay, of a person who has no name any more."""
    users = User.select(User.id).where(User.person == person_id)
    LessonNote.update(updated_by=None).where(LessonNote.updated_by.in_(users)).execute()
    Alarm.update(actor_name="—").where(Alarm.user.in_(users)).execute()
    PeriodClosing.update(closed_by=None).where(PeriodClosing.closed_by.in_(users)).execute()
    Unlock.update(given_by=None).where(Unlock.given_by.in_(users)).execute()
    Unlock.delete().where(Unlock.teacher == person_id).execute()
    _erase_answers(person_id)
    Task.update(updated_by=None).where(Task.updated_by.in_(users)).execute()
    AnswerVersion.update(judged_by=None).where(AnswerVersion.judged_by.in_(users)).execute()
    CommentRead.delete().where(CommentRead.person == person_id).execute()
    Absence.update(reason="", certificate="").where(Absence.pupil == person_id).execute()
    Absence.update(created_by=None).where(Absence.created_by.in_(users)).execute()
    notes = AbsenceNote.select(AbsenceNote.id).where(AbsenceNote.pupil == person_id)
    targets = [target_of(row.id) for row in notes]
    StoredFile.delete().where(StoredFile.target.in_(targets)).execute()
    AbsenceNote.delete().where(AbsenceNote.pupil == person_id).execute()
    AbsenceNote.update(created_by=None).where(AbsenceNote.created_by.in_(users)).execute()
    AbsenceNote.update(decided_by=None).where(AbsenceNote.decided_by.in_(users)).execute()


def _erase_answers(person_id: int) -> None:
    """What a pupil wrote goes, with its files; that homework was handed in goes too."""
    answers = [row.id for row in Answer.select().where(Answer.pupil == person_id)]
    versions = AnswerVersion.select(AnswerVersion.id).where(AnswerVersion.answer.in_(answers))
    targets = [target_of_version(row.id) for row in versions]
    StoredFile.delete().where(StoredFile.target.in_(targets)).execute()
    Answer.delete().where(Answer.id.in_(answers)).execute()
    TaskPupil.delete().where(TaskPupil.pupil == person_id).execute()


PERSONAL_DATA = [
    PersonalData(
        name="journal",
        title=_l("Class journal"),
        export=_export,
        erase=_erase,
        keeps={
            "journal_mark.pupil": _WHY,
            "journal_attendance.pupil": _WHY,
            "journal_final_mark.pupil": _WHY,
            "journal_absence.pupil": _WHY,
        },
    )
]
