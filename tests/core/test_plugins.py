"""The plugin manager: order, the enabled filter, checks at start, isolation of announcements."""

from __future__ import annotations

import re
import types
from typing import Any

import pytest

from asurso_core import hookimpl, plugins
from asurso_core.cli import modules
from asurso_core.db import transaction
from asurso_core.errors import PluginError
from asurso_core.hookspecs.announce import asurso_installed
from asurso_core.hookspecs.ask import asurso_landing
from asurso_core.hookspecs.collect import asurso_navigation, asurso_permissions
from asurso_core.navigation import NavItem
from asurso_core.plugins import Plugin, PluginManager, PluginState
from asurso_core.school import Subject


def module(**functions: Any) -> types.ModuleType:
    made = types.ModuleType("toy")
    for name, function in functions.items():
        function.__name__ = name
        setattr(made, name, hookimpl(function))
    return made


def toy(name: str, *requires: str, **functions: Any) -> Plugin:
    return Plugin(name, module(**functions), f"asurso_{name}", requires)


def item(name: str, order: int = 100) -> NavItem:
    return NavItem(name=name, label=name, endpoint="core.start", order=order)


def test_plugins_are_registered_after_what_they_need() -> None:
    manager = PluginManager()
    manager.register([toy("apple", "zebra"), toy("zebra")])
    assert list(manager.plugins) == ["zebra", "apple"]


def test_a_missing_dependency_stops_the_start_and_is_named() -> None:
    with pytest.raises(PluginError, match="apple needs the plugin zebra"):
        PluginManager().register([toy("apple", "zebra")])


def test_two_plugins_that_need_each_other_stop_the_start() -> None:
    with pytest.raises(Exception, match="cycle"):
        PluginManager().register([toy("a", "b"), toy("b", "a")])


def test_an_unknown_hook_stops_the_start() -> None:
    with pytest.raises(PluginError, match="asurso_navigatoin"):
        PluginManager().register([toy("apple", asurso_navigatoin=lambda: [item("x")])])


def test_two_items_with_one_name_stop_the_start_and_both_owners_are_named() -> None:
    loaded = [
        toy("apple", asurso_navigation=lambda: [item("same")]),
        toy("pear", asurso_navigation=lambda: [item("same")]),
    ]
    with pytest.raises(PluginError, match=r"apple.*pear"):
        PluginManager().register(loaded)


def test_a_failing_collection_names_the_plugin() -> None:
    def broken() -> list[Any]:
        raise ValueError("no menu today")

    with pytest.raises(PluginError, match="apple: asurso_navigation failed: no menu today"):
        PluginManager().register([toy("apple", asurso_navigation=broken)])


def test_items_are_ordered_by_their_order_and_then_by_owner() -> None:
    manager = PluginManager()
    manager.register(
        [
            toy("pear", asurso_navigation=lambda: [item("second", 20)]),
            toy("apple", asurso_navigation=lambda: [item("third", 20), item("first", 10)]),
        ]
    )
    assert [found.name for _owner, found in manager.collect(asurso_navigation)] == [
        "first",
        "third",
        "second",
    ]


def test_a_disabled_plugin_contributes_nothing(app: Any) -> None:
    del app
    manager = PluginManager()
    manager.register([toy("apple", asurso_navigation=lambda: [item("one")])])
    PluginState.create(name="apple", state="disabled")
    manager.refresh(1)
    assert manager.collect(asurso_navigation) == []
    assert not manager.is_enabled("apple")


def test_a_failing_listener_is_undone_alone_and_the_deed_stands(app: Any) -> None:
    del app

    def greedy() -> None:
        Subject.create(name="От сломанного модуля", short_name="-")
        raise RuntimeError("boom")

    def tidy() -> None:
        Subject.create(name="От исправного модуля", short_name="+")

    manager = PluginManager()
    manager.register([toy("apple", asurso_installed=greedy), toy("pear", asurso_installed=tidy)])
    PluginState.create(name="apple")
    with transaction():
        Subject.create(name="Само дело", short_name="=")
        manager.announce(asurso_installed, {})
    found = Subject.select().where(Subject.short_name.in_(["-", "+", "="]))
    names = {row.short_name for row in found}
    assert names == {"+", "="}
    manager.settle()
    state = PluginState.get(PluginState.name == "apple")
    assert (state.faults, state.last_fault) == (1, "asurso_installed: RuntimeError: boom")


def test_a_failing_answer_is_skipped(app: Any) -> None:
    del app

    def broken(actor: Any) -> str:
        raise RuntimeError(str(actor))

    manager = PluginManager()
    manager.register(
        [
            toy("apple", asurso_landing=broken),
            toy("pear", asurso_landing=lambda actor: "core.start"),
        ]
    )
    answers = [answer for _owner, answer in manager.ask(asurso_landing, {"actor": None})]
    assert answers == ["core.start"]


def test_safe_mode_loads_the_kernel_alone() -> None:
    manager = PluginManager()
    manager.load(safe_mode=True)
    assert list(manager.plugins) == ["core"]


def test_only_named_plugins_are_loaded() -> None:
    manager = PluginManager()
    manager.load(only=["timetable"])
    assert set(manager.plugins) == {"core", "timetable"}


def test_every_permission_default_names_a_known_role_and_a_declared_scope(app: Any) -> None:
    del app
    from asurso_core.accounts import Role

    roles = {role.name for role in Role.select()}
    for _owner, permission in plugins.collect(asurso_permissions):
        for role, scopes in permission.default.items():
            assert role in roles
            assert set((scopes,) if isinstance(scopes, str) else scopes) <= set(permission.scopes)


def test_a_traced_hook_tells_who_answered_what_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASURSO_TRACE", "hooks")
    manager = PluginManager()
    manager.register([toy("apple", asurso_landing=lambda actor: "core.start")])
    capsys.readouterr()
    assert list(manager.ask(asurso_landing, {"actor": [1, 2]}))
    line = r"hook asurso_landing\(actor=\[int × 2\]\) apple: 'core.start'  \d+\.\d ms\n"
    assert re.fullmatch(line, capsys.readouterr().err)


def test_a_traced_hook_that_fails_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(actor: Any) -> str:
        raise RuntimeError("boom")

    monkeypatch.setenv("ASURSO_TRACE", "sql,hooks")
    manager = PluginManager()
    manager.reraise = True
    manager.register([toy("apple", asurso_landing=broken)])
    with pytest.raises(RuntimeError):
        list(manager.ask(asurso_landing, {"actor": None}))
    assert "apple: raised RuntimeError: boom" in capsys.readouterr().err


def test_without_a_trace_the_plugins_own_function_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ASURSO_TRACE", raising=False)
    manager = PluginManager()
    plugin = toy("apple", asurso_landing=lambda actor: "core.start")
    manager.register([plugin])
    called = [impl.function for impl in manager._pm.hook.asurso_landing.get_hookimpls()]
    assert called == [plugin.module.asurso_landing]


def test_an_author_is_told_what_a_plugin_brings(
    app: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    modules.tell(app, "portfolio")
    told = capsys.readouterr().out
    for line in (
        r"fragment  portfolio\.glance in core\.person\.card",
        r"hook      portfolio_item_kinds",
        r"page      /portfolio/new/<kind>",
        r"right     portfolio\.browse: .*\(.*\)",
        r"tables    .*portfolio_item.*",
        r"versions  kernel \S+; wants asurso-core.*",
    ):
        assert re.search(f"^{line}$", told, re.MULTILINE), (line, told)
    modules.tell(app, "journal")
    told = capsys.readouterr().out
    assert "needs     timetable (Расписание)\n" in told
    assert "setting   journal.days_back_teacher = 7\n" in told


def test_needed_plugins_are_called_by_their_titles(school: Any, login_as: Any) -> None:
    browser = login_as("admin")
    page = browser.get("/admin/plugins/journal").text
    assert re.search(r"<dd>\s*Расписание\s*</dd>", page)
    assert re.search(r"<dd>\s*Дневник\s*</dd>", page)
    assert re.search(r"<td[^>]*>[^<]*Классный журнал", browser.get("/admin/plugins").text)
