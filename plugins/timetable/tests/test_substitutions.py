"""Substitutions: who is offered, who may then do what, and what becomes of it afterwards."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock, privacy
from asurso_core.accounts import Person
from asurso_core.db import rows
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.outbox import Outbox
from asurso_core.school.models import AcademicYear
from asurso_journal.services import Edit, apply_edits
from asurso_timetable import notices, reports
from asurso_timetable.models import Grid, GridEntry, Lesson, Substitution
from asurso_timetable.services.substitutions import Change, substitute, take_back
from asurso_timetable.substitutions import lessons_of_absent, substitutions

DAY = dt.date(2026, 11, 24)


@pytest.fixture
def lesson(school):
    """``lesson("maths_5a", "teacher", 2)`` is a dated lesson of the day."""

    def make(group="maths_5a", teacher="teacher", number=1, day=DAY):
        return Lesson.create(
            date=day, number=number, starts=480 + 60 * number, ends=525 + 60 * number,
            group=school.ids[group], teacher=school.persons[teacher],
        )  # fmt: skip

    return make


@pytest.fixture
def change(school):
    """``change("english_1")`` has somebody give the lesson."""

    def make(who="english_1", **more):
        values = {"kind": "same", "reason": "ill", "payment": "hourly", **more}
        return Change(substitute_id=school.persons[who] if who else None, **values)

    return make


def put(school, who, lesson, value, version=0):
    edit = Edit(op=f"{who}{value}{version}", lesson=lesson.id, pupil=school.persons["pupil"],
                value=value, version=version)  # fmt: skip
    return apply_edits(school.actor(who), [edit])[0]["state"]


def test_a_substitute_keeps_the_journal_of_that_lesson_only_and_loses_it_again(
    school, lesson, change, clock
):
    given, other = lesson(), lesson(number=2)
    assert put(school, "english_1", given, "5") == "refused"
    row = substitute(school.actor("deputy"), given.id, change(), expected=1)
    assert put(school, "english_1", given, "5") == "saved"
    assert put(school, "english_1", other, "4") == "refused"
    assert put(school, "teacher", given, "4", 1) == "saved"  # the own journal stays the own
    clock.move(DAY + dt.timedelta(days=8))
    assert put(school, "english_1", given, "3", 2) == "refused"
    clock.move(DAY)
    take_back(school.actor("deputy"), row.id)
    assert put(school, "english_1", given, "2", 2) == "refused"
    assert Lesson.get_by_id(given.id).teacher_id == school.persons["teacher"]


def test_a_lesson_given_together_with_another_subgroup_opens_its_journal_to_who_gives_both(
    school, lesson, change
):
    own, merged = lesson("english_5a_2", "english_2"), lesson("english_5a_1", "english_1")
    del own
    substitute(school.actor("deputy"), merged.id, change("english_2", kind="merged"), expected=1)
    assert put(school, "english_2", merged, "5") == "saved"
    assert put(school, "teacher", merged, "4", 1) == "refused"


def test_whoever_is_busy_by_the_clock_is_not_offered_and_not_taken(school, lesson, change):
    given = lesson()
    lesson("maths_5b", "english_1", number=1)
    lesson("maths_5b", "teacher_parent", number=2)
    offered = lessons_of_absent(school.persons["teacher"], DAY, DAY)[0].free
    names = {id_: why for id_, _name, why in offered}
    assert school.persons["english_1"] not in names
    assert school.persons["teacher"] not in names
    assert names[school.persons["teacher_parent"]] == "subject"
    assert offered[0][0] == school.persons["teacher_parent"]
    with pytest.raises(Invalid):
        substitute(school.actor("deputy"), given.id, change(), expected=1)
    assert not Substitution.select().exists()


def test_a_changed_substitution_keeps_who_was_absent(school, lesson, change):
    given, deputy = lesson(), school.actor("deputy")
    substitute(deputy, given.id, change(), expected=1)
    substitute(deputy, given.id, change("english_2", payment="none"), expected=2)
    row = Substitution.get()
    assert (row.absent_id, row.substitute_id) == (
        school.persons["teacher"], school.persons["english_2"]
    )  # fmt: skip
    with pytest.raises(Conflict):
        substitute(deputy, given.id, change(), expected=1)


def test_a_cancelled_lesson_frees_everybody_and_comes_back(school, lesson, change):
    given, deputy = lesson(), school.actor("deputy")
    row = substitute(deputy, given.id, change(None, kind="cancelled"), expected=1)
    assert Lesson.get_by_id(given.id).status == "cancelled"
    take_back(deputy, row.id)
    assert Lesson.get_by_id(given.id).status == "planned"


@pytest.mark.parametrize(
    "more",
    [{"kind": "nonsense"}, {"reason": "x"}, {"payment": ""}, {"kind": "other"}, {"who": None},
     {"who": "teacher"}, {"order_number": "x" * 41}],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(school, lesson, change, more):
    with pytest.raises(Invalid):
        substitute(school.actor("deputy"), lesson().id, change(**more), expected=1)


@pytest.mark.parametrize("who", ["teacher", "class_teacher", "secretary", "parent"])
def test_only_the_deputy_and_the_administrator_appoint(school, lesson, change, who):
    with pytest.raises((Refused, NotThere)):
        substitute(school.actor(who), lesson().id, change(), expected=1)


def test_teachers_and_families_are_told_and_the_lesson_says_it(school, lesson, change, outbox):
    given = lesson()
    substitute(school.actor("deputy"), given.id, change(), expected=1)
    assert Lesson.get_by_id(given.id).note == "замена: Белова А. Л."
    kinds = {row.kind for row in Outbox.select()}
    assert {"timetable.substituted", "timetable.changed"} <= kinds
    outbox.run()
    told = {
        (person, kind)
        for person, kind in rows("SELECT person_id, kind FROM core_notice")
        if kind.startswith("timetable.")
    }
    assert (school.persons["english_1"], notices.SUBSTITUTION) in told
    assert (school.persons["teacher"], notices.SUBSTITUTION) in told
    assert (school.persons["parent"], notices.CHANGE) in told


def test_the_sheet_counts_lessons_by_payment(school, lesson, change):
    deputy = school.actor("deputy")
    substitute(deputy, lesson(number=1).id, change(), expected=1)
    substitute(deputy, lesson(number=2).id, change(payment="none"), expected=1)
    substitute(deputy, lesson(number=3).id, change(None, kind="cancelled"), expected=1)
    substitute(
        deputy, lesson(day=DAY.replace(day=1, month=12)).id, change("english_2"), expected=1
    )  # fmt: skip
    found, total = reports.sheet(deputy, {"day": DAY}).tables[0].rows
    # One by the hour, none within the salary, one unpaid; nobody gave the cancelled lesson, and
    # that of December is of another month.
    assert found[:5] == ["Белова А. Л.", 1, 0, 1, 2]
    assert total.cells[:5] == ["Все", 1, 0, 1, 2]
    assert [one.kind for one in substitutions(DAY, DAY)] == ["same", "same", "cancelled"]


def test_the_journal_of_substitutions_holds_every_one_of_its_days(school, lesson, change):
    deputy = school.actor("deputy")
    russian = school.ids["Русский язык"]
    substitute(
        deputy, lesson(number=2).id,
        change(kind="other", subject_id=russian, order_number="17-к"), expected=1,
    )  # fmt: skip
    substitute(deputy, lesson(number=3).id, change(None, kind="cancelled"), expected=1)
    substitute(deputy, lesson(day=DAY.replace(day=1, month=12)).id, change(), expected=1)
    found = reports.journal(deputy, {"since": DAY, "until": DAY}).tables[0].rows
    absent = ["5А", "Математика", "Мартынюк И. А.", "болезнь"]
    assert found == [
        [DAY, 2, *absent, "Белова А. Л.", "Русский язык", "почасовая", "17-к"],
        [DAY, 3, *absent, "", "урок отменён", "почасовая", ""],
    ]


def test_the_page_appoints_by_one_click(school, lesson, login_as):
    given, browser = lesson(), login_as("deputy")
    address = f"/timetable/substitutions/new?teacher={school.persons['teacher']}&since={DAY}"
    page = browser.get(address)
    assert "Белова А. Л." in page.text
    answer = browser.post(
        f"/timetable/substitutions/lesson/{given.id}",
        data={"version": "1", "kind": "same", "reason": "ill", "payment": "hourly",
              "substitute": school.persons["english_1"]},
    )  # fmt: skip
    assert answer.status_code == 303
    assert Substitution.select().count() == 1
    assert (
        "замена" in browser.get(f"/journal/{school.ids['maths_5a']}/{school.ids['period_2']}").text
    )


def test_who_appointed_and_who_stood_in_the_grid_can_be_erased_in_a_closed_year(
    school, lesson, change
):
    substitute(school.actor("deputy"), lesson().id, change(), expected=1)
    grid = Grid.create(year=school.ids["year"], title="Осень", since=DAY)
    GridEntry.create(
        grid=grid, weekday=1, number=1, starts=480, ends=520, group=school.ids["maths_5a"],
        teacher=school.persons["teacher"],
    )  # fmt: skip
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    for who, typed in (("deputy", "Ёлкина"), ("teacher", "Мартынюк")):
        Person.update(archived_at=clock.stamp()).where(Person.id == school.persons[who]).execute()
        privacy.erase(school.actor("admin"), school.persons[who], typed)
    assert (Substitution.get().made_by_id, GridEntry.get().teacher_id) == (None, None)
    assert Substitution.get().absent_id == school.persons["teacher"]
