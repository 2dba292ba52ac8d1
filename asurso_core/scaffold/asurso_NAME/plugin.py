"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.plugins import Manifest

manifest = Manifest(title=_l("@Title@"), about=_l("Short notes of the staff"))


@hookimpl
def asurso_blueprints() -> list[Any]:
    """The page of notes."""
    from asurso_@name@ import views

    return [views.pages]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The menu item; whoever may enter the page sees it."""
    return [
        NavItem(
            name="@name@",
            label=_l("@Title@"),
            endpoint="@name@.index",
            section="school",
            icon="edit",
        )
    ]


@hookimpl
def asurso_permissions() -> list[Any]:
    """Reading and writing notes."""
    from asurso_@name@ import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """How notes hang on persons."""
    from asurso_@name@ import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for the deeds that are recorded."""
    from asurso_@name@ import kinds

    return kinds.KINDS


@hookimpl
def asurso_reports() -> list[Any]:
    """Notes by author."""
    from asurso_@name@ import reports

    return reports.REPORTS


@hookimpl
def asurso_personal_data() -> list[Any]:
    """What is kept of a person: given out and erased."""
    from asurso_@name@ import personal

    return personal.PERSONAL_DATA
