"""Nobody is in two places: refused by the database and told in words."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import peewee as pw
import pytest

from asurso_core import db as database
from asurso_core import schema
from asurso_core.errors import Invalid
from asurso_core.testing import make
from asurso_core.testing.plugin import serving
from asurso_timetable.models import Lesson
from asurso_timetable.services.grid import move, remove, undo
from asurso_timetable.services.lessons import add_lesson, cancel_lesson, restore_lesson

DAY = dt.date(2026, 12, 1)


def _lesson(school: Any, group: str, **more: Any) -> Any:
    values = {"date": DAY, "number": 1, "starts": 510, "ends": 550, "group": school.ids[group]}
    return Lesson.create(**{**values, **more})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"teacher": "teacher"}, {"teacher": "teacher"}),
        ({"room": "room_101"}, {"room": "room_101"}),
    ],
)
def test_a_teacher_or_a_room_is_not_in_two_places(school, first, second):
    def ids(found: Any) -> Any:
        return {key: school.persons.get(one) or school.ids.get(one) for key, one in found.items()}

    _lesson(school, "maths_5a", **ids(first))
    with pytest.raises(pw.IntegrityError, match="asurso:clash"), database.db.atomic():
        _lesson(school, "maths_5b", number=2, starts=549, ends=600, **ids(second))
    _lesson(school, "maths_5b", number=2, starts=550, ends=600, **ids(second))


def test_a_class_has_one_lesson_at_a_time_but_subgroups_run_side_by_side(school):
    _lesson(school, "english_5a_1")
    _lesson(school, "english_5a_2")
    with pytest.raises(pw.IntegrityError, match="asurso:clash:class"), database.db.atomic():
        _lesson(school, "maths_5a")
    with pytest.raises(pw.IntegrityError, match="asurso:clash:class"), database.db.atomic():
        _lesson(school, "english_5a_1", starts=540, ends=580)


def test_a_cancelled_lesson_frees_its_place_and_cannot_come_back_to_a_taken_one(school, week):
    deputy = school.actor("deputy")
    first = add_lesson(deputy, school.ids["maths_5a"], DAY, 1)
    first = cancel_lesson(deputy, first.id, expected=1, note="болезнь")
    add_lesson(deputy, school.ids["russian_5a"], DAY, 1)
    with pytest.raises(Invalid, match="русский язык, 08:30–09:10"):
        restore_lesson(deputy, first.id, expected=2)


def test_the_message_says_with_what_a_room_clashes(school, week):
    deputy, room = school.actor("deputy"), school.ids["room_101"]
    add_lesson(deputy, school.ids["maths_5b"], DAY, 1, room_id=room)
    with pytest.raises(Invalid) as told:
        add_lesson(deputy, school.ids["maths_5a"], DAY, 1, room_id=room)
    assert "101" in told.value.message
    assert "5Б, математика, 08:30–09:10" in told.value.message


def test_odd_and_even_weeks_share_a_cell(school, week):
    week.put("maths_5a", parity=1)
    week.put("russian_5a", parity=2)
    with pytest.raises(Invalid, match="русский язык"):
        week.put("english_5a_1", parity=2)
    with pytest.raises(Invalid, match="математика"):
        week.put("english_5a_1", parity=0)


def test_moving_and_removing_in_the_grid_can_be_undone(school, week):
    deputy = school.actor("deputy")
    entry = week.put("maths_5a")
    move(deputy, entry.id, weekday=3, number=2)
    undo(deputy, week.grid.id)
    again = type(entry).get_by_id(entry.id)
    assert (again.weekday, again.number, again.starts) == (1, 1, 510)
    remove(deputy, entry.id)
    undo(deputy, week.grid.id)
    assert type(entry).select().where(type(entry).group == entry.group_id).count() == 1


@pytest.mark.postgres
def test_of_two_writers_at_once_only_one_gets_the_room(engine, request, tmp_path: Path):
    if engine != "postgres":
        pytest.skip("SQLite has one writer")
    url = str(request.getfixturevalue("postgres_cluster").create_database("asurso_race"))
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.create_all()
        with database.transaction():
            school = make.small_school()
        ready, done = threading.Barrier(2), []

        def write(group: str) -> None:
            with database.connection():
                ready.wait()
                try:
                    with database.db.atomic():
                        _lesson(school, group, room=school.ids["room_101"])
                    done.append("written")
                except pw.IntegrityError:
                    done.append("refused")

        for _round in range(10):
            done.clear()
            threads = [threading.Thread(target=write, args=(g,)) for g in ("maths_5a", "maths_5b")]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            assert sorted(done) == ["refused", "written"]
            Lesson.delete().execute()
