"""Names of plugins."""

from __future__ import annotations

import re


def fits(name: str) -> bool:
    """Whether a word can be the one name of a plugin."""
    return re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) is not None and name != "core"
