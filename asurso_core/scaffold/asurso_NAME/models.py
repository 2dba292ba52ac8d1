"""Tables of the plugin, and only facts about a row."""

from __future__ import annotations

import peewee as pw
from asurso_core.accounts import Person
from asurso_core.db import Record, ref


class Note(Record):
    """Something that a member of the staff wrote down."""

    author = ref(Person)
    text = pw.CharField(500)
    written_at = pw.DateTimeField()
