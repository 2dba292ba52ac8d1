"""The kernel's own checks for ``asurso doctor``."""

from __future__ import annotations

from asurso_core.health import HealthCheck

CHECKS: list[HealthCheck] = []
