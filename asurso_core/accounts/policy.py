"""Rules of passwords and sessions that the administrator sets (R3.5b, R3.5d, R3.5g)."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm


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
        },
        requires="core.policy.edit",
        about=_l("How long passwords must be and how long a sign-in lasts"),
        order=10,
    )
]
