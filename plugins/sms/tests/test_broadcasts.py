"""Broadcasts: whom they reach, what is said to each, what became of it (R2.13.4c, T26)."""

from __future__ import annotations

import datetime as dt

import pytest

from asurso_core import clock, hookimpl
from asurso_core import settings as school_settings
from asurso_core.accounts import Guardian
from asurso_core.actors import FAMILY, system
from asurso_core.audit import AuditEntry
from asurso_core.db import rows, transaction
from asurso_core.errors import Conflict, Invalid, NotThere, Refused
from asurso_core.school import ClassMember, ClassTeacher
from asurso_sms import history, preview, texts
from asurso_sms.models import Broadcast, Message, Recipient, Template
from asurso_sms.services import broadcasts, casting, phones, states, templates
from asurso_sms.services.broadcasts import Content
from asurso_sms.services.budget import OverBudget


@pytest.fixture
def parents(school, phone):
    """The mother of a pupil of 5А and one of 5Б, and a teacher whose daughter is in 5А."""
    phone("parent", "+79270000001")
    phone("teacher_parent", "+79270000002")
    phone("other_parent", "+79270000003")
    return school


@pytest.fixture
def cast(parents, outbox):
    """``cast("Текст")`` sends a broadcast of the class teacher to the parents of 5А, to its end."""

    def send(text="Собрание {дата} в 18:00", who="class_teacher", keys=None, **values):
        actor = parents.actor(who, "staff")
        given = [f"class:{parents.ids['5А']}:parents"] if keys is None else keys
        row = broadcasts.save(actor, None, Content(kind="meeting", text=text, keys=given, **values))
        seen = preview.of(actor, row)
        row = broadcasts.send(
            actor, row.id, version=row.version, count=seen.cost.messages, price=seen.cost.price,
            sure=True,
        )  # fmt: skip
        outbox.run()
        return Broadcast.get_by_id(row.id)

    return send


def told():
    """``{number: [texts]}`` of the messages that there are."""
    found: dict[str, list[str]] = {}
    for row in Message.select().order_by(Message.id):
        found.setdefault(row.phone[-1], []).append(row.text)
    return found


def ways(row):
    return sorted((one.person_id, one.state) for one in Recipient.select().where(
        Recipient.broadcast == row.id))  # fmt: skip


def notices_of(person):
    return [text for (text,) in rows("SELECT text FROM core_notice WHERE person_id = ?", [person])]


# --- to whom -------------------------------------------------------------------------------------


def test_parents_of_a_class_get_one_message_each_and_it_is_seen_how(cast, parents):
    row = cast()
    assert told() == {"1": ["Собрание 24.11 в 18:00"], "2": ["Собрание 24.11 в 18:00"]}
    assert (row.state, {one.state for one in Message.select()}) == ("done", {"sent"})
    states.move(Message.get().id, "delivered")
    outcome = history.outcomes(parents.actor("class_teacher"), [row])[row.id]
    assert (outcome.ways, outcome.people, outcome.price) == ({"delivered": 1, "sent": 1}, 2, 500)
    kinds = [one.kind for one in AuditEntry.select()]
    assert kinds.count("sms.broadcast_sent") == 1


def test_fields_of_a_child_make_a_message_for_each_parent_and_child(cast, parents):
    Guardian.create(
        guardian=parents.persons["parent"], pupil=parents.persons["pupil_3"], relation="мать"
    )
    cast("{имя}, {класс}")
    assert told() == {"1": ["Егор, 5А", "Лев, 5А"], "2": ["Майя, 5А"]}


def test_who_cannot_be_sent_a_message_is_told_once_in_the_notice_centre(cast, parents, phone):
    phones.stop(phone("pupil", "+79270000009"))
    row = cast(keys=[f"class:{parents.ids['5А']}:parents", f"person:{parents.persons['pupil']}"])
    assert (parents.persons["pupil"], "notified") in ways(row)
    assert notices_of(parents.persons["pupil"]) == ["Собрание 24.11 в 18:00"]
    assert notices_of(parents.persons["parent"]) == []


def test_whom_one_may_not_address_is_refused_whatever_is_sent(parents):
    actor = parents.actor("class_teacher")
    for key in ("everyone", "staff", f"class:{parents.ids['5Б']}:parents",
                f"person:{parents.persons['other_parent']}"):  # fmt: skip
        with pytest.raises(Refused):
            broadcasts.save(actor, None, Content(kind="meeting", text="Да", keys=[key]))
    with pytest.raises(Refused):
        broadcasts.save(
            parents.actor("teacher"), None,
            Content(kind="meeting", text="Да", keys=[f"class:{parents.ids['5А']}:parents"]),
        )  # fmt: skip
    assert Broadcast.select().count() == 0


def test_a_named_parent_is_written_to_of_own_children_whom_the_author_leads(cast, parents):
    # The mother has a child in 5Б, too: its class teacher is another one.
    cast("{имя} {класс}", keys=[f"person:{parents.persons['parent']}"])
    assert told() == {"1": ["Егор 5А"]}


def test_the_deputy_reaches_staff_and_their_own_names_are_filled_in(cast, parents, phone):
    phone("class_teacher", "+79270000004")
    cast("{имя}, педсовет {дата}", who="deputy", keys=["role:teacher"])
    assert told() == {
        "2": ["Вера Олеговна, педсовет 24.11"],
        "4": ["Нина Павловна, педсовет 24.11"],
    }
    with pytest.raises(Invalid):
        cast("{класс}", who="deputy", keys=["staff"])


def test_the_first_day_of_another_teacher_ends_the_right(parents, outbox, clock):
    actor = parents.actor("class_teacher")
    keys = [f"class:{parents.ids['5А']}:parents"]
    at = dt.datetime(2026, 11, 26, 6, 0)  # noqa: DTZ001 - as it is stored
    row = broadcasts.save(actor, None, Content(kind="trip", text="Сбор в 8", keys=keys, at=at))
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    ClassTeacher.update(until=dt.date(2026, 11, 25)).execute()
    clock.move("2026-11-26T10:05")
    outbox.run()
    row = Broadcast.get_by_id(row.id)
    assert (row.state, Message.select().count()) == ("stopped", 0)
    assert row.reason


# --- what changes meanwhile (T26) ----------------------------------------------------------------


@pytest.mark.parametrize("change", ["guardian", "moved", "stopped", "cancelled"])
def test_what_changed_between_queueing_and_leaving_stops_a_message(
    cast, parents, clock, outbox, change
):
    clock.move("2026-11-24T22:30")
    school_settings.put(system("test"), "sms", {"quiet_from": 23, "quiet_until": 8})
    actor = parents.actor("class_teacher")
    content = Content(kind="meeting", text="Собрание", keys=[f"class:{parents.ids['5А']}:parents"])
    row = broadcasts.save(actor, None, content)
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    clock.move("2026-11-24T23:30")  # the broadcast is worked out, its messages wait for the morning
    outbox.run()
    assert [one.state for one in Message.select()] == ["queued", "queued"]
    if change == "guardian":
        Guardian.update(may_receive=False).where(
            Guardian.guardian == parents.persons["parent"]
        ).execute()
    elif change == "moved":
        ClassMember.update(until=dt.date(2026, 11, 25)).where(
            ClassMember.pupil == parents.persons["pupil"]
        ).execute()
    elif change == "stopped":
        from asurso_sms.models import Phone

        phones.stop(Phone.get(Phone.person == parents.persons["parent"]))
    else:
        assert broadcasts.cancel(actor, row.id) == 2
    clock.move("2026-11-25T08:05")
    outbox.run()
    found = {one.person_id: one.state for one in Message.select()}
    assert found[parents.persons["parent"]] == "failed"
    others = found[parents.persons["teacher_parent"]]
    assert others == ("failed" if change == "cancelled" else "sent")


def test_recipients_are_worked_out_when_it_starts(parents, outbox, clock):
    actor = parents.actor("class_teacher")
    at = dt.datetime(2026, 11, 26, 6, 0)  # noqa: DTZ001 - as it is stored
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="trip", text="Сбор", keys=keys, at=at))
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    Guardian.delete().where(Guardian.guardian == parents.persons["teacher_parent"]).execute()
    Guardian.create(
        guardian=parents.persons["other_parent"], pupil=parents.persons["pupil_2"], relation="дед"
    )
    clock.move("2026-11-26T10:05")
    outbox.run()
    assert sorted(told()) == ["1", "3"]


# --- fields ------------------------------------------------------------------------------------


def test_hook_sms_fields(parents, cast, join):
    asked = []

    class SmsField:
        name, title, longest, requires = "кружок", "Кружок", 10, "core.people.search"

        def value(self, reader, pupil_id):
            asked.append((reader.side, reader.person_id, pupil_id))
            if reader.person_id == parents.persons["teacher_parent"]:
                raise NotThere("нет")
            return "шахматы и ещё что-то"

    @hookimpl(optionalhook=True)
    def sms_fields():
        return [SmsField()]

    join(sms_fields)
    row = cast("{имя}: {кружок}")
    assert told() == {"1": ["Егор: шахматы и"]}
    assert {side for side, _who, _pupil in asked} == {FAMILY}
    assert (parents.persons["teacher_parent"], "unreached") in ways(row)


def test_the_journal_gives_the_average_and_the_debts_of_the_own_child(cast, parents):
    cast("{имя}: {средний}, долги: {долги}")
    assert told() == {"1": ["Егор: нет, долги: нет"], "2": ["Майя: нет, долги: нет"]}


def test_who_may_not_see_marks_sends_none(parents):
    from asurso_core.accounts import Role
    from asurso_core.accounts.models import Grant

    role = Role.get(Role.name == "teacher")
    Grant.delete().where(Grant.role == role, Grant.permission == "journal.mark.view").execute()
    from asurso_core.testing.plugin import forget_caches

    forget_caches()
    actor = parents.actor("class_teacher")
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="performance", text="{средний}", keys=keys))
    seen = preview.of(actor, row)
    assert (seen.lines, bool(seen.refused)) == ([], True)
    with pytest.raises(Refused):
        broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=True)


@pytest.mark.parametrize(
    ("text", "word"), [("{имя", "скобка"), ("имя}", "скобка"), ("{оценки}", "{оценки}"),
                       ("{}", "{}"), ("{{имя}}", "скобка"), ("   ", "пуст")]
)  # fmt: skip
def test_a_wrong_field_or_an_open_brace_is_told_at_once(parents, text, word):
    with pytest.raises(Invalid) as refusal:
        broadcasts.save(
            parents.actor("class_teacher"), None,
            Content(kind="meeting", text=text, keys=[f"class:{parents.ids['5А']}:parents"]),
        )  # fmt: skip
    assert word in refusal.value.fields["text"][0]


def test_every_usual_text_can_be_sent(app):
    for row in Template.select():
        assert set(texts.check(row.text)) <= {name for name, _title in texts.offered()}
    assert Template.select().count() == len(templates.USUAL)


# --- money, time, second thoughts ----------------------------------------------------------------


@pytest.mark.parametrize("bound", ["budget_day", "budget_month", "budget_class"])
def test_a_budget_is_asked_before_it_is_sent_and_when_it_starts(parents, outbox, clock, bound):
    actor = parents.actor("class_teacher")
    at = dt.datetime(2026, 11, 26, 6, 0)  # noqa: DTZ001 - as it is stored
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="trip", text="Сбор", keys=keys, at=at))
    school_settings.put(system("test"), "sms", {bound: 4})
    with pytest.raises(OverBudget):
        broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    school_settings.put(system("test"), "sms", {bound: 5})
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    school_settings.put(system("test"), "sms", {bound: 4})
    clock.move("2026-11-26T10:05")
    outbox.run()
    assert (Broadcast.get_by_id(row.id).state, Message.select().count()) == ("stopped", 0)


def test_it_waits_for_the_morning_unless_it_is_urgent(parents, clock):
    clock.move("2026-11-24T22:00")
    keys = [f"class:{parents.ids['5А']}:parents"]
    content = Content(kind="cancelled", text="Урока нет", keys=keys, urgent=True)
    with pytest.raises(Invalid):
        broadcasts.save(parents.actor("class_teacher"), None, content)
    hurried = broadcasts.save(parents.actor("deputy"), None, content)
    assert broadcasts.starts_at(hurried) == clock_now()
    calm = broadcasts.save(
        parents.actor("deputy"), None, Content(kind="other", text="Урока нет", keys=keys)
    )
    assert clock_local(broadcasts.starts_at(calm)) == "25.11 08:00"
    school_settings.put(system("test"), "sms", {"teachers_hurry": True})
    assert broadcasts.save(parents.actor("class_teacher"), None, content).urgent


def clock_now():
    return clock.stamp()


def clock_local(moment):
    return f"{clock.local(moment):%d.%m %H:%M}"


def test_what_was_shown_is_what_is_sent(parents):
    actor = parents.actor("class_teacher")
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="meeting", text="Да", keys=keys))
    with pytest.raises(Conflict):
        broadcasts.send(actor, row.id, version=1, count=1, price=250, sure=True)
    with pytest.raises(Conflict):
        broadcasts.send(actor, row.id, version=9, count=2, price=500, sure=True)
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=True)
    with pytest.raises(Conflict):  # twice is once
        broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=True)
    other = broadcasts.save(actor, None, Content(kind="meeting", text="Да", keys=keys))
    with pytest.raises(NotThere):  # a draft is its author's
        broadcasts.discard(parents.actor("admin"), other.id)


def test_many_are_confirmed_in_words(parents, monkeypatch):
    monkeypatch.setattr(broadcasts, "MANY", 1)
    actor = parents.actor("class_teacher")
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="meeting", text="Да", keys=keys))
    with pytest.raises(Invalid):
        broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=False)
    assert Broadcast.get_by_id(row.id).state == "draft"


def test_it_is_sent_again_to_those_who_failed_and_the_unknown_only_if_wished(cast, parents, outbox):
    row = cast()
    first, second = Message.select().order_by(Message.id)
    with transaction():
        Message.update(state="failed").where(Message.id == first.id).execute()
        Message.update(state="unknown").where(Message.id == second.id).execute()
    actor = parents.actor("class_teacher")
    some = broadcasts.again(actor, row.id, with_unknown=False)
    every = broadcasts.again(actor, row.id, with_unknown=True)
    reached = [len(broadcasts.circle_of(actor, one).reached) for one in (some, every)]
    assert reached == [1, 2]
    broadcasts.send(actor, some.id, version=1, count=1, price=250, sure=True)
    outbox.run()
    assert Message.select().count() == 3
    with pytest.raises(Conflict):
        broadcasts.again(actor, some.id, with_unknown=True)


def test_an_interrupted_broadcast_goes_on_and_repeats_nobody(parents, outbox, monkeypatch):
    actor = parents.actor("class_teacher")
    keys = [f"class:{parents.ids['5А']}:parents"]
    row = broadcasts.save(actor, None, Content(kind="meeting", text="Да", keys=keys))
    monkeypatch.setattr(casting, "_PORTION", 1)
    broadcasts.send(actor, row.id, version=1, count=2, price=500, sure=True)
    row = Broadcast.get_by_id(row.id)
    assert casting._start(row)
    one = Recipient.select().order_by(Recipient.id).first()
    with transaction():
        made = casting._made(Broadcast.get_by_id(row.id), [one])[0]
        casting._see_to(row, made)
        casting._see_to(row, made)  # two attempts at once: the slower one does nothing
    outbox.run()
    assert sorted(told().items()) == [("1", ["Да"]), ("2", ["Да"])]
    assert Broadcast.get_by_id(row.id).state == "done"


# --- who sees it ----------------------------------------------------------------------------------


def test_the_class_teacher_sees_of_a_wide_broadcast_the_own_class_only(cast, parents):
    keys = [f"class:{parents.ids[title]}:parents" for title in ("5А", "5Б")]
    row = cast(who="deputy", keys=keys)
    mine = parents.actor("class_teacher")
    # Each person once: the mother of two is written down with the child of 5А.
    seen = {one.person_id for one in history.recipients_of(mine, history.find(mine, row.id))}
    assert seen == {parents.persons["parent"], parents.persons["teacher_parent"]}
    everybody = list(history.recipients_of(parents.actor("admin"), row))
    assert len(everybody) == 3
    ClassTeacher.delete().execute()
    with pytest.raises(NotThere):
        history.find(parents.actor("class_teacher"), row.id)


# --- pages ----------------------------------------------------------------------------------------


def test_from_the_form_to_who_got_it(parents, login_as, outbox, queries):
    page = login_as("class_teacher")
    assert "Рассылок пока нет" in page.get("/sms/broadcasts").text
    chosen = Template.get(Template.kind == "meeting")
    form = page.get(f"/sms/broadcasts/new?template={chosen.id}").text
    assert "родители: 5А" in form
    assert "5Б" not in form
    typed = {
        "kind": "meeting", "text": "{имя}: собрание", "keys": f"class:{parents.ids['5А']}:parents"
    }  # fmt: skip
    counted = page.post("/sms/broadcasts/new", data={**typed, "deed": "count"})
    assert "2 сообщения, 5 ₽" in counted.text
    live = page.post("/sms/broadcasts/count", json={"text": typed["text"], "keys": [typed["keys"]]})
    assert live.get_json()["words"].startswith("2 сообщения, 5 ₽")
    wrong = page.post("/sms/broadcasts/new", data={**typed, "text": "{имя"})
    assert (wrong.status_code, "скобка" in wrong.text) == (422, True)
    assert Broadcast.select().count() == 0
    there = page.post("/sms/broadcasts/new", data=typed).location
    with queries(40):
        shown = page.get(there).text
    assert "Егор: собрание" in shown
    assert "+7 ··· 00-01" in shown
    assert "+79270000001" not in shown
    sent = {"version": 1, "count": 2, "price": 500}
    assert page.post(f"{there}/send", data={**sent, "count": 3}).status_code == 409
    assert page.post(f"{there}/send", data=sent).status_code == 303
    outbox.run()
    states.move(Message.get().id, "delivered")
    with queries(20):
        found = page.get(there).text
    assert found.count("доставлено") >= 1
    assert "Егор: собрание" in page.get(f"{there}/print").text
    assert "1 из 2" in page.get("/sms/broadcasts").text
    assert login_as("teacher").get(there).status_code in {403, 404}


def test_texts_of_the_school_are_kept_by_the_deputy(parents, login_as):
    page = login_as("deputy")
    assert "Родительское собрание" in page.get("/sms/templates").text
    made = {"title": "Лыжи", "kind": "event", "text": "{дата} лыжи"}
    assert page.post("/sms/templates/new", data=made).status_code == 303
    row = Template.get(Template.title == "Лыжи")
    bad = page.post(f"/sms/templates/{row.id}", data={**made, "text": "{лыжи}", "version": 1})
    assert (bad.status_code, "Поля {лыжи} нет" in bad.text) == (422, True)
    stale = page.post(f"/sms/templates/{row.id}", data={**made, "version": 7})
    assert stale.status_code == 409
    page.post(f"/sms/templates/{row.id}/remove")
    assert Template.get_or_none(Template.title == "Лыжи") is None
    assert login_as("class_teacher").get("/sms/templates").status_code == 403
