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
    AuditKind(name="sms.broadcast_sent", title=_l("SMS: a broadcast was sent")),
    AuditKind(name="sms.broadcast_cancelled", title=_l("SMS: a broadcast was cancelled")),
    AuditKind(name="sms.broadcast_stopped", title=_l("SMS: a broadcast could not be sent")),
    AuditKind(name="sms.template_saved", title=_l("SMS: a text of the school was changed")),
    AuditKind(name="sms.template_removed", title=_l("SMS: a text of the school was removed")),
    AuditKind(name="sms.repeated", title=_l("SMS: a message was sent again")),
    AuditKind(name="sms.asked", title=_l("SMS: a question about a pupil was answered")),
    AuditKind(
        name="sms.questions_read", title=_l("SMS: questions and answers were read"), group="reading"
    ),
]
