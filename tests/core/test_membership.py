"""Pupils come, move and leave on dates; lists are asked as of a date (R4.1.5, features 3.9)."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator
from typing import Any

import peewee as pw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asurso_core import audit, clock, plugins, schema
from asurso_core import db as database
from asurso_core.db import db
from asurso_core.errors import AsursoError, Invalid, NotThere
from asurso_core.school import (
    ClassMember,
    GroupMember,
    SchoolClass,
    TeachingGroup,
    class_members,
    group_members,
    services,
)
from asurso_core.school.guards import OVERLAP
from asurso_core.testing import make
from asurso_core.testing.plugin import serving

DEC = dt.date(2026, 12, 1)
BEFORE = dt.date(2026, 11, 30)


def names(school: Any, title: str, on: dt.date) -> list[str]:
    """Surnames of a class as of a date."""
    return [person.surname for person in class_members(school.get(SchoolClass, title), on)]


def members(school: Any, group: str, on: dt.date) -> list[str]:
    """Surnames of a teaching group as of a date."""
    found = group_members(school.get(TeachingGroup, group), on, on)
    return [pupil["name"].split()[0] for pupil in found]


def test_a_pupil_moves_to_another_class_on_a_date(school: Any) -> None:
    services.move_pupil(school.actor("admin"), school.persons["pupil"], school.ids["5Б"], DEC)
    assert "Абрамов" in names(school, "5А", BEFORE)
    assert "Абрамов" not in names(school, "5А", DEC)
    assert "Абрамов" not in names(school, "5Б", BEFORE)
    assert "Абрамов" in names(school, "5Б", DEC)
    assert "Абрамов" in members(school, "english_5a_1", BEFORE)
    assert "Абрамов" not in members(school, "english_5a_1", DEC)


def test_a_pupil_moves_to_another_subgroup_on_a_date(school: Any) -> None:
    services.move_to_subgroup(
        school.actor("admin"), school.persons["pupil"], school.ids["english_5a_2"], DEC
    )
    assert members(school, "english_5a_1", BEFORE) == ["Абрамов", "Ёжикова"]
    assert members(school, "english_5a_2", BEFORE) == ["Ежов", "Жданова"]
    assert members(school, "english_5a_1", DEC) == ["Ёжикова"]
    assert members(school, "english_5a_2", DEC) == ["Абрамов", "Ежов", "Жданова"]


def test_a_pupil_leaves_school(school: Any) -> None:
    admin = school.actor("admin")
    services.leave_pupil(admin, school.persons["pupil"], DEC, "переезд")
    assert "Абрамов" in names(school, "5А", BEFORE)
    assert "Абрамов" not in names(school, "5А", DEC)
    assert "Абрамов" not in members(school, "english_5a_1", DEC)
    services.enrol_pupil(admin, school.persons["pupil"], school.ids["5Б"], dt.date(2027, 1, 11))
    assert "Абрамов" in names(school, "5Б", dt.date(2027, 1, 11))


def test_nobody_is_in_two_classes(school: Any) -> None:
    admin, pupil = school.actor("admin"), school.persons["pupil"]
    with pytest.raises(Invalid, match="5А"):
        services.enrol_pupil(admin, pupil, school.ids["5Б"], DEC)
    with pytest.raises(pw.DatabaseError, match=OVERLAP), db.atomic():
        ClassMember.create(pupil=pupil, school_class=school.ids["5Б"], since=DEC)
    with pytest.raises(pw.DatabaseError, match=OVERLAP), db.atomic():
        GroupMember.create(pupil=pupil, group=school.ids["english_5a_1"], since=DEC)


def test_a_known_later_change_is_not_written_over(school: Any) -> None:
    admin, pupil = school.actor("admin"), school.persons["pupil"]
    services.move_pupil(admin, pupil, school.ids["5Б"], DEC)
    with pytest.raises(Invalid) as told:
        services.leave_pupil(admin, pupil, dt.date(2026, 11, 24))
    assert "on" in told.value.fields


def test_a_move_on_the_first_day_leaves_no_empty_membership(school: Any) -> None:
    admin, pupil = school.actor("admin"), school.persons["pupil"]
    services.move_pupil(admin, pupil, school.ids["5Б"], DEC)
    services.move_pupil(admin, pupil, school.ids["5А"], DEC)
    spans = [
        (row.school_class_id, row.since, row.until)
        for row in ClassMember.select()
        .where(ClassMember.pupil == pupil)
        .order_by(ClassMember.since)
    ]
    first = dt.date(2026, 9, 1)
    assert spans == [(school.ids["5А"], first, DEC), (school.ids["5А"], DEC, None)]


def test_a_departure_known_beforehand_survives_a_change_of_subgroup(school: Any) -> None:
    admin, pupil = school.actor("admin"), school.persons["pupil"]
    january = dt.date(2027, 1, 11)
    services.leave_pupil(admin, pupil, january)
    services.move_to_subgroup(admin, pupil, school.ids["english_5a_2"], DEC)
    assert "Абрамов" in members(school, "english_5a_2", DEC)
    assert "Абрамов" not in members(school, "english_5a_2", january)


def test_a_pupil_of_another_class_cannot_join_a_subgroup(school: Any) -> None:
    with pytest.raises(Invalid):
        services.move_to_subgroup(
            school.actor("admin"), school.persons["pupil_5"], school.ids["english_5a_1"], DEC
        )


def test_a_whole_division_is_arranged_in_one_deed(school: Any) -> None:
    pupils = {name: school.persons[name] for name in ("pupil", "pupil_2", "pupil_3", "pupil_4")}
    first, second = school.ids["english_5a_1"], school.ids["english_5a_2"]
    changed = services.arrange_division(
        school.actor("admin"),
        school.ids["5А"],
        school.ids["Английский язык"],
        {pupils["pupil"]: second, pupils["pupil_2"]: first, pupils["pupil_3"]: None,
         pupils["pupil_4"]: first},
        DEC,
    )  # fmt: skip
    assert changed == 3
    assert members(school, "english_5a_1", DEC) == ["Ёжикова", "Жданова"]
    assert members(school, "english_5a_2", DEC) == ["Абрамов"]


def test_of_two_who_arrange_subgroups_at_once_the_second_is_asked(
    school: Any, login_as: Any
) -> None:
    page = f"/school/classes/{school.ids['5А']}/subgroups/{school.ids['Английский язык']}"
    admin = login_as("admin")
    seen = re.search(r'name="version"[^>]* value="(\d+)"', admin.get(page).text)
    assert seen is not None
    first, second = school.ids["english_5a_1"], school.ids["english_5a_2"]
    one, two = (f"p{school.persons[name]}" for name in ("pupil", "pupil_2"))
    data = {"on": DEC.isoformat(), "version": seen[1]}
    assert admin.post(page, data={**data, one: second}).status_code == 303
    told = admin.post(page, data={**data, two: first})
    assert told.status_code == 409
    assert "Абрамов" in members(school, "english_5a_2", DEC)
    again = re.search(r'name="version"[^>]* value="(\d+)"', told.text)
    assert again is not None
    assert admin.post(page, data={**data, two: first, "version": again[1]}).status_code == 303
    assert "Абрамов" in members(school, "english_5a_2", DEC)


def test_members_are_set_in_bulk(school: Any) -> None:
    services.set_group_members(
        school.actor("admin"),
        school.ids["english_5a_1"],
        [school.persons["pupil_3"], school.persons["pupil"]],
        DEC,
    )
    assert members(school, "english_5a_1", DEC) == ["Абрамов", "Ежов"]
    assert members(school, "english_5a_2", DEC) == ["Жданова"]


def test_days_outside_the_year_are_refused(school: Any) -> None:
    with pytest.raises(Invalid):
        services.move_pupil(
            school.actor("admin"), school.persons["pupil"], school.ids["5Б"], dt.date(2027, 6, 1)
        )


def test_only_who_may_edit_classes_moves_pupils(school: Any) -> None:
    for name in ("teacher", "class_teacher", "deputy", "parent", "pupil"):
        with pytest.raises(AsursoError):
            services.move_pupil(school.actor(name), school.persons["pupil"], school.ids["5Б"], DEC)
    with pytest.raises(NotThere):
        services.move_pupil(school.actor("admin"), 10**6, school.ids["5Б"], DEC)


def test_every_move_is_recorded_about_the_pupil(school: Any) -> None:
    pupil = school.persons["pupil"]
    services.move_pupil(school.actor("admin"), pupil, school.ids["5Б"], DEC)
    entry = audit.AuditEntry.get(audit.AuditEntry.kind == "core.pupil_moved")
    assert entry.person == pupil
    assert entry.before["class"] == school.ids["5А"]
    assert entry.after == {"class": school.ids["5Б"], "since": "2026-12-01"}


DATES = st.integers(0, 40).map(lambda week: dt.date(2026, 9, 1) + dt.timedelta(days=6 * week))
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["move_a", "move_b", "leave", "enrol_a", "enrol_b", "sub_1", "sub_2", "none"]
        ),
        DATES,
    ),
    max_size=8,
)


def apart(rows: list[Any]) -> bool:
    """Whether dated rows of one pupil never hold together."""
    rows = sorted(rows, key=lambda row: row.since)
    return all(row.until is None or row.since < row.until for row in rows) and all(
        left.until is not None and left.until <= right.since
        for left, right in itertools.pairwise(rows)
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DEEDS)
def test_whatever_happens_nobody_is_in_two_places(
    school: Any, deeds: list[tuple[str, dt.date]]
) -> None:
    admin, pupil, ids = school.actor("admin"), school.persons["pupil"], school.ids
    todo = {
        "move_a": lambda on: services.move_pupil(admin, pupil, ids["5А"], on),
        "move_b": lambda on: services.move_pupil(admin, pupil, ids["5Б"], on),
        "leave": lambda on: services.leave_pupil(admin, pupil, on),
        "enrol_a": lambda on: services.enrol_pupil(admin, pupil, ids["5А"], on),
        "enrol_b": lambda on: services.enrol_pupil(admin, pupil, ids["5Б"], on),
        "sub_1": lambda on: services.move_to_subgroup(admin, pupil, ids["english_5a_1"], on),
        "sub_2": lambda on: services.move_to_subgroup(admin, pupil, ids["english_5a_2"], on),
        "none": lambda on: services.leave_subgroup(admin, pupil, ids["english_5a_1"], on),
    }
    with db.atomic() as around:
        for deed, on in deeds:
            before = {day: names(school, "5А", day) for day in (on - dt.timedelta(days=1),)}
            try:
                todo[deed](on)
            except Invalid:
                continue
            assert {day: names(school, "5А", day) for day in before} == before
        assert apart(list(ClassMember.select().where(ClassMember.pupil == pupil)))
        assert apart(list(GroupMember.select().where(GroupMember.pupil == pupil)))
        for week in range(0, 41, 4):
            day = dt.date(2026, 9, 1) + dt.timedelta(days=6 * week)
            in_class = "Абрамов" in names(school, "5А", day)
            in_groups = [
                group
                for group in ("english_5a_1", "english_5a_2")
                if "Абрамов" in members(school, group, day)
            ]
            assert len(in_groups) <= int(in_class)
        around.rollback()


@pytest.fixture
def aside() -> Iterator[None]:
    """Put the application of the other tests aside while a test serves one of its own."""
    bound, manager = database.db.obj, plugins._current
    database.db.initialize(None)
    plugins.use(None)
    try:
        yield
    finally:
        if bound is not None:
            database.bind(bound)
        plugins.use(manager)


@pytest.mark.usefixtures("aside")
def test_two_moves_at_once_come_one_after_the_other(
    engine: str, tmp_path: Any, request: Any
) -> None:
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_cluster").create_database("moves_at_once")
    told: list[str] = []
    with clock.frozen(make.TODAY), serving(url, tmp_path) as app, app.app_context():
        with database.connection():
            schema.create_all()
            with database.transaction():
                school = make.small_school()
            admin = school.actor("admin")
        gate = threading.Barrier(2)

        def move(day: int) -> None:
            with app.app_context(), database.connection():
                gate.wait()
                try:
                    services.move_pupil(
                        admin, school.persons["pupil"], school.ids["5Б"], dt.date(2026, 12, day)
                    )
                    told.append("moved")
                except Invalid:
                    told.append("refused")

        threads = [threading.Thread(target=move, args=(day,)) for day in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.connection():
            rows = list(ClassMember.select().where(ClassMember.pupil == school.persons["pupil"]))
    assert sorted(told) == ["moved", "refused"]
    assert apart(rows)
