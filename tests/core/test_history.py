"""The administrator's history, reading that is written down, and who reached whose data."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import audit, clock, plugins
from asurso_core.actors import Actor, system
from asurso_core.admin import exporting, history
from asurso_core.audit import AuditEntry, Deed
from asurso_core.db import put_rows, rows, stamp_value, transaction
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.testing.make import SmallSchool
from asurso_core.testing.plugin import Statements

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def admin(school: SmallSchool) -> Actor:
    return school.actor("admin")


def deed(who: Actor, kind: str = "core.settings_changed", **more: Any) -> int:
    with transaction():
        audit.record(who, kind, more.pop("target", "core.thing:1"), topic=None, **more)
    found: int = rows("SELECT MAX(id) FROM core_audit_entry")[0][0]
    return found


def ids(actor: Actor, **filters: Any) -> list[int]:
    return [row["id"] for row in history.page(actor, history.Filters(**filters)).rows]


# --- reading is written down ---------------------------------------------------------------------


def readings() -> list[tuple[str, str, int | None]]:
    query = AuditEntry.select().where(AuditEntry.kind.startswith("core.read"))
    return [(row.actor_name, row.kind, row.person) for row in query.order_by(AuditEntry.id)]


def test_whoever_opens_a_card_is_written_down(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    pupil = school.persons["pupil"]
    login_as("secretary").get(f"/people/{school.users['pupil']}")
    assert readings() == [(school.actor("secretary").name, "core.read_card", pupil)]
    login_as("admin").get(f"/people/{school.users['pupil']}/edit")
    assert readings()[1:] == [(school.actor("admin").name, "core.read_card", pupil)]


def test_a_refused_page_and_ones_own_card_are_no_reading(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    login_as("class_teacher").get(f"/people/{school.users['secretary']}")
    login_as("admin").get(f"/people/{school.users['admin']}")
    assert readings() == []


def test_a_log_taken_away_names_everybody_in_it(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    pupil = school.persons["pupil"]
    deed(system("test"), "core.person_changed", person=pupil, after={"phone": "+79270000000"})
    admin = login_as("admin")
    admin.get("/people/log")
    admin.get("/people/log.csv")
    admin.get("/admin/security-log.csv")
    assert [kind for _who, kind, whose in readings() if whose == pupil] == [
        "core.read_log", "core.read_export",
    ]  # fmt: skip


def test_a_reading_that_cannot_be_written_is_told_to_the_log(
    admin: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(audit, "put_rows", full)
    audit.read(admin, "core.read_card", "core.person:7", [7])
    assert audit.write_readings(admin) == 0
    assert "core.person:7" in caplog.text


def test_the_same_person_is_noted_once_a_page(admin: Actor) -> None:
    audit.read(admin, "core.read_card", "core.person:7", [7, 7])
    audit.read(admin, "core.read_card", "core.person:7", [7])
    assert (audit.write_readings(admin), audit.write_readings(admin)) == (1, 0)


# --- finding -------------------------------------------------------------------------------------


def test_the_history_is_narrowed_by_everything_it_knows(admin: Actor, school: SmallSchool) -> None:
    teacher, pupil = school.actor("teacher"), school.persons["pupil"]
    with clock.frozen("2026-11-20T09:00"):
        old = deed(teacher, "journal.cell", person=pupil, before={"value": "3"},
                   after={"value": "5"}, reason="Ошибка при вводе")  # fmt: skip
    new = deed(admin)
    read = deed(admin, "core.read_card", person=pupil)
    assert ids(admin)[:2] == [new, old]
    assert ids(admin, kind="all")[:3] == [read, new, old]
    assert ids(admin, kind="journal.cell") == [old]
    assert ids(admin, kind="group:reading") == [read]
    assert ids(admin, who=teacher.login) == [old]
    assert ids(admin, who="никто такой") == []
    assert old in ids(admin, user_id=teacher.user_id)
    assert new not in ids(admin, user_id=teacher.user_id)
    assert ids(admin, person_id=pupil, kind="all") == [read, old]
    assert ids(admin, person="Абрамов", kind="journal.cell") == [old]
    assert ids(admin, until=dt.date(2026, 11, 20), kind="journal.cell") == [old]
    assert ids(admin, since=dt.date(2026, 11, 21), kind="journal.cell") == []
    assert ids(admin, since=dt.date(2026, 11, 21), until=dt.date(2026, 11, 30))[0] == new
    assert ids(admin, text="ОШИБКА вводе") == [old]
    assert ids(admin, text="нет таких слов") == []
    assert old not in ids(admin, address="10.9.8.7")


def test_pages_are_leafed_through_without_a_gap(admin: Actor) -> None:
    with transaction():
        audit.record_many(
            system("test"), "core.file_saved", [Deed(target=f"t:{n}") for n in range(120)]
        )
    seen: list[int] = []
    before = None
    while True:
        found = history.page(admin, history.Filters(kind="all", text="t:", before=before))
        seen += [row["id"] for row in found.rows]
        if found.older is None:
            break
        before = found.older
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_a_long_search_stops_and_goes_on_where_it_stopped(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "TEXT_WINDOW", 30)
    wanted = deed(admin, reason="иголка")
    with transaction():
        audit.record_many(admin, "core.file_saved", [Deed(target=f"t:{n}") for n in range(100)])
    found = history.page(admin, history.Filters(text="иголка"))
    assert (found.rows, found.looked_to is not None) == ([], True)
    rounds = 0
    while not found.rows and found.older is not None:
        found = history.page(admin, history.Filters(text="иголка", before=found.older))
        rounds += 1
    assert [row["id"] for row in found.rows] == [wanted]
    assert rounds == 3


def test_particulars_are_covered_for_whoever_may_not_see_them(
    admin: Actor, school: SmallSchool
) -> None:
    from dataclasses import replace

    deed(admin, "core.person_changed", person=school.persons["pupil"],
         after={"phone": "+79270000000"})  # fmt: skip
    wanted = history.Filters(kind="core.person_changed")
    assert history.page(admin, wanted).rows[0]["changes"][0][2] == "+79270000000"
    watcher = replace(
        school.actor("technical"), grants={"core.log.all": frozenset({"school"})}, memo={}
    )
    assert history.page(watcher, wanted).rows[0]["changes"][0][2] == "•••"


@pytest.mark.parametrize("name", ["director", "teacher", "pupil", "parent"])
def test_nobody_else_sees_the_history(school: SmallSchool, name: str) -> None:
    actor = school.actor(name)
    days = {"since": clock.today(), "until": clock.today()}
    for look in (
        lambda: history.page(actor, history.Filters()),
        lambda: history.reached(actor, user_id=1, **days, limit=10),
        lambda: history.seen_by(actor, 1, **days, limit=10),
        lambda: exporting.export_history(actor, history.Filters(), xlsx=False, reason="x"),
    ):
        with pytest.raises((Refused, NotThere)):
            look()


# --- taking away ---------------------------------------------------------------------------------


def _many(who: Actor, number: int) -> None:
    with transaction():
        audit.record_many(
            who,
            "core.file_saved",
            [Deed(target=f"t:{n}", person=n + 1_000_000) for n in range(number)],
        )


def test_many_persons_are_taken_away_only_with_a_reason(admin: Actor) -> None:
    _many(system("test"), 101)
    filters = history.Filters(kind="all", text="t:")
    with pytest.raises(Invalid):
        exporting.export_history(admin, filters, xlsx=False, reason="  ")
    assert not AuditEntry.select().where(AuditEntry.kind == exporting.EXPORTED).exists()
    exporting.export_history(admin, filters, xlsx=False, reason="Запрос надзора")
    entry = AuditEntry.get(AuditEntry.kind == exporting.EXPORTED)
    assert (entry.reason, entry.after["persons"], entry.after["rows"]) == (
        "Запрос надзора", 101, 101,
    )  # fmt: skip
    assert audit.write_readings(admin) == 101


def test_a_cell_of_the_file_cannot_act(admin: Actor, login_as: Callable[..., FlaskClient]) -> None:
    import python_calamine as calamine

    deed(admin, "core.file_saved", reason="=HYPERLINK(1)", target="zz:1")
    browser = login_as("admin")
    told = browser.post("/admin/history/export?text=zz:", data={"format": "csv"})
    assert told.status_code == 200
    table = list(csv.reader(io.StringIO(told.data.decode("utf-8-sig")), delimiter=";"))
    assert table[1][9] == "'=HYPERLINK(1)"
    book = browser.post("/admin/history/export?text=zz:", data={"format": "xlsx"})
    sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0)
    assert "=HYPERLINK(1)" in {row[9] for row in sheet.to_python()}
    assert b"<f>" not in book.data


def test_the_page_asks_for_the_reason(login_as: Callable[..., FlaskClient]) -> None:
    _many(system("test"), 101)
    answer = login_as("admin").post(
        "/admin/history/export?kind=all&text=t:", data={"format": "csv"}
    )
    assert answer.status_code == 422
    assert "101" in answer.get_data(as_text=True)


# --- whose data, and who -------------------------------------------------------------------------


def test_whose_data_an_account_reached(admin: Actor, school: SmallSchool) -> None:
    teacher, pupil, other = (
        school.actor("teacher"), school.persons["pupil"], school.persons["pupil_2"],
    )  # fmt: skip
    with clock.frozen("2026-11-20T09:00"):
        deed(teacher, "journal.cell", person=pupil)
    deed(teacher, "core.read_card", person=pupil)
    deed(teacher, "core.read_card", person=other)
    deed(teacher, "core.signed_in", person=teacher.person_id)
    deed(admin, "core.read_card", person=school.persons["parent"])
    days = {"since": dt.date(2026, 11, 1), "until": clock.today()}
    found = history.reached(admin, user_id=teacher.user_id, **days, limit=10)
    assert {(row["person"], row["read"], row["done"]) for row in found} == {
        (pupil, 1, 1), (other, 1, 0),
    }  # fmt: skip
    today = {"since": clock.today(), "until": clock.today()}
    assert {
        (row["person"], row["done"])
        for row in history.reached(admin, user_id=teacher.user_id, **today, limit=10)
    } == {(pupil, 0), (other, 0)}
    person, lookers = history.seen_by(admin, pupil, **days, limit=10)
    assert person.id == pupil
    assert [(row["user"], row["read"], row["done"]) for row in lookers] == [(teacher.user_id, 1, 1)]
    assert history.reached(admin, user_id=None, **days, limit=10) == []


def test_everything_from_an_address_is_found(admin: Actor, school: SmallSchool) -> None:
    from dataclasses import replace

    pupil = school.persons["pupil"]
    deed(replace(school.actor("teacher"), address="10.1.2.3"), "core.read_card", person=pupil)
    deed(replace(school.actor("admin"), address="10.1.2.4"), "core.read_card", person=pupil)
    days = {"since": clock.today(), "until": clock.today()}
    found = history.reached(admin, user_id=None, address="10.1.2.3", **days, limit=10)
    assert [(row["person"], row["read"]) for row in found] == [(pupil, 1)]


def test_the_pages_find_an_account_by_name_and_export_its_persons(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    teacher = school.actor("teacher")
    deed(teacher, "core.read_card", person=school.persons["pupil"])
    admin = login_as("admin")
    page = admin.get(f"/admin/reached?who={teacher.login}").get_data(as_text=True)
    assert "Абрамов" in page
    stale = admin.get(f"/admin/reached?who={teacher.login}&user_id={school.users['hr']}")
    assert "Абрамов" in stale.get_data(as_text=True)
    several = admin.get("/admin/reached?who=teach").get_data(as_text=True)
    assert "Абрамов" not in several
    told = admin.post(f"/admin/reached/export?who={teacher.login}", data={"format": "csv"})
    assert "Абрамов" in told.data.decode("utf-8-sig")
    assert teacher.name in admin.get(f"/admin/seen/{school.persons['pupil']}").get_data(
        as_text=True
    )
    assert admin.get("/admin/seen/2147483646").status_code == 404
    for nonsense in ("since=x", "before=-1", "user_id=99999999999", "since=9999-12-31", "page=x"):
        for path in ("history", "reached", "seen/1"):
            assert admin.get(f"/admin/{path}?{nonsense}").status_code in {200, 404}


# --- a long history ------------------------------------------------------------------------------


def test_the_pages_cost_the_same_however_long_the_history_is(
    school: SmallSchool, login_as: Callable[..., FlaskClient], statements: Counting
) -> None:
    admin = login_as("admin")
    at = stamp_value(clock.stamp())
    put_rows(
        AuditEntry,
        ("at", "user", "actor_name", "side", "address", "kind", "target", "person"),
        [
            (at, school.users["teacher"], "Т", "staff", "", "journal.cell", f"t:{n}",
             school.persons["pupil"])
            for n in range(3000)
        ],
    )  # fmt: skip
    for address in (
        "/admin/history", "/admin/history?kind=journal.cell", "/admin/history?who=а&text=t",
        "/admin/history?since=2026-11-01&until=2026-11-30",
        f"/admin/reached?user_id={school.users['teacher']}",
        f"/admin/seen/{school.persons['pupil']}",
    ):  # fmt: skip
        with statements() as seen:
            assert admin.get(address).status_code == 200
        assert len(seen) <= 12, (address, len(seen))
        assert not [sql for sql in seen if "COUNT(*)" in sql and "core_audit_entry" in sql]


def test_a_kind_without_words_fails_in_tests_and_is_recorded_at_a_school(
    admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LookupError, match=r"core\.made_up"):
        audit.record(admin, "core.made_up", "core.thing:1")
    monkeypatch.setattr(plugins.current(), "reraise", False)
    audit.record(admin, "core.made_up", "core.thing:1")
    assert AuditEntry.select().where(AuditEntry.kind == "core.made_up").count() == 1
