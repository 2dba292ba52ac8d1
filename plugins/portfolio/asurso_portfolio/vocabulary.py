"""Kinds of items that the plugin brings, and the words for levels, places and readers."""

from __future__ import annotations

from typing import Any

from asurso_core import plugins
from asurso_core.errors import PluginError
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import lazy_pgettext
from asurso_portfolio.hookspecs import FIELDS, ItemKind, portfolio_item_kinds

KINDS = [
    ItemKind(
        name="achievement",
        title=_l("Achievements"),
        one=_l("Achievement"),
        fields={
            "date": _l("Date"), "level": _l("Level"), "place": lazy_pgettext("portfolio", "Result"),
            "venue": _l("Who held it"), "subject": _l("Subject"),
        },
        confirmable=True,
        order=10,
    ),
    ItemKind(
        name="project",
        title=_l("Projects"),
        one=_l("Project"),
        fields={"date": _l("Date"), "subject": _l("Subject")},
        shared=True,
        order=20,
    ),
    ItemKind(
        name="work",
        title=_l("Works"),
        one=lazy_pgettext("portfolio", "Work"),
        fields={"date": _l("Date"), "subject": _l("Subject")},
        order=30,
    ),
    ItemKind(
        name="method",
        title=_l("Methodical works"),
        one=_l("Methodical work"),
        fields={
            "date": _l("Date"), "subject": _l("Subject"), "venue": _l("Where it was published"),
        },
        keepers=("staff",),
        order=40,
    ),
    ItemKind(
        name="course",
        title=lazy_pgettext("portfolio", "Courses"),
        one=lazy_pgettext("portfolio", "Course"),
        fields={"date": _l("Date of completion"), "venue": _l("Where it was taken")},
        order=50,
    ),
    ItemKind(
        name="testimonial",
        title=_l("Testimonials"),
        one=_l("Testimonial"),
        fields={"date": _l("Date"), "venue": _l("Who wrote it")},
        order=60,
    ),
]  # fmt: skip

#: From the widest to the nearest; reports keep this order.
LEVELS: dict[str, Any] = {
    "international": _l("international"),
    "federal": _l("all-Russian"),
    "regional": _l("regional"),
    "municipal": _l("municipal"),
    "school": lazy_pgettext("portfolio", "school"),
}
PLACES: dict[str, Any] = {
    "winner": _l("winner"),
    "prize": _l("prize-winner"),
    "laureate": _l("laureate"),
    "diploma": _l("diploma"),
    "participant": _l("participant"),
}
VISIBILITIES: dict[str, Any] = {
    "me": _l("only I"),
    "class": _l("my class"),
    "school": _l("the whole school"),
}


def kinds() -> dict[str, ItemKind]:
    """All kinds of enabled plugins by name, in the order of the page.

    :raises PluginError: two plugins bring the same kind, or one uses an unknown field.
    """
    found: dict[str, ItemKind] = {}
    for plugin, kind in plugins.collect(portfolio_item_kinds):
        if kind.name in found or set(kind.fields) - set(FIELDS):
            raise PluginError(f"{plugin.name}: the portfolio cannot take the kind {kind.name!r}")
        found[kind.name] = kind
    return found
