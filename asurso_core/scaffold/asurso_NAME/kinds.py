"""Words for the deeds of the plugin in the audit."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

KINDS = [
    AuditKind(name="@name@.written", title=_l("A note was written")),
    AuditKind(name="@name@.removed", title=_l("A note was taken away")),
]
