"""Words for the kernel's own deeds in the audit."""

from __future__ import annotations

from asurso_core.accounts.kinds import AUDIT_KINDS as ACCOUNTS
from asurso_core.accounts.people_kinds import PEOPLE_KINDS, READING_KINDS
from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.school.kinds import KINDS as SCHOOL

KINDS = [
    AuditKind(name="core.report_kept", title=_l("A report was kept")),
    AuditKind(name="core.report_moved", title=_l("A report was handed in, accepted or returned")),
    AuditKind(
        name="core.report_passed_on", title=_l("A report was put into a letter or an announcement")
    ),
    AuditKind(
        name="core.report_forgotten", title=_l("A kept report was deleted when its term was over")
    ),
    AuditKind(name="core.settings_changed", title=_l("Settings were changed")),
    AuditKind(name="core.file_saved", title=_l("A file was uploaded")),
    AuditKind(name="core.file_dropped", title=_l("A file was deleted")),
    AuditKind(name="core.plugin_enabled", title=_l("A plugin was switched on"), group="security"),
    AuditKind(name="core.plugin_disabled", title=_l("A plugin was switched off"), group="security"),
    AuditKind(name="core.plugin_removed", title=_l("Data of a plugin were removed"),
              group="security"),
    AuditKind(name="core.plugin_restored", title=_l("Data of a plugin were brought back"),
              group="security"),
    AuditKind(name="core.plugin_forgotten", title=_l("A plugin was struck off the list"),
              group="security"),
    AuditKind(name="core.plugin_rights_decided",
              title=_l("It was decided who gets new rights of a plugin"), group="security"),
    AuditKind(
        name="core.grants_changed", title=_l("The rights of a role were changed"), group="security"
    ),
    AuditKind(
        name="core.person_grant_given",
        title=_l("A person was given a right for a time"),
        group="security",
    ),
    AuditKind(
        name="core.person_grant_revoked",
        title=_l("A right given to a person was taken back"),
        group="security",
    ),
    AuditKind(
        name="core.history_exported",
        title=_l("A part of the history was taken away in a file"),
        group="security",
    ),
    AuditKind(
        name="core.contents_agreed",
        title=_l("A person agreed to contents in messages that leave the house"),
        group="security",
    ),
    AuditKind(
        name="core.contents_withdrawn",
        title=_l("A person took back the consent to contents in messages"),
        group="security",
    ),
    AuditKind(name="core.job_retried", title=_l("A background job was repeated")),
    AuditKind(name="core.job_cancelled", title=_l("A background job was cancelled")),
    AuditKind(name="core.audit_verified", title=_l("The history was verified"), group="security"),
    AuditKind(name="core.audit_restored", title=_l("A backup was restored"), group="security"),
    AuditKind(
        name="core.personal_data_exported",
        title=_l("All data of a person were given out"),
        group="people",
    ),
    AuditKind(name="core.person_erased", title=_l("A person's data were erased"), group="people"),
    *ACCOUNTS,
    *PEOPLE_KINDS,
    *READING_KINDS,
    *SCHOOL,
]  # fmt: skip
