"""Steps that many reports of the journal begin with: what was chosen, asked by right."""

from __future__ import annotations

import datetime as dt
from typing import Any

from asurso_core import access
from asurso_core.accounts import Person
from asurso_core.actors import Actor
from asurso_core.errors import Invalid
from asurso_core.i18n import gettext as _
from asurso_core.reports import Cell, Column, Document, Table, link, span_of
from asurso_core.school import AcademicYear, Period, SchoolClass, current_year
from asurso_journal import permissions
from asurso_journal.final_rows import classes_seen
from asurso_journal.indicators import Counts, Pupils
from asurso_journal.pupil_rows import require_sight
from asurso_journal.reports import gathering
from asurso_journal.scales import FIVE, Scale


def nothing(title: Any) -> Document:
    """The answer where there is nothing to choose: no class, no pupil, no period."""
    return Document(title=title, tables=[Table(columns=[Column(title="")], rows=[])])


def led(actor: Actor, told: str, report: str, **params: Any) -> Any:
    """A name that leads to a report of the journal about it, plain where that is not open."""
    url = link(actor, f"journal.{report}", **params)
    return Cell(told, url=url) if url else told


def led_pupil(actor: Actor, pupil: Any, school_class: SchoolClass, report: str = "finals") -> Any:
    """A pupil's name that leads to a report of the pupil."""
    return led(actor, pupil.name, f"pupil.{report}", year=school_class.year_id,
               school_class=school_class.id, pupil=pupil.id)  # fmt: skip


def led_class(
    actor: Actor, school_class: SchoolClass, report: str, period: Period | None = None
) -> Any:
    """The title of a class that leads to a report of it, in its own period of that time."""
    own = period if period and period.period_type_id == school_class.period_type_id else None
    return led(actor, school_class.title, f"class.{report}", year=school_class.year_id,
               school_class=school_class.id, period=own.id if own else None)  # fmt: skip


def chosen_class(actor: Actor, params: dict[str, Any]) -> SchoolClass | None:
    """The class that was chosen; raises :class:`NotThere` for one that is not open."""
    if not params.get("school_class"):
        return None
    found: SchoolClass = access.find(
        actor, permissions.FINAL_VIEW, SchoolClass, params["school_class"]
    )
    return found


def chosen_pupil(actor: Actor, params: dict[str, Any]) -> Person | None:
    """The pupil that was chosen; raises :class:`NotThere` for one that is not open."""
    if not params.get("pupil"):
        return None
    require_sight(actor, params["pupil"])
    found: Person | None = Person.get_or_none(Person.id == params["pupil"])
    return found


def chosen_period(params: dict[str, Any]) -> Period | None:
    """The study period that was chosen; periods are everybody's to know."""
    if not params.get("period"):
        return None
    found: Period | None = Period.get_or_none(Period.id == params["period"])
    return found


def period_of(school_class: SchoolClass, params: dict[str, Any]) -> Period | None:
    """The study period that was chosen, or the one of the class that goes with it.

    :raises Invalid: the class divides its year otherwise, and nothing goes with that period.
    """
    period = chosen_period(params)
    if period is None:
        return None
    own = gathering.fitting(school_class.period_type_id, period)
    if own is None:
        raise Invalid(no_such_period([school_class.title], period))
    return own


def no_such_period(titles: list[str], period: Period) -> str:
    """That classes divide their year otherwise and have no period to go with the chosen one."""
    return _(
        "%(classes)s: the year is divided otherwise, nothing goes with «%(period)s». Choose "
        "another study period.",
        classes=", ".join(titles), period=period.title,
    )  # fmt: skip


def chosen_year(params: dict[str, Any]) -> AcademicYear | None:
    """The year that was chosen, else the present one."""
    if params.get("year"):
        found: AcademicYear | None = AcademicYear.get_or_none(AcademicYear.id == params["year"])
        return found
    return current_year()


def classes_of(actor: Actor, year: AcademicYear, grade: int | None = None) -> list[SchoolClass]:
    """Classes of a year over whose final marks the actor has the right, by grade and letter."""
    return [one for one in classes_seen(actor, year) if grade is None or one.grade == grade]


def days(params: dict[str, Any]) -> tuple[dt.date, dt.date]:
    """First and last day; the year until today where they were left empty.

    :raises Invalid: the first day is later than the last.
    """
    since, until = span_of(params)
    if since > until:
        raise Invalid(_("The first day must not be later than the last."))
    return since, until


def told_days(since: dt.date, until: dt.date) -> str:
    """«01.09.2026 — 24.11.2026»."""
    return f"{since:%d.%m.%Y} — {until:%d.%m.%Y}"


def name_of(person: Person) -> str:
    """Surname and given name."""
    return f"{person.surname} {person.given_name}"


# --- columns that come again and again -----------------------------------------------------------


def count_columns(scale: Scale = FIVE) -> list[Column]:
    """Columns of counts of marks by level and the indicators by marks.

    On another scale than that of five points each heading tells the points of its level.
    """
    group = _("Marks")
    return [
        Column(title=_("Pupils"), number=True),
        *(Column(title=title, number=True, group=group) for title in scale.titles),
        Column(title="н/а", number=True, group=group),
        Column(title="осв", number=True, group=group),
        Column(title=_("Success, %"), number=True), Column(title=_("Quality, %"), number=True),
        Column(title=_("SOU, %"), number=True, about=_("degree of learning")),
        Column(title=_("Average"), number=True),
    ]  # fmt: skip


def count_cells(counts: Counts, weights: dict[str, int]) -> list[Any]:
    """What stands in :func:`count_columns`; ones are told with the twos."""
    return [
        counts.pupils, counts.five, counts.four, counts.three, counts.two + counts.one,
        counts.unattested, counts.exempt, counts.success, counts.quality, counts.sou(weights),
        counts.average,
    ]  # fmt: skip


def pupils_columns() -> list[Column]:
    """Columns of counts of pupils by lists and the indicators by pupils."""
    return [
        Column(title=_("Pupils"), number=True), Column(title=_("Graded"), number=True),
        Column(title=_("Excellent"), number=True), Column(title=_("Good"), number=True),
        Column(title=_("With one 3"), number=True), Column(title=_("Failing"), number=True),
        Column(title="н/а", number=True), Column(title=_("Success, %"), number=True),
        Column(title=_("Quality, %"), number=True), Column(title=_("SOU, %"), number=True),
        Column(title=_("Average"), number=True),
    ]  # fmt: skip


def pupils_cells(
    lists: Pupils, one_three: int, counts: Counts, weights: dict[str, int]
) -> list[Any]:
    """What stands in :func:`pupils_columns`: SOU and average come from the marks."""
    return [
        lists.all, lists.graded, lists.excellent, lists.good, one_three, lists.failing,
        lists.unattested, lists.success, lists.quality, counts.sou(weights), counts.average,
    ]  # fmt: skip


def incomplete(missing: dict[str, int]) -> list[str]:
    """The warning that final marks are missing, with the subjects; nothing if none is."""
    if not missing:
        return []
    told = ", ".join(f"{name} ({count})" for name, count in missing.items())
    return [_("Incomplete, marks are missing: %(subjects)s", subjects=told)]


def basis_by_marks() -> str:
    """Over what figures by subject are computed."""
    return _("Figures are computed over marks: the exempt and pupils without a mark are left out, "
             "«н/а» is counted.")  # fmt: skip


def basis_by_pupils() -> str:
    """Over what figures by class are computed."""
    return _("Success and quality are computed over pupils; the degree of learning and the average "
             "over marks. Pupils who are not graded are left out.")  # fmt: skip
