"""Pages of accounts: signing in, one's own settings."""

from __future__ import annotations

from typing import Any

BLUEPRINTS: list[Any] = []
NAVIGATION: list[Any] = []
