"""Shapes of the journal's forms; cells have their own reader, :mod:`asurso_journal.edits`."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from asurso_core.forms import DateField, Form, IdField, TextField, VersionedForm, no_nul
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


class AbsenceForm(VersionedForm):
    """Who is absent, from when to when, and why."""

    pupil = IdField(_l("Pupil"), required=True)
    starts = DateField(_l("First day"), required=True)
    ends = DateField(_l("Last day"), required=True)
    first_lesson = IntegerField(_l("From lesson no."), [Optional(), NumberRange(0, 20)])
    last_lesson = IntegerField(_l("To lesson no."), [Optional(), NumberRange(0, 20)])
    code = SelectField(_l("Reason"))
    certificate = TextField(_l("Certificate no."), longest=60)
    reason = TextField(_l("Remark"), longest=255)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {
            "starts": self.starts.data, "ends": self.ends.data, "code": self.code.data,
            "first_lesson": self.first_lesson.data, "last_lesson": self.last_lesson.data,
            "certificate": self.certificate.data or "", "reason": self.reason.data or "",
        }  # fmt: skip


class NoteAnswerForm(VersionedForm):
    """The class teacher's answer to a parent's note."""

    code = TextField(_l("Reason"), longest=4)
    certificate = TextField(_l("Certificate no."), longest=60)
    answer = TextField(_l("Answer"), longest=255)
