"""A closed year can be read, but not written: by no service and by no SQL (T29, R4.1.19b)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import peewee as pw
import pytest

from asurso_core import clock
from asurso_core.actors import system
from asurso_core.db import MODELS, db, rows
from asurso_core.errors import Refused
from asurso_core.guards import CLOSED_YEAR
from asurso_core.school import (
    AcademicYear,
    CalendarDay,
    ClassMember,
    ClassTeacher,
    GroupClass,
    GroupMember,
    GroupTeacher,
    Holiday,
    Period,
    PeriodType,
    SchoolClass,
    Subject,
    TeachingGroup,
    services,
)
from asurso_core.school.guards import TABLES_OF_A_YEAR

DAY = dt.date(2025, 10, 1)


@pytest.fixture
def past(school: Any) -> dict[str, Any]:
    """A closed year with one row in every table that belongs to a year."""
    year = AcademicYear.create(
        title="2024/25", starts=dt.date(2024, 9, 1), ends=dt.date(2025, 5, 26), state="planned"
    )
    kind = PeriodType.create(year=year, name="Четверти", kind="quarter")
    school_class = SchoolClass.create(year=year, grade=4, letter="А", period_type=kind)
    group = TeachingGroup.create(year=year, subject=school.ids["Математика"], part=1)
    teacher, pupil = school.persons["teacher"], school.persons["pupil"]
    made = {
        "core_period_type": kind,
        "core_period": Period.create(
            period_type=kind, number=1, title="1", starts=year.starts, ends=year.ends
        ),
        "core_holiday": Holiday.create(year=year, title="К", starts=DAY, ends=DAY),
        "core_calendar_day": CalendarDay.create(year=year, date=DAY, kind="day_off", title="К"),
        "core_school_class": school_class,
        "core_class_teacher": ClassTeacher.create(
            school_class=school_class, teacher=teacher, since=year.starts
        ),
        "core_teaching_group": group,
        "core_group_class": GroupClass.create(group=group, school_class=school_class),
        "core_group_teacher": GroupTeacher.create(group=group, teacher=teacher, since=DAY),
        "core_class_member": ClassMember.create(
            pupil=pupil, school_class=school_class, since=year.starts, until=year.ends
        ),
        "core_group_member": GroupMember.create(pupil=pupil, group=group, since=DAY),
        "year": year,
    }
    year.state = "closed"
    year.save()
    return made


def refused(deed: Any) -> bool:
    """Whether the database refuses a deed in the name of the closed year."""
    try:
        with db.atomic():
            deed()
    except pw.DatabaseError as error:
        return CLOSED_YEAR in str(error)
    return False


def test_every_table_with_a_year_is_guarded() -> None:
    direct = {
        model._meta.table_name
        for model in MODELS
        if model.__module__.startswith("asurso_core.school") and "year" in model._meta.fields
    }
    assert direct <= set(TABLES_OF_A_YEAR)


@pytest.mark.parametrize("table", sorted(TABLES_OF_A_YEAR))
def test_raw_sql_into_a_closed_year_is_refused(past: dict[str, Any], table: str) -> None:
    row = past[table]
    columns = [field.column_name for field in row._meta.sorted_fields if field.name != "id"]
    names = ", ".join(columns)
    assert refused(lambda: rows(f"DELETE FROM {table} WHERE id = {row.id} RETURNING id"))
    assert refused(
        lambda: rows(
            f"UPDATE {table} SET {columns[0]} = {columns[0]} WHERE id = {row.id} RETURNING id"
        )
    )
    other = names.replace("since", "'2020-01-01'").replace("until", "'2020-02-01'")
    if not db.obj.__class__.__name__.endswith("SqliteDatabase"):
        other = other.replace("'2020", "DATE '2020")
    copied = f"INSERT INTO {table} ({names}) SELECT {other} FROM {table} WHERE id = {row.id}"
    assert refused(lambda: rows(copied + " RETURNING id"))


def test_no_row_can_be_smuggled_into_a_closed_year(school: Any, past: dict[str, Any]) -> None:
    year = past["year"].id
    group, class_ = school.ids["maths_5a"], past["core_school_class"].id
    assert refused(TeachingGroup.update(year=year).where(TeachingGroup.id == group).execute)
    assert refused(Holiday.update(year=year).execute)
    assert refused(ClassMember.update(school_class=class_).execute)


def test_the_open_year_is_written_as_before(school: Any, past: dict[str, Any]) -> None:
    del past
    assert Holiday.update(title="Каникулы").where(Holiday.year == school.ids["year"]).execute() == 1


@pytest.mark.parametrize("who", ["admin", "system"])
def test_every_service_refuses_a_closed_year(school: Any, past: dict[str, Any], who: str) -> None:
    actor = system("перенос") if who == "system" else school.actor("admin")
    year, class_ = past["year"].id, past["core_school_class"].id
    group, teacher = past["core_teaching_group"].id, school.persons["teacher"]
    values = {"grade": 4, "letter": "Б", "period_type": past["core_period_type"].id, "week_days": 5}
    maths, pupil = school.ids["Математика"], school.persons["pupil"]
    day = dt.date(2024, 10, 1)
    span = {"title": "К", "starts": day, "ends": day}
    deeds = [
        lambda: services.edit_year(
            actor, year, title="1", starts=day, ends=dt.date(2025, 5, 1), version=1
        ),
        lambda: services.open_year(actor, year),
        lambda: services.close_year(actor, year),
        lambda: services.fill_calendar(actor, year),
        lambda: services.create_period_type(actor, year, name="Т", kind="trimester"),
        lambda: services.remove_period_type(actor, past["core_period_type"].id),
        lambda: services.set_periods(actor, past["core_period_type"].id, [], 1),
        lambda: services.add_holiday(actor, year, **span),
        lambda: services.edit_holiday(
            actor, past["core_holiday"].id, **span, first_grade=1, last_grade=11, version=1
        ),
        lambda: services.remove_holiday(actor, past["core_holiday"].id),
        lambda: services.save_day(actor, year, date=day, kind="day_off", title="К"),
        lambda: services.remove_day(actor, past["core_calendar_day"].id),
        lambda: services.create_class(actor, year, values),
        lambda: services.edit_class(actor, class_, values, 1),
        lambda: services.assign_class_teacher(actor, class_, teacher, day),
        lambda: services.end_class_teacher(actor, past["core_class_teacher"].id, day),
        lambda: services.create_group(actor, [class_], maths),
        lambda: services.divide_class(actor, class_, maths, 2),
        lambda: services.edit_group(actor, group, name="1", weekly_hours=None, version=1),
        lambda: services.archive_group(actor, group),
        lambda: services.restore_group(actor, group),
        lambda: services.assign_group_teacher(actor, group, teacher, day),
        lambda: services.end_group_teacher(actor, past["core_group_teacher"].id, DAY),
        lambda: services.enrol_pupil(actor, pupil, class_, day),
        lambda: services.move_pupil(actor, pupil, class_, day),
        lambda: services.leave_pupil(actor, pupil, day),
        lambda: services.move_to_subgroup(actor, pupil, group, day),
        lambda: services.leave_subgroup(actor, pupil, group, day),
        lambda: services.set_group_members(actor, group, [], day),
        lambda: services.arrange_division(actor, class_, maths, {}, day),
    ]
    for deed in deeds:
        with pytest.raises(Refused):
            deed()


def test_closing_the_year_ends_what_was_open_and_shuts_it(school: Any) -> None:
    year = school.ids["year"]
    with clock.frozen("2027-05-26T10:00"), pytest.raises(Refused):
        services.close_year(school.actor("admin"), year)
    with clock.frozen("2027-09-01T10:00"):
        services.close_year(school.actor("admin"), year)
    assert ClassMember.select().where(ClassMember.until.is_null()).count() == 0
    assert refused(lambda: Holiday.delete().where(Holiday.year == year).execute())


def test_there_is_one_current_year(school: Any) -> None:
    admin = school.actor("admin")
    following = services.create_year(admin, starts=dt.date(2027, 9, 1), ends=dt.date(2028, 5, 26))
    assert (following.title, following.state) == ("2027/28", "planned")
    with pytest.raises(Refused):
        services.open_year(admin, following.id)
    with clock.frozen("2027-09-01T10:00"):
        services.close_year(admin, school.ids["year"])
        services.open_year(admin, following.id)
    assert [
        year.title for year in AcademicYear.select().where(AcademicYear.state == "current")
    ] == ["2027/28"]


def test_the_words_of_the_refusal_are_plain(school: Any, past: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="2024/25"):
        services.archive_group(school.actor("admin"), past["core_teaching_group"].id)
    assert Subject.select().count() == 3
