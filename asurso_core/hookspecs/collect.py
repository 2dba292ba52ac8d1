"""Specs called once, while the application is assembled; each returns frozen dataclasses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asurso_core import hookspec

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from asurso_core.access import Permission, Resource, RoleDeclaration, Scope
    from asurso_core.audit import AuditKind
    from asurso_core.audit_chain import Witness
    from asurso_core.dashboard import Widget
    from asurso_core.demo import DemoStep
    from asurso_core.files import FileKind
    from asurso_core.health import HealthCheck
    from asurso_core.jobs import Job, OutboxConsumer, Service
    from asurso_core.navigation import NavItem
    from asurso_core.notices import Channel, NoticeKind
    from asurso_core.privacy import PersonalData
    from asurso_core.reports import Report, ReportDestination
    from asurso_core.settings import SettingsForm
    from asurso_core.slots import Fragment, Slot


@hookspec
def asurso_blueprints() -> list[Blueprint]:  # type: ignore[empty-body]
    """Pages of the plugin, mounted at ``/<plugin>``; templates and static files lie in its package.

    Every endpoint must say who may enter (:mod:`asurso_core.access`), or start-up stops.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_navigation() -> list[NavItem]:  # type: ignore[empty-body]
    """Items of the main menu; one is shown exactly when the actor may enter its endpoint.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_widgets() -> list[Widget]:  # type: ignore[empty-body]
    """Pieces of the start page.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_roles() -> list[RoleDeclaration]:  # type: ignore[empty-body]
    """Kinds of users. The ten of the order and the director come from the kernel.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_permissions() -> list[Permission]:  # type: ignore[empty-body]
    """Named rights with the scopes they can be granted over and the default grants.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_scopes() -> list[Scope]:  # type: ignore[empty-body]
    """Over whom a right can be granted: own class, own children, …

    .. versionadded:: 0.1
    """


@hookspec
def asurso_resources() -> list[Resource]:  # type: ignore[empty-body]
    """How a table hangs on persons, classes and teaching groups.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_settings() -> list[SettingsForm]:  # type: ignore[empty-body]
    """Settings of the school that belong to the plugin, with their form and defaults.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_audit_kinds() -> list[AuditKind]:  # type: ignore[empty-body]
    """Words for the deeds that the plugin records.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_audit_witnesses() -> list[Witness]:  # type: ignore[empty-body]
    """How ``asurso audit verify`` compares rows of the plugin with their newest entries.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_health_checks() -> list[HealthCheck]:  # type: ignore[empty-body]
    """What ``asurso doctor`` looks at.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_cli() -> list[click.Command]:  # type: ignore[empty-body]
    """Commands mounted under ``asurso <plugin>``.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_demo() -> list[DemoStep]:  # type: ignore[empty-body]
    """What the plugin adds to the demonstration school.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_personal_data() -> list[PersonalData]:  # type: ignore[empty-body]
    """What the plugin keeps about persons: how to give it out and how to erase it.

    Asked of switched-off plugins too.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_file_kinds() -> list[FileKind]:  # type: ignore[empty-body]
    """Purposes for which the plugin keeps files: what they may be, and who may read them.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_slots() -> list[Slot]:  # type: ignore[empty-body]
    """Places in the owner's pages where others may put pieces of their own.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_fragments() -> list[Fragment]:  # type: ignore[empty-body]
    """Pieces for the slots of others' pages; one that fails or is slow is left out.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_reports() -> list[Report]:  # type: ignore[empty-body]
    """Reports, shown and written as CSV and XLSX by the kernel.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_report_destinations() -> list[ReportDestination]:  # type: ignore[empty-body]
    """Ways to send a report: each puts its PDF into something that is being written.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_jobs() -> list[Job]:  # type: ignore[empty-body]
    """Kinds of work apart from requests; those with ``every`` or ``at`` run by themselves.

    Jobs of a plugin that is switched off wait until it is switched on.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_outbox_consumers() -> list[OutboxConsumer]:  # type: ignore[empty-body]
    """Who is told of which facts after they were committed; each fact is a job per consumer.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_services() -> list[Service]:  # type: ignore[empty-body]
    """What is kept going as long as the school is, by the leading worker alone.

    Stopped when the plugin is switched off, started again with growing pauses after a failure.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_notices() -> list[NoticeKind]:  # type: ignore[empty-body]
    """Kinds of things that people are told; each person chooses how to hear of them.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_channels() -> list[Channel]:  # type: ignore[empty-body]
    """Ways out of the house for notices: e-mail, text messages.

    Notices wait while the plugin of their channel is switched off.

    .. versionadded:: 0.1
    """


COLLECT: tuple[Any, ...] = (
    asurso_blueprints,
    asurso_navigation,
    asurso_widgets,
    asurso_roles,
    asurso_permissions,
    asurso_scopes,
    asurso_resources,
    asurso_settings,
    asurso_audit_kinds,
    asurso_audit_witnesses,
    asurso_health_checks,
    asurso_cli,
    asurso_demo,
    asurso_personal_data,
    asurso_file_kinds,
    asurso_slots,
    asurso_fragments,
    asurso_reports,
    asurso_report_destinations,
    asurso_jobs,
    asurso_outbox_consumers,
    asurso_services,
    asurso_notices,
    asurso_channels,
)
#: Those whose items bear names that begin with their owner's.
NAMED: tuple[Any, ...] = (
    asurso_blueprints,
    asurso_navigation,
    asurso_widgets,
    asurso_permissions,
    asurso_settings,
    asurso_audit_kinds,
    asurso_demo,
    asurso_report_destinations,
    asurso_jobs,
    asurso_outbox_consumers,
    asurso_services,
    asurso_notices,
    asurso_channels,
)
