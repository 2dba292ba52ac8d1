"""Whatever events come in whatever order: states only move forward, and an end stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asurso_core import clock, schema
from asurso_core import db as database
from asurso_core.actors import system
from asurso_core.db import db
from asurso_core.testing import make
from asurso_core.testing.plugin import serving
from asurso_sms.models import EARLIER, STATES, Message, Part, Phone, Report
from asurso_sms.services import sending, states
from asurso_sms.services.messages import queue

_RANK = {state: min(number, 4) for number, state in enumerate(STATES)}

events = st.one_of(
    st.tuples(st.just("report"), st.sampled_from(["P1", "P2", "strange"]),
              st.sampled_from(["sent", "delivered", "failed", "expired", "unknown"])),
    st.tuples(st.just("leave"), st.just(""), st.just("")),
    st.tuples(st.just("answer"), st.just(""), st.sampled_from(["sent", "unknown", "failed"])),
)  # fmt: skip


@pytest.fixture
def one(phone, message):
    phone()
    return message("текст")


@given(st.lists(events, max_size=12))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_states_only_move_forward_and_ends_stay(one, happened):
    with db.atomic() as around:
        seen = ["queued"]
        for kind, name, state in happened:
            if kind == "report":
                states.told("g", name, state, state)
            elif kind == "leave":
                states.leave(one.id, "g")
            elif states.move(one.id, state, "сказано"):
                states.expect(one, "g", ["P1", "P2"] if state == "sent" else [])
            seen.append(Message.get_by_id(one.id).state)
        assert [_RANK[state] for state in seen] == sorted(_RANK[state] for state in seen)
        ends = [state for state in seen if _RANK[state] == 4]
        assert len(set(ends)) <= 1
        row = Message.get_by_id(one.id)
        assert (row.final_at is not None) == (_RANK[row.state] == 4)
        # A name that was told to us has no report left over.
        known = [part.gateway_id for part in Part.select().where(Part.message == one.id)]
        assert not Report.select().where(Report.gateway_id.in_(known or ["-"])).exists()
        around.rollback()


def test_nothing_ever_comes_from_a_later_state():
    assert all(_RANK[old] < _RANK[new] for new, olds in EARLIER.items() for old in olds)


@pytest.mark.postgres
def test_an_answer_and_the_report_that_overtakes_it_never_meet_in_a_deadlock(
    engine, request, tmp_path, caplog
):
    if engine != "postgres":
        pytest.skip("SQLite has one writer")
    url = str(request.getfixturevalue("postgres_cluster").create_database("asurso_sms_race"))
    with serving(url, tmp_path) as app, app.app_context(), database.connection():
        schema.create_all()
        with database.transaction():
            school = make.small_school()
            person = school.persons["parent"]
            Phone.create(
                person=person, number="+79271234567", confirmed_at=clock.stamp(),
                consent_at=clock.stamp(), consent_version="1", consent_text="Согласие",
            )  # fmt: skip
            row = queue(system("test"), person, "текст", purpose="notice")
            # Kannel reports by our own mark, which was written down before it left.
            states.expect(row, "g", ["P-1"])
        heard, faults = threading.Event(), []

        def report() -> None:
            with database.connection(), database.transaction():
                states.alone("g", ["P-1"])  # as every report begins
                heard.set()
                time.sleep(0.3)  # the answer comes meanwhile
                states.told("g", "P-1", "delivered")

        def answer() -> None:
            with database.connection():
                heard.wait(10)
                ended = SimpleNamespace(finish=lambda: None)
                sending._end(ended, row, "sent", "", "g", ("P-1",))

        def kept(deed: Callable[[], None]) -> None:
            try:
                deed()
            except Exception as error:  # told below, by the thread that judges
                faults.append(repr(error))

        both = [threading.Thread(target=kept, args=(deed,)) for deed in (report, answer)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert faults == []
        assert "could not be written" not in caplog.text
        assert Message.get_by_id(row.id).state == "delivered"
