"""Forms of people and their accounts; they judge the shape, services judge the meaning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from asurso_core.accounts.people_fields import LABELS, RELATIONS
from asurso_core.forms import DateField, Form, IdField, TextField, VersionedForm, no_nul
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l

_LOGIN_HELP = _l("Leave empty: a login such as IvanovII is made up.")


def options(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    """Choices of a list from ``(value, label)``."""
    return [SelectChoice(value, label) for value, label in pairs]


class Choices(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        """Refuse what was not offered."""
        del form
        offered = {option.value for option in self.choices or []}
        if not set(self.data or []) <= offered:
            raise ValidationError(_("Choose one of the list."))


class _NameFields:
    surname = TextField(LABELS["surname"], longest=80, required=True)
    given_name = TextField(LABELS["given_name"], longest=80, required=True)
    patronymic = TextField(
        LABELS["patronymic"], longest=80, description=_l("Leave empty if there is none.")
    )
    sex = SelectField(
        LABELS["sex"],
        choices=options([("", "—"), ("m", _l("male")), ("f", _l("female"))]),
        default="",
        coerce=lambda value: value or "",
    )
    birth_date = DateField(LABELS["birth_date"], render_kw={"type": "date"})


class _ContactFields:
    phone = TextField(LABELS["phone"], longest=40, render_kw={"type": "tel"})
    email = TextField(LABELS["email"], longest=120, render_kw={"type": "email"})


class _DocumentFields:
    address = TextField(LABELS["address"], longest=255)
    snils = TextField(LABELS["snils"], longest=20, description=_l("For instance 123-456-789 00"))
    document_kind = TextField(LABELS["document_kind"], longest=60)
    document_series = TextField(LABELS["document_series"], longest=20)
    document_number = TextField(LABELS["document_number"], longest=20)
    file_number = TextField(LABELS["file_number"], longest=30)


class PersonForm(_NameFields, _ContactFields, _DocumentFields, VersionedForm):
    """Data of a person who is known already."""

    position = TextField(LABELS["position"], longest=120)
    subjects = TextField(LABELS["subjects"], longest=255)


class StaffForm(_NameFields, _ContactFields, Form):
    """A new member of staff."""

    position = TextField(LABELS["position"], longest=120)
    subjects = TextField(LABELS["subjects"], longest=255)
    snils = TextField(LABELS["snils"], longest=20, description=_l("For instance 123-456-789 00"))
    roles = Choices(LABELS["roles"], [InputRequired()])
    login = TextField(LABELS["login"], longest=60, description=_LOGIN_HELP)


class PupilForm(_NameFields, _ContactFields, _DocumentFields, Form):
    """A new pupil."""

    school_class = IdField(LABELS["class"], required=True)
    since = DateField(
        _l("In the class from"), description=_l("Empty: from today."), render_kw={"type": "date"}
    )
    login = TextField(LABELS["login"], longest=60, description=_LOGIN_HELP)


class ParentForm(_NameFields, _ContactFields, Form):
    """A new parent of a pupil."""

    relation = TextField(
        LABELS["relation"],
        longest=40,
        required=True,
        description=_l("For instance: %(some)s.", some=", ".join(RELATIONS[:3])),
        render_kw={"list": "relations"},
    )
    may_receive = BooleanField(
        LABELS["may_receive"],
        default=True,
        description=_l("Clear it when a court has limited this parent's rights."),
    )
    login = TextField(LABELS["login"], longest=60, description=_LOGIN_HELP)


class GuardianForm(Form):
    """A link of somebody whom the school knows to a pupil."""

    login = TextField(
        _l("Login of the parent"),
        longest=60,
        required=True,
        description=_l("It stands on the parent's page."),
    )
    relation = TextField(
        LABELS["relation"], longest=40, required=True, render_kw={"list": "relations"}
    )
    may_receive = BooleanField(
        LABELS["may_receive"],
        default=True,
        description=_l("Clear it when a court has limited this parent's rights."),
    )


class LinkForm(Form):
    """How a parent is linked to a child."""

    relation = TextField(
        LABELS["relation"], longest=40, required=True, render_kw={"list": "relations"}
    )
    may_receive = BooleanField(
        LABELS["may_receive"],
        description=_l("Clear it when a court has limited this parent's rights."),
    )


class LoginForm(VersionedForm):
    """Another login."""

    login = TextField(LABELS["login"], longest=60, required=True)


class RolesForm(VersionedForm):
    """The roles of an account."""

    roles = Choices(LABELS["roles"])


class ReasonForm(Form):
    """Why somebody is blocked or put away."""

    reason = StringField(_l("Reason"), [Length(max=255), no_nul])


class ArchiveForm(Form):
    """Why somebody is put away."""

    reason = TextField(_l("Reason"), longest=255, required=True)


class ImportForm(Form):
    """A file of people."""

    kind = RadioField(
        _l("Whom the file is about"),
        choices=options(
            [("staff", _l("Staff")), ("pupils", _l("Pupils")), ("parents", _l("Parents"))]
        ),
        validators=[InputRequired()],
    )
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
