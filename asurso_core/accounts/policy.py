"""Rules of passwords and sessions that the administrator sets (R3.5b, R3.5d, R3.5g)."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from asurso_core.accounts.models import Role
from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm


def _staff_roles() -> list[tuple[str, str]]:
    query = Role.select(Role.name, Role.label).where(Role.side == "staff").order_by(Role.id)
    return [(role.name, role.label) for role in query]


class PolicyForm(Form):
    """The rules that hold for everybody; the idle limits stand at the roles."""

    password_length = IntegerField(
        _l("Shortest password, characters"),
        [InputRequired(), NumberRange(8, 64)],
        description=_l("From 8 to 64; 12 and more is advised. Holds for new passwords."),
    )
    password_days = IntegerField(
        _l("A password must be changed after, days"),
        [InputRequired(), NumberRange(0, 3650)],
        description=_l("0: never. Frequent forced changes make people choose worse passwords."),
    )
    staff_hours = IntegerField(
        _l("Staff sign in again at the latest after, hours"),
        [InputRequired(), NumberRange(1, 8760)],
        description=_l("However busy they are. Usually 12: one working day."),
    )
    family_hours = IntegerField(
        _l("Pupils and parents sign in again at the latest after, hours"),
        [InputRequired(), NumberRange(1, 8760)],
        description=_l("However busy they are. Usually 720: thirty days."),
    )
    factor_roles = SelectMultipleField(
        _l("Second factor is required of"),
        choices=_staff_roles,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l(
            "Besides the password these people type a code from an app on their phone. Everybody "
            "else of the staff may switch it on. A demonstration school requires it of nobody."
        ),
    )


SETTINGS: list[Any] = [
    SettingsForm(
        name="core",
        title=_l("Passwords and sessions"),
        form=PolicyForm,
        defaults={
            "password_length": 8,
            "password_days": 0,
            "staff_hours": 12,
            "family_hours": 720,
            "factor_roles": ["admin", "director"],
        },
        requires="core.policy.edit",
        about=_l("How long passwords must be and how long a sign-in lasts"),
        order=10,
    )
]
