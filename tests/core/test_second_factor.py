"""The second factor: codes of an app, codes on paper, and the two halves of signing in."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from asurso_core import clock, settings
from asurso_core.accounts import passwords, second_factor
from asurso_core.accounts.models import (
    HalfSignIn,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInFailure,
    User,
)
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, NotThere, Refused
from asurso_core.school import School
from asurso_core.testing.make import SmallSchool

PASSWORD = "речка-брод-ива-7"
NOW = dt.datetime.fromisoformat("2026-11-24T10:15:05")


@pytest.fixture(scope="module")
def hashed() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def teacher(app: Flask, school: SmallSchool, hashed: str) -> User:
    """A teacher whose sign-in asks for a code."""
    user: User = school.user("teacher")
    User.update(password_hash=hashed).where(User.id == user.id).execute()
    actor = school.actor("teacher")
    with clock.frozen(NOW - dt.timedelta(hours=1)):
        second_factor.begin(actor)
        second_factor.finish(actor, code(app, user), str(app.secret_key))
    return user


def code(app: Flask, user: User, steps: int = 0) -> str:
    factor = second_factor.of(user.id)
    assert factor is not None
    secret = second_factor.secret_of(factor, str(app.secret_key))
    return second_factor.hotp(secret, second_factor.step_now() + steps)


def paper(app: Flask, school: SmallSchool) -> list[str]:
    del app
    return second_factor.renew_codes(school.actor("teacher"))


def password(client: FlaskClient, next_: str = "") -> Any:
    return client.post(
        "/sign-in" + (f"?next={next_}" if next_ else ""),
        data={"login": "teacher", "password": PASSWORD},
    )


def is_in(client: FlaskClient) -> bool:
    return client.get("/settings").status_code == 200


@pytest.mark.parametrize(
    ("counter", "wanted"), list(enumerate(["755224", "287082", "359152", "969429", "338314"]))
)
def test_codes_are_those_of_the_standard(counter: int, wanted: str) -> None:
    assert second_factor.hotp(b"12345678901234567890", counter) == wanted  # RFC 4226, annex D


def test_codes_follow_the_clock_as_the_standard_says() -> None:
    # RFC 6238, annex B: the eight figures of these moments end with these six.
    for seconds, wanted in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert second_factor.hotp(b"12345678901234567890", seconds // 30) == wanted


def test_signing_in_takes_password_and_code_and_keeps_where_one_wanted_to_go(
    app: Flask, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        half = password(client, "/school/classes")
        assert half.location == "/sign-in/code?next=/school/classes"
        assert not is_in(client)
        assert client.get(half.location).status_code == 200
        answer = client.post(half.location, data={"code": code(app, teacher)})
        assert (answer.status_code, answer.location) == (303, "/school/classes")
        assert is_in(client)
    assert not HalfSignIn.select().exists()
    entry = AuditEntry.select().where(AuditEntry.kind == "core.signed_in").get()
    assert entry.after["code"] == "app"


def test_half_way_opens_nothing(teacher: User, client: FlaskClient, app: Flask) -> None:
    with clock.frozen(NOW):
        password(client)
        assert not Session.select().where(Session.user == teacher.id).exists()
        for rule in app.url_map.iter_rules():
            if rule.arguments or "GET" not in (rule.methods or ()):
                continue
            answer = client.get(rule.rule)
            if rule.endpoint not in {"accounts.sign_in", "accounts.sign_in_code"}:
                assert answer.status_code in {302, 401}, rule.rule
                assert "/sign-in" in answer.headers.get("Location", "/sign-in")


def test_a_code_works_once(app: Flask, teacher: User, client: FlaskClient) -> None:
    with clock.frozen(NOW):
        now = code(app, teacher)
        password(client)
        assert client.post("/sign-in/code", data={"code": now}).status_code == 303
        client.post("/sign-out")
        password(client)
        assert client.post("/sign-in/code", data={"code": now}).status_code == 422
        # Neither does an older one, though its half minute is still forgiven.
        assert (
            client.post("/sign-in/code", data={"code": code(app, teacher, -1)}).status_code == 422
        )
        assert not is_in(client)


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_a_clock_may_be_one_step_off(
    app: Flask, teacher: User, client: FlaskClient, steps: int, status: int
) -> None:
    with clock.frozen(NOW):
        password(client)
        answer = client.post("/sign-in/code", data={"code": code(app, teacher, steps)})
        assert answer.status_code == status


def test_a_code_on_paper_works_once_however_it_is_typed(
    app: Flask, school: SmallSchool, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        first, *_rest = paper(app, school)
        assert len({first, *_rest}) == 10
        password(client)
        typed = f" {first.upper().replace('-', ' ')} "
        assert client.post("/sign-in/code", data={"code": typed}).status_code == 303
        assert second_factor.codes_left(teacher.id) == 9
        client.post("/sign-out")
        password(client)
        assert client.post("/sign-in/code", data={"code": first}).status_code == 422


def test_new_codes_on_paper_end_the_old_ones(
    app: Flask, school: SmallSchool, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        old = paper(app, school)[0]
        paper(app, school)
        password(client)
        assert client.post("/sign-in/code", data={"code": old}).status_code == 422
    assert teacher.id


def test_nothing_secret_stands_in_the_database(
    app: Flask, school: SmallSchool, teacher: User
) -> None:
    codes = paper(app, school)
    factor = second_factor.of(teacher.id)
    assert factor is not None
    kept = repr(list(RecoveryCode.select().dicts())) + repr(list(SecondFactor.select().dicts()))
    assert all(one not in kept and one.replace("-", "") not in kept for one in codes)
    assert second_factor.secret_of(factor, "another key") != second_factor.secret_of(
        factor, str(app.secret_key)
    )


def test_guessing_codes_is_slowed(app: Flask, teacher: User, client: FlaskClient) -> None:
    with clock.frozen(NOW):
        password(client)
        answers = [
            client.post("/sign-in/code", data={"code": f"{n:06d}"}).status_code for n in range(8)
        ]
        assert answers[0] == 422
        assert answers[-1] == 429
        late = client.post("/sign-in/code", data={"code": code(app, teacher)})
        assert late.status_code == 429
        assert int(late.headers["Retry-After"]) > 0
        assert not is_in(client)


def test_wrong_passwords_of_strangers_do_not_slow_the_code(
    app: Flask, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        password(client)
        for n in range(30):
            SignInFailure.create(
                login_key="teacher", address=f"10.0.0.{n}", password_mark="", at=clock.stamp()
            )
        assert client.post("/sign-in/code", data={"code": code(app, teacher)}).status_code == 303


def test_half_a_way_that_is_too_old_begins_anew(
    app: Flask, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        password(client, "/journal/")
    with clock.frozen(NOW + dt.timedelta(minutes=11)):
        answer = client.post("/sign-in/code?next=/journal/", data={"code": code(app, teacher)})
        assert answer.location == "/sign-in?next=/journal/"
        assert not is_in(client)


def test_an_account_blocked_half_way_does_not_come_in(
    app: Flask, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        password(client)
        User.update(state="blocked").where(User.id == teacher.id).execute()
        answer = client.post("/sign-in/code", data={"code": code(app, teacher)})
        assert answer.status_code == 422
        assert not is_in(client)


@pytest.mark.parametrize(
    "nonsense", ["", "12345", "1234567", "абвгде", "\x00", "x" * 500, "１２３４５６", "-1"]
)
def test_nonsense_for_a_code_is_refused(teacher: User, client: FlaskClient, nonsense: str) -> None:
    with clock.frozen(NOW):
        password(client)
        assert client.post("/sign-in/code", data={"code": nonsense}).status_code == 422
        assert not is_in(client)
    assert teacher.id


def test_the_page_of_the_code_without_a_password_leads_to_the_password(client: FlaskClient) -> None:
    for method in ("get", "post"):
        answer = getattr(client, method)("/sign-in/code")
        assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_in_place_a_page_left_open_needs_the_password_and_a_new_browser_the_code(
    app: Flask, teacher: User, client: FlaskClient
) -> None:
    with clock.frozen(NOW):
        password(client)
        client.post("/sign-in/code", data={"code": code(app, teacher)})
        assert client.post("/reenter", json={"password": PASSWORD}).status_code == 200
        stranger = app.test_client()
        answer = stranger.post("/reenter", json={"login": "teacher", "password": PASSWORD})
        assert answer.status_code == 422
        assert not is_in(stranger)


# --- setting it up -----------------------------------------------------------------------------


def test_it_is_set_up_with_a_picture_and_a_code(
    app: Flask, school: SmallSchool, login_as: Any
) -> None:
    browser = login_as("deputy")
    user = school.user("deputy")
    url = "/settings/second-factor"
    assert browser.get(url).status_code == 200
    assert not SecondFactor.select().exists()  # looking writes nothing
    assert browser.post(url + "/begin").status_code == 303
    page = browser.get(url).get_data(as_text=True)
    assert "data:image/svg+xml" in page
    assert not second_factor.is_on(user.id)
    assert browser.post(url, data={"code": "000000"}).status_code == 422
    done = browser.post(url, data={"code": code(app, user)}).get_data(as_text=True)
    assert len(re.findall(r"<code>(\w{4}-\w{4}-\w{4}-\w{4})</code>", done)) == 10
    assert second_factor.is_on(user.id)
    assert browser.post(url + "/begin").status_code == 409
    assert "data:image/svg" not in browser.get(url).get_data(as_text=True)


def test_families_are_not_offered_it(school: SmallSchool, login_as: Any) -> None:
    browser = login_as("parent")
    assert "second-factor" not in browser.get("/settings").get_data(as_text=True)
    assert browser.post("/settings/second-factor/begin").status_code == 404
    with pytest.raises(NotThere):
        second_factor.begin(school.actor("pupil"))


def test_it_is_switched_off_with_the_password_only(
    school: SmallSchool, teacher: User, login_as: Any
) -> None:
    browser = login_as("teacher")
    browser.post("/settings/second-factor/off", data={"old": "не тот"})
    assert second_factor.is_on(teacher.id)
    browser.post("/settings/second-factor/off", data={"old": PASSWORD})
    assert not second_factor.is_on(teacher.id)
    assert not RecoveryCode.select().exists()
    with pytest.raises(Conflict):
        second_factor.renew_codes(school.actor("teacher"))


def test_new_paper_codes_ask_for_the_password(teacher: User, login_as: Any) -> None:
    browser = login_as("teacher")
    Session.update(confirmed_at=None).execute()
    assert browser.post("/settings/second-factor/codes").status_code == 403
    page = browser.post("/settings/second-factor/codes", data={"confirm_password": PASSWORD})
    assert page.get_data(as_text=True).count("<code>") == 10
    assert teacher.id


def test_the_administrator_takes_it_away_and_it_is_recorded(
    school: SmallSchool, teacher: User, login_as: Any
) -> None:
    open_one = login_as("teacher")
    admin = login_as("admin")
    url = f"/people/{teacher.id}"
    assert f"{url}/second-factor/reset" in admin.get(url).get_data(as_text=True)
    assert login_as("secretary").post(f"{url}/second-factor/reset").status_code == 403
    assert admin.post(f"{url}/second-factor/reset").status_code == 303
    assert not second_factor.is_on(teacher.id)
    assert open_one.get("/settings").status_code == 302
    entry = AuditEntry.get(AuditEntry.kind == "core.factor_reset")
    assert (entry.user, entry.person) == (school.users["admin"], teacher.person_id)
    with pytest.raises((NotThere, Refused)):
        second_factor.reset(school.actor("class_teacher"), teacher)
    with pytest.raises(Conflict):
        second_factor.reset(system("asurso"), teacher)


# --- required of some --------------------------------------------------------------------------


@pytest.fixture
def by_default(school: SmallSchool) -> SmallSchool:
    """The school with the rule that a new school has."""
    rule = {"factor_roles": ["admin", "director"]}
    settings.put(school.actor("admin"), "core", rule)
    return school


def test_a_new_school_requires_it_of_administrator_and_director() -> None:
    from asurso_core.accounts.policy import SETTINGS

    assert SETTINGS[0].defaults["factor_roles"] == ["admin", "director"]


def test_whoever_must_have_it_gets_no_further_before(
    app: Flask, by_default: SmallSchool, login_as: Any
) -> None:
    for name, held in (("director", True), ("deputy", False), ("parent", False)):
        answer = login_as(name).get("/")
        assert (answer.status_code == 302) is held, name
    admin = login_as("admin")
    assert admin.get("/").location == "/settings/second-factor"
    assert admin.post("/admin/access/roles/hr/core.rooms.view").status_code == 302
    assert admin.get("/people/", headers={"Accept": "application/json"}).status_code == 403
    admin.post("/settings/second-factor/begin")
    user = by_default.user("admin")
    assert admin.post("/settings/second-factor", data={"code": code(app, user)}).status_code == 200
    assert admin.get("/").status_code == 200


def test_a_demonstration_school_requires_it_of_nobody(
    by_default: SmallSchool, login_as: Any
) -> None:
    School.update(demo=True).execute()
    assert by_default.users
    assert login_as("admin").get("/").status_code == 200


def test_the_rule_is_set_on_the_page_of_rules(by_default: SmallSchool, login_as: Any) -> None:
    School.update(demo=True).execute()
    admin = login_as("admin")
    page = admin.get("/admin/policy").get_data(as_text=True)
    ticked = re.findall(r'<input checked[^>]*name="factor_roles"[^>]*value="(\w+)"', page)
    assert ticked == ["admin", "director"]
    data = {
        "password_length": "8", "password_days": "0", "staff_hours": "12", "family_hours": "720",
        "factor_roles": ["admin", "medical"],
        **dict(re.findall(r'name="(idle_\d+)"[^>]*value="(\d+)"', page)),
    }  # fmt: skip
    assert admin.post("/admin/policy", data=data).status_code == 303
    assert settings.get("core", "factor_roles") == ["admin", "medical"]
    assert admin.post("/admin/policy", data={**data, "factor_roles": "x"}).status_code == 422
    assert by_default.users
