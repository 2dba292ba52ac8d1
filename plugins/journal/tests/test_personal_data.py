"""Personal data of the journal: given out with the marks; erasing takes the name, not the mark."""

from __future__ import annotations

import json
from typing import Any

from asurso_core import clock
from asurso_core.accounts import Person
from asurso_core.db import transaction
from asurso_journal.models import LessonNote, Mark
from asurso_journal.services import apply_edits


def test_marks_are_given_out_and_stay_after_the_erasure(
    school: Any, lesson: Any, edit: Any, login_as: Any
) -> None:
    at, pupil = lesson(), school.persons["pupil"]
    edits = [edit(at, "pupil", "5", comment="Отлично"), edit(at, "pupil_2", "2")]
    apply_edits(school.actor("teacher"), edits)
    with transaction():
        at.teacher = school.persons["teacher"]
        at.save()
        LessonNote.create(lesson=at, homework="№ 5", updated_by=school.users["teacher"])
    admin = login_as("admin")

    def told(person: int) -> Any:
        return json.loads(admin.post(f"/admin/personal-data/{person}/export").text)["data"]

    (mark,) = told(pupil)["journal"]["marks"]
    assert (mark["value"], mark["subject"], mark["comment"]) == ("5", "Математика", "Отлично")
    teacher = told(school.persons["teacher"])
    assert [one["homework"] for one in teacher["journal"]["written"]] == ["№ 5"]
    assert len(teacher["timetable"]["lessons_given"]) == 1

    Person.update(archived_at=clock.stamp()).where(Person.id == pupil).execute()
    assert "без имени" in admin.get(f"/admin/personal-data/{pupil}").text
    admin.post(f"/admin/personal-data/{pupil}/erase", data={"typed": "Абрамов"})
    assert Mark.get(Mark.pupil == pupil).value == "5"
    assert Person.get_by_id(pupil).surname != "Абрамов"
