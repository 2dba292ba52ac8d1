"""Shapes of the journal's forms; cells have their own reader, :mod:`asurso_journal.edits`."""

from __future__ import annotations

from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from asurso_core.forms import DateField, Form, TextField, VersionedForm, no_nul
from asurso_core.i18n import lazy_gettext as _l


class NoteForm(VersionedForm):
    """Topic and homework of a lesson."""

    topic = TextField(_l("Topic of the lesson"), longest=500)
    homework = TextAreaField(_l("Homework"), [Optional(), Length(max=2000), no_nul])


class WorkForm(VersionedForm):
    """A work of a lesson: a column with a type, a title and a weight."""

    type = SelectField(_l("Kind of work"), coerce=int)
    title = TextField(_l("Title"), longest=255)
    weight = IntegerField(_l("Weight"), [InputRequired(), NumberRange(0, 100)])


class PaperForm(Form):
    """Which paper of a class, for which study period (0 is the year)."""

    paper = SelectField(_l("Paper"))
    slot = SelectField(_l("Study period"), coerce=int)


class UnlockForm(Form):
    """Who may change closed marks, where, until when and why."""

    teacher = SelectField(_l("Teacher"), coerce=int)
    group = SelectField(_l("Journal"), coerce=int)
    period = SelectField(_l("Study period"), coerce=int)
    until = DateField(_l("Until the end of the day"), required=True)
    reason = TextField(_l("Why"), longest=255, required=True)
