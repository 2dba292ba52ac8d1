"""One search over everything that plugins have: each answers within the rights of who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asurso_core import plugins
from asurso_core.actors import Actor
from asurso_core.hookspecs.ask import asurso_search

#: The longest text that is searched for.
LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something found. ``kind`` says in words what it is; a higher ``rank`` stands earlier."""

    title: str
    url: str
    kind: Any
    rank: float = 0.0
    excerpt: str = ""


def find(actor: Actor, text: str, limit: int = 20) -> list[Hit]:
    """What the enabled plugins find for an actor, the best first; a failing one finds nothing."""
    wanted = " ".join(text.replace("\x00", " ")[:LONGEST].split())
    if not wanted:
        return []
    hits: list[Hit] = []
    for _plugin, found in plugins.ask(asurso_search, actor=actor, text=wanted, limit=limit):
        hits += found[:limit]
    return sorted(hits, key=lambda hit: -hit.rank)[:limit]
