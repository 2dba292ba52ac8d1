"""Topics, homework and works of a lesson."""

from __future__ import annotations

from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, outbox, plugins
from asurso_core.actors import Actor
from asurso_core.db import is_sqlite, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.i18n import gettext as _
from asurso_journal import hookspecs, locks, permissions, policy
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    AssignmentTypeSubject,
    LessonNote,
    Mark,
    Task,
)
from asurso_journal.rights import editable_lessons, led_lessons
from asurso_timetable.api import Lesson

MOST_WORKS = 8
HEAVIEST = 100


def _lesson(actor: Actor, lesson_id: int) -> Lesson:
    """The lesson, if the actor may write into its journal now; locked for this transaction."""
    query = Lesson.select().where(Lesson.id == lesson_id)
    if not is_sqlite():
        lockable: Any = query
        query = lockable.for_update("FOR NO KEY UPDATE")
    lesson: Lesson | None = query.first()
    if lesson is None or not access.allowed_ids(actor, permissions.VIEW, Lesson, [lesson_id]):
        raise NotThere(_("There is no such page, or it is not open to you."))
    if lesson.id not in editable_lessons(actor, [lesson.id], permissions.HOMEWORK):
        raise Refused(
            _("You can look at this journal; only the teacher of the group can change it.")
        )
    if lesson.status == "cancelled":
        raise Refused(_("This lesson was cancelled: nothing can be put here."))
    lock, ends = locks.of_lesson(actor, lesson.id)
    closed = policy.writing_closed(actor, lesson.date, ends, lock=lock)
    if closed and lesson.id in led_lessons(actor, [lesson.id]):
        closed = policy.writing_closed(actor, lesson.date, ends, leads=True, lock=lock)
    if closed:
        raise Refused(closed)
    return lesson


def late(actor: Actor, lesson: Lesson) -> str | None:
    """Why writing into a lesson now is not usual: the reason in the history; None for usual."""
    lock, ends = locks.of_lesson(actor, lesson.id)
    return policy.window(actor).unusual(lesson.date, ends, lock) or None


def _text(value: Any, longest: int, field: str) -> str:
    text = str(value or "").replace("\r\n", "\n").strip()
    if "\x00" in text:
        raise Invalid(fields={field: [_("The text holds a character that cannot be stored.")]})
    if len(text) > longest:
        raise Invalid(
            fields={field: [_("At most %(longest)s characters fit here.", longest=longest)]}
        )
    return text


def set_lesson_note(
    actor: Actor,
    lesson_id: int,
    *,
    topic: str,
    homework: str,
    version: int,
    operation: str | None = None,
) -> LessonNote:
    """Write what was taught and what is to be done at home.

    ``version`` is that of the note the page showed, 0 when there was none.

    :raises Conflict: somebody wrote it first; ``details`` carries their topic and homework.
    :raises Invalid: a text is too long.
    :raises Refused: not the teacher of the group, or the time for writing is over.
    """
    topic, homework = _text(topic, 500, "topic"), _text(homework, 2000, "homework")
    with transaction():
        lesson = _lesson(actor, lesson_id)
        note: LessonNote | None = LessonNote.get_or_none(LessonNote.lesson == lesson)
        present = 0 if note is None else note.version
        if note is not None and (note.topic, note.homework) == (topic, homework):
            return note
        if version != present:
            raise Conflict(
                _("Somebody has written the topic or homework of this lesson first."),
                topic="" if note is None else note.topic,
                homework="" if note is None else note.homework,
                version=present,
            )
        before = {"topic": "", "homework": ""}
        if note is None:
            note = LessonNote(lesson=lesson, version=0)
        else:
            before = {"topic": note.topic, "homework": note.homework}
        if homework and note.homework_at is None:
            note.homework_at = clock.stamp()
        note.topic, note.homework, note.updated_by = topic, homework, actor.user_id
        note.version += 1
        note.save()
        audit.record(
            actor, "journal.note_changed", f"journal.lesson:{lesson.id}",
            before=before, after={"topic": topic, "homework": homework},
            operation=operation, reason=late(actor, lesson), topic=f"group:{lesson.group_id}",
        )  # fmt: skip
        if before["homework"] != homework:
            outbox.put("journal.homework_set", lesson=lesson.id)
            plugins.announce(
                hookspecs.journal_homework_set,
                lesson_id=lesson.id,
                homework=homework,
                actor=actor,
            )
    return note


def confirm_attendance(actor: Actor, lesson_id: int) -> None:
    """Note that attendance of a lesson was looked at and nobody else is missing."""
    with transaction():
        lesson = _lesson(actor, lesson_id)
        if lesson.date > clock.today():
            raise Refused(_("The lesson has not been held yet."))
        note = LessonNote.get_or_none(LessonNote.lesson == lesson)
        if note is None:
            note = LessonNote(lesson=lesson, version=0, updated_by=actor.user_id)
        if note.attendance_at is not None:
            return
        note.attendance_at = clock.stamp()
        note.save()
        audit.record(
            actor, "journal.attendance_confirmed", f"journal.lesson:{lesson.id}",
            reason=late(actor, lesson), topic=f"group:{lesson.group_id}",
        )  # fmt: skip


# --- works -------------------------------------------------------------------------------------


def _type(type_id: Any, lesson: Lesson) -> AssignmentType:
    """A kind of work that is in use and belongs to the subject of the lesson."""
    found = AssignmentType.get_or_none(
        AssignmentType.id == type_id,
        AssignmentType.archived == False,  # noqa: E712 - SQL
    )
    limits = AssignmentTypeSubject.select(AssignmentTypeSubject.subject).where(
        AssignmentTypeSubject.type == type_id
    )
    subjects = {row.subject_id for row in limits}
    if found is None or (subjects and lesson.group.subject_id not in subjects):
        raise Invalid(fields={"type": [_("Choose one of the list.")]})
    kind: AssignmentType = found
    return kind


def _weight(weight: int) -> int:
    if not 0 <= weight <= HEAVIEST:
        raise Invalid(
            fields={"weight": [_("The weight is a number from 0 to %(top)s.", top=HEAVIEST)]}
        )
    return weight


def add_assignment(
    actor: Actor, lesson_id: int, *, type_id: int, title: str = "", weight: int | None = None
) -> Assignment:
    """Add a work to a lesson: a column with a type and a weight (the type's own by default).

    :raises Invalid: no such type, a weight out of bounds, too many works in one lesson.
    """
    title = _text(title, 255, "title")
    with transaction():
        lesson = _lesson(actor, lesson_id)
        kind = _type(type_id, lesson)
        count, last = (
            Assignment.select(pw.fn.COUNT(Assignment.id), pw.fn.MAX(Assignment.position))
            .where(Assignment.lesson == lesson)
            .tuples()
            .first()
        )
        if count >= MOST_WORKS:
            raise Invalid(_("A lesson can hold at most %(most)s works.", most=MOST_WORKS))
        work: Assignment = Assignment.create(
            lesson=lesson, type=kind, title=title, position=0 if last is None else last + 1,
            weight=_weight(kind.weight if weight is None else weight),
        )  # fmt: skip
        _record(actor, "journal.work_added", lesson, work, None, _facts(work))
    return work


def _work(actor: Actor, assignment_id: int) -> tuple[Assignment, Lesson]:
    work: Assignment | None = Assignment.get_or_none(Assignment.id == assignment_id)
    if work is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    lesson = _lesson(actor, work.lesson_id)
    fresh: Assignment | None = Assignment.get_or_none(Assignment.id == assignment_id)
    if fresh is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    return fresh, lesson


def update_assignment(
    actor: Actor, assignment_id: int, *, type_id: int, title: str, weight: int, version: int
) -> Assignment:
    """Change type, title and weight of a work; averages follow.

    :raises Conflict: somebody changed it first.
    """
    title = _text(title, 255, "title")
    with transaction():
        work, lesson = _work(actor, assignment_id)
        if work.version != version:
            raise Conflict(_("Somebody changed this work first."), **_facts(work))
        before = _facts(work)
        if type_id != work.type_id:
            work.type = _type(type_id, lesson)
        work.title, work.weight = title, _weight(weight)
        work.version += 1
        work.save()
        _record(actor, "journal.work_changed", lesson, work, before, _facts(work))
    return work


def remove_assignment(actor: Actor, assignment_id: int) -> int:
    """Take away a work that nobody has a mark for; returns the id of its lesson.

    :raises Refused: the column holds marks, dots or comments.
    """
    with transaction():
        work, lesson = _work(actor, assignment_id)
        held = Mark.select().where(
            Mark.assignment == work,
            (Mark.value != "") | (Mark.dot == True) | Mark.comment.is_null(False),  # noqa: E712 - SQL
        )
        if held.exists():
            raise Refused(_("There are marks in this column. Clear them first."))
        Mark.delete().where(Mark.assignment == work).execute()
        Task.update(assignment=None).where(Task.assignment == work).execute()
        before = _facts(work)
        work.delete_instance()
        _record(actor, "journal.work_removed", lesson, work, before, None)
    return int(lesson.id)


def _facts(work: Assignment) -> dict[str, Any]:
    return {
        "type": work.type_id, "title": work.title, "weight": work.weight, "lesson": work.lesson_id,
    }  # fmt: skip


def _record(
    actor: Actor, kind: str, lesson: Lesson, work: Assignment, before: Any, after: Any
) -> None:
    audit.record(
        actor, kind, f"journal.work:{work.id}", before=before, after=after,
        reason=late(actor, lesson), topic=f"group:{lesson.group_id}",
    )  # fmt: skip
