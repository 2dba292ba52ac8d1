"""Parameters of the journal's reports."""

from __future__ import annotations

from typing import Any

from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice

from asurso_core.actors import FAMILY, Actor
from asurso_core.db import as_date
from asurso_core.forms import DateField
from asurso_core.i18n import gettext as _
from asurso_core.i18n import lazy_gettext as _l
from asurso_core.reports import (
    ClassField,
    GroupField,
    ParallelField,
    PeriodField,
    PupilField,
    ReportForm,
    SubjectField,
    TeacherField,
    YearField,
)
from asurso_core.school import GroupClass, Period, SchoolClass
from asurso_journal.reports import gathering


class OwnPeriod(PeriodField):
    """A study period of the class, pupil or group chosen before.

    Whoever goes from a class of quarters to one of half-years finds the period there that goes with
    the chosen one.
    """

    def offer(self, form: ReportForm, actor: Actor, permission: str) -> None:
        """Offer the periods of the class; one of another division becomes the one beside it."""
        super().offer(form, actor, permission)
        own = self._periods(form)
        if self.data is None or not own or self.data in {one.id for one in own}:
            return
        asked = Period.get_or_none(Period.id == self.data)
        found = asked and gathering.fitting(own[0].period_type_id, asked)
        if found:
            self.data = found.id

    def pre_validate(self, form: Any) -> None:
        """A period that goes with none of the class is refused in words."""
        try:
            super().pre_validate(form)
        except ValidationError as refusal:
            raise ValidationError(
                _("The year is divided otherwise here: choose one of these study periods.")
            ) from refusal


class GroupPeriod(OwnPeriod):
    """A study period of the classes of the group chosen before."""

    def _periods(self, form: ReportForm) -> list[Period]:
        types = (
            SchoolClass.select(SchoolClass.period_type)
            .join(GroupClass)
            .where(GroupClass.group == (form.of("group") or 0))
        )
        query = Period.select().where(Period.period_type.in_(types))
        return sorted(query, key=lambda one: (one.ends, one.starts, one.id))


class SchoolPeriod(PeriodField):
    """A study period of the whole school, or the year.

    Periods of several divisions of the year that go together are one choice:
    «2 четверть, 1 полугодие».
    """

    def pairs(self, form: ReportForm, actor: Actor, permission: str) -> list[tuple[int, str]]:
        """One for each end of a period."""
        del actor, permission
        return [(found[0].id, ", ".join(one.title for one in found)) for found in self._ends(form)]

    def _ends(self, form: ReportForm) -> list[list[Period]]:
        told: list[list[Period]] = []
        for one in self._periods(form):
            near = told and as_date(one.ends) - as_date(told[-1][0].ends) <= gathering.NEAR
            if near and one.period_type_id not in {other.period_type_id for other in told[-1]}:
                told[-1].append(one)
            else:
                told.append([one])
        # The shortest first: it is what most classes have.
        return [sorted(found, key=lambda one: one.starts, reverse=True) for found in told]

    def usual(self, form: ReportForm, actor: Actor, found: list[tuple[int, str]]) -> int | None:
        """The last one that is over, also where the year can be chosen."""
        optional, self.optional = self.optional, ""
        try:
            chosen = super().usual(form, actor, found)
        finally:
            self.optional = optional
        return self._first(form, chosen)

    def _first(self, form: ReportForm, chosen: int | None) -> int | None:
        """The choice that a period belongs to; an address may name any of them."""
        for found in self._ends(form):
            if chosen in {one.id for one in found}:
                return int(found[0].id)
        return chosen

    def offer(self, form: ReportForm, actor: Actor, permission: str) -> None:
        """Offer them; what stands in an address may be any period of a choice."""
        super().offer(form, actor, permission)
        self.data: Any = self._first(form, self.data)


class _Family(ReportForm):
    """The staff choose a class first; families have their children only."""

    def offer(self, actor: Actor, permission: str) -> None:
        """Leave out the class where it is not the reader's to choose."""
        if actor.side == FAMILY and "school_class" in self:
            del self["school_class"]
        super().offer(actor, permission)


class OfPupil(_Family):
    """A pupil in a year."""

    year = YearField(_l("School year"))
    school_class = ClassField(_l("Class"))
    pupil = PupilField(_l("Pupil"))


class OfPupilDays(OfPupil):
    """A pupil between two days."""

    since = DateField(_l("From"))
    until = DateField(_l("To"))


class OfPupilSubject(OfPupilDays):
    """A pupil in one subject between two days."""

    subject = SubjectField(_l("Subject"), optional=_l("all subjects"))


class OfPupilPeriod(OfPupil):
    """A pupil in a study period."""

    period = OwnPeriod(ended=True)


class OfClass(ReportForm):
    """A class."""

    year = YearField(_l("School year"))
    school_class = ClassField(_l("Class"))


class OfClassPeriod(OfClass):
    """A class in a study period, the last one that is over at first."""

    period = OwnPeriod(ended=True)


class OfClassRunning(OfClass):
    """A class in a study period, the running one at first."""

    period = OwnPeriod()


class OfClassDays(OfClass):
    """A class between two days."""

    since = DateField(_l("From"))
    until = DateField(_l("To"))


class OfClassDay(OfClass):
    """A class on a day, or in the week of it."""

    day = DateField(_l("Day"))
    span = SelectField(
        _l("What"),
        choices=[SelectChoice("day", _l("the day")), SelectChoice("week", _l("the week"))],
    )


class OfClassSteps(OfClassDays):
    """A class between two days, by months or weeks, in a subject or in all."""

    subject = SubjectField(_l("Subject"), optional=_l("all subjects"))
    step = SelectField(
        _l("Step"),
        choices=[SelectChoice("month", _l("month")), SelectChoice("week", _l("week"))],
    )


class OfTeacherPeriod(ReportForm):
    """A teacher in a study period."""

    year = YearField(_l("School year"))
    teacher = TeacherField(_l("Teacher"))
    period = PeriodField(ended=True)


class OfTeacherDays(ReportForm):
    """A teacher between two days."""

    year = YearField(_l("School year"))
    teacher = TeacherField(_l("Teacher"))
    since = DateField(_l("From"))
    until = DateField(_l("To"))


class OfTeacher(ReportForm):
    """A teacher."""

    teacher = TeacherField(_l("Teacher"))


class OfGroupPeriod(ReportForm):
    """A teaching group in a study period."""

    year = YearField(_l("School year"))
    group = GroupField(_l("Class and subject"))
    period = GroupPeriod()


class OfParallelPeriod(ReportForm):
    """A parallel in a study period."""

    year = YearField(_l("School year"))
    parallel = ParallelField(_l("Parallel"))
    period = SchoolPeriod(ended=True, optional=_l("Year"))


class OfSchoolPeriod(ReportForm):
    """The school in a study period; nothing chosen means the marks of the year."""

    year = YearField(_l("School year"))
    period = SchoolPeriod(ended=True, optional=_l("Year"))


class OfSchoolSubject(ReportForm):
    """A subject of the school in a study period."""

    year = YearField(_l("School year"))
    subject = SubjectField(_l("Subject"))
    period = SchoolPeriod(ended=True, optional=_l("Year"))


class OfSchoolYear(ReportForm):
    """The school in a year."""

    year = YearField(_l("School year"))


class OfSchoolDays(ReportForm):
    """The school between two days."""

    year = YearField(_l("School year"))
    since = DateField(_l("From"))
    until = DateField(_l("To"))
