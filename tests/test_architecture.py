"""Who may import whom: the contracts of setup.cfg hold, and cover every plugin."""

from __future__ import annotations

import configparser
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from asurso_core.testing import imports

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = sorted(file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml"))


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run()",
    ]
    return subprocess.run(
        [*program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_imports_keep_the_contracts() -> None:
    ran = lint(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("section", "option"),
    [
        ("importlinter", "root_packages"),
        ("importlinter:contract:kernel", "forbidden_modules"),
        ("importlinter:contract:doors", "packages"),
        ("importlinter:contract:public", "source_modules"),
        ("importlinter:contract:layers", "containers"),
        ("coverage:run", "source"),
    ],
)
def test_every_plugin_is_listed(section: str, option: str) -> None:
    listed = set(contracts()[section][option].split()) - {"asurso_core"}
    assert listed == {f"asurso_{name}" for name in PLUGINS}


def test_the_tree_is_held_to_the_rules_that_the_kit_asks_of_others() -> None:
    ours = contracts()
    for section, options in imports.contracts([f"asurso_{name}" for name in PLUGINS]).items():
        for option, value in options.items():
            assert sorted(ours[section][option].split()) == sorted(value.split()), (section, option)


@pytest.fixture
def two_plugins(tmp_path: Path) -> Path:
    for name in ("shop", "library"):
        package = tmp_path / f"asurso_{name}"
        package.mkdir()
        for module in ("__init__", "api", "hookspecs", "services"):
            (package / f"{module}.py").write_text("", "utf-8")
    configuration = """
        [importlinter]
        root_packages =
            asurso_shop
            asurso_library
        contract_types =
            front_door: asurso_core.testing.doors.FrontDoor

        [importlinter:contract:doors]
        name = Doors
        type = front_door
        packages =
            asurso_shop
            asurso_library
        doors =
            api
            hookspecs
        """
    (tmp_path / "setup.cfg").write_text(textwrap.dedent(configuration), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "import asurso_library.services",
        "from asurso_library import services",
        "from asurso_library.services import lend",
        "import asurso_library",
    ],
)
def test_a_plugin_may_not_climb_in_by_the_window(two_plugins: Path, line: str) -> None:
    (two_plugins / "asurso_shop/services.py").write_text(f"x = 1\n{line}\n", "utf-8")
    ran = lint(two_plugins)
    assert ran.returncode == 1
    assert "asurso_shop.services may not import asurso_library" in ran.stdout
    assert "(l.2)" in ran.stdout


@pytest.mark.parametrize(
    "line",
    ["from asurso_library import api", "from asurso_library.hookspecs import library_book_lent"],
)
def test_a_plugin_may_come_in_by_a_door(two_plugins: Path, line: str) -> None:
    (two_plugins / "asurso_shop/services.py").write_text(f"{line}\n", "utf-8")
    ran = lint(two_plugins)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("room", ["accounts", "school", "reports", "notices", "demo", "audience"])
def test_every_room_of_the_kernel_can_be_the_first_that_is_imported(room: str) -> None:
    words = [sys.executable, "-W", "error", "-c", f"import asurso_core.{room}"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
