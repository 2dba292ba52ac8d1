"""How long kept reports stay: the school's setting."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm


class RulesForm(Form):
    """The term of kept reports."""

    years = IntegerField(
        _l("Kept reports stay for, years"),
        [InputRequired(), NumberRange(0, 75)],
        description=_l(
            "From the day of making; 0: for ever. Usually 5, as for the current part of the class "
            "journal. Reports that wait for a decision stay however old they are."
        ),
    )


SETTINGS: list[Any] = [
    SettingsForm(
        name="core.reports",
        title=_l("Reports"),
        form=RulesForm,
        # As the current part of the class journal (order of Rosarkhiv no. 236, lists of files).
        defaults={"years": 5},
        requires="core.policy.edit",
        about=_l("How long kept and handed in reports stay"),
        order=30,
    )
]
