"""Writing, changing, quoting, naming, reacting, voting, reading."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, Refused
from asurso_core.testing.make import TODAY
from asurso_forum import queries, services
from asurso_forum.models import Mention, Message, OldText, PollVote, ReadMark, Topic
from asurso_forum.services.topics import NewPoll

NOON = dt.datetime.fromisoformat(TODAY)


def later(**span):
    return clock.frozen((NOON + dt.timedelta(**span)).isoformat())


def test_a_pupil_writes_and_everybody_of_the_section_reads(section, topic, write, login_as):
    made = topic(section(classes=["5А"]))
    write("pupil", made, "Я **иду**!\nИ мама.")
    page = login_as("class_teacher").get(f"/forum/topic/{made.id}").text
    assert "<strong>иду</strong>!<br>" in page
    assert "Абрамов Е. И." in page


def test_a_message_sent_twice_is_written_once(section, topic, login_as):
    made = topic(section())
    browser = login_as("teacher")
    for _try in range(2):
        answer = browser.post(f"/forum/topic/{made.id}/write", data={"text": "Да", "op": "op-1"})
        assert answer.location.endswith(f"/forum/topic/{made.id}#m2")
    assert Message.select().where(Message.topic == made).count() == 2


def test_an_empty_message_keeps_the_page_and_writes_nothing(section, topic, login_as):
    made = topic(section())
    answer = login_as("teacher").post(f"/forum/topic/{made.id}/write", data={"text": "  "})
    assert answer.status_code == 422
    assert Message.select().where(Message.topic == made).count() == 1


def test_an_author_changes_a_message_within_the_window_and_the_old_text_stays(
    section, topic, write, school, login_as
):
    made = topic(section())
    message = write("pupil", made, "Стараяфраза")
    with later(minutes=14):
        services.edit(school.actor("pupil"), message.id, "Новая фраза", version=1)
    with later(minutes=15):
        page = login_as("parent").get(f"/forum/topic/{made.id}").text
    assert "изменено" in page
    assert "Стараяфраза" not in page
    assert [one.text for one in OldText.select()] == ["Стараяфраза"]
    assert "Стараяфраза" in login_as("admin").get(f"/forum/message/{message.id}/history").text
    assert login_as("parent").get(f"/forum/message/{message.id}/history").status_code == 403
    assert queries.search(school.actor("pupil"), "старая фраза") == []


def test_after_the_window_nobody_changes_and_never_somebody_elses(section, topic, write, school):
    message = write("pupil", topic(section()), "Раз")
    with later(minutes=16), pytest.raises(Refused):
        services.edit(school.actor("pupil"), message.id, "Два", version=1)
    for who in ("parent", "teacher", "admin"):
        with pytest.raises(Refused):
            services.edit(school.actor(who), message.id, "Два", version=1)
    assert Message.get_by_id(message.id).text == "Раз"


def test_two_windows_of_one_author_do_not_overwrite_each_other(section, topic, write, school):
    message = write("pupil", topic(section()), "Раз")
    services.edit(school.actor("pupil"), message.id, "Два", version=1)
    with pytest.raises(Conflict):
        services.edit(school.actor("pupil"), message.id, "Три", version=1)


def test_the_button_quote_gives_the_text_with_its_author(section, topic, write, login_as):
    made = topic(section())
    message = write("pupil", made, "Берём\n> чужое\nпалатки")
    page = login_as("parent").get(f"/forum/message/{message.id}/quote").text
    assert "&gt; **Абрамов Е. И.:**\n&gt; Берём\n&gt; палатки" in page.replace("\r", "")
    data = login_as("parent").get(
        f"/forum/message/{message.id}/quote", headers={"Accept": "application/json"}
    )
    assert data.get_json()["text"].startswith("> **Абрамов Е. И.:**")


def test_limits_of_pupils(section, topic, write, rules, school):
    rules(pupil_messages_a_day=2, pupil_longest=100, pupil_topics_a_day=0)
    made = topic(section())
    write("pupil", made)
    with pytest.raises(Refused, match="20"):
        write("pupil", made)
    with pytest.raises(Invalid), later(minutes=1):
        write("pupil", made, "я" * 101)
    with later(minutes=1):
        write("pupil", made)
    with later(minutes=2), pytest.raises(Refused, match="2"):
        write("pupil", made)
    with later(days=1), pytest.raises(Refused):
        topic(made.section, "pupil")
    with later(days=1):
        write("pupil", made)
    for _n in range(3):
        write("teacher", made, "Учителя пишут сколько нужно")


def test_unread_topics_are_told_apart(section, topic, write, school, login_as):
    where = section()
    made = topic(where)
    other = topic(where, title="Другое")
    parent = school.actor("parent")
    assert queries.sections(parent)[0].unread == 2
    services.mark_read(parent, made.id, 1)
    services.mark_read(parent, made.id, 99)  # beyond the end means the end
    assert [one.title for one in queries.fresh(parent)] == ["Другое"]
    write("teacher", made, "Ещё")
    assert {one.id for one in queries.fresh(parent)} == {made.id, other.id}
    answer = login_as("parent").get(f"/forum/topic/{made.id}/unread")
    assert answer.location.endswith(f"/forum/topic/{made.id}#m2")
    services.mark_section_read(parent, where.id)
    assert queries.fresh(parent) == []
    services.mark_read(parent, made.id, 1)  # never backwards
    assert (
        ReadMark.get(ReadMark.person == school.persons["parent"], ReadMark.topic == made).number
        == 2
    )


def test_looking_writes_nothing_and_the_button_marks_as_read(section, topic, login_as, school):
    made = topic(section())
    browser = login_as("pupil")
    page = browser.get(f"/forum/topic/{made.id}").text
    assert "read-button" in page
    browser.post(f"/forum/topic/{made.id}/read", json={"number": 1})
    assert "read-button" not in browser.get(f"/forum/topic/{made.id}").text
    assert "Поход" not in browser.get("/").text


def test_a_mention_names_one_person_who_writes_there(section, topic, write, school, login_as):
    made = topic(section())
    write("pupil", made)
    write("pupil_5", made)  # Абрамова Ника: the surname alone is not enough for Абрамов
    write("parent", made, "@Абрамов Егор, @Мартынюк, @Сидоров, почта@ким.рф")
    named = {one.person_id for one in Mention.select()}
    assert named == {school.persons["pupil"], school.persons["teacher"]}
    assert "здесь упомянули вас" in login_as("pupil").get(f"/forum/topic/{made.id}").text
    assert "здесь упомянули вас" not in login_as("pupil_5").get(f"/forum/topic/{made.id}").text


def test_names_are_offered_by_the_surname_of_those_who_write_there(section, topic, write, login_as):
    made = topic(section())
    write("pupil", made)
    found = login_as("parent").get(f"/forum/topic/{made.id}/people.json?q=абр").get_json()
    assert found["names"] == ["Абрамов Егор"]
    for q in ("яковл", "", "%", "егор"):
        found = login_as("parent").get(f"/forum/topic/{made.id}/people.json?q={q}").get_json()
        assert found["names"] == []


def test_a_reaction_is_put_and_taken_back(section, topic, school):
    made = topic(section())
    first = Message.get(Message.topic == made)
    services.react(school.actor("pupil"), first.id, "thanks")
    services.react(school.actor("parent"), first.id, "thanks")
    line = queries.topic_page(school.actor("pupil"), made.id, 1).messages[0]
    assert line.reactions[0][0] == "thanks"
    assert line.reactions[0][2:] == (2, True)
    services.react(school.actor("pupil"), first.id, "thanks")
    line = queries.topic_page(school.actor("pupil"), made.id, 1).messages[0]
    assert line.reactions[0][2:] == (1, False)
    with pytest.raises(Refused):
        services.react(school.actor("teacher"), first.id, "thanks")
    with pytest.raises(Invalid):
        services.react(school.actor("pupil"), first.id, "hate")


def _options(topic):
    return [row[0] for row in queries._poll(_nobody(), topic, True).options]


def _nobody():
    from asurso_core.actors import system

    return system("tests")


def test_a_poll_shows_results_after_voting(section, topic, school, login_as):
    poll = NewPoll(question="Куда?", options=["Лес", "Музей", "Лес", " "], ends=NOON.date())
    made = topic(section(), poll=poll)
    pupil, parent = school.actor("pupil"), school.actor("parent")
    forest, museum = _options(made)
    assert [row[2] for row in queries.topic_page(pupil, made.id, 1).poll.options] == [None, None]
    services.vote(parent, made.id, [museum])
    services.vote(pupil, made.id, [forest])
    assert [row[2] for row in queries.topic_page(pupil, made.id, 1).poll.options] == [1, 1]
    with pytest.raises(Refused):
        services.vote(pupil, made.id, [museum])
    with pytest.raises(Invalid):
        services.vote(school.actor("pupil_2"), made.id, [forest, museum])
    with pytest.raises(Invalid):
        services.vote(school.actor("pupil_2"), made.id, [museum + 100])
    with later(days=1), pytest.raises(Refused):
        services.vote(school.actor("pupil_2"), made.id, [forest])
    assert PollVote.select().count() == 2
    assert "Куда?" in login_as("pupil_2").get(f"/forum/topic/{made.id}").text


def test_several_answers_where_the_poll_allows(section, topic, school):
    made = topic(section(), poll=NewPoll(question="Когда?", options=["Сб", "Вс"], multiple=True))
    services.vote(school.actor("pupil"), made.id, _options(made))
    view = queries.topic_page(school.actor("pupil"), made.id, 1).poll
    assert (view.voters, [row[2] for row in view.options]) == (1, [1, 1])


@pytest.mark.parametrize("options", [["Один"], ["Да", "да ", "Да"][:1] * 3, ["x"] * 1, []])
def test_a_poll_needs_two_different_answers(section, topic, options):
    with pytest.raises(Invalid):
        topic(section(), poll=NewPoll(question="?", options=options))
    assert not Topic.select().exists()


def test_a_topic_with_a_poll_is_opened_by_the_form(section, login_as):
    where = section()
    answer = login_as("teacher").post(
        f"/forum/section/{where.id}/new",
        data={"title": "Поход", "text": "Идём?", "question": "Куда?", "options": "Лес\r\nМузей"},
    )
    assert answer.status_code == 303
    assert "Музей" in login_as("pupil").get(answer.location).text


def test_following_is_kept(section, topic, login_as, school):
    made = topic(section())
    browser = login_as("pupil")
    browser.post(f"/forum/topic/{made.id}/subscribe")
    assert queries.topic_page(school.actor("pupil"), made.id, 1).subscribed
    browser.post(f"/forum/topic/{made.id}/subscribe")
    assert not queries.topic_page(school.actor("pupil"), made.id, 1).subscribed


def test_every_deed_leaves_one_entry_without_the_words(section, topic, write, school):
    made = topic(section(), text="совершенносекретно")
    message = write("pupil", made, "совершенносекретно")
    services.hide(school.actor("admin"), message.id, "грубость")
    kinds = [one.kind for one in AuditEntry.select().order_by(AuditEntry.id)]
    assert kinds[-3:] == ["forum.topic_opened", "forum.message_written", "forum.message_hidden"]
    for entry in AuditEntry.select():
        assert "совершенносекретно" not in f"{entry.before} {entry.after} {entry.reason}"


@pytest.mark.parametrize("url", ["/forum/", "/", "/forum/section/{s}", "/forum/topic/{t}"])
def test_hostile_words_stay_words_on_every_page(section, topic, write, login_as, url):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    where = section(bad)
    made = topic(where, title=bad, text=bad)
    page = login_as("pupil").get(url.format(s=where.id, t=made.id)).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
