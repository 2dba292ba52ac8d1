"""A year of two small classes: lessons, marks, a substitution, a transfer, closings, papers.

Everything goes in by the pages and services that people use; every figure that comes out is
computed once more here, from what was put in, by plain arithmetic.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import itertools
import json
import random
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from asurso_core import clock as clocks
from asurso_core import files, plugins
from asurso_core.accounts.models import Session
from asurso_core.audit_chain import Report as Verified
from asurso_core.audit_chain import verify_witnesses
from asurso_core.db import rows
from asurso_core.errors import Refused
from asurso_core.files import StoredFile
from asurso_core.hookspecs.collect import asurso_reports
from asurso_core.jobs import attempts
from asurso_core.reports.models import ReportSnapshot
from asurso_core.school.services import move_pupil, move_to_subgroup
from asurso_core.school.services.years import close_year
from asurso_core.testing.make import QUARTERS
from asurso_journal import finals
from asurso_journal.reports import pupil as of_pupil
from asurso_journal.reports import school as of_school
from asurso_journal.reports import school_class as of_class
from asurso_journal.reports import teacher as of_teacher
from asurso_journal.services import papers
from asurso_timetable.api import add_lesson

SUBJECTS = ("Математика", "Русский язык", "Английский язык")
#: Group, subject, teacher.
GROUPS = [
    ("maths_5a", "Математика", "teacher"), ("maths_5b", "Математика", "teacher_parent"),
    ("russian_5a", "Русский язык", "class_teacher"),
    ("english_5a_1", "Английский язык", "english_1"),
    ("english_5a_2", "Английский язык", "english_2"),
]  # fmt: skip
TRANSFER = dt.date(2027, 1, 11)
SWAP = dt.date(2026, 11, 16)


@dataclass
class Truth:
    """What was put in."""

    marks: dict[tuple[str, str], list[tuple[dt.date, int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    missed: dict[str, list[tuple[dt.date, str]]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[dt.date]] = field(default_factory=lambda: defaultdict(list))
    finals: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def average(self, pupil: str, subject: str, since: dt.date, until: dt.date) -> Decimal | None:
        """The weighted average of a span, half up."""
        found = [one for one in self.marks[pupil, subject] if since <= one[0] <= until]
        weights = sum(weight for _on, _mark, weight in found)
        if not weights:
            return None
        total = Decimal(sum(mark * weight for _on, mark, weight in found))
        return (total / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def period(self, pupil: str, subject: str, since: dt.date, until: dt.date) -> str:
        """The mark that the average speaks for."""
        mean = self.average(pupil, subject, since, until)
        if mean is None:
            return ""
        return "5" if mean >= Decimal("4.5") else "4" if mean >= Decimal("3.5") else (
            "3" if mean >= Decimal("2.5") else "2")  # fmt: skip


def members(group: str, on: dt.date) -> list[str]:
    """Who learns in a group on a day of this story."""
    fifth_a = ["pupil", "pupil_2", "pupil_3"] + (["pupil_4"] if on < TRANSFER else [])
    if group == "maths_5b":
        return ["pupil_5", "pupil_6"] + (["pupil_4"] if on >= TRANSFER else [])
    if group == "english_5a_1":
        return ["pupil_2"] + (["pupil"] if on < SWAP else [])
    if group == "english_5a_2":
        return ["pupil_3", *(["pupil"] if on >= SWAP else [])] + (
            ["pupil_4"] if on < TRANSFER else []
        )
    return fifth_a


def percent(part: int, whole: int) -> Decimal | None:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def plain(row: Any) -> list[Any]:
    """The values of a row of a report."""
    return [getattr(cell, "value", cell) for cell in getattr(row, "cells", row)]


@pytest.fixture
def at_desk(login_as):
    """``at_desk("teacher")`` is the browser of somebody who has just signed in again."""
    browsers = functools.cache(login_as)

    def sit(who):
        browser = browsers(who)
        Session.update(created_at=clocks.stamp(), seen_at=clocks.stamp()).execute()
        return browser

    return sit


@pytest.fixture
def year(school, clock, at_desk):
    """The year as it went, until the last lesson of each quarter; gives the truth."""
    lots, truth, numbers = random.Random(5), Truth(), itertools.count()
    deputy = school.actor("deputy")
    names = {name: person for name, person in school.persons.items() if name.startswith("pupil")}

    def post(who, url, data=None, **more):
        answer = at_desk(who).post(url, data=data, **more)
        assert answer.status_code in {200, 303}, (url, answer.status_code, answer.text[-800:])
        return answer

    def quarter(number, starts, ends):
        days = [starts + dt.timedelta(days=2 + 7 * week) for week in range(4)]
        for on, (place, (group, subject, teacher)) in itertools.product(days, enumerate(GROUPS, 1)):
            if number == 1 and on == days[0] and group == "maths_5a":
                continue  # given by the substitute below
            clock.move(f"{on}T07:30")
            hour = 480 + 60 * place if group != "english_5a_2" else 480 + 60 * 4
            made = add_lesson(
                school.actor("deputy"), school.ids[group], on, place, starts=hour,
                ends=hour + 45,
            )  # fmt: skip
            clock.move(f"{on}T15:00")
            enter(made, group, subject, teacher, on)

    def enter(made, group, subject, teacher, on):
        edits = []
        for pupil in members(group, on):
            truth.held[pupil].append(on)
            lot = lots.random()
            code = "Б" if lot < 0.1 else "НП" if lot < 0.13 else ""
            mark = "" if code else str(lots.choice([2, 3, 4, 4, 5, 5]))
            if code:
                truth.missed[pupil].append((on, code))
            else:
                truth.marks[pupil, subject].append((on, int(mark), 1))
            edits.append(
                {"op": f"y{next(numbers)}", "lesson": made.id, "pupil": names[pupil],
                 "value": code or mark, "version": 0}
            )  # fmt: skip
        found = post(teacher, "/journal/edits", json={"edits": edits}).get_json()["results"]
        assert {one["state"] for one in found} == {"saved"}, found

    return truth, post, quarter, enter, deputy, names


def test_a_year_passes_and_every_figure_agrees(school, clock, at_desk, year):
    truth, post, quarter, enter, deputy, names = year
    slots = {number: school.ids[f"period_{number}"] for number, *_rest in QUARTERS}

    # A teacher is ill on the first day; the substitute keeps the journal of that lesson only.
    first = QUARTERS[0][2] + dt.timedelta(days=2)
    clock.move(f"{first}T07:30")
    ill = add_lesson(deputy, school.ids["maths_5a"], first, 6, starts=840, ends=885)
    post("deputy", f"/timetable/substitutions/lesson/{ill.id}", {
        "version": "1", "kind": "same", "reason": "ill", "payment": "hourly",
        "substitute": school.persons["english_1"],
    })  # fmt: skip
    clock.move(f"{first}T15:00")
    enter(ill, "maths_5a", "Математика", "english_1", first)

    for number, _title, starts, ends in QUARTERS:
        if number == 2:
            clock.move(f"{SWAP}T07:00")
            admin = school.actor("admin")
            move_to_subgroup(admin, names["pupil"], school.ids["english_5a_2"], SWAP)
        if number == 3:
            clock.move(f"{TRANSFER}T07:00")
            move_pupil(school.actor("admin"), names["pupil_4"], school.ids["5Б"], TRANSFER)
        quarter(number, starts, ends)
        clock.move(f"{ends}T16:00")
        for group, subject, teacher in GROUPS:
            post(teacher, f"/journal/finals/{school.ids[group]}/fill", {"slot": slots[number]})
            for pupil in members(group, ends):
                truth.finals[pupil, subject, number] = truth.period(pupil, subject, starts, ends)
        if number == 1:
            # The teacher thinks better of one pupil than the average does.
            page = {"op": "hand", f"cell-{slots[1]}-{names['pupil']}": "5",
                    f"was-{slots[1]}-{names['pupil']}": truth.finals["pupil", "Математика", 1],
                    f"version-{slots[1]}-{names['pupil']}": "1"}  # fmt: skip
            post("teacher", f"/journal/finals/{school.ids['maths_5a']}", page)
            truth.finals["pupil", "Математика", 1] = "5"
        clock.move(f"{ends + dt.timedelta(days=1)}T10:00")
        post("deputy", "/journal/periods/close", {
            "period": slots[number], "class": [school.ids["5А"], school.ids["5Б"]],
        })  # fmt: skip
        if number == 1:
            _a_late_correction(school, clock, post, at_desk, truth, names, ill, ends)

    _year_marks(school, clock, post, truth, slots)
    _figures(school, truth, slots, names)
    _all_reports_open(school, at_desk)
    _handed_in(school, at_desk)
    _paper(school, at_desk, truth, names)
    verified = Verified()
    verify_witnesses(verified)
    assert verified.faults == []

    # The year is closed: it can be read and not changed.
    clock.move("2027-06-15T10:00")
    close_year(school.actor("admin"), school.ids["year"])
    edit = {"op": "late", "lesson": ill.id, "pupil": names["pupil"], "value": "5", "version": 1}
    answer = at_desk("teacher").post("/journal/edits", json={"edits": [edit]})
    assert answer.get_json()["results"][0]["state"] == "refused"
    text = (
        at_desk("deputy")
        .get(
            f"/reports/journal.class.results?year={school.ids['year']}"
            f"&school_class={school.ids['5А']}&period={slots[4]}"
        )
        .text
    )
    assert "Абрамов Егор" in text


def _a_late_correction(school, clock, post, at_desk, truth, names, lesson, ends):
    """After the closing a mark is refused; unlocked with a reason it is taken, and noted."""
    clock.move(f"{ends + dt.timedelta(days=2)}T10:00")
    # A mark that is not there can be put: the pupil was ill and did the work later.
    day = lesson.date
    value = next(
        (str(mark) for on, mark, _w in truth.marks["pupil_3", "Математика"] if on == day), ""
    )
    version = 1
    code = next((code for on, code in truth.missed["pupil_3"] if on == day), "")
    wanted = "3" if value != "3" else "4"
    edit = {"op": "late1", "lesson": lesson.id, "pupil": names["pupil_3"], "value": wanted,
            "version": version}  # fmt: skip
    answer = at_desk("teacher").post("/journal/edits", json={"edits": [edit]}).get_json()
    assert answer["results"][0]["state"] == "refused"
    post("deputy", "/journal/periods/unlock", {
        "teacher": school.persons["teacher"], "group": school.ids["maths_5a"], "period": 0,
        "until": (ends + dt.timedelta(days=3)).isoformat(), "reason": "Сдал после болезни",
    })  # fmt: skip
    edit["op"] = "late2"
    answer = at_desk("teacher").post("/journal/edits", json={"edits": [edit]}).get_json()
    assert answer["results"][0]["state"] == "saved"
    marks = truth.marks["pupil_3", "Математика"]
    marks[:] = [one for one in marks if one[0] != day] + [(day, int(wanted), 1)]
    if code:
        missed = truth.missed["pupil_3"]
        missed.remove((day, code))
    found = rows("SELECT reason FROM core_audit_entry WHERE operation = 'late2'")
    assert found == [("Сдал после болезни",)]


def _year_marks(school, clock, post, truth, slots):
    del slots
    clock.move("2027-05-27T09:00")
    unlocked = {"group": 0, "period": 0, "until": "2027-05-31", "reason": "Годовые отметки"}
    for group, subject, teacher in GROUPS:
        post("deputy", "/journal/periods/unlock", {**unlocked, "teacher": school.persons[teacher]})
        url = f"/journal/finals/{school.ids[group]}/fill"
        post(teacher, url, {"slot": finals.YEAR})
        post(teacher, url, {"slot": finals.FINAL})
        for pupil in members(group, dt.date(2027, 5, 26)):
            numbers = [int(value) for n in range(1, 5)
                       if (value := truth.finals.get((pupil, subject, n), ""))]  # fmt: skip
            mean = (Decimal(sum(numbers)) / len(numbers)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            value = str(int(mean.quantize(Decimal(1), ROUND_HALF_UP)))
            truth.finals[pupil, subject, finals.YEAR] = value
            truth.finals[pupil, subject, finals.FINAL] = value


def _figures(school, truth, slots, names):
    """Every figure of the main reports, computed once more."""
    deputy, year = school.actor("deputy"), school.ids["year"]
    by_name = {f"{one[1]} {one[2]}": key for key, id_ in names.items()
               for one in rows("SELECT id, surname, given_name FROM core_person WHERE id = ?",
                               [id_])}  # fmt: skip

    for number, _title, starts, ends in QUARTERS:
        params = {"school_class": school.ids["5А"], "period": slots[number], "year": year}
        document = of_class.period_results(deputy, params)
        titles = [str(column.about) for column in document.tables[0].columns[1:-2]]
        assert sorted(titles) == sorted(SUBJECTS)
        found = [plain(row) for row in document.tables[0].rows]
        own = members("maths_5a", ends)
        lines, footer = found[: len(own)], found[len(own) :]
        assert sorted(by_name[line[0]] for line in lines) == sorted(own)
        for line in lines:
            for subject, value in zip(titles, line[1:-2], strict=True):
                expected = truth.finals.get((by_name[line[0]], subject, number), "") or None
                assert value == expected, (number, line[0], subject)
        for at, subject in enumerate(titles, 1):
            values = [truth.finals.get((pupil, subject, number), "") for pupil in own]
            marks = [int(value) for value in values if value]
            good = sum(mark >= 4 for mark in marks)
            told = {line[0]: line[at] for line in footer}
            assert told["Качество, %"] == percent(good, len(marks))
            assert told["Успеваемость, %"] == percent(sum(m >= 3 for m in marks), len(marks))
            weights = {5: 100, 4: 64, 3: 36, 2: 16}
            sou = Decimal(sum(weights[mark] for mark in marks)) / len(marks)
            assert told["СОУ, %"] == sou.quantize(Decimal("0.01"), ROUND_HALF_UP)
            mean = Decimal(sum(marks)) / len(marks)
            assert told["Средний балл"] == mean.quantize(Decimal("0.01"), ROUND_HALF_UP)

        # Attendance of the class in the quarter.
        document = of_class.attendance(deputy, {**params, "since": starts, "until": ends})
        lines = [plain(row) for row in document.tables[0].rows[:-1]]
        assert sorted(by_name[line[0]] for line in lines) == sorted(own)
        for line in lines:
            pupil = by_name[line[0]]
            missed = [code for on, code in truth.missed[pupil] if starts <= on <= ends]
            held = [on for on in truth.held[pupil] if starts <= on <= ends]
            assert line[1:4] == [len(missed), missed.count("Б"), 0]
            assert line[4] == missed.count("НП")
            assert line[-1] == percent(len(held) - len(missed), len(held))

        # The school: pupils without a two, and with fours and fives only.
        document = of_school.by_class(deputy, {"year": year, "period": slots[number]})
        whole = plain(document.tables[0].rows[-1])
        everybody = own + members("maths_5b", ends)
        marks_of = {
            pupil: [value for (who, _s, n), value in truth.finals.items()
                    if who == pupil and n == number and value]
            for pupil in everybody
        }  # fmt: skip
        graded = [pupil for pupil in everybody if marks_of[pupil]]
        success = sum("2" not in marks_of[pupil] for pupil in graded)
        quality = sum(set(marks_of[pupil]) <= {"4", "5"} for pupil in graded)
        assert whole[1:3] == [len(everybody), len(graded)]
        assert whole[8:10] == [percent(success, len(graded)), percent(quality, len(graded))]

        # The teacher of mathematics of 5А.
        document = of_teacher.of_period(
            deputy, {"teacher": school.persons["teacher"], "period": slots[number], "year": year}
        )
        line = plain(document.tables[0].rows[0])
        values = [truth.finals[pupil, "Математика", number] for pupil in own]
        assert line[1:6] == [len(own), *(values.count(sign) for sign in "5432")]
        assert line[-3:-1] == [4, 4]

    # All marks in all periods, the year and the final mark: what the mother reads of her child, who
    # changed the subgroup, and the deputy of the others, of whom one changed the class.
    halves = {on < SWAP for on, _mark, _w in truth.marks["pupil", "Английский язык"]
              if QUARTERS[1][2] <= on <= QUARTERS[1][3]}  # fmt: skip
    assert halves == {True, False}
    keys = [1, 2, 3, 4, finals.YEAR, finals.EXAM, finals.FINAL]
    for pupil, id_ in names.items():
        told = {subject for who, subject, _n in truth.finals if who == pupil}
        if not told:
            continue
        reader = school.actor("parent") if pupil == "pupil" else deputy
        document = of_pupil.final_marks(reader, {"pupil": id_, "year": year})
        assert {line[0]: line[1:] for line in map(plain, document.tables[0].rows)} == {
            subject: [truth.finals.get((pupil, subject, key), "") or None for key in keys]
            for subject in told
        }, pupil
    # Averages of every subject over the year.
    found = of_class.current(
        deputy, {"school_class": school.ids["5А"], "since": QUARTERS[0][2], "until": QUARTERS[3][3]}
    )
    titles = [str(column.about) for column in found.tables[0].columns[1:-2]]
    assert sorted(titles) == sorted(SUBJECTS)
    lines = [plain(row) for row in found.tables[0].rows]
    own = members("maths_5a", QUARTERS[3][3])
    assert sorted(by_name[line[0]] for line in lines) == sorted(own)
    for line in lines:
        for subject, value in zip(titles, line[1:-2], strict=True):
            assert value == truth.average(by_name[line[0]], subject, QUARTERS[0][2], QUARTERS[3][3])


def _all_reports_open(school, at_desk):
    browsers = {who: at_desk(who) for who in ("deputy", "admin")}
    for _owner, report in plugins.collect(asurso_reports):
        who = "deputy" if school.actor("deputy").holds(report.requires) else "admin"
        for ending in ("", ".csv", ".xlsx"):
            answer = browsers[who].get(f"/reports/{report.name}{ending}")
            assert answer.status_code == 200, (report.name, ending)
    paper = browsers["deputy"].get("/reports/journal.class.results.pdf")
    assert paper.data.startswith(b"%PDF")


def _handed_in(school, at_desk):
    browser = at_desk("class_teacher")
    params = {"school_class": school.ids["5А"], "period": school.ids["period_4"], "submit": "1"}
    assert browser.post("/reports/journal.class.teacher/keep", data=params).status_code == 303
    row = ReportSnapshot.get()
    deputy = at_desk("deputy")
    assert row.title in deputy.get("/reports/handed-in").text
    deputy.post(f"/reports/kept/{row.id}/review", data={"decision": "accept"})
    assert ReportSnapshot.get().state == "accepted"
    assert at_desk("class_teacher").get(f"/reports/verify/{row.code}").status_code == 200


def _paper(school, at_desk, truth, names):
    """The printed journal, and every mark of the copy for programs that lies beside it."""
    order = {"paper": papers.JOURNAL, "slot": finals.YEAR}
    answer = at_desk("class_teacher").post(f"/journal/papers/{school.ids['5А']}", data=order)
    assert answer.status_code == 303
    attempts.attend(int(re.findall(r"\d+", answer.location)[-1]), 7)
    kept = StoredFile.get(StoredFile.kind == "journal.paper")
    with zipfile.ZipFile(io.BytesIO(files.path_of(kept).read_bytes())) as box:
        inside = {name.rsplit(".", 1)[-1]: box.read(name) for name in box.namelist()}
    assert inside["pdf"].startswith(b"%PDF")
    book = json.loads(inside["json"])
    who = {id_: name for name, id_ in names.items()}

    cells = [
        (who[cell["pupil"]], one["subject_name"], lesson["date"], cell["text"])
        for one in book["journals"] for lesson in one["lessons"] for cell in lesson["cells"]
    ]  # fmt: skip
    here = [(pupil, subject, on.isoformat(), str(mark))
            for (pupil, subject), marks in truth.marks.items() for on, mark, _w in marks
            if pupil in members("maths_5a", on)]  # fmt: skip
    assert sorted(cell for cell in cells if cell[3].isdigit()) == sorted(here)
    assert sorted((cell[0], *cell[2:]) for cell in cells if not cell[3].isdigit()) == sorted(
        (pupil, on.isoformat(), code)
        for pupil, missed in truth.missed.items() for on, code in missed
        if pupil in members("maths_5a", on)
    )  # fmt: skip
    columns = {f"period:{school.ids[f'period_{number}']}": number for number, *_rest in QUARTERS}
    columns |= {"year": finals.YEAR, "final": finals.FINAL}
    subjects = {one["id"]: one["name"] for one in book["subjects"]}
    stay = members("maths_5a", QUARTERS[3][3])
    told = {
        (who[one["pupil"]], subjects[one["subject"]], columns[one["column"]]): one["value"]
        for one in book["final_marks"] if who[one["pupil"]] in stay
    }  # fmt: skip
    assert told == {key: value for key, value in truth.finals.items() if key[0] in stay and value}


# --- three clicks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "report"),
    [
        ("teacher", "journal.teacher.period"), ("class_teacher", "journal.class.teacher"),
        ("deputy", "journal.school.results"), ("parent", "journal.pupil.finals"),
        ("pupil", "journal.pupil.averages"),
    ],
)  # fmt: skip
def test_everybody_reaches_the_own_reports_in_three_clicks(school, login_as, who, report):
    browser, reached, pages = login_as(who), {"/"}, ["/"]
    for _click in range(3):
        following = []
        for page in pages:
            answer = browser.get(page)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            links = set(re.findall(r'href="(/[^"#?]*)"', answer.text)) - reached
            if f"/reports/{report}" in links:
                assert browser.get(f"/reports/{report}").status_code == 200
                return
            following += sorted(one for one in links if one.count("/") < 4)
        reached.update(following)
        pages = [one for one in following if one in {"/reports", "/diary/", "/journal/"}]
    pytest.fail(f"{who} does not reach {report} in three clicks")


def test_the_year_cannot_be_closed_while_it_runs(school, clock):
    clock.move("2027-05-01")
    with pytest.raises(Refused):
        close_year(school.actor("admin"), school.ids["year"])
