"""The refusal of backups, restores and upgrades."""

from __future__ import annotations

from asurso_core.errors import AsursoError


class BackupError(AsursoError):
    """A backup cannot be made, trusted or brought back; the message tells why and what to do."""

    status = 500
    code = "backup"
