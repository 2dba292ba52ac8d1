"""Forms: the base class with CSRF, and the fields of the house."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import DateField as _DateField
from wtforms import HiddenField, IntegerField, SelectField, StringField, ValidationError
from wtforms.fields.choices import Choice
from wtforms.i18n import get_translations
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from asurso_core.errors import AsursoError
from asurso_core.i18n import LOCALE
from asurso_core.i18n import gettext as _

__all__ = [
    "DateField",
    "Form",
    "IdField",
    "TextField",
    "VersionedForm",
    "in_database_range",
]


@functools.cache
def _words() -> Any:
    """WTForms' own messages in Russian, read once: Flask-WTF reads them at every request."""
    return get_translations([LOCALE])


class Form(FlaskForm):
    """Base of every form: CSRF token, Russian messages, spaces trimmed."""

    class Meta(FlaskForm.Meta):
        """Where the messages and the values come from."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Fields of a JSON object come as text, as a plain form would send them.

            Whatever has another shape than an object of plain values is an empty form.
            """
            if formdata is not _Auto or not request.is_json:
                return super().wrap_formdata(form, formdata)
            body = request.get_json(silent=True)
            plain = body if isinstance(body, dict) else {}
            return ImmutableMultiDict(
                [
                    (name, str(value))
                    for name, value in plain.items()
                    if isinstance(value, (str, int)) and not isinstance(value, bool)
                ]
            )

        def get_translations(self, form: Any) -> Any:
            """Russian, whatever the request says."""
            del form
            return _words()

    def messages(self) -> dict[str, list[str]]:
        """Field name → messages, the shape of :class:`asurso_core.errors.Invalid`."""
        return {name: [str(text) for text in texts] for name, texts in self.errors.items() if name}

    def blame(self, refusal: AsursoError) -> None:
        """Show what a service refused: at the fields it names, else above the form."""
        told = False
        for name, texts in getattr(refusal, "fields", {}).items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.extend(texts)
            else:
                field.errors = [*field.errors, *texts]
            told = told or bool(texts)
        if refusal.message and not told:
            self.form_errors.append(refusal.message)


class VersionedForm(Form):
    """A form of a row that carries the version it was opened with."""

    version = HiddenField()

    @property
    def expected(self) -> int:
        """The version the page was opened with; 0 if it is missing or nonsense."""
        text = str(self.version.raw_data[0]) if self.version.raw_data else ""
        return int(text) if text.isdecimal() and len(text) < 10 else 0


def _trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def no_nul(form: Any, field: Any) -> None:
    """Refuse the NUL character, which PostgreSQL cannot store."""
    del form
    if isinstance(field.data, str) and "\x00" in field.data:
        raise ValidationError(_("The text holds a character that cannot be stored."))


class TextField(StringField):
    """One line of text, trimmed, of bounded length."""

    def __init__(
        self, label: Any = None, *, longest: int, required: bool = False, **kwargs: Any
    ) -> None:
        # It must be sent, and something must be left after trimming: a text of spaces is no text.
        needed: list[Any] = [InputRequired(), DataRequired()] if required else [Optional()]
        rules: list[Any] = [*needed, Length(max=longest), no_nul]
        super().__init__(label, rules, filters=[_trim], **kwargs)


class DateField(_DateField):
    """A date typed or picked; accepts 2026-09-01 and 01.09.2026; years 1900 to 2100."""

    def __init__(self, label: Any = None, *, required: bool = False, **kwargs: Any) -> None:
        rules: list[Any] = [InputRequired() if required else Optional(), _sane_date]
        super().__init__(label, rules, format=["%Y-%m-%d", "%d.%m.%Y"], **kwargs)


def _sane_date(form: Any, field: Any) -> None:
    del form
    if isinstance(field.data, dt.date) and not 1900 <= field.data.year <= 2100:
        raise ValidationError(_("The year must lie between 1900 and 2100."))


class IdField(SelectField):
    """A choice of a row by its id; ``rows`` are ``(id, text)``; an empty choice gives None."""

    def __init__(
        self,
        label: Any = None,
        *,
        required: bool = False,
        rows: Callable[[], Iterable[tuple[int, Any]]] | None = None,
        **kwargs: Any,
    ) -> None:
        rules: list[Any] = [InputRequired()] if required else [Optional()]
        super().__init__(label, rules, coerce=_id_or_none, **kwargs)
        self.offer(rows() if rows is not None else [])

    def offer(self, rows: Iterable[tuple[int, Any]], empty: Any = "—") -> None:
        """Set the choices; the empty one comes first."""
        self.choices = [("", empty), *[(str(id_), text) for id_, text in rows]]

    def pre_validate(self, form: Any) -> None:
        """Refuse ids that were not offered."""
        del form
        offered = {str(value) for value, *_rest in self.choices or []}
        if ("" if self.data is None else str(self.data)) not in offered:
            raise ValidationError(_("Choose one of the list."))

    def iter_choices(self) -> Any:
        """Choices with the present one marked."""
        chosen = "" if self.data is None else str(self.data)
        for value, text in self.choices or []:
            yield Choice(value, text, value == chosen, {})


def _id_or_none(value: Any) -> int | None:
    if value in {None, ""}:
        return None
    text = str(value)
    if not text.isdecimal() or len(text) > 10:
        raise ValueError
    return int(text)


def in_database_range(field: IntegerField) -> bool:
    """Whether a whole number fits the integer column of both engines."""
    return field.data is None or -(2**31) <= field.data < 2**31
