"""A plugin that uses what will be removed works on, and is named; in the suite it is an error."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from asurso_core import hookimpl, hookspec, plugins
from asurso_core.cli import modules
from asurso_core.deprecations import RemovedInAsurso2
from asurso_core.plugins import Plugin, PluginManager
from asurso_core.testing.make import SmallSchool
from tools import docs


@hookspec(warn_on_impl=RemovedInAsurso2("asurso_bell is removed: answer asurso_chime."))
def asurso_bell() -> str | None:
    """What the bell says."""


@hookspec(warn_on_impl_args={"loud": RemovedInAsurso2("loud is removed: bells are quiet now.")})
def asurso_chime(hour: int, loud: bool) -> str | None:
    """What the chime says."""


@pytest.fixture
def manager() -> PluginManager:
    """A manager that knows a hook, and an argument of another one, on their way out."""
    specs = types.ModuleType("specs")
    specs.asurso_bell, specs.asurso_chime = asurso_bell, asurso_chime  # type: ignore[attr-defined]
    made = PluginManager()
    made._add_specs(specs)
    return made


def _old(function: Callable[..., Any]) -> Plugin:
    module = types.ModuleType("asurso_guest.plugin")
    setattr(module, function.__name__, hookimpl(function))
    return Plugin("guest", module, "asurso_guest")


def _bell() -> Callable[[], str]:
    def asurso_bell() -> str:
        return "дзынь"

    return asurso_bell


@pytest.fixture
def running(manager: PluginManager, app: Any) -> Iterator[None]:
    """The school with that manager and all its plugins."""
    before = plugins.current()
    manager.register(before.plugins.values())
    plugins.use(manager)
    yield
    plugins.use(before)


def test_a_plugin_that_answers_a_leaving_hook_is_warned_about_and_works_on(
    manager: PluginManager,
) -> None:
    with pytest.warns(RemovedInAsurso2, match="answer asurso_chime"):
        manager.register([_old(_bell())])
    answers = [answer for _plugin, answer in manager.ask(asurso_bell, {})]
    assert answers == ["дзынь"]


def test_a_leaving_argument_is_warned_about_only_where_it_is_taken(manager: PluginManager) -> None:
    def asurso_chime(hour: int) -> str:
        return "бом" * hour

    manager.register([_old(asurso_chime)])
    assert manager.leaving["guest"] == []
    manager.leave("guest")

    def taking(loud: bool) -> str:
        return "БОМ"

    taking.__name__ = "asurso_chime"
    with pytest.warns(RemovedInAsurso2, match="bells are quiet"):
        manager.register([_old(taking)])


def test_in_a_suite_a_leaving_hook_is_an_error_and_nothing_stays_registered(
    manager: PluginManager,
) -> None:
    with pytest.raises(RemovedInAsurso2, match="answer asurso_chime"):
        manager.register([_old(_bell())])
    assert "guest" not in manager.plugins
    assert list(manager.ask(asurso_bell, {})) == []


def test_the_administrator_and_the_author_are_told(
    running: None,  # before the guest joins it
    join: Callable[..., Plugin],
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
    app: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del running
    browser = login_as("admin")
    title = "Эти модули пользуются тем, чего в следующей версии программы не будет"
    assert title not in browser.get("/admin/plugins").text
    with pytest.warns(RemovedInAsurso2):
        join(hookimpl(_bell()))
    page = browser.get("/admin/plugins").text
    assert title in page
    assert 'href="/admin/plugins/guest"' in page.split(title)[1].split("</ul>")[0]
    assert "asurso_bell is removed" in browser.get("/admin/plugins/guest").text
    modules.tell(app, "guest")
    assert "leaving   asurso_bell is removed: answer asurso_chime.\n" in capsys.readouterr().out


def test_the_page_of_hooks_says_what_will_be_removed() -> None:
    assert docs.leaving(asurso_bell)[1].startswith("**This hook will be removed**: asurso_bell")
    assert docs.leaving(asurso_chime)[1].startswith("**`loud` will be removed**: loud")
