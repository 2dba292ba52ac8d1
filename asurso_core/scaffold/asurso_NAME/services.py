"""Everything that changes notes: one function for each deed, the actor first."""

from __future__ import annotations

from asurso_core import access, audit, clock
from asurso_core.actors import Actor
from asurso_core.db import transaction

from asurso_@name@.models import Note
from asurso_@name@.permissions import WRITE


def add(actor: Actor, text: str) -> Note:
    """Write a note; raises ``Refused`` for whoever may not."""
    access.require_any(actor, WRITE)
    with transaction():
        note: Note = Note.create(author=actor.person_id, text=text, written_at=clock.stamp())
        audit.record(actor, "@name@.written", f"@name@.note:{note.id}", after={"text": text})
    return note


def remove(actor: Actor, note_id: int) -> None:
    """Take a note away; raises ``NotThere`` for everybody else's."""
    with transaction():
        note: Note = access.find(actor, WRITE, Note, note_id)
        note.delete_instance()
        audit.record(actor, "@name@.removed", f"@name@.note:{note_id}", before={"text": note.text})
