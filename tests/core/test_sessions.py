"""Sessions: a new id each time, every way they end, sides, entering again (T07, T11-T13, F14)."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from asurso_core import access, clock
from asurso_core import settings as school_settings
from asurso_core.accounts import passwords, sessions
from asurso_core.accounts.models import Preference, Role, Session, User, UserRole
from asurso_core.accounts.queries import actor_for, secret_key_of
from asurso_core.actors import system
from asurso_core.audit import AuditEntry

GOOD = "верстак-облако-семь"
BETTER = "тридцать три коровы"


@pytest.fixture
def ready(school):
    User.update(password_hash=passwords.hash_password(GOOD)).where(
        User.id.in_(list(school.users.values()))
    ).execute()
    return school


@pytest.fixture
def enter(ready, app):
    def sign_in(login, browser=None):
        app.config["WTF_CSRF_ENABLED"] = False
        browser = browser or app.test_client()
        answer = browser.post("/sign-in", data={"login": login, "password": GOOD})
        assert answer.status_code == 303
        return browser

    return sign_in


def token_of(browser):
    with browser.session_transaction() as cookie:
        return cookie.get("_user_id")


def is_in(browser):
    return browser.get("/settings").status_code == 200


def at(**delta):
    return clock.frozen(clock.now() + dt.timedelta(**delta))


def test_signing_in_gives_a_new_id_and_kills_the_one_before(enter):
    browser = enter("teacher")
    first = token_of(browser)
    enter("teacher", browser)
    assert token_of(browser) != first
    assert Session.get_or_none(Session.key == secret_key_of(first)) is None


def test_a_planted_id_does_not_survive_signing_in(app, enter):
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
        cookie["csrf_token"] = "planted"
    enter("teacher", browser)
    with browser.session_transaction() as cookie:
        assert "planted" not in str(dict(cookie))


def test_signing_out_ends_the_session_and_clears_the_browser(enter, app):
    browser = enter("teacher")
    token = token_of(browser)
    answer = browser.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache"'  # the scripts clear what is the person's
    assert token_of(browser) is None
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert not is_in(thief)


def test_changing_the_password_signs_out_everywhere_else(enter):
    here, there = enter("teacher"), enter("teacher")
    before = token_of(here)
    data = {"old": GOOD, "new": BETTER, "again": BETTER}
    assert here.post("/password", data=data).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert token_of(here) != before


@pytest.mark.parametrize(
    "data",
    [
        {"old": "no", "new": BETTER, "again": BETTER}, {"old": GOOD, "new": BETTER, "again": "x"},
        {"old": GOOD, "new": "12345678", "again": "12345678"},
        {"old": GOOD, "new": GOOD, "again": GOOD},
        {"new": BETTER, "again": BETTER}, {}, {"old": GOOD, "new": "a" * 9999, "again": "a" * 9999},
        {"old": "\x00", "new": "\x00" * 9, "again": "\x00" * 9},
    ],
)  # fmt: skip
def test_a_bad_change_of_password_changes_nothing(enter, data, ready):
    browser = enter("teacher")
    before = ready.user("teacher").password_hash
    assert browser.post("/password", data=data).status_code == 422
    assert ready.user("teacher").password_hash == before


def test_the_present_password_cannot_be_guessed_at_a_left_screen(enter):
    browser = enter("teacher")
    data = {"old": "no", "new": BETTER, "again": BETTER}
    answers = [browser.post("/password", data=data).status_code for _n in range(8)]
    assert answers[-1] == 429


@pytest.mark.parametrize("deed", ["block", "archive", "issue", "roles", "end_all"])
def test_what_is_taken_away_ends_open_sessions_at_once(enter, ready, deed):
    browser = enter("teacher")
    user = ready.user("teacher")
    if deed in {"block", "archive"}:
        User.update(state=f"{deed}ed".replace("archiveed", "archived")).where(
            User.id == user.id
        ).execute()
    elif deed == "issue":
        passwords.issue(system("test"), user)
    elif deed == "roles":
        UserRole.delete().where(UserRole.user == user.id).execute()
    else:
        sessions.end_all(system("test"), user, why="blocked")
    assert not is_in(browser)


def test_losing_the_roles_of_a_side_does_not_move_a_session_to_the_other(enter, ready):
    browser = enter("teacher_parent")
    parent = Role.get(Role.name == "parent")
    browser.post("/side", data={"side": "family"})
    UserRole.delete().where(
        UserRole.user == ready.users["teacher_parent"], UserRole.role == parent.id
    ).execute()
    assert not is_in(browser)


def test_an_idle_session_goes_to_sleep_after_the_minutes_of_its_role(enter):
    browser = enter("teacher")
    with at(minutes=119):
        assert is_in(browser)
    with at(minutes=119 + 121):
        assert not is_in(browser)


def test_a_busy_session_ends_after_its_absolute_life(enter):
    browser = enter("teacher")
    school_settings.put(system("test"), "core", {"staff_hours": 3})
    for hour in (1, 2):
        with at(hours=hour):
            assert is_in(browser)
    with at(hours=3, minutes=1):
        assert not is_in(browser)


def test_ping_keeps_a_session_awake_and_tells_what_is_left(enter):
    browser = enter("teacher")
    with at(minutes=100):
        assert browser.post("/ping", json={}).json == {"ok": True, "seconds_left": 7200}
    with at(minutes=200):
        assert is_in(browser)


# --- sides -------------------------------------------------------------------------------------


def test_switching_the_side_gives_a_new_session_with_its_rights_only(enter):
    browser = enter("teacher_parent")
    before = token_of(browser)
    assert browser.post("/side", data={"side": "family"}).status_code == 303
    row = Session.get(Session.key == secret_key_of(token_of(browser)))
    assert row.side == "family"
    assert Session.get_or_none(Session.key == secret_key_of(before)) is None


@pytest.mark.parametrize("side", ["family", "admin", "", "staff\x00"])
def test_nobody_switches_to_a_side_without_a_role_there(enter, side):
    browser = enter("teacher")
    before = token_of(browser)
    assert browser.post("/side", data={"side": side}).status_code == 403
    assert token_of(browser) == before


def test_rights_of_a_side_never_exceed_the_union_of_the_persons_roles(app, school):
    user = school.users["teacher_parent"]
    names = [row.name for row in Role.select()]
    for chosen in itertools.chain(
        itertools.combinations(names, 1), itertools.combinations(names, 2)
    ):
        UserRole.delete().where(UserRole.user == user).execute()
        for name in chosen:
            UserRole.create(user=user, role=Role.get(Role.name == name))
        both = [actor_for(user, side) for side in ("staff", "family")]
        single: dict[str, set[str]] = {}
        for name in chosen:
            from asurso_core.accounts.queries import grants_of

            for permission, scopes in grants_of(frozenset([name])).items():
                single.setdefault(permission, set()).update(scopes)
        for actor in both:
            for permission, scopes in actor.grants.items():
                assert scopes <= single.get(permission, set())


# --- entering again ----------------------------------------------------------------------------


def test_the_same_person_enters_again_in_place_after_idleness(enter, ready):
    browser = enter("teacher_parent")
    browser.post("/side", data={"side": "family"})
    before = token_of(browser)
    with at(hours=5):
        assert not is_in(browser)
        answer = browser.post("/reenter", json={"password": GOOD})
        assert answer.json["ok"] is True
        assert answer.json["user_id"] == ready.users["teacher_parent"]
        assert answer.json["csrf_token"]
        assert is_in(browser)
        assert token_of(browser) != before
        assert Session.get(Session.key == secret_key_of(token_of(browser))).side == "family"
        assert Session.get_or_none(Session.key == secret_key_of(before)) is None


def test_an_ended_session_cannot_be_entered_again_by_password_alone(enter, ready):
    browser = enter("teacher")
    sessions.end_all(system("test"), ready.user("teacher"), why="blocked")
    answer = browser.post("/reenter", json={"password": GOOD})
    assert answer.status_code == 422
    assert answer.json["error"]["code"]
    again = browser.post("/reenter", json={"login": "teacher", "password": GOOD})
    assert again.json["ok"] is True


def test_another_person_is_told_apart_when_entering_over_a_page(enter, ready):
    browser = enter("teacher")
    answer = browser.post("/reenter", json={"login": "deputy", "password": GOOD})
    assert answer.json["user_id"] == ready.users["deputy"]


def test_entering_again_is_slowed_like_signing_in(enter):
    browser = enter("teacher")
    answers = [browser.post("/reenter", json={"password": f"no{n}"}) for n in range(8)]
    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", 5, {}, {"password": 5}, {"password": ""}, {"password": ["a"]},
        {"login": 5, "password": "a"}, {"login": "a" * 99, "password": "a"},
        {"login": "a\x00", "password": "a"}, {"password": "a" * 100_000},
    ],
)  # fmt: skip
def test_nonsense_does_not_enter_again(client, data):
    answer = client.post("/reenter", json=data)
    assert answer.status_code == 422
    assert answer.is_json


# --- lists of sessions, rules, log -------------------------------------------------------------


def test_one_ends_ones_own_sessions_and_nobody_elses(enter, ready):
    mine, other, foreign = enter("teacher"), enter("teacher"), enter("deputy")
    ids = {
        name: Session.get(Session.key == secret_key_of(token_of(one))).id
        for name, one in (("other", other), ("foreign", foreign))
    }
    assert mine.post(f"/settings/sessions/{ids['other']}/end").status_code == 303
    assert mine.post(f"/settings/sessions/{ids['foreign']}/end").status_code == 404
    assert mine.post("/settings/sessions/99999999999/end").status_code == 404
    assert not is_in(other)
    assert is_in(foreign)


def test_all_other_places_end_at_one_press(enter):
    mine, other = enter("teacher"), enter("teacher")
    mine.post("/settings/sessions/end-others")
    assert is_in(mine)
    assert not is_in(other)


def test_devices_are_told_in_words(enter):
    browser = enter("teacher")
    Session.update(
        agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36"
    ).execute()
    assert "Chrome, Windows" in browser.get("/settings").text


def test_the_administrator_sees_and_ends_all_sessions(enter, statements):
    admin, teacher = enter("admin"), enter("teacher")
    page = admin.get("/admin/sessions?q=мартынюк")
    assert "Мартынюк Иван Андреевич" in page.text
    assert "Орлов Пётр Ильич</th" not in page.text
    row = Session.get(Session.key == secret_key_of(token_of(teacher)))
    assert admin.post(f"/admin/sessions/{row.id}/end").status_code == 303
    assert not is_in(teacher)
    with statements() as seen:
        admin.get("/admin/sessions")
    assert len(seen) <= 10


@pytest.mark.parametrize(
    "path", ["/admin/sessions", "/admin/policy", "/admin/security-log", "/admin/security-log.csv"]
)
@pytest.mark.parametrize("name", ["teacher", "director", "pupil", "parent"])
def test_only_the_administrator_opens_these_pages(login_as, path, name):
    assert login_as(name).get(path).status_code == 403


def test_rules_and_idle_minutes_are_set_by_the_administrator(enter):
    admin = enter("admin")
    teacher = Role.get(Role.name == "teacher")
    data = {"password_length": 12, "password_days": 0, "staff_hours": 12, "family_hours": 720}
    data |= {f"idle_{role.id}": role.idle_minutes for role in Role.select()}
    data[f"idle_{teacher.id}"] = 15
    assert admin.post("/admin/policy", data=data).status_code == 303
    assert school_settings.get("core", "password_length") == 12
    browser = enter("teacher")
    with at(minutes=16):
        assert not is_in(browser)
    kinds = {row.kind for row in AuditEntry.select()}
    assert {"core.settings_changed", "core.idle_limits"} <= kinds


@pytest.mark.parametrize("value", ["7", "65", "-1", "x", "", "2147483648", "9" * 40])
def test_nonsense_rules_are_refused(enter, value):
    admin = enter("admin")
    answer = admin.post("/admin/policy", data={"password_length": value})
    assert answer.status_code == 422
    assert school_settings.get("core", "password_length") == 8


def test_the_security_log_is_filtered_and_exported(enter, client, statements):
    client.post("/sign-in", data={"login": "deputy", "password": "=cmd()"})
    admin = enter("admin")
    page = admin.get("/admin/security-log?kind=core.sign_in_refused&q=ёлкина").text
    assert "Ёлкина Ольга Юрьевна" in page
    assert "неверный пароль" in page
    assert "Орлов Пётр Ильич</td>" not in page
    file = admin.get("/admin/security-log.csv?since=2026-11-24&until=2026-11-24")
    assert file.data.startswith(b"\xef\xbb\xbf")
    assert "Отказ во входе" in file.data.decode()
    assert "cmd()" not in file.data.decode()
    assert admin.get("/admin/security-log.csv?since=2026-11-25").data.decode().count("\r\n") == 1
    with statements() as seen:
        admin.get("/admin/security-log")
    assert len(seen) <= 10


@pytest.mark.parametrize(
    "query", ["since=x", "since=9999-99-99", "kind='--", "page=-1", "q=%00", "q=" + "я" * 500]
)
def test_a_nonsense_filter_still_shows_a_page(enter, query):
    assert enter("admin").get(f"/admin/security-log?{query}").status_code == 200


def test_the_theme_is_remembered_and_nonsense_is_not(enter, ready):
    browser = enter("teacher")
    browser.post("/theme", data={"theme": "dark"})
    assert Preference.get(Preference.user == ready.users["teacher"]).value == "dark"
    assert 'data-theme="dark"' in browser.get("/settings").text
    assert browser.post("/theme", data={"theme": "<b>"}).status_code == 422


def test_reading_pages_writes_nothing(enter):
    admin = enter("admin")
    before = (AuditEntry.select().count(), Session.select().count())
    for path in (
        "/settings",
        "/password",
        "/admin/sessions",
        "/admin/policy",
        "/admin/security-log",
    ):
        assert admin.get(path).status_code == 200
    assert (AuditEntry.select().count(), Session.select().count()) == before


def test_a_foreign_site_cannot_sign_anybody_in_or_out(client, ready):
    for path in ("/sign-in", "/sign-out", "/reenter"):
        assert client.post(path, headers={"Origin": "https://evil.example"}).status_code == 403


def test_forms_without_a_token_are_refused(app, ready):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = app.test_client().post("/sign-in", data={"login": "teacher", "password": GOOD})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400


def test_every_endpoint_of_the_room_says_who_may_enter(app):
    for name, view in app.view_functions.items():
        if name.startswith(("accounts.", "accounts_admin.")):
            assert access.door_of(view) is not None
