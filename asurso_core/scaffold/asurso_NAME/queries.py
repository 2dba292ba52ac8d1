"""Reading notes; every function takes the actor first and gives what it may see."""

from __future__ import annotations

from collections.abc import Iterable

from asurso_core import access
from asurso_core.accounts import Person
from asurso_core.actors import Actor

from asurso_@name@.models import Note
from asurso_@name@.permissions import READ, WRITE


def latest(actor: Actor, most: int = 50) -> list[Note]:
    """The newest notes with their authors."""
    query = Note.select(Note, Person).join(Person).order_by(Note.id.desc()).limit(most)
    return list(access.visible(actor, READ, query))


def removable(actor: Actor, notes: Iterable[Note]) -> frozenset[int]:
    """Ids of those that the actor may take away: one statement for a whole page."""
    return access.allowed_ids(actor, WRITE, Note, [note.id for note in notes])


def counts(actor: Actor) -> list[tuple[str, int]]:
    """``(author, number of notes)``, by name."""
    found: dict[str, int] = {}
    for note in access.visible(actor, READ, Note.select(Note, Person).join(Person)):
        found[note.author.name] = found.get(note.author.name, 0) + 1
    return sorted(found.items())
