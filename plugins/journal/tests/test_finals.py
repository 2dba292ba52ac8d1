"""Period, year and final marks: their arithmetic, who puts them and when."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asurso_core import outbox
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.db import rows
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.school.models import ClassMember, SchoolClass, Subject
from asurso_core.school.services import move_to_subgroup
from asurso_journal import final_rows, finals
from asurso_journal.finals import EXAM, FINAL, YEAR, Rules, Worked
from asurso_journal.models import FinalMark, PeriodClosing
from asurso_journal.reports import access_log
from asurso_journal.reports import school_class as of_class
from asurso_journal.reports import teacher as of_teacher
from asurso_journal.services import (
    FinalEdit,
    close_period,
    end_unlock,
    fill_suggested,
    put_finals,
    reopen_period,
    undo_fill,
    unlock,
)

#: A day in the second quarter's last two weeks: its marks can be put.
LATE = "2026-12-25"

# --- arithmetic ----------------------------------------------------------------------------------

marks = st.lists(
    st.builds(
        Worked, st.sampled_from(["5", "4", "3", "2", "4/5", "3/3", "зач", "н/а", "осв"]),
        st.integers(0, 10),
    ),
    max_size=30,
)  # fmt: skip


def exactly(found):
    """The weighted average as a fraction, rounded half up to hundredths."""
    total = sum(int(part) * one.weight for one in found for part in one.value.split("/")
                if part.isdigit())  # fmt: skip
    weights = sum(one.weight for one in found for part in one.value.split("/") if part.isdigit())
    if weights == 0:
        return None
    return int((Decimal(total * 100) / weights).quantize(Decimal(1), ROUND_HALF_UP))


@given(marks)
def test_the_suggestion_is_the_weighted_mean_against_the_thresholds(found):
    advice = finals.of_period(found, Rules())
    assert advice.average == exactly(found)
    if advice.average is not None:
        assert advice.value == str(
            5 if advice.average >= 450 else 4 if advice.average >= 350
            else 3 if advice.average >= 250 else 2
        )  # fmt: skip


@given(marks, marks)
def test_the_order_of_marks_never_matters(one, other):
    assert finals.of_period(one + other, Rules()) == finals.of_period(other + one, Rules()) or (
        {mark.value for mark in one + other} & {"зач", "нз"}
    )


@given(marks, st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_the_told_number_of_fives_is_enough_and_one_less_is_not(found, weights):
    for one in finals.way_up(found, Rules(), weights):
        enough = [*found, *([Worked("5", one.weight)] * one.count)]
        assert finals.of_period(enough, Rules()).value >= one.value
        assert finals.of_period(enough[:-1], Rules()).value < one.value


@given(st.lists(st.sampled_from(["5", "4", "3", "2"]), min_size=1, max_size=4),
       st.sampled_from(["", "5", "4", "3", "2"]))  # fmt: skip
def test_a_year_mark_lies_between_the_marks_it_is_made_of(periods, exam):
    for rule in (finals.MEAN, finals.WITH_EXAM, finals.NOT_ABOVE_EXAM, finals.NOT_BELOW_EXAM):
        advice = finals.of_year(periods, exam, Rules(year=rule))
        known = [int(one) for one in [*periods, exam] if one]
        assert min(known) <= int(advice.value) <= max(known)


@pytest.mark.parametrize(
    ("periods", "exam", "rule", "value"),
    [
        (["4", "5", "4", "5"], "", finals.MEAN, "5"),  # 4,5 is rounded up
        (["4", "4", "4", "5"], "", finals.MEAN, "4"),
        (["5", "5", "5", "5"], "3", finals.NOT_ABOVE_EXAM, "3"),
        (["3", "3", "3", "3"], "5", finals.NOT_BELOW_EXAM, "5"),
        (["4", "4"], "5", finals.WITH_EXAM, "4"),
        (["осв", "осв", "осв", "осв"], "", finals.MEAN, "осв"),
        (["зач", "осв"], "", finals.MEAN, "зач"),
        (["зач", "нз"], "", finals.MEAN, "нз"),
        (["н/а", "4", "5", "4"], "", finals.MEAN, "4"),
    ],
)
def test_year_marks_by_the_rules_of_the_school(periods, exam, rule, value):
    assert finals.of_year(periods, exam, Rules(year=rule)).value == value


def test_final_marks_of_the_ninth_and_eleventh_grade():
    assert finals.of_course(9, "4", "5").value == "5"  # in the pupil's favour
    assert finals.of_course(9, "4", "3").value == "4"
    assert finals.of_course(5, "4", "").value == "4"
    # Two half-years and the year of the tenth grade, two half-years and the year of the eleventh.
    assert finals.of_course(11, "4", "", ["3", "4", "4", "4", "5"]).value == "4"
    assert finals.of_course(11, "5", "", ["4", "4", "4", "5", "5"]).value == "5"


def test_too_few_marks_and_too_many_missed_lessons_are_warned_of():
    three = [Worked("5", 1)] * 3
    assert finals.of_period(three, Rules(), weekly_hours=1).warnings == ()
    assert finals.of_period(three, Rules(), weekly_hours=2).warnings == ("few",)
    advice = finals.of_period([], Rules(), weekly_hours=2, lessons=12, missed=9)
    assert advice.warnings == ("missed", "none")


def test_the_rules_of_a_closed_period_come_back_from_what_was_kept():
    rules = Rules(average=finals.SIMPLE, thresholds=(460, 360, 260), fewest=(1, 2, 3))
    assert Rules.from_json({**rules.as_json(), "from a later version": 1}) == rules


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("5", "5"), (" н/а ", "н/а"), ("На", "н/а"), ("зачёт", "зач"), ("освобождена", "осв"),
     ("", ""), ("6", None), ("1", None), ("4/5", None), ("٥", None), ("нет", None)],
)  # fmt: skip
def test_what_may_be_typed_as_a_final_mark(typed, meant):
    assert finals.parse(typed) == meant


# --- putting -------------------------------------------------------------------------------------


@pytest.fixture
def late(school, clock):
    del school
    clock.move(LATE)


@pytest.fixture
def put_final(school):
    """``put_final("teacher", "pupil", "5")`` puts a mark of the second quarter in maths of 5А."""
    number = iter(range(1, 1000))

    def put(who, pupil, value, version=0, *, slot=None, group="maths_5a", op=None, reason=None):
        edit = FinalEdit(
            op=op or f"f{next(number)}", pupil=school.persons[pupil],
            slot=school.ids["period_2"] if slot is None else slot, value=value, version=version,
            reason=reason,
        )  # fmt: skip
        return put_finals(school.actor(who), school.ids[group], [edit])[0]

    return put


@pytest.mark.usefixtures("late")
def test_a_teacher_puts_a_period_mark_and_it_is_told_and_recorded(school, put_final):
    assert put_final("teacher", "pupil", "5")["state"] == "saved"
    row = FinalMark.get()
    assert (row.value, row.group_id, row.version) == ("5", school.ids["maths_5a"], 1)
    entry = AuditEntry.select().where(AuditEntry.kind == "journal.final").get()
    assert (entry.after, entry.person) == ({"value": "5"}, school.persons["pupil"])
    assert outbox.Outbox.select().where(outbox.Outbox.kind == "journal.finals_changed").exists()


@pytest.mark.usefixtures("late")
def test_the_same_edit_sent_again_changes_nothing_and_a_stale_one_is_a_conflict(put_final):
    put_final("teacher", "pupil", "5", op="once")
    assert put_final("teacher", "pupil", "5", op="once")["state"] == "repeated"
    answer = put_final("teacher", "pupil", "3", version=0)
    assert (answer["state"], answer["value"], answer["version"]) == ("conflict", "5", 1)


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("who", ["class_teacher", "deputy", "admin", "secretary"])
def test_others_than_the_teacher_of_the_group_look_but_do_not_put(put_final, who):
    assert put_final(who, "pupil", "5")["state"] == "refused"
    assert not FinalMark.select().exists()


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("who", ["pupil", "parent", "technical", "medical"])
def test_to_families_and_the_technical_staff_the_page_is_not_there(put_final, who):
    with pytest.raises(NotThere):
        put_final(who, "pupil", "5")


@pytest.mark.usefixtures("late")
def test_the_class_teacher_puts_every_subject_where_the_school_has_switched_it_on(put_final, rules):
    rules(class_teacher_marks=True)
    assert put_final("class_teacher", "pupil", "5")["state"] == "saved"


def test_a_mark_cannot_be_put_long_before_the_end_of_the_period(put_final, clock):
    clock.move("2026-11-24")
    assert "16.12.2026" in put_final("teacher", "pupil", "5")["message"]
    assert put_final("teacher", "pupil", "5")["state"] == "refused"


def test_after_the_days_of_grace_the_period_is_closed_and_an_unlocking_opens_it(
    school, put_final, clock
):
    clock.move("2027-02-01")
    assert put_final("teacher", "pupil", "5")["state"] == "refused"
    unlock(
        school.actor("deputy"), school.persons["teacher"],
        until=dt.datetime(2027, 2, 2), reason="Учитель болел",  # noqa: DTZ001 - as stored
    )  # fmt: skip
    assert put_final("teacher", "pupil", "5")["state"] == "saved"
    entry = AuditEntry.select().where(AuditEntry.kind == "journal.final").get()
    assert entry.reason == "Учитель болел"
    clock.move("2027-02-03")
    assert put_final("teacher", "pupil", "4", version=1)["state"] == "refused"


def test_an_unlocking_opens_no_period_that_has_not_begun(school, put_final, clock):
    clock.move("2026-11-24")
    unlock(
        school.actor("deputy"), school.persons["teacher"],
        until=dt.datetime(2026, 11, 25), reason="Учитель болел",  # noqa: DTZ001 - as stored
    )  # fmt: skip
    assert put_final("teacher", "pupil", "5", slot=school.ids["period_4"])["state"] == "refused"


@pytest.mark.parametrize("marks", [("5", "4", "5"), ("5", "н/а", "5", "4")])
def test_a_year_with_a_period_unmarked_or_unattested_is_not_filled(school, put_final, clock, marks):
    ends = ("2026-10-23", "2026-12-25", "2027-03-26", "2027-05-26")
    for number, (value, day) in enumerate(zip(marks, ends, strict=False), start=1):
        clock.move(day)
        slot = school.ids[f"period_{number}"]
        assert put_final("teacher", "pupil", value, slot=slot)["state"] == "saved"
    clock.move("2027-05-26")
    teacher, group = school.actor("teacher"), school.ids["maths_5a"]
    assert fill_suggested(teacher, group, YEAR, operation="fill") == 0


@pytest.mark.usefixtures("late")
def test_a_pupil_who_left_before_the_end_gets_no_mark(school, put_final):
    ClassMember.update(until=dt.date(2026, 12, 1)).where(
        ClassMember.pupil == school.persons["pupil"]
    ).execute()
    assert put_final("teacher", "pupil", "5")["state"] == "refused"


@pytest.mark.usefixtures("late")
def test_marks_of_a_former_subgroup_count_in_the_suggestion(school, lesson, put, clock):
    clock.move("2026-11-12")
    put("english_1", lesson("english_5a_1", "2026-11-11"), "pupil", "5")
    move_to_subgroup(
        school.actor("admin"), school.persons["pupil"], school.ids["english_5a_2"],
        dt.date(2026, 11, 13),
    )  # fmt: skip
    clock.move(LATE)
    put("english_2", lesson("english_5a_2", "2026-12-24"), "pupil", "4")
    found = final_rows.group_finals(school.actor("english_2"), school.ids["english_5a_2"])
    line = next(one for one in found.lines if one.id == school.persons["pupil"])
    assert line.suggested[school.ids["period_2"]].average == 450


# --- filling and taking back ---------------------------------------------------------------------


@pytest.mark.usefixtures("late")
def test_filling_puts_only_what_is_empty_and_is_taken_back_whole(school, lesson, put, put_final):
    teacher, group, slot = school.actor("teacher"), school.ids["maths_5a"], school.ids["period_2"]
    at = lesson("maths_5a", "2026-12-24")
    for pupil, value in (("pupil", "4"), ("pupil_2", "5"), ("pupil_3", "3")):
        put("teacher", at, pupil, value)
    put_final("teacher", "pupil", "5")  # by the teacher's own judgement
    assert fill_suggested(teacher, group, slot, operation="fill") == 2
    values = {row.pupil_id: row.value for row in FinalMark.select()}
    assert values == {
        school.persons["pupil"]: "5", school.persons["pupil_2"]: "5", school.persons["pupil_3"]: "3"
    }  # fmt: skip
    put_final("teacher", "pupil_3", "4", version=1)
    assert undo_fill(teacher, group, "fill") == (1, 1)
    values = {row.pupil_id: row.value for row in FinalMark.select()}
    assert values[school.persons["pupil_2"]] == ""
    assert values[school.persons["pupil_3"]] == "4"
    with pytest.raises(NotThere):
        undo_fill(school.actor("class_teacher"), group, "fill")


def test_year_and_final_marks_are_suggested_from_the_periods(school, put_final, clock):
    clock.move("2027-05-25")
    unlock(
        school.actor("deputy"), school.persons["teacher"],
        until=dt.datetime(2027, 5, 28), reason="Ввод за год",  # noqa: DTZ001 - as stored
    )  # fmt: skip
    for number, value in enumerate(("4", "4", "5", "5"), 1):
        assert put_final(
            "teacher", "pupil", value, slot=school.ids[f"period_{number}"]
        )["state"] == "saved"  # fmt: skip
    found = final_rows.group_finals(school.actor("teacher"), school.ids["maths_5a"])
    line = next(one for one in found.lines if one.id == school.persons["pupil"])
    assert (line.suggested[YEAR].value, line.suggested[YEAR].average) == ("5", 450)
    put_final("teacher", "pupil", "5", slot=YEAR)
    put_final("teacher", "pupil", "4", slot=EXAM)
    found = final_rows.group_finals(school.actor("teacher"), school.ids["maths_5a"])
    line = next(one for one in found.lines if one.id == school.persons["pupil"])
    assert line.suggested[FINAL].value == "5"


def test_mathematics_of_the_ninth_grade_is_the_mean_of_its_three_courses_and_the_exam(
    school, clock
):
    clock.move("2027-05-25")
    SchoolClass.update(grade=9).where(SchoolClass.id == school.ids["5А"]).execute()
    Subject.update(name="Алгебра").where(Subject.id == school.ids["Математика"]).execute()
    pupil, year = school.persons["pupil"], school.ids["year"]
    courses = [
        school.ids["Математика"],
        *(Subject.create(name=name, short_name=name[:4]).id
          for name in ("Геометрия", "Вероятность и статистика")),
    ]  # fmt: skip
    marks = [(courses[0], YEAR, "4"), (courses[1], YEAR, "3"), (courses[2], YEAR, "3"),
             (courses[1], EXAM, "3"), (school.ids["Русский язык"], YEAR, "5")]  # fmt: skip
    for subject, slot, value in marks:
        FinalMark.create(
            pupil=pupil, year=year, subject=subject, slot=slot, value=value,
            group=school.ids["maths_5a"],
        )  # fmt: skip
    found = final_rows.group_finals(school.actor("teacher"), school.ids["maths_5a"])
    line = next(one for one in found.lines if one.id == pupil)
    # (4 + 3 + 3 + 3) / 4 = 3.25, the exam stands in geometry; algebra alone would speak for a four.
    advice = line.suggested[FINAL]
    assert (advice.value, advice.average, advice.count) == ("3", 325, 4)


# --- closing -------------------------------------------------------------------------------------


@pytest.fixture
def ended(school, clock):
    del school
    clock.move("2026-12-31")


@pytest.mark.usefixtures("ended")
def test_a_closed_period_refuses_marks_of_lessons_topics_and_period_marks(
    school, lesson, put, put_final
):
    at = lesson("maths_5a", "2026-12-29")
    assert put("teacher", at, "pupil", "5")["state"] == "saved"
    assert close_period(
        school.actor("deputy"), school.ids["period_2"], [school.ids["5А"]]
    ) == 1  # fmt: skip
    assert put("teacher", at, "pupil", "4", version=1)["state"] == "refused"
    assert put_final("teacher", "pupil", "5")["state"] == "refused"
    # The other class is not closed.
    other = lesson("maths_5b", "2026-12-29")
    assert put("teacher_parent", other, "pupil_5", "4")["state"] == "saved"


@pytest.mark.usefixtures("ended")
def test_an_unlocking_opens_one_journal_of_a_closed_period_and_ends_at_will(
    school, lesson, put, put_final
):
    deputy = school.actor("deputy")
    at, foreign = lesson("maths_5a", "2026-12-29"), lesson("russian_5a", "2026-12-29", 2)
    close_period(deputy, school.ids["period_2"], [school.ids["5А"]])
    made = unlock(
        deputy, school.persons["teacher"], until=dt.datetime(2027, 1, 5),  # noqa: DTZ001 - as stored
        reason="Пересдача", group_id=school.ids["maths_5a"], period_id=school.ids["period_2"],
    )  # fmt: skip
    assert put("teacher", at, "pupil", "5")["state"] == "saved"
    assert put_final("teacher", "pupil", "5")["state"] == "saved"
    assert put("teacher", foreign, "pupil", "5")["state"] == "refused"
    reasons = {
        row.reason for row in AuditEntry.select().where(
            AuditEntry.kind.in_(["journal.cell", "journal.final"])
        )
    }  # fmt: skip
    assert reasons == {"Пересдача"}
    end_unlock(deputy, made.id)
    assert put("teacher", at, "pupil", "4", version=1)["state"] == "refused"


@pytest.mark.usefixtures("ended")
def test_a_closed_period_keeps_its_rules_and_can_be_opened_with_a_reason(school, rules, put_final):
    deputy, period, own = school.actor("deputy"), school.ids["period_2"], [school.ids["5А"]]
    close_period(deputy, period, own)
    rules(final_five=480)
    assert PeriodClosing.get().rules["thresholds"] == [450, 350, 250]
    found = final_rows.group_finals(school.actor("teacher"), school.ids["maths_5a"])
    assert found.place.rules[period].thresholds == (450, 350, 250)
    with pytest.raises(Invalid):
        reopen_period(deputy, period, own, " ")
    assert reopen_period(deputy, period, own, "Ошибка в отметках") == 1
    assert put_final("teacher", "pupil", "5")["state"] == "saved"


@pytest.mark.usefixtures("ended")
def test_reports_suggest_by_the_rules_that_a_period_was_closed_by(school, lesson, put, rules):
    put("teacher", lesson("maths_5a", "2026-12-29"), "pupil", "5")
    put("teacher", lesson("maths_5a", "2026-12-30"), "pupil", "4")  # 4,5 is a five today
    deputy = school.actor("deputy")
    close_period(deputy, school.ids["period_2"], [school.ids["5А"]])
    chosen = {"period": school.ids["period_2"], "group": school.ids["maths_5a"],
              "school_class": school.ids["5А"]}  # fmt: skip
    builders = (of_teacher.density, of_class.forecast)
    before = [repr(build(deputy, chosen).tables) for build in builders]
    rules(final_five=480)
    assert [repr(build(deputy, chosen).tables) for build in builders] == before
    # Open again it goes by the rules of today.
    reopen_period(deputy, school.ids["period_2"], [school.ids["5А"]], "Ошибка в отметках")
    after = [repr(build(deputy, chosen).tables) for build in builders]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_running_period_cannot_be_closed(school, clock):
    clock.move("2026-12-01")
    with pytest.raises(Invalid):
        close_period(school.actor("deputy"), school.ids["period_2"], [school.ids["5А"]])


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("who", ["teacher", "class_teacher", "secretary", "pupil"])
def test_only_leaders_close_and_unlock(school, who):
    with pytest.raises((NotThere, Refused)):
        close_period(school.actor(who), school.ids["period_2"], [school.ids["5А"]])
    with pytest.raises(Refused):
        unlock(
            school.actor(who), school.persons["teacher"],
            until=dt.datetime(2027, 1, 5), reason="Сам себе",  # noqa: DTZ001 - as stored
        )  # fmt: skip


def test_a_late_change_of_a_leader_is_noted_as_such(school, lesson, put, grant_edit, clock):
    at = lesson("maths_5a", "2026-11-02")
    clock.move("2026-11-30")
    assert put("deputy", at, "pupil", "5")["state"] == "saved"
    entry = AuditEntry.select().where(AuditEntry.kind == "journal.cell").get()
    assert entry.reason


@pytest.fixture
def grant_edit(school):
    """The deputy may put marks, as some schools have it."""
    from asurso_core.accounts.models import Grant, Role

    Grant.create(
        role=Role.get(Role.name == "deputy"), permission="journal.mark.edit", scope="school"
    )
    from asurso_core.testing.plugin import forget_caches

    forget_caches()


# --- pages ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("late")
def test_the_page_of_a_group_saves_what_was_typed_and_tells_what_was_wrong(school, login_as):
    browser, group, slot = login_as("teacher"), school.ids["maths_5a"], school.ids["period_2"]
    one, two = school.persons["pupil"], school.persons["pupil_2"]
    url = f"/journal/finals/{group}"
    form = {
        "op": "abc", f"cell-{slot}-{one}": "5", f"was-{slot}-{one}": "", f"version-{slot}-{one}": 0,
        f"cell-{slot}-{two}": "7", f"was-{slot}-{two}": "", f"version-{slot}-{two}": 0,
    }  # fmt: skip
    answer = browser.post(url, data=form)
    assert answer.status_code == 422
    assert 'value="7"' in answer.text
    assert [row.value for row in FinalMark.select()] == ["5"]


@pytest.mark.usefixtures("late")
def test_a_mark_that_differs_from_the_suggestion_is_asked_why_and_tells_it_in_the_totals(
    school, login_as, lesson, put
):
    put("teacher", lesson("maths_5a", "2026-12-24"), "pupil", "4")
    browser, group, slot = login_as("teacher"), school.ids["maths_5a"], school.ids["period_2"]
    key = f"{slot}-{school.persons['pupil']}"
    form = {"op": "abc", f"cell-{key}": "5", f"was-{key}": "", f"version-{key}": 0}
    browser.post(f"/journal/finals/{group}", data=form)
    assert f'name="reason-{key}"' in browser.get(f"/journal/finals/{group}").text
    form = {
        "op": "abd", f"cell-{key}": "5", f"was-{key}": "5", f"version-{key}": 1,
        f"reason-{key}": "Победа на  олимпиаде", f"why-{key}": "",
    }  # fmt: skip
    browser.post(f"/journal/finals/{group}", data=form)
    totals = browser.get(f"/journal/class/{school.ids['5А']}?slot={slot}").text
    assert totals.count("Победа на олимпиаде") == 2  # at the mark, and in words below the table
    entry = AuditEntry.select().where(AuditEntry.kind == "journal.final").order_by(
        AuditEntry.id.desc()
    ).first()  # fmt: skip
    assert entry.after == {"value": "5", "reason": "Победа на олимпиаде"}


@pytest.mark.usefixtures("late")
def test_a_family_reads_of_the_mark_but_not_why_it_differs(school, put_final):
    put_final("teacher", "pupil", "5", reason="Победа на олимпиаде")
    days = {"since": dt.date(2026, 12, 1), "until": dt.date(2026, 12, 31)}
    told = access_log.of_pupil(
        school.actor("parent"), {"pupil": school.persons["pupil"], **days}
    ).tables[0].rows  # fmt: skip
    assert "— → 5" in told[0]
    kept = access_log.of_class(school.actor("deputy"), {"school_class": school.ids["5А"], **days})
    assert "— → 5 (Победа на олимпиаде)" in kept.tables[0].rows[0]


@pytest.mark.usefixtures("late")
def test_a_reason_goes_with_the_mark_that_it_was_given_for(put_final):
    put_final("teacher", "pupil", "5", reason="Победа на олимпиаде")
    put_final("teacher", "pupil", "4", version=1)
    assert FinalMark.get().reason is None


def test_pages_of_final_marks_cost_the_same_for_one_pupil_and_for_four(
    school, login_as, queries, clock
):
    clock.move(LATE)
    browser = login_as("teacher")
    browser.get("/")
    with queries(14):
        assert browser.get(f"/journal/finals/{school.ids['maths_5a']}").status_code == 200
    with queries(13):
        assert browser.get(f"/journal/class/{school.ids['5А']}").status_code == 200


def test_the_witness_knows_final_marks_that_were_changed_behind_its_back(school, put_final, clock):
    from asurso_core.audit_chain import Report, verify_witnesses

    clock.move(LATE)
    put_final("teacher", "pupil", "3")
    rows("SELECT 1")
    report = Report()
    verify_witnesses(report)
    assert not report.faults
    FinalMark.update(value="5").execute()
    report = Report()
    verify_witnesses(report)
    assert any("journal.final" in str(one) for one in report.faults)


def test_the_system_is_bound_by_no_time(school, put_final, clock):
    clock.move("2026-11-24")
    edit = FinalEdit(
        op="s", pupil=school.persons["pupil"], slot=school.ids["period_1"], value="5", version=0
    )
    found = put_finals(system("test"), school.ids["maths_5a"], [edit])
    assert found[0]["state"] == "saved"
