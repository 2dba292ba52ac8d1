"""Every report of the journal on the small school; how a figure comes about stands beside it.

5А has four pupils of the whole year, one who left on 10 October and one who came on the twelfth. In
the first quarter there is a five, a four, a three, an «н/а» and an «осв» in mathematics.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from asurso_core.audit import AuditEntry
from asurso_core.errors import Invalid
from asurso_core.reports.documents import row_of, value_of
from asurso_core.school.models import (
    ClassMember,
    GroupClass,
    GroupMember,
    GroupTeacher,
    Period,
    PeriodType,
    SchoolClass,
    TeachingGroup,
)
from asurso_journal.models import (
    Assignment,
    AssignmentType,
    Attendance,
    FinalMark,
    LessonNote,
    Mark,
)
from asurso_journal.permissions import FINAL_VIEW
from asurso_journal.reports import access_log, forms
from asurso_journal.reports import pupil as of_pupil
from asurso_journal.reports import school as of_school
from asurso_journal.reports import school_class as of_class
from asurso_journal.reports import teacher as of_teacher
from asurso_timetable.models import Lesson

D = Decimal
MATHS, RUSSIAN = "Математика", "Русский язык"
GROUPS = {
    ("5А", MATHS): "maths_5a", ("5Б", MATHS): "maths_5b", ("5А", RUSSIAN): "russian_5a"
}  # fmt: skip
SPAN = {"since": dt.date(2026, 11, 1), "until": dt.date(2026, 11, 24)}


def lines(document, table=0):
    """Rows of a table as plain values."""
    return [
        [value_of(cell) for cell in row_of(row).cells] for row in document.tables[table].rows
    ]  # fmt: skip


def by_name(document, table=0):
    """The same by their first cell."""
    return {row[0]: row[1:] for row in lines(document, table)}


@pytest.fixture
def deputy(school):
    return school.actor("deputy")


@pytest.fixture
def put(school):
    """``put("pupil", "5")`` is a mark in mathematics of 5А for the first quarter."""

    def one(who, value, subject=MATHS, slot=None, title="5А"):
        slot = school.ids["period_1"] if slot is None else slot
        FinalMark.create(
            pupil=school.persons[who], year=school.ids["year"], subject=school.ids[subject],
            slot=slot, period=slot if slot > 0 else None, value=value,
            group=school.ids[GROUPS[title, subject]],
        )  # fmt: skip

    return one


@pytest.fixture
def quarter(school, make, put):
    """The first quarter of 5А; gives the parameters of reports about it."""
    left, came = make.pupil("Зорин Иван"), make.pupil("Котов Пётр")
    ClassMember.update(until=dt.date(2026, 10, 10)).where(ClassMember.pupil == left).execute()
    ClassMember.update(since=dt.date(2026, 10, 12)).where(ClassMember.pupil == came).execute()
    for who, value in (("pupil", "5"), ("pupil_2", "3"), ("pupil_3", "н/а"), ("pupil_4", "осв"),
                       ("Котов Пётр", "4"), ("Зорин Иван", "2")):  # fmt: skip
        put(who, value)
    for who, value in (("pupil", "5"), ("pupil_2", "4"), ("pupil_3", "4"), ("pupil_4", "4")):
        put(who, value, RUSSIAN)
    return {
        "year": school.ids["year"], "school_class": school.ids["5А"],
        "period": school.ids["period_1"],
    }  # fmt: skip


@pytest.fixture
def half_years(school, make):
    """10А, whose first half-year ends with the second quarter; its two pupils and mathematics."""
    kind = PeriodType.create(year=school.ids["year"], name="Полугодия", kind="half_year")
    for number, title, starts, ends in (
        (1, "1 полугодие", dt.date(2026, 9, 1), dt.date(2026, 12, 29)),
        (2, "2 полугодие", dt.date(2027, 1, 11), dt.date(2027, 5, 26)),
    ):
        made = Period.create(
            period_type=kind, number=number, title=title, starts=starts, ends=ends
        )  # fmt: skip
        school.ids[f"half_{number}"] = made.id
    tenth = SchoolClass.create(year=school.ids["year"], grade=10, letter="А", period_type=kind)
    group = TeachingGroup.create(year=school.ids["year"], subject=school.ids[MATHS])
    GroupClass.create(group=group, school_class=tenth)
    GroupTeacher.create(
        group=group, teacher=school.persons["teacher"], since=dt.date(2026, 9, 1)
    )  # fmt: skip
    school.ids.update({"10А": tenth.id, "maths_10a": group.id})
    for name in ("Волков Олег", "Гусев Илья"):
        make.pupil(name, "10А")
    GROUPS["10А", MATHS] = "maths_10a"
    yield
    del GROUPS["10А", MATHS]


@pytest.fixture
def given(school, lesson):
    """``given("maths_5a", "2026-11-09", {"pupil": "5"}, weight=3)`` is a work with its marks."""

    def mark(group, date, marks, *, weight=1, number=1, kind="Контрольная работа"):
        at = lesson(group, date, number)
        work = Assignment.create(
            lesson=at, type=AssignmentType.get(AssignmentType.name == kind), weight=weight
        )
        for who, value in marks.items():
            Mark.create(
                assignment=work, pupil=school.persons[who], year=school.ids["year"],
                value=value.strip("•"), dot="•" in value,
            )  # fmt: skip
        return at

    return mark


@pytest.fixture
def away(school):
    """``away(lesson, pupil="Б")`` notes who was not there."""

    def note(at, **codes):
        for who, code in codes.items():
            Attendance.create(
                lesson=at, pupil=school.persons[who], year=school.ids["year"], code=code
            )

    return note


@pytest.fixture
def empty(school):
    """The parameters of a class without pupils, lessons and groups."""
    made = SchoolClass.create(
        year=school.ids["year"], grade=6, letter="Я", period_type=school.ids["quarters"]
    )
    return {
        "year": school.ids["year"], "school_class": made.id,
        "period": school.ids["period_1"], **SPAN,
    }  # fmt: skip


# --- a class in a study period -------------------------------------------------------------------

#: N = 4 in mathematics (5, 3, н/а, 4): the exempt and the departed are out. Success (5, 4, 3) 3/4,
#: quality (5, 4) 2/4, SOU (100 + 36 + 7 + 64) / 4, average (5 + 3 + 4) / 3.
MATHS_FIGURES = [1, 1, 1, 0, 1, 1, D("75.0"), D("50.0"), D("51.75"), D("4.00")]
#: N = 4 in Russian (5, 4, 4, 4), who came has no mark. SOU (100 + 3 × 64) / 4, average 17 / 4.
RUSSIAN_FIGURES = [1, 3, 0, 0, 0, 0, D("100.0"), D("100.0"), D("73.00"), D("4.25")]
#: Both together: N = 8, success 7/8, quality 6/8, SOU (207 + 292) / 8, average 29 / 7.
BOTH_FIGURES = [2, 4, 1, 0, 1, 1, D("87.5"), D("75.0"), D("62.38"), D("4.14")]


def test_results_of_a_class(deputy, quarter):
    document = of_class.period_results(deputy, quarter)
    told = by_name(document)
    titles = [one.title for one in document.tables[0].columns[1:]]
    maths, russian = titles.index("Мат."), titles.index("Рус.")
    assert list(told)[:5] == [
        "Абрамов Егор", "Ежов Лев", "Ёжикова Майя", "Жданова Яна", "Котов Пётр"
    ]  # fmt: skip
    assert [row[-2:] for row in list(told.values())[:5]] == [
        [D("5.00"), "отличник"], [D("4.00"), "не аттестован(а)"], [D("3.50"), "успевает"],
        [D("4.00"), "хорошист"], [D("4.00"), "хорошист"],
    ]  # fmt: skip
    footer = list(told.values())[5:]
    assert [row[maths] for row in footer] == MATHS_FIGURES
    assert [row[russian] for row in footer] == RUSSIAN_FIGURES
    # Four are in the subgroups of English and have no mark there; one has none in Russian.
    assert document.warnings == [
        "Данные неполные, не хватает отметок: Английский язык (4), Русский язык (1)"
    ]


def test_subjects_of_a_class_compared(deputy, quarter):
    document = of_class.by_subject(deputy, quarter)
    told = by_name(document)
    assert told[MATHS] == [5, *MATHS_FIGURES]
    assert told[RUSSIAN] == [5, *RUSSIAN_FIGURES]
    assert told["Все предметы"] == [14, *BOTH_FIGURES]
    assert [value for _title, values in document.charts[0].series for value in values] == [
        None, D("50.0"), D("100.0")
    ]  # fmt: skip


def test_the_report_of_a_class_teacher(school, deputy, quarter):
    # Whoever leaves after the quarter was there at its end.
    ClassMember.update(until=dt.date(2026, 11, 10)).where(
        ClassMember.pupil == school.persons["pupil_4"]
    ).execute()
    document = of_class.class_teacher(deputy, quarter)
    # Four and the one who left were there on 1 September.
    assert lines(document) == [
        ["На начало", 5, ""], ["Прибыли", 1, "Котов Пётр (12.10)"],
        ["Выбыли", 1, "Зорин Иван (10.10)"], ["На конец", 5, ""],
    ]  # fmt: skip
    # Over five pupils: one with «н/а» fails to succeed (4/5), one has a three (3/5).
    assert [row[1] for row in lines(document, 1)] == [
        5, 5, D("80.0"), D("60.0"), D("62.38"), D("4.14")
    ]  # fmt: skip
    assert by_name(document, 2) == {
        "Отличники": [1, "Абрамов Егор"],
        "Хорошисты": [2, "Жданова Яна; Котов Пётр"],
        "С одной «4»": [
            2, f"Жданова Яна ({RUSSIAN}, Черных Н. П.); Котов Пётр ({MATHS}, Мартынюк И. А.)"
        ],
        "С одной «3» (резерв)": [1, f"Ёжикова Майя ({MATHS}, Мартынюк И. А.)"],
        "Неуспевающие": [0, ""],
        "по одному предмету": [0, ""],
        "по двум предметам и более": [0, ""],
        "Не аттестованы": [1, "Ежов Лев (Мат. н/а)"],
        "Не аттестуются": [0, ""],
    }  # fmt: skip


def test_who_left_before_the_first_day_of_a_period_is_not_in_its_movement(school, deputy):
    ClassMember.update(until=dt.date(2026, 11, 4)).where(
        ClassMember.pupil == school.persons["pupil_4"]
    ).execute()
    params = {"school_class": school.ids["5А"], "period": school.ids["period_2"]}
    assert [row[1] for row in lines(of_class.class_teacher(deputy, params))] == [3, 0, 0, 3]


def test_the_forecast_takes_averages_where_no_mark_was_put(school, deputy, put, given):
    put("pupil", "3")
    given("maths_5a", "2026-09-07", {"pupil": "5", "pupil_2": "3", "pupil_3": "2"})
    given("maths_5a", "2026-09-14", {"pupil": "5", "pupil_2": "5", "pupil_3": "2"}, weight=3)
    params = {"school_class": school.ids["5А"], "period": school.ids["period_1"]}
    told = by_name(of_class.forecast(deputy, params), 2)
    # The three that stands outweighs the average of 5. (3 + 3 × 5) / 4 = 4.50 speaks for a five,
    # as 4.00 without weights would not, (2 + 3 × 2) / 4 for a two.
    assert told["С одной «3» (резерв)"][1].startswith("Абрамов Егор")
    assert told["Отличники"] == [1, "Ёжикова Майя"]
    assert told["Неуспевающие"] == [1, ""]
    assert told["по одному предмету"] == [1, "Ежов Лев (Мат. 2)"]


def test_who_changed_the_class_keeps_the_earlier_points(school, deputy, given):
    given("maths_5a", "2026-11-09", {"pupil": "3"})
    move(school, "pupil", "5Б", dt.date(2026, 11, 16))
    given("maths_5b", "2026-11-18", {"pupil": "5"})
    params = {"year": school.ids["year"], "school_class": school.ids["5Б"], **SPAN}
    # (3 + 5) / 2, and 4.00 speaks for a four.
    assert by_name(of_class.current(deputy, params))["Абрамов Егор"] == [D("4.00"), D("4.00"), 0]
    told = of_class.forecast(deputy, {**params, "period": school.ids["period_2"]})
    assert by_name(told, 2)["Хорошисты"] == [1, "Абрамов Егор"]


def move(school, who, title, on):
    """From a class to another, and out of its subgroups."""
    pupil = school.persons[who]
    ClassMember.update(until=on).where(ClassMember.pupil == pupil).execute()
    GroupMember.update(until=on).where(GroupMember.pupil == pupil).execute()
    ClassMember.create(pupil=pupil, school_class=school.ids[title], since=on)


def test_the_summary_sheet(school, deputy, quarter, put):
    put("pupil", "4", slot=school.ids["period_2"])
    put("pupil", "5", slot=0)
    put("pupil", "4", slot=-1)
    put("pupil", "5", slot=-2)
    document = of_class.summary(deputy, quarter)
    columns = document.tables[0].columns
    assert [one.title for one in columns[1:8]] == ["1", "2", "3", "4", "Г", "Э", "И"]
    at = [one.group for one in columns].index(MATHS) - 1
    told = by_name(document)
    assert told["Абрамов Егор"][at : at + 7] == ["5", "4", "", "", "5", "4", "5"]
    # Who left is no more in the sheet, who came is.
    assert "Зорин Иван" not in told
    assert told["Котов Пётр"][at] == "4"


@pytest.mark.parametrize(
    "build",
    [of_class.period_results, of_class.class_teacher, of_class.forecast, of_class.by_subject],
)
def test_a_period_of_another_division_of_the_year_is_refused_in_words(
    school, deputy, half_years, build
):
    params = {"school_class": school.ids["10А"], "period": school.ids["period_1"]}
    with pytest.raises(Invalid, match=r"10А.*«1 четверть»"):
        build(deputy, params)


def test_a_half_year_stands_in_for_the_quarter_that_ends_with_it(school, deputy, half_years, put):
    put("Волков Олег", "5", slot=school.ids["half_1"], title="10А")
    params = {"school_class": school.ids["10А"], "period": school.ids["period_2"]}
    document = of_class.period_results(deputy, params)
    assert document.note == "10А, 1 полугодие"
    assert by_name(document)["Волков Олег"] == ["5", D("5.00"), "отличник"]


def test_an_empty_class_has_no_figures(deputy, empty):
    for build in (
        of_class.period_results, of_class.by_subject, of_class.summary, of_class.current,
        of_class.dynamics, of_class.debts, of_class.homework, of_class.absent,
    ):  # fmt: skip
        assert lines(build(deputy, empty)) == []
    assert lines(of_class.attendance(deputy, empty)) == []
    document = of_class.class_teacher(deputy, empty)
    assert [row[1] for row in lines(document)] == [0, 0, 0, 0]
    assert [row[1] for row in lines(document, 1)] == [0, 0, None, None, None, None]


# --- attendance and lessons of a class -----------------------------------------------------------


@pytest.fixture
def november(lesson, away, make):
    """Two lessons of mathematics, one of the first subgroup of English, a cancelled one."""
    left = make.pupil("Зорин Иван")
    ClassMember.update(until=dt.date(2026, 11, 12)).where(ClassMember.pupil == left).execute()
    first, english = lesson(date="2026-11-09"), lesson("english_5a_1", "2026-11-09", 2)
    second = lesson(date="2026-11-10")
    cancelled = lesson(date="2026-11-11", status="cancelled")
    away(first, pupil="Б", **{"Зорин Иван": "Б"})
    away(english, pupil="Б", pupil_2="НП")
    away(second, pupil="ОП", pupil_3="УП", pupil_4="ОСВ")
    away(cancelled, pupil_4="НП")


@pytest.mark.usefixtures("november")
def test_attendance_of_a_class(school, deputy):
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], **SPAN}
    document = of_class.attendance(deputy, params)
    # In all, Б, УП, НП, ОТ, whole days, late, per cent of three lessons (two for who has none of
    # the English ones). Both lessons of the ninth are a whole day, so is the only one of the tenth.
    assert by_name(document) == {
        "Абрамов Егор": [2, 2, 0, 0, 0, 1, 1, D("33.3")],
        "Ежов Лев": [1, 0, 1, 0, 0, 1, 0, D("50.0")],
        "Ёжикова Майя": [1, 0, 0, 1, 0, 0, 0, D("66.7")],
        "Жданова Яна": [0, 0, 0, 0, 0, 0, 0, D("100.0")],
        "Класс": [4, 2, 1, 1, 0, 2, 1, D("60.0")],  # 6 of 10
    }
    assert by_name(document, 1)["Абрамов Егор"] == [2, 2]


@pytest.mark.usefixtures("november")
def test_the_chart_of_attendance_holds_what_its_table_holds(school, deputy):
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], **SPAN}
    document = of_class.attendance(deputy, params)
    # The departed pupil was ill too, but stands neither in the table nor in the chart.
    assert [values for _title, values in document.charts[0].series] == [[2], [2]]


@pytest.mark.usefixtures("november")
def test_who_is_absent(school, deputy):
    params = {"school_class": school.ids["5А"], "day": dt.date(2026, 11, 10)}
    # Who is late or freed is there.
    assert lines(of_class.absent(deputy, params)) == [
        ["Ежов Лев", dt.date(2026, 11, 10), 1, "1. Мат. — УП"]
    ]
    told = lines(of_class.absent(deputy, {**params, "span": "week"}))
    assert [(row[0], row[2]) for row in told] == [
        ("Абрамов Егор", 2), ("Ёжикова Майя", 1), ("Зорин Иван", 1), ("Ежов Лев", 1)
    ]  # fmt: skip


def test_averages_of_a_class_so_far(school, deputy, given):
    given("maths_5a", "2026-11-09", {"pupil": "4/5", "pupil_2": "2", "pupil_3": "зач"})
    given("maths_5a", "2026-11-10", {"pupil": "3", "pupil_2": "•"}, weight=3)
    given("russian_5a", "2026-11-10", {"pupil": "5"}, number=2)
    given("maths_5a", "2026-10-20", {"pupil": "2"})  # before the days
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], **SPAN}
    assert by_name(of_class.current(deputy, params)) == {
        # (4 + 5 + 3 × 3) / 5 and 5; all: (18 + 5) / 6.
        "Абрамов Егор": [D("3.60"), D("5.00"), D("3.83"), 0],
        "Ежов Лев": [None, None, None, 0],
        "Ёжикова Майя": [D("2.00"), None, D("2.00"), 1],
        "Жданова Яна": [None, None, None, 0],
    }


def test_how_the_average_of_a_class_changes(school, deputy, given):
    given("maths_5a", "2026-10-20", {"pupil": "4/5", "pupil_2": "2", "pupil_3": "4/5"})
    given("maths_5a", "2026-11-09", {"pupil": "5", "pupil_2": "зач"})
    given("russian_5a", "2026-11-12", {"pupil": "3"})
    given("russian_5a", "2026-11-16", {"pupil": "1"}, weight=0)  # counts nowhere
    params = {
        "year": school.ids["year"], "school_class": school.ids["5А"], "step": "month",
        "since": dt.date(2026, 9, 1), "until": dt.date(2026, 11, 24),
    }  # fmt: skip
    # October: 4, 5, 2, 4, 5; November: 5, 3.
    assert lines(of_class.dynamics(deputy, params)) == [
        ["октябрь 2026", 5, D("4.00")], ["ноябрь 2026", 2, D("4.00")]
    ]  # fmt: skip
    weekly = {**params, "step": "week", "subject": school.ids[MATHS]}
    assert lines(of_class.dynamics(deputy, weekly)) == [
        ["19.10", 5, D("4.00")], ["9.11", 1, D("5.00")]
    ]  # fmt: skip


def test_marks_of_pupils_of_another_class_in_a_joint_group_are_not_the_class_s(
    school, deputy, given
):
    GroupClass.create(group=school.ids["maths_5a"], school_class=school.ids["5Б"])
    given("maths_5a", "2026-11-09", {"pupil": "5", "pupil_5": "2"})
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], "step": "month", **SPAN}
    assert lines(of_class.dynamics(deputy, params)) == [["ноябрь 2026", 1, D("5.00")]]


def test_debts_of_a_class(school, deputy, given):
    given("maths_5a", "2026-11-09", {"pupil": "•", "pupil_2": "•4", "pupil_3": "•"})
    move(school, "pupil_3", "5Б", dt.date(2026, 11, 16))
    params = {"year": school.ids["year"], "school_class": school.ids["5А"]}
    # The four closed the second debt; 9 to 24 November are 15 days.
    debt = [MATHS, "Контрольная работа", dt.date(2026, 11, 9), 15]
    assert lines(of_class.debts(deputy, params)) == [["Абрамов Егор", *debt]]
    # Whoever changed the class took the debt along.
    params["school_class"] = school.ids["5Б"]
    assert lines(of_class.debts(deputy, params)) == [["Ежов Лев", *debt]]


def test_homework_of_a_class(school, deputy, lesson, rules):
    at = lesson(date="2026-11-10")  # from 9:00 to 9:45 by the clock of Samara, 5:45 of Greenwich
    other = lesson("russian_5a", "2026-11-10", 2)
    none = lesson(date="2026-11-11")
    cancelled = lesson(date="2026-11-12", status="cancelled")
    subgroups = [lesson(f"english_5a_{part}", "2026-11-10", 3) for part in (1, 2)]
    noon = [(at, "§ 12"), (none, ""), (cancelled, "§ 13"), *((one, "с. 7") for one in subgroups)]
    for which, text, hour in [*((one, text, 8) for one, text in noon), (other, "упр. 5", 17)]:
        LessonNote.create(
            lesson=which,
            homework=text,
            homework_at=dt.datetime(2026, 11, 10, hour),  # noqa: DTZ001 - as stored
        )
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], **SPAN}
    # Nobody does the tasks of both subgroups. The one of Russian was first entered at 21:00, more
    # than four hours after its lesson.
    assert lines(of_class.homework(deputy, params)) == [
        [dt.date(2026, 11, 10), 3, 1, "Мат., Рус., Англ."]
    ]
    # Noon is later than an hour after the lesson of mathematics, which was over at 9:45, and no
    # later than an hour after those of English, over at 11:45.
    rules(homework_late_hours=1)
    assert lines(of_class.homework(deputy, params))[0][2] == 2


# --- a pupil -------------------------------------------------------------------------------------


@pytest.fixture
def of_child(school):
    return {"pupil": school.persons["pupil"], "year": school.ids["year"], **SPAN}


def test_final_marks_of_a_pupil(school, put, of_child):
    put("pupil", "5")
    put("pupil", "осв", RUSSIAN)
    put("pupil", "4", slot=0)
    document = of_pupil.final_marks(school.actor("parent"), of_child)
    assert by_name(document) == {
        "Английский язык": [None] * 7, MATHS: ["5", None, None, None, "4", None, None],
        RUSSIAN: ["осв", *[None] * 6],
    }  # fmt: skip


@pytest.fixture
def five_more(make):
    """Names of pupils who make 5А large enough for figures of the class."""
    names = [f"Иванов {name}" for name in ("Адам", "Борис", "Вадим", "Глеб", "Денис")]
    for name in names:
        make.pupil(name)
    return names


def test_averages_of_a_pupil_beside_the_class(school, given, of_child, five_more):
    given("maths_5a", "2026-11-09", {"pupil": "5", **dict.fromkeys(five_more[:3], "3")})
    given("maths_5a", "2026-11-10", {"pupil": "2", five_more[3]: "4"}, weight=3)
    given("russian_5a", "2026-11-10", {"pupil": "•", five_more[0]: "5"}, number=2)
    document = of_pupil.average_marks(school.actor("parent"), of_child)
    assert by_name(document) == {
        # (5 + 2) / 2, (5 + 3 × 2) / 4; five pupils: (5 + 3 × 3 + 2 + 4) / 6.
        MATHS: [2, D("3.50"), D("2.75"), D("3.33"), 0],
        RUSSIAN: [0, None, None, None, 1],  # one pupil with a mark is nobody's to see
    }


def test_figures_of_a_class_of_five_are_told_on_another_scale_too(
    school, given, of_child, five_more, rules
):
    rules(scale="ten")
    given("maths_5a", "2026-11-09", {"pupil": "9", **dict.fromkeys(five_more[:4], "7")})
    document = of_pupil.average_marks(school.actor("parent"), of_child)
    # (9 + 4 × 7) / 5.
    assert by_name(document) == {MATHS: [1, D("9.00"), D("9.00"), D("7.40"), 0]}


def test_dynamics_of_a_pupil_who_changed_the_class(school, given, make, of_child, five_more):
    # Somebody of the other class who learns with them is no classmate yet, and who has left the
    # class before and still learns with them is none any more.
    left = make.pupil("Зорин Иван")
    ClassMember.update(until=dt.date(2026, 11, 5)).where(ClassMember.pupil == left).execute()
    others = {"pupil_6": "5", "Зорин Иван": "5"}
    given("maths_5a", "2026-11-09", {"pupil": "4", **dict.fromkeys(five_more, "2"), **others})
    move(school, "pupil", "5Б", dt.date(2026, 11, 16))
    given("maths_5a", "2026-11-17", dict.fromkeys(five_more, "2"))  # no classmates any more
    given("maths_5b", "2026-11-18", {"pupil": "5", "pupil_5": "5", "pupil_6": "4"})
    document = of_pupil.dynamics(school.actor("parent"), of_child)
    # Own: 4 and 5. The class of each day: 4 + 5 × 2, then 5 + 5 + 4: 28 / 9.
    assert lines(document) == [["ноябрь 2026", 2, D("4.50"), 9, D("3.11")]]


def test_words_make_no_class_of_five(school, given, of_child, five_more):
    given("maths_5a", "2026-11-09", {
        # Six figures, but of four pupils.
        "pupil": "4", five_more[0]: "5/5", five_more[1]: "5", five_more[2]: "3/4",
        five_more[3]: "зач", five_more[4]: "н/а",
    })  # fmt: skip
    document = of_pupil.dynamics(school.actor("parent"), of_child)
    assert lines(document) == [["ноябрь 2026", 1, D("4.00"), None, None]]


def test_works_and_marks_of_a_pupil(school, given, of_child):
    given("maths_5a", "2026-11-09", {"pupil": "5"})
    given("russian_5a", "2026-11-10", {"pupil": "2"}, weight=3)
    work = "Контрольная работа"
    document = of_pupil.works(school.actor("parent"), of_child)
    assert lines(document) == [
        [dt.date(2026, 11, 9), MATHS, work, "", 1, "5", ""],
        [dt.date(2026, 11, 10), RUSSIAN, work, "", 3, "2", ""],
        ["Средний балл", "", "", "с весами", None, D("2.75"), ""],  # (5 + 3 × 2) / 4
    ]
    one = of_pupil.works(school.actor("parent"), {**of_child, "subject": school.ids[MATHS]})
    assert [row[5] for row in lines(one)] == ["5", D("5.00")]


def test_marks_and_attendance_of_a_pupil(school, given, away, lesson, of_child):
    at = given("maths_5a", "2026-11-09", {"pupil": "4"})
    away(at, pupil="ОП")
    away(lesson("maths_5a", "2026-11-10"), pupil="Б")
    given("maths_5a", "2026-11-11", {"pupil": "•"})
    document = of_pupil.progress(school.actor("parent"), of_child)
    assert [one.title for one in document.tables[0].columns[1:4]] == ["9.11", "10.11", "11.11"]
    assert by_name(document) == {MATHS: ["4 ОП", "Б", "•", D("4.00"), 1]}  # late is not missed


def test_a_pupil_beside_the_class(school, put, quarter, five_more):
    for who in five_more:
        put(who, "4")
    params = {**quarter, "pupil": school.persons["pupil"]}
    told = by_name(of_pupil.beside_class(school.actor("parent"), params))
    # 5, 3, н/а, 4 and five fours: N = 9; average 32 / 8, success 8/9, quality 7/9,
    # SOU (100 + 36 + 7 + 6 × 64) / 9.
    assert told[MATHS] == ["5", D("4.00"), D("88.9"), D("77.8"), D("58.56")]


def test_four_marks_and_one_word_are_told_of_no_class(school, put, quarter, five_more):
    put(five_more[0], "4")
    params = {**quarter, "pupil": school.persons["pupil"]}
    told = by_name(of_pupil.beside_class(school.actor("parent"), params))
    # 5, 3, 4, 4 are figures; «н/а» is none, though N = 5.
    assert told[MATHS] == ["5", None, None, None, None]


def test_beside_the_class_stands_the_class_of_that_time(school, put, quarter, five_more):
    for who in five_more:
        put(who, "4")
    move(school, "pupil", "5Б", dt.date(2026, 11, 16))
    params = {**quarter, "pupil": school.persons["pupil"]}
    document = of_pupil.beside_class(school.actor("parent"), params)
    assert "5А" in document.note
    assert by_name(document)[MATHS][1] == D("4.00")


# --- a teacher -----------------------------------------------------------------------------------


def test_the_report_of_a_subject_teacher(school, deputy, quarter, given, lesson):
    given("maths_5a", "2026-09-07", {"pupil": "5"})
    given("maths_5a", "2026-09-14", {"pupil": "5"}, kind="Ответ на уроке")
    lesson(date="2026-09-15", status="cancelled")
    params = {**quarter, "teacher": school.persons["teacher"]}
    document = of_teacher.of_period(deputy, params)
    # Two lessons took place, one with a control work.
    assert by_name(document) == {
        f"5А {MATHS}": [5, *MATHS_FIGURES, 2, 2, 1],
        "Все": [5, *MATHS_FIGURES, None, None, None],
    }
    assert lines(document, 1) == [[f"5А {MATHS}", "Ежов Лев", "н/а"]]


def test_a_teacher_of_quarters_and_half_years_reads_both(school, deputy, quarter, half_years, put):
    put("Волков Олег", "5", slot=school.ids["half_1"], title="10А")
    put("Гусев Илья", "нз", slot=school.ids["half_1"], title="10А")
    put("pupil", "4", slot=school.ids["period_2"])
    params = {**quarter, "teacher": school.persons["teacher"]}
    document = of_teacher.of_period(deputy, {**params, "period": school.ids["period_2"]})
    told = by_name(document)
    assert (told[f"5А {MATHS}"][:3], told[f"10А {MATHS}"][:3]) == ([5, 0, 1], [2, 1, 0])
    assert lines(document, 1) == [[f"10А {MATHS}", "Гусев Илья", "нз"]]
    # With the first quarter nothing goes in the tenth grade, and that is said.
    document = of_teacher.of_period(deputy, params)
    assert set(by_name(document)) == {f"5А {MATHS}", "Все"}
    assert document.warnings == [
        (
            "10А: учебный год делится иначе, периоду «1 четверть» ничего не соответствует. "
            "Выберите другой учебный период."
        )
    ]


def test_marks_of_a_teacher_over_the_years(school, deputy, quarter, put):
    put("pupil", "4", slot=0)
    put("pupil", "2", slot=-1)  # the exam is no mark of a period or the year
    # Whoever comes back to a group has put its marks once all the same, and so has a pupil who
    # came back to the class.
    GroupTeacher.create(
        group=school.ids["maths_5a"], teacher=school.persons["teacher"], since=dt.date(2026, 11, 2)
    )
    ClassMember.update(until=dt.date(2026, 10, 1)).where(
        ClassMember.pupil == school.persons["pupil"]
    ).execute()
    ClassMember.create(
        pupil=school.persons["pupil"], school_class=school.ids["5А"], since=dt.date(2026, 10, 5)
    )
    document = of_teacher.over_years(deputy, {"teacher": school.persons["teacher"]})
    # 5, 3, н/а, 4 as before, the 2 of who left and the 4 of the year: N = 6, average 18 / 5,
    # quality 3/6 and SOU, of which (100 + 36 + 7 + 64 + 16 + 64) / 6 is made.
    assert lines(document) == [["2026/27", "5А", 6, D("3.60"), D("50.0"), D("47.83")]]


def test_how_many_marks_there_are(school, deputy, quarter, given):
    for number, day in enumerate(("2026-09-07", "2026-09-14", "2026-09-21"), 1):
        given("maths_5a", day, {"pupil": "5", "pupil_2": "4"}, weight=number)
    given("maths_5b", "2026-09-08", {"pupil": "2"})  # put in another group: it is the same subject
    given("maths_5a", "2026-09-22", {"pupil": "4"}, kind="Ответ на уроке")
    given("russian_5a", "2026-09-22", {"pupil": "2"}, number=2)  # another subject
    TeachingGroup.update(weekly_hours=2).where(
        TeachingGroup.id == school.ids["maths_5a"]
    ).execute()  # fmt: skip
    document = of_teacher.density(deputy, {**quarter, "group": school.ids["maths_5a"]})
    told = by_name(document)
    # 5 × (1 + 2 + 3) + 2 + 4 over 8: 4.50 speaks for a five; of five works four are control ones.
    assert told["Абрамов Егор"] == [5, 4, D("4.50"), "5", "5"]
    assert told["Ёжикова Майя"] == [3, 3, D("4.00"), "4", "3"]
    assert told["Жданова Яна"] == [0, 0, None, None, "осв"]
    rows = {row_of(row).cells[0]: row_of(row).cells for row in document.tables[0].rows}
    # Five are expected of two hours a week: the first has them, the second has too few, and a
    # mark that differs from the average.
    assert [rows["Абрамов Егор"][at].tone for at in (1, 5)] == ["", ""]
    assert [rows["Ёжикова Майя"][at].tone for at in (1, 5)] == ["bad", "warn"]


# --- the school ----------------------------------------------------------------------------------


def test_results_of_the_school(school, deputy, quarter, put):
    put("pupil_5", "2", title="5Б")
    put("pupil_6", "5", title="5Б")
    document = of_school.by_class(deputy, quarter)
    # 5А as in the report of its teacher. 5Б: one fails, one is excellent; SOU (16 + 100) / 2,
    # average 7 / 2. Both: success 5/7, quality 4/7, SOU (499 + 116) / 10, average 36 / 9.
    both = [7, 7, 2, 2, 1, 1, 1, D("71.4"), D("57.1"), D("61.50"), D("4.00")]
    assert lines(document) == [
        ["5А", 5, 5, 1, 2, 1, 0, 1, D("80.0"), D("60.0"), D("62.38"), D("4.14")],
        ["5Б", 2, 2, 1, 0, 0, 1, 0, D("50.0"), D("50.0"), D("58.00"), D("3.50")],
        ["5 классы", *both], ["5–9 классы", *both], ["Школа", *both],
    ]  # fmt: skip


def test_every_level_of_the_school_comes_with_the_period_that_fits_it(
    school, deputy, quarter, half_years, put
):
    put("pupil", "5", slot=school.ids["period_2"])
    put("Волков Олег", "4", slot=school.ids["half_1"], title="10А")
    params = {**quarter, "period": school.ids["period_2"]}
    told = by_name(of_school.by_class(deputy, params))
    # Graded and excellent or good of each level, and of both together.
    assert told["5–9 классы, 2 четверть"][1:4] == [1, 1, 0]
    assert told["10–11 классы, 1 полугодие"][1:4] == [1, 0, 1]
    assert told["Школа"][1:4] == [2, 1, 1]
    # The other way round it is the same.
    other = by_name(of_school.by_class(deputy, {**params, "period": school.ids["half_1"]}))
    assert other == told
    first = of_school.by_class(deputy, quarter)
    assert "10А" not in by_name(first)
    assert any("10А" in one for one in first.warnings)


def test_the_choice_of_a_period_of_the_school_names_both_and_the_year(
    app, school, deputy, half_years, clock
):
    clock.move("2027-06-01")
    with app.test_request_context():
        form = forms.OfSchoolPeriod(meta={"csrf": False})
        form.offer(deputy, FINAL_VIEW)
    assert [(one.value, one.label) for one in form.period.choices] == [
        ("", "Год"), (school.ids["period_1"], "1 четверть"),
        (school.ids["period_2"], "2 четверть, 1 полугодие"),
        (school.ids["period_3"], "3 четверть"),
        (school.ids["period_4"], "4 четверть, 2 полугодие"),
    ]  # fmt: skip
    assert form.period.data == school.ids["period_4"]


def test_a_form_goes_from_quarters_to_half_years(school, login_as, half_years):
    address = f"/reports/journal.class.results?school_class={school.ids['10А']}&period="
    browser = login_as("deputy")
    assert "10А, 1 полугодие" in browser.get(f"{address}{school.ids['period_2']}").text
    # Nothing goes with the first quarter.
    answer = browser.get(f"{address}{school.ids['period_1']}")
    assert answer.status_code == 422
    assert "Учебный год здесь делится иначе" in answer.text


def test_the_marks_of_the_year_have_lists_and_totals_too(school, deputy, quarter, put):
    put("pupil", "4", slot=0)
    params = {"year": school.ids["year"], "parallel": 5, "subject": school.ids[MATHS]}
    assert by_name(of_school.by_class(deputy, params))["5А"][1:4] == [1, 0, 1]
    assert by_name(of_school.parallel(deputy, params))["5А"][1:4] == [1, 0, 1]
    assert by_name(of_school.by_subject(deputy, params))["5А"][1:4] == [5, 0, 1]
    assert [len(one.rows) for one in of_school.lists(deputy, params).tables] == [0, 0, 0, 0, 0]


def test_classes_of_a_parallel_compared(deputy, quarter, put):
    put("pupil_5", "2", title="5Б")
    document = of_school.parallel(deputy, {**quarter, "parallel": 5})
    assert lines(document) == [
        ["5А", 5, 5, 1, 2, 1, 0, 1, D("80.0"), D("60.0"), D("62.38"), D("4.14")],
        # One of two is graded, with a two.
        ["5Б", 2, 1, 0, 0, 0, 1, 0, D("0.0"), D("0.0"), D("16.00"), D("2.00")],
    ]  # fmt: skip
    assert [values for _title, values in document.charts[0].series] == [
        [D("60.0"), D("0.0")], [D("80.0"), D("0.0")], [D("62.38"), D("16.00")]
    ]  # fmt: skip


def test_results_of_a_subject(school, deputy, quarter, put):
    put("pupil_5", "2", title="5Б")
    document = of_school.by_subject(deputy, {**quarter, "subject": school.ids[MATHS]})
    assert lines(document) == [
        ["5А", "Мартынюк И. А.", 5, *MATHS_FIGURES],
        ["5Б", "Ким В. О.", 2, 0, 0, 0, 1, 0, 0, D("0.0"), D("0.0"), D("16.00"), D("2.00")],
        # N = 5: success 3/5, quality 2/5, SOU (207 + 16) / 5, average 14 / 4.
        ["Школа", "", 7, 1, 1, 1, 1, 1, 1, D("60.0"), D("40.0"), D("44.60"), D("3.50")],
    ]  # fmt: skip
    assert document.warnings == ["Данные неполные, не хватает отметок: 5Б (1)"]


def test_lists_of_the_school(deputy, quarter, put, make):
    put("pupil_5", "1", title="5Б")
    put("pupil_6", "нз", title="5Б")
    make.pupil("Юдин Лев")
    for subject in (MATHS, RUSSIAN):
        put("Юдин Лев", "3", subject)  # two threes are not one
    make.pupil("Щукин Лев")
    for subject, value in ((MATHS, "2"), (RUSSIAN, "нз")):
        put("Щукин Лев", value, subject)
    document = of_school.lists(deputy, quarter)
    assert [lines(document, at) for at in range(5)] == [
        [["5А", "Абрамов Егор", ""]],
        [["5А", "Ёжикова Майя", MATHS]],
        [["5Б", "Абрамова Ника", "Мат. 1"], ["5Б", "Яковлев Тимур", "Мат. нз"]],
        [["5А", "Щукин Лев", "Мат. 2, Рус. нз"]],
        [["5А", "Ежов Лев", "Мат. н/а"]],
    ]


def test_periods_compared(school, deputy, quarter, put, clock):
    clock.move("2026-12-31")
    for who, value in (("pupil", "4"), ("pupil_2", "2")):
        put(who, value, slot=school.ids["period_2"])
    told = lines(of_school.periods(deputy, quarter))
    # First quarter as above, of five; then one of two succeeds: 50 − 80; quality 50 − 60;
    # SOU (64 + 16) / 2 = 40 − 62.38; average 3 − 4.14.
    assert told == [
        ["1 четверть", 5, 1, D("80.0"), None, D("60.0"), None, D("62.38"), None, D("4.14"), None],
        ["2 четверть", 2, 0, D("50.0"), D("-30.0"), D("50.0"), D("-10.0"), D("40.00"), D("-22.38"),
         D("3.00"), D("-1.14")],
    ]  # fmt: skip


@pytest.mark.usefixtures("november")
def test_attendance_of_the_school(school, deputy, lesson, away):
    for day in range(11, 21):
        away(lesson("maths_5b", f"2026-11-{day}"), pupil_6="НП")
    away(lesson("maths_5b", "2026-11-23"), pupil_5="ОТ")
    lesson(date="2026-11-20")
    params = {"year": school.ids["year"], **SPAN}
    document = of_school.attendance(deputy, params)
    # 5А: two lessons × five pupils, one × two, one × the four who were left; the departed pupil
    # missed one while there. 5Б: eleven lessons × two. 11/16, 11/22, 22/38 were attended.
    assert lines(document) == [
        ["5А", 16, 5, 3, 1, 1, 0, D("68.8")],
        ["5Б", 22, 11, 0, 0, 10, 1, D("50.0")],
        ["Школа", 38, 16, 3, 1, 11, 1, D("57.9")],
    ]
    assert lines(document, 1) == [["5Б", "Яковлев Тимур", 10]]


def test_how_journals_are_kept(school, deputy, lesson, away, given):
    teacher = school.persons["teacher"]
    full = given("maths_5a", "2026-11-09", {"pupil": "5"})
    Lesson.update(teacher=teacher).where(Lesson.id == full.id).execute()
    LessonNote.create(lesson=full, topic="Дроби", homework="§ 1")
    seen, _bare = lesson(date="2026-11-10", teacher=teacher), lesson(
        date="2026-11-11", teacher=teacher)  # fmt: skip
    away(seen, pupil="Б")
    away(full, pupil_2="Б")
    lesson(date="2026-11-12", teacher=teacher, status="cancelled")
    lesson(date="2026-11-24", teacher=teacher)  # today is not over
    document = of_school.control(deputy, {"year": school.ids["year"], **SPAN})
    # Of three lessons two have no topic, no homework, no mark; attendance of one was not taken.
    assert lines(document) == [
        ["Мартынюк Иван", 3, 2, D("66.7"), 2, D("66.7"), 1, D("33.3"), 2, D("66.7")]
    ]


# --- access to the journal -----------------------------------------------------------------------


@pytest.fixture
def changed(school, lesson):
    """``changed("pupil", "4", reason=…)`` is an entry of the history about a mark."""
    at = lesson(date="2026-11-09")

    def note(who, value, *, reason=None, kind="cell"):
        pupil = school.persons[who]
        target = (
            f"journal.cell:{at.id}:0:{pupil}" if kind == "cell"
            else f"journal.final:{pupil}:{school.ids[MATHS]}:{school.ids['period_1']}"
        )  # fmt: skip
        AuditEntry.create(
            at=dt.datetime(2026, 11, 9, 20, 30),  # noqa: DTZ001 - as stored
            actor_name="Мартынюк И. А.", side="staff",
            address="", kind=f"journal.{kind}", target=target, person=pupil,
            before={"value": "3"}, after={"value": value}, reason=reason,
        )  # fmt: skip

    return note


def test_access_to_the_journal_of_a_pupil(school, changed, of_child):
    changed("pupil", "4")
    changed("pupil_2", "5")
    changed("pupil", "5", kind="final", reason="Пересдача")
    document = access_log.of_pupil(school.actor("parent"), of_child)
    # The newest first; 20:30 of Greenwich is half past midnight in Samara.
    assert [row[1:] for row in lines(document)] == [
        ["Мартынюк И. А.", "", MATHS, None, "1 четверть", "3 → 5", "Пересдача"],
        ["Мартынюк И. А.", "5А", MATHS, dt.date(2026, 11, 9), "2 четверть", "3 → 4", ""],
    ]  # fmt: skip
    assert {row[0].strftime("%d.%m %H:%M") for row in lines(document)} == {"10.11 00:30"}


def test_access_to_the_journal_of_a_class(school, deputy, changed):
    changed("pupil", "4")
    changed("pupil_5", "5")
    params = {"year": school.ids["year"], "school_class": school.ids["5А"], **SPAN}
    told = lines(access_log.of_class(deputy, params))
    assert [(row[2], row[-2]) for row in told] == [("Абрамов Егор", "3 → 4")]


def test_changes_outside_the_usual_time(school, deputy, changed):
    changed("pupil", "4")
    changed("pupil_5", "5", reason="Исправлено")
    # By the clock of Samara it is the tenth, and that day is included at both ends.
    day = dt.date(2026, 11, 10)
    params = {"year": school.ids["year"], "since": day, "until": day}
    told = lines(access_log.unusual(deputy, params))
    assert [(row[2], row[-2:]) for row in told] == [("Абрамова Ника", ["3 → 5", "Исправлено"])]


def test_changes_that_one_may_not_see_push_out_none_of_the_others(
    school, deputy, changed, make, monkeypatch
):
    monkeypatch.setattr(access_log, "MOST", 2)
    changed("pupil", "4", reason="Исправлено")
    make.person("Чужой Пётр")
    for _time in range(3):
        changed("Чужой Пётр", "5", reason="Исправлено")
    document = access_log.unusual(deputy, {"year": school.ids["year"], **SPAN})
    assert [row[2] for row in lines(document)] == ["Абрамов Егор"]
