"""Distributions, lock files and names fit together."""

from __future__ import annotations

import configparser
import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run", "dev")
PLUGINS = sorted(file.parent for file in (ROOT / "plugins").glob("*/pyproject.toml"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[.*\])?==([^ ;]+)( ; .+)? \\$")


def pins(name: str) -> dict[str, str]:
    """Distribution → version of a lock file."""
    lines = (ROOT / f"requirements/{name}.txt").read_text("utf-8").splitlines()
    return {match[1]: match[3] for line in lines if (match := PIN.match(line))}


def wanted(file: str) -> set[str]:
    """Requirements of a source file, without comments and references."""
    lines = (ROOT / f"requirements/{file}").read_text("utf-8").splitlines()
    return {normal(line) for line in lines if line and line[0] not in "#-"}


def normal(requirement: str) -> str:
    return requirement.replace(" ", "").replace("'", '"').lower()


def distribution(requirement: str) -> str:
    return re.split(r"[\[<>=;!~ ]", requirement, maxsplit=1)[0].lower()


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_carries_hashes(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(blocks) == len(pins(name))
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(
    "file", sorted((ROOT / "requirements").iterdir()), ids=lambda file: file.name
)
def test_requirements_name_no_host_and_no_folder_of_a_machine(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"(^|\s)(--(extra-)?index-url|--find-links|--trusted-host|-[if]\b)", text)
    assert not re.search(r"(^|\s|=)/\w", text)


def test_the_developers_lock_holds_all_of_the_running_one() -> None:
    assert pins("run").items() <= pins("dev").items()


def test_the_lock_has_everything_that_packages_ask_for() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser["options"]["install_requires"].splitlines()
    asked = {normal(line) for line in lines if line and not line.startswith("#")}
    for folder in PLUGINS:
        asked |= {normal(line) for line in project(folder)["project"]["dependencies"]}
    ours = {"asurso-core", *(f"asurso-{folder.name}" for folder in PLUGINS)}
    assert {line for line in asked if distribution(line) not in ours} == wanted("run.in")


def test_the_lock_is_as_new_as_its_sources() -> None:
    for name in LOCKS:
        sources = (
            wanted("build.in") | wanted("run.in") | (wanted("dev.in") if name == "dev" else set())
        )
        assert {distribution(line) for line in sources} <= set(pins(name))


def test_every_dependency_says_what_it_saves_us() -> None:
    page = (ROOT / "docs/developers/dependencies.md").read_text("utf-8").lower()
    named = {
        distribution(line) for file in ("build", "run", "dev") for line in wanted(f"{file}.in")
    }
    assert {name for name in named if name not in page} == set()


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_has_one_name(folder: Path) -> None:
    name = folder.name
    table = project(folder)
    assert table["project"]["name"] == f"asurso-{name}"
    assert table["project"]["entry-points"] == {"asurso": {name: f"asurso_{name}.plugin"}}
    packages = [path.parent.name for path in folder.glob("asurso_*/__init__.py")]
    assert packages == [f"asurso_{name}"]
    catalogue = f"asurso_{name}/translations"
    assert table["tool"]["setuptools-gettext"] == {"source_dir": catalogue, "build_dir": catalogue}
    found = {path.name for path in folder.glob(f"asurso_{name}/translations/*/LC_MESSAGES/*.po")}
    assert found <= {f"{name}.po"}
    for kind in ("templates", "static"):
        inside = {path.name for path in folder.glob(f"asurso_{name}/{kind}/*")}
        assert inside <= {name}


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_declares_the_plugins_it_imports(folder: Path) -> None:
    name = folder.name
    declared = {distribution(line) for line in project(folder)["project"]["dependencies"]}
    # A name used only in an annotation couples nothing at run time.
    sources = [path.read_text("utf-8") for path in folder.glob(f"asurso_{name}/**/*.py")]
    running = [re.sub(r"\nif TYPE_CHECKING:\n(?:    .*\n|\n)+", "\n", one) for one in sources]
    found = re.findall(r"^\s*(?:from|import) asurso_(\w+)", "\n".join(running), re.MULTILINE)
    imported = set(found)
    assert {f"asurso-{other}" for other in imported - {name}} <= declared


def test_what_is_installed_is_what_is_locked() -> None:
    for name, version in pins("run").items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a pin for another system
        assert installed == version, name


def test_the_kernel_gives_the_command_and_the_kit() -> None:
    points = importlib.metadata.distribution("asurso-core").entry_points
    assert {(point.group, point.name, point.value) for point in points} == {
        ("console_scripts", "asurso", "asurso_core.cli:main"),
        ("pytest11", "asurso", "asurso_core.testing.plugin"),
    }


def test_every_plugin_of_the_tree_is_installed() -> None:
    installed = {point.name for point in importlib.metadata.entry_points(group="asurso")}
    assert {folder.name for folder in PLUGINS} <= installed


def test_nothing_of_the_school_is_in_git() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    ran = subprocess.run(
        ["git", "ls-files", "instance", "*.mo", "*.sqlite3"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(ran.stdout.split()) <= {"instance/README.md", "instance/asurso.toml.example"}
