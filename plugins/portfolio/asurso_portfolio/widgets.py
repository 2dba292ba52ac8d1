"""Where portfolios show outside their own pages: the menu, a person's card, their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_core.navigation import NavItem
from asurso_core.slots import Fragment
from asurso_portfolio import queries
from asurso_portfolio.permissions import BROWSE

NAVIGATION = [
    NavItem(
        name="portfolio",
        label=_l("Portfolio"),
        endpoint="portfolio.index",
        section="study",
        icon="portfolio",
        order=60,
    ),
    NavItem(
        name="portfolio.waiting",
        label=_l("Confirm achievements"),
        endpoint="portfolio.waiting",
        section="study",
        icon="medal",
        order=61,
    ),
]

FILE_KINDS = [
    FileKind(
        name=queries.FILE_KIND,
        title=_l("Files of portfolios"),
        types=(*PICTURES, *DOCUMENTS),
        max_bytes=10 * 1024 * 1024,
        quota_bytes=100 * 1024 * 1024,
        may_read=queries.may_read_file,
    )
]


def _glance(actor: Actor, person: Person) -> Mapping[str, Any] | None:
    items = queries.newest(actor, person.id, 3)
    return {"person": person, "items": items} if items else None


FRAGMENTS = [
    Fragment(
        name="portfolio.glance",
        slot="core.person.card",
        template="portfolio/glance.html",
        prepare=_glance,
        requires=BROWSE,
    )
]
