"""Words for the deeds that the plugin records."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="sms.code_asked", title=_l("SMS: a code was asked for"), group="people"),
    AuditKind(name="sms.confirmed", title=_l("SMS: a number was confirmed"), group="people"),
    AuditKind(name="sms.released", title=_l("SMS: a number was released"), group="people"),
    AuditKind(name="sms.withdrawn", title=_l("SMS: the consent was withdrawn"), group="people"),
    AuditKind(name="sms.consented", title=_l("SMS: the consent was given again"), group="people"),
    AuditKind(name="sms.stopped", title=_l("SMS: stopped by a message"), group="people"),
    AuditKind(name="sms.started", title=_l("SMS: started again by a message"), group="people"),
    AuditKind(name="sms.repeated", title=_l("SMS: a message was sent again")),
    AuditKind(name="sms.asked", title=_l("SMS: a question about a pupil was answered")),
    AuditKind(
        name="sms.questions_read", title=_l("SMS: questions and answers were read"), group="reading"
    ),
]
