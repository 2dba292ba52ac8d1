"""What every plugin promises; the author writes one file ``tests/test_contract.py``::

    from asurso_core.testing.contract import *  # noqa: F403

Each failure says what to write. ``asurso plugin check NAME`` asks the same of an installed plugin.
``pytest --update-access`` writes the plugin's ``tests/access_table.csv`` anew; what changed in it
is then read like code.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import TemplateSyntaxError, nodes

from asurso_core import access, catalog, clock, lifecycle, plugins, privacy, schema
from asurso_core import db as database
from asurso_core.accounts import Person, User
from asurso_core.actors import system
from asurso_core.db import rows, run
from asurso_core.hookspecs.announce import asurso_installed
from asurso_core.hookspecs.collect import (
    COLLECT,
    asurso_blueprints,
    asurso_permissions,
    asurso_personal_data,
    asurso_reports,
)
from asurso_core.testing import crawl, imports
from asurso_core.testing import world as worlds
from asurso_core.testing.make import SmallSchool
from asurso_core.testing.shapes import shape
from asurso_core.testing.subject import Subject, dependents
from asurso_core.testing.subject import find as _find

__all__ = [
    "asked",
    "subject",
    "world",
    "test_it_can_be_loaded",
    "test_one_name_is_used_everywhere",
    "test_every_function_that_looks_like_a_hook_is_one",
    "test_its_tables_bear_its_name",
    "test_every_endpoint_says_who_may_enter",
    "test_every_permission_is_used_and_somebody_has_it",
    "test_every_template_compiles_and_every_page_has_a_title",
    "test_every_text_is_translated",
    "test_imports_point_down_and_stop_at_the_doors_of_others",
    "test_readme_and_changelog_are_there",
    "test_migrations_build_the_models_and_go_back_to_nothing",
    "test_who_enters_what_is_as_reviewed",
    "test_strangers_and_other_families_are_kept_out",
    "test_reports_open_for_an_empty_and_a_full_school",
    "test_what_is_kept_of_a_person_is_given_out_and_erased",
    "test_switched_off_it_leaves_no_trace_and_on_brings_all_back",
    "test_removed_and_brought_back_it_is_the_same",
]


def _demand(faults: Iterable[str]) -> None:
    """Fail with a list of what to write; the trace would only hide it."""
    told = list(faults)
    if told:
        pytest.fail("\n".join(told), pytrace=False)


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """The plugin that the contract is about."""
    try:
        return _find(request.path, request.config.getini("asurso_plugin"))
    except LookupError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def world(school: SmallSchool) -> worlds.World:
    """The small school with something of every plugin in it."""
    return worlds.build(school)


# --- what can be told without a school -----------------------------------------------------------


def test_it_can_be_loaded(subject: Subject) -> None:
    manager = plugins.current()
    parked = manager.parked.get(subject.name)
    faults = [] if parked is None else [f"{subject.name} is parked: {parked.reason}"]
    if parked is None and subject.name not in manager.plugins:
        faults.append(f"{subject.name} is not installed: pip install -e <its folder>")
    _demand(faults)


def test_one_name_is_used_everywhere(subject: Subject) -> None:
    name, place = subject.name, subject.place
    faults = (
        []
        if plugins.can_be_called(name)
        else [f"{name!r} is no name: small Latin letters, figures and _."]
    )
    if not str(subject.plugin.manifest.about):
        faults.append("plugin.py needs manifest = Manifest(title=…, about=…).")
    faults += [
        f"{room.name}/{one.name} is a foreign name: {room.name}/ holds one folder, {name}/."
        for room in (place / "templates", place / "static")
        if room.is_dir()
        for one in room.iterdir()
        if one.name != name and not one.name.startswith(".")
    ]
    faults += [
        f"translations/…/{file.name} must be called {name}.po."
        for file in place.glob("translations/*/LC_MESSAGES/*.po")
        if file.stem != name
    ]
    _demand(faults)


def test_every_function_that_looks_like_a_hook_is_one(subject: Subject) -> None:
    answered = plugins.current().hooks_of(subject.plugin.name)
    _demand(
        f"{word}() in plugin.py is never called: put @hookimpl above it."
        for word, found in vars(subject.plugin.module).items()
        if word.startswith("asurso_")
        and callable(found)
        and getattr(found, "__module__", "") == subject.plugin.module.__name__
        and word not in answered
    )


def test_its_tables_bear_its_name(subject: Subject) -> None:
    wanted = f"{subject.plugin.name}_"
    _demand(
        f"The table {_table(model)} must begin with {wanted}: take table_name out of the "
        f"Meta of {model.__name__}."
        for model in subject.models
        if not _table(model).startswith(wanted)
    )


def test_every_endpoint_says_who_may_enter(subject: Subject) -> None:
    trial = Flask("trial", static_folder=None, template_folder=None)
    for blueprint in subject.collected(asurso_blueprints):
        trial.register_blueprint(blueprint, url_prefix=f"/{subject.name}")
    _demand(
        f"Endpoint {endpoint} asks nobody: put @access.requires('{subject.name}.…') above the view."
        for endpoint, view in trial.view_functions.items()
        if access.door_of(view) is None and not endpoint.endswith("static")
    )


def test_every_permission_is_used_and_somebody_has_it(subject: Subject) -> None:
    texts = {file.relative_to(subject.place): file.read_text("utf-8") for file in subject.sources()}
    others = [text for file, text in texts.items() if file.parts[0] != "permissions.py"]
    faults = []
    for permission in subject.collected(asurso_permissions):
        literal = re.escape(permission.name)
        names = {
            found
            for text in texts.values()
            for found in re.findall(rf"^(\w+)[^=\n]*= *[\"']{literal}[\"']", text, re.MULTILINE)
        }
        pattern = "|".join([f"[\"']{literal}[\"']", *(rf"\b{one}\b" for one in sorted(names))])
        if not any(re.search(pattern, text) for text in others):
            faults.append(
                f"Nothing asks for {permission.name}: use it in a door, a query or a service, "
                "or take it out of permissions.py."
            )
        if not permission.default:
            faults.append(
                f"Nobody has {permission.name} in a new school: give it default={{…}} "
                "(role → scope)."
            )
    _demand(faults)


def test_every_template_compiles_and_every_page_has_a_title(app: Flask, subject: Subject) -> None:
    root = subject.place / "templates"
    faults = []
    for file in sorted(root.rglob("*.html")):
        name, text = file.relative_to(root).as_posix(), file.read_text("utf-8")
        try:
            app.jinja_env.compile(text, name)
        except TemplateSyntaxError as error:
            faults.append(f"{name}, line {error.lineno}: {error.message}")
            continue
        if "title" not in _blocks(app, text):
            faults.append(f"{name} has no title: add {{% block title %}}…{{% endblock %}}.")
        faults += [
            f"{name}: {match[0].strip()} is refused by browsers here: move it into a file of "
            f"static/{subject.name}/ and load it in {{% block scripts %}}."
            for match in _INLINE.finditer(text)
        ]
    _demand(faults)


#: What the policy of content (CSP) forbids in a page.
_INLINE = re.compile(r"""<script>|javascript:|<[a-z][^>{%]*?\son[a-z]+\s*=""", re.IGNORECASE)


def _blocks(app: Flask, text: str) -> set[str]:
    """Names of the blocks that a page fills; of a piece that is no page, a title is not asked."""
    tree = app.jinja_env.parse(text)
    filled = {block.name for block in tree.find_all(nodes.Block)}
    parents = [one.template for one in tree.find_all(nodes.Extends)]
    if not parents:
        return {"title"}
    parent = parents[0]
    if isinstance(parent, nodes.Const) and not str(parent.value).startswith("core/"):
        source, _name, _fresh = app.jinja_env.loader.get_source(app.jinja_env, parent.value)  # type: ignore[union-attr]
        filled |= _blocks(app, source)
    return filled


def test_every_text_is_translated(subject: Subject) -> None:
    words = catalog.Owner(subject.plugin.name, subject.place)
    others = [
        catalog.Owner(one.name, Path(plugins.folder_of(one.package)))
        for one in plugins.current().plugins.values()
        if one.name != subject.name
    ]
    advice = f"run: asurso plugin words {subject.name}"
    _demand(
        re.sub(r"run: python -m tools.catalog extract \w+", advice, line)
        for line in catalog.problems({subject.name: words}, others)
    )


def test_imports_point_down_and_stop_at_the_doors_of_others(
    subject: Subject, tmp_path: Path
) -> None:
    if find_spec("importlinter") is None:
        pytest.fail("This check needs import-linter: pip install import-linter", pytrace=False)
    needed = [plugins.current().plugins[name].package for name in subject.plugin.requires]
    # What the others do is their matter: only offences of this one are told.
    faults = imports.lint([subject.package, *needed], tmp_path)
    _demand([faults] if subject.package in faults else [])


def test_readme_and_changelog_are_there(subject: Subject) -> None:
    _demand(
        f"Write {name}: {why}."
        for name, why in (
            ("README.md", "what the school gets, permissions, settings, hooks"),
            ("CHANGELOG.md", "what changed for schools and authors, by version"),
        )
        if not subject.distribution_file(name, name.replace(".md", ".rst")).exists()
    )


# --- what needs a school; on both engines --------------------------------------------------------


def test_migrations_build_the_models_and_go_back_to_nothing(
    app: Flask, engine: str, subject: Subject
) -> None:
    del app
    name = subject.plugin.name
    if not subject.models:
        pytest.skip(f"{name} has no tables")
    wanted = shape(engine, name)
    _drop_tables(name)
    with schema.whole():
        schema.upgrade_owner(name)
    advice = f"Run: asurso db make {name} <what changed>, read the file it writes, test again."
    _demand(_unlike(shape(engine, name), wanted, advice))
    schema.downgrade(name)
    left = sorted(shape(engine, name).keys() - {"deletion"})
    _demand([f"down() leaves {', '.join(left)}: drop them, the newest first."] if left else [])
    schema.upgrade_owner(name)
    _demand(_unlike(shape(engine, name), wanted, "Down and up again gives something else."))


def _unlike(found: dict[str, Any], wanted: dict[str, Any], advice: str) -> list[str]:
    faults = []
    for table in sorted(found.keys() | wanted.keys()):
        if found.get(table) == wanted.get(table):
            continue
        if table not in found or table not in wanted:
            missing = "the migrations" if table not in found else "the models"
            faults.append(f"{table} is not in {missing}.")
            continue
        pairs = [(found[table], wanted[table])] if table == "deletion" else zip(
            found[table], wanted[table], strict=True
        )  # fmt: skip
        for made, meant in pairs:
            faults += [
                f"{table}: the migrations make {one}." for one in sorted(made - meant, key=str)
            ]
            faults += [f"{table}: the models want {one}." for one in sorted(meant - made, key=str)]
    return [*faults, advice] if faults else []


def _drop_tables(name: str) -> None:
    """As if the plugin and all that stand on it had never had tables."""
    schema.drop_guards()
    for owner in [*reversed(dependents(name)), name]:
        mine = [model for model in schema.models() if database.owner_of(model.__module__) == owner]
        database.db.obj.drop_tables(mine)


_answers: dict[tuple[str, str], crawl.Answers] = {}


@pytest.fixture
def asked(
    app: Flask,
    engine: str,
    subject: Subject,
    world: worlds.World,
    login_as: Callable[..., FlaskClient],
) -> crawl.Answers:
    """What everybody got at every address of the plugin; asked once for all tests of an engine."""
    key = (subject.plugin.name, engine)
    if key not in _answers:
        try:
            found = list(crawl.addresses(app, world.own, world.foreign, subject.name))
        except crawl.Unknown as error:
            pytest.fail(str(error), pytrace=False)
        _answers[key] = crawl.ask_all(app, found, crawl.everybody(app, login_as))
    return _answers[key]


def test_who_enters_what_is_as_reviewed(
    asked: crawl.Answers, subject: Subject, request: pytest.FixtureRequest
) -> None:
    file = subject.distribution_file("tests/access_table.csv")
    if request.config.getoption("--update-access"):
        file.write_text(asked.table(), "utf-8")
    broken = [
        f"{address.method} {address.url} fails ({max(answers)})."
        for address, _door, answers in asked.rows
        if max(answers) >= 500
    ]
    changed = crawl.differences(asked.table(), file.read_text("utf-8") if file.exists() else "")
    if changed:
        broken += [
            "Who may enter what has changed. If it is meant, run pytest --update-access; read it:",
            *changed,
        ]
    _demand(broken)


#: Readers to whom everything of the other class is foreign.
_OTHERS = ("pupil", "teacher_parent:family")


def test_strangers_and_other_families_are_kept_out(
    asked: crawl.Answers, world: worlds.World
) -> None:
    faults = [
        f"{one.method} {one.endpoint} answers {status} to somebody who is not signed in."
        for one, door, status in asked.opened("anonymous")
        if door != "public" and status not in {302, 401, 404}
    ]
    for reader in _OTHERS:
        faults += [
            f"{one.method} {one.endpoint} answers {status} to {reader} about somebody of another "
            "family: find the row by access.find(actor, permission, Model, id), which answers 404."
            for one, _door, status in asked.opened(reader)
            if one.objects == "foreign"
            and status not in {403, 404}
            and one.endpoint not in world.open_things
        ]
    _demand(faults)


def test_reports_open_for_an_empty_and_a_full_school(
    app: Flask,
    engine: str,
    subject: Subject,
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
) -> None:
    del app
    sign_in = functools.cache(login_as)
    faults = []
    paper = engine == "sqlite"
    for filled in (False, True):
        if filled:
            worlds.build(school)
        for report in subject.collected(asurso_reports):
            reader = next(
                (one for one in ("admin", "director", "deputy", "teacher", *school.users)
                 if school.actor(one).holds(report.requires)), None,
            )  # fmt: skip
            if reader is None:
                faults.append(f"Nobody may read the report {report.name}: see {report.requires}.")
                continue
            client = sign_in(reader)
            where = "a full school" if filled else "an empty school"
            # A paper takes a tenth of a second: once for each report is enough.
            for ending in ("", ".csv", ".xlsx", *([".pdf"] if filled and paper else [])):
                url = f"/reports/{report.name}{ending}"
                try:
                    status = client.get(url).status_code
                except Exception as error:  # of the plugin, whatever it is
                    faults.append(f"{url} fails in {where}: {error!r}.")
                    continue
                if status != 200:
                    faults.append(f"{url} answers {status} in {where}.")
    _demand(faults)


def test_what_is_kept_of_a_person_is_given_out_and_erased(
    app: Flask, subject: Subject, world: worlds.World
) -> None:
    items = subject.collected(asurso_personal_data)
    keeps = {column: why for item in items for column, why in item.keeps.items()}
    faults = []
    for model, field in _references(subject):
        column = f"{_table(model)}.{field.name}"
        if not items:
            faults.append(
                f"{column} refers to a person: answer the hook asurso_personal_data with a "
                "PersonalData that gives it out and erases it."
            )
            continue
        person = _somebody(model, field, world.school)
        if person is None:
            faults.append(
                f"No row of {_table(model)} is in the world of the tests: make one in "
                f"{subject.package}/testing.py, in fill(world)."
            )
            continue
        if not any(item.export(person) for item in items):
            faults.append(f"export() tells nothing of {column}.")
        if column not in keeps and _left_after_erasing(app, items, model, field, person):
            faults.append(
                f"erase() leaves {column}: empty it, delete the row, or say why it must stay: "
                f'PersonalData(…, keeps={{"{column}": "why"}}).'
            )
    _demand(faults)


def _table(model: Any) -> str:
    return str(model._meta.table_name)  # noqa: SLF001 - peewee keeps it there


def _references(subject: Subject) -> Iterator[tuple[Any, Any]]:
    for model in subject.models:
        for field in model._meta.sorted_fields:  # noqa: SLF001 - peewee keeps them there
            if getattr(field, "rel_model", None) in {Person, User}:
                yield model, field


def _somebody(model: Any, field: Any, school: SmallSchool) -> int | None:
    """Whom a column names in some row; where it names nobody yet, one row is told to."""
    person_of = (lambda user: User.get_by_id(user).person_id) if field.rel_model is User else int
    row = model.select().where(field.is_null(False)).first()
    if row is None:
        row = model.select().first()
        if row is None:
            return None
        chosen = school.users if field.rel_model is User else school.persons
        run(
            f"UPDATE {_table(model)} SET {field.column_name} = ? WHERE id = ?",  # noqa: S608
            [chosen["deputy"], row.id],
        )
        return school.persons["deputy"]
    return int(person_of(row.__data__[field.name]))


def _left_after_erasing(
    app: Flask, items: list[privacy.PersonalData], model: Any, field: Any, person: int
) -> bool:
    users = User.select(User.id).where(User.person == person)
    with crawl.taken_back(app):
        Person.update(archived_at=clock.stamp()).where(Person.id == person).execute()
        for item in items:
            item.erase(person)
        wanted = field.in_(users) if field.rel_model is User else field == person
        return bool(model.select().where(wanted).exists())


#: Refusals without a page around them, which would take most of the time.
_SHORT = {"Accept": "application/json"}


def test_switched_off_it_leaves_no_trace_and_on_brings_all_back(
    app: Flask,
    subject: Subject,
    school: SmallSchool,
    login_as: Callable[..., FlaskClient],
    plugins: Any,
) -> None:
    name = subject.plugin.name
    _made_by_migrations(name)
    world = worlds.build(school)
    before = lifecycle.checksums(name)
    own = list(crawl.addresses(app, world.own, world.foreign, name))
    kernel = [
        one for one in crawl.addresses(app, world.own, world.foreign, "core")
        if one.method == "GET" and one.objects == "-"
    ]  # fmt: skip
    done = plugins.disable(name)
    faults = []
    for who, side in crawl.READERS:
        client = login_as(who, side)
        faults += [
            f"{one.method} {one.url} answers {who} although {name} is switched off."
            for one in own
            # The door answers before anybody asks what the browser would like to read.
            if client.open(one.url, method=one.method, headers=_SHORT).status_code != 404
        ]
        if who not in {"admin", "teacher", "parent"}:
            continue
        for url in [*(one.url for one in kernel), "/search?q=а"]:
            # Ask for the page of another plugin only where web.has(endpoint) says it is there.
            answer = client.get(url)
            if answer.status_code >= 500 or f'"/{name}/' in answer.text:
                faults.append(f"{url} shows {name} or fails although {name} is switched off.")
    faults += [
        f"{spec.__name__} still gives something of {name}."
        for spec in COLLECT
        if any(owner is subject.plugin for owner, _item in _collect(spec))
    ]
    for other in reversed(done):
        plugins.enable(other)
    if lifecycle.checksums(name) != before:
        faults.append(f"Switching {name} off and on changed its data.")
    _demand(faults)


def _collect(spec: Any) -> list[tuple[Any, Any]]:
    return plugins.current().collect(spec)


def test_removed_and_brought_back_it_is_the_same(
    app: Flask, subject: Subject, school: SmallSchool, tmp_path: Path, plugins: Any
) -> None:
    name, operator = subject.plugin.name, system("test")
    _made_by_migrations(name)
    worlds.build(school)
    others = {
        table: rows(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - our own names
        for table in database.db.obj.get_tables()
        if table.startswith("core_school")
    }
    plugins.disable(name)
    removed, faults = [], []
    for other in [*reversed(dependents(name)), name]:
        before = lifecycle.checksums(other), lifecycle.kept_rows(other)
        archive = lifecycle.remove(operator, other, other, tmp_path / "exports")
        removed.append((other, archive, before))
    left = [one for one in database.db.obj.get_tables() if one.startswith(f"{name}_")]
    if left:
        faults.append(f"Removing leaves {', '.join(left)}: drop them in down().")
    faults += [
        f"Removing {name} changed {table}: down() touches only its own tables."
        for table, count in others.items()
        if rows(f"SELECT COUNT(*) FROM {table}") != count  # noqa: S608 - our own names
    ]
    for other, archive, before in reversed(removed):
        lifecycle.restore(operator, archive)
        if (lifecycle.checksums(other), lifecycle.kept_rows(other)) != before:
            faults.append(f"{other} is not the same after it was removed and brought back.")
        plugins.enable(other)
    _demand(faults)
    del app


def _made_by_migrations(name: str) -> None:
    """The tables of a plugin and of all that stand on it, built as at a school."""
    _drop_tables(name)
    for owner in [name, *dependents(name)]:
        schema.upgrade_owner(owner)
    plugins.announce(asurso_installed)
