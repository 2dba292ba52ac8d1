"""Whom something is meant for: keys that reach people and people whom keys reach."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from asurso_core import audience
from asurso_core.accounts import Guardian, Person, User
from asurso_core.accounts.queries import actor_for
from asurso_core.actors import FAMILY, STAFF
from asurso_core.errors import Invalid, Refused
from asurso_core.school import services

TODAY = dt.date(2026, 9, 15)


def names(school: Any, *keys: str) -> set[str]:
    """Words by which the test school calls those whom keys reach."""
    called = {id_: name for name, id_ in school.persons.items()}
    return {called[id_] for id_ in audience.members(keys, TODAY)}


def test_a_key_reaches_those_whom_it_names(school: Any) -> None:
    five, other = school.ids["5А"], school.ids["5Б"]
    assert names(school, f"class:{five}:pupils") == {"pupil", "pupil_2", "pupil_3", "pupil_4"}
    assert names(school, f"class:{five}:parents") == {"parent", "teacher_parent"}
    assert names(school, f"class:{other}:teachers") == {"teacher_parent"}
    assert names(school, "parallel:5:parents") == {"parent", "other_parent", "teacher_parent"}
    assert names(school, f"group:{school.ids['english_5a_2']}:pupils") == {"pupil_3", "pupil_4"}
    assert names(school, f"group:{school.ids['english_5a_1']}:parents") == {
        "parent",
        "teacher_parent",
    }
    assert names(school, "role:deputy", f"person:{school.persons['hr']}") == {"deputy", "hr"}


def test_both_directions_tell_the_same(school: Any) -> None:
    """Of every account, side and key: the key reaches the person exactly if the person has it."""
    keys = [choice.key for choice in audience.choices(school.actor("admin"), "core.classes.view")]
    keys += [f"person:{id_}" for id_ in school.persons.values()]
    reached = {key: set(audience.members([key], TODAY)) for key in keys}
    for user in User.select():
        own = {
            key
            for side in (STAFF, FAMILY)
            for actor in [actor_for(user.id, side)]
            if side in actor.sides
            for key in audience.keys_of(actor, TODAY)
        }
        assert own >= {key for key in keys if user.person_id in reached[key]}, user.login
        assert not {key for key in own & set(keys) if user.person_id not in reached[key]}


def test_who_looks_as_staff_is_not_reached_as_a_parent(school: Any) -> None:
    parents = f"class:{school.ids['5А']}:parents"
    assert parents in audience.keys_of(school.actor("teacher_parent", FAMILY), TODAY)
    assert parents not in audience.keys_of(school.actor("teacher_parent", STAFF), TODAY)


def test_relations_of_the_day_decide(school: Any) -> None:
    move = dt.date(2026, 12, 1)
    services.move_pupil(school.actor("admin"), school.persons["pupil"], school.ids["5Б"], move)
    pupils = f"class:{school.ids['5Б']}:pupils"
    assert school.persons["pupil"] not in audience.members([pupils], dt.date(2026, 11, 30))
    assert school.persons["pupil"] in audience.members([pupils], move)


def test_a_barred_guardian_an_archived_person_and_a_blocked_account_are_not_reached(
    school: Any,
) -> None:
    Guardian.update(may_receive=False).where(
        Guardian.guardian == school.persons["parent"]
    ).execute()
    User.update(state="blocked").where(User.person == school.persons["pupil_2"]).execute()
    Person.update(archived_at=dt.datetime(2026, 9, 1)).where(  # noqa: DTZ001 - stored as naive UTC
        Person.id == school.persons["pupil_3"]
    ).execute()
    five = school.ids["5А"]
    assert names(school, f"class:{five}:parents") == {"teacher_parent"}
    assert names(school, f"class:{five}:pupils") == {"pupil", "pupil_4"}


def test_one_addresses_whom_one_may(school: Any) -> None:
    leader = school.actor("class_teacher")
    offered = {choice.key for choice in audience.choices(leader, "core.users.view")}
    own, foreign = f"class:{school.ids['5А']}:parents", f"class:{school.ids['5Б']}:parents"
    assert own in offered
    assert not offered & {foreign, "everyone", "parallel:5:parents"}
    audience.check(leader, "core.users.view", [own])
    for key in (foreign, "everyone", "parallel:5:parents", f"person:{school.persons['hr']}"):
        with pytest.raises(Refused):
            audience.check(leader, "core.users.view", [own, key])
    audience.check(leader, "core.users.view", [f"person:{school.persons['parent']}"])


def test_who_teaches_a_group_speaks_to_the_group_and_not_to_its_class(school: Any) -> None:
    actor = school.actor("english_1")
    half = dataclasses.replace(actor, grants={"core.classes.view": frozenset({"own_group"})})
    group = school.ids["english_5a_1"]
    keys = {choice.key for choice in audience.choices(half, "core.classes.view")}
    assert keys == {f"group:{group}:pupils", f"group:{group}:parents"}
    with pytest.raises(Refused):
        audience.check(half, "core.classes.view", [f"class:{school.ids['5А']}:parents"])


@pytest.mark.parametrize("key", ["", "class:0:pupils", "class:1", "group:1:teachers", "role:'"])
def test_what_is_not_a_key_is_told(school: Any, key: str) -> None:
    with pytest.raises(Invalid):
        audience.check(school.actor("admin"), "core.users.view", [key])


def test_keys_are_told_in_words(school: Any) -> None:
    keys = [f"class:{school.ids['5А']}:parents", "parallel:5:pupils", "class:999:pupils", "staff"]
    told = audience.titles([*keys, f"group:{school.ids['english_5a_1']}:pupils", "role:deputy"])
    assert list(told.values()) == [
        "родители: 5А", "ученики: 5 параллель", "ученики: класс, которого больше нет",
        "все сотрудники", "ученики: Английский язык 5А, 1 подгруппа", "Заместитель директора",
    ]  # fmt: skip
