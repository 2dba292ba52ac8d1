"""Shapes of the portfolio's forms."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from asurso_core.errors import Invalid
from asurso_core.forms import DateField, Form, TextField, VersionedForm, no_nul
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_portfolio.hookspecs import FIELDS, ItemKind
from asurso_portfolio.vocabulary import LEVELS, PLACES, VISIBILITIES

LONGEST_TEXT = 5000


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


class TextArea(TextAreaField):
    """Several lines of text, of bounded length."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        rules = [Length(max=LONGEST_TEXT), no_nul]
        super().__init__(label, rules, filters=[_plain], **kwargs)


def _choices(words: dict[str, Any], *, empty: bool = False) -> list[SelectChoice]:
    first = [SelectChoice("", "—")] if empty else []
    return [*first, *(SelectChoice(value, text) for value, text in words.items())]


class AboutForm(VersionedForm):
    """What somebody tells of themselves."""

    about = TextArea(_l("About me"))
    visibility = SelectField(_l("Who reads it"), choices=_choices(VISIBILITIES))


class ItemForm(VersionedForm):
    """An item; :meth:`fit` leaves only the fields of its kind."""

    title = TextField(_l("Title"), longest=200, required=True)
    date = DateField()
    level = SelectField(choices=_choices(LEVELS, empty=True))
    place = SelectField(choices=_choices(PLACES, empty=True))
    venue = TextField(longest=200)
    subject = TextField(longest=80)
    text = TextArea(_l("More about it"))
    visibility = SelectField(_l("Who reads it"), choices=_choices(VISIBILITIES))

    def fit(self, kind: ItemKind, *, visibility: bool = True) -> list[Any]:
        """Drop the fields that the kind does not have; returns its own in their order."""
        for name in FIELDS:
            if name in kind.fields:
                self[name].label.text = kind.fields[name]
            else:
                del self[name]
        if not visibility:
            del self["visibility"]
        return [self[name] for name in kind.fields]

    def values(self) -> dict[str, Any]:
        """What was typed, by field."""
        return {field.name: field.data for field in self if field.name != "csrf_token"}


class VisibilityForm(Form):
    """Who reads an item."""

    visibility = SelectField(_l("Who reads it"), choices=_choices(VISIBILITIES))


def _some_file(form: Any, field: Any) -> None:
    del form
    if not field.data or not field.data.filename:
        raise ValidationError(_("Choose a file."))


class FileForm(Form):
    """A file to hang on an item."""

    upload = FileField(_l("File"), validators=[_some_file])


class LinkForm(Form):
    """A secret link and the day on which it ends."""

    expires_on = DateField(_l("Works until"), required=True)


class AuthorForm(Form):
    """Another author to invite."""

    name = TextField(_l("Surname and given name"), longest=200, required=True)


def without_class(form: Any) -> None:
    """Take "my class" away from the readers: staff have no class that they learn in."""
    form.visibility.choices = [one for one in form.visibility.choices if one.value != "class"]


def tell(form: Form, refusal: Invalid) -> None:
    """Show a refusal at its fields, or above the form."""
    for name, messages in refusal.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *messages]
    if not refusal.fields:
        form.form_errors.append(refusal.message)
