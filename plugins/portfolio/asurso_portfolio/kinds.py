"""Words for the deeds that the plugin records."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="portfolio.about_changed", title=_l("Portfolio: words about oneself changed")),
    AuditKind(name="portfolio.item_added", title=_l("Portfolio: an entry was added")),
    AuditKind(name="portfolio.item_changed", title=_l("Portfolio: an entry was changed")),
    AuditKind(name="portfolio.item_removed", title=_l("Portfolio: an entry was deleted")),
    AuditKind(name="portfolio.link_made", title=_l("Portfolio: a link was made")),
    AuditKind(name="portfolio.link_withdrawn", title=_l("Portfolio: a link was withdrawn")),
    AuditKind(name="portfolio.author_invited", title=_l("Portfolio: an author was invited")),
    AuditKind(name="portfolio.author_joined", title=_l("Portfolio: an author joined")),
    AuditKind(name="portfolio.author_left", title=_l("Portfolio: an author left")),
    AuditKind(name="portfolio.confirmed", title=_l("Portfolio: an achievement was confirmed")),
    AuditKind(name="portfolio.confirmation_withdrawn",
              title=_l("Portfolio: a confirmation was withdrawn")),
]  # fmt: skip
