"""The pytest plugin that ``asurso-core`` installs: one application per engine, a rollback per test.

SQLite always runs; PostgreSQL runs too where its server binaries are installed;
``ASURSO_TEST_DB=sqlite`` or ``=postgres`` asks for one of them. With ``CI=true``
a missing PostgreSQL, Chromium or Playwright fails the run, otherwise its last lines say so loudly.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import shutil
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemLoader
from jinja2.bccache import Bucket

from asurso_core import access, clock, config, install, lifecycle, plugins, schema, settings
from asurso_core import db as database
from asurso_core.accounts import models as accounts
from asurso_core.accounts import queries as account_queries
from asurso_core.actors import system
from asurso_core.hookspecs.collect import asurso_permissions
from asurso_core.plugins import Plugin
from asurso_core.school import models as school_models
from asurso_core.testing import make as making
from asurso_core.testing import postgres

MISSING: list[str] = []


def _look_around() -> None:
    MISSING.clear()
    if postgres.find_binaries() is None:
        MISSING.append("PostgreSQL server binaries")
    if shutil.which("chromium") is None:
        MISSING.append("Chromium")
    if find_spec("playwright") is None:
        MISSING.append("Playwright")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the kit."""
    parser.addoption(
        "--update-access",
        action="store_true",
        help="write tables of access (access_table.csv) anew instead of comparing with them",
    )
    parser.addini("asurso_plugin", "the plugin that the contract is about", default="")
    parser.addini("asurso_plugins", "load only these plugins", type="args", default=[])


def pytest_report_header() -> list[str]:
    """Say which engines and browser this run has."""
    return [f"asurso: missing {name}" for name in MISSING]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Repeat loudly, in the last lines, what was missing."""
    for name in MISSING:
        terminalreporter.section("NOT TESTED", sep="!", red=True)
        terminalreporter.line(f"{name} is missing: everything that needs it was skipped.")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``CI=true`` a missing engine or browser is a failure."""
    if MISSING and os.environ.get("CI") == "true" and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _engines() -> list[Any]:
    wanted = os.environ.get("ASURSO_TEST_DB", "")
    if wanted:
        return [wanted]
    return [
        "sqlite",
        pytest.param(
            "postgres",
            marks=[
                pytest.mark.postgres,
                pytest.mark.skipif(
                    postgres.find_binaries() is None, reason="no PostgreSQL server here"
                ),
            ],
        ),
    ]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks of the house, and see what is there; a quiet run prints no header."""
    _look_around()
    config.addinivalue_line("markers", "postgres: runs on PostgreSQL")
    config.addinivalue_line("markers", "browser: drives Chromium")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Any]:
    """A scratch PostgreSQL cluster of this test process."""
    with postgres.cluster() as running:
        yield running


@pytest.fixture(scope="session", params=_engines())
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine under test; tests that use it run once on each."""
    return str(request.param)


@pytest.fixture(scope="session")
def database_url(
    engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """The address of an empty database on the engine under test."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('db') / 'asurso.sqlite3'}"
    cluster = request.getfixturevalue("postgres_cluster")
    # A run that keeps files together (--dist loadfile) comes back to an engine it had left.
    return str(cluster.create_database(f"asurso_tests_{next(_NUMBERS)}"))


_NUMBERS = itertools.count(1)


def forget_caches() -> None:
    """Empty what this process remembers of a database: settings, rights."""
    settings.forget()
    access.forget()
    account_queries.forget_grants()
    if plugins._current is not None:  # noqa: SLF001 - a manager is not loaded for this
        plugins.current().forget()


class _Compiled(BytecodeCache):
    """Templates that this process has compiled before, for an application with the same plugins.

    Texts are put in while a template is compiled, so the plugins and their catalogues count.
    """

    _kept: ClassVar[dict[Any, Any]] = {}

    def __init__(self, names: tuple[str, ...]) -> None:
        """Remember which plugins are there."""
        self._names = names

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the very same source."""
        bucket.code = self._kept.get((self._names, bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[self._names, bucket.key, bucket.checksum] = bucket.code


@contextlib.contextmanager
def serving(database_url: str, instance: Path, **options: Any) -> Iterator[Flask]:
    """An application on a database of its own; whatever was served before is served again after."""
    from asurso_core.app import create_app

    before = database.db.obj, plugins._current  # noqa: SLF001 - put back below
    database.db.initialize(None)
    plugins.use(None)
    forget_caches()
    conf = config.load(
        instance, database=database_url, secret_key="test-" * 8, testing=True, **options
    )
    try:
        app = create_app(conf)
        app.jinja_env.bytecode_cache = _Compiled(tuple(plugins.current().plugins))
        yield app
    finally:
        database.release()
        database.db.initialize(before[0])
        plugins.use(before[1])
        forget_caches()


@pytest.fixture(scope="session")
def _house(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[tuple[Flask, making.SmallSchool]]:
    only = pytestconfig.getini("asurso_plugins")
    with (
        clock.frozen(making.TODAY),
        serving(
            database_url,
            tmp_path_factory.mktemp("instance"),
            **({"plugins": only} if only else {}),
        ) as app,
    ):
        with app.app_context(), database.connection():
            schema.create_all()
            with database.transaction():
                small = making.small_school()
        yield app, small


@pytest.fixture
def app(_house: tuple[Flask, making.SmallSchool]) -> Iterator[Flask]:
    """The assembled application; everything the test writes is rolled back."""
    application = _house[0]
    with clock.frozen(making.TODAY), application.app_context(), database.connection():
        forget_caches()
        with database.db.atomic() as around:
            yield application
            around.rollback()
        forget_caches()
        application.extensions["asurso_forget"]()


@pytest.fixture
def school(_house: tuple[Flask, making.SmallSchool], app: Flask) -> making.SmallSchool:
    """The small complete school; what a test adds to its lists stays with the test."""
    del app
    small = _house[1]
    lists = {
        one.name: dict(value)
        for one in dataclasses.fields(small)
        if isinstance(value := getattr(small, one.name), dict)
    }
    return dataclasses.replace(small, **lists)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody is signed in with."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def login_as(app: Flask, school: making.SmallSchool) -> Callable[..., FlaskClient]:
    """``login_as("teacher")`` gives a client signed in as somebody of the school."""

    def sign_in(name: str, side: str | None = None) -> FlaskClient:
        app.config["WTF_CSRF_ENABLED"] = False
        browser = app.test_client()
        token = f"token-{name}-{side}"
        actor = school.actor(name, side)
        accounts.Session.create(
            key=account_queries.secret_key_of(token),
            user=school.users[name],
            side=actor.side,
            created_at=clock.stamp(),
            seen_at=clock.stamp(),
            address="127.0.0.1",
            agent="tests",
            # As if the password had just been typed again: see access.fresh.
            confirmed_at=clock.stamp(),
        )
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    return sign_in


@pytest.fixture
def join(app: Flask, tmp_path: Path) -> Iterator[Callable[..., Plugin]]:
    """``join(asurso_search)`` lets a plugin *guest* take part, with these implementations of hooks.

    Functions are named as the hooks and marked with ``@hookimpl``. ``templates`` are files of the
    guest: ``join(asurso_widgets, templates={"guest/hello.html": "…"})``. It leaves with the test.
    """
    manager = plugins.current()
    package = types.ModuleType("asurso_guest")
    package.__spec__ = ModuleSpec("asurso_guest", None, is_package=True)
    package.__file__ = str(tmp_path / "asurso_guest" / "__init__.py")
    loaders: list[Any] = app.jinja_loader.loaders  # type: ignore[union-attr]
    loaders.insert(0, FileSystemLoader(tmp_path / "asurso_guest" / "templates"))

    def enter(*functions: Callable[..., Any], templates: Mapping[str, str] | None = None) -> Plugin:
        module = types.ModuleType("asurso_guest.plugin")
        for function in functions:
            setattr(module, function.__name__, function)
        for name, text in (templates or {}).items():
            file = tmp_path / "asurso_guest" / "templates" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        sys.modules["asurso_guest"] = package
        guest = Plugin("guest", module, "asurso_guest")
        manager.register([guest])
        rights = [
            item for owner, item in manager.collect(asurso_permissions) if owner.name == "guest"
        ]
        install.grant_defaults(rights)
        plugins.PluginState.create(name="guest", rights=[one.name for one in rights])
        forget_caches()
        return guest

    try:
        yield enter
    finally:
        del loaders[0]
        compiled: Any = app.jinja_env.cache
        for key in [key for key in compiled if key[1].startswith("guest/")]:
            del compiled[key]
        sys.modules.pop("asurso_guest", None)
        plugins.folder_of.cache_clear()
        if "guest" in manager.plugins:
            manager.leave("guest")


class Statements(list[str]):
    """The SQL statements of a block, without savepoints."""


@pytest.fixture
def statements(app: Flask) -> Callable[[], contextlib.AbstractContextManager[Statements]]:
    """``with statements() as seen: …`` gathers the SQL that the block runs."""
    del app

    @contextlib.contextmanager
    def gather() -> Iterator[Statements]:
        seen = Statements()

        def note(event: Any) -> None:
            if not str(event.sql).upper().startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
                seen.append(str(event.sql))

        database.db.obj.query_hooks.append(note)
        try:
            yield seen
        finally:
            database.db.obj.query_hooks.remove(note)

    return gather


@pytest.fixture
def as_(school: making.SmallSchool, login_as: Callable[..., FlaskClient]) -> Any:
    """``as_("teacher")`` gives a client signed in as somebody new who has just this role."""
    numbers = itertools.count(1)

    def sign_in(role: str) -> FlaskClient:
        number = next(numbers)
        key = f"as_{role}_{number}"
        who = making.person(f"Новиков Роль {number}")
        school.persons[key] = who.id
        school.users[key] = making.user(who, [role], login=key).id
        return login_as(key)

    return sign_in


@pytest.fixture
def queries(
    statements: Callable[[], contextlib.AbstractContextManager[Statements]],
) -> Callable[[int], contextlib.AbstractContextManager[Statements]]:
    """``with queries(10): …`` fails when the block runs more statements, and shows them."""

    @contextlib.contextmanager
    def at_most(most: int) -> Iterator[Statements]:
        with statements() as seen:
            yield seen
        if len(seen) > most:
            listed = "\n".join(seen)
            pytest.fail(f"{len(seen)} statements instead of {most}:\n{listed}", pytrace=False)

    return at_most


@pytest.fixture
def runner(app: Flask, school: making.SmallSchool) -> Iterator[Callable[..., Any]]:
    """``runner("plugin", "list")`` runs a command of ``asurso`` on the school of the test."""
    from click.testing import CliRunner

    from asurso_core.cli import frame, main

    del school
    with frame.lent(app):
        yield lambda *words, **more: CliRunner().invoke(main, words, **more)


class Outgoing:
    """What a worker would do now."""

    def run(self, rounds: int = 20) -> int:
        """Hand facts on and do the jobs that are due until nothing is left; returns how many.

        Fails when there is no end of it. A job that fails waits for its next attempt.
        """
        from asurso_core.jobs import attempts, queue

        done = 0
        for _round in range(rounds):
            queue.fan_out()
            found = queue.due()
            if not found:
                return done
            for number in found:
                attempts.attend(number, worker=7)
            done += len(found)
        return pytest.fail(f"jobs after {rounds} rounds: {queue.due()}", pytrace=False)


@pytest.fixture
def outbox(app: Flask) -> Outgoing:
    """``outbox.run()`` does by hand what a worker does: facts are told, jobs are done."""
    del app
    return Outgoing()


class Clock:
    """The clock of a test: stands still until it is moved."""

    def __init__(self, held: contextlib.ExitStack) -> None:
        """Moves are undone by the stack, the last one first."""
        self._held = held

    def move(self, moment: str) -> None:
        """Stand at another moment: ``clock.move("2026-09-01")``, ``"2026-09-01T08:30"``."""
        self._held.enter_context(clock.frozen(moment))


@pytest.fixture(name="clock")
def _clock() -> Iterator[Clock]:
    """``clock.move("2026-09-01")`` for the rest of the test."""
    with contextlib.ExitStack() as held:
        yield Clock(held)


class Switches:
    """The plugins of a test."""

    def __init__(self, app: Flask) -> None:
        """The application whose pages change."""
        self._app = app

    def disable(self, name: str) -> list[str]:
        """Switch off a plugin and all that stand on it; the order in which it was done."""
        done: list[str] = []
        for other in plugins.current().needed_by(name, enabled=True):
            if plugins.current().is_enabled(other):
                done += self.disable(other)
        lifecycle.disable(system("test"), name)
        self._app.extensions["asurso_forget"]()
        return [*done, name]

    def enable(self, name: str) -> None:
        """Switch it on again."""
        lifecycle.enable(system("test"), name)
        self._app.extensions["asurso_forget"]()


@pytest.fixture(name="plugins")
def _plugins(app: Flask, school: making.SmallSchool) -> Switches:
    """``plugins.disable("journal")`` for the length of a test."""
    del school
    return Switches(app)


class Factory:
    """What a test adds to the small school."""

    def __init__(self, school: making.SmallSchool) -> None:
        """The school of the test."""
        self._school = school

    def person(self, name: str, *roles: str) -> accounts.Person:
        """A person; with roles there is an account too, and ``school.actor(name)`` finds it."""
        who = making.person(name)
        self._school.persons[name] = who.id
        if roles:
            self._school.users[name] = making.user(who, list(roles)).id
        return who

    def pupil(self, name: str, title: str = "5А") -> accounts.Person:
        """A pupil of a class."""
        who = self.person(name, "pupil")
        school_models.ClassMember.create(
            pupil=who, school_class=self._school.ids[title], since=making.FIRST_DAY
        )
        return who


@pytest.fixture(name="make")
def _make(school: making.SmallSchool) -> Factory:
    """``make.person("Белов Глеб", "teacher")``, ``make.pupil("Белова Ася", "5Б")``."""
    return Factory(school)
