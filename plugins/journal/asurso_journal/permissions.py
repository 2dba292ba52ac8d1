"""Who sees and who changes the journal (features.md 2.3; decisions 8)."""

from __future__ import annotations

from typing import Any

from asurso_core.access import DATALOSS, PERSONAL, Permission
from asurso_core.i18n import lazy_gettext as _l

VIEW = "journal.view"
EDIT = "journal.mark.edit"
HOMEWORK = "journal.homework.edit"
HISTORY = "journal.history.view"
#: Period, year, exam and final marks, by teaching group and by class.
FINAL_VIEW = "journal.final.view"
FINAL_EDIT = "journal.final.edit"
#: Closing study periods, opening them again, unlocking for a while (features.md 3.7).
CLOSE = "journal.period.close"
#: Unusual changes, and putting back what an account has changed (features.md 12).
WATCH = "journal.alarm.view"
REVERT = "journal.revert"
#: The printed journal of a class and its other papers (R4.3.20).
PRINT = "journal.print"
#: Asked about a pupil, not about a lesson: what the diary shows.
MARK_VIEW = "journal.mark.view"
#: Absences of days, asked about a pupil: any reason; illness alone, by certificate; the page of a
#: class and a day; a parent's note.
ABSENCE = "journal.absence.edit"
ILLNESS = "journal.absence.illness"
DAY = "journal.day.view"
NOTE = "journal.absence.send"
#: Answers to homework are handed in by the pupil; the teacher's side is HOMEWORK.
HAND_IN = "journal.answer.send"

#: Kinds of works and codes of attendance (features.md 3.2, 3.3).
VOCABULARY = "journal.vocabulary.edit"

_LESSONS = ("school", "own_class", "own_group", "own")
_LEADERS = {"admin": "school", "director": "school", "deputy": "school"}

# "own" over a lesson means "a lesson that I give": a substitute keeps the journal of that lesson.
PERMISSIONS: list[Any] = [
    Permission(
        name=VIEW,
        label=_l("See the journal: marks, attendance, topics and homework"),
        scopes=_LESSONS,
        default={**_LEADERS, "teacher": "school", "psychologist": "school"},
        risk=PERSONAL,
    ),
    Permission(
        name=EDIT,
        label=_l("Put marks and attendance"),
        scopes=_LESSONS,
        default={"teacher": ("own_group", "own")},
        edits=True,
    ),
    Permission(
        name=HOMEWORK,
        label=_l("Write topics and homework, add works to a lesson"),
        scopes=_LESSONS,
        default={"teacher": ("own_group", "own")},
        edits=True,
    ),
    Permission(
        name=HISTORY,
        label=_l("See who changed a mark and when"),
        scopes=_LESSONS,
        default={**_LEADERS, "teacher": ("own_group", "own_class", "own")},
        risk=PERSONAL,
    ),
    Permission(
        name=FINAL_VIEW,
        label=_l("See period, year and final marks"),
        scopes=("school", "own_class", "own_group"),
        default={
            **_LEADERS,
            "teacher": "school",
            "psychologist": "school",
            "secretary": "school",
        },
        risk=PERSONAL,
    ),
    Permission(
        name=FINAL_EDIT,
        label=_l("Put period, year and final marks"),
        scopes=("school", "own_group"),
        default={"teacher": "own_group"},
        edits=True,
    ),
    Permission(
        name=CLOSE,
        label=_l("Close study periods, and unlock them for a while"),
        default={"admin": "school", "deputy": "school"},
        edits=True,
    ),
    Permission(
        name=WATCH,
        label=_l("See unusual changes of marks"),
        scopes=("school", "own_group"),
        default={**_LEADERS, "teacher": "own_group"},
    ),
    Permission(
        name=REVERT,
        label=_l("Put back all marks that an account changed in a span of time"),
        default={"admin": "school", "deputy": "school"},
        risk=DATALOSS,
        edits=True,
    ),
    Permission(
        name=VOCABULARY,
        label=_l("Change kinds of works and codes of attendance"),
        default={"admin": "school", "deputy": "school"},
        edits=True,
    ),
    Permission(
        name=PRINT,
        label=_l("Print the journal of a class, its summary sheets, report cards and letters"),
        scopes=("school", "own_class"),
        default={**_LEADERS, "teacher": "own_class"},
        risk=PERSONAL,
    ),
    Permission(
        name=MARK_VIEW,
        label=_l("See the marks of a pupil"),
        scopes=("school", "own_class", "own_group", "own_child", "own"),
        default={
            **_LEADERS,
            "teacher": "school",
            "psychologist": "school",
            "pupil": "own",
            "parent": "own_child",
        },
        risk=PERSONAL,
    ),
    Permission(
        name=ABSENCE,
        label=_l("Enter absences of days and their reasons"),
        scopes=("school", "own_class"),
        default={"deputy": "school", "teacher": "own_class"},
        edits=True,
    ),
    Permission(
        name=ILLNESS,
        label=_l("Enter illness by certificate"),
        scopes=("school", "own_class"),
        default={"medical": "school"},
        edits=True,
    ),
    Permission(
        name=DAY,
        label=_l("See who of a class is absent on a day"),
        scopes=("school", "own_class"),
        default={
            **_LEADERS,
            "teacher": "own_class",
            "medical": "school",
            "psychologist": "school",
        },
        risk=PERSONAL,
    ),
    Permission(
        name=NOTE,
        label=_l("Tell the class teacher of the absence of a child"),
        scopes=("own_child",),
        default={"parent": "own_child"},
        edits=True,
    ),
    Permission(
        name=HAND_IN,
        label=_l("Hand in answers to homework"),
        scopes=("own",),
        default={"pupil": "own"},
        edits=True,
    ),
]
