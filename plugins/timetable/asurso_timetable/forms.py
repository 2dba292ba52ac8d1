"""Forms of the timetable: shape of what was typed, not rights."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from asurso_core.errors import Invalid
from asurso_core.forms import DateField, Form, IdField, TextField, VersionedForm
from asurso_core.i18n import lazy_gettext as _l
from asurso_timetable.rows import face

#: Lesson numbers that a schedule may have; 0 is the lesson before the first.
NUMBERS = range(13)
_CLOCK = re.compile(r"^(\d{1,2})[:.](\d{2})$")

WEEKDAY_NAMES = {
    1: _l("Monday"),
    2: _l("Tuesday"),
    3: _l("Wednesday"),
    4: _l("Thursday"),
    5: _l("Friday"),
    6: _l("Saturday"),
}
PARITY_NAMES = {0: _l("Every week"), 1: _l("Odd weeks"), 2: _l("Even weeks")}


def _offered(names: dict[int, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in names.items()]


def tell(form: Form, error: Invalid) -> None:
    """Put a refusal of a service where the form shows it: at its field or above the form."""
    told = False
    for name, messages in error.fields.items():
        field = form._fields.get(name)
        if field is not None:
            field.errors = [*field.errors, *messages]
            told = True
    if not told:
        form.form_errors.append(error.message)


class ClockField(Field):
    """A time of day as minutes from midnight: «8:30»."""

    widget = TextInput()
    data: int | None

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read «8:30» or «08.30»; empty is None."""
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if not text:
            return
        found = _CLOCK.match(text)
        if found is None or int(found[1]) > 23 or int(found[2]) > 59:
            self._typed = text[:20]
            raise ValueError(_l("Write the time like 08:30."))
        self.data = int(found[1]) * 60 + int(found[2])

    def _value(self) -> str:
        data: Any = self.data
        if data is None:
            return str(getattr(self, "_typed", ""))
        return face(data) if isinstance(data, int) else ""


def _number(label: Any) -> IntegerField:
    return IntegerField(label, [InputRequired(), NumberRange(0, 14)])


class PlaceForm(Form):
    """Where a weekly lesson goes."""

    weekday = SelectField(_l("Day"), [InputRequired()], coerce=int, choices=_offered(WEEKDAY_NAMES))
    number = _number(_l("Lesson number"))
    parity = SelectField(
        _l("Weeks"), [InputRequired()], coerce=int, choices=_offered(PARITY_NAMES), default=0
    )


class EntryForm(PlaceForm):
    """A weekly lesson that is changed."""

    teacher = IdField(_l("Teacher"))
    room = IdField(_l("Room"))


class NewEntryForm(EntryForm):
    """A new weekly lesson; without a teacher named it is the group's own."""

    group = IdField(_l("Subject and group"), required=True)


class GridForm(Form):
    """A new grid."""

    title = TextField(_l("Title"), longest=80, required=True)
    since = DateField(_l("In force from"), required=True)
    copy_of = IdField(_l("Copy the lessons of"))


class SpanForm(Form):
    """For which days and class lessons are made."""

    class Meta:
        csrf = False

    start = DateField(_l("From"), required=True)
    end = DateField(_l("To"), required=True)
    school_class = IdField(_l("Class"))
    mark = HiddenField()


class LessonForm(VersionedForm):
    """A dated lesson that is changed by hand."""

    date = DateField(_l("Date"), required=True)
    number = _number(_l("Lesson number"))
    starts = ClockField(_l("Begins"), [Optional()])
    ends = ClockField(_l("Ends"), [Optional()])
    teacher = IdField(_l("Teacher"))
    room = IdField(_l("Room"))
    note = TextField(_l("Note for pupils and parents"), longest=255)


class SubstitutionForm(VersionedForm):
    """What becomes of a lesson whose teacher is absent; services judge what fits together."""

    substitute = IdField(_l("Who gives it"))
    kind = TextField(_l("What is given"), longest=10, required=True)
    subject = IdField(_l("Subject"))
    reason = TextField(_l("Reason of the absence"), longest=12, required=True)
    payment = TextField(_l("Payment"), longest=10, required=True)
    order_number = TextField(_l("Order no."), longest=40)


class NewLessonForm(LessonForm):
    """A lesson added by hand."""

    group = IdField(_l("Subject and group"), required=True)


class CancelForm(VersionedForm):
    """Why a lesson does not take place."""

    note = TextField(_l("Reason"), longest=255)


class NewBellsForm(Form):
    """A new bell schedule: empty, a copy or a shipped set."""

    title = TextField(_l("Title"), longest=120, required=True)
    source = SelectField(_l("Begin with"), default="")


class BellsForm(Form):
    """Lessons of a schedule: a pair of times for each number."""

    title = TextField(_l("Title"), longest=120, required=True)

    def pairs(self) -> list[tuple[int, Any, Any]]:
        """``(number, begin field, end field)`` of all rows."""
        return [(n, self[f"starts_{n}"], self[f"ends_{n}"]) for n in NUMBERS]

    def slots(self) -> list[tuple[int, int, int]]:
        """What was entered; raises :class:`Invalid` where one of a pair is missing."""
        found = []
        for number, starts, ends in self.pairs():
            if (starts.data is None) != (ends.data is None):
                empty = f"starts_{number}" if starts.data is None else f"ends_{number}"
                message = str(_l("Enter both times, or neither."))
                raise Invalid(message, {empty: [message]})
            if starts.data is not None:
                found.append((number, starts.data, ends.data))
        return found


for _n in NUMBERS:
    setattr(BellsForm, f"starts_{_n}", ClockField(_l("Lesson %(n)s begins", n=_n), [Optional()]))
    setattr(BellsForm, f"ends_{_n}", ClockField(_l("Lesson %(n)s ends", n=_n), [Optional()]))


def _small_id(value: Any) -> int:
    text = str(value)
    if not text.isdecimal() or len(text) > 9:
        raise ValueError
    return int(text)


class AssignForm(Form):
    """Which classes live by which bells from which day."""

    schedule = IdField(_l("Bells"), required=True)
    since = DateField(_l("From"), required=True)
    classes = SelectMultipleField(
        _l("Classes"),
        coerce=_small_id,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
