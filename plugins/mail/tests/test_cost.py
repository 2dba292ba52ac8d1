"""What pages cost: the same for ten letters and for ten thousand, on any page of a box."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock
from asurso_core.db import db, put_rows, rows, stamp_value
from asurso_mail import queries, services
from asurso_mail.models import Copy, Message

MANY = 10_000


@pytest.fixture
def full(school):
    """The parent's inbox holds ten thousand letters of the teacher."""
    began = clock.stamp() - dt.timedelta(days=100)
    at = [stamp_value(began + dt.timedelta(minutes=n)) for n in range(MANY)]
    teacher, parent = school.persons["teacher"], school.persons["parent"]
    put_rows(
        Message,
        ["author_id", "side", "kind", "subject", "text", "created_at", "sent_at", "chosen",
         "addressed", "recipients", "open_list", "version"],
        [(teacher, "staff", "letter", f"Письмо {n}", "Текст **письма**", at[n], at[n], "{}", "", 1,
          True, 1) for n in range(MANY)],
    )  # fmt: skip
    ids = [id_ for (id_,) in rows("SELECT id FROM mail_message ORDER BY id")]
    put_rows(
        Copy,
        ["message_id", "owner_id", "side", "part", "box", "at"],
        [(id_, parent, "family", "to", "inbox", at[n]) for n, id_ in enumerate(ids)],
    )
    Message.update(thread=Message.id).execute()
    # The server does so by itself while a school grows; its plans of an empty table are bad here.
    db.execute_sql("ANALYZE")
    return ids


def test_ten_thousand_letters_are_walked_through_at_one_price(full, school, statements, queries_of):
    parent = school.actor("parent")
    seen, page, counts = [], queries.box(parent, "inbox"), set()
    first = [one.id for one in page.lines]
    for _page in range(4):
        seen += [one.id for one in page.lines]
        with statements() as taken:
            page = queries.box(parent, "inbox", before=page.older)
        counts.add(len(taken))
    assert len(seen) == len(set(seen)) == 200
    assert counts == {3}
    back = queries.box(parent, "inbox", after=page.newer)
    assert [one.id for one in back.lines] == seen[150:]
    while back.newer:
        back = queries.box(parent, "inbox", after=back.newer)
    assert [one.id for one in back.lines] == first
    last = queries.box(parent, "inbox", before=_at(full[3]))
    assert len(last.lines) == 3
    assert last.older == ""
    assert not any("SCAN mail_copy" in one or "Seq Scan on mail_copy" in one
                   for one in queries_of(parent))  # fmt: skip


def _at(message_id):
    copy = Copy.get(Copy.message == message_id)
    return f"{copy.at.isoformat()}_{copy.id}"


@pytest.fixture
def queries_of(engine):
    """The plan by which the engine finds a page in the middle of a box."""

    def plan(actor):
        sql = (
            "SELECT c.id FROM mail_copy c WHERE c.owner_id = ? AND c.side = ? AND c.box = ? "
            "AND (c.at, c.id) < (?, ?) ORDER BY c.at DESC, c.id DESC LIMIT 51"
        )
        moment = stamp_value(clock.stamp() - dt.timedelta(days=90))
        explain = "EXPLAIN QUERY PLAN " if engine == "sqlite" else "EXPLAIN "
        found = rows(explain + sql, [actor.person_id, actor.side, "inbox", moment, 1])
        return [str(row) for row in found]

    return plan


def test_pages_take_few_statements_whatever_they_hold(full, school, login_as, statements):
    browser, teacher = login_as("parent"), login_as("teacher")
    copy = Copy.get(Copy.message == full[5])
    for n in range(5):
        services.make_folder(school.actor("parent"), f"Папка {n}")
    browser.get("/mail/")
    taken = {}
    for who, address in (
        (browser, "/mail/"), (browser, f"/mail/?before={_at(full[60])}"),
        (browser, "/mail/box/trash"), (browser, f"/mail/letter/{copy.id}"),
        (browser, "/mail/search?q=письмо"), (browser, "/mail/people?group=teachers"),
        (browser, "/mail/people.json?q=матем"), (browser, f"/mail/write?answer={copy.id}"),
        (teacher, "/mail/people?q=абрамов"), (teacher, "/mail/write?kind=broadcast"),
    ):  # fmt: skip
        with statements() as seen:
            assert who.get(address).status_code == 200, address
        taken[address] = len(seen)
    assert max(taken.values()) <= 15, taken
    assert taken["/mail/"] <= 6, taken
    assert taken[f"/mail/letter/{copy.id}"] <= 10, taken


@pytest.mark.parametrize("cursor", ["x", "2026-13-01T00:00:00_1", "2026-11-01T00:00:00_99999999999",
                                    "_1", "2026-11-01T00:00:00_0"])  # fmt: skip
def test_a_spoilt_cursor_is_the_first_page(write, school, cursor):
    write("teacher", "staff:deputy")
    for way in ({"before": cursor}, {"after": cursor}):
        assert len(queries.box(school.actor("deputy"), "inbox", **way).lines) == 1
