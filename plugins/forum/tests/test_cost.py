"""What pages cost: the same for ten messages and for five thousand."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from asurso_core import clock
from asurso_core.db import put_rows, stamp_value
from asurso_forum import queries, services
from asurso_forum.models import Message, Topic
from asurso_forum.services.topics import NewPoll

MANY = 5000


@pytest.fixture
def long_topic(section, topic, school):
    """A topic with a poll and five thousand messages of six people."""
    made = topic(section(), poll=NewPoll(question="Куда?", options=["Лес", "Музей"]))
    now = clock.stamp()
    people = [school.persons[f"pupil_{n}"] for n in (2, 3, 4, 5, 6)]
    put_rows(
        Message,
        ["topic_id", "number", "author_id", "text", "created_at", "state", "version"],
        [
            (made.id, n, people[n % 5], f"Сообщение **{n}** про экскурсию",
             stamp_value(now + dt.timedelta(seconds=n)), "open", 1)
            for n in range(2, MANY + 1)
        ],
    )  # fmt: skip
    Topic.update(last_number=MANY, last_open=MANY).where(Topic.id == made.id).execute()
    return made


@pytest.mark.parametrize("who", ["pupil", "teacher", "admin"])
def test_a_page_of_five_thousand_messages_takes_ten_statements(
    long_topic, login_as, statements, who
):
    browser = login_as(who)
    first = Message.get(Message.topic == long_topic)
    services.react(_other(first), first.id, "agree")
    browser.get("/forum/")
    counts = []
    for page in (1, 100, 200, 9999):
        with statements() as seen:
            answer = browser.get(f"/forum/topic/{long_topic.id}?page={page}")
        assert answer.text.count("<article") == queries.PER_PAGE
        counts.append(len(seen))
    assert max(counts) <= 10
    assert len(set(counts)) == 1


def _other(message):
    from asurso_core.accounts.models import User
    from asurso_core.accounts.queries import actor_for

    user = User.select().where(User.person != message.author_id, User.login == "pupil_2").get()
    return actor_for(user.id)


def test_the_last_page_costs_what_the_first_one_costs(long_topic, school):
    pupil = school.actor("pupil")

    def cost(page):
        best = 9.0
        for _try in range(5):
            began = time.perf_counter()
            found = queries.topic_page(pupil, long_topic.id, page)
            best = min(best, time.perf_counter() - began)
        assert len(found.messages) == queries.PER_PAGE
        return best

    cost(1), cost(200)
    assert cost(200) < 3 * cost(1) + 0.01
    assert cost(200) < 0.25


def test_lists_and_the_search_do_not_grow_with_topics(
    section, topic, school, login_as, statements, rules
):
    where = section()
    browser = login_as("pupil")
    urls = [
        "/forum/",
        f"/forum/section/{where.id}",
        "/forum/search?q=экскурсия",
        "/forum/moderation",
    ]
    admin = login_as("admin")
    browser.get("/forum/")
    counts = []
    for rounds in (1, 12):
        for n in range(rounds):
            topic(where, title=f"Тема {n}")
        taken = []
        for url in urls[:3]:
            with statements() as seen:
                assert browser.get(url).status_code == 200
            taken.append(len(seen))
        with statements() as seen:
            admin.get(urls[3])
        counts.append([*taken, len(seen)])
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 10
