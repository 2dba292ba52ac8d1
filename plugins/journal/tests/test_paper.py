"""Papers of a class: what stands in them, who gets them, and that they print whatever is typed."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
import zlib

import pytest

from asurso_core import clock, typesetting
from asurso_core.accounts.models import Grant, Guardian, Person, PersonDetail, Role
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.errors import NotThere
from asurso_core.files import StoredFile
from asurso_core.jobs import attempts
from asurso_core.jobs.models import JobRow
from asurso_core.school.models import ClassMember, GroupMember, GroupTeacher, SchoolClass
from asurso_core.testing import make
from asurso_journal import paper, paper_rows
from asurso_journal.finals import YEAR
from asurso_journal.models import Attendance, FinalMark, LessonNote, Mark
from asurso_journal.services import papers
from asurso_timetable.models import Lesson, Substitution

NOBODY = system("tests")


@pytest.fixture
def taught(school, lesson, work):
    """``taught("maths_5a", "2026-11-23", pupil="5", pupil_2="Б")``: a lesson with its cells."""

    def make_one(group, date, number=1, weight=1, topic="", **cells):
        at = lesson(group, date, number)
        if topic:
            LessonNote.create(lesson=at, topic=topic, homework="§ 12")
        column = work(at, weight=weight)
        for name, text in cells.items():
            code, _slash, mark = text.partition("/") if text[0].isalpha() else ("", "", text)
            facts = {"pupil": school.persons[name], "year": school.ids["year"]}
            if code:
                Attendance.create(lesson=at, code=code, **facts)
            if mark:
                Mark.create(assignment=column, value=mark, **facts)
        return at

    return make_one


def final(school, name, value, slot=None, group="maths_5a"):
    """A final mark in mathematics (or the group's subject) of the first quarter or a slot."""
    slot = school.ids["period_1"] if slot is None else slot
    from asurso_core.school.models import TeachingGroup

    return FinalMark.create(
        pupil=school.persons[name], year=school.ids["year"], slot=slot, value=value,
        subject=TeachingGroup.get_by_id(school.ids[group]).subject_id, group=school.ids[group],
        period=slot if slot > 0 else None,
    )  # fmt: skip


@pytest.fixture
def quarter(school, taught):
    """5А in the first quarter, by hand: one left, one came, one is exempt, one not attested."""
    ClassMember.update(until=dt.date(2026, 10, 1)).where(
        ClassMember.pupil == school.persons["pupil_3"]
    ).execute()
    ClassMember.update(since=dt.date(2026, 9, 15)).where(
        ClassMember.pupil == school.persons["pupil_4"]
    ).execute()
    taught("maths_5a", "2026-09-02", topic="Дроби", pupil="5", pupil_2="Б", pupil_3="3")
    taught("russian_5a", "2026-09-02", 2, pupil_2="Б")
    taught("maths_5a", "2026-09-16", weight=3, pupil="4/5", pupil_2="Б/4", pupil_4="НП")
    taught("russian_5a", "2026-09-16", 2, pupil="ОП")
    taught("maths_5a", "2026-10-07", pupil="2", pupil_4="5")
    for name, value in (("pupil", "4"), ("pupil_2", "н/а"), ("pupil_4", "осв")):
        final(school, name, value)
    return paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])


def names(rows):
    return [row["name"].split()[0] for row in rows]


# --- what stands in the journal ------------------------------------------------------------------


def test_a_page_of_a_subject_has_what_the_paper_one_has(quarter):
    page = next(one for one in paper.journal(quarter)["journals"] if one["subject"] == "Математика")
    (sheet,) = page["sheets"]
    assert names(page["pupils"]) == ["Абрамов", "Ежов", "Ёжикова", "Жданова"]
    assert [one["title"] for one in sheet["columns"]] == ["2", "16", "7", "1 четверть"]
    assert [one["cells"] for one in sheet["columns"]] == [
        ["5", "3", "Б", None],  # Жданова had not come yet
        ["4/\u200b5", "", "Б/\u200b4", "НП"],
        ["2", None, "", "5"],  # Ежов had gone
        ["4", "", "н/а", "осв"],
    ]
    assert [(one["came"], one["gone"]) for one in page["pupils"]] == [
        ("", ""), ("", "01.10.2026"), ("", ""), ("15.09.2026", "")
    ]  # fmt: skip
    assert sheet["lines"][0] == {
        "date": "02.09", "number": 1, "topic": "Дроби", "homework": "§ 12", "cancelled": False,
        "teacher": "", "substitute": False, "actual": "", "order": "",
    }  # fmt: skip


def test_missed_lessons_and_days_as_counted_by_hand(school, quarter):
    slot = school.ids["period_1"]
    found = {
        name: quarter.missed.get((school.persons[name], slot))
        for name in ("pupil", "pupil_2", "pupil_3", "pupil_4")
    }
    # Ёжикова missed both lessons of the 2nd (a whole day) and one of two on the 16th, all by
    # illness; being late is not missing; Жданова missed one lesson without a reason.
    assert found == {
        "pupil": None, "pupil_2": (1, 3, 1, 3), "pupil_3": None, "pupil_4": (0, 1, 0, 0),
    }  # fmt: skip
    assert paper.summary(quarter)["missed"]["total"] == [[1, 4, 1, 3]]


def test_the_summary_sheet_keeps_those_who_left_and_every_period_of_the_year(school, quarter):
    final(school, "pupil", "4", YEAR)
    book = paper_rows.class_book(NOBODY, school.ids["5А"], YEAR)
    sheet = paper.summary(book)["summary"]
    assert sheet["slots"][:2] == ["1 четверть", "2 четверть"]
    assert len(sheet["slots"]) == 7
    at = sheet["subjects"].index("Математика")
    assert [row[at] for row in sheet["pupils"][0]["rows"]] == ["4", "", "", "", "4", "", ""]
    assert names(sheet["pupils"])[1] == "Ежов"
    assert paper.summary(quarter)["summary"]["slots"] == ["1 четверть"]


def test_a_substitute_is_named_and_a_teacher_of_the_group_is_not(school, taught):
    for date, who in (("2026-09-02", "teacher"), ("2026-09-03", "english_1")):
        at = taught("maths_5a", date)
        Lesson.update(teacher=school.persons[who]).where(Lesson.id == at.id).execute()
    book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
    maths = next(one for one in book.journals if one.subject == "Математика")
    assert [(one.teacher, one.substitute) for one in maths.lessons] == [
        ("Мартынюк И. А.", False), ("Белова А. Л.", True)
    ]  # fmt: skip


def test_a_noted_substitution_tells_who_gave_what_by_which_order(school, taught):
    at = taught("maths_5a", "2026-09-02")
    Substitution.create(
        lesson=at, absent=school.persons["teacher"], substitute=school.persons["english_2"],
        kind="other", subject=school.ids["Русский язык"], reason="ill", payment="hourly",
        order_number="12", made_at=clock.stamp(),
    )  # fmt: skip
    book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
    page = next(one for one in paper.journal(book)["journals"] if one["subject"] == "Математика")
    line = page["sheets"][0]["lines"][0]
    assert line["substitute"]
    assert (line["teacher"], line["actual"], line["order"]) == (
        "Шевцова И. О.", "Русский язык", "12"
    )  # fmt: skip
    body = typesetting.pdf("journal", "journal.typ", paper.journal(book), archival=True)
    assert body.startswith(b"%PDF-")


def test_who_changed_the_subgroup_stands_in_both_and_the_mark_where_it_was_put(school, taught):
    taught("english_5a_1", "2026-09-02", pupil="5")
    taught("english_5a_2", "2026-10-07", pupil="3")
    moved = dt.date(2026, 10, 1)
    GroupMember.update(until=moved).where(GroupMember.pupil == school.persons["pupil"]).execute()
    GroupMember.create(pupil=school.persons["pupil"], group=school.ids["english_5a_2"], since=moved)
    final(school, "pupil", "4", group="english_5a_2")
    book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
    cells = {
        one["group"]: [column["cells"][0] for column in one["sheets"][0]["columns"]]
        for one in paper.journal(book)["journals"] if one["subject"] == "Английский язык"
    }  # fmt: skip
    assert cells == {"1 подгруппа": ["5", ""], "2 подгруппа": ["3", "4"]}


def test_a_cancelled_lesson_is_left_out_unless_something_stands_in_it(school, taught, lesson):
    taught("maths_5a", "2026-09-02", pupil="5")
    lesson("maths_5a", "2026-09-03", status="cancelled")
    taught("maths_5a", "2026-09-04", topic="Не состоялся")
    Lesson.update(status="cancelled").where(Lesson.date == dt.date(2026, 9, 4)).execute()
    book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
    page = next(one for one in paper.journal(book)["journals"] if one["subject"] == "Математика")
    assert [one["title"] for one in page["sheets"][0]["columns"]] == ["2", "4", "1 четверть"]
    assert page["sheets"][0]["lines"][1]["cancelled"]


def test_sixty_lessons_are_divided_into_sheets_that_fit_the_page(school, taught):
    first = dt.date(2026, 9, 1)
    for at in range(55):
        taught("maths_5a", (first + dt.timedelta(days=at)).isoformat())
    for at in range(3):
        taught("maths_5a", f"2026-09-0{at + 1}", 2 + at, pupil="Б/4/5")
    book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
    page = next(one for one in paper.journal(book)["journals"] if one["subject"] == "Математика")
    assert sum(len(one["columns"]) for one in page["sheets"]) == 59
    assert all(sum(c["width"] for c in one["columns"]) <= paper.ROOM for one in page["sheets"])
    assert all(sum(m["span"] for m in one["months"]) == len(one["columns"])
               for one in page["sheets"])  # fmt: skip


def test_reading_a_class_takes_the_same_few_statements_however_much_it_did(school, taught, queries):
    def read():
        return paper_rows.class_book(NOBODY, school.ids["5А"], YEAR)

    with queries(30) as few:
        read()
    for at in range(1, 10):
        taught("maths_5a", f"2026-09-0{at}", pupil="5", pupil_2="Б/4")
    with queries(30) as many:
        read()
    assert len(many) <= len(few) + 1


def test_particulars_are_printed_only_for_who_may_see_all_of_them(school):
    PersonDetail.create(person=school.persons["pupil"], address="ул. Садовая, 1")
    asked = {"class_id": school.ids["5А"], "slot": YEAR, "particulars": True}
    assert paper_rows.class_book(school.actor("deputy"), **asked).particulars is None
    book = paper_rows.class_book(school.actor("admin"), **asked)
    line = paper.journal(book)["particulars"][0]
    assert (line["address"], line["birth"]) == ("ул. Садовая, 1", "17.05.2015")
    assert line["guardians"] == ["мать: Абрамова Елена Викторовна"]


# --- letters and cards ---------------------------------------------------------------------------


def test_letters_list_and_count_marks_with_averages_as_by_hand(quarter):
    one, two = paper.letters(quarter, 1), paper.letters(quarter, 2)
    assert names(one["letters"]) == ["Абрамов", "Ёжикова", "Жданова"]  # Ежов has left
    maths = next(row for row in one["letters"][0]["rows"] if row["subject"] == "Математика")
    # 5 (weight 1), 4 and 5 (weight 3 each), 2 (weight 1): 34 / 8.
    assert (maths["marks"], maths["average"], maths["final"]) == ("5 4/5 2", "4,25", "4")
    assert two["letters"][0]["total"] == {
        "number": 4, "counts": [2, 1, 0, 1], "average": "4,25", "final": "4,00"
    }  # fmt: skip
    assert one["letters"][1]["missed"] == [1, 3, 1, 3]
    assert one["letters"][1]["total"]["final"] == ""  # «н/а» is no number


def test_a_report_card_leaves_empty_what_has_not_been_counted(school, quarter):
    card = paper.cards(paper_rows.class_book(NOBODY, school.ids["5А"], YEAR))["cards"][1]
    maths = next(row for row in card["rows"] if row["subject"] == "Математика")
    assert maths["marks"] == ["н/а", "", "", "", "", "", ""]
    assert card["missed"] == [[1, 3, 1, 3], [0, 0, 0, 0], None, None]


def test_a_parent_gets_the_letter_of_the_own_child_only(school, quarter):
    parent = school.actor("parent")
    made = papers.letter(parent, school.persons["pupil"], school.ids["period_1"], 1)
    assert made.body.startswith(b"%PDF-")
    with pytest.raises(NotThere):
        papers.letter(parent, school.persons["pupil_2"], school.ids["period_1"], 1)


# --- the machine's copy --------------------------------------------------------------------------


def test_the_archive_holds_pdf_and_json_with_checksums_and_is_the_same_each_time(school, quarter):
    made = papers.archive(NOBODY, school.ids["5А"], school.ids["period_1"])
    with zipfile.ZipFile(io.BytesIO(made.body)) as box:
        parts = {name: box.read(name) for name in box.namelist()}
    told = dict(reversed(line.split("  ")) for line in parts["SHA256SUMS"].decode().splitlines())
    assert told == {
        name: hashlib.sha256(parts[name]).hexdigest() for name in ("journal.pdf", "journal.json")
    }
    document = json.loads(parts["journal.json"])
    assert (document["format"], document["version"]) == ("asurso-class-journal", 1)
    assert parts["journal.json"] == paper.canonical(document)
    maths = next(one for one in document["journals"] if one["subject_name"] == "Математика")
    assert maths["lessons"][0]["cells"][0] == {"pupil": school.persons["pupil"], "text": "5"}
    assert {"column": f"period:{school.ids['period_1']}", "pupil": school.persons["pupil_2"],
            "subject": maths["subject"], "value": "н/а"} in document["final_marks"]  # fmt: skip


# --- who prints ----------------------------------------------------------------------------------


def test_the_form_offers_periods_that_have_begun_and_a_quick_paper_is_recorded(school, login_as):
    client = login_as("class_teacher")
    page = client.get(f"/journal/papers/{school.ids['5А']}")
    assert "2 четверть" in page.text
    assert "3 четверть" not in page.text
    answer = client.post(
        f"/journal/papers/{school.ids['5А']}",
        data={"paper": "letters2", "slot": school.ids["period_2"]},
    )
    assert answer.data.startswith(b"%PDF-")
    entry = AuditEntry.get(AuditEntry.kind == "journal.printed")
    assert (entry.after["paper"], entry.user) == ("letters2", school.users["class_teacher"])


def test_the_journal_is_printed_by_a_job_and_fetched_only_by_who_asked(school, login_as):
    admin = school.actor("admin")
    number = papers.order(admin, school.ids["5А"], school.ids["period_1"])
    attempts.attend(number, 7)
    assert JobRow.get_by_id(number).state == "done"
    row = StoredFile.get(StoredFile.kind == "journal.paper")
    client = login_as("admin")
    page = client.get("/journal/papers")
    assert row.name in page.text
    assert client.get(f"/files/{row.id}/x").data.startswith(b"PK")
    assert login_as("deputy").get(f"/files/{row.id}/x").status_code == 404
    # The right was taken away: the file is closed too.
    Grant.delete().where(Grant.permission == "journal.print").execute()
    assert not papers.may_fetch(school.actor("admin"), row)


def test_rights_are_asked_again_when_the_job_begins(school):
    teacher = school.actor("class_teacher")
    number = papers.order(teacher, school.ids["5А"], YEAR)
    Grant.delete().where(Grant.permission == "journal.print").execute()
    attempts.attend(number, 7)
    assert JobRow.get_by_id(number).state != "done"
    assert not StoredFile.select().where(StoredFile.kind == "journal.paper").exists()


def test_printed_journals_go_after_a_few_days(school):
    made = [
        StoredFile.create(
            kind="journal.paper", owner=school.persons["admin"], target="journal.class:1",
            name="a.zip", type="application/zip", size=1, digest="0" * 64,
            created_at=clock.stamp() - dt.timedelta(days=days),
        ).id
        for days in (4, 1)
    ]  # fmt: skip
    papers.forget_old(NOBODY)
    assert [row.id for row in StoredFile.select()] == made[1:]


def test_a_class_teacher_prints_the_own_class_and_no_other(school):
    teacher = school.actor("class_teacher")
    assert [one.title for one in paper_rows.printable(teacher)] == ["5А"]
    with pytest.raises(NotThere):
        papers.order(teacher, school.ids["5Б"], YEAR)
    with pytest.raises(NotThere):
        papers.order(teacher, school.ids["5А"], 10**6)


# --- that it prints ------------------------------------------------------------------------------


def pages_of(body: bytes) -> int:
    """Pages of a PDF by its own count; its objects lie in packed streams."""
    found = body
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", body, re.DOTALL):
        try:
            found += zlib.decompress(match[1])
        except zlib.error:
            continue
    return max(int(number) for number in re.findall(rb"/Count (\d+)", found))


def test_hostile_names_long_words_and_foreign_signs_are_printed_as_pdf_a(school, quarter):
    who = Person.get_by_id(school.persons["pupil"])
    hostile = ['#image("/etc/passwd")', "Я" * 80, "שלום محمد", "李 😀 \u202e\u0007 $x^2$ \\u0007"]
    for name in hostile:
        who.surname = name
        who.refresh_keys()
        who.save()
        book = paper_rows.class_book(NOBODY, school.ids["5А"], school.ids["period_1"])
        body = typesetting.pdf("journal", "letters.typ", paper.letters(book, 1), archival=True)
        assert b"pdfaid:part>2<" in body.replace(b" ", b"")
        assert pages_of(body) == 3


def test_an_empty_class_has_a_journal_with_all_its_parts(school):
    ClassMember.delete().where(ClassMember.school_class == school.ids["5Б"]).execute()
    GroupTeacher.delete().execute()
    book = paper_rows.class_book(NOBODY, school.ids["5Б"], YEAR)
    body = typesetting.pdf("journal", "journal.typ", paper.journal(book), archival=True)
    assert pages_of(body) > 8
    assert paper.letters(book, 1)["letters"] == []


def test_forty_pupils_and_sixty_lessons_need_a_spread_a_sheet_and_no_more(school, taught):
    year = SchoolClass.get_by_id(school.ids["5Б"])
    for at in range(38):
        one = make.person(f"Ученик{at:02d} Имя")
        ClassMember.create(pupil=one, school_class=year, since=make.FIRST_DAY)
    first = dt.date(2026, 9, 1)
    for at in range(55):
        taught("maths_5b", (first + dt.timedelta(days=at)).isoformat(), topic="Дроби")
    Guardian.delete().execute()
    book = paper_rows.class_book(NOBODY, school.ids["5Б"], school.ids["period_1"])
    data = paper.journal(book)
    sheets = len(data["journals"][0]["sheets"])
    whole = pages_of(typesetting.pdf("journal", "journal.typ", data, tagged=False))
    data["journals"] = []
    rest = pages_of(typesetting.pdf("journal", "journal.typ", data, tagged=False))
    assert whole - rest in {2 * sheets, 2 * sheets + 1}  # one blank before an even page
    assert Role.select().exists()


def test_the_command_writes_a_file_a_class_that_only_its_owner_reads(school, runner, tmp_path):
    made = runner("journal", "export", "--class", "5А", "--period", "1", "--out", str(tmp_path))
    (file,) = tmp_path.iterdir()
    assert file.name == "Журнал 5А 1 четверть 2026-27.zip"
    assert file.stat().st_mode & 0o077 == 0
    assert hashlib.sha256(file.read_bytes()).hexdigest() in made.output
    assert AuditEntry.get(AuditEntry.kind == "journal.printed").after["paper"] == "journal"
