"""What families are told of the journal: marks, debts, absence today, homework (R2.13.4, 8.2).

Facts say which cells changed; what is told is read when it is told and once more when it leaves,
so a slip that the teacher mended meanwhile reaches nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from asurso_core import clock, notices
from asurso_core.actors import Actor, system
from asurso_core.db import as_date, rows, transaction
from asurso_core.errors import NotThere
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.jobs import Attempt, Fact, Job, OutboxConsumer
from asurso_core.school import TeachingGroup, group_members
from asurso_journal import absence_rows, finals, policy, pupil_rows, services
from asurso_journal.finals import FAILED
from asurso_journal.marks import DOT, figures
from asurso_journal.permissions import ABSENCE as ABSENCE_EDIT
from asurso_journal.permissions import MARK_VIEW

MARK, LOW, ABSENCE, HOMEWORK, FINAL = (
    "journal.mark", "journal.low_mark", "journal.absence", "journal.homework", "journal.final"
)  # fmt: skip

_CELLS = """
    SELECT l.id, l.date, s.name, p.given_name, m.value, m.dot, m.version
      FROM timetable_lesson l
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
      JOIN core_person p ON p.id = ?
      LEFT JOIN journal_mark m ON m.pupil_id = p.id AND m.assignment_id = ?
     WHERE l.id = ?
"""
_ABSENT = """
    SELECT t.version FROM journal_attendance t
      JOIN journal_attendance_code k ON k.code = t.code
     WHERE t.lesson_id = ? AND t.pupil_id = ? AND k.missed
       AND NOT EXISTS (SELECT 1 FROM journal_absence_fill f
         JOIN journal_absence e ON e.id = f.absence_id
        WHERE f.lesson_id = t.lesson_id AND e.pupil_id = t.pupil_id AND f.written = t.version)
"""
# A code that an absence of days wrote is no news: the family knows of it.
_NOTE = """
    SELECT n.homework, l.date, l.group_id, s.name FROM journal_lesson_note n
      JOIN timetable_lesson l ON l.id = n.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
     WHERE n.lesson_id = ?
"""


# --- words, made anew for whoever is told ------------------------------------------------------


def _mark_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """The mark as it stands now, through the very query of the diary; None when it is gone."""
    day = dt.date.fromisoformat(data["date"])
    try:
        found = pupil_rows.marks_of_pupil(actor, data["pupil"], day, day)
    except NotThere:
        return None
    row = next((one for one in found if one.assignment_id == data["work"]), None)
    if row is None:
        return None
    value = row.value or _("a debt (%(dot)s)", dot=DOT)
    comment = f". {row.comment}" if row.comment else ""
    return notices.Words(
        title=f"{data['name']}: {data['subject']} — {value}",
        text=f"{row.title or row.type}, {day:%d.%m}{comment}",
        bland=_("A new mark in the diary"),
    )


def _absence_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """Absence of a day by the lesson at which it was first noticed; None when it was mended."""
    day = dt.date.fromisoformat(data["date"])
    try:
        found = pupil_rows.attendance_of_pupil(actor, data["pupil"], day, day)
    except NotThere:
        return None
    missed = [row for row in found if row.missed]
    if not missed:
        return None
    return notices.Words(
        title=_("%(name)s is not at the lesson today", name=data["name"]),
        text=f"{data['subject']}, {day:%d.%m}",
        bland=_("News about attendance in the diary"),
    )


def _homework_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    del actor  # read by the right over the pupil, which is asked before
    found = rows(_NOTE, [data["lesson"]])
    if not found or not found[0][0]:
        return None
    homework, date, _group, subject = found[0]
    return notices.Words(
        title=_("%(name)s: homework, %(subject)s", name=data["name"], subject=subject),
        text=f"{homework} ({as_date(date):%d.%m})",
        bland=_("New homework in the diary"),
    )


_FINAL = """
    SELECT f.value, f.version, s.name, p.given_name, COALESCE(q.title, '')
      FROM journal_final_mark f
      JOIN core_subject s ON s.id = f.subject_id
      JOIN core_person p ON p.id = f.pupil_id
      LEFT JOIN core_period q ON q.id = f.period_id
     WHERE f.pupil_id = ? AND f.year_id = ? AND f.subject_id = ? AND f.slot = ?
"""


def _final_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """The final mark as it stands now; None when it is gone."""
    del actor  # read by the right over the pupil, which is asked before
    found = rows(_FINAL, [data["pupil"], data["year"], data["subject"], data["slot"]])
    if not found or not found[0][0]:
        return None
    value, _version, subject, name, period = found[0]
    slots = {finals.YEAR: _("the year"), finals.EXAM: _("the exam"), finals.FINAL: _("final mark")}
    return notices.Words(
        title=f"{name}: {subject} — {value}",
        text=period or slots[data["slot"]],
        bland=_("A new mark in the diary"),
    )


def _kind(name: str, title: Any, **more: Any) -> notices.NoticeKind:
    return notices.NoticeKind(
        name=name, title=title, group=_l("Studies"), of_pupil=True, requires=MARK_VIEW, **more
    )


KINDS: list[Any] = [
    _kind(MARK, _l("A new mark"), current=_mark_words, order=10),
    _kind(LOW, _l("Only twos and debts"), current=_mark_words, order=11),
    _kind(FINAL, _l("A period, year or final mark"), current=_final_words, order=14),
    _kind(ABSENCE, _l("Absent today"), current=_absence_words, urgent=True, order=12),
    _kind(HOMEWORK, _l("New homework"), current=_homework_words, inside="off", order=13),
]


NOTE, DECIDED, REASON = "journal.absence_note", "journal.absence_decided", "journal.reason"
_SENT = """
    SELECT n.pupil_id, p.surname || ' ' || p.given_name, n.starts, n.ends, n.reason, n.state,
           n.answer, COALESCE(u.person_id, 0), p.given_name
      FROM journal_absence_note n
      JOIN core_person p ON p.id = n.pupil_id
      LEFT JOIN core_user u ON u.id = n.created_by_id
     WHERE n.id = ?
"""
_LEADERS = """
    SELECT k.teacher_id, m.school_class_id FROM core_class_member m
      JOIN core_class_teacher k ON k.school_class_id = m.school_class_id
     WHERE m.pupil_id = ? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)
       AND k.since <= ? AND (k.until IS NULL OR k.until > ?)
"""


def _days(starts: Any, ends: Any) -> str:
    first, last = as_date(starts), as_date(ends)
    return f"{first:%d.%m}" if first == last else f"{first:%d.%m}–{last:%d.%m}"


def _note_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """A note that still waits; None when it was answered or withdrawn."""
    del actor  # read by the right over the pupil, which is asked before
    found = rows(_SENT, [data["note"]])
    if not found or found[0][5] != "new":
        return None
    _pupil, name, starts, ends, reason, *_rest = found[0]
    return notices.Words(
        title=_("%(name)s will be absent: %(days)s", name=name, days=_days(starts, ends)),
        text=reason,
        bland=_("A note of a parent about an absence"),
    )


def _decided_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """What became of a note."""
    del actor
    found = rows(_SENT, [data["note"]])
    if not found or found[0][5] not in {"accepted", "declined"}:
        return None
    _pupil, _name, starts, ends, _reason, state, answer, _sender, given = found[0]
    days = _days(starts, ends)
    title = (
        _("%(name)s: the note of absence is accepted, %(days)s", name=given, days=days)
        if state == "accepted"
        else _("%(name)s: the note of absence is declined, %(days)s", name=given, days=days)
    )
    return notices.Words(title=title, text=answer, bland=_("An answer to your note of absence"))


KINDS += [
    notices.NoticeKind(
        name=NOTE, title=_l("A parent tells of an absence"), group=_l("Class"), side="staff",
        requires=ABSENCE_EDIT, current=_note_words, order=20,
    ),
    notices.NoticeKind(
        name=REASON, title=_l("Absences whose reason is not known"), group=_l("Class"),
        side="staff", order=21,
    ),
    _kind(DECIDED, _l("An answer to a note of absence"), current=_decided_words, order=15),
]  # fmt: skip


def leaders_of(pupil: int) -> list[tuple[int, int]]:
    """``(class teacher, class)`` of a pupil today."""
    return rows(_LEADERS, [pupil, *[clock.today()] * 4])


def _tell_note(attempt: Attempt, note: int) -> None:
    found = rows(_SENT, [note])
    told = _note_words(system("notice"), {"note": note})
    if not found or told is None:
        return
    pupil, _name, starts, *_rest = found[0]
    leaders = leaders_of(pupil)
    if leaders:
        url = f"/journal/day/{leaders[0][1]}/{as_date(starts).isoformat()}"
        with transaction():
            notices.tell(
                NOTE, told, key=f"{note}", about=pupil, to=[one for one, _class in leaders],
                url=url, data={"note": note},
            )  # fmt: skip
    attempt.progress(1, 1)


def _tell_decided(attempt: Attempt, note: int) -> None:
    found = rows(_SENT, [note])
    told = _decided_words(system("notice"), {"note": note})
    if not found or told is None or not found[0][7]:
        return
    with transaction():
        notices.tell(
            DECIDED, told, key=f"{note}", about=found[0][0], to=[found[0][7]],
            url=f"/diary/{found[0][0]}/absences", data={"note": note},
        )  # fmt: skip
    attempt.progress(1, 1)


ANSWER, RETURNED, ACCEPTED = (
    "journal.answer", "journal.answer_returned", "journal.answer_accepted"
)  # fmt: skip
_ANSWER = """
    SELECT a.pupil_id, p.surname || ' ' || p.given_name, p.given_name, a.state, a.version, a.late,
           k.id, s.name, l.group_id, COALESCE(l.teacher_id, 0),
           (SELECT v.comment FROM journal_answer_version v WHERE v.answer_id = a.id
             ORDER BY v.number DESC LIMIT 1)
      FROM journal_answer a
      JOIN core_person p ON p.id = a.pupil_id
      JOIN journal_task k ON k.id = a.task_id
      JOIN timetable_lesson l ON l.id = k.lesson_id
      JOIN core_teaching_group g ON g.id = l.group_id
      JOIN core_subject s ON s.id = g.subject_id
     WHERE a.id = ?
"""


def _answer_words(actor: Actor, data: Mapping[str, Any]) -> notices.Words | None:
    """What became of an answer, if that still holds."""
    del actor
    found = rows(_ANSWER, [data["answer"]])
    if not found or found[0][3] != data["what"]:
        return None
    _pupil, name, given, state, _version, late, _task, subject, _group, _teacher, said = found[0]
    if state == "handed":
        return notices.Words(
            title=_("%(name)s has handed in homework: %(subject)s", name=name, subject=subject),
            text=_("handed in late") if late else "",
            bland=_("An answer to homework"),
        )
    title = (
        _("%(name)s: homework accepted, %(subject)s", name=given, subject=subject)
        if state == "accepted"
        else _("%(name)s: homework to be reworked, %(subject)s", name=given, subject=subject)
    )
    return notices.Words(title=title, text=said or "", bland=_("News about homework"))


def _tell_answer(attempt: Attempt, payload: Mapping[str, Any]) -> None:
    data = {"answer": payload["answer"], "what": payload["what"]}
    found = rows(_ANSWER, [data["answer"]])
    told = _answer_words(system("notice"), data)
    if not found or told is None:
        return
    pupil, _name, _given, state, version, _late, task, _subject, group, teacher, _said = found[0]
    key = f"{data['answer']}:{version}"
    with transaction():
        if state == "handed":
            today = clock.today()
            teachers = rows(
                "SELECT teacher_id FROM core_group_teacher WHERE group_id = ? AND since <= ? "
                "AND (until IS NULL OR until > ?)",
                [group, today, today],
            )
            notices.tell(
                ANSWER, told, key=key, to={teacher, *(one for (one,) in teachers)} - {0},
                url=f"/journal/task/{task}", data=data,
            )  # fmt: skip
        else:
            notices.tell(
                RETURNED if state == "returned" else ACCEPTED, told, key=key, about=pupil,
                url=f"/diary/{pupil}/task/{task}", data=data,
            )  # fmt: skip
    attempt.progress(1, 1)


def _tell_task(attempt: Attempt, task: int) -> None:
    """Tell the chosen pupils of a homework; it has a text of its own."""
    found = rows(
        "SELECT p.pupil_id, n.given_name, s.name, k.text FROM journal_task_pupil p "
        "JOIN core_person n ON n.id = p.pupil_id JOIN journal_task k ON k.id = p.task_id "
        "JOIN timetable_lesson l ON l.id = k.lesson_id "
        "JOIN core_teaching_group g ON g.id = l.group_id "
        "JOIN core_subject s ON s.id = g.subject_id WHERE k.id = ?",
        [task],
    )
    for number, (pupil, name, subject, text) in enumerate(found, 1):
        words = notices.Words(
            title=_("%(name)s: homework, %(subject)s", name=name, subject=subject),
            text=text,
            bland=_("New homework in the diary"),
        )
        with transaction():
            notices.tell(
                [HOMEWORK_OWN], words, key=f"{task}:{pupil}", about=pupil,
                url=f"/diary/{pupil}/task/{task}",
            )  # fmt: skip
        attempt.progress(number, len(found))


HOMEWORK_OWN = "journal.homework_own"
KINDS += [
    notices.NoticeKind(
        name=ANSWER, title=_l("A pupil has handed in homework"), group=_l("Work"), side="staff",
        current=_answer_words, order=22,
    ),
    _kind(RETURNED, _l("Homework was given back"), current=_answer_words, order=16),
    _kind(ACCEPTED, _l("Homework was accepted"), current=_answer_words, order=17),
    _kind(HOMEWORK_OWN, _l("Homework for this pupil"), order=18),
]  # fmt: skip


def remind(attempt: Attempt) -> None:
    """Absences of today reach their lessons; class teachers hear weekly of unknown reasons."""
    services.settle_today()
    today = clock.today()
    year, week, _weekday = today.isocalendar()
    led = rows(
        "SELECT k.school_class_id, k.teacher_id FROM core_class_teacher k "
        "JOIN core_school_class c ON c.id = k.school_class_id "
        "JOIN core_academic_year y ON y.id = c.year_id AND y.state = 'current' "
        "WHERE k.since <= ? AND (k.until IS NULL OR k.until > ?)",
        [today, today],
    )
    found = absence_rows.unknown_reasons([class_id for class_id, _teacher in led])
    for number, (class_id, teacher) in enumerate(led, 1):
        pupils = found.get(class_id, [])
        if pupils:
            words = notices.Words(
                title=ngettext(
                    "%(num)s pupil was absent, the reason is not known",
                    "%(num)s pupils were absent, the reason is not known",
                    len(pupils),
                ),
                text=", ".join(f"{one['name']} ({one['since']:%d.%m})" for one in pupils[:10]),
            )
            with transaction():
                notices.tell(
                    REASON, words, key=f"{class_id}:{year}:{week}", to=[teacher],
                    url=f"/journal/day/{class_id}/{pupils[0]['since'].isoformat()}",
                )  # fmt: skip
        attempt.progress(number, len(led))


JOBS = [
    Job(
        name="journal.absences", title=_l("Absences of the day, reminders of their reasons"),
        run=remind, at=dt.time(5, 30), limit=300,
    )
]  # fmt: skip


# --- facts -------------------------------------------------------------------------------------


def tell(attempt: Attempt, fact: Fact) -> None:
    """Tell families what changed; a repeated job tells nothing twice."""
    if fact.kind == "journal.homework_set":
        _tell_homework(attempt, fact.payload["lesson"])
        return
    if fact.kind == "journal.finals_changed":
        _tell_finals(attempt, fact.payload)
        return
    if fact.kind == "journal.answer":
        _tell_answer(attempt, fact.payload)
        return
    if fact.kind == "journal.task_set":
        _tell_task(attempt, fact.payload["task"])
        return
    if fact.kind in {"journal.note_sent", "journal.note_decided"}:
        deed = _tell_note if fact.kind == "journal.note_sent" else _tell_decided
        deed(attempt, fact.payload["note"])
        return
    cells = fact.payload["cells"]
    for number, (lesson, work, pupil) in enumerate(cells, 1):
        _tell_cell(lesson, work, pupil)
        attempt.progress(number, len(cells))


def _tell_cell(lesson: int, work: int, pupil: int) -> None:
    found = rows(_CELLS, [pupil, work, lesson])
    if not found:
        return
    _id, date, subject, name, value, dot, version = found[0]
    day = as_date(date)
    data = {
        "pupil": pupil, "work": work, "date": day.isoformat(), "name": name, "subject": subject
    }  # fmt: skip
    with transaction():
        if value or dot:
            scale = policy.scale()
            low = not value or value == FAILED or any(scale.level(n) == 2 for n in figures(value))
            _tell([LOW, MARK] if low else [MARK], data, f"{work}:{pupil}:{version}", _mark_words)
        if day == clock.today() and rows(_ABSENT, [lesson, pupil]):
            _tell([ABSENCE], data, f"{pupil}:{day.isoformat()}", _absence_words)


def _tell(kinds: list[str], data: dict[str, Any], key: str, words: Any) -> None:
    told = words(system("notice"), data)
    if told is not None:
        url = f"/diary/{data['pupil']}/week/{data['date']}"  # if there is a diary
        notices.tell(kinds, told, key=key, about=data["pupil"], url=url, data=data)


def _tell_finals(attempt: Attempt, payload: Mapping[str, Any]) -> None:
    marks = payload["marks"]
    for number, (slot, pupil) in enumerate(marks, 1):
        data = {"pupil": pupil, "year": payload["year"], "subject": payload["subject"],
                "slot": slot}  # fmt: skip
        found = rows(_FINAL, [pupil, data["year"], data["subject"], slot])
        told = _final_words(system("notice"), data)
        if found and told is not None:
            key = f"{data['year']}:{data['subject']}:{slot}:{pupil}:{found[0][1]}"
            url = f"/diary/{pupil}/finals"  # if there is a diary
            with transaction():
                notices.tell([FINAL], told, key=key, about=pupil, url=url, data=data)
        attempt.progress(number, len(marks))


def _tell_homework(attempt: Attempt, lesson: int) -> None:
    found = rows(_NOTE, [lesson])
    if not found or not found[0][0]:
        return
    _homework, date, group, _subject = found[0]
    pupils = _pupils_of(group, as_date(date))
    for number, (pupil, name) in enumerate(pupils, 1):
        data = {"lesson": lesson, "pupil": pupil, "name": name, "date": as_date(date).isoformat()}
        with transaction():
            _tell([HOMEWORK], data, f"{lesson}:{pupil}", _homework_words)
        attempt.progress(number, len(pupils))


def _pupils_of(group: int, on: dt.date) -> list[tuple[int, str]]:
    members = group_members(TeachingGroup.get_by_id(group), on, on)
    return [(one["id"], one["name"].split(" ", 1)[-1]) for one in members]


CONSUMERS: list[Any] = [
    OutboxConsumer(
        name="journal.tell", title=_l("News of the journal to families"),
        facts=(
            "journal.cells_changed", "journal.homework_set", "journal.finals_changed",
            "journal.note_sent", "journal.note_decided", "journal.answer", "journal.task_set",
        ),
        run=tell, limit=300.0,
    )
]  # fmt: skip
