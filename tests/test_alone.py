"""Each plugin of the tree alone: the kernel, what it declares to stand on, and nothing else.

Its contract is asked on SQLite, without asking every address as everybody: with all plugins
installed that was compared with the same table a moment ago.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from asurso_core import plugins
from tests.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
NAMES = sorted(file.parent.name for file in (ROOT / "plugins").glob("*/pyproject.toml"))


def with_needs(name: str) -> set[str]:
    needs = plugins.current().plugins[name].requires
    return {name}.union(*(with_needs(other) for other in needs))


@pytest.mark.parametrize("name", NAMES)
def test_a_plugin_keeps_its_contract_with_nothing_but_what_it_declares(
    name: str, tmp_path: Path
) -> None:
    wanted = with_needs(name)
    place = Environment(tmp_path / "python", wanted)
    listed = place.run(
        "-c",
        "from importlib.metadata import entry_points as e; "
        "print(*sorted(p.name for p in e(group='asurso')))",
    )
    assert set(listed.stdout.split()) == wanted
    ran = place.asurso("plugin", "check", name, "--engine", "sqlite", "--quick")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 broken" in ran.stdout
