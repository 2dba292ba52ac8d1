"""Which dates are school days, and as which weekday."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asurso_core.school import AcademicYear, CalendarDay, Holiday, school_days, week_parity
from asurso_core.school.days import parity_of, school_days_of

DATES = st.dates(dt.date(2026, 8, 1), dt.date(2027, 7, 31))
SPANS = st.tuples(DATES, DATES).map(lambda pair: (min(pair), max(pair)))


@given(
    SPANS,
    st.sampled_from([5, 6]),
    st.lists(SPANS, max_size=3),
    st.sets(DATES, max_size=5),
    st.dictionaries(DATES, st.none() | st.integers(1, 6), max_size=5),
)
def test_every_school_day_has_a_reason(
    span: tuple[dt.date, dt.date],
    week_days: int,
    holidays: list[tuple[dt.date, dt.date]],
    off: set[dt.date],
    working: dict[dt.date, int | None],
) -> None:
    found = school_days_of(*span, week_days=week_days, holidays=holidays, off=off, working=working)
    dates = [date for date, _as in found]
    assert dates == sorted(set(dates))
    for date, weekday in found:
        assert span[0] <= date <= span[1]
        assert date not in off
        assert not any(first <= date <= last for first, last in holidays)
        assert date in working or date.isoweekday() == weekday <= week_days


@given(SPANS, st.sampled_from([5, 6]), st.lists(SPANS, max_size=3), st.sets(DATES, max_size=5))
def test_no_school_day_is_lost(
    span: tuple[dt.date, dt.date],
    week_days: int,
    holidays: list[tuple[dt.date, dt.date]],
    off: set[dt.date],
) -> None:
    found = dict(school_days_of(*span, week_days=week_days, holidays=holidays, off=off))
    day = span[0]
    while day <= span[1]:
        rest = day in off or any(first <= day <= last for first, last in holidays)
        assert (day in found) == (not rest and day.isoweekday() <= week_days)
        day += dt.timedelta(days=1)


@given(SPANS, DATES)
def test_days_of_a_span_are_the_days_of_its_two_halves(
    span: tuple[dt.date, dt.date], cut: dt.date
) -> None:
    whole = school_days_of(*span, week_days=5)
    left = school_days_of(span[0], min(cut, span[1]), week_days=5)
    right = school_days_of(max(cut + dt.timedelta(days=1), span[0]), span[1], week_days=5)
    assert whole == left + right


@given(DATES)
def test_parity_changes_every_monday(day: dt.date) -> None:
    first = dt.date(2026, 9, 1)
    assert parity_of(first, first) == 1
    assert parity_of(first, day) != parity_of(first, day + dt.timedelta(days=7))


def test_holidays_days_off_and_working_saturdays_are_kept(school: Any) -> None:
    year = school.ids["year"]
    CalendarDay.create(year=year, date=dt.date(2026, 11, 6), kind="day_off", title="Карантин")
    CalendarDay.create(
        year=year, date=dt.date(2026, 11, 7), kind="working", title="За 6 ноября", weekday_as=5
    )
    found = school_days(year, 5, 5, dt.date(2026, 10, 23), dt.date(2026, 11, 8))
    assert found == [
        (dt.date(2026, 10, 23), 5),
        (dt.date(2026, 11, 4), 3),
        (dt.date(2026, 11, 5), 4),
        (dt.date(2026, 11, 7), 5),
    ]


def test_a_day_that_somebody_has_said_meanwhile_is_shown_first(school: Any, login_as: Any) -> None:
    admin, page = login_as("admin"), f"/school/years/{school.ids['year']}/days"
    data = {"date": "2026-11-06", "kind": "day_off", "title": "Карантин", "version": "0"}
    assert admin.post(page, data=data).status_code == 303
    told = admin.post(page, data={**data, "title": "Ремонт"})
    assert told.status_code == 409
    assert "Карантин" in told.text
    assert CalendarDay.get(date="2026-11-06").title == "Карантин"
    assert admin.post(page, data={**data, "title": "Ремонт", "version": "1"}).status_code == 303
    assert CalendarDay.get(date="2026-11-06").title == "Ремонт"


def test_extra_holidays_of_the_first_grade_leave_the_others_at_school(school: Any) -> None:
    year = school.ids["year"]
    week = (dt.date(2027, 2, 15), dt.date(2027, 2, 21))
    Holiday.create(
        year=year, title="Дополнительные", starts=week[0], ends=week[1], first_grade=1, last_grade=1
    )
    assert school_days(year, 1, 5, *week) == []
    assert len(school_days(year, 2, 5, *week)) == 5
    assert len(school_days(year, 2, 6, *week)) == 6


def test_days_outside_the_year_are_no_school_days(school: Any) -> None:
    found = school_days(school.ids["year"], 5, 5, dt.date(2026, 8, 1), dt.date(2026, 9, 2))
    assert found == [(dt.date(2026, 9, 1), 2), (dt.date(2026, 9, 2), 3)]


def test_the_week_of_the_first_of_september_is_odd(school: Any) -> None:
    year = school.get(AcademicYear, "year")
    assert week_parity(year, dt.date(2026, 8, 31)) == 1
    assert week_parity(year, dt.date(2026, 9, 6)) == 1
    assert week_parity(year, dt.date(2026, 9, 7)) == 2
