"""Rules of the journal that the school sets: how long cells stay open, the scale, who marks."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from asurso_core import clock, settings
from asurso_core.actors import Actor
from asurso_core.forms import Form
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.i18n import ngettext
from asurso_core.settings import SettingsForm
from asurso_journal import finals, scales
from asurso_journal.locks import Lock

OWNER = "journal"
DEFAULTS: dict[str, Any] = {
    "days_back_teacher": 7,
    "days_back_class_teacher": 7,
    "days_back_leader": 60,
    "homework_ahead": 30,
    "period_grace": 7,
    "scale": scales.FIVE.name,
    "scale_before": {},  # of closed years that had another one, by the id of the year
    "unmarked_grades": [1],
    "credited_subjects": [],
    "ones": False,
    "class_teacher_marks": False,
    "teachers_see_all": True,
    "final_average": finals.WEIGHTED,
    "final_five": 450,
    "final_four": 350,
    "final_three": 250,
    "year_rule": finals.MEAN,
    "fewest_one": 3,
    "fewest_two": 5,
    "fewest_more": 7,
    "missed_percent": 67,
    "final_ahead": 14,
    "reason_days": 3,
    "homework_late_hours": 4,
    "alarm_many": 30,
    "sou_five": 100,
    "sou_four": 64,
    "sou_three": 36,
    "sou_two": 16,
    "sou_unattested": 7,
}
_LEADERS = frozenset({"admin", "director", "deputy"})
OPEN = Lock()


_SHARE: list[Any] = [InputRequired(), NumberRange(0, 100)]


class HundredthsField(IntegerField):
    """An average as people write it, «4,5», kept in whole hundredths."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data // 100},{self.data % 100:02d}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read «4,5» or «4.50»."""
        self.data = None
        found = re.fullmatch(r"([1-5])(?:[.,]([0-9]{1,2}))?", "".join(valuelist).strip())
        if found is None:
            raise ValueError(_("Write an average from 1 to 5, for example 4,5."))
        self.data = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


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
    final_average = SelectField(
        _l("A period mark is suggested by"),
        choices=[
            SelectChoice(finals.WEIGHTED, _l("the weighted average")),
            SelectChoice(finals.SIMPLE, _l("the plain average")),
        ],
    )
    final_five = HundredthsField(_l("Least average for a 5"))
    final_four = HundredthsField(_l("Least average for a 4"))
    final_three = HundredthsField(_l("Least average for a 3"))
    year_rule = SelectField(
        _l("A year mark is suggested by"),
        choices=[
            SelectChoice(finals.MEAN, _l("the mean of the periods")),
            SelectChoice(finals.WITH_EXAM, _l("the mean of the periods and the exam")),
            SelectChoice(finals.NOT_ABOVE_EXAM, _l("the mean of the periods, not above the exam")),
            SelectChoice(finals.NOT_BELOW_EXAM, _l("the mean of the periods, not below the exam")),
        ],
    )
    fewest_one = IntegerField(
        _l("Fewest marks in a period with 1 lesson a week"), [InputRequired(), NumberRange(0, 50)]
    )
    fewest_two = IntegerField(
        _l("Fewest marks in a period with 2 lessons a week"), [InputRequired(), NumberRange(0, 50)]
    )
    fewest_more = IntegerField(
        _l("Fewest marks in a period with 3 lessons a week and more"),
        [InputRequired(), NumberRange(0, 50)],
    )
    missed_percent = IntegerField(
        _l("Missed lessons from which «н/а» is thought of, per cent"),
        [InputRequired(), NumberRange(1, 100)],
    )
    homework_late_hours = IntegerField(
        _l("Homework is marked as late when it is written after the lesson by more than, hours"),
        [InputRequired(), NumberRange(0, 240)],
    )
    reason_days = IntegerField(
        _l("The class teacher is reminded of absences without a reason after, days"),
        [InputRequired(), NumberRange(0, 60)],
    )
    final_ahead = IntegerField(
        _l("Period marks can be put before the end of the period for, days"),
        [InputRequired(), NumberRange(0, 100)],
    )

    alarm_many = IntegerField(
        _l("Changed marks within an hour from which it is unusual"),
        [InputRequired(), NumberRange(5, 1000)],
    )
    sou_five = IntegerField(_l("Degree of learning: weight of a 5"), _SHARE)
    sou_four = IntegerField(_l("Degree of learning: weight of a 4"), _SHARE)
    sou_three = IntegerField(_l("Degree of learning: weight of a 3"), _SHARE)
    sou_two = IntegerField(_l("Degree of learning: weight of a 2"), _SHARE)
    sou_unattested = IntegerField(_l("Degree of learning: weight of «н/а»"), _SHARE)

    def validate_final_four(self, field: Any) -> None:
        """A better mark needs a higher average."""
        values = [self.final_five.data, field.data, self.final_three.data]
        if None not in values and not values[0] > values[1] > values[2]:
            raise ValidationError(_("A better mark needs a higher average."))


SETTINGS = [
    SettingsForm(
        name=OWNER,
        title=_l("Class journal"),
        about=_l("How long marks can be changed, the scale, and who sees what"),
        form=RulesForm,
        defaults=DEFAULTS,
        elsewhere={
            "scale": _l("Scale of marks"),
            "scale_before": _l("Scales of closed years that had another one"),
            "unmarked_grades": _l("Grades without marks"),
            "credited_subjects": _l("Subjects with credits instead of points"),
        },
        requires="core.settings.edit",
        order=30,
    )
]


def rule(name: str) -> Any:
    """The school's value of one of :data:`DEFAULTS`."""
    return settings.get(OWNER, name)


def final_rules(year_id: int | None = None) -> finals.Rules:
    """The rules of today for period and year marks; a closed period keeps its own.

    ``year_id`` chooses the scale of a bygone year, None is the one that is used now.
    """
    return finals.Rules(
        average=rule("final_average"),
        thresholds=(int(rule("final_five")), int(rule("final_four")), int(rule("final_three"))),
        year=rule("year_rule"),
        fewest=(int(rule("fewest_one")), int(rule("fewest_two")), int(rule("fewest_more"))),
        missed_percent=int(rule("missed_percent")),
        scale=scale(year_id).name,
    )


def scale(year_id: int | None = None) -> scales.Scale:
    """The scale of marks of a school year; None is the one that is used now."""
    name = rule("scale_before").get(str(year_id), rule("scale"))
    return scales.find(name, ones=bool(rule("ones")))


def is_unmarked(grade: int) -> bool:
    """Whether a grade learns without marks: as the school has ticked, the first one at first."""
    return grade in rule("unmarked_grades")


def marking(year_id: int, grade: int, subject_id: int) -> scales.Marking:
    """What can be put in the journal of a subject of a grade (features.md 3.6)."""
    return scales.Marking(
        scale(year_id), credited=subject_id in rule("credited_subjects"),
        unmarked=is_unmarked(grade),
    )  # fmt: skip


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
    usual: int  # days after the lesson within which a change is an ordinary one

    def closed(
        self, on: dt.date, period_ends: dt.date | None, *,
        leads: bool = False, lock: Lock = OPEN,
    ) -> str:  # fmt: skip
        """Why marks of a lesson held on a day cannot be changed; an empty text when they can.

        ``period_ends`` is the last day of the lesson's study period, ``leads`` says that the actor
        is the class teacher of these pupils. ``lock`` tells of a closed period and of an unlocking
        (features.md 3.7): a closed one binds everybody, an unlocking opens whatever is past.
        """
        limit = self.limit_of_leader if leads else self.limit
        if limit is None:
            return ""
        if on > self.today:
            return _("The lesson has not been held yet. Marks can be put from its day on.")
        if lock.unlocked:
            return ""
        if lock.locked:
            return period_closed()
        if (self.today - on).days > limit:
            return _(
                "Marks of this lesson could be changed for %(days)s after it. "
                "If you need it opened, ask the deputy director or the administrator.",
                days=ngettext("%(num)s day", "%(num)s days", limit),
            )
        if period_ends is not None and self.bound_by_period:
            if self.today > period_ends + self.grace:
                return period_closed()
        return ""

    def over(self, period_ends: dt.date | None, lock: Lock) -> bool:
        """Whether a study period is closed to the actor, apart from the days after a lesson.

        The program itself is bound as teachers are: in the morning it goes on with what they have
        entered, and must not write what was refused to them the day before.
        """
        if lock.unlocked:
            return False
        past = period_ends is not None and self.today > period_ends + self.grace
        return lock.locked or (past and self.bound_by_period)

    def unusual(self, on: dt.date, period_ends: dt.date | None, lock: Lock) -> str:
        """Why a change that is made all the same is not usual; empty for an ordinary one.

        It goes into the history as the reason, and from there into the report on access.
        """
        if self.limit is None:
            return ""
        if lock.unlocked:
            # Usual for a class teacher may be late for this actor: then it is by the unlocking.
            shut = lock.locked or (self.today - on).days > self.limit
            return lock.unlocked if shut or self._past(on, period_ends) else ""
        return _("after the usual time") if self._past(on, period_ends) else ""

    def unusual_period(self, period_ends: dt.date, lock: Lock) -> str:
        """The same of a period's mark, which has no lesson of its own."""
        if self.limit is None:
            return ""
        over = self.today > period_ends + self.grace
        if lock.unlocked:
            return lock.unlocked if over or lock.locked else ""
        return _("after the usual time") if over else ""

    def _past(self, on: dt.date, period_ends: dt.date | None) -> bool:
        over = period_ends is not None and self.today > period_ends + self.grace
        return over or (self.today - on).days > self.usual


def period_closed() -> str:
    """The words for a study period that is closed, and who can open it."""
    return _(
        "The study period is closed. If you need it opened, ask the deputy director or the "
        "administrator."
    )


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
        usual=max(int(rule("days_back_teacher")), int(rule("days_back_class_teacher"))),
    )


def writing_closed(
    actor: Actor, on: dt.date, period_ends: dt.date | None, *, leads: bool = False,
    lock: Lock = OPEN,
) -> str:  # fmt: skip
    """Why topic, homework and works of a lesson cannot be written; an empty text when they can.

    A study period that is over closes them as it closes marks: the weight of a work moves averages.
    """
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
    return window(actor).closed(on, period_ends, leads=leads, lock=lock)
