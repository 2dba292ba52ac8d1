"""Import of people: the plan, the deed, the second time, and hostile files."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile

import pytest
import xlsxwriter
from click.testing import CliRunner

from asurso_core import clock, tables
from asurso_core.accounts import import_columns, importing, importing_cli
from asurso_core.accounts.models import Guardian, ImportBatch, Person, PersonDetail, User
from asurso_core.audit import AuditEntry
from asurso_core.errors import AsursoError, Conflict, Invalid, NotThere, Refused
from asurso_core.school import ClassMember, class_of

PUPIL_HEADS = ["Класс", "Фамилия", "Имя", "Отчество", "Дата рождения", "Пол", "СНИЛС", "Телефон"]
PUPILS = [
    ["5А", "Щукина", "Алёна", "Юрьевна", "17.05.2015", "ж", "112-233-445 95", "8 927 000-11-22"],
    ["5 «б»", "Юдин", "Пётр", "", "2015-06-01", "м", "", ""],
]
STAFF_HEADS = ["Фамилия", "Имя", "Отчество", "Дата рождения", "Должность", "Логин", "Пароль"]
STAFF = [["Волков", "Илья", "Петрович", "01.02.1980", "Завуч", "volkov", "secret-one"]]
PARENT_HEADS = ["Ребёнок (ФИО)", "Дата рождения ребёнка", "Родство", "ФИО", "Телефон"]


def xlsx(heads, rows):
    return tables.write_xlsx("Лист", heads, rows)


def csv(heads, rows, sign=";", encoding="utf-8"):
    return "\r\n".join(sign.join(cells) for cells in [heads, *rows]).encode(encoding)


def plan(school, kind, name, data, who="admin"):
    return importing.plan(school.actor(who), kind, tables.read(name, data))


def run(school, kind, heads, rows, who="admin"):
    actor = school.actor(who)
    batch = importing.upload(actor, kind, "f.xlsx", xlsx(heads, rows))
    made = importing.plan(actor, kind, importing.sheet_of(batch))
    return importing.apply(actor, batch, made.digest)


def kinds_of(made):
    return [one.what for one in made.rows]


def problems(made):
    return [problem for one in made.rows for problem in one.row.problems]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", xlsx(PUPIL_HEADS, PUPILS)),
        ("a.csv", csv(PUPIL_HEADS, PUPILS)),
        ("a.csv", csv(PUPIL_HEADS, PUPILS, ",")),
        ("a.csv", csv(PUPIL_HEADS, PUPILS, "\t")),
        ("a.csv", csv(PUPIL_HEADS, PUPILS, encoding="utf-8-sig")),
        ("a.csv", csv(PUPIL_HEADS, PUPILS, encoding="cp1251")),
    ],
    ids=["xlsx", "csv", "comma", "tab", "bom", "cp1251"],
)
def test_a_file_of_any_usual_kind_is_understood(school, name, data):
    made = plan(school, "pupils", name, data)
    assert problems(made) == []
    assert kinds_of(made) == ["new", "new"]


def test_new_pupils_are_in_their_classes(school):
    outcome = run(school, "pupils", PUPIL_HEADS, PUPILS)
    person = Person.get(Person.surname == "Щукина")
    assert class_of(person.id, clock.today()).title == "5А"
    assert PersonDetail.get(PersonDetail.person == person).phone == "+79270001122"
    assert User.get(User.person == person).login == "ShchukinaAY"
    assert len(outcome["users"]) == 2


@pytest.mark.parametrize("kind", ["pupils", "staff", "parents"])
def test_a_second_import_of_the_same_file_changes_nothing(school, kind):
    heads, rows = {
        "pupils": (PUPIL_HEADS, PUPILS),
        "staff": (STAFF_HEADS, STAFF),
        "parents": (
            PARENT_HEADS,
            [
                ["Ежов Лев Дмитриевич", "17.05.2015", "Отец", "Ежов Дмитрий Ильич", "89270000001"],
                ["Жданова Яна", "17.05.2015", "отчим", "Ежов Дмитрий Ильич", "89270000001"],
            ],
        ),
    }[kind]
    run(school, kind, heads, rows)
    counts = [model.select().count() for model in (Person, User, Guardian, ClassMember, AuditEntry)]
    made = plan(school, kind, "f.xlsx", xlsx(heads, rows))
    assert set(kinds_of(made)) == {"same"}
    assert not made.may_apply
    with pytest.raises(Invalid):
        run(school, kind, heads, rows)
    after = [model.select().count() for model in (Person, User, Guardian, ClassMember, AuditEntry)]
    assert after == counts


def test_a_mother_of_two_is_one_person_with_one_account(school):
    rows = [
        ["Ежов Лев Дмитриевич", "", "мать", "Ежова Ирина Павловна", "+7 927 111-22-33"],
        ["Жданова Яна", "", "мать", "Ежова Ирина Павловна", "8(927)1112233"],
    ]
    run(school, "parents", PARENT_HEADS, rows)
    mother = Person.get(Person.surname == "Ежова")
    assert Guardian.select().where(Guardian.guardian == mother).count() == 2
    assert User.select().where(User.person == mother).count() == 1


def test_a_parent_of_the_same_name_without_a_phone_may_be_a_double(school):
    rows = [["Ежов Лев Дмитриевич", "", "мать", "Абрамова Елена Викторовна", ""]]
    made = plan(school, "parents", "a.xlsx", xlsx(PARENT_HEADS, rows))
    assert kinds_of(made) == ["new"]
    assert "Абрамова Елена Викторовна" in made.rows[0].doubles[0]


def test_a_colleague_who_is_a_parent_gets_the_role(school):
    PersonDetail.create(person=school.persons["english_1"], phone="+79270000009")
    rows = [["Ежов Лев Дмитриевич", "", "мать", "Белова Анна Львовна", "89270000009"]]
    run(school, "parents", PARENT_HEADS, rows)
    assert set(school.actor("english_1").sides) == {"staff", "family"}


def test_changes_are_told_field_by_field(school):
    rows = [["5А", "Абрамов", "Егор", "Ильич", "17.05.2015", "м", "", "89271234567"]]
    made = plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))
    assert made.rows[0].changes == [("phone", None, "+79271234567")]


def test_another_class_is_a_move(school):
    rows = [["5Б", "Абрамов", "Егор", "Ильич", "17.05.2015", "м", "", ""]]
    made = plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))
    assert made.rows[0].changes == [("class", "5А", "5Б")]
    run(school, "pupils", PUPIL_HEADS, rows, who="secretary")
    assert class_of(school.persons["pupil"], clock.today()).title == "5Б"
    assert class_of(school.persons["pupil"], dt.date(2026, 11, 23)).title == "5А"


def test_an_empty_cell_changes_nothing(school):
    PersonDetail.create(person=school.persons["pupil"], phone="+79271234567")
    rows = [["5А", "Абрамов", "Егор", "Ильич", "17.05.2015", "м", "", ""]]
    assert kinds_of(plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))) == ["same"]


def test_a_namesake_with_another_birth_date_is_shown_as_a_double(school):
    rows = [["5А", "Абрамов", "Егор", "Ильич", "18.05.2015", "м", "", ""]]
    made = plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))
    assert len(made.doubles) == 1


def test_the_snils_finds_a_person_whose_name_has_changed(school):
    PersonDetail.create(person=school.persons["pupil_2"], snils="112-233-445 95")
    rows = [["5А", "Новикова", "Майя", "Олеговна", "17.05.2015", "ж", "11223344595", ""]]
    made = plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))
    assert ("surname", "Ёжикова", "Новикова") in made.rows[0].changes


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["12Я", "Юдин", "Пётр", "", "01.06.2015", "м", "", ""], "Класс"),
        (["5А", "", "Пётр", "", "01.06.2015", "м", "", ""], "Фамилия"),
        (["5А", "=1+1", "Пётр", "", "01.06.2015", "м", "", ""], "Фамилия"),
        (["5А", "Юдин", "Пётр", "", "32.06.2015", "м", "", ""], "Дата рождения"),
        (["5А", "Юдин", "Пётр", "", "01.06.2099", "м", "", ""], "Дата рождения"),
        (["5А", "Юдин", "Пётр", "", "01.06.2015", "?", "", ""], "Пол"),
        (["5А", "Юдин", "Пётр", "", "01.06.2015", "м", "123-456-789 01", ""], "СНИЛС"),
        (["5А", "Юдин", "Пётр", "", "01.06.2015", "м", "", "7,9E+10"], "Телефон"),
        (["5А", "Юдин", "Пётр", "Я" * 90, "01.06.2015", "м", "", ""], "Отчество"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row_and_column(school, row, column):
    made = plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, [PUPILS[0], row]))
    assert kinds_of(made) == ["new", "error"]
    assert (made.rows[1].row.number, made.rows[1].row.problems[0][0]) == (3, column)
    assert not made.may_apply


def test_the_same_person_twice_in_a_file_is_an_error(school):
    made = plan(school, "pupils", "a.csv", csv(PUPIL_HEADS, [PUPILS[1], PUPILS[1]]))
    assert kinds_of(made) == ["new", "error"]


def test_a_file_makes_no_administrator_and_takes_no_password(school):
    rows = [["Волков", "Илья", "", "01.02.1980", "Администратор", "volkov", "secret-one"]]
    run(school, "staff", STAFF_HEADS, rows)
    user = User.get(User.login_key == "volkov")
    assert user.password_hash is None
    assert "secret-one" not in str(list(ImportBatch.select().dicts()))
    assert importing.writing.role_names(user) == {"technical"}


def test_anothers_login_in_a_row_is_an_error(school):
    rows = [["Волков", "Илья", "", "01.02.1980", "Учитель", "ADMIN", ""]]
    made = plan(school, "staff", "a.xlsx", xlsx(STAFF_HEADS, rows))
    assert made.rows[0].row.problems[0][0] == "Логин"


def test_an_archived_person_is_not_brought_back_unawares(school):
    Person.update(archived_at=clock.stamp()).where(Person.id == school.persons["pupil"]).execute()
    rows = [["5А", "Абрамов", "Егор", "Ильич", "17.05.2015", "м", "", ""]]
    assert kinds_of(plan(school, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, rows))) == ["error"]


def test_columns_stand_in_any_order_and_strangers_are_told(school):
    order = [3, 1, 0, 2, 5, 4, 7, 6]
    heads = [PUPIL_HEADS[at] for at in order] + ["Любимый цвет"]
    made = plan(school, "pupils", "a.csv", csv(heads, [[PUPILS[0][at] for at in order] + ["red"]]))
    assert kinds_of(made) == ["new"]
    assert made.unknown == ["Любимый цвет"]


# --- real spreadsheets -------------------------------------------------------------------------


def test_dates_and_numbers_of_a_real_workbook_are_read(school):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, PUPIL_HEADS)
    sheet.write_row(2, 0, ["5А", "Юдин", "Пётр", ""])
    sheet.write_datetime(2, 4, dt.date(2015, 6, 1), book.add_format({"num_format": "dd.mm.yy"}))
    sheet.write(2, 5, "м")
    sheet.write_number(2, 7, 79270001122)
    sheet.write_row(3, 0, ["5А", "Юдина", "Анна", "", 42156, "ж"])
    book.close()
    made = plan(school, "pupils", "a.xlsx", out.getvalue())
    assert problems(made) == []
    assert [one.row.number for one in made.rows] == [3, 4]
    assert {one.row.values["birth_date"] for one in made.rows} == {dt.date(2015, 6, 1)}
    assert made.rows[0].row.values["phone"] == "+79270001122"


def test_merged_cells_are_told_by_row(school):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, PUPIL_HEADS)
    sheet.merge_range(1, 0, 2, 0, "5А")
    for at, row in enumerate(PUPILS, start=1):
        sheet.write_row(at, 1, row[1:])
    book.close()
    made = plan(school, "pupils", "a.xlsx", out.getvalue())
    assert [(one.row.number, one.what) for one in made.rows] == [(2, "new"), (3, "error")]


def _bomb(size=60 * 1024 * 1024):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return out.getvalue()


def _far():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Класс")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    return out.getvalue()


def _long_strings():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for row in range(10_000):
        sheet.write(row, 0, "Ы" * 32_000)
    book.close()
    return out.getvalue()


def _many(rows):
    return csv(PUPIL_HEADS, [["5А", "Юдин", "Пётр", "", "01.06.2015", "м", "", ""]] * rows)


def _many_xlsx(rows):
    return xlsx(PUPIL_HEADS, [["5А", "Юдин", "Пётр", "", "01.06.2015", "м", "", ""]] * rows)


def _entities():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "bb">]><workbook>&b;</workbook>'
        )
    return out.getvalue()


HOSTILE = {
    "empty": ("a.csv", lambda: b""),
    "spaces": ("a.csv", lambda: b" \r\n \r\n"),
    "heads only": ("a.csv", lambda: csv(PUPIL_HEADS, [])),
    "no heads": ("a.csv", lambda: csv(PUPILS[0], [PUPILS[1]])),
    "column twice": ("a.csv", lambda: csv([*PUPIL_HEADS, "Класс"], PUPILS)),
    "bomb": ("a.xlsx", _bomb),
    "far cell": ("a.xlsx", _far),
    "long strings": ("a.xlsx", _long_strings),
    "entities": ("a.xlsx", _entities),
    "50000 rows csv": ("a.csv", lambda: _many(50_000)),
    "50000 rows xlsx": ("a.xlsx", lambda: _many_xlsx(50_000)),
    "cut zip": ("a.xlsx", lambda: xlsx(PUPIL_HEADS, PUPILS)[:-200]),
    "noise in zip": ("a.xlsx", lambda: b"PK\x03\x04" + bytes(range(256)) * 40),
    "xlsx named csv": ("a.csv", lambda: xlsx(PUPIL_HEADS, PUPILS)),
    "csv named xlsx": ("a.xlsx", lambda: csv(PUPIL_HEADS, PUPILS)),
    "old xls": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
    "nul": ("a.csv", lambda: csv(PUPIL_HEADS, [["5А", "Ю\x00дин", "Пётр"]])),
    "utf-16": ("a.csv", lambda: csv(PUPIL_HEADS, PUPILS, encoding="utf-16")),
    "open quote": ("a.csv", lambda: csv(PUPIL_HEADS, [['"5А', "Юдин"]])),
    "picture": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + b"1" * 100),
    "giant cell": ("a.csv", lambda: csv(PUPIL_HEADS, [["5А", "Ю" * 100_000]])),
    "a thousand columns": ("a.csv", lambda: csv(PUPIL_HEADS + ["x"] * 1000, PUPILS)),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gets_clear_words_and_writes_nothing(login_as, school, case):
    name, make = HOSTILE[case]
    data = make()
    browser = login_as("admin")
    before = (Person.select().count(), ImportBatch.select().count())
    begin = time.perf_counter()
    answer = browser.post(
        "/people/import", data={"kind": "pupils", "file": (io.BytesIO(data), name)}
    )
    assert time.perf_counter() - begin < 5
    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)
    assert (Person.select().count(), ImportBatch.select().count()) == before


def test_a_lying_header_of_a_zip_is_not_believed():
    data = bytearray(_bomb())
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        at = data.rfind(mark)
        place = at + (24 if mark == b"PK\x01\x02" else 22)
        data[place : place + 4] = (100).to_bytes(4, "little")
    with pytest.raises(Invalid):
        tables.read("a.xlsx", bytes(data))


def test_a_file_of_twenty_thousand_rows_is_planned_in_time(school):
    rows = [
        ["5А", f"Ю{chr(1072 + n % 32)}{chr(1072 + n // 32 % 32)}{chr(1072 + n // 1024)}", "Пётр",
         "", "01.06.2015", "м", "", ""]
        for n in range(20_000)
    ]  # fmt: skip
    begin = time.perf_counter()
    made = plan(school, "pupils", "a.csv", csv(PUPIL_HEADS, rows))
    assert len(made.of("new")) == 20_000
    assert time.perf_counter() - begin < 10


# --- the page ----------------------------------------------------------------------------------


def _upload(browser, kind="pupils", heads=PUPIL_HEADS, rows=PUPILS):
    answer = browser.post(
        "/people/import", data={"kind": kind, "file": (io.BytesIO(xlsx(heads, rows)), "a.xlsx")}
    )
    assert answer.status_code == 303
    return answer.headers["Location"]


def _digest(page):
    return page.get_data(as_text=True).split('name="digest" value="')[1].split('"')[0]


def test_a_file_is_looked_at_then_imported_then_slips_are_printed(login_as, school):
    browser = login_as("secretary")
    page = _upload(browser)
    preview = browser.get(page)
    assert Person.get_or_none(Person.surname == "Щукина") is None
    assert browser.post(f"{page}/apply", data={"digest": _digest(preview)}).status_code == 303
    assert Person.get_or_none(Person.surname == "Щукина") is not None
    assert browser.get(page).status_code == 200
    slips = browser.post(f"{page}/slips")
    assert slips.get_data(as_text=True).count('class="slip"') == 2
    assert slips.headers["Cache-Control"] == "no-store"
    assert browser.post(f"{page}/slips").status_code == 422


def test_a_plan_that_is_no_longer_true_is_not_applied(login_as, school):
    browser = login_as("admin")
    page = _upload(browser)
    digest = _digest(browser.get(page))
    run(school, "pupils", PUPIL_HEADS, PUPILS[:1])
    answer = browser.post(f"{page}/apply", data={"digest": digest})
    assert answer.status_code == 409
    assert Person.get_or_none(Person.surname == "Юдин") is None


def test_a_file_is_applied_once(login_as, school):
    browser = login_as("admin")
    page = _upload(browser)
    digest = _digest(browser.get(page))
    assert browser.post(f"{page}/apply", data={"digest": digest}).status_code == 303
    assert browser.post(f"{page}/apply", data={"digest": digest}).status_code == 409


def test_a_file_belongs_to_whoever_uploaded_it(login_as, school):
    batch = importing.upload(school.actor("admin"), "pupils", "a.xlsx", xlsx(PUPIL_HEADS, PUPILS))
    assert login_as("secretary").get(f"/people/import/{batch.id}").status_code == 404


def test_a_file_is_forgotten_after_a_day(school):
    actor = school.actor("admin")
    batch = importing.upload(actor, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, PUPILS))
    with clock.frozen("2026-11-25T11:00"), pytest.raises(NotThere):
        importing.batch_of(actor, batch.id)


def test_an_applied_file_keeps_no_rows(school):
    run(school, "pupils", PUPIL_HEADS, PUPILS)
    assert ImportBatch.get().content == {"header": [], "rows": []}


def test_without_the_right_nobody_imports(school):
    for name in ("teacher", "director", "hr", "parent"):
        with pytest.raises(Refused):
            importing.upload(school.actor(name), "pupils", "a.xlsx", xlsx(PUPIL_HEADS, PUPILS))


def test_a_failure_in_the_middle_writes_nothing(school, monkeypatch):
    actor = school.actor("admin")
    batch = importing.upload(actor, "pupils", "a.xlsx", xlsx(PUPIL_HEADS, PUPILS))
    digest = importing.plan(actor, "pupils", importing.sheet_of(batch)).digest
    ClassMember.create(
        pupil=school.persons["technical"], school_class=school.ids["5А"], since=dt.date(2026, 9, 1)
    )
    real = importing.writing.enrol

    def breaking(actor, pupil, *args, **kwargs):
        if pupil.surname == "Юдин":
            raise Conflict("power cut")
        real(actor, pupil, *args, **kwargs)

    monkeypatch.setattr(importing.writing, "enrol", breaking)
    with pytest.raises(Conflict):
        importing.apply(actor, batch, digest)
    assert Person.get_or_none(Person.surname == "Щукина") is None
    assert ImportBatch.get_by_id(batch.id).applied_at is None


@pytest.mark.parametrize("kind", import_columns.KINDS)
def test_the_template_can_be_read_back(login_as, kind):
    answer = login_as("admin").get(f"/people/import/template/{kind}.xlsx")
    sheet = tables.read("a.xlsx", answer.data)
    parsed = import_columns.parse(kind, sheet)
    assert (parsed.unknown, parsed.missing, sheet.rows) == ([], [], ())


def test_the_preview_costs_the_same_for_any_file(login_as, school, statements):
    browser = login_as("admin")
    rows = [
        ["5А", f"Юдин{chr(1072 + n)}", "Пётр", "", "01.06.2015", "м", "", ""] for n in range(30)
    ]
    page = _upload(browser, rows=rows)
    with statements() as seen:
        browser.get(page)
    assert len(seen) <= 18, "\n".join(seen)


# --- command line ------------------------------------------------------------------------------


def test_the_command_line_shows_the_plan_and_writes_only_when_told(app, school, tmp_path):
    import click

    file = tmp_path / "a.csv"
    file.write_bytes(csv(PUPIL_HEADS, PUPILS, encoding="cp1251"))

    @click.command()
    @click.option("--apply", is_flag=True)
    def command(apply):
        importing_cli.run(file, "pupils", apply=apply)

    shown = CliRunner().invoke(command, [])
    assert (shown.exit_code, "new 2" in shown.output) == (0, True)
    assert Person.get_or_none(Person.surname == "Щукина") is None
    assert CliRunner().invoke(command, ["--apply"]).exit_code == 0
    assert Person.get_or_none(Person.surname == "Щукина") is not None
    again = CliRunner().invoke(command, ["--apply"])
    assert "nothing to write" in again.output


# --- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "a;=1", " =1"])
def test_no_cell_of_a_csv_is_a_formula(text):
    data = tables.write_csv(["Имя"], [[text]]).decode("utf-8-sig")
    assert data.split("\r\n", 1)[1].startswith("\"'")


def test_strings_of_a_workbook_are_not_formulas():
    data = tables.write_xlsx("Лист", ["Имя"], [["=1+1"]])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK", b"\xff\xfe", b"\xef\xbb\xbf", b"\x98"])
def test_scraps_are_refused(data):
    with pytest.raises(AsursoError):
        tables.read("a", data)
