"""The documents tell the truth: generated pages are fresh, links lead somewhere, names exist."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import click
import pytest

from asurso_core.cli import main
from asurso_core.config import Config
from tools import references

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "plugins").glob("*/*.md"),
        *(ROOT / "instance").glob("README.md"),
    ]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:`|^ {4}|[/\s])asurso ((?:[a-z][a-z-]* ?){1,2})", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def titled(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_generated_pages_are_up_to_date() -> None:
    # In a process of its own: this one speaks Russian as soon as an application was made.
    words = [sys.executable, "-m", "tools.docs", "check"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_kind_that_is_written_and_not_declared_is_found_in_the_source() -> None:
    given = 'audit.record(who, "core.x" if new else "core.y", f"core.thing:{n}", topic="school")'
    assert set(references._given(ast.parse(given))) == {"core.x", "core.y"}
    assert set(references._given(ast.parse('holds("core.people.view")'))) == set()


def test_an_example_is_cut_from_a_test_that_lets_it_take_part_and_looks_at_the_effect() -> None:
    text = textwrap.dedent("""
        def test_hook_asurso_bell(join):
            # Says it twice.
            @hookimpl
            def asurso_bell():
                return ["ding"] * 2  # fmt: skip

            join(asurso_bell)
            assert rung() == 2
        """)

    def cut(text: str) -> str:
        (test,) = ast.parse(text).body
        assert isinstance(test, ast.FunctionDef)
        return references._example(test, "asurso_bell", text.splitlines())

    lines = ["# Says it twice.", "@hookimpl", "def asurso_bell():", '    return ["ding"] * 2']
    assert cut(text).splitlines() == lines
    assert cut(text.replace("assert rung() == 2", "rung()")) == ""
    assert cut(text.replace("join(asurso_bell)", "pass")) == ""


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_links_lead_to_files_of_the_tree(page: Path) -> None:
    targets = [link.split("#")[0] for link in LINK.findall(page.read_text("utf-8"))]
    local = [link for link in targets if link and "://" not in link and "@" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_index() -> None:
    folder = ROOT / "docs"
    links = [link.split("#")[0] for link in LINK.findall(text("docs/index.md"))]
    linked = {(folder / link).resolve() for link in links} | {folder / "index.md"}
    pages = {page for page in PAGES if page.is_relative_to(folder)}
    assert sorted(titled(page) for page in pages - linked) == []


def test_the_map_names_every_package_of_the_tree() -> None:
    tops = [ROOT / "asurso_core", *(ROOT / "plugins").glob("*/asurso_*")]
    folders = {file.parent for top in tops for file in top.rglob("__init__.py")}
    shown = text("docs/developers/map.md")
    missing = [
        titled(folder)
        for folder in sorted(folders)
        if f"{titled(folder)}/" not in shown
        and folder.name not in {"migrations", "__pycache__"}
        and "scaffold" not in folder.parts
    ]
    assert missing == []


def test_the_map_names_every_folder_of_the_root() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    if not listed:
        pytest.skip("not a git checkout")
    shown = text("docs/developers/map.md")
    folders = sorted({name.split("/")[0] for name in listed if "/" in name})
    assert [name for name in folders if f"`{name}/" not in shown] == []


def _of_plugin(name: str) -> click.Command | None:
    """What a plugin brings under ``asurso <plugin>``."""
    if not (ROOT / "plugins" / name).is_dir():
        return None
    bring = getattr(import_module(f"asurso_{name}.plugin"), "asurso_cli", list)
    return next(iter(bring()), None)


@pytest.mark.parametrize("page", PAGES, ids=titled)
def test_commands_in_the_documents_exist(page: Path) -> None:
    for words in COMMAND.findall(page.read_text("utf-8")):
        group: click.Command = main
        for word in words.split():
            if not isinstance(group, click.Group) or word == "plugin>":
                break
            found = group.commands.get(word) or _of_plugin(word)
            assert found is not None, f"asurso {words.strip()}"
            group = found


def test_the_readme_names_every_command() -> None:
    shown = text("README.md")
    names = [f"asurso {name}" for name, command in main.commands.items() if not command.hidden]
    assert [name for name in names if name not in shown] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    shown = text("README.md")
    assert "make test" in shown
    assert shown.index("make demo") < shown.index("## ")


def test_every_option_of_the_configuration_is_told() -> None:
    shown = text("docs/operators/install.md")
    names = set(Config.__dataclass_fields__) - {"instance", "secret_key", "testing"}
    assert sorted(name for name in names if f"`{name}`" not in shown) == []


def test_every_health_check_is_told() -> None:
    from asurso_core.hookspecs.collect import asurso_health_checks
    from tools import docs

    shown = text("docs/operators/doctor.md")
    names = [check.name for _plugin, check in docs.loaded().collect(asurso_health_checks)]
    assert [name for name in names if f"| {name} |" not in shown] == []


@pytest.mark.parametrize(
    "name",
    ["access", "audit", "transactions", "plugins", "journal-edits", "testing", "map"],
)
def test_pages_of_ideas_end_with_why_not_otherwise(name: str) -> None:
    assert "**Why not otherwise.**" in text(f"docs/developers/{name}.md")
