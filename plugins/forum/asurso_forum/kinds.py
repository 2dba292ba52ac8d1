"""Words of the forum: deeds in the audit, reactions, reasons of reports."""

from __future__ import annotations

from typing import Any

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="forum.section_changed", title=_l("A section of the forum was changed")),
    AuditKind(name="forum.topic_opened", title=_l("A topic of the forum was opened")),
    AuditKind(name="forum.topic_changed", title=_l("A topic of the forum was changed")),
    AuditKind(name="forum.topic_deleted", title=_l("A topic of the forum was deleted")),
    AuditKind(name="forum.topic_restored", title=_l("A topic of the forum was brought back")),
    AuditKind(name="forum.message_written", title=_l("A message was written in the forum")),
    AuditKind(name="forum.message_changed", title=_l("A message of the forum was changed")),
    AuditKind(name="forum.message_deleted", title=_l("A message of the forum was deleted")),
    AuditKind(name="forum.message_hidden", title=_l("A message of the forum was hidden")),
    AuditKind(name="forum.message_shown", title=_l("A message of the forum was shown again")),
    AuditKind(name="forum.message_reported", title=_l("A message of the forum was reported")),
]
REACTIONS: dict[str, Any] = {
    "thanks": _l("Thank you"),
    "agree": _l("I agree"),
    "interesting": _l("Interesting"),
}
REASONS: dict[str, Any] = {
    "insult": _l("Insult, mockery, swearing"),
    "personal": _l("Somebody's personal data"),
    "danger": _l("Dangerous: a call to harm oneself or others"),
    "spam": _l("Advertising, off the topic"),
    "other": _l("Something else"),
}
