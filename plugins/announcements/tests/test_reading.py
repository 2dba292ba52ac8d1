"""Who reads what: one rule at every place where the words of an announcement could come out."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from asurso_announcements import queries, services
from asurso_announcements.models import Reading, Target
from asurso_core import audience, clock, files
from asurso_core.accounts import User
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import FAMILY, STAFF
from asurso_core.audit import AuditEntry
from asurso_core.errors import NotThere, Refused
from asurso_core.school import services as school_services

KEYS = [
    ["everyone"], ["staff"], ["role:parent"], ["role:deputy", "5Б:pupils"], ["parallel:5:pupils"],
    ["parallel:5:parents"], ["5А:parents"], ["5А:teachers"], ["5Б:pupils", "5Б:parents"],
    ["english_5a_2:parents"], ["english_5a_1:pupils"], ["person:hr", "person:pupil_6"],
]  # fmt: skip


def listed(actor, **more):
    return {one.id for one in queries.listing(actor, queries.Filter(**more), 1).lines}


def feed_of(actor):
    return {one.id for one in queries.feed_entries(queries.reader_of_feed(actor))}


def test_every_place_shows_exactly_what_is_meant_for_the_reader(school, write):
    """Of every account, side and audience; the two who read all of it by right are left out."""
    rows = {write("admin", *keys, title="Экскурсия").id: keys for keys in KEYS}
    reached = {id_: set(audience.members(_keys(id_))) for id_ in rows}
    for user in User.select().where(User.login.not_in(["admin", "director"])):
        for side in actor_for(user.id).sides:
            actor = actor_for(user.id, side)
            meant = {id_ for id_ in rows if _keys(id_) & audience.keys_of(actor)}
            other = STAFF if side == FAMILY else FAMILY
            rest = actor_for(user.id, other) if other in actor.sides else None
            both = meant | (
                {id_ for id_ in rows if _keys(id_) & audience.keys_of(rest)} if rest else set()
            )
            assert both == {id_ for id_ in rows if user.person_id in reached[id_]}, user.login
            assert listed(actor) == meant, (user.login, side)
            assert {one.id for one in queries.search(actor, "экскурсии", 50)} == meant
            assert {one.id for one in queries.unread(actor, 50)} == meant
            assert feed_of(services.make_feed(actor)) == meant
            for id_ in rows:
                if id_ in meant:
                    assert queries.page(actor, id_).unread
                else:
                    with pytest.raises(NotThere):
                        queries.page(actor, id_)


def _keys(id_):
    return {one.key for one in Target.select().where(Target.announcement == id_)}


def test_a_foreign_announcement_is_not_there_at_any_address(write, login_as):
    id_ = write("admin", "5Б:pupils", title="Тайная экскурсия").id
    browser = login_as("pupil")
    for url in (f"/announcements/{id_}", f"/announcements/{id_}/read",
                f"/announcements/{id_}/acknowledge"):  # fmt: skip
        assert browser.post(url).status_code in {404, 405}
        assert browser.get(url).status_code in {404, 405}
    for url in ("/", "/announcements/", "/announcements/?shelf=archive", "/announcements/?q=тайная",
                "/people/search?q=тайная"):  # fmt: skip
        assert "экскурсия" not in browser.get(url).text
    assert "Тайная экскурсия" in login_as("pupil_6").get("/").text


def test_a_pupil_who_changes_classes_reads_at_once_what_the_new_class_reads(school, write):
    old, new = write("admin", "5А:pupils"), write("admin", "5Б:pupils")
    assert listed(school.actor("pupil")) == {old.id}
    school_services.move_pupil(
        school.actor("admin"), school.persons["pupil"], school.ids["5Б"], clock.today()
    )
    assert listed(school.actor("pupil")) == {new.id}
    with pytest.raises(NotThere):
        queries.find(school.actor("pupil"), old.id)


def test_an_announcement_has_its_time(school, write, clock):
    soon = dt.datetime.fromisoformat("2026-11-25T04:00")  # 8 o'clock at school
    row = write("deputy", "everyone", appears_at=soon, ends_on=dt.date(2026, 11, 26))
    pupil, author, admin = (school.actor(one) for one in ("pupil", "deputy", "admin"))
    assert listed(pupil) == listed(pupil, shelf="archive") == set()
    assert listed(author, shelf="mine") == listed(admin, shelf="planned") == {row.id}
    with pytest.raises(NotThere):
        queries.find(pupil, row.id)
    clock.move("2026-11-25T08:00")
    assert listed(pupil) == {row.id}
    clock.move("2026-11-26T23:59")
    assert listed(pupil) == {row.id}
    clock.move("2026-11-27T00:01")
    assert listed(pupil) == feed_of(services.make_feed(pupil)) == set()
    assert queries.unread(pupil, 9) == []
    assert listed(pupil, shelf="archive") == {row.id}
    assert queries.page(pupil, row.id).state == "ended"


def test_a_draft_is_its_authors_alone_and_a_family_writes_nothing(school, write):
    row = services.save(school.actor("deputy"), None, services.Content(title="Черновик"))
    assert listed(school.actor("deputy"), shelf="mine") == {row.id}
    for who in ("admin", "director", "teacher"):
        with pytest.raises(NotThere):
            queries.find(school.actor(who), row.id)
    mine = write("teacher_parent", "maths_5b:pupils")
    assert queries.find(school.actor("teacher_parent", STAFF), mine.id)
    with pytest.raises(NotThere):
        queries.find(school.actor("teacher_parent", FAMILY), mine.id)


def test_pinned_ones_stand_first_and_unread_ones_can_be_asked_for(school, write, login_as):
    first = write("admin", "everyone", title="Правила", pinned=True)
    other = write("admin", "everyone", title="Новость", urgent=True)
    pupil = school.actor("pupil")
    found = queries.listing(pupil, queries.Filter(), 1).lines
    assert [one.id for one in found] == [first.id, other.id]
    assert [one.id for one in queries.unread(pupil, 5)] == [other.id, first.id]
    services.mark_read(pupil, first.id)
    assert listed(pupil, unread=True) == {other.id}
    author = school.persons["admin"]
    assert listed(pupil, author=author) == {first.id, other.id}
    assert listed(pupil, key="role:parent") == set()
    page = login_as("pupil").get("/announcements/?q=новости&unread=1").text
    assert "Новость" in page
    assert "Правила" not in page


def test_reading_is_a_deed_of_its_own(school, write, login_as):
    row = write("admin", "everyone")
    browser = login_as("pupil")
    page = browser.get(f"/announcements/{row.id}").text
    assert Reading.select().count() == 0
    assert 'id="read-button"' in page
    assert browser.post(f"/announcements/{row.id}/read").status_code == 303
    again = browser.post(f"/announcements/{row.id}/read", json={})
    assert again.json == {"ok": True}
    assert Reading.select().count() == 1
    assert 'id="read-button"' not in browser.get(f"/announcements/{row.id}").text


def test_who_is_not_meant_leaves_no_mark(school, write):
    row = write("deputy", "5А:parents")
    for who in ("admin", "deputy"):
        services.mark_read(school.actor(who), row.id)
    assert Reading.select().count() == 0


def test_acknowledging_is_noted_once_with_its_moment(school, write, login_as, clock):
    row = write("admin", "5А:parents", must_acknowledge=True)
    browser = login_as("parent")
    assert browser.post("/announcements/read").status_code == 303
    assert "нужно ознакомиться" in browser.get("/announcements/").text
    browser.post(f"/announcements/{row.id}/acknowledge")
    clock.move("2026-11-24T10:10")
    browser.post(f"/announcements/{row.id}/acknowledge")
    found = Reading.get()
    assert f"{found.acknowledged_at:%H:%M}" == "06:00"
    assert AuditEntry.select().where(AuditEntry.kind == "announcements.acknowledged").count() == 1
    assert "24.11.2026 10:00" in browser.get(f"/announcements/{row.id}").text
    assert "нужно ознакомиться" not in browser.get("/").text
    for who in ("admin", "class_teacher"):
        with pytest.raises((Refused, NotThere)):
            services.acknowledge(school.actor(who), row.id)


def test_an_important_change_makes_it_new_for_everybody(school, write, key):
    row = write("admin", "5А:parents", must_acknowledge=True)
    parent = school.actor("parent")
    services.acknowledge(parent, row.id)
    for anew in (False, True):
        assert not queries.page(parent, row.id).to_acknowledge
        content = services.Content(
            title=row.title, text=f"В пятницу {anew}", keys=[key("5А:parents")],
            must_acknowledge=True, anew=anew,
        )  # fmt: skip
        row = services.save(school.actor("admin"), row.id, content, version=row.version)
    assert queries.page(parent, row.id).to_acknowledge
    services.mark_read(parent, row.id)
    assert queries.page(parent, row.id).to_acknowledge


@pytest.fixture
def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "PNG")
    return lambda: FileStorage(io.BytesIO(out.getvalue()), filename="план.png")


def test_a_file_is_had_by_whoever_reads_its_announcement(school, write, login_as, picture):
    made = files.receive("announcements.file", picture())
    row = write("admin", "5А:pupils", add=[made])
    page = login_as("pupil").get(f"/announcements/{row.id}").text
    url = re.search(r'href="(/files/[^"]+)"', page)[1]
    assert login_as("pupil").get(url).mimetype.startswith("image/")
    assert login_as("pupil_6").get(url).status_code == 404
    services.delete(school.actor("admin"), row.id)
    assert login_as("pupil").get(url).status_code == 404
    assert login_as("admin").get(url).status_code == 200
