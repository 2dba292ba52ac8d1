"""Shapes of what is typed."""

from __future__ import annotations

from wtforms import BooleanField
from wtforms.validators import DataRequired

from asurso_core.forms import Form, TextField
from asurso_core.i18n import lazy_gettext as _l


class NumberForm(Form):
    """One's own number, and the consent."""

    number = TextField(_l("Mobile number"), longest=40, required=True)
    consent = BooleanField(
        _l("I agree to text messages"),
        [DataRequired(_l("Without your consent the school sends nothing."))],
    )


class CodeForm(Form):
    """The code that came by SMS."""

    code = TextField(_l("Code from the message"), longest=20, required=True)


class ReleaseForm(Form):
    """Why a number is taken from somebody."""

    reason = TextField(_l("Reason"), longest=200, required=True)
