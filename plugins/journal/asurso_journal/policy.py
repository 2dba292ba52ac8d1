"""Rules of the journal that the school sets: how long cells stay open, the scale, who marks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from asurso_core import clock, settings
from asurso_core.actors import Actor
from asurso_core.forms import Form
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.settings import SettingsForm

OWNER = "journal"
DEFAULTS: dict[str, Any] = {
    "days_back_teacher": 7,
    "days_back_class_teacher": 7,
    "days_back_leader": 60,
    "homework_ahead": 30,
    "period_grace": 7,
    "ones": False,
    "class_teacher_marks": False,
    "teachers_see_all": True,
}
_LEADERS = frozenset({"admin", "director", "deputy"})


class RulesForm(Form):
    """Rules of the journal."""

    days_back_teacher = IntegerField(
        _l("A teacher may change marks for, days"), [InputRequired(), NumberRange(0, 366)]
    )
    days_back_class_teacher = IntegerField(
        _l("A class teacher may change marks of the class for, days"),
        [InputRequired(), NumberRange(0, 366)],
    )
    days_back_leader = IntegerField(
        _l("The director, a deputy or the administrator, if they may put marks at all, days"),
        [InputRequired(), NumberRange(0, 366)],
    )
    period_grace = IntegerField(
        _l("Marks of a quarter or half-year close after its end in, days"),
        [InputRequired(), NumberRange(0, 366)],
    )
    homework_ahead = IntegerField(
        _l("Topics and homework can be written ahead for, days"),
        [InputRequired(), NumberRange(0, 366)],
    )
    ones = BooleanField(_l("The mark 1 is used"))
    class_teacher_marks = BooleanField(
        _l("A class teacher may put marks in every subject of the class")
    )
    teachers_see_all = BooleanField(_l("Teachers see the journals of all classes"))


SETTINGS = [
    SettingsForm(
        name=OWNER,
        title=_l("Class journal"),
        about=_l("How long marks can be changed, the scale, and who sees what"),
        form=RulesForm,
        defaults=DEFAULTS,
        requires="core.settings.edit",
        order=30,
    )
]


def rule(name: str) -> Any:
    """The school's value of one of :data:`DEFAULTS`."""
    return settings.get(OWNER, name)


def lowest_mark() -> int:
    """2, or 1 where the school puts ones."""
    return 1 if rule("ones") else 2


def days_back(actor: Actor) -> int | None:
    """How many days after a lesson the actor may change its marks; None for no limit."""
    if actor.is_system:
        return None
    days = [int(rule("days_back_leader"))] if actor.roles & _LEADERS else []
    if "teacher" in actor.roles or not days:
        days.append(int(rule("days_back_teacher")))
    return max(days)


def longer_for_class_teacher(actor: Actor) -> bool:
    """Whether a class teacher may change marks of the own class for longer than the actor may."""
    limit = days_back(actor)
    return limit is not None and int(rule("days_back_class_teacher")) > limit


@dataclass(frozen=True, slots=True)
class Window:
    """How long an actor may change marks, asked once for a page of sixty lessons."""

    today: dt.date
    limit: int | None  # days after the lesson; None for no limit
    limit_of_leader: int | None  # the same where the actor is the class teacher
    grace: dt.timedelta
    bound_by_period: bool

    def closed(self, on: dt.date, period_ends: dt.date | None, *, leads: bool = False) -> str:
        """Why marks of a lesson held on a day cannot be changed; an empty text when they can.

        ``period_ends`` is the last day of the lesson's study period, ``leads`` says that the actor
        is the class teacher of these pupils.
        """
        limit = self.limit_of_leader if leads else self.limit
        if limit is None:
            return ""
        if on > self.today:
            return _("The lesson has not been held yet. Marks can be put from its day on.")
        if (self.today - on).days > limit:
            return _(
                "Marks of this lesson could be changed for %(days)s after it. "
                "If you need it opened, ask the deputy director or the administrator.",
                days=ngettext("%(num)s day", "%(num)s days", limit),
            )
        if period_ends is not None and self.bound_by_period:
            if self.today > period_ends + self.grace:
                return _(
                    "The study period is closed. If you need it opened, ask the deputy director "
                    "or the administrator."
                )
        return ""


def window(actor: Actor) -> Window:
    """The actor's window by the school's settings of today."""
    limit = days_back(actor)
    return Window(
        today=clock.today(),
        limit=limit,
        limit_of_leader=(
            None if limit is None else max(limit, int(rule("days_back_class_teacher")))
        ),
        grace=dt.timedelta(days=int(rule("period_grace"))),
        bound_by_period=not actor.roles & _LEADERS,
    )


def writing_closed(actor: Actor, on: dt.date, *, leads: bool = False) -> str:
    """Why topic and homework of a lesson cannot be written; an empty text when they can."""
    if actor.is_system:
        return ""
    ahead = int(rule("homework_ahead"))
    today = clock.today()
    if on > today:
        if (on - today).days > ahead:
            return _(
                "Topics and homework can be written at most %(days)s ahead.",
                days=ngettext("%(num)s day", "%(num)s days", ahead),
            )
        return ""
    return window(actor).closed(on, None, leads=leads)
