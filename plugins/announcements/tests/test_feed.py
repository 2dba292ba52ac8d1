"""The feed: secret, revocable, well formed, and nothing in it that its owner may not read."""

from __future__ import annotations

import hashlib
from xml.etree import ElementTree as ET

import pytest

from asurso_announcements import queries, services
from asurso_announcements.models import Feed, Target
from asurso_core.accounts import User
from asurso_core.actors import FAMILY, STAFF
from asurso_core.db import put_rows

ATOM = "{http://www.w3.org/2005/Atom}"


def titles(answer):
    return [one.findtext(f"{ATOM}title") for one in ET.fromstring(answer.data).iter(f"{ATOM}entry")]


def test_a_feed_shows_what_its_owner_reads_on_its_side(school, write, client):
    write("admin", "5А:parents", title="Родителям")
    write("admin", "staff", title="Сотрудникам", urgent=True)
    for side, wanted in ((FAMILY, ["Родителям"]), (STAFF, ["Срочно: Сотрудникам"])):
        token = services.make_feed(school.actor("teacher_parent", side))
        answer = client.get(f"/announcements/feed/{token}")
        assert answer.mimetype == "application/atom+xml"
        assert titles(answer) == wanted


def test_any_text_makes_a_feed_that_can_be_read(school, write, client):
    hostile = "<b>&amp; ]]> \x0b\x1f\ufffe\u202e «ё» 😀 <script>alert(1)</script>"
    write("admin", "everyone", title=hostile[:150], text=f"{hostile}\n\n[x](javascript:alert(1))")
    token = services.make_feed(school.actor("pupil"))
    answer = client.get(f"/announcements/feed/{token}")
    (title,) = titles(answer)
    assert title == "<b>&amp; ]]> \u202e «ё» 😀 <script>alert(1)</script>"
    content = next(ET.fromstring(answer.data).iter(f"{ATOM}content"))
    assert content.get("type") == "html"
    assert "<script" not in content.text
    assert "javascript:" not in content.text.replace("(javascript:alert(1))", "")


def test_what_has_not_changed_is_not_sent_again(school, write, client):
    write("admin", "everyone")
    url = f"/announcements/feed/{services.make_feed(school.actor('pupil'))}"
    tag = client.get(url).headers["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    write("admin", "everyone", title="Новое")
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_every_token_that_opens_nothing_gets_one_answer(school, write, login_as, client):
    write("admin", "everyone")
    pupil = school.actor("pupil")
    old = services.make_feed(pupil)
    renewed = services.make_feed(pupil)
    revoked = services.make_feed(school.actor("parent"))
    login_as("parent").post("/announcements/feed/revoke")
    blocked = services.make_feed(school.actor("pupil_2"))
    User.update(state="blocked").where(User.id == school.users["pupil_2"]).execute()
    one_time = services.make_feed(school.actor("pupil_3"))
    User.update(must_change=True).where(User.id == school.users["pupil_3"]).execute()
    other_side = services.make_feed(school.actor("pupil_4"))
    Feed.update(side=STAFF).where(Feed.person == school.persons["pupil_4"]).execute()
    assert client.get(f"/announcements/feed/{renewed}").status_code == 200
    answers = {
        (found.status_code, found.data, found.headers["Cache-Control"], "ETag" in found.headers)
        for token in (old, revoked, blocked, one_time, other_side, "x" * 43, "x", renewed[:-1],
                      renewed + "x", "ё" * 43)
        for found in [client.get(f"/announcements/feed/{token}")]
    }  # fmt: skip
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


def test_only_the_hash_is_kept_and_the_address_is_shown_once(school, login_as):
    browser = login_as("parent")
    page = browser.post("/announcements/feed").text
    token = page.split("/announcements/feed/")[1][:43]
    kept = Feed.get()
    assert kept.digest == hashlib.sha256(token.encode()).hexdigest()
    assert token not in browser.get("/announcements/feed").text
    assert queries.reader_of_feed(token).person_id == school.persons["parent"]


def test_a_feed_holds_the_newest_fifty(school, write, client):
    first = write("admin", "everyone")
    from asurso_announcements.models import Announcement

    many = [
        ("Новость", "Текст", "published", first.created_at, first.created_at, first.created_at)
        for _number in range(60)
    ]
    columns = ["title", "text", "state", "created_at", "changed_at", "appears_at"]
    Announcement.insert_many([dict(zip(columns, one, strict=True)) for one in many]).execute()
    ids = [one.id for one in Announcement.select(Announcement.id).where(Announcement.id > first.id)]
    put_rows(Target, ["announcement_id", "key"], [(id_, "everyone") for id_ in ids])
    token = services.make_feed(school.actor("pupil"))
    assert len(titles(client.get(f"/announcements/feed/{token}"))) == 50


@pytest.mark.parametrize("path", ["/announcements/feed", "/announcements/"])
def test_the_pages_themselves_need_a_sign_in(client, path):
    assert client.get(path).status_code == 302
