"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Mail"), about=_l("Letters inside the school, and out of it to e-mail addresses")
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of mail."""
    from asurso_mail.views import mail

    return [mail]


@hookimpl
def asurso_navigation() -> list[Any]:
    """Mail in the menu."""
    from asurso_mail import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_widgets() -> list[Any]:
    """Unread letters."""
    from asurso_mail import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Having a mailbox, writing to families, to groups, outside; moderating."""
    from asurso_mail import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """Reports are the moderators', all of them."""
    from asurso_mail import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_settings() -> list[Any]:
    """Who may write to whom, how much, how long."""
    from asurso_mail import policy

    return policy.SETTINGS


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for deeds of mail."""
    from asurso_mail import kinds

    return kinds.KINDS


@hookimpl
def asurso_search(actor: Actor, text: str, limit: int) -> list[Any]:
    """Own letters that hold the words."""
    from asurso_mail import finding

    return finding.hits(actor, text, limit)


@hookimpl
def asurso_personal_data() -> list[Any]:
    """What a person wrote and got."""
    from asurso_mail import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_file_kinds() -> list[Any]:
    """Files of letters."""
    from asurso_mail import widgets

    return widgets.FILE_KINDS


@hookimpl
def asurso_jobs() -> list[Any]:
    """Letters that leave the house; the trash at night."""
    from asurso_mail import jobs

    return jobs.JOBS


@hookimpl
def asurso_outbox_consumers() -> list[Any]:
    """New letters are told to those who got them."""
    from asurso_mail import notices

    return notices.CONSUMERS


@hookimpl
def asurso_notices() -> list[Any]:
    """A new letter."""
    from asurso_mail import notices

    return notices.KINDS


@hookimpl
def asurso_channels() -> list[Any]:
    """E-mail, for the notices of everybody."""
    from asurso_mail import notices

    return notices.CHANNELS


@hookimpl
def asurso_report_destinations() -> list[Any]:
    """Reports leave as letters."""
    from asurso_mail import reports

    return reports.DESTINATIONS


@hookimpl
def asurso_health_checks() -> list[Any]:
    """The mail server of the operator, and what waits for it."""
    from asurso_mail import checks

    return checks.CHECKS


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school writes to each other."""
    from asurso_mail import demo

    return demo.STEPS
