"""Homework: days and their load, files, answers for the teacher; one homework for a pupil."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from asurso_core import access, clock, files
from asurso_core.accounts import Person
from asurso_core.actors import FAMILY, Actor
from asurso_core.db import as_stamp, rows
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.school import TeachingGroup, group_members
from asurso_journal import permissions, policy
from asurso_journal.models import Answer, AnswerVersion, Task, TaskPupil
from asurso_journal.pupil_rows import homework_trail, placed, subjects_of_groups
from asurso_journal.rights import editable_lessons
from asurso_journal.services.tasks import (
    LONGEST,
    due_lesson,
    target_of_task,
    target_of_version,
    task_of_pupil,
    text_of,
)
from asurso_timetable.api import Lesson, LessonRow, lessons_by_id

#: So many days to choose from when homework is set.
CHOICES = 6


@dataclass
class DueDay:
    """A day on which homework can be due, and how many other subjects have set some for it."""

    date: dt.date
    load: int


@dataclass
class Shown:
    """A homework with its files and pupils."""

    task: Task
    text: str
    files: list[files.StoredFile]
    pupils: list[int]
    answers: dict[str, int]  # state → how many


@dataclass
class HomeworkPage:
    """The homework of one lesson."""

    lesson: LessonRow
    text: str  # of the homework for all
    late: bool
    for_all: Shown | None
    others: list[Shown]
    days: list[DueDay]
    pupils: list[dict[str, Any]]
    editable: bool
    readable: bool  # whether the reader may read the answers


_NOTE = "SELECT homework, homework_at FROM journal_lesson_note WHERE lesson_id = ?"
_COUNTS = "SELECT task_id, state, COUNT(*) FROM journal_answer WHERE task_id IN ? GROUP BY 1, 2"


def is_late(lesson: LessonRow, set_at: dt.datetime | None) -> bool:
    """Whether homework was written too long after the lesson (setting, hours; features.md 3.8)."""
    return came_late(lesson.date, lesson.ends, set_at)


def came_late(day: dt.date, minutes: int, set_at: dt.datetime | None) -> bool:
    """The same by the day of a lesson and the minutes from midnight at which it ends."""
    if set_at is None:
        return False
    ends = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minutes)
    allowed = dt.timedelta(hours=int(policy.rule("homework_late_hours")))
    return clock.local(set_at).replace(tzinfo=None) > ends + allowed


def homework_page(actor: Actor, lesson_id: int) -> HomeworkPage:
    """The homework of a lesson with files, days and answers.

    :raises NotThere: the lesson's journal is not open to the actor.
    """
    row = access.find(actor, permissions.VIEW, Lesson, lesson_id)
    lesson = lessons_by_id([row.id])[0]
    note = rows(_NOTE, [lesson_id])
    text, set_at = note[0] if note else ("", None)
    tasks = list(Task.select().where(Task.lesson == lesson_id).order_by(Task.id))
    ids = [task.id for task in tasks]
    hung = _files([target_of_task(id_) for id_ in ids])
    chosen: dict[int, list[int]] = {}
    for one in TaskPupil.select().where(TaskPupil.task.in_(ids)):
        chosen.setdefault(one.task_id, []).append(one.pupil_id)
    counts: dict[int, dict[str, int]] = {}
    for task_id, state, count in rows(_COUNTS, [ids]) if ids else ():
        counts.setdefault(task_id, {})[state] = count
    shown = [
        Shown(
            task, text if task.for_all else task.text, hung.get(target_of_task(task.id), []),
            chosen.get(task.id, []), counts.get(task.id, {}),
        )
        for task in tasks
    ]  # fmt: skip
    return HomeworkPage(
        lesson=lesson,
        text=text,
        late=is_late(lesson, as_stamp(set_at)),
        for_all=next((one for one in shown if one.task.for_all), None),
        others=[one for one in shown if not one.task.for_all],
        days=due_days(actor, lesson),
        pupils=_learners(lesson),
        editable=lesson_id in editable_lessons(actor, [lesson_id], permissions.HOMEWORK),
        readable=reads_answers(actor, lesson_id),
    )


def _files(targets: list[str]) -> dict[str, list[files.StoredFile]]:
    hung: dict[str, list[files.StoredFile]] = {}
    for row in files.of_target(*targets):
        hung.setdefault(row.target, []).append(row)
    return hung


def _learners(lesson: LessonRow) -> list[dict[str, Any]]:
    group = TeachingGroup.get_by_id(lesson.group_id)
    return [
        one
        for one in group_members(group, lesson.date, lesson.date)
        if any(s <= lesson.date and (u is None or u > lesson.date) for s, u in one["spans"])
    ]


_NEIGHBOURS = """
    SELECT DISTINCT g.id, g.subject_id FROM core_group_class gc
      JOIN core_teaching_group g ON g.id = gc.group_id
     WHERE gc.school_class_id IN (
           SELECT school_class_id FROM core_group_class WHERE group_id = ?)
"""


def due_days(actor: Actor, lesson: LessonRow) -> list[DueDay]:
    """The next days with a lesson of the group, and how much is set for each by other subjects.

    Two statements.
    """
    subjects = dict(rows(_NEIGHBOURS, [lesson.group_id]))
    trail = homework_trail(actor, subjects, lesson.date - LONGEST, lesson.date + LONGEST)
    due = placed(trail)
    own = subjects[lesson.group_id]
    load: dict[dt.date, set[int]] = {}
    mine: list[dt.date] = []
    for row in trail:
        subject = subjects[row.group_id]
        if due[row.lesson_id] and subject != own:
            load.setdefault(row.date, set()).add(subject)
        if row.group_id == lesson.group_id and row.date > lesson.date and row.date not in mine:
            mine.append(row.date)
    return [DueDay(day, len(load.get(day, ()))) for day in mine[:CHOICES]]


# --- all answers to a homework -----------------------------------------------------------------


@dataclass
class AnswerShown:
    """A pupil and the answer, newest version first; ``answer`` None: nothing was handed in."""

    pupil_id: int
    name: str
    answer: Answer | None = None
    versions: list[tuple[AnswerVersion, list[files.StoredFile]]] = field(default_factory=list)
    mark: str = ""


@dataclass
class TaskPage:
    """A homework and its answers."""

    task: Task
    lesson: LessonRow
    text: str
    due: dt.datetime | None
    files: list[files.StoredFile]
    answers: list[AnswerShown]
    editable: bool


def reads_answers(actor: Actor, lesson_id: int) -> bool:
    """Whether somebody of the staff may read all answers to the homework of a lesson.

    Whoever keeps the journal, and whoever may look behind its marks; in a closed year too.
    """
    return bool(
        editable_lessons(actor, [lesson_id], permissions.HOMEWORK)
        or access.allowed_ids(actor, permissions.HISTORY, Lesson, [lesson_id])
    )


def task_page(actor: Actor, task_id: int) -> TaskPage:
    """All answers to a homework.

    :raises NotThere: they are not open to the actor.
    """
    task: Task | None = Task.get_or_none(Task.id == task_id)
    if task is None or not reads_answers(actor, task.lesson_id):
        raise NotThere(_("There is no such page, or it is not open to you."))
    lesson = lessons_by_id([task.lesson_id])[0]
    found = {one.pupil_id: one for one in Answer.select().where(Answer.task == task_id)}
    pupils = _learners(lesson)
    if not task.for_all:
        chosen = {one.pupil_id for one in TaskPupil.select().where(TaskPupil.task == task_id)}
        pupils = [one for one in pupils if one["id"] in chosen]
    told = [AnswerShown(one["id"], one["name"], found.get(one["id"])) for one in pupils]
    left = set(found) - {one.pupil_id for one in told}  # who has changed the group since
    for person in Person.select().where(Person.id.in_(left)).order_by(Person.sort_key):
        name = f"{person.surname} {person.given_name}"
        told.append(AnswerShown(person.id, name, found[person.id]))
    _add_versions(told)
    marks = dict(
        rows(
            "SELECT pupil_id, value FROM journal_mark WHERE assignment_id = ?",
            [task.assignment_id or 0],
        )
    )
    for one in told:
        one.mark = marks.get(one.pupil_id, "")
    # What waits for the teacher comes first; sorting keeps the order of names.
    told.sort(key=lambda one: one.answer is None or one.answer.state != "handed")
    due = due_lesson(task, Lesson.get_by_id(task.lesson_id))
    return TaskPage(
        task, lesson, text_of(task), None if due is None else due[1],
        files.of_target(target_of_task(task_id)), told,
        lesson.id in editable_lessons(actor, [lesson.id], permissions.HOMEWORK),
    )  # fmt: skip


def _add_versions(told: list[AnswerShown]) -> None:
    by_answer = {one.answer.id: one for one in told if one.answer is not None}
    found = list(
        AnswerVersion.select()
        .where(AnswerVersion.answer.in_(list(by_answer)))
        .order_by(AnswerVersion.number.desc())
    )
    hung = _files([target_of_version(row.id) for row in found])
    for row in found:
        by_answer[row.answer_id].versions.append((row, hung.get(target_of_version(row.id), [])))


# --- one pupil ---------------------------------------------------------------------------------


@dataclass
class PupilTask:
    """A homework as the pupil and the parents see it."""

    task: Task
    subject: str
    set_on: dt.date
    due: dt.datetime | None
    text: str
    files: list[files.StoredFile]
    mine: AnswerShown
    may_answer: bool


def pupil_task(actor: Actor, pupil_id: int, task_id: int) -> PupilTask:
    """A homework of a pupil with the answer and what the teacher said of it.

    :raises NotThere: it was not set for this pupil, or the pupil is not open to the actor.
    """
    task = task_of_pupil(actor, task_id, pupil_id)
    lesson = Lesson.get_by_id(task.lesson_id)
    mine = AnswerShown(
        pupil_id, "", Answer.get_or_none(Answer.task == task_id, Answer.pupil == pupil_id)
    )
    _add_versions([mine])
    found = rows(
        "SELECT value FROM journal_mark WHERE assignment_id = ? AND pupil_id = ?",
        [task.assignment_id or 0, pupil_id],
    )
    mine.mark = found[0][0] if found else ""
    due = due_lesson(task, lesson)
    may = (
        task.answers
        and actor.person_id == pupil_id
        and actor.holds(permissions.HAND_IN)
        and (mine.answer is None or mine.answer.state != "accepted")
    )
    return PupilTask(
        task, subjects_of_groups([lesson.group_id])[lesson.group_id].name, lesson.date,
        None if due is None else due[1], text_of(task), files.of_target(target_of_task(task_id)),
        mine, bool(may),
    )  # fmt: skip


# --- files -------------------------------------------------------------------------------------


def may_read_task_file(actor: Actor, row: files.StoredFile) -> bool:
    """Files of a homework: who sees the journal of the lesson, and families it was set for."""
    task = Task.get_or_none(Task.id == _number(row.target, "journal.task"))
    if task is None:
        return False
    if actor.side != FAMILY:
        return bool(access.allowed_ids(actor, permissions.VIEW, Lesson, [task.lesson_id]))
    sql, params = access.allowed_sql(actor, permissions.MARK_VIEW, Person)
    for (pupil,) in rows(sql, params) if sql else ():
        try:
            task_of_pupil(actor, task.id, pupil)
        except NotThere:
            continue
        return True
    return False


def may_read_answer_file(actor: Actor, row: files.StoredFile) -> bool:
    """Files of an answer: who sees the marks of the pupil, and who reads all answers."""
    found = rows(
        "SELECT a.pupil_id, k.lesson_id FROM journal_answer_version v "
        "JOIN journal_answer a ON a.id = v.answer_id JOIN journal_task k ON k.id = a.task_id "
        "WHERE v.id = ?",
        [_number(row.target, "journal.answer_version")],
    )
    if not found:
        return False
    pupil, lesson = found[0]
    if access.allowed_ids(actor, permissions.MARK_VIEW, Person, [pupil]):
        return True
    return actor.side != FAMILY and reads_answers(actor, lesson)


def _number(target: str, kind: str) -> int:
    owner, _colon, number = target.partition(":")
    return int(number) if owner == kind and number.isdecimal() and len(number) < 10 else 0


# --- monitoring --------------------------------------------------------------------------------


def late_homework(actor: Actor, start: dt.date, end: dt.date) -> list[LessonRow]:
    """Lessons between two days whose homework was written too late, in order of time.
    Only of journals that the actor sees.
    """
    found = rows(
        "SELECT l.id, n.homework_at FROM timetable_lesson l "
        "JOIN journal_lesson_note n ON n.lesson_id = l.id AND n.homework_at IS NOT NULL "
        "WHERE l.date BETWEEN ? AND ?",
        [start, end],
    )
    at = {id_: as_stamp(stamp) for id_, stamp in found}
    seen = access.allowed_ids(actor, permissions.VIEW, Lesson, at)
    return [one for one in lessons_by_id(sorted(seen)) if is_late(one, at[one.id])]
