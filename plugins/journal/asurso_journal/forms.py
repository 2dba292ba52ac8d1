"""Shapes of the journal's forms; cells have their own reader, :mod:`asurso_journal.edits`."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from asurso_core.files import Received, receive
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


class _Ticks(SelectMultipleField):
    """Several choices as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


_PLACE = [InputRequired(), NumberRange(0, 10_000)]


class WorkTypeForm(VersionedForm):
    """A kind of work: how it is called, what it weighs, which subjects it belongs to."""

    name = TextField(_l("Title"), longest=60, required=True)
    letter = TextField(
        _l("Letter in the journal"),
        longest=3,
        required=True,
        description=_l("Stands over the column."),
    )
    weight = IntegerField(
        _l("Usual weight"), [InputRequired(), NumberRange(0, 100)],
        description=_l("For new works. Works that were given keep their weight."),
    )  # fmt: skip
    is_control = BooleanField(_l("Counts as a control work"))
    position = IntegerField(
        _l("Place in lists"), _PLACE,
        description=_l("Smaller numbers come first. A first mark is put for the first kind of work "
                       "that fits all subjects."),
    )  # fmt: skip
    subjects = _Ticks(
        _l("Only for these subjects"), coerce=int,
        description=_l("Tick nothing to offer it in every journal."),
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "name": self.name.data or "", "letter": self.letter.data or "",
            "weight": self.weight.data, "is_control": self.is_control.data,
            "position": self.position.data, "subjects": self.subjects.data or [],
        }  # fmt: skip


class MarkingForm(Form):
    """The scale of marks, grades without marks, subjects with credits alone."""

    scale = SelectField(_l("Scale"))
    unmarked_grades = _Ticks(_l("Grades without marks"), coerce=int)
    credited_subjects = _Ticks(_l("Subjects with credits instead of points"), coerce=int)


class CodeForm(VersionedForm):
    """A code of attendance: its letter and what it means for counting."""

    letter = TextField(
        _l("Letter in the journal"), longest=4, required=True,
        description=_l("What is typed into a cell. A new letter is shown in all journals, of "
                       "bygone years too."),
    )  # fmt: skip
    name = TextField(_l("Meaning"), longest=60, required=True)
    missed = BooleanField(
        _l("The lesson counts as missed"),
        description=_l("What you tick here holds for the lessons of the past too: reports count "
                       "anew."),
    )  # fmt: skip
    excused = BooleanField(_l("The reason is valid"))
    illness = BooleanField(_l("Illness"))
    allows_mark = BooleanField(_l("A mark can stand beside it"))
    position = IntegerField(_l("Place in lists"), _PLACE)

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "letter": self.letter.data or "", "name": self.name.data or "",
            "missed": self.missed.data, "excused": self.excused.data,
            "illness": self.illness.data, "allows_mark": self.allows_mark.data,
            "position": self.position.data,
        }  # fmt: skip


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


class TaskForm(VersionedForm):
    """Links, files, day and answers of a homework, for all or for chosen pupils."""

    task = HiddenField()
    text = TextAreaField(_l("What is to be done"), [Optional(), Length(max=2000), no_nul])
    links = TextAreaField(_l("Links, one a line"), [Optional(), Length(max=5100), no_nul])
    due_on = SelectField(_l("For the lesson"), validate_choice=False)
    answers = BooleanField(_l("Pupils hand their answers in here"))
    files = MultipleFileField(_l("Add files"))
    pupils = SelectMultipleField(
        _l("For whom"), coerce=int, widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )  # fmt: skip

    def placed(self, where: str) -> TaskForm:
        """The same form with ids of its own: several stand on one page."""
        for field in self:
            field.id = field.label.field_id = f"{field.name}-{where}"
        return self

    @property
    def task_id(self) -> int | None:
        """Which homework is changed; None for a new one."""
        text = str(self.task.data or "")
        return int(text) if text.isdecimal() and 0 < len(text) < 10 else None

    def uploads(self, kind: str) -> list[Received]:
        """The files that were chosen, judged; raises :class:`Invalid`."""
        return received(kind, self.files.data)


def received(kind: str, chosen: Any) -> list[Received]:
    """Files of a field, judged and put into the store; raises :class:`Invalid`."""
    sent = [one for one in chosen or [] if getattr(one, "filename", "")]
    return [receive(kind, one) for one in sent[:20]]


class JudgeForm(VersionedForm):
    """What the teacher says of an answer."""

    comment = TextAreaField(_l("Comment"), [Optional(), Length(max=1000), no_nul])
    mark = TextField(_l("Mark"), longest=8)
    over = HiddenField()  # the mark that stood there when the page was opened


class NoteAnswerForm(VersionedForm):
    """The class teacher's answer to a parent's note."""

    code = TextField(_l("Reason"), longest=4)
    certificate = TextField(_l("Certificate no."), longest=60)
    answer = TextField(_l("Answer"), longest=255)
