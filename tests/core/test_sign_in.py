"""Signing in: words, time, throttle, known devices, forced change (T09, T10, T23, T32)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import argon2
import pytest

from asurso_core import clock
from asurso_core import settings as school_settings
from asurso_core.accounts import passwords, throttle
from asurso_core.accounts.models import Device, Session, SignInFailure, User, UserRole
from asurso_core.actors import system
from asurso_core.audit import AuditEntry
from asurso_core.testing import make

GOOD = "верстак-облако-семь"


@pytest.fixture(scope="session")
def hashed():
    return passwords.hash_password(GOOD)


@pytest.fixture
def with_password(school, hashed):
    def give(name, **more):
        User.update(password_hash=hashed, password_changed_at=clock.stamp(), **more).where(
            User.id == school.users[name]
        ).execute()
        return name

    return give


def enter(browser, login, password=GOOD, address="10.0.0.1", path="/sign-in", **more):
    return browser.post(
        path,
        data={"login": login, "password": password},
        environ_base={"REMOTE_ADDR": address},
        **more,
    )


def at(seconds):
    return clock.frozen(clock.now() + dt.timedelta(seconds=seconds))


def test_the_right_password_opens_the_start_page(client, with_password):
    with_password("teacher")
    answer = enter(client, "  TeaCher ")
    assert answer.status_code == 303
    assert client.get("/").status_code == 200


def test_wrong_password_and_unknown_login_are_told_in_the_same_words(client, with_password):
    with_password("teacher")
    wrong = enter(client, "teacher", "no")
    unknown = enter(client, "nobody-here", "no")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace('value="teacher', "X") == unknown.text.replace(
        'value="nobody-here', "X"
    )


def test_an_unknown_login_costs_the_work_of_a_known_one(app, with_password, monkeypatch):
    with_password("teacher")
    stored = User.get(User.login == "teacher").password_hash
    work = []

    class Counting:
        """The hasher of the program, which notes against what it works."""

        def __getattr__(self, name):
            return getattr(hasher, name)

        def verify(self, against, typed):
            work.append(argon2.extract_parameters(against))
            return hasher.verify(against, typed)

    passwords.fits(None, "the hash of nothing is made once")
    hasher = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.fits(stored, "wrong")
    assert not passwords.fits(None, "wrong")
    known, unknown = work
    assert known == unknown


def test_what_was_typed_as_an_unknown_login_is_kept_nowhere(client, app):
    enter(client, "MySecretPassword77", "canary-word")
    row = SignInFailure.select().order_by(SignInFailure.id.desc()).get()
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    kept = f"{row.__data__} {entry.__data__}".lower()
    assert "mysecret" not in kept
    assert "canary" not in kept


def test_a_blocked_account_is_told_only_with_the_right_password(client, with_password):
    with_password("teacher", state="blocked")
    assert "закрыта" in enter(client, "teacher").text
    assert "закрыта" not in enter(client, "teacher", "wrong").text


def test_a_one_time_password_opens_only_the_change_of_it(client, school):
    text = passwords.issue(system("test"), school.user("teacher"))
    assert enter(client, "teacher", text).status_code == 303
    assert client.get("/").headers["Location"] == "/password"
    assert client.get("/settings").headers["Location"] == "/password"
    same = client.post("/password", data={"new": text, "again": text})
    assert same.status_code == 422
    done = client.post("/password", data={"new": GOOD, "again": GOOD})
    assert done.status_code == 303
    assert client.get("/").status_code == 200
    assert enter(client, "teacher", text).status_code == 422


def test_a_one_time_password_is_dead_after_two_weeks(client, school):
    text = passwords.issue(system("test"), school.user("teacher"))
    with at(15 * 86400):
        answer = enter(client, "teacher", text)
    assert answer.status_code == 422
    assert "одноразового" in answer.text


def test_an_old_password_must_be_changed_where_the_school_wants_it(client, with_password, school):
    with_password("teacher")
    school_settings.put(system("test"), "core", {"password_days": 30})
    with at(31 * 86400):
        enter(client, "teacher")
        assert client.get("/").headers["Location"] == "/password"


def test_a_hash_of_old_parameters_is_renewed(client, school):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    User.update(password_hash=weak).where(User.id == school.users["teacher"]).execute()
    assert enter(client, "teacher").status_code == 303
    assert not passwords.is_outdated(school.user("teacher").password_hash)


def test_an_account_without_roles_is_sent_to_the_administrator(client, with_password, school):
    with_password("technical")
    UserRole.delete().where(UserRole.user == school.users["technical"]).execute()
    assert enter(client, "technical").status_code == 422


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/a\nb",
        "javascript:1",
        "\\\\evil",
    ],
)
def test_next_never_leads_to_another_site(client, with_password, where):
    with_password("teacher")
    answer = client.post(
        "/sign-in", query_string={"next": where}, data={"login": "teacher", "password": GOOD}
    )
    assert answer.headers["Location"] == "/"


def test_next_leads_to_a_page_of_ours(client, with_password):
    with_password("teacher")
    answer = client.post("/sign-in?next=/settings", data={"login": "teacher", "password": GOOD})
    assert answer.headers["Location"] == "/settings"


@pytest.mark.parametrize(
    "data",
    [
        {}, {"login": "a"}, {"login": "a" * 5000, "password": "b"},
        {"login": "a\x00", "password": "b"},
        {"login": "a", "password": "\x00"}, {"login": "a", "password": "b" * 100_000},
        {"login": "' OR 1=1 --", "password": "x"}, {"login": ["a", "b"], "password": ["x", "y"]},
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_opens_nothing(client, data):
    assert client.post("/sign-in", data=data).status_code == 422
    assert Session.select().count() == 0


# --- the throttle ------------------------------------------------------------------------------


def attempt(login="teacher", address="10.0.0.9", mark="m", user_id=1, device_id=None):
    return throttle.Attempt(
        login=login, address=address, mark=mark, user_id=user_id, device_id=device_id
    )


def guess(number, step=1.0, **each):
    """So many wrong guesses, one every ``step`` seconds; returns how many were judged."""
    judged = 0
    start = clock.now()
    for n in range(number):
        with clock.frozen(start + dt.timedelta(seconds=n * step)):
            one = attempt(
                **{name: value(n) if callable(value) else value for name, value in each.items()}
            )
            id_, wait = throttle.begin(one)
            if not wait:
                throttle.failed(id_, one)
                judged += 1
    return judged


def test_3600_guesses_an_hour_from_one_address_are_judged_at_most_100_times(app):
    assert guess(3600, mark=lambda n: f"m{n}") <= 100


def test_3600_guesses_from_a_thousand_addresses_are_judged_at_most_100_times(app):
    judged = guess(
        3600, mark=lambda n: f"m{n}", address=lambda n: f"10.1.{n % 1000 // 250}.{n % 250}"
    )
    assert judged <= 100


def test_the_owner_enters_from_a_known_device_while_strangers_guess(client, with_password, school):
    with_password("teacher")
    assert enter(client, "teacher", address="10.0.0.5").status_code == 303
    client.post("/sign-out")
    assert guess(300, address=lambda n: f"10.9.9.{n % 200}", mark=lambda n: f"m{n}") < 100
    with at(300):
        assert enter(client, "teacher", address="10.0.0.77").status_code == 303


def test_the_owner_enters_from_an_address_used_before_while_strangers_guess(
    client, app, with_password
):
    with_password("teacher")
    enter(client, "teacher", address="10.0.0.5")
    guess(300, address=lambda n: f"10.9.9.{n % 200}", mark=lambda n: f"m{n}")
    with at(300):
        assert enter(app.test_client(), "teacher", address="10.0.0.5").status_code == 303


def test_a_known_device_may_not_guess_without_end(app, client, with_password):
    assert guess(3600, device_id=7, mark=lambda n: f"m{n}") <= 100


def test_thirty_pupils_at_one_address_with_typing_errors_are_never_refused(
    client, app, school, hashed
):
    names = []
    for n in range(30):
        user = make.user(make.person(f"Ученик{n} Пётр"), ["pupil"], login=f"child{n}")
        names.append(user.login)
    User.update(password_hash=hashed).where(User.login.in_(names)).execute()
    start = clock.now()
    answers = []
    for n, login in enumerate(names):
        with clock.frozen(start + dt.timedelta(seconds=2 * n)):
            browser = app.test_client()
            if n % 10 == 0:
                answers.append(enter(browser, login, "ошибка").status_code)
            answers.append(enter(browser, login).status_code)
    assert answers.count(303) == 30
    assert 429 not in answers


def test_one_password_sprayed_over_a_thousand_logins_is_slowed_after_20(app):
    judged = guess(
        1000, 0.2, login=lambda n: f"login{n}", mark="same", user_id=None,
        address=lambda n: f"10.{n % 7}.{n % 11}.{n % 13}",
    )  # fmt: skip
    assert 20 <= judged <= 40


def test_one_address_that_fails_and_fails_is_slowed(app):
    assert guess(600, login=lambda n: f"login{n}", mark=lambda n: f"m{n}", user_id=None) < 140


def test_a_slowed_answer_says_how_long_to_wait(client, with_password):
    with_password("teacher")
    answers = [enter(client, "teacher", f"wrong{n}") for n in range(7)]
    assert [one.status_code for one in answers[:5]] == [422] * 5
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert AuditEntry.select().where(AuditEntry.kind == "core.sign_in_slowed").count() == 1
    with at(61):
        assert enter(client, "teacher").status_code == 303


def test_a_clock_put_back_makes_nobody_wait_longer(app):
    with at(86_000):
        guess(40, mark=lambda n: f"m{n}")
    assert throttle.seconds_to_wait(attempt(mark="x")) <= 60


def test_old_failures_are_swept_out(app):
    guess(3, mark=lambda n: f"m{n}")
    with at(2 * 86400):
        guess(1)
    assert SignInFailure.select().count() == 1


def test_one_browser_is_known_to_each_of_its_people(client, with_password, school):
    for name in ("teacher", "deputy"):
        enter(client, with_password(name))
    for name in ("teacher", "deputy"):
        enter(client, name)
    assert Device.select().count() == 2


def test_the_owner_is_told_of_a_new_device(client, app, with_password):
    with_password("teacher")
    enter(client, "teacher")
    with at(60):
        enter(app.test_client(), "teacher", address="10.9.9.9")
    with at(120):
        enter(client, "teacher")
        assert "с нового устройства" in client.get("/settings").text


def test_the_page_of_a_demonstration_offers_accounts_by_the_titles_of_their_roles(client, school):
    from asurso_core.school import School

    School.update(demo=True).execute()
    file = Path(client.application.instance_path) / "demo-accounts.csv"
    lines = "login,password,role,name,about\nivanova,demo,deputy,Иванова А. А.,Завуч\n"
    file.write_text(lines, "utf-8")
    try:
        page = client.get("/sign-in").text
    finally:
        file.unlink()
    assert "Заместитель директора" in page
    assert "deputy" not in page
