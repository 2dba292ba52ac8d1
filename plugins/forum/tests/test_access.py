"""Who enters which section: own and foreign, everywhere where its words could come out."""

from __future__ import annotations

import pytest

from asurso_core.errors import Invalid, NotThere, Refused
from asurso_forum import queries, services

SECRET = "тайная экскурсия на завод"


@pytest.fixture
def foreign(section, topic):
    """A section of 5Б with a topic; the pupil learns in 5А."""
    where = section("Только 5Б", classes=["5Б"])
    return topic(where, "teacher_parent", "Завод", text=SECRET)


def _addresses(topic, message):
    return [
        ("get", f"/forum/section/{topic.section_id}"),
        ("get", f"/forum/section/{topic.section_id}/new"),
        ("post", f"/forum/section/{topic.section_id}/new"),
        ("post", f"/forum/section/{topic.section_id}/read"),
        ("get", f"/forum/topic/{topic.id}"),
        ("get", f"/forum/topic/{topic.id}/unread"),
        ("get", f"/forum/topic/{topic.id}/people.json?q=ким"),
        ("post", f"/forum/topic/{topic.id}/write"),
        ("post", f"/forum/topic/{topic.id}/read"),
        ("post", f"/forum/topic/{topic.id}/subscribe"),
        ("post", f"/forum/topic/{topic.id}/vote"),
        ("get", f"/forum/message/{message.id}"),
        ("get", f"/forum/message/{message.id}/quote"),
        ("get", f"/forum/message/{message.id}/edit"),
        ("get", f"/forum/message/{message.id}/delete"),
        ("post", f"/forum/message/{message.id}/delete"),
        ("get", f"/forum/message/{message.id}/report"),
        ("post", f"/forum/message/{message.id}/report"),
        ("post", f"/forum/message/{message.id}/react"),
    ]


def test_a_foreign_section_is_not_there_at_any_address(foreign, login_as):
    browser = login_as("pupil")
    message = queries.Message.get(queries.Message.topic == foreign)
    data = {"text": "x", "number": "1", "reason": "spam", "kind": "agree", "title": "x"}
    for method, url in _addresses(foreign, message):
        found = getattr(browser, method)(url, **({"data": data} if method == "post" else {}))
        assert found.status_code == 404, url
        assert "завод" not in found.text.lower()


@pytest.mark.parametrize(
    "url", ["/", "/forum/", "/forum/search?q=экскурсии", "/people/search?q=экскурсии"]
)
def test_a_foreign_section_is_in_no_list_and_no_search(foreign, login_as, url):
    assert "Завод" not in login_as("pupil").get(url).text
    assert "Завод" in login_as("pupil_6").get(url).text or url == "/forum/"


@pytest.mark.parametrize(
    ("who", "side", "reads"),
    [
        ("pupil", None, False), ("pupil_6", None, True), ("parent", None, True),
        ("other_parent", None, True), ("teacher_parent", "family", False),
        ("teacher_parent", "staff", True), ("teacher", None, False), ("director", None, False),
        ("admin", None, True),
    ],
)  # fmt: skip
def test_a_class_section_opens_to_its_pupils_parents_and_teachers(
    foreign, school, who, side, reads
):
    actor = school.actor(who, side)
    assert bool(queries.search(actor, "экскурсия")) is reads
    if reads:
        assert queries.topic_page(actor, foreign.id, 1).messages
    else:
        with pytest.raises(NotThere):
            queries.topic_page(actor, foreign.id, 1)


def test_who_reads_need_not_write(section, topic, school, login_as):
    where = section("Новости", writers=["teacher"])
    news = topic(where)
    with pytest.raises(Refused):
        services.write(school.actor("pupil"), news.id, "x")
    page = login_as("pupil").get(f"/forum/topic/{news.id}").text
    assert "Поход" in page
    assert "<textarea" not in page
    assert login_as("pupil").get(f"/forum/section/{where.id}/new").status_code == 403


def test_a_changed_right_holds_at_once(section, topic, school):
    where = section(classes=["5А"])
    topic(where)
    assert queries.search(school.actor("pupil"), "экскурсия")
    services.save_section(
        school.actor("admin"), where.id, title="Школа", about="", position=1, archived=False,
        readers=["teacher"], writers=[], classes=[], moderators=[], version=1,
    )  # fmt: skip
    assert queries.search(school.actor("pupil"), "экскурсия") == []


def test_technical_staff_have_no_forum_and_the_administrator_has_all(section, login_as):
    section("Учителя", readers=["teacher"], writers=["teacher"])
    assert login_as("technical").get("/forum/").status_code == 403
    assert "Учителя" in login_as("admin").get("/forum/").text
    assert "Учителя" not in login_as("secretary").get("/forum/").text


def test_a_moved_topic_is_found_only_by_readers_of_its_new_section(section, topic, school):
    here, there = section("Все"), section("Учителя", readers=["teacher"], writers=["teacher"])
    made = topic(here)
    services.change_topic(
        school.actor("admin"), made.id, title=made.title, pinned=False, closed=False,
        section_id=there.id, version=1,
    )  # fmt: skip
    assert queries.search(school.actor("pupil"), "экскурсия") == []
    assert queries.search(school.actor("teacher"), "экскурсия")


def test_a_topic_cannot_be_moved_where_one_does_not_write(section, topic, school):
    made = topic(section("Все"))
    director_only = section("Совет", readers=["director"], writers=["director"])
    with pytest.raises(Invalid) as caught:
        services.change_topic(
            school.actor("teacher"), made.id, title="x", pinned=False, closed=False,
            section_id=director_only.id, version=1,
        )  # fmt: skip
    assert "section" in caught.value.fields
