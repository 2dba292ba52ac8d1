"""Pages of the administrator: plugins, the state of the system, settings."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from asurso_core import (
    access,
    audit,
    audit_chain,
    clock,
    config,
    defects,
    lifecycle,
    schema,
    settings,
)
from asurso_core.accounts import Person, User
from asurso_core.accounts.models import Grant, Role
from asurso_core.actors import system
from asurso_core.admin import checks, program_checks, services, verifying
from asurso_core.db import run, transaction
from asurso_core.errors import NotThere
from asurso_core.health import FAILURE, NOTE, OK, SILENCED, WARNING, Finding, HealthCheck
from asurso_core.school import ClassMember

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
    found = {one.name: one for one in lifecycle.overview(school.actor("admin"))}
    assert found["core"].state == "enabled"
    assert len(found["core"].tables) > 10
    assert found["core"].brings["permissions"] > 10
    assert found["journal"].requires == ("timetable",)


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
    numbers = [check.name for check, finding in checks.run_all() if finding.text]
    promised = [*(f"S{n:02}" for n in range(1, 17)), *(f"R{n:02}" for n in range(1, 13))]
    assert numbers[: len(promised)] == promised
    assert len(numbers) == len(set(numbers))
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
    assert next(one for check, one in checks.run_all() if check is bad).level == FAILURE


def test_what_somebody_brings_is_no_longer_told_as_missing() -> None:
    told = {check.name for check, _finding in program_checks.not_yet(["S11", "X01"])}
    assert told == set(program_checks.NOT_YET) - {"S11"}


def _check(level: str) -> HealthCheck:
    return HealthCheck(name="S04", title="x", run=lambda: Finding(level=level, text="Плохо."))


def test_a_check_is_silenced_only_with_a_reason(
    app: Any, school: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    del school
    borne = replace(app.extensions["asurso_config"], silenced={"S04": "Только в этой сети."})
    monkeypatch.setitem(app.extensions, "asurso_config", borne)
    for level, told in ((WARNING, SILENCED), (FAILURE, SILENCED), (OK, OK)):
        check = _check(level)
        monkeypatch.setattr(checks.plugins, "collect", lambda _spec, check=check: [(None, check)])
        finding = next(one for found, one in checks.run_all() if found is check)
        assert (finding.level, "Только в этой сети." in finding.text) == (told, told == SILENCED)
    for text in ('[silenced]\nS04 = ""', "[silenced]\nS04 = 1", 'silenced = "S04"'):
        (tmp_path / "asurso.toml").write_text(text, "utf-8")
        with pytest.raises(ValueError, match="silenc"):
            config.load(tmp_path)


def test_the_operator_speaks_to_a_plugin_in_a_table_of_its_name(
    app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "asurso.toml").write_text('[plugin.sms]\nsender = "SCHOOL"\n', "utf-8")
    monkeypatch.setitem(app.extensions, "asurso_config", config.load(tmp_path))
    assert config.of_plugin("sms") == {"sender": "SCHOOL"}
    assert config.of_plugin("mail") == {}
    for text in ("plugin = 1", '[plugin]\nsms = "x"'):
        (tmp_path / "asurso.toml").write_text(text, "utf-8")
        with pytest.raises(ValueError, match="plugin"):
            config.load(tmp_path)


def test_accounts_of_people_who_left_are_found(school: Any) -> None:
    assert found("S13").level == OK
    ClassMember.update(until=clock.today() - dt.timedelta(days=1)).where(
        ClassMember.pupil == school.persons["pupil"]
    ).execute()
    assert found("S13").level == WARNING
    User.update(state="archived").where(User.id == school.users["pupil"]).execute()
    assert found("S13").level == OK
    Person.update(archived_at=clock.stamp()).where(Person.id == school.persons["hr"]).execute()
    assert found("S13").level == WARNING


def test_the_limit_of_requests_is_judged(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("S05").level == OK
    wide = replace(app.extensions["asurso_config"], max_body=500 * 1024**2)
    monkeypatch.setitem(app.extensions, "asurso_config", wide)
    assert found("S05").level == WARNING


def test_changed_program_files_are_found(
    school: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    del school
    assert found("S08").level in {OK, WARNING, NOTE}
    folder = tmp_path / "asurso_journal"
    folder.mkdir()
    (folder / "plugin.py").write_text("x = 1\n")
    info = tmp_path / "asurso_library-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: asurso-library\nVersion: 1.0\n")
    digest = hashlib.sha256(b"x = 1\n").digest()
    told = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"asurso_journal/plugin.py,sha256={told},6\n")
    dist = metadata.Distribution.at(info)
    assert list(program_checks._changed_files(dist)) == []
    (folder / "plugin.py").write_text("x = 2\n")
    assert list(program_checks._changed_files(dist)) == ["asurso_journal/plugin.py"]
    monkeypatch.setattr(program_checks, "_needed", lambda: {"asurso-library"})
    monkeypatch.setattr(program_checks, "_dist", lambda _name: [dist])
    assert (found("S08").level, found("S09").level) == (FAILURE, FAILURE)
    (folder / "plugin.py").unlink()
    assert found("S09").level == FAILURE


def test_plugins_and_writable_programs_are_told(school: Any) -> None:
    del school
    assert "journal" in found("S09").text
    assert found("S07").level in {OK, WARNING}
    assert found("S16").level == NOTE


def test_the_state_of_the_history_is_told(school: Any) -> None:
    del school
    with transaction():
        audit.record(system("test"), "core.settings_changed", "core.thing:1", topic=None)
    with clock.frozen("2026-11-24T13:00"):
        assert found("R09").level == WARNING  # nobody seals
    audit_chain.seal()
    assert found("R09").level == NOTE  # nobody verified
    with transaction():
        audit.record(system("test"), verifying.VERIFIED, "core.audit:0", after={"faults": {}})
    audit_chain.seal()
    assert found("R09").level == OK
    schema.drop_guards()
    run("UPDATE core_audit_entry SET reason = 'x' WHERE kind = 'core.settings_changed'")
    assert found("R09").level == FAILURE
    run("UPDATE core_audit_entry SET reason = 'test' WHERE kind = 'core.settings_changed'")
    with transaction():
        audit.record(
            system("test"), verifying.VERIFIED, "core.audit:0", after={"faults": {"cut": 1}}
        )
    assert found("R09").level == FAILURE


def test_mistakes_of_a_week_are_counted(app: Any, school: Any, login_as: Any) -> None:
    del school
    file = defects.file_of(Path(app.instance_path))
    assert found("R11").level == OK
    app.testing = False
    view = app.view_functions["core.health"]
    app.view_functions["core.health"] = access.requires("core.plugins.view")(lambda: 1 / 0)
    try:
        assert login_as("admin").get("/admin/health").status_code == 500
        assert found("R11").level == WARNING
        line = file.read_text("utf-8")
        assert "core.health ZeroDivisionError" in line
        with clock.frozen("2026-12-24T10:00"):
            assert found("R11").level == OK
    finally:
        app.testing = True
        app.view_functions["core.health"] = view
        file.unlink(missing_ok=True)


def test_the_file_of_mistakes_does_not_grow_for_ever(
    app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del app
    monkeypatch.setattr(defects, "LARGEST", 300)
    for number in range(20):
        defects.note(tmp_path, str(number), "core.start", ValueError())
    assert defects.file_of(tmp_path).stat().st_size < 400
    assert 5 <= defects.since(tmp_path, days=1) < 20
    defects.note(tmp_path / "nowhere", "1", "core.start", ValueError())  # suppressed


@pytest.mark.parametrize(
    ("page", "place"),
    [("/", "/"), ("/admin/plugins", "/admin/plugins"), ("/admin/plugins/diary", "/admin/plugins"),
     ("/journal/", "/journal/"), ("/settings", None)],
)  # fmt: skip
def test_the_menu_shows_where_a_page_stands(login_as: Any, page: str, place: str | None) -> None:
    menu = login_as("admin").get(page).text.partition('id="menu"')[2].partition("</nav>")[0]
    found = re.search(r'<a href="([^"]*)" aria-current="page">', menu)
    assert (found[1] if found else None) == place
