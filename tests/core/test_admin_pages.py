"""Pages of the administrator: plugins, the state of the system, settings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from asurso_core import audit, clock, outbox, settings
from asurso_core.accounts import User
from asurso_core.accounts.models import Grant, Role
from asurso_core.admin import checks, queries, services
from asurso_core.errors import NotThere
from asurso_core.health import FAILURE, NOTE, OK, WARNING, Finding, HealthCheck

PAGES = ("/admin/plugins", "/admin/health", "/admin/settings", "/admin/settings/core")


def test_the_pages_open_for_the_administrator_alone(school: Any, login_as: Any) -> None:
    del school
    admin = login_as("admin")
    for url in PAGES:
        assert admin.get(url).status_code == 200, url
    for name in ("teacher", "deputy", "secretary", "parent", "pupil"):
        client = login_as(name)
        for url in PAGES:
            assert client.get(url).status_code in {403, 404}, (name, url)
        assert client.post("/admin/settings/core", data={"staff_hours": 1}).status_code == 404


def test_the_list_of_plugins_tells_what_each_brings(school: Any) -> None:
    found = {one["name"]: one for one in queries.installed(school.actor("admin"))}
    assert found["core"]["enabled"]
    assert found["core"]["brings"]["tables"] > 10
    assert found["core"]["brings"]["permissions"] > 10


def test_settings_are_changed_on_the_page_of_their_owner(school: Any, login_as: Any) -> None:
    del school
    client = login_as("admin")
    values = {name: settings.get("core", name) for name in ("password_length", "password_days",
              "staff_hours", "family_hours")}  # fmt: skip
    answer = client.post("/admin/settings/core", data={**values, "staff_hours": 9})
    assert answer.status_code == 303
    assert settings.get("core", "staff_hours") == 9
    entry = audit.AuditEntry.get(audit.AuditEntry.kind == "core.settings_changed")
    assert entry.after == {"staff_hours": 9}


@pytest.mark.parametrize("value", ["", "0", "x", "9" * 30, "-1", "1\x00", "2147483648"])
def test_nonsense_in_settings_is_refused(school: Any, login_as: Any, value: str) -> None:
    del school
    before = settings.get("core", "staff_hours")
    client = login_as("admin")
    data = {"password_length": value, "password_days": value, "staff_hours": value,
            "family_hours": value}  # fmt: skip
    assert client.post("/admin/settings/core", data=data).status_code == 422
    assert settings.get("core", "staff_hours") == before
    assert client.get("/admin/settings/nobody").status_code == 404


def test_the_service_asks_the_right_of_the_owner(school: Any) -> None:
    with pytest.raises(NotThere):
        services.save_settings(school.actor("teacher"), "core", {"staff_hours": 1})


def found(name: str) -> Finding:
    """What one check finds now."""
    return next(check for check in checks.CHECKS if check.name == name).run()


def test_every_check_answers(school: Any) -> None:
    del school
    names = [check.name for check, finding in checks.run_all() if finding.text]
    assert names[:15] == [
        "S01", "S02", "S03", "S04", "S06", "S10", "S12", "S15",
        "R01", "R02", "R04", "R05", "R06", "R08", "R10",
    ]  # fmt: skip
    assert found("R01").level in {OK, FAILURE}  # the scratch cluster of the tests saves on fsync
    assert found("R02").level == OK


def test_a_dangerous_right_of_parents_is_found(school: Any) -> None:
    del school
    assert found("S10").level == OK
    Grant.create(role=Role.get(Role.name == "parent"), permission="core.users.archive",
                 scope="school")  # fmt: skip
    assert found("S10").level == FAILURE


def test_forgotten_one_time_passwords_are_found(school: Any) -> None:
    assert found("S12").level == OK
    User.update(
        must_change=True, password_hash="x", created_at=clock.stamp() - dt.timedelta(days=20)
    ).where(User.id == school.users["pupil"]).execute()
    assert found("S12").level == WARNING


def test_waiting_facts_are_counted(school: Any) -> None:
    del school
    outbox.put("core.test")
    assert found("R06").level == NOTE
    with clock.frozen("2026-11-27T10:00"):
        assert found("R06").level == WARNING


def test_a_readable_key_is_a_failure(app: Any, school: Any) -> None:
    del school
    file = app.extensions["asurso_config"].instance / "secret.key"
    file.write_text("x")
    try:
        file.chmod(0o644)
        assert found("S02").level == FAILURE
        file.chmod(0o600)
        assert found("S02").level == OK
    finally:
        file.unlink()


def test_a_check_that_breaks_is_told_and_stops_nothing(
    school: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del school

    def broken() -> Finding:
        raise OSError

    bad = HealthCheck(name="X99", title="broken", run=broken)
    monkeypatch.setattr(checks.plugins, "collect", lambda _spec: [(None, bad)])
    assert checks.run_all()[0][1].level == FAILURE
