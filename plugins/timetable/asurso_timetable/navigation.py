"""Items of the main menu."""

from __future__ import annotations

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.navigation import NavItem

NAVIGATION = [
    NavItem(
        name="timetable.week",
        label=_l("Timetable"),
        endpoint="timetable.index",
        section="study",
        order=10,
        icon="timetable",
    ),
    NavItem(
        name="timetable.grids",
        label=_l("Timetable editor"),
        endpoint="timetable.grids",
        section="school",
        order=40,
        icon="edit",
        side="staff",
    ),
    NavItem(
        name="timetable.substitutions",
        label=_l("Substitutions"),
        endpoint="timetable.substitutions",
        section="school",
        order=42,
        icon="people",
        side="staff",
    ),
    NavItem(
        name="timetable.bells",
        label=_l("Bells"),
        endpoint="timetable.bells",
        section="school",
        order=45,
        icon="bell",
        side="staff",
    ),
]
