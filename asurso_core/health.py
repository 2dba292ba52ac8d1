"""What ``asurso doctor`` looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OK, NOTE, WARNING, FAILURE = "ok", "note", "warning", "failure"
#: Found, and borne for a reason that the operator wrote down.
SILENCED = "silenced"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer of a check: how bad, and what to do."""

    level: str
    text: str


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One numbered check; ``run`` needs an open connection."""

    name: str  # S01, R05, …
    title: Any
    run: Callable[[], Finding]
