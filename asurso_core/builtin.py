"""The kernel's own plugin: its features come through the same hooks as anybody's."""

from __future__ import annotations

from typing import Any

from asurso_core import fulltext as _fulltext  # its table is the kernel's, whoever uses it
from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest
from asurso_core.reports import models as _report_models

del _fulltext, _report_models

manifest = Manifest(title=_l("Kernel"), about=_l("People, accounts, the school and its years"))


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of the kernel."""
    from asurso_core import files
    from asurso_core.accounts import import_views, people_views
    from asurso_core.accounts import views as accounts
    from asurso_core.admin import access_views, history_views, privacy_views
    from asurso_core.admin import views as admin
    from asurso_core.jobs import views as jobs
    from asurso_core.notices import views as notices
    from asurso_core.reports import views as reports
    from asurso_core.school import views as school

    people = [*people_views.BLUEPRINTS, *import_views.BLUEPRINTS]
    pages = [
        *admin.BLUEPRINTS,
        *history_views.BLUEPRINTS,
        *access_views.BLUEPRINTS,
        *privacy_views.BLUEPRINTS,
        *files.BLUEPRINTS,
        *reports.BLUEPRINTS,
        *jobs.BLUEPRINTS,
        *notices.BLUEPRINTS,
    ]
    return [*accounts.BLUEPRINTS, *people, *school.BLUEPRINTS, *pages]


@hookimpl
def asurso_roles() -> list[Any]:
    """The ten kinds of users of the order and the director."""
    from asurso_core import install

    return install.ROLES


@hookimpl
def asurso_permissions() -> list[Any]:
    """Rights over people, accounts and the school."""
    from asurso_core.accounts import permissions as accounts
    from asurso_core.notices import queries as notices
    from asurso_core.reports import permissions as reports
    from asurso_core.school import permissions as school

    return [
        *accounts.PERMISSIONS, *school.PERMISSIONS, *notices.PERMISSIONS, *reports.PERMISSIONS
    ]  # fmt: skip


@hookimpl
def asurso_scopes() -> list[Any]:
    """Own data, own children, own class, own groups, the whole school."""
    from asurso_core.school import permissions as school

    return school.SCOPES


@hookimpl
def asurso_resources() -> list[Any]:
    """How people, classes and groups hang together."""
    from asurso_core.accounts import permissions as accounts
    from asurso_core.school import permissions as school

    return [*accounts.RESOURCES, *school.RESOURCES]


@hookimpl
def asurso_navigation() -> list[Any]:
    """Menu items of the kernel's pages."""
    from asurso_core.accounts import import_views, people_views
    from asurso_core.accounts import views as accounts
    from asurso_core.admin import access_views, history_views, privacy_views
    from asurso_core.admin import views as admin
    from asurso_core.jobs import views as jobs
    from asurso_core.notices import views as notices
    from asurso_core.reports import views as reports
    from asurso_core.school import views as school

    people = [*people_views.NAVIGATION, *import_views.NAVIGATION]
    pages = [
        *admin.NAVIGATION,
        *history_views.NAVIGATION,
        *access_views.NAVIGATION,
        *privacy_views.NAVIGATION,
        *reports.NAVIGATION,
        *jobs.NAVIGATION,
        *notices.NAVIGATION,
    ]
    return [*pages, *accounts.NAVIGATION, *people, *school.NAVIGATION]


@hookimpl
def asurso_widgets() -> list[Any]:
    """How old the last proved backup is."""
    from asurso_core.backup import remembering

    return remembering.WIDGETS


@hookimpl
def asurso_reports() -> list[Any]:
    """Lists of classes, accounts and their use."""
    from asurso_core.reports import standard

    return standard.REPORTS


@hookimpl
def asurso_settings() -> list[Any]:
    """Rules of passwords, sessions and notices; how long kept reports stay."""
    from asurso_core.accounts import policy
    from asurso_core.notices import forms as notices
    from asurso_core.reports import rules as reports

    return [*policy.SETTINGS, *notices.SETTINGS, *reports.SETTINGS]


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for the kernel's deeds."""
    from asurso_core.admin import kinds

    return kinds.KINDS


@hookimpl
def asurso_health_checks() -> list[Any]:
    """The kernel's own checks."""
    from asurso_core.admin import checks
    from asurso_core.jobs import checks as jobs

    return [*checks.CHECKS, *jobs.CHECKS]


@hookimpl
def asurso_jobs() -> list[Any]:
    """The seal of the history, the cleaning of what jobs leave behind, notices on their way."""
    from asurso_core.jobs import housekeeping
    from asurso_core.notices import handing
    from asurso_core.reports import working

    return [*housekeeping.JOBS, *handing.JOBS, *working.JOBS]


@hookimpl
def asurso_notices() -> list[Any]:
    """What touches the safety of an account; news of reports."""
    from asurso_core.notices import security
    from asurso_core.reports import working

    return [*security.KINDS, *working.KINDS]


@hookimpl
def asurso_outbox_consumers() -> list[Any]:
    """Owners of accounts are told what touches their safety, authors what became of reports."""
    from asurso_core.notices import security
    from asurso_core.reports import working

    return [*security.CONSUMERS, *working.CONSUMERS]


@hookimpl
def asurso_demo() -> list[Any]:
    """The demonstration school's people, classes and calendar; reports that were handed in."""
    from asurso_core.demo import handing, steps

    return [*steps.STEPS, *handing.STEPS]


@hookimpl
def asurso_personal_data() -> list[Any]:
    """People and their accounts, what they were told."""
    from asurso_core.admin import personal
    from asurso_core.notices import personal as notices
    from asurso_core.reports import personal as reports

    return [*personal.PERSONAL_DATA, *notices.PERSONAL_DATA, *reports.PERSONAL_DATA]


@hookimpl
def asurso_slots() -> list[Any]:
    """Places in the kernel's pages."""
    from asurso_core.accounts import people_views

    return people_views.SLOTS
