"""Shapes of the forum's forms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from asurso_core.forms import DateField, Form, TextField, VersionedForm, no_nul
from asurso_core.i18n import lazy_gettext as _l
from asurso_forum import kinds, policy


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a list out of values and labels."""
    return [SelectChoice(value, label) for value, label in pairs]


_HELP = _l(
    "An empty line begins a new paragraph. **bold**, *italic*, a line with - in front is an item "
    "of a list, with > in front a quotation."
)


def _text(label: Any) -> TextAreaField:
    return TextAreaField(
        label,
        [InputRequired(), Length(max=policy.LONGEST), no_nul],
        description=_HELP,
    )


class MessageForm(Form):
    """A new message; ``op`` makes sure that it is written once."""

    text = _text(_l("Your message"))
    image = FileField(_l("Picture"))
    op = HiddenField(validators=[Optional(), Length(max=40), no_nul])


class EditForm(VersionedForm):
    """A message that is changed."""

    text = _text(_l("Message"))


class NewTopicForm(Form):
    """A topic with its first message and perhaps a poll."""

    title = TextField(_l("Title of the topic"), longest=200, required=True)
    text = _text(_l("First message"))
    question = TextField(_l("Question of the poll"), longest=255)
    options = TextAreaField(_l("Answers, one a line"), [Optional(), Length(max=3000), no_nul])
    multiple = BooleanField(_l("Several answers can be chosen"))
    ends = DateField(_l("Last day of voting"))
    op = HiddenField(validators=[Optional(), Length(max=40), no_nul])


class TopicForm(VersionedForm):
    """What a moderator changes of a topic."""

    title = TextField(_l("Title of the topic"), longest=200, required=True)
    pinned = BooleanField(_l("Pinned: stands first in the section"))
    closed = BooleanField(_l("Closed: can be read, nobody writes"))
    section = SelectField(_l("Section"), coerce=int)


class ReasonForm(Form):
    """Why something is taken away."""

    reason = TextField(_l("Reason"), longest=255)


class ReportForm(Form):
    """Why a moderator should look."""

    reason = RadioField(
        _l("What is wrong"), [InputRequired()], choices=options(kinds.REASONS.items())
    )
    note = TextField(_l("In your own words, if you like"), longest=500)


class _Boxes(SelectMultipleField):
    """A choice of several, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SectionForm(VersionedForm):
    """A section and who enters it."""

    title = TextField(_l("Title"), longest=120, required=True)
    about = TextField(_l("What it is for, in a line"), longest=255)
    position = IntegerField(_l("Place in the list"), [Optional(), NumberRange(0, 9999)])
    readers = _Boxes(_l("Who may read"))
    writers = _Boxes(_l("Who may write"))
    classes = _Boxes(_l("Only these classes"), coerce=int)
    moderators = _Boxes(_l("Moderators"), coerce=int)
    archived = BooleanField(_l("In the archive: can be read, nobody writes"))


class VoteForm(Form):
    """An answer or several."""

    option = SelectMultipleField(coerce=int)
