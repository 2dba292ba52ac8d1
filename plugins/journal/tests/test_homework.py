"""Homework with files, days and chosen pupils; answers of pupils; comments that were read."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from asurso_core.db import rows
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.school import GroupMember
from asurso_core.testing.make import SmallSchool
from asurso_core.text import sort_key
from asurso_journal import pupil_page, pupil_rows, queries, services, task_rows
from asurso_journal.models import Answer, AnswerVersion, AttendanceCode, Mark, Task
from asurso_timetable.api import lessons_by_id

Day = dt.date
YESTERDAY = "2026-11-23"  # today is Tuesday, the 24th


@pytest.fixture
def task(school: SmallSchool, lesson: Any) -> Any:
    """``task(pupils=["pupil"])`` sets a homework of a lesson of yesterday, with answers."""

    def make(date: str = YESTERDAY, **more: Any) -> Task:
        more["pupils"] = [school.persons[one] for one in more.get("pupils", [])]
        return services.set_task(
            school.actor("teacher"), lesson(date=date).id, **{"answers": True, **more}
        )

    return make


@pytest.fixture
def answer(school: SmallSchool) -> Any:
    """``answer(task, "pupil", "ответ")`` hands in."""

    def make(of: Task, who: str = "pupil", text: str = "Решение") -> Answer:
        return services.hand_in(school.actor(who), of.id, text=text)

    return make


def due(school: SmallSchool, pupil: str = "pupil") -> Any:
    return pupil_rows.homework_of_pupil(
        school.actor(pupil), school.persons[pupil], [school.ids["maths_5a"]],
        Day(2026, 11, 1), Day(2026, 12, 20),
    )  # fmt: skip


def test_homework_is_due_at_the_lesson_of_the_chosen_day(school: SmallSchool, lesson: Any) -> None:
    at, soon, later = (lesson(date=day) for day in (YESTERDAY, "2026-11-25", "2026-11-30"))
    teacher = school.actor("teacher")
    services.set_lesson_note(teacher, at.id, topic="", homework="Проект", version=0)
    assert due(school)[1][soon.id] == "Проект"
    made = services.set_task(teacher, at.id, due_on=Day(2026, 11, 27), links=["https://a.ru/1"])
    _topics, texts, tasks = due(school)
    assert (texts[soon.id], texts[later.id]) == ("", "Проект")
    assert [one.id for one in tasks[later.id]] == [made.id]


def test_homework_for_chosen_pupils_is_seen_by_them_alone(
    school: SmallSchool, lesson: Any, task: Any
) -> None:
    task(pupils=["pupil"], text="Карточка 4")
    lesson(date="2026-11-25")
    assert [one.text for found in due(school)[2].values() for one in found] == ["Карточка 4"]
    assert due(school, "pupil_2")[2] == {}


def test_what_cannot_be_homework_is_refused(school: SmallSchool, lesson: Any) -> None:
    at, teacher = lesson(date=YESTERDAY), school.actor("teacher")
    for wrong in (
        {"links": ["javascript:alert(1)"]},
        {"due_on": Day(2026, 11, 20)},
        {"pupils": [school.persons["pupil_6"]], "text": "Чужому"},
        {"pupils": [school.persons["pupil"]]},
    ):
        with pytest.raises(Invalid):
            services.set_task(teacher, at.id, **wrong)
    with pytest.raises(Refused):
        services.set_task(school.actor("class_teacher"), at.id, links=["https://a.ru"])
    services.set_task(teacher, at.id, links=["https://a.ru"])
    with pytest.raises(Conflict):
        services.set_task(teacher, at.id, links=[])


def test_the_load_of_a_day_counts_other_subjects(school: SmallSchool, lesson: Any) -> None:
    at = lesson(date=YESTERDAY)
    lesson(date="2026-11-25")
    russian = lesson("russian_5a", YESTERDAY, 2)
    lesson("russian_5a", "2026-11-25", 2)
    services.set_lesson_note(
        school.actor("class_teacher"), russian.id, topic="", homework="Упр. 5", version=0
    )
    days = task_rows.due_days(school.actor("teacher"), lessons_by_id([at.id])[0])
    assert [(one.date, one.load) for one in days] == [(Day(2026, 11, 25), 1)]


def test_homework_written_long_after_the_lesson_is_late(
    school: SmallSchool, lesson: Any, clock: Any
) -> None:
    morning, teacher = lesson(), school.actor("teacher")
    clock.move("2026-11-24T12:00")
    services.set_lesson_note(teacher, morning.id, topic="", homework="В срок", version=0)
    evening = lesson("maths_5a", YESTERDAY)
    services.set_lesson_note(teacher, evening.id, topic="", homework="Поздно", version=0)
    found = task_rows.late_homework(teacher, Day(2026, 11, 1), Day(2026, 11, 30))
    assert [one.id for one in found] == [evening.id]


def test_an_answer_goes_back_and_comes_again_and_bears_a_mark(
    school: SmallSchool, task: Any, answer: Any
) -> None:
    made, teacher = task(), school.actor("teacher")
    first = answer(made)
    with pytest.raises(Invalid):
        services.return_answer(teacher, first.id, comment="", version=first.version)
    services.return_answer(teacher, first.id, comment="Нет проверки", version=first.version)
    second = answer(made, text="Решение с проверкой")
    with pytest.raises(Conflict):
        services.accept_answer(teacher, first.id, version=first.version)
    services.accept_answer(teacher, second.id, mark="5", version=second.version)
    assert [one.value for one in Mark.select()] == ["5"]
    with pytest.raises(Refused):
        answer(made)
    (shown,) = [one for one in task_rows.task_page(teacher, made.id).answers if one.answer]
    told = [(version.text, version.comment) for version, _files in shown.versions]
    assert told == [("Решение с проверкой", ""), ("Решение", "Нет проверки")]
    assert shown.mark == "5"


def test_a_mark_that_makes_no_sense_accepts_nothing(
    school: SmallSchool, task: Any, answer: Any
) -> None:
    made = answer(task())
    with pytest.raises(Invalid):
        services.accept_answer(school.actor("teacher"), made.id, mark="7", version=made.version)
    assert Answer.get_by_id(made.id).state == "handed"


def test_what_the_teacher_typed_is_not_lost_with_a_wrong_mark(
    school: SmallSchool, task: Any, answer: Any, login_as: Any
) -> None:
    made = answer(task())
    sent = {"mark": "7", "comment": "Почти всё верно", "version": str(made.version)}
    address = f"/journal/task/{made.task_id}/answers/{made.id}/accept"
    told = login_as("teacher").post(address, data=sent)
    assert told.status_code == 422
    assert "Почти всё верно</textarea>" in told.text


def test_answers_that_wait_for_the_teacher_come_first(
    school: SmallSchool, task: Any, answer: Any
) -> None:
    of = task()
    answer(of, "pupil_3")
    told = task_rows.task_page(school.actor("teacher"), of.id).answers
    assert told[0].pupil_id == school.persons["pupil_3"]
    names = [one.name for one in told[1:]]
    assert names == sorted(names, key=sort_key)


def test_a_mark_for_homework_keeps_a_code_whose_letter_the_school_has_changed(
    school: SmallSchool, lesson: Any, put: Any, answer: Any
) -> None:
    at, teacher = lesson(date=YESTERDAY), school.actor("teacher")
    put("teacher", at, "pupil", "Б")
    AttendanceCode.update(letter="БОЛ").where(AttendanceCode.code == "Б").execute()
    made = answer(services.set_task(teacher, at.id, answers=True))
    services.accept_answer(teacher, made.id, mark="4", version=made.version)
    assert rows("SELECT code FROM journal_attendance") == [("Б",)]


def test_a_mark_for_homework_stands_beside_the_code_of_the_day(
    school: SmallSchool, lesson: Any, put: Any, answer: Any
) -> None:
    at, teacher = lesson(date=YESTERDAY), school.actor("teacher")
    put("teacher", at, "pupil", "Б")
    made = answer(services.set_task(teacher, at.id, answers=True))
    services.accept_answer(teacher, made.id, mark="4", version=made.version)
    assert rows("SELECT code FROM journal_attendance") == [("Б",)]
    assert [one.value for one in Mark.select()] == ["4"]


def test_who_hands_in_and_who_reads_answers(school: SmallSchool, task: Any, answer: Any) -> None:
    made = task(pupils=["pupil"], text="Доклад")
    given = answer(made)
    for stranger in ("parent", "pupil_2", "pupil_6"):
        with pytest.raises((NotThere, Refused)):
            answer(made, stranger)
    with pytest.raises(NotThere):
        services.return_answer(
            school.actor("class_teacher"), given.id, comment="?", version=given.version
        )
    found = task_rows.pupil_task(school.actor("parent"), school.persons["pupil"], made.id)
    assert (found.mine.versions[0][0].text, found.may_answer) == ("Решение", False)
    with pytest.raises(NotThere):
        task_rows.pupil_task(school.actor("other_parent"), school.persons["pupil"], made.id)


def test_an_answer_after_the_lesson_began_is_late(
    school: SmallSchool, lesson: Any, task: Any, answer: Any, clock: Any
) -> None:
    made = task()
    lesson(date="2026-11-25")
    assert not answer(made).late
    clock.move("2026-11-26")
    assert answer(made).late
    assert AnswerVersion.select().count() == 2


def test_homework_with_answers_is_not_thrown_away(
    school: SmallSchool, task: Any, answer: Any
) -> None:
    made = task()
    answer(made)
    with pytest.raises(Refused):
        services.remove_task(school.actor("teacher"), made.id, version=made.version)


def test_a_comment_counts_as_read_until_it_is_changed(
    school: SmallSchool, lesson: Any, put: Any
) -> None:
    at = lesson()
    put("teacher", at, "pupil", "5", comment="Молодец")
    days = (school.persons["pupil"], Day(2026, 11, 23), Day(2026, 11, 29))
    assert services.read_comments(school.actor("parent"), *days) == 1
    assert services.read_comments(school.actor("parent"), *days) == 0
    put("teacher", at, "pupil", "5", version=1, comment="Молодец!")
    assert services.read_comments(school.actor("parent"), *days) == 1
    with pytest.raises(NotThere):
        services.read_comments(school.actor("teacher"), *days)


def test_the_teacher_sets_homework_on_its_page_and_sees_the_answers(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at, teacher = lesson(date=YESTERDAY), login_as("teacher")
    lesson(date="2026-11-25")
    address = f"/journal/lesson/{at.id}/homework"
    sent = {"for": "chosen", "text": "Доклад", "answers": "y", "pupils": school.persons["pupil"],
            "due_on": "", "version": "0"}  # fmt: skip
    assert teacher.post(address, data=sent).status_code == 303
    assert "Доклад" in teacher.get(address).text
    made = Task.get()
    pupil = login_as("pupil")
    page = f"/diary/{school.persons['pupil']}/task/{made.id}"
    assert pupil.post(page, data={"text": "Готово"}).status_code == 303
    assert "сдано" in pupil.get(page).text
    assert "Готово" in teacher.get(f"/journal/task/{made.id}").text
    wrong = teacher.post(address, data={**sent, "text": ""})
    assert wrong.status_code == 422
    assert "Напишите, что нужно сделать" in wrong.text


def test_a_pupil_who_changes_the_subgroup_keeps_one_line_of_the_subject(
    school: SmallSchool, lesson: Any, put: Any
) -> None:
    before = lesson("english_5a_1", "2026-11-20")
    put("english_1", before, "pupil", "5")
    moved = Day(2026, 11, 22)
    GroupMember.update(until=moved).where(GroupMember.pupil == school.persons["pupil"]).execute()
    GroupMember.create(pupil=school.persons["pupil"], group=school.ids["english_5a_2"], since=moved)
    after = lesson("english_5a_2", YESTERDAY, 2)
    put("english_2", after, "pupil", "2")
    page = pupil_page.page(school.actor("class_teacher"), school.persons["pupil"], None)
    (line,) = page.lines
    assert (line.simple, line.groups) == (
        "3,50", {school.ids["english_5a_1"], school.ids["english_5a_2"]}
    )  # fmt: skip
    for at in (before, after):
        assert queries.history(school.actor("deputy"), at.id, 0, school.persons["pupil"])["entries"]


# --- nothing that was typed is lost, nobody is overwritten ----------------------------------------


def test_a_text_for_nobody_chosen_stays_in_its_sheet(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at = lesson(date=YESTERDAY)
    sent = {"for": "chosen", "text": "Доклад о дробях", "version": "0"}
    told = login_as("teacher").post(f"/journal/lesson/{at.id}/homework", data=sent)
    assert told.status_code == 422
    assert "Доклад о дробях</textarea>" in told.text


def test_a_conflict_of_homework_shows_theirs_and_can_be_saved_over(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at, teacher = lesson(date=YESTERDAY), login_as("teacher")
    made = services.set_task(school.actor("teacher"), at.id, links=["https://a.ru/theirs"])
    address = f"/journal/lesson/{at.id}/homework"
    mine = {"for": "all", "links": "https://a.ru/mine", "version": "0"}
    told = teacher.post(address, data=mine)
    assert told.status_code == 409
    assert "https://a.ru/theirs" in told.text
    assert f'name="version" value="{made.version}"' in told.text
    again = {**mine, "task": str(made.id), "version": str(made.version)}
    assert teacher.post(address, data=again).status_code == 303


def test_homework_that_is_refused_keeps_the_links(
    school: SmallSchool, lesson: Any, login_as: Any, rules: Any
) -> None:
    at = lesson(date=YESTERDAY)
    rules(days_back_teacher=0)
    sent = {"for": "all", "links": "https://a.ru/typed", "version": "0"}
    told = login_as("teacher").post(f"/journal/lesson/{at.id}/homework", data=sent)
    assert told.status_code == 403
    assert "https://a.ru/typed" in told.text


def test_labels_of_the_page_of_homework_belong_to_their_fields(
    school: SmallSchool, lesson: Any, login_as: Any
) -> None:
    at = lesson(date=YESTERDAY)
    page = login_as("teacher").get(f"/journal/lesson/{at.id}/homework").text
    named = re.findall(r'<label class="form-[^"]*" for="([^"]+)"', page)
    assert len(named) >= 8
    assert all(f'id="{name}"' in page for name in named)
    assert len(named) == len(set(named))


def test_who_may_put_all_marks_of_the_class_reads_and_judges_answers_too(
    school: SmallSchool, task: Any, answer: Any, rules: Any
) -> None:
    rules(class_teacher_marks=True)
    made = answer(task())
    leader = school.actor("class_teacher")
    assert task_rows.task_page(leader, made.task_id).editable
    services.accept_answer(leader, made.id, version=made.version)


def test_a_deputy_reads_answers_and_their_files_and_judges_none(
    school: SmallSchool, task: Any, answer: Any, login_as: Any
) -> None:
    made = answer(task())
    page = login_as("deputy").get(f"/journal/task/{made.task_id}")
    assert "Решение" in page.text
    assert "answer-form" not in page.text
    with pytest.raises(NotThere):
        services.accept_answer(school.actor("deputy"), made.id, version=made.version)


def test_an_answer_is_accepted_with_a_mark_and_with_nothing_else(
    school: SmallSchool, task: Any, answer: Any
) -> None:
    made = answer(task())
    for typed in ("н", ".", "Б/5"):
        with pytest.raises(Invalid):
            services.accept_answer(
                school.actor("teacher"), made.id, mark=typed, version=made.version
            )
    assert rows("SELECT COUNT(*) FROM journal_attendance") == [(0,)]


def test_rework_of_what_came_in_time_is_not_late(
    school: SmallSchool, task: Any, answer: Any, lesson: Any, clock: Any
) -> None:
    lesson(date="2026-11-25")
    made = answer(task())
    teacher = school.actor("teacher")
    services.return_answer(teacher, made.id, comment="Проверь", version=made.version)
    clock.move("2026-11-26T12:00")
    assert not services.hand_in(school.actor("pupil"), made.task_id, text="Ещё раз").late


def test_a_mark_that_somebody_put_meanwhile_is_not_overwritten(
    school: SmallSchool, task: Any, answer: Any, put: Any
) -> None:
    of, teacher = task(), school.actor("teacher")
    first, second = answer(of, "pupil"), answer(of, "pupil_2")
    services.accept_answer(teacher, first.id, mark="5", version=first.version)
    at = lessons_by_id([of.lesson_id])[0]
    put("teacher", at, "pupil_2", "3")
    with pytest.raises(Conflict):
        services.accept_answer(teacher, second.id, mark="5", version=second.version, over="")
    services.accept_answer(teacher, second.id, mark="5", version=second.version, over="3")
