"""What other plugins may add to the diary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asurso_core import hookspec
from asurso_core.accounts import Person
from asurso_core.actors import Actor


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the week's page that another plugin brings: a heading and its own template.

    The template sees ``data`` under this name.
    """

    title: Any
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    order: int = 100


@hookspec
def diary_sections(actor: Actor, pupil: Person, week: dt.date) -> Section | None:
    """A section under the lessons of a week; ``week`` is its Monday. None adds nothing.

    The actor may read this pupil's diary; anything beyond it the plugin asks for itself.

    .. versionadded:: 0.1
    """
