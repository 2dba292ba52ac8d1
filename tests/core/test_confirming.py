"""The password once more before a risky deed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import access, clock
from asurso_core.accounts import confirming, passwords
from asurso_core.accounts.models import Session, SignInFailure, User
from asurso_core.accounts.queries import secret_key_of, session_actor
from asurso_core.audit import AuditEntry
from asurso_core.testing.make import SmallSchool

PASSWORD = "речка-брод-ива-7"
CELL = "/admin/access/roles/hr/core.rooms.view"
DATA = {"scopes": "school", "shown": ""}


@pytest.fixture
def client(school: SmallSchool, login_as: Any) -> FlaskClient:
    """The administrator at a session in which nothing was confirmed."""
    User.update(password_hash=passwords.hash_password(PASSWORD)).where(
        User.id == school.users["admin"]
    ).execute()
    browser: FlaskClient = login_as("admin")
    Session.update(confirmed_at=None).execute()
    return browser


def done(school: SmallSchool) -> bool:
    return school.actor("hr").holds("core.rooms.view")


def test_a_risky_deed_asks_for_the_password_and_then_goes_on(
    school: SmallSchool, client: FlaskClient
) -> None:
    assert client.get(CELL).status_code == 200
    asked = client.post(CELL + "?next=/admin/access", data=DATA)
    page = asked.get_data(as_text=True)
    assert asked.status_code == 403
    assert not done(school)
    assert '<input type="hidden" name="scopes" value="school">' in page
    assert 'action="/admin/access/roles/hr/core.rooms.view?next=/admin/access"' in page
    answer = client.post(CELL + "?next=/admin/access", data={**DATA, "confirm_password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/admin/access")
    assert done(school)


@pytest.mark.parametrize("page", ["/admin/history/export", "/admin/reached/export"])
def test_the_history_leaves_the_house_only_with_the_password_again(
    client: FlaskClient, page: str
) -> None:
    asked = client.post(page, data={"format": "csv", "reason": "Запрос надзора"})
    assert asked.status_code == 403
    assert 'name="confirm_password"' in asked.text
    data = {"format": "csv", "reason": "Запрос надзора", "confirm_password": PASSWORD}
    told = client.post(page, data=data)
    assert (told.status_code, told.mimetype) == (200, "text/csv")


def test_it_is_not_asked_again_for_ten_minutes(school: SmallSchool, client: FlaskClient) -> None:
    now = clock.now()
    with clock.frozen(now):
        client.post(CELL, data={**DATA, "confirm_password": PASSWORD})
    with clock.frozen(now + dt.timedelta(minutes=9)):
        assert client.post(CELL, data={"shown": "school"}).status_code == 303
    with clock.frozen(now + dt.timedelta(minutes=11)):
        assert client.post(CELL, data=DATA).status_code == 403
    assert not done(school)


def test_another_session_of_the_same_person_is_asked_too(
    school: SmallSchool, client: FlaskClient, login_as: Any
) -> None:
    client.post(CELL, data={**DATA, "confirm_password": PASSWORD})
    other = login_as("admin", "staff")
    Session.update(confirmed_at=None).where(
        Session.key == secret_key_of("token-admin-staff")
    ).execute()
    assert other.post(CELL, data={"shown": "school"}).status_code == 403
    assert done(school)


def test_a_wrong_password_does_nothing_and_is_recorded(
    school: SmallSchool, client: FlaskClient
) -> None:
    answer = client.post(CELL, data={**DATA, "confirm_password": "не тот"})
    assert answer.status_code == 422
    assert not done(school)
    assert AuditEntry.select().where(AuditEntry.kind == "core.confirmation_refused").count() == 1


def test_guessing_is_slowed_as_at_the_sign_in(school: SmallSchool, client: FlaskClient) -> None:
    answers = [
        client.post(CELL, data={**DATA, "confirm_password": f"wrong {n}"}).status_code
        for n in range(8)
    ]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert client.post(CELL, data={**DATA, "confirm_password": PASSWORD}).status_code == 429
    assert not done(school)
    assert SignInFailure.select().count()


@pytest.mark.parametrize(
    "password", ["", "x" * 100_000, "\x00", "\ud800".encode("utf-8", "replace").decode()]
)
def test_nonsense_for_a_password_is_refused(
    school: SmallSchool, client: FlaskClient, password: str
) -> None:
    answer = client.post(CELL, data={**DATA, "confirm_password": password})
    assert answer.status_code == 422
    assert not done(school)


def test_a_script_is_told_by_a_code(client: FlaskClient) -> None:
    answer = client.post(CELL, json={"scopes": "school"})
    assert answer.status_code == 403
    assert answer.get_json()["error"]["code"] == "confirm"


def test_whoever_lacks_the_right_is_not_even_asked(school: SmallSchool, login_as: Any) -> None:
    browser = login_as("teacher")
    Session.update(confirmed_at=None).execute()
    answer = browser.post(CELL, data=DATA)
    assert answer.status_code == 403
    assert "confirm_password" not in answer.get_data(as_text=True)
    assert not done(school)


def test_giving_roles_is_a_risky_deed(school: SmallSchool, client: FlaskClient) -> None:
    url = f"/people/{school.users['hr']}/roles"
    version = school.user("hr").version
    data = {"roles": ["hr", "secretary"], "version": version}
    asked = client.post(url, data=data)
    assert asked.status_code == 403
    page = asked.get_data(as_text=True)
    assert page.count('name="roles"') == 2  # both ticks go along
    assert client.post(url, data={**data, "confirm_password": PASSWORD}).status_code == 303
    assert {"hr", "secretary"} == set(school.actor("hr").roles)


def test_every_deed_of_the_rights_pages_is_a_risky_one(app: Any) -> None:
    risky = {
        name for name, view in app.view_functions.items()
        if (door := access.door_of(view)) and door.permission == "core.access.edit"
    }  # fmt: skip
    assert len(risky) >= 4
    assert all(access.is_fresh_only(app.view_functions[name]) for name in risky)


def test_a_clock_that_was_put_back_does_not_keep_it_open(
    school: SmallSchool, client: FlaskClient
) -> None:
    del client
    now = clock.stamp()
    key = secret_key_of("token-admin-None")
    for minutes, fresh in ((0, True), (30, False), (-30, False)):
        Session.update(confirmed_at=now + dt.timedelta(minutes=minutes)).where(
            Session.key == key
        ).execute()
        found = session_actor("token-admin-None", "127.0.0.1")
        assert found is not None
        assert confirming.is_fresh(found[0]) is fresh
    assert school.users
