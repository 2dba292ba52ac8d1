"""What pupils and parents read, and what they must never see."""

from __future__ import annotations

import datetime as dt
import io
import re
import types
from typing import Any

import pytest
from PIL import Image

from asurso_core import hookimpl, plugins
from asurso_core.accounts import Guardian, Person
from asurso_core.plugins import Plugin
from asurso_core.school import ClassMember
from asurso_core.testing.make import SmallSchool
from asurso_diary import queries
from asurso_diary.hookspecs import Section
from asurso_journal.models import AssignmentType, Mark


def url(school: SmallSchool, pupil: str, day: str = "2026-11-24") -> str:
    return f"/diary/{school.persons[pupil]}/week/{day}"


def text(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.text)


def test_a_parent_reads_the_marks_of_the_week(
    school: SmallSchool, login_as: Any, lesson: Any, mark: Any
) -> None:
    mark(lesson("maths_5a", "2026-11-23"), "pupil", "5", weight=3, comment="Отличное решение")
    page = text(login_as("parent"), url(school, "pupil"))
    assert "mark-5" in page
    assert "Отличное решение" in page
    assert "вес 3" in page


def test_homework_stands_at_the_lesson_it_is_due_at(
    school: SmallSchool, lesson: Any, note: Any
) -> None:
    note(lesson("maths_5a", "2026-11-20"), homework="§ 12, № 145")
    lesson("maths_5a", "2026-11-23", status="cancelled")
    due = lesson("maths_5a", "2026-11-25")
    found = queries.week(school.actor("parent"), school.person("pupil"), dt.date(2026, 11, 24))
    told = {one["date"]: [part["homework"] for part in one["lessons"]] for one in found.days}
    assert told[due.date] == ["§ 12, № 145"]
    assert told[dt.date(2026, 11, 23)] == [""]


def test_a_debt_is_told_at_the_top_until_it_is_closed(
    school: SmallSchool, login_as: Any, lesson: Any, mark: Any
) -> None:
    debt = mark(lesson("maths_5a", "2026-09-14"), "pupil", dot=True)
    client = login_as("pupil")
    assert "Не сдана 1 работа" in text(client, url(school, "pupil"))
    debt.value, debt.dot = "4", False
    debt.save()
    assert "Не сдана" not in text(client, url(school, "pupil"))


def test_an_absence_is_told_in_words(
    school: SmallSchool, login_as: Any, lesson: Any, absent: Any
) -> None:
    absent(lesson("maths_5a", "2026-11-23"), "pupil", "Б")
    assert "болез" in text(login_as("parent"), url(school, "pupil")).lower()


@pytest.mark.parametrize("reader", ["parent", "pupil", "other_parent", "pupil_6"])
@pytest.mark.parametrize("stranger", ["pupil_2", "pupil_3", "teacher", "parent"])
def test_nobody_reads_a_stranger(
    school: SmallSchool, login_as: Any, reader: str, stranger: str
) -> None:
    client = login_as(reader)
    for address in (
        url(school, stranger),
        f"/diary/{school.persons[stranger]}/periods",
        f"/diary/{school.persons[stranger]}/periods/{school.ids['period_2']}",
    ):
        assert client.get(address).status_code == 404


def test_a_barred_guardian_reads_nothing_and_is_told_whom_to_ask(
    school: SmallSchool, login_as: Any
) -> None:
    Guardian.update(may_receive=False).execute()
    client = login_as("other_parent")
    assert client.get(url(school, "pupil_6")).status_code == 404
    assert "Дневник вам недоступен" in text(client, "/diary/")


def test_a_parent_without_children_is_told_whom_to_ask(school: SmallSchool, login_as: Any) -> None:
    del school
    Guardian.delete().execute()
    assert "классного руководителя" in text(login_as("parent"), "/diary/")


def test_a_teacher_who_is_a_parent_reads_the_own_child_only_as_a_parent(
    school: SmallSchool, login_as: Any
) -> None:
    assert login_as("teacher_parent", "family").get(url(school, "pupil_2")).status_code == 200
    assert login_as("teacher_parent", "staff").get(url(school, "pupil_2")).status_code == 404


def test_a_class_teacher_reads_the_own_class_and_no_other(
    school: SmallSchool, login_as: Any
) -> None:
    client = login_as("class_teacher")
    assert client.get(url(school, "pupil")).status_code == 200
    assert client.get(url(school, "pupil_6")).status_code == 404
    page = text(client, "/diary/")
    assert "Ёжикова" in page
    assert "Яковлев" not in page


def test_a_parent_switches_between_two_children(school: SmallSchool, login_as: Any) -> None:
    page = text(login_as("parent"), url(school, "pupil"))
    assert url(school, "pupil_5") in page


def test_only_lessons_of_own_subgroup_are_shown(school: SmallSchool, lesson: Any) -> None:
    lesson("english_5a_1", "2026-11-24", 1)
    lesson("english_5a_2", "2026-11-24", 2)
    found = queries.week(school.actor("pupil"), school.person("pupil"), dt.date(2026, 11, 24))
    assert [one["number"] for day in found.days for one in day["lessons"]] == [1]


def test_a_pupil_who_changed_class_keeps_the_marks_of_both(
    school: SmallSchool, lesson: Any, mark: Any
) -> None:
    mark(lesson("maths_5a", "2026-11-09"), "pupil", "5")
    moved = dt.date(2026, 11, 16)
    ClassMember.update(until=moved).where(ClassMember.pupil == school.persons["pupil"]).execute()
    ClassMember.create(pupil=school.persons["pupil"], school_class=school.ids["5Б"], since=moved)
    mark(lesson("maths_5b", "2026-11-23"), "pupil", "3")
    actor, child = school.actor("parent"), school.person("pupil")
    place = queries.place_of(child.id, dt.date(2026, 11, 24))
    assert place is not None
    assert place.class_title == "5Б"
    span = place.span_at(dt.date(2026, 11, 24))
    assert span is not None
    (maths,) = [
        line
        for line in queries.period(actor, child, place, span)
        if line["subject"] == "Математика"
    ]
    assert [one["text"] for one in maths["marks"]] == ["5", "3"]
    assert maths["simple"] == "4,00"


def test_the_average_of_a_small_class_is_hidden(
    school: SmallSchool, lesson: Any, mark: Any
) -> None:
    at = lesson("maths_5a", "2026-11-23")
    for name in ("pupil", "pupil_2", "pupil_3", "pupil_4"):
        mark(at, name, "4")
    actor, child = school.actor("parent"), school.person("pupil")
    place = queries.place_of(child.id, at.date)
    assert place is not None
    lines = queries.period(actor, child, place, place.spans[1])
    assert {line["subject"]: line["of_class"] for line in lines}["Математика"] == ""


@pytest.mark.parametrize("day", ["x", "2026-13-01", "0001-01-01", "9999-12-31", "20261124", "-"])
def test_a_day_that_is_no_day_is_not_there(school: SmallSchool, login_as: Any, day: str) -> None:
    assert login_as("parent").get(url(school, "pupil", day)).status_code == 404


@pytest.mark.parametrize("day", ["2026-06-01", "2026-10-28", "2027-07-15", "2020-01-01"])
def test_weeks_without_lessons_are_told_as_such(
    school: SmallSchool, login_as: Any, day: str
) -> None:
    page = text(login_as("parent"), url(school, "pupil", day))
    assert "Осенние каникулы" in page or "На этой неделе уроков нет" in page


def test_a_week_costs_the_same_number_of_statements_whatever_is_in_it(
    school: SmallSchool, login_as: Any, statements: Any, lesson: Any, mark: Any, note: Any
) -> None:
    client = login_as("parent")
    client.get(url(school, "pupil"))
    counts = []
    for days in (range(23, 25), range(25, 28)):
        for day in days:
            for number in (1, 2, 3):
                at = lesson("maths_5a", f"2026-11-{day}", number)
                mark(at, "pupil", "4")
                note(at, "Тема", "§ 1")
        with statements() as seen:
            client.get(url(school, "pupil"))
        counts.append(len(seen))
    assert max(counts) <= 10, counts


def test_another_plugin_adds_a_section_and_a_failing_one_is_left_out(
    school: SmallSchool,
) -> None:
    def good(actor: Any, pupil: Person, week: dt.date) -> Section:
        del actor
        return Section(title=f"{pupil.given_name} {week}", template="x")

    def bad(actor: Any, pupil: Person, week: dt.date) -> Section:
        raise RuntimeError

    before = plugins.current()
    manager = plugins.PluginManager()
    made = []
    for name, function in (("good", good), ("bad", bad)):
        module = types.ModuleType(name)
        function.__name__ = "diary_sections"
        module.diary_sections = hookimpl(function)  # type: ignore[attr-defined]
        made.append(Plugin(name, module, f"asurso_{name}", ("diary",)))
    manager.register([*before.plugins.values(), *made])
    plugins.use(manager)
    try:
        found = queries.sections(
            school.actor("parent"), school.person("pupil"), dt.date(2026, 11, 23)
        )
    finally:
        plugins.use(before)
    assert [(name, section.title) for name, section in found] == [("good", "Егор 2026-11-23")]


def test_the_start_page_tells_a_parent_what_is_new_with_each_child(
    school: SmallSchool, login_as: Any, lesson: Any, mark: Any
) -> None:
    del school
    mark(lesson("maths_5a", "2026-11-23"), "pupil", "2")
    page = text(login_as("parent"), "/")
    assert "Егор" in page
    assert "Ника" in page
    assert "mark-2" in page


# --- what if -------------------------------------------------------------------------------------


def what_if_url(school: SmallSchool, more: str = "", subject: str = "Математика") -> str:
    period = school.ids["period_2"]
    return f"/diary/{school.persons['pupil']}/what-if/{period}/{school.ids[subject]}{more}"


def kind_of_work(weight: int) -> int:
    return int(AssignmentType.create(name=f"Вид с весом {weight}", letter="В", weight=weight).id)


def test_imagined_marks_are_counted_with_their_weights_and_written_nowhere(
    school: SmallSchool, login_as: Any, lesson: Any, mark: Any
) -> None:
    mark(lesson("maths_5a", "2026-11-23"), "pupil", "3")
    heavy = kind_of_work(3)
    page = text(
        login_as("parent"),
        what_if_url(school, f"?mark=5&work={heavy}&mark=&work={heavy}&mark=4&work={heavy}"),
    )
    told = page.split('id="what-if-outcome"')[1].split("</p>")[0]
    assert "4,29" in told  # (3 + 5·3 + 4·3) / 7
    assert "mark-4" in told
    assert Mark.select().count() == 1


def test_the_way_to_the_next_better_mark_is_told(
    school: SmallSchool, login_as: Any, lesson: Any, mark: Any
) -> None:
    kind_of_work(3)
    mark(lesson("maths_5a", "2026-11-23"), "pupil", "3")
    mark(lesson("maths_5a", "2026-11-24"), "pupil", "3")
    found = queries.what_if(
        school.actor("parent"), school.person("pupil"),
        queries.Span(1, "", dt.date(2026, 11, 4), dt.date(2026, 12, 30)),
        school.ids["Математика"], [],
    )  # fmt: skip
    assert found.now.value == "3"
    # (3 + 3 + 5) / 3 = 3,67 and (3 + 3 + 5·3) / 5 = 4,2: one five is enough for a four.
    assert {(one.value, one.count) for one in found.now.needed} == {("4", 1)}


@pytest.mark.parametrize(
    "more", ["?mark=9&work=1", "?mark=5&work=x", "?mark=5", "?mark=5&work=2147483648",
             "?" + "mark=5&work=1&" * 6],
)  # fmt: skip
def test_odd_imaginings_are_answered_with_a_message(
    school: SmallSchool, login_as: Any, more: str
) -> None:
    assert login_as("parent").get(what_if_url(school, more)).status_code == 422


def test_a_subject_that_is_not_learned_and_a_period_that_is_over_have_no_calculator(
    school: SmallSchool, login_as: Any
) -> None:
    client = login_as("parent")
    assert client.get(what_if_url(school)).status_code == 200
    over = what_if_url(school).replace(f"/{school.ids['period_2']}/", f"/{school.ids['period_1']}/")
    assert client.get(over).status_code == 404
    assert client.get(what_if_url(school).rsplit("/", 1)[0] + "/999999").status_code == 404


def test_a_parent_sends_a_note_with_a_certificate_and_only_the_class_teacher_reads_it(
    school: SmallSchool, login_as: Any
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    address = f"/diary/{school.persons['pupil']}/absences"
    family, leader, stranger = login_as("parent"), login_as("class_teacher"), login_as("teacher")
    answer = family.post(
        address,
        data={"starts": "2026-11-24", "ends": "", "reason": "Температура",
              "file": (io.BytesIO(picture.getvalue()), "справка.png")},
    )  # fmt: skip
    assert answer.status_code == 303
    page = text(family, address)
    assert "ждёт ответа" in page
    (link,) = re.findall(r'href="(/files/[^"]+)"', page)
    day = text(leader, f"/journal/day/{school.ids['5А']}/2026-11-24")
    assert link in day
    assert [who.get(link).status_code for who in (family, leader, stranger)] == [200, 200, 404]
