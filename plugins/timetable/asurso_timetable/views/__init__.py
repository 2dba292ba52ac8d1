"""Pages of the timetable."""

from __future__ import annotations

from asurso_timetable.views import bells, generate, grid, lessons, substitutions, week
from asurso_timetable.views.blueprint import timetable

__all__ = ["bells", "generate", "grid", "lessons", "substitutions", "timetable", "week"]
