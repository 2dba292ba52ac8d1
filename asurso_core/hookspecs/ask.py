"""Specs called while a request needs an answer; only enabled plugins are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asurso_core import hookspec

if TYPE_CHECKING:
    from asurso_core.actors import Actor
    from asurso_core.db import Record
    from asurso_core.search import Hit


@hookspec
def asurso_restrict(actor: Actor, permission: str, model: type[Record]) -> Any:
    """A condition that narrows every answer of the access rule, or None.

    Conditions of all plugins hold together (AND). A plugin that fails here means *no*.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_landing(actor: Actor) -> str | None:
    """The endpoint to open after signing in; the first answer wins.

    .. versionadded:: 0.1
    """


@hookspec
def asurso_search(actor: Actor, text: str, limit: int) -> list[Hit]:  # type: ignore[empty-body]
    """What the plugin finds for the box at the top, within the rights of the actor.

    At most ``limit`` hits; the text is trimmed and at most a hundred characters long.

    .. versionadded:: 0.1
    """
