"""Who writes to whom; drafts, changes, the trash; the form as browsers send it."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest

from asurso_announcements import queries, services
from asurso_announcements.models import Announcement, Change
from asurso_core import audience
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, Refused

MAY = {
    "admin": ["everyone", "5А:parents", "english_5a_1:pupils", "person:hr"],
    "deputy": ["everyone", "staff", "5А:parents"],
    "medical": ["role:parent"],
    "psychologist": ["parallel:5:pupils"],
    "class_teacher": ["5А:pupils", "5А:parents", "5А:teachers", "english_5a_1:parents",
                      "russian_5a:pupils", "person:parent"],
    "english_1": ["english_5a_1:pupils", "english_5a_1:parents", "person:pupil"],
}  # fmt: skip
MAY_NOT = {
    "class_teacher": ["everyone", "staff", "parallel:5:pupils", "5Б:pupils", "person:hr"],
    "english_1": ["5А:pupils", "5А:parents", "5А:teachers", "english_5a_2:pupils", "role:pupil",
                  "person:pupil_3"],
}  # fmt: skip


def test_one_writes_to_whom_one_may(school, write):
    for who, keys in MAY.items():
        for one in keys:
            write(who, one)
    for who, keys in MAY_NOT.items():
        for one in keys:
            with pytest.raises(Refused):
                write(who, one)


@pytest.mark.parametrize("who", ["pupil", "parent", "technical", "secretary", "hr"])
def test_readers_do_not_write(who, school, login_as):
    with pytest.raises(Refused):
        services.save(school.actor(who), None, services.Content(title="x"))
    assert login_as(who).get("/announcements/new").status_code == 403
    assert "/announcements/new" not in login_as(who).get("/announcements/").text


def test_pinning_needs_a_right_of_its_own(school, write):
    with pytest.raises(Refused):
        write("class_teacher", "5А:pupils", pinned=True)
    assert write("deputy", "5А:pupils", pinned=True).pinned


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": " "}, "text"), ({"keys": []}, "keys"), ({"title": " "}, "title"),
        ({"ends_on": dt.date(2026, 11, 23)}, "ends_on"), ({"text": "а" * 20_001}, "text"),
        ({"text": "a\x00b"}, "text"), ({"keys": [f"person:{n}" for n in range(1, 400)]}, "keys"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_before_it_is_published(school, write, wrong, field):
    row = write("admin", "everyone")
    values = {"title": "x", "text": "y", "keys": ["everyone"], **wrong}
    with pytest.raises(Invalid) as told:
        services.save(
            school.actor("admin"), row.id, services.Content(**values), version=row.version
        )
    assert set(told.value.fields) == {field}


def test_a_draft_may_be_unfinished_but_is_not_published_so(school):
    row = services.save(school.actor("admin"), None, services.Content(title="Потом"))
    with pytest.raises(Invalid) as told:
        services.publish(school.actor("admin"), row.id, version=row.version)
    assert set(told.value.fields) == {"text", "keys"}


def test_a_second_saver_gets_a_conflict_and_nothing_is_lost(school, write):
    row = write("deputy", "everyone")
    old = row.version
    content = services.Content(title="Собрание", text="В четверг", keys=["everyone"])
    services.save(school.actor("deputy"), row.id, content, version=old)
    with pytest.raises(Conflict):
        services.save(school.actor("admin"), row.id, content, version=old)
    assert Announcement.get_by_id(row.id).text == "В четверг"


def test_what_was_before_is_kept_and_told_to_author_and_administrator(school, write, key, login_as):
    row = write("class_teacher", "5А:parents", text="В среду\nв 18:00")
    content = services.Content(
        title="Собрание класса", text="В среду\nв 19:00", keys=[key("5А:parents"), key("5А:pupils")]
    )
    services.save(school.actor("class_teacher"), row.id, content, version=row.version)
    for who in ("class_teacher", "admin"):
        page = login_as(who).get(f"/announcements/{row.id}/history").text
        assert "<del>в 18:00</del>" in page
        assert "<ins>в 19:00</ins>" in page
        assert "ученики: 5А" in page
        assert "Черных Н. П." in page
    assert login_as("parent").get(f"/announcements/{row.id}/history").status_code == 403
    assert Change.select().count() == 1
    services.save(school.actor("admin"), row.id, content, version=row.version + 1)
    assert Change.select().count() == 1, "nothing was changed"


def test_who_has_left_the_class_still_mends_the_words_but_adds_nobody(school, write, key):
    from asurso_core.school.models import ClassTeacher

    row = write("class_teacher", "5А:parents")
    ClassTeacher.delete().execute()
    actor = school.actor("class_teacher")
    content = services.Content(title="Собрание", text="Отменено", keys=[key("5А:parents")])
    row = services.save(actor, row.id, content, version=row.version)
    assert row.text == "Отменено"
    with pytest.raises(Refused):
        queries.circle(actor, row.id)
    more = services.Content(title="x", text="y", keys=[key("5А:parents"), key("5А:pupils")])
    with pytest.raises(Refused):
        services.save(actor, row.id, more, version=row.version)


def test_deleting_what_others_wrote_needs_a_reason_and_is_recorded(school, write, login_as):
    row = write("class_teacher", "5А:parents", title="Сбор денег")
    for who in ("deputy", "teacher"):
        assert login_as(who).post(f"/announcements/{row.id}/delete").status_code in {403, 404}
    with pytest.raises(Invalid):
        services.delete(school.actor("admin"), row.id)
    services.delete(school.actor("admin"), row.id, "Поборы запрещены")
    found = AuditEntry.get(AuditEntry.kind == "announcements.deleted")
    assert (found.reason, found.person) == ("Поборы запрещены", school.persons["class_teacher"])
    assert login_as("parent").get(f"/announcements/{row.id}").status_code == 404
    assert "Поборы запрещены" in login_as("class_teacher").get(f"/announcements/{row.id}").text
    with pytest.raises(Refused):
        services.restore(school.actor("class_teacher"), row.id)
    services.restore(school.actor("admin"), row.id)
    assert login_as("parent").get(f"/announcements/{row.id}").status_code == 200


def test_ones_own_goes_into_the_trash_and_comes_back(school, write, login_as):
    row = write("class_teacher", "5А:parents")
    browser = login_as("class_teacher")
    assert browser.post(f"/announcements/{row.id}/delete", data={"reason": ""}).status_code == 303
    assert row.title in browser.get("/announcements/?shelf=trash").text
    assert browser.get(f"/announcements/{row.id}/edit").status_code == 403
    assert browser.post(f"/announcements/{row.id}/restore").status_code == 303
    assert row.title in login_as("parent").get("/announcements/").text


def fields(page):
    """The hidden values of the form of an announcement."""
    return dict(re.findall(r'<input[^>]*name="(op|version)"[^>]*value="([^"]*)"', page))


def test_from_the_empty_form_to_the_board_without_scripts(school, login_as, key):
    browser = login_as("class_teacher")
    form = browser.get("/announcements/new").text
    assert key("5А:parents") in form
    assert key("5Б:parents") not in form
    data = {
        **fields(form), "title": "Поход", "text": "Идём **в лес**", "keys": [key("5А:parents")],
        "appears_on": "2026-11-30", "appears_at": "07:30", "ends_on": "2026-12-05",
        "urgent": "y", "deed": "preview", "files": (io.BytesIO(b"%PDF-1.4 nonsense"), "a.pdf"),
    }  # fmt: skip
    wrong = browser.post("/announcements/new", data=data, content_type="multipart/form-data")
    assert wrong.status_code == 422
    assert Announcement.select().count() == 0
    del data["files"]
    done = browser.post("/announcements/new", data=data)
    again = browser.post("/announcements/new", data=data)
    assert done.location == again.location, "sent twice it is made once"
    preview = browser.get(done.location).text
    assert "<strong>в лес</strong>" in preview
    assert "2 человека" in preview
    row = Announcement.get()
    assert f"{row.appears_at:%d %H:%M}" == "30 03:30"
    assert login_as("parent").get(f"/announcements/{row.id}").status_code == 404
    url = f"/announcements/{row.id}/publish"
    assert browser.post(url, data={"version": "99"}).status_code == 409
    assert browser.post(url, data={"version": str(row.version)}).status_code == 303
    assert queries.waits(Announcement.get())


def test_a_person_is_found_by_name_within_the_right(school, login_as):
    data = {"deed": "find", "who": "Абрамов", "title": "Личное"}
    page = login_as("class_teacher").post("/announcements/new", data=data).text
    assert f'value="person:{school.persons["pupil"]}"' in page
    assert f'value="person:{school.persons["pupil_5"]}"' not in page
    assert 'value="Личное"' in page
    found = login_as("english_2").get("/announcements/people.json?q=абрамов").json
    assert found == {"people": []}
    assert login_as("admin").get("/announcements/people.json?q=а").json == {"people": []}


def test_people_are_counted_while_one_chooses(school, login_as, key):
    browser = login_as("class_teacher")
    keys = [key("5А:parents"), key("5А:pupils")]
    answer = browser.post("/announcements/reach", json={"keys": keys}).json
    assert answer["people"] == len(audience.members(keys)) == 6
    assert answer["words"] == "Увидят 6 человек"
    assert browser.post("/announcements/reach", json={"keys": ["everyone"]}).status_code == 403
    for bad in ({}, {"keys": ["x"]}, {"keys": [[]]}, {"keys": ["everyone"] * 301}, []):
        assert browser.post("/announcements/reach", json=bad).status_code == 422
