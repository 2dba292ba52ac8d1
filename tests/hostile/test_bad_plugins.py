"""A bad plugin is contained and named, whatever is bad about it; the school goes on."""

from __future__ import annotations

from typing import Any

import pytest

from asurso_core import access, plugins
from asurso_core.db import transaction
from asurso_core.hookspecs.announce import asurso_installed
from asurso_core.school import Subject

#: Faults while the program starts: what the reason must tell.
AT_START = {
    "the import fails": ("raise RuntimeError('no luck')", "no luck"),
    "the import ends the program": ("raise SystemExit(3)", "SystemExit"),
    "the import never ends": ("while True: pass", "ended after"),
    "a misspelt hook": (
        """
        @hookimpl
        def asurso_navigatoin(): return []
        """,
        "unknown hook",
    ),
    "an argument that the hook does not have": (
        """
        @hookimpl
        def asurso_landing(actor, colour): return None
        """,
        "colour",
    ),
    "a hook that raises": (
        """
        @hookimpl
        def asurso_widgets(): raise ValueError('no widgets today')
        """,
        "no widgets today",
    ),
    "a hook that never ends": (
        """
        @hookimpl
        def asurso_widgets():
            while True: pass
        """,
        "asurso_widgets failed",
    ),
    "no list": (
        """
        @hookimpl
        def asurso_widgets(): return 7
        """,
        "not iterable",
    ),
    "items of another kind": (
        """
        @hookimpl
        def asurso_navigation(): return ["menu"]
        """,
        "NavItem was expected, not str",
    ),
    "a name that the kernel has": (
        """
        @hookimpl
        def asurso_permissions():
            return [Permission(name="core.people.view", label="Mine")]
        """,
        "foreign name",
    ),
    "a foreign blueprint": (
        """
        @hookimpl
        def asurso_blueprints(): return [Blueprint("journal", __name__)]
        """,
        "foreign name",
    ),
    "a page without a door": (
        """
        rotten = Blueprint("rotten", __name__)
        @rotten.get("/")
        def index(): return "open to everybody"
        @hookimpl
        def asurso_blueprints(): return [rotten]
        """,
        "does not say who may enter",
    ),
    "a page behind an unknown right": (
        """
        rotten = Blueprint("rotten", __name__)
        @rotten.get("/")
        @access.requires("rotten.nothing")
        def index(): return "?"
        @hookimpl
        def asurso_blueprints(): return [rotten]
        """,
        "unknown permission",
    ),
}


@pytest.mark.parametrize("fault", sorted(AT_START))
def test_a_plugin_that_does_not_fit_is_parked_and_the_school_opens(
    with_plugin: Any, fault: str
) -> None:
    code, reason = AT_START[fault]
    with with_plugin(code) as school:
        assert reason in plugins.current().parked["rotten"].reason
        assert "rotten" not in plugins.current().plugins
        assert set(plugins.current().plugins) >= {"core", "timetable", "journal", "diary"}
        school.page("/")
        page = school.page("/admin/plugins")
        assert "rotten" in page
        assert "не участвует" in page
        assert school.browser().get("/rotten/").status_code == 404


WIDGET = """
def prepare(actor):
    {body}
@hookimpl
def asurso_widgets():
    return [Widget(name="rotten.widget", title="Погода", template="rotten/w.html", prepare=prepare)]
"""
#: What a piece of the start page may do wrong.
WIDGETS = {
    "raises": ('raise RuntimeError("no weather")', "no weather"),
    "ends the program": ("raise SystemExit(1)", "SystemExit"),
    "never ends": ("while True: pass", "TooSlow"),
    "sleeps": ("time.sleep(0.6); return {}", "TooSlow"),
    "gives nonsense": ("return 5", "TypeError"),
    "has a broken template": ("return {'x': None}", "UndefinedError"),
}


@pytest.mark.parametrize("fault", sorted(WIDGETS))
def test_a_piece_of_the_start_page_that_fails_is_left_out_and_noted(
    with_plugin: Any, fault: str
) -> None:
    body, text = WIDGETS[fault]
    with with_plugin(
        WIDGET.format(body=body), **{"templates__rotten__w.html": "{{ x.y.z }}"}
    ) as school:
        page = school.page("/")
        assert "Эта часть сейчас не работает" in page
        assert text in (school.state.last_fault or "")
        assert school.state.faults == 1


def test_who_fails_three_times_is_parked_and_can_be_tried_again(with_plugin: Any) -> None:
    with with_plugin(WIDGET.format(body="raise RuntimeError('again')")) as school:
        for _time in range(3):
            school.page("/")
        assert school.state.state == "parked"
        assert "Эта часть" not in school.page("/")
        assert "again" in school.page("/admin/plugins/rotten")
        answer = school.browser().post("/admin/plugins/rotten/enable")
        assert answer.status_code == 303
        assert (school.state.state, school.state.faults) == ("enabled", 0)


def test_a_plugin_that_others_need_is_not_parked_by_its_faults(with_plugin: Any) -> None:
    with with_plugin("") as school:
        manager = plugins.current()
        for _time in range(5):
            manager.note("timetable", "somewhere", RuntimeError("x"))
        manager.settle()
        assert manager.is_enabled("timetable")
        assert "timetable" in school.page("/admin/plugins/timetable")


def test_a_menu_item_that_cannot_be_shown_is_left_out(with_plugin: Any) -> None:
    code = """
    class Label:
        def __str__(self): raise RuntimeError("no words")
    @hookimpl
    def asurso_navigation():
        return [NavItem(name="rotten.x", label=Label(), endpoint="core.start")]
    """
    with with_plugin(code) as school:
        assert "Расписание" in school.page("/")
        assert "no words" in school.state.last_fault


@pytest.mark.parametrize("body", ["raise RuntimeError('boom')", "while True: pass"])
def test_a_deed_stands_when_a_listener_fails(with_plugin: Any, body: str) -> None:
    code = f"""
    from asurso_core.school import Subject
    @hookimpl
    def asurso_installed():
        Subject.create(name="От сломанного модуля", short_name="-")
        {body}
    """
    with with_plugin(code) as school:
        with transaction():
            Subject.create(name="Само дело", short_name="=")
            plugins.announce(asurso_installed)
        plugins.current().settle()
        names = {row.name for row in Subject.select()}
        assert "Само дело" in names
        assert "От сломанного модуля" not in names
        assert "asurso_installed" in school.state.last_fault


@pytest.mark.parametrize("body", ["raise RuntimeError('boom')", "time.sleep(0.6)", "return False"])
def test_an_access_rule_that_fails_means_no(with_plugin: Any, house: Any, body: str) -> None:
    code = f"""
    @hookimpl
    def asurso_restrict(actor, permission, model):
        if permission == "core.users.view":
            {body}
    """
    from asurso_core.accounts import Person

    with with_plugin(code):
        admin = house.actor("admin")
        assert access.condition(admin, "core.users.view", Person) is False
        assert access.condition(admin, "core.users.edit", Person) is not False


def test_a_failing_page_of_its_own_is_its_own_affair(with_plugin: Any) -> None:
    code = """
    rotten = Blueprint("rotten", __name__)
    @rotten.get("/")
    @access.signed_in
    def index(): raise RuntimeError("page")
    @hookimpl
    def asurso_blueprints(): return [rotten]
    """
    with with_plugin(code) as school:
        assert school.browser().get("/rotten/").status_code == 500
        assert "page" in school.state.last_fault
        assert school.state.state == "enabled"
        school.page("/")


def test_an_answer_of_another_kind_is_skipped(with_plugin: Any, house: Any) -> None:
    from asurso_core.hookspecs.ask import asurso_landing

    code = """
    @hookimpl
    def asurso_landing(actor): return 42
    """
    with with_plugin(code) as school:
        assert plugins.first(asurso_landing, actor=house.actor("admin")) is None
        plugins.current().settle()
        assert "str was expected, not int" in school.state.last_fault


def test_a_failing_migration_changes_nothing_and_is_told(with_plugin: Any) -> None:
    code = "manifest = None"
    migration = """
    def up(migrator, db):
        db.execute_sql("CREATE TABLE rotten_one (id INTEGER PRIMARY KEY)")
        db.execute_sql("CREATE TABLE rotten_two (nonsense")
    """
    with with_plugin(code, **{"migrations__0001_first.py": migration}) as school:
        state = school.state
        state.state, state.rights = "installed", None
        state.save()
        plugins.current().refresh(-2)
        answer = school.browser().post("/admin/plugins/rotten/enable")
        assert answer.status_code == 403
        assert "ничего не изменено" in answer.text
        assert school.state.state == "installed"
        from asurso_core.db import db

        assert not db.obj.table_exists("rotten_one")
        assert "migration failed" in school.page("/admin/plugins/rotten")


def test_another_version_than_asked_for_parks_the_plugin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from types import SimpleNamespace

    from packaging.requirements import Requirement

    manager = plugins.PluginManager()
    manager.load(only=[])
    wanted = plugins.Plugin("library", SimpleNamespace(), "asurso_library")
    manager.admit([wanted], {"library": [Requirement("asurso-core>=99")]})
    assert "wants asurso-core>=99" in manager.parked["library"].reason
    del monkeypatch
