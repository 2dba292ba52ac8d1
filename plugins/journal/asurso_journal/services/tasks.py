"""Homework with links, files, days and chosen pupils; answers of pupils and their judging."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from asurso_core import access, audit, clock, files, outbox
from asurso_core.accounts import Person
from asurso_core.actors import Actor, new_operation
from asurso_core.db import as_date, is_sqlite, rows, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_core.school import TeachingGroup, group_members
from asurso_journal import permissions, policy
from asurso_journal.marks import NotAMark, cell_text, parse
from asurso_journal.models import Answer, AnswerVersion, LessonNote, Task, TaskPupil
from asurso_journal.rights import editable_lessons
from asurso_journal.scales import Marking
from asurso_journal.services.cells import Edit, apply_edits
from asurso_journal.services.lessons import _lesson, _text, add_assignment, late
from asurso_journal.vocabulary_rows import fitting_type
from asurso_timetable.api import Lesson

KIND, ANSWER_KIND = "journal.task", "journal.answer"
TASK_FILES, ANSWER_FILES = "journal.task", "journal.answer"
#: A homework is due within so many days: whoever reads a day looks so far back for it.
LONGEST = dt.timedelta(days=28)
MOST_LINKS, MOST_FILES, MOST_VERSIONS, MOST_TASKS = 10, 10, 20, 40
#: The type of the work whose column marks for homework go to.
HOME = "Домашнее задание"


def target_of_task(task_id: int) -> str:
    """What the files of a homework hang on."""
    return f"journal.task:{task_id}"


def target_of_version(version_id: int) -> str:
    """What the files of a handed-in answer hang on."""
    return f"journal.answer_version:{version_id}"


def _missing() -> NotThere:
    return NotThere(_("There is no such page, or it is not open to you."))


# --- the teacher sets it -----------------------------------------------------------------------


def set_task(
    actor: Actor,
    lesson_id: int,
    *,
    task_id: int | None = None,
    text: str = "",
    links: Iterable[str] = (),
    due_on: dt.date | None = None,
    answers: bool = False,
    pupils: Sequence[int] = (),
    uploads: Sequence[files.Received] = (),
    version: int = 0,
) -> Task:
    """Set or change a homework of a lesson; without ``pupils`` it is what belongs to that of all.

    The text of the homework for all is that of the lesson's note (``set_lesson_note``); a homework
    for chosen pupils has its own. ``due_on`` None is the next lesson.

    :raises Invalid: no text for chosen pupils, a link that is none, a day out of reach, somebody
        who is not a pupil of the lesson, too many of something.
    :raises Conflict: somebody changed it first.
    :raises Refused: not the teacher of the group, or the time for writing is over.
    """
    text = _text(text, 2000, "text")
    wanted = [_link(link) for link in links if link.strip()]
    if len(wanted) > MOST_LINKS:
        raise Invalid(fields={"links": [_("At most %(n)s links.", n=MOST_LINKS)]})
    chosen = sorted(set(pupils))
    with transaction():
        lesson = _lesson(actor, lesson_id)
        if due_on is not None and not lesson.date < due_on <= lesson.date + LONGEST:
            raise Invalid(fields={"due_on": [_("Choose a day within four weeks of the lesson.")]})
        task = _task_of(lesson, task_id, for_all=not chosen, version=version)
        if chosen and not text:
            raise Invalid(fields={"text": [_("Write what is to be done.")]})
        _must_learn(lesson, chosen)
        before = _told(task) if task.version else None
        task.text, task.links, task.due_on, task.answers = (
            text if chosen else "", wanted, due_on, answers
        )  # fmt: skip
        task.updated_by = actor.user_id
        task.version += 1
        task.save()
        _choose(task, chosen)
        hung = len(files.of_target(target_of_task(task.id)))
        if hung + len(uploads) > MOST_FILES:
            raise Invalid(fields={"files": [_("At most %(n)s files.", n=MOST_FILES)]})
        for upload in uploads:
            files.save(actor, TASK_FILES, upload, target=target_of_task(task.id))
        audit.record(
            actor, KIND, target_of_task(task.id), before=before,
            after={**_told(task), "pupils": chosen}, reason=late(actor, lesson),
            topic=f"group:{lesson.group_id}",
        )  # fmt: skip
        if chosen:
            outbox.put("journal.task_set", task=task.id)
    return task


def _link(text: str) -> str:
    link = text.strip()
    if len(link) > 500 or not link.lower().startswith(("http://", "https://")) or " " in link:
        raise Invalid(fields={"links": [_("A link begins with https:// and has no spaces.")]})
    return _text(link, 500, "links")


def _task_of(lesson: Lesson, task_id: int | None, *, for_all: bool, version: int) -> Task:
    """The homework to be changed, or a new one; the lesson is locked."""
    mine = Task.select().where(Task.lesson == lesson)
    if task_id is None and not for_all:
        if mine.count() >= MOST_TASKS:
            raise Invalid(_("There is too much homework at one lesson."))
        return Task(lesson=lesson, for_all=False, version=0, set_at=clock.stamp())
    task: Task | None = (
        mine.where(Task.for_all == True).first()  # noqa: E712 - SQL
        if task_id is None
        else mine.where(Task.id == task_id).first()
    )
    if task_id is not None and (task is None or task.for_all != for_all):
        raise Conflict(_("Somebody changed this homework first."))
    if (0 if task is None else task.version) != version:
        raise Conflict(_("Somebody changed this homework first."))
    return task or Task(lesson=lesson, for_all=True, version=0, set_at=clock.stamp())


def _must_learn(lesson: Lesson, chosen: Sequence[int]) -> None:
    group = TeachingGroup.get_by_id(lesson.group_id)
    known = {one["id"] for one in group_members(group, lesson.date, lesson.date)}
    if not set(chosen) <= known:
        raise Invalid(fields={"pupils": [_("Choose pupils of this lesson.")]})


def _choose(task: Task, chosen: Sequence[int]) -> None:
    present = {row.pupil_id for row in TaskPupil.select().where(TaskPupil.task == task)}
    answered = {row.pupil_id for row in Answer.select().where(Answer.task == task)}
    # Whoever has handed something in keeps the homework.
    gone = present - set(chosen) - answered
    if gone:
        TaskPupil.delete().where(TaskPupil.task == task, TaskPupil.pupil.in_(gone)).execute()
    fresh = [{"task": task.id, "pupil": pupil} for pupil in chosen if pupil not in present]
    if fresh:
        TaskPupil.insert_many(fresh).execute()


def remove_task(actor: Actor, task_id: int, *, version: int) -> int:
    """Take a homework away; returns the id of its lesson.

    :raises Refused: somebody has handed in an answer.
    """
    with transaction():
        task: Task | None = Task.get_or_none(Task.id == task_id)
        if task is None:
            raise _missing()
        lesson = _lesson(actor, task.lesson_id)
        task = _task_of(lesson, task_id, for_all=task.for_all, version=version)
        if Answer.select().where(Answer.task == task).exists():
            raise Refused(_("Answers were handed in already: change it instead."))
        for row in files.of_target(target_of_task(task.id)):
            files.drop(actor, row)
        before = _told(task)
        task.delete_instance()
        audit.record(
            actor, KIND, target_of_task(task_id), before=before, reason=late(actor, lesson),
            topic=f"group:{lesson.group_id}",
        )  # fmt: skip
    return int(lesson.id)


def drop_task_file(actor: Actor, task_id: int, file_id: int) -> int:
    """Take a file off a homework; returns the id of its lesson."""
    with transaction():
        task: Task | None = Task.get_or_none(Task.id == task_id)
        if task is None:
            raise _missing()
        lesson = _lesson(actor, task.lesson_id)
        for row in files.of_target(target_of_task(task_id)):
            if row.id == file_id:
                files.drop(actor, row)
                audit.record(
                    actor, KIND, target_of_task(task_id), before={**_told(task), "file": row.name},
                    after=_told(task), reason=late(actor, lesson),
                    topic=f"group:{lesson.group_id}",
                )  # fmt: skip
    return int(lesson.id)


def _told(task: Task) -> dict[str, Any]:
    return {
        "lesson": task.lesson_id, "text": task.text, "links": task.links, "answers": task.answers,
        "due_on": None if task.due_on is None else task.due_on.isoformat(),
    }  # fmt: skip


# --- when it is due ----------------------------------------------------------------------------

_DUE = """
    SELECT l.id, l.date, l.starts FROM timetable_lesson l
     WHERE l.group_id = ? AND l.status <> 'cancelled' AND l.date >= ?
       AND (l.date > ? OR (l.date = ? AND l.starts > ?))
     ORDER BY l.date, l.starts LIMIT 1
"""


def due_lesson(task: Task, lesson: Lesson) -> tuple[int, dt.datetime] | None:
    """The lesson at which a homework is due and when it begins (naive, the school's clock)."""
    first = task.due_on or lesson.date
    found = rows(_DUE, [lesson.group_id, first, lesson.date, lesson.date, lesson.starts])
    if not found:
        return None
    id_, date, starts = found[0]
    midnight = dt.datetime.combine(as_date(date), dt.time())
    return id_, midnight + dt.timedelta(minutes=starts)


# --- the pupil answers -------------------------------------------------------------------------


def hand_in(
    actor: Actor, task_id: int, *, text: str, uploads: Sequence[files.Received] = ()
) -> Answer:
    """Hand in one's answer, or a new version of it, until it is accepted.

    :raises NotThere: it is not a homework of the actor.
    :raises Refused: it is handed in elsewhere, is accepted already, or the year is closed.
    :raises Invalid: neither text nor file.
    """
    text = _text(text, 4000, "text")
    pupil = actor.person_id or 0
    with transaction():
        task = task_of_pupil(actor, task_id, pupil)
        if not access.allowed_ids(actor, permissions.HAND_IN, Person, [pupil]):
            raise Refused(_("The pupil hands the answer in."))
        if not task.answers:
            raise Refused(_("Answers to this homework are not handed in here."))
        lesson = _locked(task.lesson_id)
        if rows(
            "SELECT 1 FROM core_teaching_group g JOIN core_academic_year y ON y.id = g.year_id "
            "WHERE g.id = ? AND y.state = 'closed'",
            [lesson.group_id],
        ):
            raise Refused(_("This year is closed: it can be read, but not changed."))
        if not text and not uploads:
            raise Invalid(fields={"text": [_("Write an answer or add a file.")]})
        if len(uploads) > MOST_FILES:
            raise Invalid(fields={"files": [_("At most %(n)s files.", n=MOST_FILES)]})
        due = due_lesson(task, lesson)
        late = due is not None and clock.local().replace(tzinfo=None) > due[1]
        answer = _answer_for(task, pupil)
        if answer.state == "returned":
            late = answer.late  # rework of what came in time is not late
        number = AnswerVersion.select().where(AnswerVersion.answer == answer).count() + 1
        if number > MOST_VERSIONS:
            raise Refused(_("There are too many versions already."))
        answer.state, answer.late, answer.handed_at = "handed", late, clock.stamp()
        _save(answer)
        made = AnswerVersion.create(answer=answer, number=number, text=text, at=clock.stamp())
        for upload in uploads:
            files.save(actor, ANSWER_FILES, upload, target=target_of_version(made.id))
        _record(actor, answer, {"number": number, "late": late})
        outbox.put("journal.answer", answer=answer.id, what="handed")
    return answer


def _locked(lesson_id: int) -> Lesson:
    """The lesson of a homework; whoever sets, answers or judges it waits here for the others."""
    query: Any = Lesson.select().where(Lesson.id == lesson_id)
    lesson: Lesson = (query if is_sqlite() else query.for_update("FOR NO KEY UPDATE")).get()
    return lesson


def _answer_for(task: Task, pupil: int) -> Answer:
    answer: Answer | None = Answer.get_or_none(Answer.task == task, Answer.pupil == pupil)
    if answer is None:
        # Two windows of one pupil: the second finds the row of the first.
        fresh = Answer.insert(task=task.id, pupil=pupil, handed_at=clock.stamp(), version=0)
        fresh.on_conflict_ignore().execute()
        answer = Answer.get(Answer.task == task, Answer.pupil == pupil)
    if answer.state == "accepted":
        raise Refused(_("The answer is accepted already."))
    return answer


def _save(answer: Answer, version: int | None = None) -> None:
    """Write an answer over the version that was read, or is named."""
    expected = answer.version if version is None else version
    changed = (
        Answer.update(
            state=answer.state, late=answer.late, handed_at=answer.handed_at, version=expected + 1
        )
        .where(Answer.id == answer.id, Answer.version == expected)
        .execute()
    )
    if not changed:
        raise Conflict(_("This answer has changed meanwhile. Look at it again."))
    answer.version = expected + 1


def task_of_pupil(actor: Actor, task_id: int, pupil_id: int) -> Task:
    """A homework that was set for a pupil whom the actor may see.

    :raises NotThere: it was not, or the pupil is not open to the actor.
    """
    task: Task | None = Task.get_or_none(Task.id == task_id)
    if task is None or not access.allowed_ids(actor, permissions.MARK_VIEW, Person, [pupil_id]):
        raise _missing()
    if task.for_all:
        lesson = Lesson.get_by_id(task.lesson_id)
        group = TeachingGroup.get_by_id(lesson.group_id)
        learns = any(
            one["id"] == pupil_id
            for one in group_members(group, lesson.date, lesson.date + LONGEST)
        )
    else:
        learns = TaskPupil.select().where(
            TaskPupil.task == task, TaskPupil.pupil == pupil_id
        ).exists()  # fmt: skip
    if not learns:
        raise _missing()
    return task


# --- the teacher judges ------------------------------------------------------------------------


def return_answer(actor: Actor, answer_id: int, *, comment: str, version: int) -> Answer:
    """Give an answer back for rework, with words.

    :raises Invalid: no words.
    :raises Conflict: the pupil has handed in another version, or it was judged already.
    """
    comment = _text(comment, 1000, "comment")
    with transaction():
        answer = _judged(actor, answer_id, version)[0]
        if not comment:
            raise Invalid(fields={"comment": [_("Say what is to be done better.")]})
        _judge(actor, answer, "returned", comment)
    return answer


def accept_answer(
    actor: Actor,
    answer_id: int,
    *,
    version: int,
    mark: str = "",
    comment: str = "",
    over: str | None = None,
) -> Answer:
    """Accept an answer; ``mark`` goes into the journal as any other mark.

    ``over`` is the mark that the teacher saw there, None where nobody looked.

    It is put into the column of the homework at the lesson where it was due, once that was held,
    else at the lesson where it was set. The column is made with the first mark.

    :raises Invalid: the mark makes no sense.
    :raises Refused: marks of that lesson can no longer be changed.
    :raises Conflict: the pupil has handed in another version, it was judged already, or another
        mark stands there meanwhile.
    """
    comment = _text(comment, 1000, "comment")
    with transaction():
        answer, task, lesson = _judged(actor, answer_id, version)
        if mark.strip():
            _put_mark(actor, task, lesson, answer.pupil_id, _mark(mark), over)
        _judge(actor, answer, "accepted", comment)
    return answer


def _judged(actor: Actor, answer_id: int, version: int) -> tuple[Answer, Task, Lesson]:
    answer: Answer | None = Answer.get_or_none(Answer.id == answer_id)
    if answer is None:
        raise _missing()
    lesson = _locked(Task.get_by_id(answer.task_id).lesson_id)
    if lesson.id not in editable_lessons(actor, [lesson.id], permissions.HOMEWORK):
        raise _missing()
    # Read anew under the lock: somebody else may have judged, or made the column of the marks.
    answer, task = Answer.get_by_id(answer_id), Task.get_by_id(answer.task_id)
    if answer.version != version or answer.state != "handed":
        raise Conflict(_("This answer has changed meanwhile. Look at it again."))
    return answer, task, lesson


def _judge(actor: Actor, answer: Answer, state: str, comment: str) -> None:
    answer.state = state
    _save(answer)
    newest = (
        AnswerVersion.select()
        .where(AnswerVersion.answer == answer)
        .order_by(AnswerVersion.number.desc())
        .first()
    )
    AnswerVersion.update(
        comment=comment, judged_at=clock.stamp(), judged_by=actor.user_id
    ).where(AnswerVersion.id == newest.id).execute()  # fmt: skip
    _record(actor, answer, {"comment": comment} if comment else {})
    outbox.put("journal.answer", answer=answer.id, what=state)


def _mark(text: str) -> str:
    """What was typed as the mark of an answer; no attendance and no debt is put from here."""
    try:
        found = parse(text, {}, Marking(policy.scale()))
    except NotAMark as error:
        raise Invalid(fields={"mark": [str(error)]}) from error
    if found.dot:
        raise Invalid(fields={"mark": [_("A debt is put in the journal itself.")]})
    return found.mark


def _put_mark(
    actor: Actor, task: Task, lesson: Lesson, pupil: int, mark: str, over: str | None
) -> None:
    if task.assignment_id is None:
        due = due_lesson(task, lesson)
        held = due is not None and due[1] <= clock.local().replace(tzinfo=None)
        at = due[0] if due is not None and held else lesson.id
        kind = fitting_type(at, HOME)
        task.assignment = add_assignment(actor, at, type_id=kind, title=_("Homework"))
        Task.update(assignment=task.assignment_id).where(Task.id == task.id).execute()
    place = rows(
        "SELECT a.lesson_id, (SELECT b.id FROM journal_assignment b "
        "WHERE b.lesson_id = a.lesson_id ORDER BY b.position, b.id LIMIT 1), m.value, "
        "COALESCE(m.version, 0), c.letter, "
        "COALESCE(t.version, 0) FROM journal_assignment a "
        "LEFT JOIN journal_mark m ON m.assignment_id = a.id AND m.pupil_id = ? "
        "LEFT JOIN journal_attendance t ON t.lesson_id = a.lesson_id AND t.pupil_id = ? "
        "LEFT JOIN journal_attendance_code c ON c.code = t.code WHERE a.id = ?",
        [pupil, pupil, task.assignment_id],
    )
    at, main, value, mark_version, letter, code_version = place[0]
    if over is not None and over != (value or ""):
        raise Conflict(_("Another mark stands there meanwhile: %(mark)s.", mark=value or "—"))
    first = main == task.assignment_id
    edit = Edit(
        op=new_operation(), lesson=at, assignment=task.assignment_id, pupil=pupil,
        value=cell_text(letter or "", mark, False) if first else mark,
        version=mark_version + (code_version if first else 0),
    )  # fmt: skip
    told = apply_edits(actor, [edit])[0]
    if told["state"] == "invalid":
        raise Invalid(fields={"mark": [told["message"]]})
    if told["state"] != "saved":
        raise Refused(told["message"])


def _record(actor: Actor, answer: Answer, more: dict[str, Any]) -> None:
    audit.record(
        actor, ANSWER_KIND, f"journal.answer:{answer.id}", person=answer.pupil_id,
        after={"state": answer.state, **more}, topic=f"pupil:{answer.pupil_id}",
    )  # fmt: skip


def text_of(task: Task) -> str:
    """What is to be done: the own text, or that of the homework for all."""
    if not task.for_all:
        return str(task.text)
    note = LessonNote.get_or_none(LessonNote.lesson == task.lesson_id)
    return "" if note is None else str(note.homework)
