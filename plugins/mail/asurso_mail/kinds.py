"""Words of mail: deeds in the audit, reasons of reports, states of what went out."""

from __future__ import annotations

from typing import Any

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_mail import models

KINDS = [
    AuditKind(name="mail.sent", title=_l("A letter was sent")),
    AuditKind(name="mail.broadcast", title=_l("A letter was sent to groups")),
    AuditKind(name="mail.outside_sent", title=_l("A letter to an outside address was handed over")),
    AuditKind(
        name="mail.outside_failed", title=_l("A letter to an outside address could not be sent")
    ),
    AuditKind(name="mail.reported", title=_l("A letter was reported")),
    AuditKind(name="mail.decided", title=_l("A report about a letter was decided")),
    AuditKind(name="mail.ban_lifted", title=_l("The right to write letters was given back")),
    AuditKind(name="mail.email_confirmed", title=_l("An e-mail address was confirmed")),
    AuditKind(
        name="mail.email_withdrawn", title=_l("Notices by e-mail were ended"),
    ),
    AuditKind(
        name="mail.read_reported", title=_l("A reported letter was read by a moderator"),
        group="reading",
    ),
]  # fmt: skip
REASONS: dict[str, Any] = {
    "insult": _l("Insult, mockery, threats"),
    "personal": _l("Somebody's personal data"),
    "danger": _l("Dangerous: a call to harm oneself or others"),
    "spam": _l("Advertising, unwanted letters"),
    "other": _l("Something else"),
}
DECISIONS: dict[str, Any] = {
    models.DISMISSED: _l("Nothing is wrong"),
    models.WARNED: _l("Warn the author"),
    models.BANNED: _l("Take the right to write letters away for some days"),
}
BOXES: dict[str, Any] = {
    models.INBOX: _l("Inbox"),
    models.SENT: _l("Sent"),
    models.DRAFTS: _l("Drafts"),
    models.TRASH: _l("Trash"),
}
#: State of an outside recipient → words and the kind of sign.
OUTSIDE: dict[str, tuple[Any, str]] = {
    models.WAITING: (_l("waits to be sent"), "note"),
    models.LEAVING: (_l("is being handed over"), "note"),
    models.GONE: (_l("handed over to the mail server"), "good"),
    models.REFUSED: (_l("was not sent"), "bad"),
    models.UNKNOWN: (_l("unknown whether it was delivered"), "warn"),
    models.STOPPED: (_l("was stopped"), "bad"),
}
