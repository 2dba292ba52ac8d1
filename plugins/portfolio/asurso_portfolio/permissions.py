"""Who keeps, reads and confirms portfolios (features.md 2.3, rows "Portfolio")."""

from __future__ import annotations

from typing import Any

from asurso_core.access import PERSONAL, Permission, Resource
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school import pupils_of_classes
from asurso_portfolio.models import Author, Item, Page

KEEP = "portfolio.keep"
READ = "portfolio.read"
BROWSE = "portfolio.browse"
CONFIRM = "portfolio.confirm"
REPORT = "portfolio.report"

_KEEPERS = ("director", "deputy", "teacher", "medical", "psychologist", "pupil")

PERMISSIONS = [
    Permission(
        name=KEEP,
        label=_l("Keep a portfolio of one's own"),
        scopes=("own",),
        default=dict.fromkeys(_KEEPERS, "own"),
        edits=True,
    ),
    Permission(
        name=READ,
        label=_l("Read whole portfolios, also what is not published"),
        scopes=("school", "own_class", "own_child", "own"),
        default={
            **dict.fromkeys(_KEEPERS, "own"),
            "director": "school",
            "teacher": ("own", "own_class"),
            "parent": "own_child",
        },
        risk=PERSONAL,
    ),
    Permission(
        name=BROWSE,
        label=_l("Read what is published in portfolios"),
        default=dict.fromkeys(
            ("admin", "director", "deputy", "teacher", "psychologist", "pupil", "parent"), "school"
        ),
    ),
    Permission(
        name=CONFIRM,
        label=_l("Confirm achievements of pupils"),
        scopes=("school", "own_class"),
        default={"teacher": "own_class"},
        edits=True,
    ),
    Permission(
        name=REPORT,
        label=_l("Count achievements by level and class"),
        scopes=("school", "own_class"),
        default={
            "admin": "school", "director": "school", "deputy": "school", "teacher": "own_class",
        },
    ),
]  # fmt: skip


def _authored(persons: Any) -> Any:
    return Item.id.in_(Author.select(Author.item).where(Author.person.in_(persons)))


RESOURCES = [
    # Of a class are its pupils only: a colleague who is a parent there keeps their privacy.
    Resource(
        model=Item,
        anchors={
            "person": _authored,
            "class": lambda ids: _authored(pupils_of_classes(ids)),
        },
    ),
    Resource(
        model=Page,
        anchors={
            "person": lambda ids: Page.person.in_(ids),
            "class": lambda ids: Page.person.in_(pupils_of_classes(ids)),
        },
    ),
]
