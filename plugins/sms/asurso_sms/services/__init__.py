"""Everything that changes messages and numbers: one function for each deed."""

from __future__ import annotations

from asurso_sms.services.messages import Unreachable, estimate, queue, repeat

__all__ = ["Unreachable", "estimate", "queue", "repeat"]
