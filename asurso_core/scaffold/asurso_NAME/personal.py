"""What the plugin keeps of a person: given out whole, and taken away (152-ФЗ)."""

from __future__ import annotations

from typing import Any

from asurso_core.i18n import lazy_gettext as _l
from asurso_core.privacy import PersonalData

from asurso_@name@.models import Note


def export(person_id: int) -> dict[str, Any]:
    """All notes of a person."""
    mine = Note.select(Note.text, Note.written_at).where(Note.author == person_id)
    return {"notes": [dict(row) for row in mine.order_by(Note.id).dicts()]}


def erase(person_id: int) -> None:
    """Notes go with their author."""
    Note.delete().where(Note.author == person_id).execute()


PERSONAL_DATA = [
    PersonalData(name="@name@", title=_l("@Title@"), export=export, erase=erase),
]
