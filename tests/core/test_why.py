"""Why may somebody do something: the chain agrees with what the pages decide."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from asurso_core import access, clock
from asurso_core.accounts import User
from asurso_core.actors import FAMILY, STAFF
from asurso_core.admin import person_grants, why
from asurso_core.errors import Invalid, Refused
from asurso_core.school import AcademicYear, SchoolClass
from asurso_core.testing.make import SmallSchool
from tests.core.test_access import restricted


def told(school: SmallSchool, name: str, permission: str, object_: str = "") -> Any:
    (found,) = why.explain(school.actor("admin"), name, permission, object_)
    return found


def words(found: Any, kind: str) -> str:
    return " ".join(step.text for step in found.steps if step.kind == kind)


def test_the_verdict_is_what_the_rule_says_for_everybody_and_everything(
    school: SmallSchool,
) -> None:
    classes = list(SchoolClass.select())
    for name in school.users:
        for permission in ("core.classes.view", "core.classes.edit", "core.people.search"):
            for one in why.explain(school.actor("admin"), name, permission):
                side = FAMILY if "родител" in one.title else STAFF
                assert one.allowed == school.actor(name, side).holds(permission), one
            if permission == "core.people.search":
                continue
            for school_class in classes:
                for one in why.explain(
                    school.actor("admin"), name, permission, f"class:{school_class.id}"
                ):
                    side = FAMILY if "родител" in one.title else STAFF
                    actor = school.actor(name, side)
                    assert one.allowed == access.can(actor, permission, school_class)


def test_it_names_role_scope_and_whom_it_reaches(school: SmallSchool) -> None:
    found = told(school, "parent", "core.people.search", f"person:{school.persons['pupil']}")
    assert found.allowed
    assert "Роль «Родитель» даёт право «Искать людей»: свои дети" in words(found, "good")
    assert "Абрамов Е. И." in words(found, "good")
    foreign = told(school, "parent", "core.people.search", f"person:{school.persons['pupil_6']}")
    assert not foreign.allowed
    assert "не входит" in words(foreign, "bad")


def test_it_tells_what_was_given_to_the_person_and_until_when(school: SmallSchool) -> None:
    until = clock.today() + dt.timedelta(days=2)
    person_grants.give(
        school.actor("admin"), school.user("hr"), "core.rooms.edit", "school", until, "замещает"
    )
    found = told(school, "hr", "core.rooms.edit")
    assert found.allowed
    assert f"по {until:%d.%m.%Y}" in words(found, "good")


def test_it_tells_which_roles_would_have_the_right(school: SmallSchool) -> None:
    found = told(school, "teacher", "core.rooms.edit")
    assert not found.allowed
    assert "Администратор" in words(found, "bad")


def test_it_tells_of_a_closed_year_and_of_a_plugin_that_forbids(school: SmallSchool) -> None:
    object_ = f"school_class:{school.ids['5А']}"

    def only_5b(actor: Any, permission: str, model: Any) -> Any:
        del actor, permission
        return SchoolClass.letter == "Б" if model is SchoolClass else None

    with restricted(only_5b):
        found = told(school, "admin", "core.classes.edit", object_)
        assert not found.allowed
        assert "запрещает" in words(found, "bad")
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    found = told(school, "admin", "core.classes.edit", object_)
    assert not found.allowed
    assert "год закрыт" in words(found, "bad")


def test_a_closed_account_may_nothing(school: SmallSchool) -> None:
    User.update(state="blocked").where(User.id == school.users["teacher"]).execute()
    found = told(school, "teacher", "core.rooms.view")
    assert not found.allowed
    assert "закрыта" in words(found, "bad")


@pytest.mark.parametrize(
    ("login", "object_"),
    [("nobody", ""), ("teacher", "lesson"), ("teacher", "nonsense:1"), ("teacher", "class:0"),
     ("teacher", "class:x"), ("teacher", "class:99999999999999"), ("teacher", "class:٣")],
)  # fmt: skip
def test_nonsense_is_told(school: SmallSchool, login: str, object_: str) -> None:
    with pytest.raises(Invalid):
        why.explain(school.actor("admin"), login, "core.rooms.view", object_)


def test_an_unknown_right_is_told_and_denied(school: SmallSchool) -> None:
    found = told(school, "admin", "core.no.such")
    assert not found.allowed
    assert "core.no.such" in words(found, "bad")


def test_the_page_explains_to_those_who_see_rights(school: SmallSchool, login_as: Any) -> None:
    object_ = f"class:{school.ids['5А']}"
    url = f"/admin/access/why?login=teacher&permission=core.classes.edit&object={object_}"
    assert "Ни одна роль" in login_as("director").get(url).get_data(as_text=True)
    assert login_as("teacher").get(url).status_code == 403
    with pytest.raises(Refused):
        why.explain(school.actor("teacher"), "admin", "core.rooms.view")
    client = login_as("admin")
    assert client.get("/admin/access/why").status_code == 200
    assert client.get("/admin/access/why?login=%00&permission=x").status_code == 422


def test_the_command_prints_the_chain(tmp_path: Path) -> None:
    def asurso(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from asurso_core.cli import main; main()", *arguments],
            env={**os.environ, "ASURSO_INSTANCE": str(tmp_path)}, check=False,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    made = asurso("init", "--name", "Школа", "--person", "Орлов Пётр Ильич")
    assert made.returncode == 0, made.stderr
    yes = asurso("access", "why", "admin", "core.access.edit")
    assert yes.returncode == 0, yes.stderr
    assert "Администратор" in yes.stdout
    assert "=> Да" in yes.stdout
    assert asurso("access", "why", "admin", "core.no.such").returncode == 1
    assert "nobody" in asurso("access", "why", "nobody", "core.access.edit").stderr
