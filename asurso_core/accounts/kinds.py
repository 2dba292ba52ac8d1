"""Words for the deeds of the accounts room in the audit."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l

AUDIT_KINDS = [
    AuditKind(name="core.signed_in", title=_l("Signed in"), group="security"),
    AuditKind(name="core.reentered", title=_l("Signed in again in place"), group="security"),
    AuditKind(name="core.sign_in_refused", title=_l("Sign-in refused"), group="security"),
    AuditKind(name="core.sign_in_slowed", title=_l("Guessing slowed down"), group="security"),
    AuditKind(name="core.signed_out", title=_l("Signed out"), group="security"),
    AuditKind(name="core.side_switched", title=_l("Switched staff / parent"), group="security"),
    AuditKind(name="core.password_changed", title=_l("Changed the password"), group="security"),
    AuditKind(name="core.password_issued", title=_l("One-time password given"), group="security"),
    AuditKind(
        name="core.confirmed", title=_l("Password typed again for a risky deed"), group="security"
    ),
    AuditKind(
        name="core.confirmation_refused",
        title=_l("Wrong password before a risky deed"),
        group="security",
    ),
    AuditKind(name="core.factor_on", title=_l("Second factor switched on"), group="security"),
    AuditKind(name="core.factor_off", title=_l("Second factor switched off"), group="security"),
    AuditKind(name="core.factor_codes", title=_l("New recovery codes made"), group="security"),
    AuditKind(
        name="core.factor_reset",
        title=_l("Second factor taken away by the administrator"),
        group="security",
    ),
    AuditKind(name="core.sessions_ended", title=_l("Sessions ended"), group="security"),
    AuditKind(name="core.idle_limits", title=_l("Idle limits changed"), group="security"),
]
