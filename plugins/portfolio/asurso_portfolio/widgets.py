"""Where portfolios show outside their own pages: the menu, and the kind of their files."""

from __future__ import annotations

from asurso_core.files import FileKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.judging import DOCUMENTS, PICTURES
from asurso_core.navigation import NavItem
from asurso_portfolio import queries

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
