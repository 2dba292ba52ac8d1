"""What is kept of one person: given out whole, taken away without harming others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asurso_core.clock import today
from asurso_core.db import rows, transaction
from asurso_core.files import StoredFile
from asurso_core.testing.make import SmallSchool
from asurso_portfolio import services
from asurso_portfolio.models import Author, Item, Link
from asurso_portfolio.services import personal


def test_everything_of_a_person_is_given_out_and_nothing_of_others(
    school: SmallSchool, item: Callable[..., Item], scan: Callable[..., Any]
) -> None:
    who = school.actor("pupil")
    row = item(title="Моя грамота")
    item("pupil_2", title="Чужая грамота")
    services.save_about(who, 0, "Люблю шахматы", "me")
    services.add_file(who, row.id, scan())
    told = personal.export(school.persons["pupil"])
    assert told["about"] == "Люблю шахматы"
    assert [(one["title"], one["files"], one["own"]) for one in told["entries"]] == [
        ("Моя грамота", ["диплом.png"], True)
    ]


def test_erasing_leaves_no_row_of_the_person_and_keeps_what_others_wrote_too(
    school: SmallSchool, item: Callable[..., Item], scan: Callable[..., Any]
) -> None:
    owner, other = school.actor("pupil"), school.actor("pupil_2")
    alone, shared = item(title="Моя"), item(kind="project", title="Общая")
    theirs = item("pupil_2", title="Чужая")
    services.save_about(owner, 0, "Люблю шахматы", "me")
    services.invite(owner, shared.id, "Ёжикова Майя")
    services.answer(other, shared.id, accept=True)
    for row in (alone, shared):
        services.add_file(owner, row.id, scan())
        services.add_link(owner, row.id, today())
    with transaction():
        personal.erase(school.persons["pupil"])
    assert {row.title: row.owner_id for row in Item.select()} == {
        "Общая": other.person_id, "Чужая": other.person_id,
    }  # fmt: skip
    assert Link.select().count() == 0
    assert [file.owner_id for file in StoredFile.select()] == [None]
    assert {row.person_id for row in Author.select()} == {other.person_id}
    assert rows("SELECT COUNT(*) FROM portfolio_page")[0][0] == 0
    assert Item.get_by_id(theirs.id).title == "Чужая"


def test_what_an_erased_teacher_confirmed_stays_confirmed(
    school: SmallSchool, item: Callable[..., Item]
) -> None:
    row = item()
    services.confirm(school.actor("class_teacher"), row.id, 1)
    with transaction():
        personal.erase(school.persons["class_teacher"])
    now = Item.get_by_id(row.id)
    assert now.confirmed_at is not None
    assert now.confirmed_by_id is None
