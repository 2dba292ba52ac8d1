"""Table of contents of the plugin."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import hookimpl
from asurso_core.actors import Actor
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.plugins import Manifest
from asurso_timetable import guards as _guards  # declares the triggers of these tables

del _guards

manifest = Manifest(
    title=_l("Timetable"), about=_l("Bells, the weekly grid and the lessons of every day")
)


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
