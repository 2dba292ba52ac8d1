"""Every hook of the kernel that asks or announces, answered by a plugin of a few lines.

The functions marked with ``@hookimpl`` are the examples of ``docs/developers/hooks.md``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from asurso_core import access, hookimpl, install, lifecycle
from asurso_core.accounts import Person, User, passwords, people_services
from asurso_core.actors import Actor
from asurso_core.db import Record
from asurso_core.school import SchoolClass, Subject, TeachingGroup, services
from asurso_core.search import Hit
from asurso_core.testing.make import SmallSchool

Join = Callable[..., Any]
DAY = dt.date(2026, 12, 1)
NEW = {"surname": "Новикова", "given_name": "Анна", "patronymic": "Олеговна"}


# --- asked ---------------------------------------------------------------------------------------


def test_hook_asurso_restrict(school: SmallSchool, join: Join) -> None:
    @hookimpl
    def asurso_restrict(actor: Actor, permission: str, model: type[Record]) -> Any:
        # A condition on rows of the model; None where there is nothing to narrow.
        if permission == "core.classes.view" and model is SchoolClass:
            return SchoolClass.letter == "Б"
        return None

    join(asurso_restrict)
    admin = school.actor("admin")
    assert access.can(admin, "core.classes.view", school.get(SchoolClass, "5Б"))
    assert not access.can(admin, "core.classes.view", school.get(SchoolClass, "5А"))
    lifecycle.disable(admin, "guest")
    assert access.can(admin, "core.classes.view", school.get(SchoolClass, "5А"))


def test_hook_asurso_landing(school: SmallSchool, client: FlaskClient, join: Join) -> None:
    @hookimpl
    def asurso_landing(actor: Actor) -> str | None:
        return "people.index" if actor.side == "staff" else None

    join(asurso_landing)
    for login, address in (("secretary", "/people/"), ("pupil", "/")):
        hashed = passwords.hash_password("журавль синий чемодан")
        User.update(password_hash=hashed).where(User.id == school.users[login]).execute()
        data = {"login": login, "password": "журавль синий чемодан"}
        assert client.post("/sign-in", data=data).headers["Location"] == address
        client = client.application.test_client()


def test_hook_asurso_search(
    school: SmallSchool, login_as: Callable[..., FlaskClient], join: Join
) -> None:
    @hookimpl
    def asurso_search(actor: Actor, text: str, limit: int) -> list[Hit]:
        books = ["Букварь", "Сказка о царе Салтане"]
        return [
            Hit(title=one, url="/guest/", kind="Книга")
            for one in books
            if text.lower() in one.lower()
        ][:limit]

    join(asurso_search)
    page = login_as("pupil").get("/search?q=салтан").text
    assert "Сказка о царе Салтане" in page
    assert "Букварь" not in page


# --- announced: plugins and people ---------------------------------------------------------------


def test_hook_asurso_installed(app: Flask, join: Join) -> None:
    @hookimpl
    def asurso_installed() -> None:
        # Announced again with every upgrade: what is there is left alone.
        Subject.get_or_create(name="Внеклассное чтение", defaults={"short_name": "вн. чт."})

    join(asurso_installed)
    install.install_defaults()
    install.install_defaults()
    assert Subject.select().where(Subject.name == "Внеклассное чтение").count() == 1


def test_hook_asurso_plugin_enabled(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_plugin_enabled(name: str, first_time: bool, actor: Actor) -> None:
        heard.append((name, first_time, actor.login))

    join(asurso_plugin_enabled)
    lifecycle.disable(school.actor("admin"), "guest")
    lifecycle.enable(school.actor("admin"), "guest")
    assert heard == [("guest", False, "admin")]


def test_hook_asurso_plugin_disabled(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_plugin_disabled(name: str, actor: Actor) -> None:
        heard.append((name, actor.login))

    join(asurso_plugin_disabled)
    lifecycle.disable(school.actor("admin"), "guest")
    assert heard == [("guest", "admin")]


def test_hook_asurso_user_created(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_user_created(user: User, actor: Actor) -> None:
        heard.append((user.person.surname, actor.login))

    join(asurso_user_created)
    people_services.create_staff(school.actor("admin"), NEW, ["teacher"])
    assert heard == [("Новикова", "admin")]


def test_hook_asurso_user_updated(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_user_updated(user: User, changes: Mapping[str, tuple[Any, Any]]) -> None:
        # An implementation takes those arguments that it needs.
        heard.append((user.id, dict(changes)))

    join(asurso_user_updated)
    user = school.user("teacher")
    people_services.change_login(school.actor("admin"), user, "martynyuk", user.version)
    assert heard == [(user.id, {"login": ("teacher", "martynyuk")})]


def test_hook_asurso_user_archived(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_user_archived(user: User, reason: str, actor: Actor) -> None:
        heard.append((user.login, reason))

    join(asurso_user_archived)
    people_services.archive(school.actor("admin"), school.user("technical"), "уволен")
    assert heard == [("technical", "уволен")]


def test_hook_asurso_user_restored(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_user_restored(user: User, actor: Actor) -> None:
        heard.append(user.login)

    join(asurso_user_restored)
    people_services.archive(school.actor("admin"), school.user("technical"), "уволен")
    people_services.restore(school.actor("admin"), school.user("technical"))
    assert heard == ["technical"]


def test_hook_asurso_roles_changed(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_roles_changed(user: User, granted: set[str], revoked: set[str]) -> None:
        heard.append((user.login, granted, revoked))

    join(asurso_roles_changed)
    user = school.user("technical")
    people_services.set_roles(school.actor("admin"), user, ["secretary"], user.version)
    assert heard == [("technical", {"secretary"}, {"technical"})]


# --- announced: classes, groups, the calendar ----------------------------------------------------


def test_hook_asurso_pupil_enrolled(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_pupil_enrolled(pupil: Person, school_class: SchoolClass, on: dt.date) -> None:
        heard.append((pupil.surname, school_class.title, on))

    join(asurso_pupil_enrolled)
    people_services.create_pupil(school.actor("admin"), NEW, school.get(SchoolClass, "5А"), DAY)
    assert heard == [("Новикова", "5А", DAY)]


def test_hook_asurso_pupil_moved(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_pupil_moved(
        pupil: Person, old_class: SchoolClass, new_class: SchoolClass, on: dt.date
    ) -> None:
        heard.append((pupil.surname, old_class.title, new_class.title, on))

    join(asurso_pupil_moved)
    services.move_pupil(school.actor("admin"), school.persons["pupil"], school.ids["5Б"], DAY)
    assert heard == [("Абрамов", "5А", "5Б", DAY)]


def test_hook_asurso_pupil_left(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_pupil_left(pupil: Person, on: dt.date, reason: str) -> None:
        heard.append((pupil.surname, on, reason))

    join(asurso_pupil_left)
    services.leave_pupil(school.actor("admin"), school.persons["pupil"], DAY, "переезд")
    assert heard == [("Абрамов", DAY, "переезд")]


def test_hook_asurso_group_changed(school: SmallSchool, join: Join) -> None:
    heard: list[Any] = []

    @hookimpl
    def asurso_group_changed(
        group: TeachingGroup, added: list[int], removed: list[int], on: dt.date
    ) -> None:
        heard.append((group.id, added, removed))

    join(asurso_group_changed)
    pupil, old, new = (
        school.persons["pupil"], school.ids["english_5a_1"], school.ids["english_5a_2"]
    )  # fmt: skip
    services.move_to_subgroup(school.actor("admin"), pupil, new, DAY)
    assert sorted(heard) == sorted([(old, [], [pupil]), (new, [pupil], [])])


def test_hook_asurso_calendar_changed(school: SmallSchool, join: Join) -> None:
    heard = []

    @hookimpl
    def asurso_calendar_changed(year_id: int, start: dt.date, end: dt.date) -> None:
        heard.append((year_id, start, end))

    join(asurso_calendar_changed)
    services.add_holiday(
        school.actor("admin"), school.ids["year"], title="Карантин", starts=DAY, ends=DAY
    )
    assert heard == [(school.ids["year"], DAY, DAY)]
