"""Parameters of the journal's reports."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from asurso_core.actors import FAMILY, Actor
from asurso_core.forms import DateField
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

    period = PeriodField(ended=True)


class OfClass(ReportForm):
    """A class."""

    year = YearField(_l("School year"))
    school_class = ClassField(_l("Class"))


class OfClassPeriod(OfClass):
    """A class in a study period, the last one that is over at first."""

    period = PeriodField(ended=True)


class OfClassRunning(OfClass):
    """A class in a study period, the running one at first."""

    period = PeriodField()


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
    period = PeriodField()


class OfParallelPeriod(ReportForm):
    """A parallel in a study period."""

    year = YearField(_l("School year"))
    parallel = ParallelField(_l("Parallel"))
    period = PeriodField(ended=True)


class OfSchoolPeriod(ReportForm):
    """The school in a study period; nothing chosen means the year marks."""

    year = YearField(_l("School year"))
    period = PeriodField(ended=True)


class OfSchoolSubject(ReportForm):
    """A subject of the school in a study period."""

    year = YearField(_l("School year"))
    subject = SubjectField(_l("Subject"))
    period = PeriodField(ended=True)


class OfSchoolYear(ReportForm):
    """The school in a year."""

    year = YearField(_l("School year"))


class OfSchoolDays(ReportForm):
    """The school between two days."""

    year = YearField(_l("School year"))
    since = DateField(_l("From"))
    until = DateField(_l("To"))
