"""What a family sends from the diary."""

from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from asurso_core.forms import DateField, Form, no_nul
from asurso_core.i18n import lazy_gettext as _l


class NoteForm(Form):
    """The child is absent from a day to a day, and why."""

    starts = DateField(_l("From"), required=True)
    ends = DateField(_l("To, included"))
    reason = TextAreaField(_l("Why"), [InputRequired(), DataRequired(), Length(max=500), no_nul])
    file = FileField(_l("Certificate, if there is one"))

    @property
    def has_file(self) -> bool:
        """Whether a file was chosen."""
        return bool(self.file.data and getattr(self.file.data, "filename", ""))
