"""Rules of passwords and sessions that the administrator sets."""

from __future__ import annotations

from typing import Any

SETTINGS: list[Any] = []
