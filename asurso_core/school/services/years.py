"""School years, their periods, holidays and single days (R4.1.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee as pw

from asurso_core import access, clock, facts, plugins
from asurso_core.actors import Actor
from asurso_core.db import is_sqlite, transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.hookspecs.announce import asurso_calendar_changed
from asurso_core.i18n import gettext as _
from asurso_core.school.models import (
    AcademicYear,
    CalendarDay,
    ClassMember,
    ClassTeacher,
    GroupMember,
    GroupTeacher,
    Holiday,
    Period,
    PeriodType,
    SchoolClass,
    TeachingGroup,
)
from asurso_core.school.queries import tuples_of
from asurso_core.school.services.rules import (
    apply,
    change,
    needed,
    noted,
    open_year_of,
    plain,
    save_version,
    within,
    wrong,
)

EDIT = "core.years.edit"
KINDS = ("quarter", "trimester", "half_year", "module", "year")
LAST_GRADE = 12


@dataclass(frozen=True, kw_only=True)
class PeriodValue:
    """One period as it is typed: title, first and last day, both included."""

    title: str
    starts: dt.date
    ends: dt.date


def _title(starts: dt.date, ends: dt.date) -> str:
    return f"{starts.year}/{ends.year % 100:02d}"


def _year_dates(starts: dt.date, ends: dt.date) -> None:
    if starts >= ends:
        raise wrong("ends", _("The year must end after it starts."))
    if (ends - starts).days > 400:
        raise wrong("ends", _("A school year cannot be longer than thirteen months."))


def _free_title(title: str, but: int = 0) -> None:
    if AcademicYear.select().where(AcademicYear.title == title, AcademicYear.id != but).exists():
        raise wrong("title", _("There is such a year already."))


def _apart(starts: dt.date, ends: dt.date, but: int = 0) -> None:
    other = (
        AcademicYear.select()
        .where(AcademicYear.starts <= ends, AcademicYear.ends >= starts, AcademicYear.id != but)
        .first()
    )
    if other is not None:
        raise wrong("starts", _("These dates overlap the year %(title)s.", title=other.title))


def _find(actor: Actor, year_id: int) -> AcademicYear:
    """A year that takes writing: NotThere, or Refused when it is closed."""
    access.require_any(actor, EDIT)
    year: AcademicYear = access.find(actor, "core.years.view", AcademicYear, year_id)
    open_year_of(actor, EDIT, year)
    return year


def _changed(actor: Actor, year: AcademicYear, start: dt.date, end: dt.date) -> None:
    plugins.announce(asurso_calendar_changed, year_id=year.id, start=start, end=end, actor=actor)


# --- years -------------------------------------------------------------------------------------


def create_year(actor: Actor, *, starts: dt.date, ends: dt.date, title: str = "") -> AcademicYear:
    """Plan a year; without a title it is called by its dates, «2027/28»."""
    access.require_any(actor, EDIT)
    with transaction():
        _year_dates(starts, ends)
        title = title.strip() or _title(starts, ends)
        _free_title(title)
        _apart(starts, ends)
        year: AcademicYear = AcademicYear.create(title=title, starts=starts, ends=ends)
        noted(actor, "core.year_created", f"year:{year.id}", after={"title": title})
    return year


def edit_year(
    actor: Actor, year_id: int, *, title: str, starts: dt.date, ends: dt.date, version: int
) -> AcademicYear:
    """Change the title or the bounds of a year; its periods must still lie inside.

    :raises Conflict: it was changed since ``version``.
    """
    with transaction():
        year = _find(actor, year_id)
        _year_dates(starts, ends)
        title = needed("title", title)
        _free_title(title, year.id)
        _apart(starts, ends, year.id)
        outside = (
            Period.select()
            .join(PeriodType)
            .where(PeriodType.year == year.id, (Period.starts < starts) | (Period.ends > ends))
            .first()
        )
        if outside is not None:
            raise wrong(
                "starts",
                _("The period «%(title)s» would lie outside the year.", title=outside.title),
            )
        old = (year.starts, year.ends)
        before, after = change(year, {"title": title, "starts": starts, "ends": ends}, version)
        if after:
            noted(actor, "core.year_changed", f"year:{year.id}", before, after)
        if (starts, ends) != old:
            _changed(actor, year, min(starts, old[0]), max(ends, old[1]))
    return year


def _lock_years() -> list[AcademicYear]:
    query = AcademicYear.select().order_by(AcademicYear.id)
    return list(query if is_sqlite() else query.for_update())


def open_year(actor: Actor, year_id: int) -> AcademicYear:
    """Make a planned year the current one; there is exactly one at a time.

    :raises Refused: another year is current: it must be closed first.
    """
    with transaction():
        years = {year.id: year for year in _lock_years()}
        year = _find(actor, year_id)
        year = years[year.id]
        if year.state == "current":
            return year
        current = next((one for one in years.values() if one.state == "current"), None)
        if current is not None:
            raise Refused(
                _("The year %(title)s is still going on. Close it first.", title=current.title)
            )
        _put(actor, year, "current", "core.year_opened")
    return year


def close_year(actor: Actor, year_id: int, *, on: dt.date | None = None) -> AcademicYear:
    """Close the current year for good: nothing in it can be written any more (R4.1.19).

    Memberships and duties that are still open end with the year. Only the change of state; the
    wizard that carries data over comes on top of it.

    :raises Refused: the year is not current, or is not over yet.
    """
    with transaction():
        years = {year.id: year for year in _lock_years()}
        year = _find(actor, year_id)
        year = years[year.id]
        if year.state != "current":
            raise Refused(_("Only the current year can be closed."))
        if (on or clock.today()) <= year.ends:
            raise Refused(_("The year is not over yet."))
        after_end = year.ends + dt.timedelta(days=1)
        classes = SchoolClass.select(SchoolClass.id).where(SchoolClass.year == year.id)
        groups = TeachingGroup.select(TeachingGroup.id).where(TeachingGroup.year == year.id)
        models: list[tuple[Any, Any]] = [
            (ClassMember, ClassMember.school_class.in_(classes)),
            (ClassTeacher, ClassTeacher.school_class.in_(classes)),
            (GroupMember, GroupMember.group.in_(groups)),
            (GroupTeacher, GroupTeacher.group.in_(groups)),
        ]
        for model, mine in models:
            model.update(until=after_end).where(mine, model.until.is_null()).execute()
        _put(actor, year, "closed", "core.year_closed")
    return year


def _put(actor: Actor, year: AcademicYear, state: str, deed: str) -> None:
    before = year.state
    year.state = state
    save_version(year, year.version, ("state",))
    noted(actor, deed, f"year:{year.id}", {"state": before}, {"state": state})


# --- periods -----------------------------------------------------------------------------------


def create_period_type(actor: Actor, year_id: int, *, name: str, kind: str) -> PeriodType:
    """Add a way of dividing the year: «Четверти», «Полугодия»."""
    with transaction():
        year = _find(actor, year_id)
        name = needed("name", name)
        if kind not in KINDS:
            raise wrong("kind", _("Choose one of the list."))
        if PeriodType.select().where(PeriodType.year == year, PeriodType.name == name).exists():
            raise wrong("name", _("There is such a type already."))
        row: PeriodType = PeriodType.create(year=year, name=name, kind=kind)
        noted(actor, "core.period_type_created", f"period_type:{row.id}", after={"name": name})
    return row


def remove_period_type(actor: Actor, type_id: int) -> PeriodType:
    """Remove a way of dividing the year that no class uses."""
    with transaction():
        row = _period_type(actor, type_id)
        if SchoolClass.select().where(SchoolClass.period_type == row.id).exists():
            raise Refused(_("Classes study by these periods. Give them other periods first."))
        before = [plain(one, ("title", "starts", "ends")) for one in _periods(row)]
        try:
            with transaction():
                Period.delete().where(Period.period_type == row.id).execute()
                PeriodType.delete().where(PeriodType.id == row.id).execute()
        except pw.IntegrityError as error:
            raise Refused(
                _("There are marks for these periods: they cannot be removed.")
            ) from error
        noted(
            actor,
            "core.period_type_removed",
            f"period_type:{row.id}",
            before={"name": row.name, "periods": before},
        )
    return row


def _period_type(actor: Actor, type_id: int) -> PeriodType:
    access.require_any(actor, EDIT)
    row: PeriodType | None = (
        PeriodType.select(PeriodType, AcademicYear)
        .join(AcademicYear)
        .where(PeriodType.id == type_id)
        .first()
    )
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    open_year_of(actor, EDIT, row.year)
    return row


def _periods(row: PeriodType) -> list[Period]:
    return list(Period.select().where(Period.period_type == row.id).order_by(Period.number))


def _plain_periods(rows: Iterable[Period]) -> list[dict[str, Any]]:
    return [plain(one, ("number", "title", "starts", "ends")) for one in rows]


def set_periods(
    actor: Actor, type_id: int, values: Sequence[PeriodValue], version: int
) -> list[Period]:
    """Say into which periods the year is divided, in their order; gaps are holidays.

    Periods keep their identity by number: the second one stays the second when its dates move.

    :raises Invalid: a period lies outside the year, ends before it starts or overlaps the one
        before; the message names it.
    :raises Conflict: the periods were changed since ``version`` of their type.
    """
    with transaction():
        row = _period_type(actor, type_id)
        year = row.year
        _check_periods(year, values)
        old = _periods(row)
        before = _plain_periods(old)
        wanted = _plain_periods(
            Period(number=number, title=value.title.strip(), starts=value.starts, ends=value.ends)
            for number, value in enumerate(values, 1)
        )
        if wanted == before and version == row.version:
            return old
        save_version(row, version, (), lambda: {"periods": _plain_periods(_periods(row))})
        for number, value in enumerate(values, 1):
            found = next((one for one in old if one.number == number), None)
            fields = {"title": value.title.strip(), "starts": value.starts, "ends": value.ends}
            if found is None:
                Period.create(period_type=row, number=number, **fields)
            elif apply(found, fields)[1]:
                found.save()
        extra = [one.id for one in old if one.number > len(values)]
        try:
            with transaction():
                Period.delete().where(Period.id.in_(extra)).execute()
        except pw.IntegrityError as error:
            raise Refused(
                _("There are marks for these periods: they cannot be removed.")
            ) from error
        now = _periods(row)
        noted(
            actor, "core.periods_changed", f"period_type:{row.id}",
            {"periods": before}, {"periods": _plain_periods(now)},
        )  # fmt: skip
        days = [day for one in (*old, *now) for day in (one.starts, one.ends)]
        _changed(actor, year, min(days, default=year.starts), max(days, default=year.ends))
    return now


def _check_periods(year: AcademicYear, values: Sequence[PeriodValue]) -> None:
    if len(values) > 12:
        raise Invalid(_("A year has at most twelve periods."))
    last: PeriodValue | None = None
    for value in values:
        needed("title", value.title)
        within(year, "starts", value.starts, value.ends)
        if value.starts > value.ends:
            raise wrong("ends", _("«%(title)s» ends before it starts.", title=value.title))
        if last is not None and value.starts <= last.ends:
            raise wrong(
                "starts",
                _(
                    "«%(title)s» must start after «%(last)s» has ended.",
                    title=value.title,
                    last=last.title,
                ),
            )
        last = value


# --- holidays and days -------------------------------------------------------------------------

_HOLIDAY = ("title", "starts", "ends", "first_grade", "last_grade")


def _holiday_values(
    year: AcademicYear, title: str, starts: dt.date, ends: dt.date, first: int, last: int
) -> dict[str, Any]:
    within(year, "starts", starts)
    within(year, "ends", ends)
    if starts > ends:
        raise wrong("ends", _("The last day comes before the first one."))
    if not 1 <= first <= last <= LAST_GRADE:
        raise wrong("last_grade", _("Grades go from 1 to 12, the lower one first."))
    return {
        "title": needed("title", title),
        "starts": starts,
        "ends": ends,
        "first_grade": first,
        "last_grade": last,
    }


def add_holiday(
    actor: Actor,
    year_id: int,
    *,
    title: str,
    starts: dt.date,
    ends: dt.date,
    first_grade: int = 1,
    last_grade: int = 11,
) -> Holiday:
    """Add holidays, first and last day included, for all grades or some of them."""
    with transaction():
        year = _find(actor, year_id)
        values = _holiday_values(year, title, starts, ends, first_grade, last_grade)
        row: Holiday = Holiday.create(year=year, **values)
        noted(actor, "core.holiday_added", f"holiday:{row.id}", after=plain(row, _HOLIDAY))
        _changed(actor, year, starts, ends)
    return row


def _holiday(actor: Actor, holiday_id: int) -> Holiday:
    access.require_any(actor, EDIT)
    row: Holiday | None = (
        Holiday.select(Holiday, AcademicYear)
        .join(AcademicYear)
        .where(Holiday.id == holiday_id)
        .first()
    )
    if row is None:
        raise NotThere(_("There is no such page, or it is not open to you."))
    open_year_of(actor, EDIT, row.year)
    return row


def edit_holiday(
    actor: Actor,
    holiday_id: int,
    *,
    title: str,
    starts: dt.date,
    ends: dt.date,
    first_grade: int,
    last_grade: int,
    version: int,
) -> Holiday:
    """Change holidays.

    :raises Conflict: they were changed since ``version``.
    """
    with transaction():
        row = _holiday(actor, holiday_id)
        old = (row.starts, row.ends)
        before, after = change(
            row, _holiday_values(row.year, title, starts, ends, first_grade, last_grade), version
        )
        if after:
            noted(actor, "core.holiday_changed", f"holiday:{row.id}", before, after)
            _changed(actor, row.year, min(starts, old[0]), max(ends, old[1]))
    return row


def remove_holiday(actor: Actor, holiday_id: int) -> Holiday:
    """Take holidays out of the calendar."""
    with transaction():
        row = _holiday(actor, holiday_id)
        Holiday.delete().where(Holiday.id == row.id).execute()
        noted(actor, "core.holiday_removed", f"holiday:{row.id}", before=plain(row, _HOLIDAY))
        _changed(actor, row.year, row.starts, row.ends)
    return row


_DAY = ("date", "kind", "title", "weekday_as")


def save_day(
    actor: Actor,
    year_id: int,
    *,
    date: dt.date,
    kind: str,
    title: str,
    weekday_as: int | None = None,
    version: int | None = None,
) -> CalendarDay:
    """Say that a day differs from its weekday: ``day_off``, or ``working`` taught as a weekday.

    A day that was said already is said anew. ``version`` is what the writer saw of it, 0 for
    nothing; without one nobody is asked.

    :raises Conflict: somebody else has said something about the day meanwhile.
    """
    with transaction():
        year = _find(actor, year_id)
        within(year, "date", date)
        title = needed("title", title)
        if kind not in {"day_off", "working"}:
            raise wrong("kind", _("Choose one of the list."))
        if kind == "day_off":
            weekday_as = None
        elif weekday_as is not None and not 1 <= weekday_as <= 6:
            raise wrong("weekday_as", _("Choose one of the list."))
        elif weekday_as is None and date.isoweekday() == 7:
            raise wrong("weekday_as", _("Say by which weekday's timetable this Sunday is taught."))
        row = CalendarDay.get_or_none(
            (CalendarDay.year == year.id) & (CalendarDay.date == date)
        ) or CalendarDay(year=year, date=date)
        before = plain(row, _DAY) if row.id else None
        row.kind, row.title, row.weekday_as = kind, title, weekday_as
        after = plain(row, _DAY)
        if before is None:
            row.save()
        elif before != after:
            save_version(row, row.version if version is None else version, _DAY)
        if before != after:
            noted(actor, "core.day_changed", f"calendar_day:{row.id}", before, after)
            _changed(actor, year, date, date)
    found: CalendarDay = row
    return found


def remove_day(actor: Actor, day_id: int) -> CalendarDay:
    """Make a day an ordinary one again."""
    access.require_any(actor, EDIT)
    with transaction():
        row: CalendarDay | None = (
            CalendarDay.select(CalendarDay, AcademicYear)
            .join(AcademicYear)
            .where(CalendarDay.id == day_id)
            .first()
        )
        if row is None:
            raise NotThere(_("There is no such page, or it is not open to you."))
        open_year_of(actor, EDIT, row.year)
        CalendarDay.delete().where(CalendarDay.id == row.id).execute()
        noted(actor, "core.day_removed", f"calendar_day:{row.id}", before=plain(row, _DAY))
        _changed(actor, row.year, row.date, row.date)
    return row


# --- the national calendar ---------------------------------------------------------------------


def fill_calendar(actor: Actor, year_id: int) -> dict[str, int]:
    """Copy the shipped calendar facts into a year; what the school already has stays as it is.

    Returns how many ``types``, ``holidays`` and ``days`` were added.

    :raises Refused: no calendar of this year is shipped.
    """
    with transaction():
        year = _find(actor, year_id)
        shipped = next(
            (one for one in facts.year_calendars() if one.starts.year == year.starts.year), None
        )
        if shipped is None:
            raise Refused(_("The program does not know the calendar of this year yet."))
        added = {
            "types": _fill_periods(year, shipped),
            "holidays": _fill_holidays(year, shipped),
            "days": _fill_days(year),
        }
        if any(added.values()):
            noted(actor, "core.calendar_filled", f"year:{year.id}", after=added)
            _changed(actor, year, year.starts, year.ends)
    return added


def _fill_periods(year: AcademicYear, shipped: facts.YearCalendar) -> int:
    kinds = PeriodType.select(PeriodType.kind).where(PeriodType.year == year.id)
    known = {kind for (kind,) in tuples_of(kinds)}
    added = 0
    for kind, name, spans in (
        ("quarter", "Четверти", shipped.quarters),
        ("half_year", "Полугодия", shipped.half_years),
    ):
        inside = [span for span in spans if year.starts <= span.starts <= span.ends <= year.ends]
        taken = PeriodType.select().where(PeriodType.year == year.id, PeriodType.name == name)
        if kind in known or not inside or taken.exists():
            continue
        row = PeriodType.create(year=year, name=name, kind=kind)
        for number, span in enumerate(inside, 1):
            Period.create(
                period_type=row, number=number, title=span.title,
                starts=span.starts, ends=span.ends,
            )  # fmt: skip
        added += 1
    return added


def _fill_holidays(year: AcademicYear, shipped: facts.YearCalendar) -> int:
    mine = list(Holiday.select().where(Holiday.year == year.id))
    added = 0
    for span in shipped.vacations:
        if span.starts > year.ends or span.ends < year.starts:
            continue
        if any(
            one.starts <= span.ends
            and one.ends >= span.starts
            and one.first_grade <= span.last_grade
            and one.last_grade >= span.first_grade
            for one in mine
        ):
            continue
        Holiday.create(
            year=year,
            title=span.title,
            starts=max(span.starts, year.starts),
            ends=min(span.ends, year.ends),
            first_grade=span.first_grade,
            last_grade=span.last_grade,
        )
        added += 1
    return added


def _fill_days(year: AcademicYear) -> int:
    dates = CalendarDay.select(CalendarDay.date).where(CalendarDay.year == year.id)
    known = {date for (date,) in tuples_of(dates)}
    rest = [
        (one.starts, one.ends)
        for one in Holiday.select().where(Holiday.year == year.id, Holiday.first_grade <= 1,
                                          Holiday.last_grade >= 11)
    ]  # fmt: skip
    added = 0
    for day in facts.special_days(year.starts, year.ends):
        kind = {"holiday": "day_off", "day_off": "day_off", "working": "working"}.get(day.kind)
        if kind is None or day.date in known:
            continue
        if any(first <= day.date <= last for first, last in rest):
            continue  # everybody is on holiday anyway
        if kind == "day_off" and day.date.isoweekday() == 7:
            continue
        CalendarDay.create(year=year, date=day.date, kind=kind, title=day.title)
        known.add(day.date)
        added += 1
    return added
