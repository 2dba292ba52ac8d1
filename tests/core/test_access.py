"""One rule for lists and checks: everybody sees exactly their own."""

from __future__ import annotations

import types
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from asurso_core import access, hookimpl, plugins
from asurso_core.accounts import Guardian, Person, User
from asurso_core.actors import FAMILY, STAFF, system
from asurso_core.app import _7_doors
from asurso_core.errors import NotThere, PluginError, Refused
from asurso_core.plugins import Plugin
from asurso_core.school import SchoolClass, TeachingGroup
from asurso_core.testing.make import SmallSchool, person

SEARCH = "core.people.search"


def seen(actor: Any, permission: str = SEARCH) -> set[int]:
    query = access.visible(actor, permission, Person.select(Person.id))
    return {row[0] for row in query.tuples()}


def test_a_parent_sees_exactly_own_children(school: SmallSchool) -> None:
    assert seen(school.actor("parent")) == {school.persons["pupil"], school.persons["pupil_5"]}


def test_a_guardian_barred_from_information_sees_nobody(school: SmallSchool) -> None:
    Guardian.update(may_receive=False).where(
        Guardian.guardian == school.persons["other_parent"]
    ).execute()
    assert seen(school.actor("other_parent")) == set()


def test_a_pupil_sees_only_oneself(school: SmallSchool) -> None:
    assert seen(school.actor("pupil")) == {school.persons["pupil"]}


def test_a_teacher_who_is_a_parent_sees_each_side_only_from_that_side(school: SmallSchool) -> None:
    assert school.persons["pupil_6"] in seen(school.actor("teacher_parent", STAFF))
    assert seen(school.actor("teacher_parent", FAMILY)) == {school.persons["pupil_2"]}


def test_a_list_and_a_check_never_disagree(school: SmallSchool) -> None:
    people = list(Person.select())
    for name in school.users:
        for side in (STAFF, FAMILY):
            actor = school.actor(name, side)
            for permission in (SEARCH, "core.users.edit"):
                listed = seen(actor, permission)
                checked = {one.id for one in people if access.can(actor, permission, one)}
                assert listed == checked
                assert access.allowed_ids(
                    actor, permission, Person, [one.id for one in people]
                ) == frozenset(listed)


def test_a_foreign_object_is_not_there_and_a_visible_one_is_refused(school: SmallSchool) -> None:
    stranger = school.person("pupil_6")
    with pytest.raises(NotThere):
        access.require(school.actor("parent"), "core.users.edit", stranger, see=SEARCH)
    with pytest.raises(Refused):
        access.require(school.actor("deputy"), "core.users.edit", stranger, see=SEARCH)


@pytest.mark.parametrize("id_", ["", "x", "-1", "0", "99999999999999999999", None, "1e3", "٣"])
def test_nonsense_ids_are_not_there(school: SmallSchool, id_: Any) -> None:
    with pytest.raises(NotThere):
        access.find(school.actor("admin"), SEARCH, Person, id_)


def test_nobody_edits_anything_of_a_closed_year_not_even_the_system(school: SmallSchool) -> None:
    old = SchoolClass(id=0)
    from asurso_core.school import AcademicYear

    mine = school.get(SchoolClass, "5А")
    for actor in (school.actor("admin"), system("test")):
        assert access.can(actor, "core.classes.edit", mine)
    AcademicYear.update(state="closed").where(AcademicYear.id == school.ids["year"]).execute()
    for actor in (school.actor("admin"), system("test")):
        assert not access.can(actor, "core.classes.edit", mine)
    assert old.id == 0


def test_a_restriction_narrows_and_a_failing_one_means_no(school: SmallSchool) -> None:
    def only_5b(actor: Any, permission: str, model: Any) -> Any:
        del actor, permission
        return SchoolClass.letter == "Б" if model is SchoolClass else None

    admin = school.actor("admin")
    with restricted(only_5b):
        assert not access.can(admin, "core.classes.view", school.get(SchoolClass, "5А"))
        assert access.can(admin, "core.classes.view", school.get(SchoolClass, "5Б"))

    def broken(actor: Any, permission: str, model: Any) -> Any:
        raise RuntimeError("no answer")

    with restricted(broken):
        assert not access.can(admin, "core.classes.view", school.get(SchoolClass, "5Б"))


class restricted:  # noqa: N801 - reads as a word
    """A plugin with one restriction, for the length of a block."""

    def __init__(self, rule: Any) -> None:
        self.rule = rule

    def __enter__(self) -> None:
        self.before = plugins.current()
        self.reraise = self.before.reraise
        made = types.ModuleType("narrow")
        self.rule.__name__ = "asurso_restrict"
        made.asurso_restrict = hookimpl(self.rule)  # type: ignore[attr-defined]
        manager = plugins.PluginManager()
        manager.register(
            [*self.before.plugins.values(), Plugin("narrow", made, "asurso_narrow", ("core",))]
        )
        plugins.use(manager)

    def __exit__(self, *_error: object) -> None:
        plugins.use(self.before)


def test_an_endpoint_that_does_not_say_who_may_enter_stops_the_start(app: Flask) -> None:
    del app
    bare = Flask("bare")
    bare.add_url_rule("/secret", "secret", lambda: "for everybody")
    with pytest.raises(PluginError, match="secret does not say who may enter"):
        _7_doors(bare)


def test_an_endpoint_that_asks_an_unknown_permission_stops_the_start(app: Flask) -> None:
    del app
    bare = Flask("bare")
    bare.add_url_rule("/x", "x", access.requires("core.no.such")(lambda: ""))
    bare.view_functions.pop("static", None)
    with pytest.raises(PluginError, match="unknown permission"):
        _7_doors(bare)


@tuned(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_family_a_parent_sees_the_children_one_may_hear_of(
    school: SmallSchool, data: st.DataObject
) -> None:
    from asurso_core.db import db

    pupils = [school.persons[f"pupil{n}"] for n in ("", "_2", "_3", "_4", "_5", "_6")]
    links = data.draw(st.dictionaries(st.sampled_from(pupils), st.booleans()))
    with db.atomic() as around:
        parent = person("Новая Мать Семьи")
        for pupil, may in links.items():
            Guardian.create(guardian=parent, pupil=pupil, relation="мать", may_receive=may)
        user = User.create(person=parent, login="n", login_key="n", created_at="2026-01-01")
        from asurso_core.accounts import Role, UserRole
        from asurso_core.accounts.queries import actor_for

        UserRole.create(user=user, role=Role.get(Role.name == "parent"))
        assert seen(actor_for(user.id)) == {pupil for pupil, may in links.items() if may}
        around.rollback()


def test_a_teacher_reaches_own_groups_by_the_narrow_scope(school: SmallSchool) -> None:
    actor = school.actor("teacher")
    from dataclasses import replace

    narrowed = replace(actor, grants={"core.classes.view": frozenset({"own_group"})})
    query = access.visible(narrowed, "core.classes.view", TeachingGroup.select())
    assert [group.id for group in query] == [school.ids["maths_5a"]]
