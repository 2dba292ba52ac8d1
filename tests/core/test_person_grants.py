"""Rights given to one person until a day: they add up with the roles, and end by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from asurso_core import access, clock
from asurso_core.accounts import Person, people_rules
from asurso_core.accounts.models import Grant, PersonGrant, Role
from asurso_core.accounts.queries import actor_for, forget_grants, rights_of
from asurso_core.actors import FAMILY, STAFF
from asurso_core.admin import person_grants
from asurso_core.audit import AuditEntry
from asurso_core.errors import Invalid, NotThere, Refused
from asurso_core.testing.make import SmallSchool

SEARCH = "core.people.search"
EDIT_ROOMS = "core.rooms.edit"


def give(school: SmallSchool, name: str, permission: str, scope: str, days: int = 7) -> None:
    person_grants.give(
        school.actor("admin"),
        school.user(name),
        permission,
        scope,
        clock.today() + dt.timedelta(days=days),
        "замещает коллегу",
    )


def test_a_given_right_holds_until_its_day_and_then_no_more(school: SmallSchool) -> None:
    assert not school.actor("hr").holds(EDIT_ROOMS)
    give(school, "hr", EDIT_ROOMS, "school", days=3)
    today = clock.today()
    for days, holds in ((0, True), (3, True), (4, False)):
        with clock.frozen(today + dt.timedelta(days=days)):
            assert school.actor("hr").holds(EDIT_ROOMS) is holds, days


def test_it_ends_for_somebody_who_stays_signed_in(school: SmallSchool, login_as: Any) -> None:
    evening = dt.datetime.combine(clock.today(), dt.time(23, 55))
    with clock.frozen(evening):
        give(school, "technical", "core.classes.view", "school", days=0)
        client = login_as("technical")
        assert client.get("/school/classes").status_code == 200
    with clock.frozen(evening + dt.timedelta(minutes=10)):
        assert client.get("/school/classes").status_code == 403


def test_lists_and_checks_follow_it_alike(school: SmallSchool) -> None:
    give(school, "technical", SEARCH, "own_class")
    give(school, "technical", "core.users.view", "school")
    actor = school.actor("technical")
    people = list(Person.select())
    listed = {one.id for one in access.visible(actor, SEARCH, Person.select())}
    assert listed == {one.id for one in people if access.can(actor, SEARCH, one)} == set()
    assert access.condition(actor, "core.users.view", Person) is True


def test_it_counts_on_one_side_of_a_person_only(school: SmallSchool) -> None:
    give(school, "teacher_parent", EDIT_ROOMS, "school")
    assert school.actor("teacher_parent", STAFF).holds(EDIT_ROOMS)
    assert not school.actor("teacher_parent", FAMILY).holds(EDIT_ROOMS)


def test_nobody_else_gets_it(school: SmallSchool) -> None:
    give(school, "hr", EDIT_ROOMS, "school")
    for name in school.users:
        if name not in {"hr", "admin"}:
            assert not school.actor(name).holds(EDIT_ROOMS), name


def test_taking_it_back_ends_it_at_once(school: SmallSchool) -> None:
    give(school, "hr", EDIT_ROOMS, "school")
    row = PersonGrant.get(PersonGrant.user == school.users["hr"])
    person_grants.revoke(school.actor("admin"), row.id)
    assert not school.actor("hr").holds(EDIT_ROOMS)
    kinds = [one.kind for one in AuditEntry.select().order_by(AuditEntry.id)]
    assert kinds[-2:] == ["core.person_grant_given", "core.person_grant_revoked"]


def test_giving_once_more_moves_the_day(school: SmallSchool) -> None:
    give(school, "hr", EDIT_ROOMS, "school", days=1)
    give(school, "hr", EDIT_ROOMS, "school", days=5)
    (row,) = PersonGrant.select().where(PersonGrant.user == school.users["hr"])
    assert row.until == clock.today() + dt.timedelta(days=5)
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert entry.before["until"] < entry.after["until"]


def test_nobody_gives_a_right_to_themselves(school: SmallSchool) -> None:
    with pytest.raises(Refused):
        give(school, "admin", EDIT_ROOMS, "school")


def test_only_whoever_changes_rights_gives_them(school: SmallSchool) -> None:
    until = clock.today()
    for name in ("director", "secretary", "parent"):
        with pytest.raises(Refused):
            person_grants.give(
                school.actor(name), school.user("hr"), EDIT_ROOMS, "school", until, "x"
            )


@pytest.mark.parametrize(
    ("permission", "scope"),
    [(SEARCH, "school"), (SEARCH, "own_class"), ("core.settings.edit", "school")],
)
def test_families_get_nothing_over_others(school: SmallSchool, permission: str, scope: str) -> None:
    with pytest.raises(Invalid):
        give(school, "parent", permission, scope)


@pytest.mark.parametrize(
    ("scope", "days", "reason"),
    [("own_child", 1, "x"), ("school", -1, "x"), ("school", 400, "x"), ("school", 1, " \x00 ")],
)
def test_senseless_ones_are_refused(
    school: SmallSchool, scope: str, days: int, reason: str
) -> None:
    until = clock.today() + dt.timedelta(days=days)
    with pytest.raises(Invalid):
        person_grants.give(
            school.actor("admin"), school.user("hr"), EDIT_ROOMS, scope, until, reason
        )
    assert not PersonGrant.select().exists()


def test_whoever_has_the_keys_for_a_time_is_guarded_as_an_administrator(
    school: SmallSchool,
) -> None:
    give(school, "hr", "core.users.edit", "school")
    assert people_rules.rules(school.user("hr"))
    with pytest.raises(Refused):
        people_rules.demand_account(
            school.actor("secretary"), "core.users.create_staff", school.user("hr")
        )


def test_what_is_not_there_cannot_be_taken_back(school: SmallSchool) -> None:
    for id_ in (0, 999_999, 2**40):
        with pytest.raises(NotThere):
            person_grants.revoke(school.actor("admin"), id_)


# --- arithmetic --------------------------------------------------------------------------------

NAMES = [SEARCH, "core.users.view", "core.classes.view", EDIT_ROOMS, "core.log.people"]
SCOPES = ["school", "own_class", "own_group", "own_child", "own"]
ROLES = ["admin", "director", "teacher", "secretary", "hr"]
RIGHT = st.tuples(st.sampled_from(NAMES), st.sampled_from(SCOPES))


@tuned(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    matrix=st.sets(st.tuples(st.sampled_from(ROLES), RIGHT), max_size=8),
    own=st.dictionaries(
        RIGHT, st.tuples(st.integers(-3, 3), st.sampled_from([STAFF, FAMILY])), max_size=5
    ),
    roles=st.frozensets(st.sampled_from(ROLES), max_size=3),
)
def test_rights_are_the_union_of_roles_and_of_what_is_valid_today(
    school: SmallSchool,
    matrix: set[tuple[str, tuple[str, str]]],
    own: dict[tuple[str, str], tuple[int, str]],
    roles: frozenset[str],
) -> None:
    user = school.users["teacher"]
    today = clock.today()
    Grant.delete().execute()
    PersonGrant.delete().execute()
    ids = {row.name: row.id for row in Role.select()}
    for role, (permission, scope) in matrix:
        Grant.create(role=ids[role], permission=permission, scope=scope)
    for (permission, scope), (days, side) in own.items():
        PersonGrant.create(
            user=user, side=side, permission=permission, scope=scope, reason="x",
            until=today + dt.timedelta(days=days), given_by_name="x", given_at=clock.stamp(),
        )  # fmt: skip
    forget_grants()
    found, personal = rights_of(user, STAFF, roles)
    expected: dict[str, set[str]] = {}
    for role, (permission, scope) in matrix:
        if role in roles:
            expected.setdefault(permission, set()).add(scope)
    for (permission, scope), (days, side) in own.items():
        if days >= 0 and side == STAFF:
            expected.setdefault(permission, set()).add(scope)
    assert found == expected
    assert personal == {right for right, (days, side) in own.items() if days >= 0 and side == STAFF}
    stranger, nothing = rights_of(user + 1000, STAFF, roles)
    assert nothing == frozenset()
    assert all(scopes <= found[name] for name, scopes in stranger.items())


# --- pages -------------------------------------------------------------------------------------


def test_a_right_is_given_and_taken_back_on_the_pages(school: SmallSchool, login_as: Any) -> None:
    client = login_as("admin")
    hr = school.users["hr"]
    page = client.get(f"/admin/access/people/{hr}").get_data(as_text=True)
    assert "Менять кабинеты" in page
    url = f"/admin/access/people/{hr}/give?permission={EDIT_ROOMS}"
    assert client.get(url).status_code == 200
    data = {"scope": "school", "until": clock.today().isoformat(), "reason": "замещает"}
    assert client.post(url, data=data).status_code == 303
    assert actor_for(hr).holds(EDIT_ROOMS)
    for where in ("/admin/access", f"/admin/access/people/{hr}"):
        assert "замещает" in client.get(where).get_data(as_text=True), where
    row = PersonGrant.get()
    assert client.post(f"/admin/access/people/given/{row.id}/revoke").status_code == 303
    assert not actor_for(hr).holds(EDIT_ROOMS)
    log = client.get("/admin/security-log").get_data(as_text=True)
    assert "Менять кабинеты: вся школа" in log


@pytest.mark.parametrize(
    "data",
    [
        {}, {"scope": "x", "until": "2026-12-01", "reason": "x"},
        {"scope": "school", "until": "вчера", "reason": "x"},
        {"scope": "school", "until": "2026-12-01", "reason": "x" * 300},
        {"scope": "school", "until": "2099-12-01", "reason": "x"},
    ],
)  # fmt: skip
def test_bad_input_gives_nothing(school: SmallSchool, login_as: Any, data: dict[str, str]) -> None:
    hr = school.users["hr"]
    url = f"/admin/access/people/{hr}/give?permission={EDIT_ROOMS}"
    assert login_as("admin").post(url, data=data).status_code == 422
    assert not PersonGrant.select().exists()


def test_unknown_people_and_rights_are_not_there(school: SmallSchool, login_as: Any) -> None:
    client = login_as("admin")
    hr = school.users["hr"]
    for url in (
        "/admin/access/people/999999", f"/admin/access/people/{2**40}",
        f"/admin/access/people/{hr}/give", f"/admin/access/people/{hr}/give?permission=nonsense",
    ):  # fmt: skip
        assert client.get(url).status_code == 404, url


def test_the_menu_shows_what_was_given(school: SmallSchool, login_as: Any) -> None:
    client = login_as("technical")
    assert "/admin/security-log" not in client.get("/").get_data(as_text=True)
    give(school, "technical", "core.log.security", "school")
    assert "/admin/security-log" in client.get("/").get_data(as_text=True)
    # A colleague of the same role has not been given anything.
    assert "/admin/security-log" not in login_as("hr").get("/").get_data(as_text=True)


def test_a_request_asks_no_more_than_before(
    school: SmallSchool, login_as: Any, statements: Any
) -> None:
    client = login_as("hr")
    client.get("/settings")
    with statements() as before:
        client.get("/settings")
    give(school, "hr", EDIT_ROOMS, "school")
    client.get("/settings")
    with statements() as after:
        client.get("/settings")
    assert len(after) == len(before)
