"""What pages cost: the same for ten announcements and for a thousand."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_announcements import queries
from asurso_announcements.models import Announcement, Target
from asurso_core import clock, fulltext
from asurso_core.db import db, put_rows, stamp_value


def _many(school, count, first):
    """Announcements of several authors to several parts, written past the services."""
    now = clock.stamp()
    authors = [school.persons[one] for one in ("admin", "deputy", "medical")]
    moment = [stamp_value(now - dt.timedelta(minutes=first + n + 1)) for n in range(count)]
    put_rows(
        Announcement,
        ["title", "text", "author_id", "state", "created_at", "changed_at", "appears_at", "pinned",
         "urgent", "must_acknowledge", "edition", "version", "told_edition"],
        [
            (f"Новость {first + n}", "Экскурсия **завтра**", authors[n % 3], "published", moment[n],
             moment[n], moment[n], n % 50 == 0, n % 7 == 0, n % 11 == 0, 1, 1, 1)
            for n in range(count)
        ],
    )  # fmt: skip
    keys = [
        "everyone", "parallel:5:parents", f"class:{school.ids['5А']}:pupils",
        f"class:{school.ids['5А']}:parents", f"group:{school.ids['english_5a_1']}:pupils",
        f"person:{school.persons['pupil']}", "role:parent", "staff",
    ]  # fmt: skip
    ids = [one.id for one in Announcement.select(Announcement.id).order_by(Announcement.id)][
        -count:
    ]
    rows = [(id_, keys[n % len(keys)]) for n, id_ in enumerate(ids)]
    put_rows(Target, ["announcement_id", "key"], [*rows, *((id_, "role:hr") for id_ in ids)])
    for id_ in ids[:30]:
        fulltext.put("announcements", "announcement", id_, "экскурсия")
    db.execute_sql("ANALYZE")  # as the server does by itself after such a load


@pytest.mark.parametrize("who", ["parent", "teacher", "admin"])
def test_a_thousand_announcements_cost_as_many_statements_as_ten(school, login_as, statements, who):
    browser = login_as(who)
    urls = [
        "/announcements/",
        "/announcements/?unread=1&q=экскурсия",
        "/announcements/?page=2",
        "/",
    ]
    taken = []
    for count, first in ((16, 0), (1000, 16)):
        _many(school, count, first)
        for url in urls:  # what is remembered of the school is remembered by then
            browser.get(url)
        seen = []
        for url in urls:
            with statements() as found:
                assert browser.get(url).status_code == 200
            seen.append(len(found))
        taken.append(seen)
    assert taken[0] == taken[1]
    assert max(taken[1][:3]) <= 14


def test_a_page_holds_so_many_and_no_more(school, login_as):
    _many(school, 100, 0)
    page = login_as("admin").get("/announcements/").text
    assert page.count("board-line") == queries.PER_PAGE
    assert "page=5" in page
