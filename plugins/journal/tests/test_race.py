"""Many teachers at once: no mark is lost silently, on both engines (F10, T28)."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asurso_core import clock, schema
from asurso_core import db as database
from asurso_core.testing import make
from asurso_core.testing.plugin import serving
from asurso_journal.models import Mark
from asurso_journal.services import Edit, apply_edits
from asurso_timetable.api import Lesson


@pytest.fixture
def crowd(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[make.SmallSchool, list[int]]]:
    """A school of its own, really committed, with two lessons of today."""
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'race.sqlite3'}"
    else:
        cluster = request.getfixturevalue("postgres_cluster")
        url = cluster.create_database(f"race_{abs(hash(request.node.name)) % 10**8}")
    with clock.frozen(make.TODAY), serving(url, tmp_path) as app, app.app_context():
        with database.connection():
            schema.create_all()
            with database.transaction():
                school = make.small_school()
                lessons = [
                    Lesson.create(
                        date=dt.date(2026, 11, 24),
                        number=n,
                        starts=500 + 60 * n,
                        ends=540 + 60 * n,
                        group=school.ids["maths_5a"],
                    ).id
                    for n in (1, 2)
                ]
        yield school, lessons


def together(app_work: Any, count: int) -> list[Any]:
    """Run ``app_work(n)`` in threads that start at the same moment; their answers."""
    gate = threading.Barrier(count)
    answers: list[Any] = [None] * count
    from flask import current_app

    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def run(n: int) -> None:
        with app.app_context(), database.connection():
            gate.wait()
            answers[n] = app_work(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_of_many_on_one_cell_exactly_one_is_saved(
    crowd: tuple[make.SmallSchool, list[int]],
) -> None:
    school, lessons = crowd
    with database.connection():
        actor = school.actor("teacher")

    def work(n: int) -> Any:
        edit = Edit(
            op=f"race-{n}",
            lesson=lessons[0],
            pupil=school.persons["pupil"],
            value=str(2 + n % 4),
            version=0,
        )
        return apply_edits(actor, [edit])[0]

    answers = together(work, 8)
    assert Counter(one["state"] for one in answers) == {"saved": 1, "conflict": 7}
    saved = next(one["value"] for one in answers if one["state"] == "saved")
    assert {one["value"] for one in answers} == {saved}
    with database.connection():
        assert [row.value for row in Mark.select()] == [saved]


def test_one_edit_sent_many_times_at_once_is_applied_once(
    crowd: tuple[make.SmallSchool, list[int]],
) -> None:
    school, lessons = crowd
    with database.connection():
        actor = school.actor("teacher")
    edit = Edit(
        op="the-same", lesson=lessons[0], pupil=school.persons["pupil"], value="5", version=0
    )
    answers = together(lambda _n: apply_edits(actor, [edit])[0]["state"], 6)
    assert Counter(answers) == {"saved": 1, "repeated": 5}


def test_different_cells_of_crossing_batches_never_collide(
    crowd: tuple[make.SmallSchool, list[int]],
) -> None:
    school, lessons = crowd
    pupils = [school.persons[name] for name in ("pupil", "pupil_2", "pupil_3", "pupil_4")]
    with database.connection():
        actor = school.actor("teacher")

    def work(n: int) -> Any:
        order = lessons if n % 2 else lessons[::-1]
        edits = [
            Edit(op=f"b{n}-{lesson}", lesson=lesson, pupil=pupils[n], value="4", version=0)
            for lesson in order
        ]
        return [one["state"] for one in apply_edits(actor, edits)]

    assert together(work, 4) == [["saved", "saved"]] * 4
    with database.connection():
        assert Mark.select().count() == 8
