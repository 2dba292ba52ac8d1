"""Text messages of the demonstration school: half of the parents have confirmed a number."""

from __future__ import annotations

from typing import Any

STEPS: list[Any] = []
