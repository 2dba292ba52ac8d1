"""Rules of text messages that the school sets: price, budgets, quiet hours, how long texts stay."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from asurso_core import clock, settings
from asurso_core.forms import Form
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.settings import SettingsForm

OWNER = "sms"
DEFAULTS: dict[str, Any] = {
    "part_price": 250,
    "budget_day": 0,
    "budget_month": 0,
    "budget_class": 0,
    "quiet_from": 21,
    "quiet_until": 8,
    "latin": False,
    "teachers_hurry": False,
    "most_parts": 5,
    "keep_days": 90,
    "queries_a_day": 20,
    "answer_unknown": False,
}


class RulesForm(Form):
    """Rules of text messages."""

    part_price = IntegerField(
        _l("Price of one part of a message, kopecks"), [InputRequired(), NumberRange(0, 100_000)]
    )
    budget_day = IntegerField(
        _l("Most that a day may cost, roubles (0: as much as needed)"),
        [InputRequired(), NumberRange(0, 10_000_000)],
    )
    budget_month = IntegerField(
        _l("Most that a month may cost, roubles (0: as much as needed)"),
        [InputRequired(), NumberRange(0, 10_000_000)],
    )
    budget_class = IntegerField(
        _l("Most that a class may cost in a month, roubles (0: as much as needed)"),
        [InputRequired(), NumberRange(0, 10_000_000)],
    )
    quiet_from = IntegerField(
        _l("Quiet hours begin at, hour of the day"), [InputRequired(), NumberRange(0, 23)]
    )
    quiet_until = IntegerField(
        _l("Quiet hours end at, hour of the day"), [InputRequired(), NumberRange(0, 23)]
    )
    latin = BooleanField(_l("Write in Latin letters: a part holds 160 of them instead of 70"))
    teachers_hurry = BooleanField(
        _l("Class teachers may break the quiet hours with urgent broadcasts")
    )
    most_parts = IntegerField(
        _l("Most parts that one message may have"), [InputRequired(), NumberRange(1, 20)]
    )
    keep_days = IntegerField(
        _l("Texts of messages are kept for, days"), [InputRequired(), NumberRange(1, 3660)]
    )
    queries_a_day = IntegerField(
        _l("Questions of a person that are answered in a day"),
        [InputRequired(), NumberRange(0, 1000)],
    )
    answer_unknown = BooleanField(
        _l("Tell unknown numbers once a day that they are not known (else they get no answer)")
    )


SETTINGS = [
    SettingsForm(
        name=OWNER,
        title=_l("Text messages"),
        about=_l("Price, budgets, quiet hours, how long texts are kept"),
        form=RulesForm,
        defaults=DEFAULTS,
        requires="core.settings.edit",
        order=70,
    )
]


def rule(name: str) -> Any:
    """The school's value of one of :data:`DEFAULTS`."""
    return settings.get(OWNER, name)


def after_quiet(moment: dt.datetime) -> dt.datetime:
    """A moment (naive UTC), or the end of the quiet hours in which it lies."""
    begins, ends = int(rule("quiet_from")), int(rule("quiet_until"))
    here = clock.local(moment)
    if begins == ends:
        return moment
    late = begins > ends and here.hour >= begins
    if not (late or here.hour < ends if begins > ends else begins <= here.hour < ends):
        return moment
    wakes = here.replace(hour=ends, minute=0, second=0, microsecond=0)
    if late:
        wakes += dt.timedelta(days=1)
    return wakes.astimezone(dt.UTC).replace(tzinfo=None)
