"""The engine of reports: values, parameters by rights, papers, kept reports and their way."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from asurso_core import plugins
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.forms import DateField
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.jobs import attempts
from asurso_core.reports import (
    Cell,
    Chart,
    ClassField,
    Column,
    Document,
    PeriodField,
    PupilField,
    Report,
    ReportForm,
    Row,
    Table,
    YearField,
    keeping,
    link,
    params,
    percent,
    writing,
)
from asurso_core.reports.documents import digest, headings, shown
from asurso_core.reports.models import ReportSnapshot
from asurso_core.reports.packing import packed
from asurso_core.school import AcademicYear, Period, PeriodType, SchoolClass
from asurso_core.school.models import ClassMember

DOCUMENT = Document(
    title="Итоги", note="5А", basis="по ученикам", warnings=["Нет отметок: Мат."],
    tables=[
        Table(
            title="Таблица",
            columns=[
                Column(title="Ученик"), Column(title="5", number=True, group="Отметки"),
                Column(title="4", number=True, group="Отметки"), Column(title="%", number=True),
            ],
            rows=[["Ёжикова", 5, 12, Decimal("92.0")], Row(["Всего", 5, 12, None], "total")],
        )
    ],
    charts=[
        Chart(title="Качество", labels=["5А", "5Б"], series=[("2026", [Decimal("68.0"), None])])
    ],
)  # fmt: skip


class OfYear(ReportForm):
    year = YearField("Год")
    school_class = ClassField("Класс")
    period = PeriodField("Период")


class OfPupil(ReportForm):
    school_class = ClassField("Класс")
    pupil = PupilField("Ученик")
    period = PeriodField("Период")


def _build(actor: Any, params: dict[str, Any]) -> Document:
    del actor
    return Document(
        title="Проба", tables=[Table(columns=[Column(title="Кто")], rows=[[str(params)]])]
    )


@pytest.fixture
def join(app):
    """``join(report)`` adds a report of the kernel for one test."""
    manager = plugins.current()
    manager.collect(asurso_reports)
    kept = manager._collected["asurso_reports"]

    def add(**more: Any) -> Report:
        values = {
            "name": "core.probe", "title": "Проба", "group": "Пробы", "form": OfPupil,
            "requires": "core.classes.view", "build": _build, "submit": True, **more,
        }  # fmt: skip
        report = Report(**values)
        manager._collected["asurso_reports"] = [*kept, (manager.plugins["core"], report)]
        return report

    yield add
    manager._collected["asurso_reports"] = kept


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("4.25"), "4,25"), (Decimal("-0.00"), "0,00"), (None, "—"), (0, "0"),
        (dt.date(2026, 9, 1), "01.09.2026"), (Cell(Decimal("3.0"), tone="bad"), "3,0"),
    ],
)  # fmt: skip
def test_values_are_told_as_people_read_them(value, text):
    assert shown(value, number=True) == text


def test_a_share_of_nothing_is_no_share():
    assert percent(23, 25) == Decimal("92.0")
    assert percent(1, 8) == Decimal("12.5")
    assert percent(1, 16) == Decimal("6.3")  # 6,25 half up
    assert percent(0, 0) is None


def test_neighbours_of_one_group_share_a_heading():
    assert headings(DOCUMENT.tables[0]) == [("", 1), ("Отметки", 2), ("", 1)]


def test_equal_documents_have_equal_digests_and_no_others():
    told = packed(DOCUMENT)
    assert digest(told) == digest(packed(DOCUMENT))
    assert digest(told) != digest({**told, "title": "Итоги "})


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("school")
def test_a_paper_is_an_archival_pdf_with_hostile_texts_printed_as_they_are():
    hostile = Document(
        title='#image("/etc/passwd")', charts=DOCUMENT.charts,
        tables=[
            Table(columns=[Column(title="*Кто*")], rows=[['#read("main.typ")'], ["\u202eабв"]])
        ],
    )  # fmt: skip
    made = writing.as_pdf(hostile)
    assert made.startswith(b"%PDF-")
    assert b"pdfaid" in made


def test_a_workbook_has_merged_headings_and_decimals_as_figures():
    with zipfile.ZipFile(io.BytesIO(writing.as_xlsx(DOCUMENT))) as box:
        page = box.read("xl/worksheets/sheet1.xml").decode()
    assert '<mergeCell ref="B3:C3"/>' in page
    assert "<v>0.92</v>" in page  # a column of per cents


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("join")
def test_a_report_opens_at_once_with_the_own_class_and_the_running_period(school, join):
    report = join()
    form = params.form_of(school.actor("class_teacher"), report, None)
    assert form.school_class.data == school.ids["5А"]
    assert form.period.data == school.ids["period_2"]
    assert form.pupil.data == school.persons["pupil"]


def test_what_is_not_offered_cannot_be_asked_for(school, join):
    report = join(requires="core.people.view")
    sent = MultiDict({"school_class": "999999", "period": str(school.ids["period_1"])})
    form = params.form_of(school.actor("class_teacher"), report, sent)
    assert not form.validate()


def test_another_year_shows_the_same_children_as_they_were_then(school, join):
    """A form carries the class and the period of the year that was shown."""
    report = join(form=OfYear)
    year = AcademicYear.get(AcademicYear.title == "2025/26")
    AcademicYear.update(state="finished").where(AcademicYear.id == year.id).execute()
    type_ = PeriodType.create(year=year, name="Четверти", kind="quarter")
    old = Period.create(
        period_type=type_, number=1, title="1 четверть", starts=year.starts,
        ends=dt.date(2025, 10, 26),
    )  # fmt: skip
    SchoolClass.create(year=year, grade=4, letter="Б", period_type=type_)
    fourth = SchoolClass.create(year=year, grade=4, letter="А", period_type=type_)
    sent = MultiDict({
        "year": str(year.id), "school_class": str(school.ids["5А"]),
        "period": str(school.ids["period_1"]),
    })  # fmt: skip
    form = params.form_of(school.actor("deputy"), report, sent)
    assert form.validate()
    assert (form.school_class.data, form.period.data) == (fourth.id, old.id)


def test_a_sum_leads_to_what_it_is_made_of_where_that_is_open(school, login_as):
    browser = login_as("deputy")
    page = browser.get("/reports/core.class_sizes").text
    url = re.search(r'href="(/reports/core\.class_list\?[^"]+)"', page)[1]
    assert "5А" in browser.get(unescape(url)).text
    assert link(school.actor("deputy"), "core.class_list", year=None) == "/reports/core.class_list"
    assert link(school.actor("parent"), "core.class_list") == ""


def test_a_year_without_classes_shows_nothing_instead_of_a_refusal(school, join):
    report = join(form=OfYear)
    empty = AcademicYear.get(AcademicYear.title == "2025/26")
    sent = MultiDict({"year": str(empty.id), "school_class": str(school.ids["5А"])})
    form = params.form_of(school.actor("deputy"), report, sent)
    assert form.validate()
    assert form.school_class.data is None


def test_a_link_that_names_the_class_alone_opens_with_the_rest_as_at_first(school, join, login_as):
    class OfDay(ReportForm):
        school_class = ClassField("Класс")
        day = DateField("День", required=True, default=lambda: dt.date(2026, 11, 24))
        step = SelectField("Шаг", choices=[SelectChoice("month", "месяц")])

    join(form=OfDay)
    page = login_as("deputy").get(f"/reports/core.probe?school_class={school.ids['5Б']}")
    assert page.status_code == 200
    text = unescape(page.text)
    assert "datetime.date(2026, 11, 24)" in text
    assert "'step': 'month'" in text


@pytest.mark.parametrize("sent", ["abc", "1e9", "-1", "99999999999999999999", "", "1;2"])
def test_nonsense_in_the_address_is_told_calmly(school, join, login_as, sent):
    join()
    answer = login_as("admin").get("/reports/core.probe", query_string={"school_class": sent})
    assert answer.status_code in {200, 422}


def test_a_parent_is_offered_only_the_own_children(school, app):
    class OfChild(ReportForm):
        pupil = PupilField("Ребёнок")

    form = OfChild(formdata=None, meta={"csrf": False})
    form.offer(school.actor("parent"), "diary.view")
    offered = {choice.value for choice in form.pupil.choices}
    assert offered == {school.persons["pupil"], school.persons["pupil_5"]}


# --- the list ------------------------------------------------------------------------------------


def test_favourites_stand_first_and_only_for_whom_they_are(school, join, login_as):
    join()
    deputy = login_as("deputy")
    deputy.post("/reports/core.probe/favourite", data={"on": "1"})
    assert "Избранное" in deputy.get("/reports").text
    assert "Избранное" not in login_as("admin").get("/reports").text


def test_a_report_of_the_staff_is_not_there_for_families(school, join, login_as):
    join(requires="core.school.view", side="staff")
    assert login_as("parent").get("/reports/core.probe").status_code == 404


# --- kept reports --------------------------------------------------------------------------------


@pytest.fixture
def kept(school, join):
    report = join()
    return keeping.keep(
        school.actor("class_teacher"), report, DOCUMENT, {"period": school.ids["period_2"]}
    )


def test_a_kept_report_is_handed_in_and_accepted_once(school, kept):
    teacher, deputy = school.actor("class_teacher"), school.actor("deputy")
    with pytest.raises(NotThere):
        keeping.snapshot(deputy, kept.id)  # nobody has handed it in
    keeping.submit(teacher, kept.id)
    with pytest.raises(Refused):
        keeping.submit(teacher, kept.id)
    with pytest.raises(Invalid):
        keeping.review(deputy, kept.id, accepted=False, reason=" ")
    keeping.review(deputy, kept.id, accepted=True, reason="ы" * 5000)  # nobody reads these
    with pytest.raises(Conflict):
        keeping.review(deputy, kept.id, accepted=False, reason="поздно")
    assert ReportSnapshot.get().state == "accepted"


def test_nobody_else_reads_a_kept_report(school, kept):
    keeping.submit(school.actor("class_teacher"), kept.id)
    for who in ("teacher", "parent", "pupil", "secretary"):
        with pytest.raises(NotThere):
            keeping.snapshot(school.actor(who), kept.id)


def test_a_stranger_with_the_code_learns_that_it_is_genuine_and_nothing_else(kept, client):
    page = client.get(f"/reports/verify/{kept.code}")
    assert page.status_code == 200
    assert kept.digest in page.text
    assert "Ёжикова" not in page.text
    ReportSnapshot.update(content={**kept.content, "title": "Другое"}).execute()
    assert "Изменён" in client.get(f"/reports/verify/{kept.code}").text
    assert client.get("/reports/verify/nonsense").status_code == 404


def test_a_long_report_is_made_by_a_job_with_the_rights_of_that_moment(
    school, join, login_as, clock
):
    report = join(long=True)
    browser = login_as("class_teacher")
    answer = browser.post("/reports/core.probe/make", data={"period": school.ids["period_1"]})
    assert answer.status_code == 303
    number = int(re.search(r"/jobs/(\d+)", answer.location)[1])
    attempts.attend(number, 7)
    row = ReportSnapshot.get()
    assert (row.state, row.params["period"]) == ("result", str(school.ids["period_1"]))
    assert browser.get(f"/reports/kept/{row.id}.pdf").data.startswith(b"%PDF")
    assert login_as("deputy").get(f"/reports/kept/{row.id}").status_code == 404
    clock.move(dt.date(2026, 12, 24))
    assert keeping.forget_old() == 1
    del report


def test_an_empty_class_gives_an_empty_list_of_pupils_and_no_failure(school, join, login_as):
    join()
    ClassMember.delete().execute()
    assert login_as("deputy").get("/reports/core.probe").status_code == 200


def test_a_saved_file_says_how_it_was_counted_and_what_it_lacks():
    table = Table(
        columns=[Column(title="Класс"), Column(title="Разница", number=True)],
        rows=[["5А", Decimal("0.50")]],
    )
    document = Document(
        title="Сравнение", tables=[table], basis="По всем отметкам", warnings=["Нет отметок в 5Б"]
    )
    text = writing.as_csv(document).decode("utf-8-sig")
    assert "По всем отметкам" in text
    assert "Нет отметок в 5Б" in text
