"""Words for the deeds that change users' data: the log of R4.1.13."""

from __future__ import annotations

from asurso_core.audit import AuditKind
from asurso_core.i18n import lazy_gettext as _l


def _kind(name: str, title: object) -> AuditKind:
    return AuditKind(name=name, title=title, group="people")


PEOPLE_KINDS = [
    _kind("core.person_created", _l("A person was entered")),
    _kind("core.person_changed", _l("Data of a person were changed")),
    _kind("core.user_created", _l("An account was created")),
    _kind("core.login_changed", _l("The login was changed")),
    _kind("core.roles_changed", _l("The roles were changed")),
    _kind("core.user_blocked", _l("The account was blocked")),
    _kind("core.user_unblocked", _l("The account was unblocked")),
    _kind("core.user_archived", _l("The user was moved to the archive")),
    _kind("core.user_restored", _l("The user was brought back from the archive")),
    _kind("core.guardian_linked", _l("A parent was linked to a child")),
    _kind("core.guardian_changed", _l("The link of a parent to a child was changed")),
    _kind("core.guardian_unlinked", _l("A parent was unlinked from a child")),
    _kind("core.people_imported", _l("People were imported from a file")),
]

READING_KINDS = [
    AuditKind(name=name, title=title, group="reading")
    for name, title in (
        ("core.read_card", _l("Looked at a person's card")),
        ("core.read_log", _l("Looked at a person in a log")),
        ("core.read_export", _l("Took a person's data away in a file")),
    )
]
