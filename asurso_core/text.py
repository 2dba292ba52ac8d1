"""Russian text: one order and one way of searching, the same on both database engines."""

from __future__ import annotations

import re

_SPACES = re.compile(r"\s+")
# A letter that binary order puts after every Cyrillic letter: «ё» becomes «е» and this mark, so it
# sorts after every word with «е» in its place and before «ж».
_AFTER = "\uffff"


def sort_key(text: str) -> str:
    """A key whose plain binary order is the Russian dictionary order (ё between е and ж)."""
    return _SPACES.sub(" ", text).strip().lower().replace("ё", "е" + _AFTER)


def fold(text: str) -> str:
    """Text as it is searched: lower case, ё as е, single spaces."""
    return _SPACES.sub(" ", text).strip().lower().replace("ё", "е")


def like(text: str) -> str:
    """A LIKE pattern (escape character ``\\``) that finds folded text anywhere in a column."""
    escaped = fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
