"""The school's rules of notices."""

from __future__ import annotations

import re
from typing import Any

from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from asurso_core.forms import Form, TextField
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class RulesForm(Form):
    """When digests leave and how long notices are kept."""

    digest = TextField(
        _l("Digests leave at"), longest=5, required=True,
        description=_l("Every day, and on Fridays for the weekly one; a time such as 18:00."),
    )  # fmt: skip
    keep_days = IntegerField(
        _l("Notices are kept for, days"), [InputRequired(), NumberRange(30, 1000)],
        description=_l("Older ones are deleted, read or not."),
    )  # fmt: skip

    def validate_digest(self, field: Any) -> None:
        """A time of the day, hours and minutes."""
        if not _TIME.fullmatch(field.data or ""):
            raise ValidationError(_("A time such as 18:00."))


SETTINGS: list[Any] = [
    SettingsForm(
        name="core.notices",
        title=_l("Notices"),
        form=RulesForm,
        defaults={"digest": "18:00", "keep_days": 180, "quiet": ["21:00", "08:00"], "rhythms": {}},
        elsewhere={
            "quiet": _l("Quiet hours"),
            "rhythms": _l("How people are told, by kind and channel"),
        },
        requires="core.notices.edit",
        about=_l("When digests leave, how long notices are kept"),
        order=20,
    )
]
