"""Table of contents of the plugin."""

from __future__ import annotations

from typing import Any

from asurso_core import hookimpl
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem
from asurso_core.plugins import Manifest

manifest = Manifest(title=_l("Diary"), about=_l("A pupil's week: lessons, homework and marks"))


@hookimpl
def asurso_blueprints() -> list[Any]:
    """The week and the periods."""
    from asurso_diary import views

    return [views.diary]


@hookimpl
def asurso_navigation() -> list[Any]:
    """The diary stands first in the family's menu and among the studies for staff."""
    return [
        NavItem(
            name="diary", label=_l("Diary"), endpoint="diary.index", section="study", order=5,
            icon="diary",
        )
    ]  # fmt: skip


@hookimpl
def asurso_widgets() -> list[Any]:
    """What is new with each child."""
    from asurso_diary import widgets

    return widgets.WIDGETS


@hookimpl
def asurso_permissions() -> list[Any]:
    """Reading a diary."""
    from asurso_diary import permissions

    return permissions.PERMISSIONS
