"""Scales of marks: points, levels, averages; grades without marks and subjects with credits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asurso_core.errors import Invalid, Refused
from asurso_core.reports.documents import row_of, value_of
from asurso_core.school import AcademicYear
from asurso_journal import final_rows, finals, indicators, marks, policy, scales, services
from asurso_journal.models import FinalMark, Mark
from asurso_journal.reports import school_class as of_class
from asurso_journal.services import FinalEdit

ALL = list(scales.SCALES.values())
TEN, HUNDRED = scales.SCALES["ten"], scales.SCALES["hundred"]
scale_of = st.sampled_from(ALL)


# --- arithmetic ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("five", {5: 5, 4: 4, 3: 3, 2: 2}),
        # features.md 4.1: excellent 10, 9; good 8, 7; satisfactory 6, 5.
        ("ten", {10: 5, 9: 5, 8: 4, 7: 4, 6: 3, 5: 3, 4: 2, 1: 2}),
        ("twelve", {12: 5, 10: 5, 9: 4, 7: 4, 6: 3, 4: 3, 3: 2, 1: 2}),
        ("hundred", {100: 5, 85: 5, 84: 4, 70: 4, 69: 3, 50: 3, 49: 2, 0: 2}),
    ],
)
def test_points_have_the_levels_of_the_specification(name, points):
    scale = scales.SCALES[name]
    assert {one: scale.level(one) for one in points} == points


@given(scale_of, st.integers(0, 100), st.integers(0, 100))
def test_more_points_are_never_of_a_lower_level(scale, a, b):
    assert scale.level(min(a, b)) <= scale.level(max(a, b))


@given(scale_of, st.data())
def test_what_a_cell_shows_can_be_typed_again(scale, data):
    one, two = (data.draw(st.integers(scale.lowest, scale.highest)) for _ in range(2))
    marking = scales.Marking(scale)
    for text in (str(one), f"{one}/{two}"):
        assert marks.parse(text, {}, marking).text == text


@given(scale_of, st.text(alphabet="0123456789/", max_size=8))
def test_no_figure_beyond_the_scale_is_taken(scale, text):
    try:
        found = marks.parse(text, {}, scales.Marking(scale)).mark
    except marks.NotAMark:
        return
    assert all(scale.lowest <= figure <= scale.highest for figure in marks.figures(found))


@given(scale_of, st.data())
def test_an_average_lies_between_its_marks_and_suggests_a_mark_of_the_scale(scale, data):
    points = data.draw(st.lists(st.integers(scale.lowest, scale.highest), min_size=1, max_size=9))
    worked = [finals.Worked(str(one), 1) for one in points]
    told = finals.of_period(worked, finals.Rules(scale=scale.name))
    assert 100 * min(points) <= told.average <= 100 * max(points)
    assert min(points) <= int(told.value) <= max(points)


@given(scale_of, st.data())
def test_the_way_up_leads_to_the_next_level_and_no_mark_fewer_does(scale, data):
    points = data.draw(st.lists(st.integers(scale.lowest, scale.highest), min_size=1, max_size=9))
    worked = [finals.Worked(str(one), 1) for one in points]
    rules = finals.Rules(scale=scale.name)
    level = scale.level(int(finals.of_period(worked, rules).value))
    for needed in finals.way_up(worked, rules, [1]):
        best = finals.Worked(str(scale.highest), 1)
        after = finals.of_period([*worked, *[best] * needed.count], rules)
        before = finals.of_period([*worked, *[best] * (needed.count - 1)], rules)
        assert scale.level(int(after.value)) > level
        assert scale.level(int(before.value)) == level


def test_formulas_of_a_ten_point_class_count_levels_and_average_points():
    # The golden class of features.md 4.1 on ten points: 5 of 10, 12 of 7, 6 of 6, one 3, н/а, осв.
    values = ["10"] * 5 + ["7"] * 12 + ["6"] * 6 + ["3", "н/а", "осв"]
    told = indicators.Counts.of(values, TEN)
    assert (told.total, told.success, told.quality) == (25, Decimal("92.0"), Decimal("68.0"))
    assert told.sou() == Decimal("60.28")
    # 173 points of 24 marks: 50, 84, 36 and 3
    assert told.average == Decimal("7.21")
    assert told.pupils == 26


def test_a_pupil_with_nines_and_tens_is_excellent_and_with_one_eight_is_not():
    assert indicators.category(["10", "9", "зач"], TEN) == indicators.EXCELLENT
    assert indicators.category(["10", "8"], TEN) == indicators.GOOD
    assert indicators.odd_one({1: "10", 2: "8", 3: "9"}, "4", TEN) == 2
    assert indicators.category(["100", "49"], HUNDRED) == indicators.FAILING


# --- in the journal ------------------------------------------------------------------------------


@pytest.fixture
def ten(school):
    """The school marks with ten points."""
    choose(school, scale="ten")


def choose(school, who="deputy", **more):
    services.set_marking(
        school.actor(who),
        **{"scale": "five", "unmarked_grades": [1], "credited_subjects": [], **more},
    )


def test_a_journal_of_ten_points_takes_a_ten_and_its_final_mark(school, ten, lesson, put, clock):
    at = lesson(date="2026-11-23")
    assert put("teacher", at, "pupil", "10")["state"] == "saved"
    assert put("teacher", at, "pupil_2", "8/9")["state"] == "saved"
    told = put("teacher", at, "pupil_3", "11")
    assert (told["state"], "от 1 до 10" in told["message"]) == ("invalid", True)
    clock.move("2026-12-28")
    edit = FinalEdit(
        op="f1", pupil=school.persons["pupil"], slot=school.ids["period_2"], value="10", version=0
    )
    (answer,) = services.put_finals(school.actor("teacher"), school.ids["maths_5a"], [edit])
    assert (answer["state"], answer["value"]) == ("saved", "10")


def test_another_scale_is_refused_while_marks_stand(school, lesson, put):
    put("teacher", lesson(date="2026-11-23"), "pupil", "5")
    with pytest.raises(Invalid) as refusal:
        choose(school, scale="ten")
    assert "1 отметка" in refusal.value.fields["scale"][0]
    assert policy.scale().name == "five"


def test_a_closed_year_keeps_the_scale_it_was_marked_by(school, lesson, put):
    put("teacher", lesson(date="2026-11-23"), "pupil", "5")
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    choose(school, scale="hundred")
    choose(school, scale="ten")
    assert policy.scale(school.ids["year"]).name == "five"
    assert policy.scale().name == "ten"


def test_a_grade_without_marks_takes_attendance_and_no_mark(school, lesson, put):
    at = lesson(date="2026-11-23")
    put("teacher", at, "pupil_2", "4")
    choose(school, unmarked_grades=[1, 5])
    told = put("teacher", at, "pupil", "5")
    assert (told["state"], told["message"]) == (
        "invalid", "В этой параллели учатся без отметок."
    )  # fmt: skip
    assert put("teacher", at, "pupil", "Б")["state"] == "saved"
    # A mark that stood before can be taken away, and an absence put beside it.
    assert put("teacher", at, "pupil_2", "Б/4", version=1)["state"] == "saved"
    assert put("teacher", at, "pupil_2", "Б", version=2)["state"] == "saved"
    assert [one.value for one in Mark.select().where(Mark.value != "")] == []


def test_a_subject_with_credits_takes_no_points(school, lesson, put, clock):
    choose(school, credited_subjects=[school.ids["Математика"]])
    at = lesson(date="2026-11-23")
    told = put("teacher", at, "pupil", "5")
    assert (told["state"], "зач или нз" in told["message"]) == ("invalid", True)
    assert put("teacher", at, "pupil", "зач")["state"] == "saved"
    clock.move("2026-12-28")
    edits = [
        FinalEdit(op=f"f{n}", pupil=school.persons["pupil"], slot=school.ids["period_2"],
                  value=value, version=0)
        for n, value in enumerate(["5", "зач"])
    ]  # fmt: skip
    told = services.put_finals(school.actor("teacher"), school.ids["maths_5a"], edits)
    assert [one["state"] for one in told] == ["invalid", "saved"]


def test_points_that_stand_when_a_subject_gets_credits_can_be_put_again(school, lesson, put):
    at = lesson(date="2026-11-23")
    put("teacher", at, "pupil", "5")
    choose(school, credited_subjects=[school.ids["Математика"]])
    assert put("teacher", at, "pupil", "Б/5", version=1)["state"] == "saved"
    assert put("teacher", at, "pupil", "5", version=2, comment="молодец")["state"] == "saved"
    assert put("teacher", at, "pupil", "4", version=4)["state"] == "invalid"


def test_an_absence_can_be_put_beside_a_one_that_the_school_no_longer_uses(
    school, lesson, put, rules
):
    rules(ones=True)
    at = lesson(date="2026-11-23")
    put("teacher", at, "pupil", "1")
    rules(ones=False)
    assert put("teacher", at, "pupil", "Б/1", version=1)["state"] == "saved"
    assert put("teacher", at, "pupil_2", "1")["state"] == "invalid"


def test_final_points_of_a_subject_with_credits_can_be_given_a_reason(school, clock):
    clock.move("2026-12-28")

    def final(op, value, version, reason=None):
        edit = FinalEdit(op=op, pupil=school.persons["pupil"], slot=school.ids["period_2"],
                         value=value, version=version, reason=reason)  # fmt: skip
        return services.put_finals(school.actor("teacher"), school.ids["maths_5a"], [edit])[0]

    final("f1", "5", 0)
    choose(school, credited_subjects=[school.ids["Математика"]])
    assert final("f2", "5", 1, "олимпиада")["state"] == "saved"
    assert final("f3", "4", 2)["state"] == "invalid"


def test_points_suggest_nothing_in_a_subject_with_credits(school, lesson, put, clock):
    put("teacher", lesson(date="2026-11-23"), "pupil", "5")
    put("teacher", lesson(date="2026-11-24"), "pupil_2", "5")
    put("teacher", lesson(date="2026-11-24", number=2), "pupil_2", "зач")
    for who, slot in (("pupil", school.ids["period_1"]), ("pupil", finals.YEAR)):
        FinalMark.create(
            pupil=school.persons[who], year=school.ids["year"], subject=school.ids["Математика"],
            slot=slot, period=slot or None, group=school.ids["maths_5a"], value="5",
        )  # fmt: skip
    choose(school, credited_subjects=[school.ids["Математика"]])
    clock.move("2027-05-25")
    found = final_rows.group_finals(school.actor("teacher"), school.ids["maths_5a"])
    told = {
        who: {slot: one.value for slot, one in line.suggested.items() if one.value}
        for who in ("pupil", "pupil_2") for line in found.lines if line.id == school.persons[who]
    }  # fmt: skip
    assert told == {"pupil": {}, "pupil_2": {school.ids["period_2"]: "зач"}}


def test_only_those_who_keep_vocabularies_choose_the_scale(school):
    with pytest.raises(Refused):
        choose(school, who="teacher", scale="ten")
    with pytest.raises(Invalid):
        choose(school, scale="thousand")
    with pytest.raises(Invalid):
        choose(school, credited_subjects=[10**6])


def test_the_page_of_the_scale_saves_it_and_the_journal_follows(school, lesson, login_as):
    deputy, teacher = login_as("deputy"), login_as("teacher")
    sent = {"scale": "twelve", "unmarked_grades": ["1"], "credited_subjects": []}
    assert deputy.post("/journal/vocabulary/marks", data=sent).status_code == 303
    at = lesson(date="2026-11-23")
    page = teacher.get(f"/journal/{school.ids['maths_5a']}", follow_redirects=True).text
    assert '"highest": 12' in page
    assert '"keys": ["12", "11"' in teacher.get(f"/journal/lesson/{at.id}").text


def test_reports_count_levels_and_average_points(school, ten):
    for who, value in (("pupil", "10"), ("pupil_2", "8"), ("pupil_3", "4"), ("pupil_4", "н/а")):
        FinalMark.create(
            pupil=school.persons[who], year=school.ids["year"], subject=school.ids["Математика"],
            slot=school.ids["period_1"], period=school.ids["period_1"],
            group=school.ids["maths_5a"], value=value,
        )  # fmt: skip
    params = {"school_class": school.ids["5А"], "period": school.ids["period_1"]}
    table = of_class.by_subject(school.actor("deputy"), params).tables[0]
    assert [one.title for one in table.columns][2:6] == ["9–10", "7–8", "5–6", "1–4"]
    (maths,) = [row for row in table.rows if row_of(row).cells[0] == "Математика"]
    # N = 4: one of each level but the third, one «н/а». Success and quality are 2 of 4, SOU is
    # 187 (of 100, 64, 16 and 7) by 4, the average 22 points (of 10, 8 and 4) by 3.
    assert [value_of(one) for one in row_of(maths).cells[2:]] == [
        1, 1, 0, 1, 1, 0, Decimal("50.0"), Decimal("50.0"), Decimal("46.75"), Decimal("7.33"),
    ]  # fmt: skip
