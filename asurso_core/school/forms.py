"""Forms of the school's pages: the shape of what is typed, not the rights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    ValidationError,
)
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from asurso_core.errors import Invalid
from asurso_core.forms import DateField, Form, IdField, TextField, VersionedForm
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

ZONES = tuple(
    sorted(name for name in available_timezones() if name.startswith(("Europe/", "Asia/")))
)


def _options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Choices of a select field."""
    return [SelectChoice(value, label) for value, label in pairs]


KINDS = [
    ("quarter", _l("quarters")),
    ("trimester", _l("trimesters")),
    ("half_year", _l("half-years")),
    ("module", _l("modules")),
    ("year", _l("the whole year")),
]
WEEKDAYS = [
    ("", _l("its own")),
    ("1", _l("of Monday")),
    ("2", _l("of Tuesday")),
    ("3", _l("of Wednesday")),
    ("4", _l("of Thursday")),
    ("5", _l("of Friday")),
    ("6", _l("of Saturday")),
]


def take(form: Form, refusal: Invalid) -> None:
    """Show the messages of a service at the fields they speak of, or above the form."""
    shown = False
    for name, messages in refusal.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *messages]
            shown = True
        else:
            form.form_errors.extend(messages)
            shown = True
    if not shown:
        form.form_errors.append(refusal.message)


class CardForm(VersionedForm):
    """The card of the school."""

    name = TextField(_l("Full name"), longest=255, required=True)
    short_name = TextField(
        _l("Short name"), longest=80, required=True, description=_l("Stands at the top of pages.")
    )
    director = TextField(_l("Director"), longest=120)
    address = TextField(_l("Address"), longest=255)
    phone = TextField(_l("Phone"), longest=80)
    email = TextField(_l("E-mail"), longest=120)
    website = TextField(_l("Website"), longest=120)
    founder = TextField(_l("Founder"), longest=255)
    zone = SelectField(
        _l("Time zone"),
        choices=_options((name, name) for name in ZONES),
        description=_l("It decides when a day begins and ends for the journal."),
    )

    def validate_email(self, field: Any) -> None:
        """Something, an @, and a domain with a dot: the rest only the post office knows."""
        if field.data and not _ADDRESS.fullmatch(field.data):
            raise ValidationError(_("This does not look like an e-mail address."))


class YearForm(VersionedForm):
    """Title and bounds of a school year."""

    starts = DateField(_l("First day"), required=True)
    ends = DateField(_l("Last day"), required=True)
    title = TextField(
        _l("Title"), longest=20, description=_l("Leave it empty to call the year by its dates.")
    )


class PeriodTypeForm(Form):
    """A way of dividing the year."""

    name = TextField(_l("Title"), longest=60, required=True)
    kind = SelectField(_l("The year is divided into"), choices=_options(KINDS))


class PeriodRow(PlainForm):
    """One row of the table of periods; an empty title leaves the row out."""

    title = TextField(_l("Period"), longest=60)
    starts = DateField(_l("First day"))
    ends = DateField(_l("Last day"))


class PeriodsForm(VersionedForm):
    """The table of periods of one type."""

    periods = FieldList(FormField(PeriodRow), _l("Study periods"))


class HolidayForm(VersionedForm):
    """Holidays of all grades or some of them."""

    title = TextField(_l("Title"), longest=120, required=True)
    starts = DateField(_l("First day"), required=True)
    ends = DateField(_l("Last day"), required=True)
    first_grade = IntegerField(_l("From grade"), [InputRequired(), NumberRange(1, 12)], default=1)
    last_grade = IntegerField(_l("To grade"), [InputRequired(), NumberRange(1, 12)], default=11)


class DayForm(VersionedForm):
    """A day that differs from its weekday."""

    date = DateField(_l("Date"), required=True)
    kind = SelectField(
        _l("This day is"),
        choices=_options([("day_off", _l("a day off")), ("working", _l("a school day"))]),
    )
    weekday_as = SelectField(
        _l("By the timetable of"), choices=_options(WEEKDAYS), default="",
        description=_l("Only for a school day: whose lessons are held."),
    )  # fmt: skip
    title = TextField(_l("Reason"), longest=120, required=True)


class SubjectForm(VersionedForm):
    """A subject."""

    name = TextField(_l("Title"), longest=120, required=True)
    short_name = TextField(
        _l("Short name"), longest=30, description=_l("For timetables and narrow columns.")
    )
    area = TextField(_l("Subject area"), longest=120)


class RoomForm(VersionedForm):
    """A room (R4.1.12)."""

    name = TextField(_l("Number or name"), longest=40, required=True)
    building = TextField(_l("Building"), longest=60)
    capacity = IntegerField(_l("Places"), [Optional(), NumberRange(1, 2000)])
    kind = TextField(_l("What it is for"), longest=60)
    responsible = IdField(_l("Responsible teacher"))


class ClassForm(VersionedForm):
    """A class."""

    grade = SelectField(
        _l("Grade"), choices=_options((str(grade), str(grade)) for grade in range(1, 13))
    )
    letter = TextField(
        _l("Letter"),
        longest=15,
        required=True,
        description=_l("Up to 15 characters: А, Б, физмат."),
    )
    profile = TextField(_l("Profile"), longest=120)
    period_type = IdField(_l("Study periods"), required=True)
    week_days = SelectField(
        _l("School week"), choices=_options([("5", _l("five days")), ("6", _l("six days"))])
    )

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {
            "grade": int(self.grade.data),
            "letter": self.letter.data,
            "profile": self.profile.data,
            "period_type": self.period_type.data,
            "week_days": int(self.week_days.data),
        }


class DutyForm(Form):
    """Somebody leads a class or teaches a group from a date."""

    teacher = IdField(_l("Teacher"), required=True)
    since = DateField(_l("Starting from"), required=True)
    beside = BooleanField(_l("Together with those who are there now"))


class EndForm(Form):
    """A duty ends."""

    until = DateField(_l("First day without this duty"), required=True)


class EnrolForm(Form):
    """A pupil comes into a class."""

    pupil = IdField(_l("Pupil"), required=True)
    on = DateField(_l("Starting from"), required=True)


class _Ticks(SelectMultipleField):
    """Several choices as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def offer(self, rows: Iterable[tuple[int, Any]]) -> None:
        """Set the choices."""
        self.choices = _options((str(id_), text) for id_, text in rows)


class MoveForm(Form):
    """A pupil moves to another class."""

    school_class = IdField(_l("New class"), required=True)
    on = DateField(_l("Starting from"), required=True)


class LeaveForm(Form):
    """A pupil leaves the school."""

    on = DateField(_l("First day without the pupil"), required=True)
    reason = TextField(_l("Reason"), longest=255)


class HoursField(DecimalField):
    """Hours a week, with a comma or a point."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, [Optional(), NumberRange(0, 60)], places=1, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read «2,5» like "2.5"."""
        super().process_formdata([str(value).replace(",", ".") for value in valuelist])


class GroupForm(Form):
    """Classes learn a subject together, whole or in subgroups."""

    subject = IdField(_l("Subject"), required=True)
    parts = SelectField(
        _l("How"),
        choices=_options(
            [
                ("1", _l("the whole class")),
                ("2", _l("two subgroups")),
                ("3", _l("three subgroups")),
                ("4", _l("four subgroups")),
            ]
        ),
    )
    others = _Ticks(_l("Together with classes"), choices=[], coerce=int)
    teacher = IdField(_l("Teacher"))
    weekly_hours = HoursField(_l("Hours a week"))


class GroupNameForm(VersionedForm):
    """Name and hours of a teaching group."""

    name = TextField(_l("Title"), longest=60)
    weekly_hours = HoursField(_l("Hours a week"))


class DivisionForm(VersionedForm):
    """From which day the arrangement of subgroups holds; the choices are read by the view."""

    on = DateField(_l("Starting from"), required=True)
