"""Every visibility × every reader: pages, items, files and secret links."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import clock, lifecycle
from asurso_core.accounts import Guardian
from asurso_core.actors import system
from asurso_core.db import rows
from asurso_core.files import StoredFile
from asurso_core.testing.make import SmallSchool
from asurso_portfolio import services
from asurso_portfolio.models import Author

#: Who reads an item of a pupil of 5А: own class is 5А, the class teacher leads it.
ALWAYS = {"pupil", "parent", "class_teacher", "director"}
CLASS = {"pupil_2", "teacher_parent:family", "teacher", "english_1"}
SCHOOL = {"pupil_6", "other_parent", "teacher_parent:staff", "admin", "deputy", "psychologist"}
NEVER = {"technical", "secretary", "hr", "medical"}
READERS = [
    ("me", ALWAYS),
    ("class", ALWAYS | CLASS),
    ("school", ALWAYS | CLASS | SCHOOL),
]


def _client(login_as: Callable[..., FlaskClient], reader: str) -> FlaskClient:
    name, _colon, side = reader.partition(":")
    return login_as(name, side or None)


@pytest.mark.parametrize(("visibility", "may"), READERS)
def test_an_item_and_its_file_are_read_by_whom_it_is_shown_to_and_nobody_else(
    visibility: str,
    may: set[str],
    school: SmallSchool,
    item: Callable[..., Any],
    scan: Callable[..., Any],
    login_as: Callable[..., FlaskClient],
    client: FlaskClient,
) -> None:
    row = item(visibility=visibility, title="Секретная грамота")
    services.add_file(school.actor("pupil"), row.id, scan())
    file = StoredFile.get()
    read = {"item": set(), "file": set(), "page": set(), "list": set(), "pdf": set()}
    for reader in sorted(ALWAYS | CLASS | SCHOOL | NEVER):
        browser = _client(login_as, reader)
        person = school.persons["pupil"]
        if browser.get(f"/portfolio/items/{row.id}").status_code == 200:
            read["item"].add(reader)
        if browser.get(f"/files/{file.id}/{file.name}").status_code == 200:
            read["file"].add(reader)
        page = browser.get(f"/portfolio/{person}")
        if page.status_code == 200 and "Секретная грамота" in page.text:
            read["page"].add(reader)
        if "Абрамов Егор" in browser.get("/portfolio/people").text.split("</header>")[-1]:
            read["list"].add(reader)
        if browser.get(f"/portfolio/{person}/pdf").status_code == 200:
            read["pdf"].add(reader)
    assert read["item"] == may
    assert read["file"] == may
    assert read["page"] == may
    assert read["pdf"] == may
    assert read["list"] - {"pupil", "parent"} == may - {"pupil", "parent"}
    assert client.get(f"/portfolio/items/{row.id}").status_code == 302
    assert client.get(f"/files/{file.id}/{file.name}").status_code == 302


def test_a_parent_whom_a_court_forbids_to_know_reads_nothing_of_it(
    school: SmallSchool, item: Callable[..., Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = item(visibility="class")
    Guardian.update(may_receive=False).where(
        Guardian.guardian == school.persons["parent"], Guardian.pupil == school.persons["pupil"]
    ).execute()
    assert login_as("parent").get(f"/portfolio/items/{row.id}").status_code == 404


def test_the_family_side_does_not_open_what_a_teacher_keeps(
    school: SmallSchool, item: Callable[..., Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = item("teacher_parent", "method", title="Разработка")
    assert login_as("teacher_parent", "staff").get(f"/portfolio/items/{row.id}").status_code == 200
    family = login_as("teacher_parent", "family")
    assert family.get(f"/portfolio/items/{row.id}").status_code == 404


def test_a_class_teacher_does_not_read_the_private_items_of_a_colleague_who_is_a_parent_there(
    school: SmallSchool, item: Callable[..., Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = item("teacher_parent", "method", title="Разработка")
    assert login_as("class_teacher").get(f"/portfolio/items/{row.id}").status_code == 404


def test_an_empty_portfolio_opens_to_those_who_read_it_whole_and_to_nobody_else(
    school: SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    address = f"/portfolio/{school.persons['pupil']}"
    answers = {
        name: login_as(name).get(address).status_code
        for name in ("pupil", "parent", "class_teacher", "director", "teacher", "pupil_6", "admin")
    }
    assert [name for name, status in answers.items() if status == 200] == [
        "pupil", "parent", "class_teacher", "director",
    ]  # fmt: skip


@pytest.mark.parametrize(("visibility", "may"), READERS)
def test_words_about_oneself_follow_the_same_rule(
    visibility: str,
    may: set[str],
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
) -> None:
    services.save_about(school.actor("pupil"), 0, "Люблю шахматы", visibility)
    address = f"/portfolio/{school.persons['pupil']}"
    read = {
        reader
        for reader in ALWAYS | CLASS | SCHOOL | NEVER
        if "Люблю шахматы" in _client(login_as, reader).get(address).text
    }
    assert read == may


def test_a_pupil_who_moves_to_another_class_is_read_by_the_new_class(
    school: SmallSchool, item: Callable[..., Any], login_as: Callable[..., FlaskClient]
) -> None:
    from asurso_core.school import ClassMember

    row = item(visibility="class")
    ClassMember.update(school_class=school.ids["5Б"]).where(
        ClassMember.pupil == school.persons["pupil"]
    ).execute()
    assert login_as("pupil_6").get(f"/portfolio/items/{row.id}").status_code == 200
    assert login_as("pupil_2").get(f"/portfolio/items/{row.id}").status_code == 404
    assert login_as("class_teacher").get(f"/portfolio/items/{row.id}").status_code == 404


# --- secret links --------------------------------------------------------------------------------


def test_a_link_shows_one_item_to_strangers_until_its_day_and_no_robot_keeps_it(
    school: SmallSchool,
    item: Callable[..., Any],
    scan: Callable[..., Any],
    client: FlaskClient,
) -> None:
    who = school.actor("pupil")
    row = item(title="Показать всем")
    item(title="Никому не показывать", visibility="school")
    services.add_file(who, row.id, scan())
    file = StoredFile.get()
    link = services.add_link(who, row.id, clock.today() + dt.timedelta(days=2))
    answer = client.get(f"/portfolio/l/{link.token}")
    assert answer.status_code == 200
    assert "Показать всем" in answer.text
    assert "Никому не показывать" not in answer.text
    assert 'content="noindex, nofollow"' in answer.text
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/portfolio/l/{link.token}/files/{file.id}").mimetype == "image/png"
    with clock.frozen("2026-11-26"):
        assert client.get(f"/portfolio/l/{link.token}").status_code == 200
    with clock.frozen("2026-11-27"):
        assert client.get(f"/portfolio/l/{link.token}").status_code == 404
        assert client.get(f"/portfolio/l/{link.token}/files/{file.id}").status_code == 404


def test_a_link_does_not_open_files_of_another_item(
    school: SmallSchool, item: Callable[..., Any], scan: Callable[..., Any], client: FlaskClient
) -> None:
    who = school.actor("pupil")
    open_one, other = item(), item()
    services.add_file(who, other.id, scan())
    link = services.add_link(who, open_one.id, clock.today())
    file = StoredFile.get()
    assert client.get(f"/portfolio/l/{link.token}/files/{file.id}").status_code == 404


def test_a_withdrawn_link_stops_at_once_and_tokens_are_long(
    school: SmallSchool, item: Callable[..., Any], client: FlaskClient
) -> None:
    who = school.actor("pupil")
    row = item()
    links = [services.add_link(who, row.id, clock.today()) for _number in range(5)]
    assert len({link.token for link in links}) == 5
    assert all(len(link.token) == 43 for link in links)
    services.drop_link(who, row.id, links[0].id)
    assert client.get(f"/portfolio/l/{links[0].token}").status_code == 404
    assert client.get(f"/portfolio/l/{links[1].token}").status_code == 200
    for wrong in ("x" * 43, links[1].token[:-1], links[1].token.upper(), "a", "%00" * 43):
        assert client.get(f"/portfolio/l/{wrong}").status_code == 404


def test_a_link_dies_with_its_item_and_sleeps_with_the_plugin(
    school: SmallSchool, item: Callable[..., Any], client: FlaskClient
) -> None:
    who = school.actor("pupil")
    row = item()
    link = services.add_link(who, row.id, clock.today())
    lifecycle.disable(system("tests"), "portfolio")
    assert client.get(f"/portfolio/l/{link.token}").status_code == 404
    lifecycle.enable(system("tests"), "portfolio")
    assert client.get(f"/portfolio/l/{link.token}").status_code == 200
    services.remove(who, row.id)
    assert client.get(f"/portfolio/l/{link.token}").status_code == 404
    assert rows("SELECT COUNT(*) FROM portfolio_link")[0][0] == 0


def test_only_the_owner_makes_and_sees_links(
    school: SmallSchool, item: Callable[..., Any], login_as: Callable[..., FlaskClient]
) -> None:
    row = item(kind="project", visibility="school")
    Author.create(item=row, person=school.persons["pupil_2"], position=1)
    services.add_link(school.actor("pupil"), row.id, clock.today())
    form = {"expires_on": "2026-11-30"}
    for name in ("pupil_2", "class_teacher", "parent", "director"):
        browser = login_as(name)
        assert "/portfolio/l/" not in browser.get(f"/portfolio/items/{row.id}").text
        assert browser.post(f"/portfolio/items/{row.id}/links", data=form).status_code == 403


# --- lists do not grow in cost -------------------------------------------------------------------


def test_a_page_costs_the_same_for_one_item_and_for_thirty(
    school: SmallSchool,
    item: Callable[..., Any],
    login_as: Callable[..., FlaskClient],
    statements: Callable[[], Any],
) -> None:
    browser = login_as("class_teacher")
    address = f"/portfolio/{school.persons['pupil']}"
    item()
    browser.get(address)
    with statements() as one:
        browser.get(address)
    for number in range(30):
        item(title=f"Грамота {number}")
    browser.get(address)  # the matrix of rights is remembered from here on
    with statements() as many:
        assert browser.get(address).text.count("Грамота") == 30
    assert len(many) == len(one) <= 13


def test_the_list_of_people_costs_the_same_for_one_and_for_all(
    school: SmallSchool,
    item: Callable[..., Any],
    login_as: Callable[..., FlaskClient],
    statements: Callable[[], Any],
) -> None:
    browser = login_as("director")
    item()
    browser.get("/portfolio/people")
    with statements() as one:
        browser.get("/portfolio/people")
    for name in ("pupil_2", "pupil_3", "pupil_6"):
        item(name)
    browser.get("/portfolio/people")
    with statements() as many:
        assert "Яковлев Тимур" in browser.get("/portfolio/people").text
    assert len(many) == len(one) <= 7
