"""Words for the deeds of the board in the audit."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="announcements.drafted", title=_l("A draft of an announcement was saved")),
    AuditKind(name="announcements.published", title=_l("An announcement was published")),
    AuditKind(name="announcements.changed", title=_l("An announcement was changed")),
    AuditKind(name="announcements.deleted", title=_l("An announcement was deleted")),
    AuditKind(name="announcements.restored", title=_l("An announcement was restored")),
    AuditKind(name="announcements.acknowledged", title=_l("An announcement was acknowledged")),
    AuditKind(name="announcements.reminded", title=_l("People were reminded of an announcement")),
    AuditKind(
        name="announcements.feed_made",
        title=_l("A secret address of the feed of announcements was made"),
        group="security",
    ),
    AuditKind(
        name="announcements.feed_revoked",
        title=_l("A secret address of the feed of announcements was revoked"),
        group="security",
    ),
]
