"""Forms: the shape of what was typed, not rights."""

from __future__ import annotations

from asurso_core.forms import Form, TextField
from asurso_core.i18n import lazy_gettext as _l


class NoteForm(Form):
    """A new note."""

    text = TextField(_l("What to write down"), longest=500, required=True)
