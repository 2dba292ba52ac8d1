"""What other plugins may import from the timetable."""

from __future__ import annotations

from asurso_timetable.models import Lesson

__all__ = ["Lesson"]
