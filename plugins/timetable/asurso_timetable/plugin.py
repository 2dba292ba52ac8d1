"""Table of contents of the plugin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest
from asurso_timetable import guards as _guards  # declares the triggers of these tables

del _guards

manifest = Manifest(
    title=_l("Timetable"), about=_l("Bells, the weekly grid and the lessons of every day")
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Weeks, the editor, bells."""
    from asurso_timetable import views

    return [views.timetable]


@hookimpl
def asurso_navigation() -> list[Any]:
    """Seeing the timetable; making it."""
    from asurso_timetable import navigation

    return navigation.NAVIGATION


@hookimpl
def asurso_widgets() -> list[Any]:
    """The nearest day with lessons, for pupils and parents."""
    from asurso_timetable import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Seeing and making the timetable."""
    from asurso_timetable import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """How lessons hang on classes, groups and teachers."""
    from asurso_timetable import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for changes of bells, grids and lessons."""
    from asurso_timetable import kinds

    return kinds.KINDS


@hookimpl
def asurso_calendar_changed(year_id: int, start: dt.date, end: dt.date) -> None:
    """Remember that lessons of these days should be made again."""
    from asurso_timetable.services import generate

    generate.calendar_changed(year_id, start, end)


@hookimpl(optionalhook=True)
def sms_commands() -> list[Any]:
    """The timetable by text message."""
    from asurso_timetable import sms

    return sms.COMMANDS


@hookimpl
def asurso_personal_data() -> list[Any]:
    """Lessons that a person gave."""
    from asurso_timetable import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school has of this plugin."""
    from asurso_timetable import demo, demo_substitutions

    return [*demo.STEPS, *demo_substitutions.STEPS]


@hookimpl
def asurso_reports() -> list[Any]:
    """The journal of substitutions and their monthly sheet."""
    from asurso_timetable import reports

    return reports.REPORTS


@hookimpl
def asurso_notices() -> list[Any]:
    """Changes of the timetable that families hear of."""
    from asurso_timetable import notices

    return notices.KINDS


@hookimpl
def asurso_outbox_consumers() -> list[Any]:
    """Families are told of changed lessons."""
    from asurso_timetable import notices

    return notices.CONSUMERS
