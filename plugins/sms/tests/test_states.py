"""Whatever events come in whatever order: states only move forward, and an end stays."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asurso_core.db import db
from asurso_sms.models import EARLIER, STATES, Message, Part, Report
from asurso_sms.services import states

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
