"""Table of contents of the plugin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import hookimpl
from asurso_core.actors import Actor
from asurso_core.db import Record
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest
from asurso_journal import guards as _guards  # declares the triggers of these tables

del _guards

manifest = Manifest(
    title=_l("Class journal"), about=_l("Marks, attendance, topics and homework of every lesson")
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of the journal."""
    from asurso_journal import (
        absence_views,
        final_views,
        paper_views,
        task_views,
        undo_views,
        views,
        vocabulary_views,
        watch_views,
    )

    # They add their pages to the blueprint.
    del absence_views, final_views, paper_views, task_views, undo_views
    del vocabulary_views, watch_views
    return [views.journal]


@hookimpl
def asurso_navigation() -> list[Any]:
    """Today's lessons and the journal."""
    from asurso_journal import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_widgets() -> list[Any]:
    """Lessons of today, and what was not filled in."""
    from asurso_journal import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Seeing and keeping the journal."""
    from asurso_journal import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_settings() -> list[Any]:
    """How long cells stay open, the scale, who sees what."""
    from asurso_journal import policy

    return policy.SETTINGS


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for deeds of the journal."""
    from asurso_journal import kinds

    return kinds.KINDS


@hookimpl
def asurso_audit_witnesses() -> list[Any]:
    """Marks and attendance are what their newest entries say."""
    from asurso_journal import witness

    return witness.WITNESSES


@hookimpl
def asurso_health_checks() -> list[Any]:
    """The vocabularies are there."""
    from asurso_journal import checks

    return checks.CHECKS


@hookimpl
def asurso_restrict(actor: Actor, permission: str, model: type[Record]) -> Any:
    """Where the school has narrowed it, teachers see only journals of own groups and classes."""
    from asurso_journal import narrowing

    return narrowing.condition(actor, permission, model)


@hookimpl
def asurso_installed() -> None:
    """Write the usual types of works and attendance codes."""
    from asurso_journal import services

    services.install_vocabulary()


@hookimpl(optionalhook=True)
def timetable_lessons_in_use(lesson_ids: list[int]) -> set[int]:
    """Lessons that hold marks, attendance, a topic or homework."""
    from asurso_journal import queries

    return queries.lessons_in_use(lesson_ids)


@hookimpl(optionalhook=True)
def timetable_changed(class_ids: list[int], start: dt.date, end: dt.date) -> None:
    """Lessons that were made for a day of somebody's absence bear its code."""
    from asurso_journal import services

    services.settle_classes(class_ids, start, end)


@hookimpl(optionalhook=True)
def sms_commands() -> list[Any]:
    """Marks, forecast, absences, debts and homework by text message."""
    from asurso_journal import sms

    return sms.COMMANDS


@hookimpl
def asurso_personal_data() -> list[Any]:
    """Marks, attendance and homework of a person."""
    from asurso_journal import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_jobs() -> list[Any]:
    """Printing a class journal, unusual changes, absences of the day."""
    from asurso_journal import jobs, notices, watching

    return [*jobs.JOBS, *watching.JOBS, *notices.JOBS]


@hookimpl
def asurso_file_kinds() -> list[Any]:
    """Printed journals that wait to be fetched, certificates that parents send."""
    from asurso_journal import jobs, widgets

    return [*jobs.FILE_KINDS, *widgets.FILE_KINDS]


@hookimpl
def asurso_cli() -> list[Any]:
    """``asurso journal export``: class journals for the archive."""
    from asurso_journal import cli

    return [cli.journal]


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school has of this plugin."""
    from asurso_journal import (
        demo,
        demo_absences,
        demo_finals,
        demo_homework,
        demo_vocabulary,
    )

    return [
        *demo.STEPS,
        *demo_vocabulary.STEPS,
        *demo_finals.STEPS,
        *demo_absences.STEPS,
        *demo_homework.STEPS,
    ]


@hookimpl
def asurso_reports() -> list[Any]:
    """Reports about pupils, classes, teachers, the school, and access to the journal."""
    from asurso_journal import reports

    return reports.REPORTS


@hookimpl
def asurso_notices() -> list[Any]:
    """Marks, debts, absence and homework that families hear of; alarms for the staff."""
    from asurso_journal import notices, watching

    return [*notices.KINDS, *watching.KINDS]


@hookimpl
def asurso_outbox_consumers() -> list[Any]:
    """Families are told what changed in the journal."""
    from asurso_journal import notices

    return notices.CONSUMERS


@hookimpl(optionalhook=True)
def sms_fields() -> list[Any]:
    """The average and the debts of a pupil, for broadcasts by text message."""
    from asurso_journal import sms_fields as fields

    return fields.FIELDS
