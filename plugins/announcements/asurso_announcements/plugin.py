"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Announcements"),
    about=_l("The board of the school: for whom, until when, who has read it"),
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of the board."""
    from asurso_announcements.views import pages

    return [pages]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The board in the menu."""
    from asurso_announcements import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_widgets() -> list[Any]:
    """What one has not read yet."""
    from asurso_announcements import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Reading, writing to whom, editing those of others, pinning."""
    from asurso_announcements import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_scopes() -> list[Any]:
    """Announcements by their audience."""
    from asurso_announcements import permissions

    return permissions.SCOPES


@hookimpl
def asurso_resources() -> list[Any]:
    """How the audience of announcements is found."""
    from asurso_announcements import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for deeds of the board."""
    from asurso_announcements import kinds

    return kinds.KINDS


@hookimpl
def asurso_search(actor: Actor, text: str, limit: int) -> list[Any]:
    """Announcements that hold the words, among those that the reader may read."""
    from asurso_announcements import finding

    return finding.hits(actor, text, limit)


@hookimpl
def asurso_personal_data() -> list[Any]:
    """What a person wrote, read and acknowledged."""
    from asurso_announcements import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_file_kinds() -> list[Any]:
    """Files that hang on announcements."""
    from asurso_announcements import widgets

    return widgets.FILE_KINDS


@hookimpl
def asurso_report_destinations() -> list[Any]:
    """Reports are put on the board."""
    from asurso_announcements import reports

    return reports.DESTINATIONS


@hookimpl
def asurso_reports() -> list[Any]:
    """Who has read and acknowledged."""
    from asurso_announcements import reports

    return reports.REPORTS


@hookimpl
def asurso_jobs() -> list[Any]:
    """Telling of announcements whose hour has come."""
    from asurso_announcements import jobs

    return jobs.JOBS


@hookimpl
def asurso_notices() -> list[Any]:
    """New, urgent, reminders."""
    from asurso_announcements import notices

    return notices.KINDS


@hookimpl
def asurso_outbox_consumers() -> list[Any]:
    """Telling people of what has appeared."""
    from asurso_announcements import notices

    return notices.CONSUMERS


@hookimpl
def asurso_demo() -> list[Any]:
    """What stands on the board of the demonstration school."""
    from asurso_announcements import demo

    return demo.STEPS
