"""The one place where cells of the journal change: the grid, the lesson card, imports and tests.

A batch of edits is judged and written as a whole in one transaction. Rules are fetched for the
whole batch: the number of statements does not grow with the number of cells. Lessons are locked
first, so that two teachers on one cell give one "saved" and one "conflict" on both engines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import peewee as pw

from asurso_core import access, audit, clock, outbox, plugins, revisions
from asurso_core.actors import Actor, new_operation
from asurso_core.db import as_date, as_stamp, is_sqlite, put_rows, rows, transaction
from asurso_core.errors import Conflict
from asurso_core.i18n import gettext as _
from asurso_journal import hookspecs, locks, moved, permissions, policy, scales
from asurso_journal import marks as cell
from asurso_journal.marks import ABSENCE_IN_TIME, target_of_cell
from asurso_journal.models import Attendance, Mark
from asurso_journal.rights import editable_lessons, led_lessons
from asurso_timetable.api import Lesson

KIND = "journal.cell"
#: More edits in one request are refused whole.
MOST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One cell as it shall be.

    ``op`` is the browser's own id of this edit: sent again, it is not applied again. ``value`` is
    the whole content of the cell as typed, ``version`` that of the cell it was typed over.
    ``assignment`` None is the lesson's main column. ``comment`` None leaves the comment alone.
    """

    op: str
    lesson: int
    pupil: int
    value: str
    version: int
    assignment: int | None = None
    comment: str | None = None


@dataclass(slots=True)
class _Lesson:
    id: int
    date: dt.date
    cancelled: bool
    group_id: int
    year_id: int
    year_closed: bool
    part: int
    period_starts: dt.date | None
    period_ends: dt.date | None
    lock: locks.Lock
    marking: scales.Marking
    editable: bool = False
    closed: str = ""
    unusual: str = ""  # why a change is noted as made outside the usual time
    #: id → weight, in order; the first is the main column.
    works: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Present:
    """What stands in a cell now."""

    mark: str = ""
    dot: bool = False
    comment: str | None = None
    mark_version: int = 0
    code: str = ""
    code_version: int = 0

    @property
    def version(self) -> int:
        return self.mark_version + self.code_version

    @property
    def text(self) -> str:
        """As the history keeps it, with the code that never changes."""
        return cell.cell_text(self.code, self.mark, self.dot)

    def shown(self, meanings: Mapping[str, cell.Attendance]) -> str:
        """As people see it, with the letter of today."""
        meaning = meanings.get(self.code)
        return cell.cell_text(meaning.shown if meaning else self.code, self.mark, self.dot)


@dataclass(slots=True)
class _Known:
    """All that a batch of edits has to be judged by."""

    lessons: dict[int, _Lesson] = field(default_factory=dict)
    #: (lesson, assignment, pupil) → mark part; (lesson, pupil) → code part
    marks: dict[tuple[int, int, int], tuple[str, bool, str | None, int]] = field(
        default_factory=dict
    )
    codes: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)
    members: dict[tuple[int, int], list[tuple[dt.date, dt.date | None]]] = field(
        default_factory=dict
    )
    meanings: dict[str, cell.Attendance] = field(default_factory=dict)  # by code
    #: the same by what is typed: the letters of today, or the codes of the history
    typed: dict[str, cell.Attendance] = field(default_factory=dict)
    answer: tuple[int, int] | None = None  # type of an ordinary answer and its weight
    done: dict[str, str] = field(default_factory=dict)  # operation → target


@dataclass(slots=True)
class _Change:
    edit: Edit
    lesson: _Lesson
    work: int | None
    old: _Present
    new: _Present

    @property
    def column(self) -> int:
        """0 for the main column, whether its work exists yet or not."""
        return _column(self.lesson, self.work)

    @property
    def target(self) -> str:
        return target_of(self.lesson, self.work, self.edit.pupil)


def target_of(lesson: _Lesson, work: int | None, pupil: int) -> str:
    """The audit's name of a cell."""
    return target_of_cell(lesson.id, _column(lesson, work), pupil)


def _column(lesson: _Lesson, work: int | None) -> int:
    return 0 if work is None or work == next(iter(lesson.works), None) else work


def apply_edits(actor: Actor, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Change cells; one answer for each edit, in their order.

    An answer is ``{op, state, value, version, assignment, message}``; ``state`` is ``saved``,
    ``repeated`` (this very edit came before), ``conflict`` (somebody was faster: the value and
    version that stand, and ``changed_by``, ``changed_at``), ``refused`` (no right, closed, not a
    pupil of this lesson) or ``invalid``. Saved ones carry ``averages``: ``{pupil: {simple,
    weighted, count, missed, dots, suggested}}`` of the lesson's period as they stand after the
    whole batch.
    """
    if not edits:
        return []
    try:
        with transaction():
            return _apply(actor, edits)
    except pw.IntegrityError as error:
        if "operation" not in str(error):
            raise
        # The same operation id for another lesson at the same moment: nothing was written.
        raise Conflict(_("This change was sent twice at once. Reload the page.")) from error


def restore(actor: Actor, edits: Sequence[Edit], reason: str) -> list[dict[str, Any]]:
    """Put cells back to what they held, whatever the time says; answers as in :func:`apply_edits`.

    For :mod:`asurso_journal.services.reverting`, which has asked its own right. The versions of the
    edits are those that stand: nothing newer is overwritten by it, because the caller has looked.
    A closed year stays closed. Call inside a transaction.
    """
    known = _learn(actor, edits)
    known.typed = known.meanings  # the history speaks in codes
    for lesson in known.lessons.values():
        lesson.editable, lesson.unusual = True, reason
        if not lesson.year_closed:
            lesson.closed = ""
    standing = []
    for edit in edits:
        present = _standing(known, edit)
        standing.append(replace(edit, version=present.version if present else 0))
    return _apply(actor, standing, known)


def take_back(actor: Actor, edit: Edit, held: tuple[str, str]) -> dict[str, Any]:
    """Put a cell back to what the history says, if it still holds ``held`` (value and comment).

    The rights and the time of an ordinary edit hold; the version of the edit does not matter. An
    answer as in :func:`apply_edits`. Call inside a transaction.
    """
    known = _learn(actor, [edit])
    known.typed = known.meanings
    present = _standing(known, edit)
    if present is not None:
        same = (present.text, present.comment or "") == held
        edit = replace(edit, version=present.version if same else present.version + 1)
    return _apply(actor, [edit], known)[0]


def _standing(known: _Known, edit: Edit) -> _Present | None:
    """What the cell of an edit holds; None where there is no such cell."""
    lesson = known.lessons.get(edit.lesson)
    if lesson is None:
        return None
    work = edit.assignment if edit.assignment is not None else next(iter(lesson.works), None)
    if work is not None and work not in lesson.works:
        return None
    return _present(known, lesson, work, edit.pupil)


def _apply(
    actor: Actor, edits: Sequence[Edit], known: _Known | None = None
) -> list[dict[str, Any]]:
    known = known or _learn(actor, edits)
    answers: list[dict[str, Any]] = []
    deeds: list[_Change] = []
    changes: dict[tuple[int, int, int], _Change] = {}
    taken: set[str] = set()
    for edit in edits:
        answer, change = _judge(actor, known, edit, taken)
        answers.append(answer)
        if change is None:
            continue
        _remember(known, change)
        taken.add(edit.op)
        deeds.append(change)
        key = (change.lesson.id, change.column, edit.pupil)
        earlier = changes.get(key)
        # A cell that is changed twice is recorded twice and written once, as it ends up.
        changes[key] = change if earlier is None else replace(change, old=earlier.old)
    if changes:
        _write(actor, known, list(changes.values()), deeds, answers)
    _tell_who(answers)
    return answers


# --- codes that do not come from a cell ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """What :func:`settle_codes` did: ``changed`` and ``left`` are ``{(lesson, pupil): …}``.

    ``changed`` tells the code before and the version that was written, ``left`` the code that
    stays; ``closed`` are cells of a closed period, a closed year or a cancelled lesson.
    """

    changed: dict[tuple[int, int], tuple[str, int]]
    left: dict[tuple[int, int], str]
    closed: set[tuple[int, int]]


def settle_codes(
    actor: Actor,
    wanted: Mapping[tuple[int, int], Callable[[str, int], str | None]],
    *,
    reason: str | None = None,
) -> Settled:
    """Put attendance codes of ``{(lesson, pupil): decide}``; call inside a transaction.

    ``decide(code, version)`` is asked under the lock of the lesson for the code that shall stand,
    None to leave it. Marks, dots and comments stay. Whether the actor may is for the caller to
    ask; that a period or a year is closed holds here as for every cell (features.md 3.7).
    """
    told = Settled({}, {}, set())
    if not wanted:
        return told
    cells = sorted(wanted)
    edits = [
        Edit(op=new_operation(), lesson=lesson, pupil=pupil, value="", version=0)
        for lesson, pupil in cells
    ]
    known = _learn(actor, edits)
    window = policy.window(actor)
    late = {lesson.id for lesson in known.lessons.values() if lesson.unusual}
    changes = []
    for key, edit in zip(cells, edits, strict=True):
        lesson = known.lessons.get(edit.lesson)
        if lesson is None:
            continue
        if lesson.year_closed or lesson.cancelled or window.over(lesson.period_ends, lesson.lock):
            told.closed.add(key)
            continue
        work = next(iter(lesson.works), None)
        present = _present(known, lesson, work, edit.pupil)
        code = wanted[key](present.code, present.code_version)
        meaning = known.meanings.get(code or "")
        if code is not None and meaning is not None and not meaning.allows_mark:
            code = None if present.mark or present.dot else code
        if code is None or code == present.code:
            told.left[key] = present.code
            continue
        lesson.unusual = reason or ""
        if lesson.id not in late:
            edit = replace(edit, op=ABSENCE_IN_TIME + edit.op)
        new = replace(present, code=code, code_version=present.code_version + 1)
        changes.append(_Change(edit, lesson, work, present, new))
        told.changed[key] = (present.code, new.code_version)
    if changes:
        _write(actor, known, changes, changes, [])
    return told


# --- learning ----------------------------------------------------------------------------------

_LESSONS = """
    SELECT l.id, l.date, l.status, l.group_id, y.id, y.state, g.part,
           (SELECT MIN(p.starts) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = l.group_id AND l.date BETWEEN p.starts AND p.ends),
           (SELECT MAX(p.ends) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
              JOIN core_period p ON p.period_type_id = c.period_type_id
             WHERE gc.group_id = l.group_id AND l.date BETWEEN p.starts AND p.ends),
           (SELECT MIN(c.grade) FROM core_group_class gc
              JOIN core_school_class c ON c.id = gc.school_class_id
             WHERE gc.group_id = l.group_id), g.subject_id,
           {locked}, {unlocked}
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_academic_year y ON y.id = g.year_id
     WHERE l.id IN ? ORDER BY l.id {lock}
"""
# kind, four numbers, two texts, two dates
_STATE = """
    SELECT 'c' AS kind, 0 AS a, CASE WHEN missed THEN 1 ELSE 0 END AS b,
           CASE WHEN allows_mark THEN 1 ELSE 0 END AS c, position AS d, code AS t, letter AS u,
           CAST(NULL AS date) AS s, CAST(NULL AS date) AS e
      FROM journal_attendance_code WHERE NOT archived
    UNION ALL
    SELECT 'k', 0, CASE WHEN missed THEN 1 ELSE 0 END, CASE WHEN allows_mark THEN 1 ELSE 0 END,
           position, code, letter, CAST(NULL AS date), CAST(NULL AS date)
      FROM journal_attendance_code WHERE archived
    UNION ALL
    SELECT 't', id, weight, position, CASE WHEN archived OR EXISTS (
             SELECT 1 FROM journal_assignment_type_subject x
              WHERE x.type_id = journal_assignment_type.id) THEN 1 ELSE 0 END, '', '',
           CAST(NULL AS date), CAST(NULL AS date)
      FROM journal_assignment_type
    UNION ALL
    SELECT 'o', 0, 0, 0, 0, operation, target, CAST(NULL AS date), CAST(NULL AS date)
      FROM core_audit_entry WHERE operation IN ?
    UNION ALL
    SELECT 'w', lesson_id, id, weight, position, '', '', CAST(NULL AS date), CAST(NULL AS date)
      FROM journal_assignment WHERE lesson_id IN ?
    UNION ALL
    SELECT 'm', m.assignment_id, m.pupil_id, CASE WHEN m.dot THEN 1 ELSE 0 END, m.version, m.value,
           m.comment, CAST(NULL AS date), CAST(NULL AS date)
      FROM journal_mark m
     WHERE m.assignment_id IN (SELECT id FROM journal_assignment WHERE lesson_id IN ?)
       AND m.pupil_id IN ?
    UNION ALL
    SELECT 'a', lesson_id, pupil_id, 0, version, code, '', CAST(NULL AS date), CAST(NULL AS date)
      FROM journal_attendance WHERE lesson_id IN ? AND pupil_id IN ?
    UNION ALL
    SELECT 'p', gc.group_id, n.pupil_id, 0, 0, '', '', n.since, n.until
      FROM core_group_class gc
      JOIN core_teaching_group g ON g.id = gc.group_id AND g.part = 0
      JOIN core_class_member n ON n.school_class_id = gc.school_class_id
     WHERE gc.group_id IN ? AND n.pupil_id IN ?
    UNION ALL
    SELECT 'p', n.group_id, n.pupil_id, 0, 0, '', '', n.since, n.until
      FROM core_group_member n
      JOIN core_teaching_group g ON g.id = n.group_id AND g.part <> 0
     WHERE n.group_id IN ? AND n.pupil_id IN ?
"""


def _learn(actor: Actor, edits: Sequence[Edit]) -> _Known:
    known = _Known()
    wanted = sorted({edit.lesson for edit in edits})
    lock = "" if is_sqlite() else "FOR NO KEY UPDATE OF l"
    sql = _LESSONS.format(lock=lock, locked=locks.LOCKED, unlocked=locks.UNLOCKED)
    for id_, on, status, group, year, state, part, starts, ends, grade, subject, *shut in rows(
        sql, [*locks.whose(actor), wanted]
    ):
        known.lessons[id_] = _Lesson(
            id_, as_date(on), status == "cancelled", group, year, state == "closed", part,
            as_date(starts), as_date(ends), locks.Lock(bool(shut[0]), shut[1]),
            policy.marking(year, grade, subject),
        )  # fmt: skip
    _learn_rights(actor, known)
    lessons = list(known.lessons)
    pupils = sorted({edit.pupil for edit in edits})
    groups = sorted({lesson.group_id for lesson in known.lessons.values()})
    ops = sorted({edit.op for edit in edits})
    params = [
        ops, lessons, lessons, pupils, lessons, pupils, groups, pupils, groups, pupils,
    ]  # fmt: skip
    _sort_out(known, rows(_STATE, params))
    return known


def _sort_out(known: _Known, found: Iterable[tuple[Any, ...]]) -> None:
    works: list[tuple[int, int, int, int]] = []
    types: list[tuple[int, int, int, int]] = []
    parts: list[tuple[Any, ...]] = []
    codes: list[tuple[int, cell.Attendance]] = []
    for kind, a, b, c, d, text, other, since, until in found:
        if kind == "m":
            parts.append((a, b, text, bool(c), other, d))
        elif kind == "a":
            known.codes[a, b] = (text, d)
        elif kind == "p":
            known.members.setdefault((a, b), []).append((as_date(since), as_date(until)))
        elif kind == "w":
            works.append((d, b, a, c))
        elif kind in "ck":
            codes.append((d, cell.Attendance(text, bool(b), bool(c), other, kind == "k")))
        elif kind == "t":
            types.append((d, c, a, b))
        else:
            known.done[text] = other
    for _place, meaning in sorted(codes, key=lambda pair: pair[0]):
        known.meanings[meaning.code] = known.typed[meaning.shown] = meaning
    lesson_of: dict[int, int] = {}
    for _place, id_, lesson, weight in sorted(works):
        known.lessons[lesson].works[id_] = weight
        lesson_of[id_] = lesson
    for work, pupil, text, dot, comment, version in parts:
        known.marks[lesson_of[work], work, pupil] = (text, dot, comment, version)
    if types:
        _other, _place, id_, weight = min(types)
        known.answer = (id_, weight)


def _learn_rights(actor: Actor, known: _Known) -> None:
    allowed = editable_lessons(actor, known.lessons)
    window = policy.window(actor)
    for lesson in known.lessons.values():
        lesson.editable = lesson.id in allowed
        if lesson.year_closed:
            lesson.closed = _("This year is closed: it can be read, but not changed.")
        elif lesson.cancelled:
            lesson.closed = _("This lesson was cancelled: nothing can be put here.")
        else:
            lesson.closed = window.closed(lesson.date, lesson.period_ends, lock=lesson.lock)
        lesson.unusual = window.unusual(lesson.date, lesson.period_ends, lesson.lock)
    _longer_for_class_teacher(actor, known)


def _longer_for_class_teacher(actor: Actor, known: _Known) -> None:
    limit = policy.days_back(actor)
    longer = int(policy.rule("days_back_class_teacher"))
    if limit is None or longer <= limit:
        return
    shut = [one.id for one in known.lessons.values() if one.closed and one.editable]
    for id_ in led_lessons(actor, shut) if shut else ():
        lesson = known.lessons[id_]
        if not lesson.year_closed and not lesson.cancelled:
            lesson.closed = policy.window(actor).closed(
                lesson.date, lesson.period_ends, leads=True, lock=lesson.lock
            )


# --- judging -----------------------------------------------------------------------------------


def _judge(
    actor: Actor, known: _Known, edit: Edit, taken: set[str]
) -> tuple[dict[str, Any], _Change | None]:
    lesson = known.lessons.get(edit.lesson)
    if lesson is None or not lesson.editable:
        return _answer(known, edit, "refused", _refusal(actor, lesson)), None
    main = next(iter(lesson.works), None)
    work = edit.assignment if edit.assignment is not None else main
    if work is not None and work not in lesson.works:
        return _answer(
            known, edit, "refused", _("This column is no longer there. Reload the page.")
        ), None
    present = _present(known, lesson, work, edit.pupil)
    if edit.op in known.done or edit.op in taken:
        same = known.done.get(edit.op, target_of(lesson, work, edit.pupil))
        if same == target_of(lesson, work, edit.pupil):
            return _answer(known, edit, "repeated", "", present, work), None
        return _answer(known, edit, "invalid", _("This change has the mark of another one.")), None
    spans = known.members.get((lesson.group_id, edit.pupil), ())
    if not any(since <= lesson.date and (until is None or until > lesson.date)
               for since, until in spans):  # fmt: skip
        message = _("The pupil did not learn in this group on the day of the lesson.")
        return _answer(known, edit, "refused", message), None
    if lesson.closed:
        return _answer(known, edit, "refused", lesson.closed, present, work), None
    try:
        wanted = cell.parse(edit.value, known.typed, lesson.marking, present.mark)
        if lesson.marking.unmarked and (wanted.mark, wanted.dot) not in {
            (present.mark, present.dot), ("", False)
        }:  # fmt: skip
            raise cell.NotAMark(_("This grade learns without marks."))
        if known.typed is not known.meanings and wanted.code != present.code:
            cell.refuse_archived(known.meanings.get(wanted.code))
    except cell.NotAMark as error:
        return _answer(known, edit, "invalid", str(error), present, work), None
    if wanted.code and work is not None and work != main:
        message = _("Attendance is put in the first column of the lesson.")
        return _answer(known, edit, "invalid", message, present, work), None
    if edit.version != present.version:
        message = _("Somebody changed this cell first.")
        answer = _answer(known, edit, "conflict", message, present, work)
        answer["target"] = target_of(lesson, work, edit.pupil)
        return answer, None
    new = _changed(present, wanted, edit.comment, in_main=work == main)
    answer = _answer(known, edit, "saved", "", new, work)
    return answer, None if new == present else _Change(edit, lesson, work, present, new)


def _refusal(actor: Actor, lesson: _Lesson | None) -> str:
    if lesson is not None and access.allowed_ids(actor, permissions.VIEW, Lesson, [lesson.id]):
        if lesson.year_closed:
            return _("This year is closed: it can be read, but not changed.")
        return _("You can look at this journal; only the teacher of the group can change it.")
    return _("There is no such lesson, or it is not open to you.")


def _present(known: _Known, lesson: _Lesson, work: int | None, pupil: int) -> _Present:
    found = _Present()
    if work is not None and (lesson.id, work, pupil) in known.marks:
        found.mark, found.dot, found.comment, found.mark_version = known.marks[
            lesson.id, work, pupil
        ]
    if work is None or work == next(iter(lesson.works)):
        found.code, found.code_version = known.codes.get((lesson.id, pupil), ("", 0))
    return found


def _changed(old: _Present, wanted: cell.Cell, comment: str | None, *, in_main: bool) -> _Present:
    kept = old.comment if comment is None else (comment.strip() or None)
    if not wanted.mark and not wanted.dot:
        kept = None  # a comment without a mark would be seen by nobody
    new = _Present(
        wanted.mark, wanted.dot, kept, old.mark_version, wanted.code if in_main else "",
        old.code_version,
    )  # fmt: skip
    if (new.mark, new.dot, new.comment) != (old.mark, old.dot, old.comment):
        new.mark_version += 1
    if new.code != old.code:
        new.code_version += 1
    return new


def _answer(
    known: _Known, edit: Edit, state: str, message: str, present: _Present | None = None,
    work: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    answer: dict[str, Any] = {
        "op": edit.op,
        "state": state,
        "lesson": edit.lesson,
        "pupil": edit.pupil,
        "assignment": work if work is not None else edit.assignment,
        "value": None if present is None else present.shown(known.meanings),
        "version": None if present is None else present.version,
        "message": message,
    }
    if present is not None and present.comment:
        answer["comment"] = present.comment
    return answer


def _remember(known: _Known, change: _Change) -> None:
    """Later edits of the same batch see what this one will have done."""
    new, pupil = change.new, change.edit.pupil
    if new.mark_version != change.old.mark_version:
        work = change.work
        if work is None:
            work = _NEW  # the main column that is about to be made
            change.work = work
            change.lesson.works[work] = 0
        known.marks[change.lesson.id, work, pupil] = (
            new.mark, new.dot, new.comment, new.mark_version,
        )  # fmt: skip
    if new.code_version != change.old.code_version:
        known.codes[change.lesson.id, pupil] = (new.code, new.code_version)


#: Stands for the id of a main column that does not exist yet.
_NEW = 0


# --- writing -----------------------------------------------------------------------------------


def _write(
    actor: Actor,
    known: _Known,
    changes: list[_Change],
    deeds: list[_Change],
    answers: list[dict[str, Any]],
) -> None:
    _make_main_columns(known, changes, answers)
    marked = [one for one in changes if one.new.mark_version != one.old.mark_version]
    attended = [one for one in changes if one.new.code_version != one.old.code_version]
    # Two batches that cross take rows in the same order.
    marked.sort(key=lambda one: (one.work or 0, one.edit.pupil))
    attended.sort(key=lambda one: (one.lesson.id, one.edit.pupil))
    put_rows(
        Mark,
        ("assignment_id", "pupil_id", "year_id", "value", "dot", "comment", "version"),
        [(one.work, one.edit.pupil, one.lesson.year_id, one.new.mark, one.new.dot,
          one.new.comment, one.new.mark_version) for one in marked],
        "(assignment_id, pupil_id) DO UPDATE SET value = excluded.value, dot = excluded.dot, "
        "comment = excluded.comment, version = excluded.version",
    )  # fmt: skip
    put_rows(
        Attendance,
        ("lesson_id", "pupil_id", "year_id", "code", "version"),
        [(one.lesson.id, one.edit.pupil, one.lesson.year_id, one.new.code,
          one.new.code_version) for one in attended],
        "(lesson_id, pupil_id) DO UPDATE SET code = excluded.code, version = excluded.version",
    )  # fmt: skip
    for reason in sorted({one.lesson.unusual for one in deeds}):
        told = [_deed(one) for one in deeds if one.lesson.unusual == reason]
        audit.record_many(actor, KIND, told, reason=reason or None)
    groups: dict[int, list[_Change]] = {}
    for one in changes:
        groups.setdefault(one.lesson.group_id, []).append(one)
    for group in sorted(groups):
        revisions.bump(f"group:{group}")
        _bump_others(known, group, groups[group])
        cells = [[one.lesson.id, one.work or 0, one.edit.pupil] for one in groups[group]]
        outbox.put("journal.cells_changed", group=group, cells=cells)
    _announce(actor, marked, attended)
    if answers:
        _add_averages(known, groups, bool(marked), answers)


def _bump_others(known: _Known, group: int, changes: list[_Change]) -> None:
    """The averages of a pupil who changed the group stand in the journals of both."""
    pupils = {one.edit.pupil for one in changes if _moved(known, one)}
    if pupils:
        for other in moved.other_groups(group, pupils):
            revisions.bump(f"group:{other}")


def _moved(known: _Known, change: _Change) -> bool:
    lesson = change.lesson
    starts, ends = lesson.period_starts or lesson.date, lesson.period_ends or lesson.date
    spans = known.members.get((lesson.group_id, change.edit.pupil), ())
    return not moved.is_whole(spans, starts, ends)


def _make_main_columns(
    known: _Known, changes: list[_Change], answers: list[dict[str, Any]]
) -> None:
    """Make the main column of lessons that get their first mark."""
    fresh = sorted({one.lesson.id for one in changes if one.work == _NEW})
    if not fresh:
        return
    if known.answer is None:
        raise LookupError("the school has no types of works")
    type_id, weight = known.answer
    places = ", ".join(["(?, ?, '', ?, 0, 1)"] * len(fresh))
    made = rows(
        "INSERT INTO journal_assignment (lesson_id, type_id, title, weight, position, version) "  # noqa: S608 - places only
        f"VALUES {places} RETURNING lesson_id, id",
        [value for id_ in fresh for value in (id_, type_id, weight)],
    )
    ids = dict(made)
    for one in changes:
        if one.lesson.id in ids and one.work in {None, _NEW}:
            one.work = ids[one.lesson.id]
    for id_ in fresh:
        known.lessons[id_].works = {ids[id_]: weight}
    for answer in answers:
        if answer["lesson"] in ids and answer["state"] in {"saved", "repeated"}:
            answer["assignment"] = ids[answer["lesson"]]


def _deed(change: _Change) -> audit.Deed:
    return audit.Deed(
        target=change.target,
        person=change.edit.pupil,
        before=_told(change.old),
        after=_told(change.new),
        operation=change.edit.op,
    )


def _told(part: _Present) -> dict[str, Any]:
    told: dict[str, Any] = {"value": part.text}
    if part.comment:
        told["comment"] = part.comment
    return told


def _announce(actor: Actor, marked: list[_Change], attended: list[_Change]) -> None:
    for one in marked:
        new, old = _fact(one, one.new), _fact(one, one.old)
        if one.new.mark or one.new.dot:
            before = old if one.old.mark or one.old.dot else None
            plugins.announce(hookspecs.journal_mark_set, mark=new, old=before, actor=actor)
        else:
            plugins.announce(hookspecs.journal_mark_removed, mark=old, actor=actor)
    for one in attended:
        entry = cell.AttendanceFact(
            one.lesson.id, one.edit.pupil, one.new.code, one.new.code_version
        )
        plugins.announce(
            hookspecs.journal_attendance_set, entry=entry, old=one.old.code, actor=actor
        )


def _fact(change: _Change, part: _Present) -> cell.MarkFact:
    return cell.MarkFact(
        change.lesson.id, change.work or 0, change.edit.pupil, part.mark, part.dot, part.comment,
        part.mark_version,
    )  # fmt: skip


# --- averages and who was faster ---------------------------------------------------------------


def _add_averages(
    known: _Known,
    groups: Mapping[int, list[_Change]],
    marked: bool,
    answers: list[dict[str, Any]],
) -> None:
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for group, changes in groups.items():
        lesson = changes[0].lesson
        starts, ends = lesson.period_starts or lesson.date, lesson.period_ends or lesson.date
        pupils = sorted({one.edit.pupil for one in changes})
        elsewhere = {}
        if marked:
            spans = {pupil: known.members.get((group, pupil), []) for pupil in pupils}
            elsewhere = moved.brought(group, spans, starts, ends)
        for pupil, told in averages_of(
            group, starts, ends, pupils, with_marks=marked, elsewhere=elsewhere
        ).items():
            found[group, pupil] = told
    for answer in answers:
        if answer["state"] == "saved":
            group = known.lessons[answer["lesson"]].group_id
            numbers = found.get((group, answer["pupil"]))
            if numbers is not None:
                answer["averages"] = {str(answer["pupil"]): numbers}


_AVERAGES_MARKS = """
    SELECT 'm', m.pupil_id, a.weight, CASE WHEN m.dot THEN 1 ELSE 0 END, m.value
      FROM timetable_lesson l
      JOIN journal_assignment a ON a.lesson_id = l.id
      JOIN journal_mark m ON m.assignment_id = a.id
     WHERE l.group_id = ? AND l.date BETWEEN ? AND ? AND m.pupil_id IN ?
    UNION ALL
"""
_AVERAGES_CODES = """
    SELECT 'a', t.pupil_id, COUNT(*), 0, ''
      FROM timetable_lesson l
      JOIN journal_attendance t ON t.lesson_id = l.id
      JOIN journal_attendance_code k ON k.code = t.code
     WHERE l.group_id = ? AND l.date BETWEEN ? AND ? AND t.pupil_id IN ? AND k.missed
     GROUP BY t.pupil_id
"""


def averages_of(
    group: int,
    starts: dt.date,
    ends: dt.date,
    pupils: Sequence[int],
    *,
    with_marks: bool = True,
    elsewhere: Mapping[int, Sequence[moved.Brought]],
) -> dict[int, dict[str, Any]]:
    """What the right columns of the grid show of these pupils; one statement.

    Without marks (attendance alone was put) only ``missed`` is told. ``elsewhere`` are marks of
    the subject from other groups, by pupil: they count in the averages.
    """
    sql = (_AVERAGES_MARKS if with_marks else "") + _AVERAGES_CODES
    params = [group, starts, ends, list(pupils)]
    missed: dict[int, int] = {}
    dots: dict[int, int] = {}
    values: dict[int, list[tuple[str, int]]] = {pupil: [] for pupil in pupils}
    found = rows(sql, params * 2 if with_marks else params)
    for kind, pupil, number, dot, text in found:
        if kind == "a":
            missed[pupil] = number
            continue
        values[pupil].append((text, number))
        dots[pupil] = dots.get(pupil, 0) + (dot if not text else 0)
    told: dict[int, dict[str, Any]] = {}
    for pupil in pupils:
        told[pupil] = {"missed": missed.get(pupil, 0)}
        if with_marks:
            brought = [(one.value, one.weight) for one in elsewhere.get(pupil, ())]
            mean = cell.averages([*values[pupil], *brought])
            told[pupil].update(
                simple=cell.shown(mean.simple), weighted=cell.shown(mean.weighted),
                count=mean.count, dots=dots.get(pupil, 0),
            )  # fmt: skip
    return told


def _tell_who(answers: list[dict[str, Any]]) -> None:
    wanted = sorted({answer["target"] for answer in answers if "target" in answer})
    if not wanted:
        return
    latest = {
        target: (name, at)
        for target, name, at in rows(
            "SELECT target, actor_name, at FROM core_audit_entry WHERE id IN ("
            "SELECT MAX(id) FROM core_audit_entry WHERE target IN ? GROUP BY target)",
            [wanted],
        )
    }
    for answer in answers:
        name, at = latest.get(answer.pop("target", ""), ("", None))
        if at is not None:
            answer["changed_by"] = name
            answer["changed_at"] = clock.local(as_stamp(at)).strftime("%d.%m.%Y %H:%M")
