"""The matrix of rights: what it shows, how a cell changes, and what is never allowed."""

from __future__ import annotations

from typing import Any

import pytest

from asurso_core import access, install
from asurso_core.accounts import people_services
from asurso_core.accounts.models import Grant, Role, User
from asurso_core.accounts.queries import actor_for
from asurso_core.admin import granting, matrix
from asurso_core.audit import AuditEntry
from asurso_core.errors import Conflict, Invalid, NotThere, Refused

ROOMS = "core.rooms.view"
CELL = f"/admin/access/roles/hr/{ROOMS}"


def held(permission: str, role: str) -> set[str]:
    query = Grant.select(Grant.scope).join(Role)
    return {row.scope for row in query.where(Role.name == role, Grant.permission == permission)}


def change(school: Any, permission: str, role: str, scopes: list[str]) -> None:
    admin = school.actor("admin")
    cell = matrix.one_cell(admin, permission, role)[1]
    granting.change_cell(admin, permission, role, scopes, shown=granting.mark(cell))


def test_it_shows_every_right_of_every_plugin_and_every_role(school: Any) -> None:
    found = matrix.matrix(school.actor("admin"), matrix.Filters())
    shown = {line.permission.name for part in found.sections for line in part.lines}
    assert shown == set(access.permissions())
    assert len(found.roles) == 11
    assert found.sections[0].owner == "core"


def test_a_fresh_school_differs_in_nothing(school: Any) -> None:
    found = matrix.matrix(school.actor("admin"), matrix.Filters(different=True))
    assert found.sections == []


def test_a_changed_cell_is_a_difference_and_holds_at_once(school: Any) -> None:
    assert not school.actor("hr").holds(ROOMS)
    change(school, ROOMS, "hr", ["school"])
    assert school.actor("hr").holds(ROOMS)
    found = matrix.matrix(school.actor("admin"), matrix.Filters(different=True))
    assert [
        (line.permission.name, [cell.role.name for cell in line.cells if cell.differs])
        for part in found.sections
        for line in part.lines
    ] == [(ROOMS, ["hr"])]


def test_a_change_is_told_with_before_and_after(school: Any) -> None:
    change(school, "core.classes.view", "teacher", ["own_class", "own_group"])
    entry = AuditEntry.get(AuditEntry.kind == "core.grants_changed")
    assert entry.before["scopes"] == ["school"]
    assert entry.after["scopes"] == ["own_class", "own_group"]
    assert entry.after["permission"] == "core.classes.view"


def test_only_whoever_changes_rights_may_change_them(school: Any) -> None:
    for name in ("director", "teacher", "secretary", "parent"):
        with pytest.raises(Refused):
            granting.change_cell(school.actor(name), ROOMS, "hr", ["school"], shown="")


def test_a_scope_that_the_right_does_not_know_is_refused(school: Any) -> None:
    with pytest.raises(Invalid):
        change(school, ROOMS, "hr", ["own_child"])
    assert held(ROOMS, "hr") == set()


@pytest.mark.parametrize(("permission", "role"), [("core.nonsense", "hr"), (ROOMS, "nobody")])
def test_unknown_rights_and_roles_are_not_there(school: Any, permission: str, role: str) -> None:
    with pytest.raises(NotThere):
        granting.change_cell(school.actor("admin"), permission, role, ["school"], shown="")


def test_the_last_right_to_change_rights_cannot_be_taken(school: Any) -> None:
    with pytest.raises(Invalid):
        change(school, matrix.EDIT, "admin", [])
    assert held(matrix.EDIT, "admin") == {"school"}
    change(school, matrix.EDIT, "director", ["school"])
    change(school, matrix.EDIT, "admin", [])
    with pytest.raises(Refused):  # the administrator has just given the key away
        change(school, matrix.EDIT, "director", [])


def test_the_last_keeper_cannot_be_closed_or_lose_the_role(school: Any) -> None:
    change(school, matrix.EDIT, "director", ["school"])
    change(school, matrix.EDIT, "admin", [])
    director: User = school.user("director")
    with pytest.raises(Invalid):
        people_services.block(school.actor("admin"), director, "проба")
    with pytest.raises(Invalid):
        people_services.set_roles(school.actor("admin"), director, ["teacher"], director.version)


@pytest.mark.parametrize(
    ("permission", "scopes"),
    [("core.settings.edit", ["school"]), ("core.people.search", ["school"]),
     ("core.people.search", ["own_class"])],
)  # fmt: skip
def test_families_get_no_right_over_others(school: Any, permission: str, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        change(school, permission, "parent", scopes)


def test_two_administrators_do_not_overwrite_each_other(school: Any) -> None:
    change(school, ROOMS, "hr", ["school"])
    with pytest.raises(Conflict):
        granting.change_cell(school.actor("admin"), ROOMS, "hr", [], shown="")
    assert held(ROOMS, "hr") == {"school"}


def test_back_to_default_takes_back_one_plugin_only(school: Any) -> None:
    change(school, ROOMS, "hr", ["school"])
    change(school, "timetable.view", "teacher", [])
    admin = school.actor("admin")
    _title, found = matrix.differences(admin, "core")
    assert granting.restore_defaults(admin, "core", shown=granting.digest(found)) == 1
    assert held(ROOMS, "hr") == set()
    assert held("timetable.view", "teacher") == set()
    with pytest.raises(Conflict):
        granting.restore_defaults(admin, "timetable", shown="as it was yesterday")


def test_a_right_taken_from_everybody_stays_away_after_an_upgrade(school: Any) -> None:
    for role in ("admin", "secretary"):
        change(school, "core.people.import", role, [])
    install.install_defaults()
    assert held("core.people.import", "admin") == set()
    assert held(ROOMS, "admin") == {"school"}


def test_a_cell_is_changed_on_its_page(school: Any, login_as: Any) -> None:
    client = login_as("admin")
    assert "Видеть кабинеты" in client.get(CELL).get_data(as_text=True)
    answer = client.post(
        CELL + "?next=/admin/access?role=hr", data={"scopes": "school", "shown": ""}
    )
    assert (answer.status_code, answer.location) == (303, "/admin/access?role=hr")
    assert school.actor("hr").holds(ROOMS)
    late = client.post(CELL, data={"scopes": "school", "shown": ""})
    assert late.status_code == 409
    assert 'name="shown" value="school"' in late.get_data(as_text=True)


@pytest.mark.parametrize("scopes", ["own_child", "", "x" * 300, "school\x00"])
def test_nonsense_in_a_cell_is_refused(school: Any, login_as: Any, scopes: str) -> None:
    answer = login_as("admin").post(CELL, data={"scopes": scopes, "shown": ""})
    assert answer.status_code == 422
    assert not school.actor("hr").holds(ROOMS)


def test_the_page_takes_few_statements_whatever_its_size(
    school: Any, login_as: Any, statements: Any
) -> None:
    client = login_as("admin")
    client.get("/admin/access")
    with statements() as seen:
        page = client.get("/admin/access").get_data(as_text=True)
    assert len(seen) <= 4, seen
    assert page.count("/admin/access/roles/") == 11 * len(access.permissions())


def test_filters_narrow_and_nonsense_shows_all(school: Any, login_as: Any) -> None:
    client = login_as("director")
    one = client.get("/admin/access?owner=journal&role=teacher").get_data(as_text=True)
    assert "/admin/access/roles/" not in one  # the director looks and does not change
    assert one.count('class="access-part"') == 1
    assert client.get("/admin/access?owner=x&role=%00&only=y").status_code == 200
    assert client.get("/admin/access?only=different").status_code == 200


def test_who_may_do_what_is_no_business_of_a_teacher(login_as: Any) -> None:
    for name in ("teacher", "secretary", "pupil"):
        client = login_as(name)
        assert client.get("/admin/access").status_code == 403
        assert client.post(CELL, data={"scopes": "school"}).status_code == 403


def test_rights_are_read_anew_by_whoever_is_signed_in(school: Any, login_as: Any) -> None:
    teacher = login_as("teacher")
    assert teacher.get("/school/rooms").status_code == 200
    change(school, ROOMS, "teacher", [])
    assert teacher.get("/school/rooms").status_code == 403
    assert not actor_for(school.users["teacher"]).holds(ROOMS)
