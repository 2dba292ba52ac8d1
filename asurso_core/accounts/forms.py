"""Forms of signing in, of one's own settings and of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import IntegerField, PasswordField
from wtforms.validators import InputRequired, Length, NumberRange

from asurso_core.accounts import limits
from asurso_core.accounts.passwords import LONGEST
from asurso_core.accounts.policy import PolicyForm
from asurso_core.forms import Form, TextField, no_nul
from asurso_core.i18n import lazy_gettext as _l


def _password(label: Any, *, required: bool = True, longest: int = LONGEST) -> PasswordField:
    rules: list[Any] = [InputRequired()] if required else []
    return PasswordField(label, [*rules, Length(max=longest), no_nul])


class SignInForm(Form):
    """Login and password."""

    login = TextField(_l("Login"), longest=60, required=True)
    password = _password(_l("Password"))


class NewPasswordForm(Form):
    """A new password, twice, without the present one: right after a first sign-in."""

    new = _password(_l("New password"))
    again = _password(_l("New password once more"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Both fields must be alike."""
        good = super().validate(extra_validators)
        if good and self.new.data != self.again.data:
            self.again.errors = [str(_l("This is not the same as above. Type it once more."))]
            return False
        return bool(good)


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one, twice."""

    old = _password(_l("Present password"))


class CodeForm(Form):
    """A code of the app, or one from paper."""

    code = TextField(_l("Code"), longest=40, required=True)


class PasswordAgainForm(Form):
    """The present password."""

    old = _password(_l("Present password"))


def policy_form(roles: Iterable[Any], **values: Any) -> Any:
    """The form of the rules with one field of idle minutes for every role."""
    fields = {
        f"idle_{role.id}": IntegerField(
            role.label,
            [InputRequired(), NumberRange(limits.SHORTEST, limits.LONGEST)],
            default=role.idle_minutes,
        )
        for role in roles
    }
    return type("PolicyPage", (PolicyForm,), fields)(data=values)
