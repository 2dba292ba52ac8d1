"""Jobs: attempts, pauses, outcomes, schedules, the outbox, and what the administrator sees."""

from __future__ import annotations

import datetime as dt
import os
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import audit_chain, clock, files, hookimpl, jobs, outbox, plugins
from asurso_core.audit import AuditEntry
from asurso_core.db import db, is_sqlite, transaction
from asurso_core.errors import Conflict, NotThere, Refused
from asurso_core.health import NOTE, OK, WARNING
from asurso_core.jobs import (
    Attempt,
    Job,
    NotAccepted,
    OutboxConsumer,
    attempts,
    checks,
    housekeeping,
    kinds,
    life,
    queries,
    queue,
    services,
)
from asurso_core.jobs.models import JobRow
from asurso_core.plugins import Plugin, PluginState
from asurso_core.testing import make

ME = 7
#: What the toy plugin does; each test puts in what it needs.
deeds: dict[str, Callable[..., None]] = {}
told: list[Any] = []


def _do(attempt: Attempt, **arguments: Any) -> None:
    told.append(arguments)
    deeds.get("once", lambda _attempt: None)(attempt)


def _hear(_attempt: Attempt, fact: jobs.Fact) -> None:
    told.append((fact.kind, fact.payload))


JOBS = [
    Job(name="parcel.once", title="Once", run=_do, attempts=3, limit=5.0),
    Job(name="parcel.hourly", title="Every hour", run=_do, every=dt.timedelta(hours=1)),
    Job(name="parcel.nightly", title="At night", run=_do, at=dt.time(3, 0), attempts=1),
]
CONSUMERS = [
    OutboxConsumer(name="parcel.send", title="Send", facts=("parcel.packed",), run=_hear),
    OutboxConsumer(name="parcel.note", title="Note", facts=("parcel.packed",), run=_hear),
]


def toy(**functions: Callable[[], Any]) -> Plugin:
    module = types.ModuleType("parcel")
    for name, function in functions.items():
        function.__name__ = name
        setattr(module, name, hookimpl(function))
    return Plugin("parcel", module, "tests.parcel")


@pytest.fixture
def school(school: make.SmallSchool) -> Iterator[make.SmallSchool]:
    """The small school with the plugin *parcel*."""
    manager = plugins.current()
    manager.register([toy(asurso_jobs=lambda: JOBS, asurso_outbox_consumers=lambda: CONSUMERS)])
    PluginState.create(name="parcel", state="enabled")
    deeds.clear()
    told.clear()
    yield school
    manager.leave("parcel")


def switch(state: str) -> None:
    PluginState.update(state=state).where(PluginState.name == "parcel").execute()
    plugins.current().forget()
    plugins.current().refresh(1)


def row(number: int) -> JobRow:
    found: JobRow = JobRow.get_by_id(number)
    return found


def attend(number: int) -> JobRow:
    attempts.attend(number, ME)
    return row(number)


def fails(error: Exception) -> Callable[..., None]:
    def deed(_attempt: Attempt) -> None:
        raise error

    return deed


def later(**time: float) -> Any:
    return clock.frozen(clock.now() + dt.timedelta(**time))


# --- what plugins declare ------------------------------------------------------------------------


def test_a_job_bears_the_name_of_its_plugin() -> None:
    manager = plugins.PluginManager()
    manager.admit([toy(asurso_jobs=lambda: [Job(name="mail.once", title="", run=_do)])])
    assert "foreign name" in manager.parked["parcel"].reason


def test_every_consumer_is_told_of_a_fact_once(school: Any) -> None:
    del school
    outbox.put("parcel.packed", pupil=5)
    outbox.put("parcel.unheard")
    assert queue.fan_out() == 2
    for number in queue.due():
        attend(number)
    assert told == [("parcel.packed", {"pupil": 5})] * 2
    assert queue.fan_out() == 0


# --- asking for jobs -----------------------------------------------------------------------------


def test_a_deed_that_is_undone_asks_for_nothing(school: Any) -> None:
    del school
    with db.atomic() as deed:
        jobs.enqueue("parcel.once")
        outbox.put("parcel.packed")
        deed.rollback()
    assert (queue.fan_out(), queue.due()) == (0, [])


def test_of_unfinished_jobs_with_one_key_there_is_one(school: Any) -> None:
    del school
    first = jobs.enqueue("parcel.once", key="report")
    assert jobs.enqueue("parcel.once", key="report") == first
    attend(first)
    assert jobs.enqueue("parcel.once", key="report") != first


def test_nobody_asks_for_a_kind_that_nobody_declares(school: Any) -> None:
    del school
    with pytest.raises(KeyError, match=r"mail\.send"):
        jobs.enqueue("mail.send")


def test_a_job_does_not_begin_before_its_time(school: Any) -> None:
    del school
    number = jobs.enqueue("parcel.once", due=clock.now() + dt.timedelta(hours=2))
    assert attend(number).state == "waiting"
    with later(hours=3):
        assert attend(number).state == "done"


def test_jobs_and_facts_of_a_switched_off_plugin_wait_and_are_not_told(school: Any) -> None:
    del school
    number = jobs.enqueue("parcel.once")
    switch("disabled")
    outbox.put("parcel.packed")
    queue.fan_out()
    assert (queue.due(), attend(number).state) == ([], "waiting")
    switch("enabled")
    assert queue.due() == [number]


def test_a_parked_plugin_is_told_when_it_comes_back(school: Any) -> None:
    del school
    switch("parked")
    outbox.put("parcel.packed")
    queue.fan_out()
    assert queue.due() == []
    switch("enabled")
    assert len(queue.due()) == 2


# --- outcomes ------------------------------------------------------------------------------------


def test_pauses_grow_until_a_job_has_failed_and_can_be_tried_again(school: Any) -> None:
    deeds["once"] = fails(ValueError("no ink"))
    number = jobs.enqueue("parcel.once")
    pauses = []
    with later(seconds=0):
        for _try in range(2):
            before = clock.stamp()
            pauses.append((attend(number).due_at - before).total_seconds())
            clock._frozen = row(number).due_at.replace(tzinfo=dt.UTC)
        assert pauses == [30, 120]
        over = attend(number)
    assert (over.state, over.error, over.tries) == ("failed", "ValueError: no ink", 3)

    deeds.clear()
    services.try_again(school.actor("admin"), number)
    assert attend(number).state == "done"


def test_pauses_end_at_the_longest() -> None:
    job = CONSUMERS[0].as_job()
    total = sum((job.pause(tries) for tries in range(1, job.attempts)), dt.timedelta())
    assert job.pause(99) == dt.timedelta(hours=6)
    assert dt.timedelta(days=2.5) < total < dt.timedelta(days=3.5)


@pytest.mark.parametrize(
    ("error", "state"),
    [(NotAccepted("busy"), "waiting"), (OSError("timed out"), "unknown")],
    ids=["refused", "unknown"],
)
def test_what_has_begun_to_leave_is_repeated_only_if_it_was_refused(
    school: Any, error: Exception, state: str
) -> None:
    del school

    def deed(attempt: Attempt) -> None:
        attempt.leaving()
        raise error

    deeds["once"] = deed
    number = jobs.enqueue("parcel.once")
    assert attend(number).state == state
    assert str(error) in row(number).error


def test_nobody_promises_that_something_leaves_before_it_is_certain(school: Any) -> None:
    del school

    number = jobs.enqueue("parcel.once")
    claimed = queue.claim(number, ME)
    assert claimed is not None
    attempt = Attempt(claimed)
    attempt._depth -= 1  # the test itself is a transaction: as if it were one of the job
    with pytest.raises(RuntimeError, match="inside a transaction"):
        attempt.leaving()
    assert not row(number).gone


def test_an_attempt_that_others_gave_up_can_send_and_change_nothing(school: Any) -> None:
    del school
    sent = []

    def deed(attempt: Attempt) -> None:
        queue.give_up(ME)  # as if this worker had lost its lock
        attempt.leaving()
        sent.append(1)

    deeds["once"] = deed
    number = jobs.enqueue("parcel.once")
    assert (attend(number).state, sent) == ("waiting", [])
    deeds.clear()
    assert attend(number).state == "done"


def test_two_workers_cannot_have_one_job(school: Any) -> None:
    del school
    number = jobs.enqueue("parcel.once")
    assert queue.claim(number, ME) is not None
    assert queue.claim(number, ME + 1) is None


@pytest.mark.parametrize(("gone", "state"), [(False, "waiting"), (True, "unknown")])
def test_jobs_of_a_dead_worker_go_on_unless_something_may_have_left(
    school: Any, gone: bool, state: str
) -> None:
    del school
    number = jobs.enqueue("parcel.once")
    queue.enter(ME, "gone")
    claimed = queue.claim(number, ME)
    assert claimed is not None
    if gone:
        Attempt(claimed).leaving()
    queue.bury(lambda _number: True)
    assert row(number).state == "running"
    queue.bury(lambda _number: False)
    assert row(number).state == state


def test_a_job_that_kills_its_workers_fails_in_the_end(school: Any) -> None:
    del school
    number = jobs.enqueue("parcel.once")
    with later(seconds=0):
        for _death in range(3):
            queue.claim(number, ME)
            queue.give_up(ME)
            clock._frozen = clock.now() + dt.timedelta(days=1)
    assert row(number).state == "failed"


def test_what_is_finished_inside_a_transaction_is_undone_with_it(school: Any) -> None:
    del school

    def deed(attempt: Attempt) -> None:
        with transaction():
            attempt.finish()
            raise ValueError

    deeds["once"] = deed
    assert attend(jobs.enqueue("parcel.once")).state == "waiting"


def test_a_job_over_its_time_is_ended(school: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del school
    monkeypatch.setattr(
        kinds, "enabled",
        lambda: {"parcel.once": Job(name="parcel.once", title="", run=_do, limit=0.05)},
    )  # fmt: skip

    def deed(_attempt: Attempt) -> None:
        while True:
            pass

    deeds["once"] = deed
    over = attend(jobs.enqueue("parcel.once"))
    assert over.state == "waiting"
    assert "0.05 s" in over.error


def test_progress_is_told_and_a_cancelled_job_ends_at_its_next_step(school: Any) -> None:
    seen = []

    def deed(attempt: Attempt) -> None:
        attempt.progress(50, 50, "classes")
        seen.append(queries.job(school.actor("admin"), attempt.job).percent)
        services.cancel(school.actor("admin"), attempt.job)
        attempt.progress(50, 50)
        seen.append("still here")

    deeds["once"] = deed
    assert attend(jobs.enqueue("parcel.once")).state == "cancelled"
    assert seen == [100]


# --- schedules and the clock -------------------------------------------------------------------


def test_a_schedule_catches_up_once_on_what_was_missed(school: Any) -> None:
    del school
    queue.plan()
    queue.plan()
    hourly = JobRow.get(JobRow.kind == "parcel.hourly").id
    assert attend(hourly).due_at == clock.stamp() + dt.timedelta(hours=1)
    with later(hours=50):
        assert attend(hourly).due_at == clock.stamp() + dt.timedelta(hours=1)
    assert len(told) == 2


def test_a_nightly_job_keeps_the_schools_hour_and_goes_on_after_a_failure(school: Any) -> None:
    del school
    queue.plan()
    nightly = JobRow.get(JobRow.kind == "parcel.nightly")
    assert clock.local(nightly.due_at).strftime("%d %H:%M") == "25 03:00"
    deeds["once"] = fails(ValueError("dark"))
    with clock.frozen("2026-11-25T07:00"):
        over = attend(nightly.id)
    assert (over.state, over.error) == ("waiting", "ValueError: dark")
    assert clock.local(over.due_at).strftime("%d %H:%M") == "26 03:00"


def test_a_clock_that_was_ahead_holds_nothing_back(school: Any) -> None:
    del school
    with later(days=400):
        mislaid = jobs.enqueue("parcel.once")
    wished = jobs.enqueue("parcel.once", due=clock.now() + dt.timedelta(days=9))
    assert queue.due() == []
    assert queue.mind_the_clock() == 1
    assert queue.due() == [mislaid]
    assert row(wished).due_at > clock.stamp()


def test_a_schedule_goes_on_while_the_clock_stands_still(
    school: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del school
    queue.plan()
    hourly = JobRow.get(JobRow.kind == "parcel.hourly").id
    attend(hourly)
    rhythm, seconds = queue.Rhythm(), [0.0]
    monkeypatch.setattr(queue.time, "monotonic", lambda: seconds[0])
    rhythm.watch()
    assert hourly not in queue.due()
    seconds[0] = 6000.0
    rhythm.watch()
    assert hourly in queue.due()


# --- workers and cleaning ------------------------------------------------------------------------


def test_a_worker_lives_as_long_as_it_holds_its_lock_and_one_leads(app: Any, school: Any) -> None:
    del school
    url = app.extensions["asurso_config"].database
    first, second = life.Life(url), life.Life(url)
    numbers = first.begin(), second.begin()
    try:
        assert all(life.is_alive(number) for number in numbers)
        assert (first.lead(), second.lead(), first.lead()) == (True, False, True)
        first.end()
        assert not life.is_alive(numbers[0])
        assert second.lead()
    finally:
        first.end()
        second.end()
    if is_sqlite():
        left = {file.name for file in Path(f"{db.obj.database}.workers").iterdir()}
        assert left == {f"{life.LEADER:x}.lock"}


def test_only_what_has_been_over_for_long_is_forgotten(school: Any) -> None:
    del school
    done, failed, waiting = (jobs.enqueue("parcel.once") for _one in range(3))
    attend(done)
    queue.claim(failed, ME)
    JobRow.update(state="failed", ended_at=clock.stamp()).where(JobRow.id == failed).execute()
    outbox.put("parcel.unheard")
    queue.fan_out()
    outbox.put("parcel.packed")
    with later(days=13):
        assert queue.clean() == 0
    with later(days=31):
        assert queue.clean(1) == 2
    with later(days=91):
        assert queue.clean() == 1
    assert [one.id for one in JobRow.select()] == [waiting]
    assert outbox.Outbox.get().kind == "parcel.packed"


def test_the_history_is_sealed_by_a_job(school: Any) -> None:
    number = jobs.enqueue("parcel.once", by=school.actor("admin"))
    services.cancel(school.actor("admin"), number)
    queue.plan()
    seal = JobRow.get(JobRow.kind == "core.seal_history").id
    assert audit_chain.unsealed()[0] > 0
    assert attend(seal).error is None
    assert audit_chain.unsealed()[0] == 0
    assert {job.name for job in housekeeping.JOBS} == {
        "core.seal_history", "core.clean_jobs", "core.sweep_files",
    }  # fmt: skip


# --- people --------------------------------------------------------------------------------------


def test_the_page_tells_what_waits_what_failed_and_why(
    school: make.SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    deeds["once"] = fails(ValueError("no ink"))
    number = jobs.enqueue("parcel.once")
    JobRow.update(tries=2).where(JobRow.id == number).execute()
    attend(number)
    jobs.enqueue("parcel.once")
    queue.plan()
    browser = login_as("admin")
    page = browser.get("/admin/jobs").text
    assert "ValueError: no ink" in page
    assert "At night" in page
    assert login_as("teacher").get("/admin/jobs").status_code == 403
    assert browser.post(f"/admin/jobs/{number}/retry").status_code == 303
    assert row(number).state == "waiting"
    assert AuditEntry.select().where(AuditEntry.kind == "core.job_retried").count() == 1
    assert browser.post(f"/admin/jobs/{number}/retry").status_code == 409


def test_who_asked_for_a_job_watches_and_cancels_it_and_nobody_else_does(
    school: make.SmallSchool, login_as: Callable[..., FlaskClient]
) -> None:
    number = jobs.enqueue("parcel.once", by=school.actor("teacher"))
    claimed = queue.claim(number, ME)
    assert claimed is not None
    Attempt(claimed).progress(1, 4, "5А")
    browser = login_as("teacher")
    assert "25 %" in browser.get(f"/jobs/{number}").text
    assert browser.get(f"/jobs/{number}/state").json == {
        "state": "running", "percent": 25, "done": 1, "note": "5А",
    }  # fmt: skip
    assert login_as("secretary").get(f"/jobs/{number}").status_code == 404
    assert browser.post(f"/jobs/{number}/cancel").status_code == 303
    assert row(number).stopping


def test_people_repeat_and_cancel_only_what_they_may(school: make.SmallSchool) -> None:
    teacher = school.actor("teacher")
    number = jobs.enqueue("parcel.once", by=teacher)
    with pytest.raises(NotThere):
        services.cancel(school.actor("secretary"), number)
    services.cancel(teacher, number)
    with pytest.raises(Conflict):
        services.cancel(teacher, number)
    with pytest.raises(Refused):
        services.try_again(teacher, number)
    with pytest.raises(NotThere):
        services.try_again(school.actor("admin"), number + 1000)


def test_doctor_tells_of_what_waits_fails_and_that_nobody_works(school: Any) -> None:
    del school
    assert (checks.facts().level, checks.workers().level) == (OK, WARNING)
    outbox.put("parcel.packed")
    assert checks.facts().level == NOTE
    with later(minutes=11):
        assert checks.facts().level == WARNING
    queue.fan_out()
    JobRow.update(state="failed").execute()
    assert checks.failures().level == WARNING


def test_files_that_nothing_refers_to_go_by_a_job(school: Any) -> None:
    del school
    digest = "f" * 64
    spare = files.folder() / digest[:2] / digest
    spare.parent.mkdir(parents=True, exist_ok=True)
    spare.write_bytes(b"spare")
    os.utime(spare, (0, 0))
    assert attend(jobs.enqueue("core.sweep_files")).state == "done"
    assert not spare.exists()
