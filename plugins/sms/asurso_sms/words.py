"""States and purposes in words."""

from __future__ import annotations

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import lazy_pgettext

STATES = {
    "queued": lazy_pgettext("state of a message", "waits"),
    "leaving": lazy_pgettext("state of a message", "is being handed over"),
    "sent": lazy_pgettext("state of a message", "sent"),
    "unknown": lazy_pgettext("state of a message", "unknown"),
    "delivered": lazy_pgettext("state of a message", "delivered"),
    "failed": lazy_pgettext("state of a message", "failed"),
    "expired": lazy_pgettext("state of a message", "expired"),
}
KINDS = {
    "queued": "note", "leaving": "note", "sent": "note", "unknown": "warn", "delivered": "good",
    "failed": "bad", "expired": "bad",
}  # fmt: skip
PURPOSES = {
    "notice": _l("notice"),
    "broadcast": _l("broadcast"),
    "answer": _l("answer to a question"),
    "code": _l("code"),
    "service": _l("service message"),
}
