"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Text messages"),
    about=_l("SMS to confirmed numbers: gateways, delivery reports, costs"),
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages for owners of numbers and the administrator, and where gateways call."""
    from asurso_sms import views

    return [views.sms]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The page of messages."""
    from asurso_sms import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_fragments() -> list[Any]:
    """One's own number among the personal settings; whether somebody's is confirmed."""
    from asurso_sms import widgets

    return widgets.FRAGMENTS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Seeing messages, keeping numbers."""
    from asurso_sms import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """How messages hang on persons and classes."""
    from asurso_sms import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_settings() -> list[Any]:
    """Price, budgets, quiet hours."""
    from asurso_sms import policy

    return policy.SETTINGS


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for the deeds that are recorded."""
    from asurso_sms import kinds

    return kinds.KINDS


@hookimpl
def asurso_jobs() -> list[Any]:
    """Sending, answering, and what is seen to by itself."""
    from asurso_sms import jobs

    return jobs.JOBS


@hookimpl
def asurso_services() -> list[Any]:
    """The lines on which gateways bring reports and messages."""
    from asurso_sms import listening

    return listening.SERVICES


@hookimpl
def asurso_channels() -> list[Any]:
    """Notices by text message."""
    from asurso_sms import channel

    return channel.CHANNELS


@hookimpl
def asurso_health_checks() -> list[Any]:
    """Configuration, what waits, what is unknown, budgets."""
    from asurso_sms import checks

    return checks.CHECKS


@hookimpl
def asurso_reports() -> list[Any]:
    """What messages cost."""
    from asurso_sms import reports

    return reports.REPORTS


@hookimpl
def asurso_personal_data() -> list[Any]:
    """Numbers and messages of a person, to be given out and erased."""
    from asurso_sms import personal

    return personal.PERSONAL_DATA


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school has of this plugin."""
    from asurso_sms import demo, demo_broadcasts

    return [*demo.STEPS, *demo_broadcasts.STEPS]


@hookimpl
def asurso_installed() -> None:
    """Write the usual texts of broadcasts."""
    from asurso_sms.services import templates

    templates.install()


@hookimpl
def asurso_notices() -> list[Any]:
    """Broadcasts, for those who cannot be sent a message."""
    from asurso_sms import notices

    return notices.KINDS


@hookimpl
def sms_gateways() -> list[Any]:
    """File, Kannel, SMPP, and any provider by HTTP."""
    from asurso_sms.gateways import kinds

    return kinds.KINDS
