"""Shapes of mail's forms; rights and meaning are judged by services."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import Field, HiddenField, IntegerField, RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from asurso_core.forms import Form, TextField, VersionedForm, no_nul
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import lazy_pgettext
from asurso_mail import kinds, policy
from asurso_mail.services import moderation, texts

_HELP = _l(
    "An empty line begins a new paragraph. **bold**, *italic*, a line with - in front is an item "
    "of a list, with > in front a quotation."
)


class WordsField(Field):
    """Short words, as several fields of one name or as one text with spaces between them."""

    data: list[str]

    def process_data(self, value: Any) -> None:
        """Begin with a list."""
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Each word once; whatever comes, it is not taken for more than it is."""
        words = [word for value in valuelist for word in str(value).replace(",", " ").split()]
        self.data = list(dict.fromkeys(word[:254] for word in words))[:300]


def _storable(form: Any, field: Any) -> None:
    del form
    if isinstance(field.data, str) and not texts.is_storable(field.data):
        raise ValidationError(_("The text holds a character that cannot be stored."))


class LetterForm(VersionedForm):
    """A letter that is being written."""

    kind = HiddenField(validators=[Optional(), Length(max=10), no_nul])
    to = WordsField(lazy_pgettext("mail", "To"))
    keys = WordsField(lazy_pgettext("mail", "For whom"))
    outside = WordsField(_l("E-mail addresses outside the school"))
    subject = TextField(lazy_pgettext("mail", "Subject"), longest=policy.LONGEST_SUBJECT)
    text = TextAreaField(
        _l("Text of the letter"),
        [Optional(), Length(max=policy.LONGEST), no_nul, _storable],
        description=_HELP,
    )
    file = MultipleFileField(_l("Files"))
    answers = HiddenField(validators=[Optional(), Length(max=10), no_nul])
    forwards = HiddenField(validators=[Optional(), Length(max=10), no_nul])
    draft = HiddenField(validators=[Optional(), Length(max=10), no_nul])
    confirmed = HiddenField(validators=[Optional(), Length(max=10), no_nul])
    op = HiddenField(validators=[Optional(), Length(max=40), no_nul, _storable])

    def validate_subject(self, field: Any) -> None:
        """A line end in a subject would be one in a header (T27)."""
        raw = field.raw_data[0] if field.raw_data else ""
        if not texts.is_one_line(str(raw)):
            raise ValidationError(_("The subject must be one line of plain text."))


def number(field: Any) -> int | None:
    """The number in a hidden field, or None for nothing and for nonsense."""
    text = str(field.data or "")
    plain = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if plain and int(text) else None


class FolderForm(Form):
    """The name of a folder."""

    name = TextField(_l("Name of the folder"), longest=60, required=True)


class ReportForm(Form):
    """Why a moderator should read a letter."""

    reason = RadioField(
        _l("What is wrong"),
        [InputRequired()],
        choices=[SelectChoice(value, label) for value, label in kinds.REASONS.items()],
    )
    note = TextField(_l("In your own words, if you like"), longest=500)


class DecisionForm(Form):
    """What a moderator decides."""

    decision = RadioField(
        _l("Decision"),
        [InputRequired()],
        choices=[SelectChoice(value, label) for value, label in kinds.DECISIONS.items()],
    )
    days = IntegerField(
        _l("For how many days"), [Optional(), NumberRange(1, moderation.LONGEST_BAN)]
    )
    words = TextField(
        _l("Words for the author"), longest=500,
        description=_l("The author gets them in a letter, without your name."),
    )  # fmt: skip
