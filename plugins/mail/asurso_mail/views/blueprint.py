"""The blueprint that the pages of mail share, and what they all do."""

from __future__ import annotations

from flask import Blueprint

from asurso_core.errors import Invalid
from asurso_core.forms import Form

mail = Blueprint("mail", __name__)


def blame(form: Form, refusal: Invalid) -> None:
    """Show what a service refused at the fields of the form."""
    for name, told in refusal.fields.items():
        field = form._fields.get(name)
        if field is None:
            form.form_errors.extend(told)
        else:
            field.errors = [*field.errors, *told]
    if refusal.message:
        form.form_errors.append(refusal.message)


def numbers(values: list[str]) -> list[int]:
    """The ids among what a form sent; nonsense is left out."""
    plain = [one for one in values[:400] if one.isascii() and one.isdecimal() and len(one) < 10]
    return [int(one) for one in plain]
