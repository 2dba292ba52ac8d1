"""What tests find of the plugin in the small school."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """Nothing yet."""
    del world
