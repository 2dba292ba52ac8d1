"""The journal in the menu and on the start page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core import clock
from asurso_core.actors import STAFF, Actor
from asurso_core.dashboard import Widget
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_core.navigation import NavItem
from asurso_journal import absence_rows, leading_rows, permissions, queries, task_rows
from asurso_journal.services.notes import FILE_KIND as NOTE_FILES
from asurso_journal.services.tasks import ANSWER_FILES, TASK_FILES

NAVIGATION = [
    NavItem(
        name="journal.today", label=_l("My lessons"), endpoint="journal.today", section="main",
        order=10, icon="lesson", side=STAFF,
    ),
    NavItem(
        name="journal", label=_l("Class journal"), endpoint="journal.index", section="study",
        order=10, icon="journal",
    ),
    NavItem(
        name="journal.days", label=_l("Who is absent"), endpoint="journal.days", section="study",
        order=12, icon="people", side=STAFF,
    ),
]  # fmt: skip


def _lessons(actor: Actor) -> Mapping[str, Any] | None:
    if "teacher" not in actor.roles:
        return None
    return {
        "lessons": queries.day_of_teacher(actor, clock.today()),
        "unfilled": queries.unfilled(actor),
    }


def _absent(actor: Actor) -> Mapping[str, Any] | None:
    """What waits for the class teacher: notes of parents and absences without a reason."""
    told = {
        "notes": absence_rows.waiting_notes(actor),
        "reasons": absence_rows.own_unknown_reasons(actor),
    }
    return {**told, "today": clock.today()} if any(told.values()) else None


def _school(actor: Actor) -> Mapping[str, Any] | None:
    found = leading_rows.school_today(actor)
    return None if found is None else {"school": found, "today": clock.today()}


FILE_KINDS = [
    FileKind(
        name=NOTE_FILES,
        title=_l("Certificates sent by parents"),
        types=(*PICTURES, "application/pdf"),
        may_read=absence_rows.may_read_note_file,
        quota_bytes=50 * 1024 * 1024,
    ),
    FileKind(
        name=TASK_FILES,
        title=_l("Files of homework"),
        types=(*PICTURES, *DOCUMENTS),
        may_read=task_rows.may_read_task_file,
        quota_bytes=500 * 1024 * 1024,
    ),
    FileKind(
        name=ANSWER_FILES,
        title=_l("Answers of pupils"),
        types=(*PICTURES, *DOCUMENTS),
        may_read=task_rows.may_read_answer_file,
        quota_bytes=200 * 1024 * 1024,
    ),
]

WIDGETS = [
    Widget(
        name="journal.absent",
        title=_l("Absences of my class"),
        template="journal/widget_absent.html",
        prepare=_absent,
        requires=permissions.ABSENCE,
        order=15,
        side=STAFF,
    ),
    Widget(
        name="journal.today",
        title=_l("My lessons today"),
        template="journal/widget.html",
        prepare=_lessons,
        requires=permissions.EDIT,
        size="wide",
        order=10,
        side=STAFF,
    ),
    Widget(
        name="journal.school",
        title=_l("The school today"),
        template="journal/widget_school.html",
        prepare=_school,
        requires=permissions.WATCH,
        order=12,
        side=STAFF,
    ),
]
