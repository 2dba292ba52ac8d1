"""Words for the deeds that the plugin records."""

from __future__ import annotations

from asurso_core.audit import AuditKind

KINDS: list[AuditKind] = []
