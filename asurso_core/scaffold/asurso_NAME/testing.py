"""What tests find of the plugin in the small school: a note on each side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asurso_core import clock

from asurso_@name@.models import Note

if TYPE_CHECKING:
    from asurso_core.testing.world import World


def fill(world: World) -> None:
    """One note of the teacher of each class; the second one is foreign to the first class."""
    for side in world.sides:
        author = world.school.persons[side.teacher]
        note = Note.create(author=author, text=side.secret, written_at=clock.stamp())
        side.values["note_id"] = note.id
