"""The kernel of asurso: people, roles, the school year, access, and where plugins plug in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"

hookspec = pluggy.HookspecMarker("asurso")
hookimpl = pluggy.HookimplMarker("asurso")


def create_app(*args: object, **kwargs: object) -> Flask:
    """Assemble the application of one school; see :func:`asurso_core.app.create_app`."""
    from asurso_core import app

    return app.create_app(*args, **kwargs)  # type: ignore[arg-type]


__all__ = ["__version__", "create_app", "hookimpl", "hookspec"]
