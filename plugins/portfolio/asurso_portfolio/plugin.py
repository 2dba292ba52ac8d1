"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest

manifest = Manifest(
    title=_l("Portfolios"),
    about=_l("Achievements, projects and works of pupils and teachers, shown to whom they choose"),
)


@hookimpl
def asurso_blueprints() -> list[Any]:
    """Pages of portfolios."""
    from asurso_portfolio import views

    return [views.portfolio]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The portfolio, and what waits to be confirmed."""
    from asurso_portfolio import widgets

    return widgets.NAVIGATION


@hookimpl
def asurso_permissions() -> list[Any]:
    """Keeping, reading and confirming."""
    from asurso_portfolio import permissions

    return permissions.PERMISSIONS


@hookimpl
def asurso_resources() -> list[Any]:
    """How items and pages hang on people and classes."""
    from asurso_portfolio import permissions

    return permissions.RESOURCES


@hookimpl
def asurso_audit_kinds() -> list[Any]:
    """Words for deeds of portfolios."""
    from asurso_portfolio import kinds

    return kinds.KINDS


@hookimpl
def asurso_file_kinds() -> list[Any]:
    """Scans and works that hang on entries."""
    from asurso_portfolio import widgets

    return widgets.FILE_KINDS


@hookimpl
def asurso_fragments() -> list[Any]:
    """The portfolio on the page of a person."""
    from asurso_portfolio import widgets

    return widgets.FRAGMENTS


@hookimpl
def asurso_reports() -> list[Any]:
    """Achievements by level and class."""
    from asurso_portfolio import reports

    return reports.REPORTS


@hookimpl
def asurso_personal_data() -> list[Any]:
    """The page and the entries of a person, to be given out and erased."""
    from asurso_core.privacy import PersonalData
    from asurso_portfolio.services import personal

    return [
        PersonalData(
            name="portfolio",
            title=_l("Portfolio"),
            export=personal.export,
            erase=personal.erase,
        )
    ]


@hookimpl
def asurso_demo() -> list[Any]:
    """What the demonstration school has of this plugin."""
    from asurso_portfolio import demo

    return demo.STEPS


@hookimpl
def portfolio_item_kinds() -> list[Any]:
    """Achievements, projects, works, methodical works, courses, testimonials."""
    from asurso_portfolio import vocabulary

    return vocabulary.KINDS
