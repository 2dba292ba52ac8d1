"""What a family sends from the diary."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from wtforms import TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from asurso_core.files import Received, receive
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


class AnswerForm(Form):
    """An answer to homework: words, files, or both."""

    text = TextAreaField(_l("Answer"), [Optional(), Length(max=4000), no_nul])
    files = MultipleFileField(_l("Files"))

    def uploads(self, kind: str) -> list[Received]:
        """The files that were chosen, judged; raises :class:`asurso_core.errors.Invalid`."""
        sent: list[Any] = [one for one in self.files.data or [] if getattr(one, "filename", "")]
        return [receive(kind, one) for one in sent[:20]]
