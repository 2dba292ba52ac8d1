"""Rules of the forum that the school sets: how long one may edit, how much pupils may write."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from asurso_core import clock, settings
from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm

OWNER = "forum"
#: The longest message that anybody may write.
LONGEST = 20_000
DEFAULTS: dict[str, Any] = {
    "edit_minutes": 15,
    "pupil_pause": 20,
    "pupil_messages_a_day": 60,
    "pupil_topics_a_day": 3,
    "pupil_longest": 4000,
    "pupil_wait": False,
    "reports_to_hide": 3,
}


class RulesForm(Form):
    """Rules of the forum."""

    edit_minutes = IntegerField(
        _l("Own messages can be changed and deleted for, minutes"),
        [InputRequired(), NumberRange(0, 10_080)],
    )
    pupil_pause = IntegerField(
        _l("Pause between two messages of a pupil, seconds"),
        [InputRequired(), NumberRange(0, 3600)],
    )
    pupil_messages_a_day = IntegerField(
        _l("Messages of a pupil a day, at most"), [InputRequired(), NumberRange(1, 1000)]
    )
    pupil_topics_a_day = IntegerField(
        _l("New topics of a pupil a day, at most"), [InputRequired(), NumberRange(0, 100)]
    )
    pupil_longest = IntegerField(
        _l("The longest message of a pupil, characters"),
        [InputRequired(), NumberRange(100, LONGEST)],
    )
    pupil_wait = BooleanField(_l("Messages of pupils are shown after a moderator has read them"))
    reports_to_hide = IntegerField(
        _l("So many reports hide a message until a moderator looks (0: never)"),
        [InputRequired(), NumberRange(0, 100)],
    )


SETTINGS = [
    SettingsForm(
        name=OWNER,
        title=_l("Forum"),
        about=_l("How long messages can be changed, how much pupils may write"),
        form=RulesForm,
        defaults=DEFAULTS,
        requires="core.settings.edit",
        order=60,
    )
]


def rule(name: str) -> Any:
    """The school's value of one of :data:`DEFAULTS`."""
    return settings.get(OWNER, name)


def in_edit_window(created_at: dt.datetime) -> bool:
    """Whether the author may still change or delete a message."""
    return clock.stamp() - created_at <= dt.timedelta(minutes=int(rule("edit_minutes")))
