"""Reports, the queue, hiding and bringing back: what is hidden is nowhere to be read."""

from __future__ import annotations

import pytest

from asurso_core import search as everywhere
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_forum import queries, services
from asurso_forum.models import Message, Report, Topic

BAD = "Гадкоеслово про одноклассника"


@pytest.fixture
def bad(section, topic, write):
    """A topic with a message that has to go."""
    return write("pupil", topic(section(moderators=["psychologist"])), BAD)


def _everything(browser, message):
    """All that a reader can open around a message."""
    topic = Message.get_by_id(message.id).topic
    urls = [
        "/", "/forum/", f"/forum/section/{topic.section_id}", f"/forum/topic/{topic.id}",
        f"/forum/topic/{topic.id}/unread", f"/forum/message/{message.id}",
        f"/forum/message/{message.id}/quote", f"/forum/message/{message.id}/report",
        f"/forum/message/{message.id}/history", f"/forum/message/{message.id}/edit",
        f"/forum/message/{message.id}/delete", f"/forum/message/{message.id}/hide",
        "/forum/search?q=гадкоеслово", "/people/search?q=гадкоеслово",
    ]  # fmt: skip
    return "".join(
        browser.get(url, follow_redirects=True).text.replace("?q=гадкоеслово", "") for url in urls
    )


@pytest.mark.parametrize("deed", ["hide", "delete"])
@pytest.mark.parametrize("who", ["parent", "pupil_2", "teacher_parent"])
def test_a_message_taken_away_can_be_read_nowhere(bad, school, login_as, deed, who):
    assert "Гадкоеслово" in _everything(login_as(who), bad)
    getattr(services, deed)(school.actor("admin"), bad.id, "Оскорбление")
    seen = _everything(login_as(who), bad)
    assert "Гадкоеслово" not in seen
    assert "Оскорбление" in seen
    assert everywhere.find(school.actor(who), "гадкоеслово") == []


def test_a_moderator_still_sees_it_and_brings_it_back(bad, school, login_as):
    services.hide(school.actor("admin"), bad.id, "Оскорбление")
    browser = login_as("admin")
    assert "Гадкоеслово" in browser.get(f"/forum/topic/{bad.topic_id}").text
    browser.post(f"/forum/message/{bad.id}/restore")
    assert "Гадкоеслово" in login_as("parent").get(f"/forum/topic/{bad.topic_id}").text
    assert queries.search(school.actor("parent"), "гадкоеслово")


def test_hiding_needs_a_reason_and_the_right(bad, school):
    with pytest.raises(Invalid):
        services.hide(school.actor("admin"), bad.id, " ")
    for who in ("parent", "pupil_2", "class_teacher"):
        with pytest.raises(Refused):
            services.hide(school.actor(who), bad.id, "x")
    with pytest.raises(NotThere):  # moderates other sections, and does not read this one
        services.hide(school.actor("director"), bad.id, "x")
    assert Message.get_by_id(bad.id).state == "open"


def test_a_named_moderator_moderates_own_section_only(bad, section, topic, school):
    foreign = topic(section("Другой", readers=["psychologist", "teacher"]), "teacher")
    services.hide(school.actor("psychologist"), bad.id, "x")
    with pytest.raises(Refused):
        services.hide(school.actor("psychologist"), foreign_message(foreign).id, "x")


def foreign_message(topic):
    return Message.get(Message.topic == topic)


def test_a_teacher_moderates_topics_that_he_opened(section, topic, write, school):
    where = section()
    mine, others = topic(where, "teacher"), topic(where, "class_teacher")
    a, b = write("parent", mine), write("parent", others)
    services.hide(school.actor("teacher"), a.id, "не по теме")
    with pytest.raises(Refused):
        services.hide(school.actor("teacher"), b.id, "не по теме")


def test_a_report_comes_to_the_moderator_with_its_reason(bad, login_as, school):
    browser = login_as("parent")
    browser.post(f"/forum/message/{bad.id}/report", data={"reason": "insult", "note": "Обидно"})
    browser.post(f"/forum/message/{bad.id}/report", data={"reason": "spam"})
    page = login_as("psychologist").get("/forum/moderation").text
    assert "Обидно" in page
    assert "Гадкоеслово" in page
    assert Report.select().count() == 1
    assert "Гадкоеслово" not in login_as("teacher_parent").get("/forum/moderation").text
    login_as("psychologist").post(
        f"/forum/message/{bad.id}/hide", data={"reason": "Грубо", "from": "queue"}
    )
    assert Report.get().state == "accepted"
    assert "Гадкоеслово" not in login_as("psychologist").get("/forum/moderation").text


def test_a_report_without_ground_is_put_aside(bad, login_as, school):
    services.report(school.actor("parent"), bad.id, "other")
    login_as("admin").post(f"/forum/message/{bad.id}/restore", data={"from": "queue"})
    assert Report.get().state == "rejected"
    assert Message.get_by_id(bad.id).state == "open"


def test_enough_reports_hide_until_somebody_looks(bad, school, login_as):
    for who in ("parent", "pupil_2", "pupil_3"):
        services.report(school.actor(who), bad.id, "insult")
    assert "Гадкоеслово" not in _everything(login_as("pupil_4"), bad)
    assert "Гадкоеслово" in login_as("admin").get("/forum/moderation").text


def test_nobody_reports_oneself_or_too_often(bad, school, topic, section, monkeypatch):
    with pytest.raises(Refused):
        services.report(school.actor("pupil"), bad.id, "spam")
    with pytest.raises(Invalid):
        services.report(school.actor("parent"), bad.id, "nonsense")
    monkeypatch.setattr("asurso_forum.services.moderation.MOST_REPORTS", 0)
    with pytest.raises(Refused):
        services.report(school.actor("pupil_2"), bad.id, "spam")


def test_messages_of_pupils_wait_where_the_school_says_so(
    section, topic, write, rules, school, login_as
):
    rules(pupil_wait=True)
    made = topic(section())
    waiting = write("pupil", made, BAD)
    assert "Гадкоеслово" not in _everything(login_as("parent"), waiting)
    assert "Гадкоеслово" in login_as("pupil").get(f"/forum/topic/{made.id}").text
    assert queries.sections(school.actor("parent"))[0].unread == 1
    services.mark_read(school.actor("parent"), made.id, 1)
    assert queries.fresh(school.actor("parent")) == []
    services.restore(school.actor("teacher"), waiting.id)  # the teacher opened the topic
    assert "Гадкоеслово" in login_as("parent").get(f"/forum/topic/{made.id}").text
    assert queries.fresh(school.actor("parent"))


def test_a_topic_whose_only_message_waits_is_not_there(section, topic, rules, login_as):
    rules(pupil_wait=True)
    made = topic(section(), "pupil", "Гадкоеслово в заголовке")
    for url in (f"/forum/topic/{made.id}", f"/forum/topic/{made.id}/unread"):
        assert login_as("parent").get(url).status_code == 404
    assert "Гадкоеслово" not in login_as("parent").get(f"/forum/section/{made.section_id}").text
    assert login_as("pupil").get(f"/forum/topic/{made.id}").status_code == 200


def test_an_author_deletes_a_fresh_message_and_its_place_stays(section, topic, write, school):
    made = topic(section())
    message = write("pupil", made, BAD)
    write("parent", made, "Ответ")
    services.delete(school.actor("pupil"), message.id, "")
    lines = queries.topic_page(school.actor("parent"), made.id, 1).messages
    assert [(one.number, one.state, one.readable) for one in lines] == [
        (1, "open", True), (2, "deleted", False), (3, "open", True),
    ]  # fmt: skip
    with pytest.raises(NotThere):
        services.delete(school.actor("parent"), message.id, "")


def test_a_closed_topic_takes_no_message_but_the_moderators(
    section, topic, write, school, login_as
):
    made = topic(section())
    services.change_topic(
        school.actor("teacher"), made.id, title=made.title, pinned=True, closed=True,
        section_id=made.section_id, version=1,
    )  # fmt: skip
    with pytest.raises(Refused):
        write("pupil", made)
    write("teacher", made, "Итоги")
    page = login_as("pupil").get(f"/forum/topic/{made.id}").text
    assert "<textarea" not in page
    with pytest.raises(Conflict):
        services.change_topic(
            school.actor("teacher"), made.id, title="x", pinned=True, closed=True,
            section_id=made.section_id, version=1,
        )  # fmt: skip


def test_a_deleted_topic_is_gone_and_comes_back_whole(section, topic, write, school, login_as):
    made = topic(section())
    message = write("pupil", made, BAD)
    services.delete_topic(school.actor("admin"), made.id, "Ссора")
    for url in (f"/forum/topic/{made.id}", f"/forum/message/{message.id}"):
        assert login_as("parent").get(url).status_code == 404
    assert queries.search(school.actor("parent"), "гадкоеслово") == []
    assert "Поход" not in login_as("parent").get("/").text
    assert "Поход" in login_as("admin").get(f"/forum/section/{made.section_id}").text
    with pytest.raises(NotThere):
        services.write(school.actor("pupil_2"), made.id, "x")
    services.restore_topic(school.actor("admin"), made.id)
    assert queries.search(school.actor("parent"), "гадкоеслово")
    assert Topic.get_by_id(made.id).state == "open"


def test_an_archived_section_is_read_only(section, topic, write, school, login_as):
    where = section()
    made = topic(where)
    services.save_section(
        school.actor("admin"), where.id, title="Школа", about="", position=1, archived=True,
        readers=["teacher", "pupil"], writers=["pupil"], classes=[], moderators=[], version=1,
    )  # fmt: skip
    with pytest.raises(Refused):
        write("pupil", made)
    assert "Поход" in login_as("pupil").get(f"/forum/topic/{made.id}").text
