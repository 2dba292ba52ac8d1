"""The plugin that the contract is about: found from where its tests lie, or named by an option."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asurso_core import plugins
from asurso_core.db import MODELS, owner_of


@dataclass(frozen=True)
class Subject:
    """A plugin under test, and the folder of its distribution (None: installed without it)."""

    name: str
    folder: Path | None

    @property
    def package(self) -> str:
        """Its package."""
        return f"asurso_{self.name}"

    @property
    def place(self) -> Path:
        """Where its package lies."""
        return Path(plugins.folder_of(self.package))

    @property
    def plugin(self) -> plugins.Plugin:
        """The loaded plugin; skips the test where it could not be loaded, which one test tells."""
        found = plugins.current().plugins.get(self.name)
        if found is None:
            pytest.skip(f"{self.name} is not loaded")
        return found

    @property
    def models(self) -> list[Any]:
        """Its tables."""
        return [model for model in MODELS if owner_of(model.__module__) == self.name]

    def collected(self, spec: Any) -> list[Any]:
        """What it answers to a collect hook."""
        found = plugins.current().collect(spec, everything=True)
        return [item for owner, item in found if owner is self.plugin]

    def sources(self) -> Iterator[Path]:
        """Its modules, without migrations."""
        for file in sorted(self.place.rglob("*.py")):
            if "migrations" not in file.relative_to(self.place).parts:
                yield file

    def distribution_file(self, *names: str) -> Path:
        """The first of the named files of its distribution, or where the first one should lie.

        Skips the test of a plugin that was installed without its sources.
        """
        if self.folder is None:
            pytest.skip(f"{self.name} is installed without its sources")
        found = [self.folder / name for name in names]
        return next((file for file in found if file.exists()), found[0])


def dependents(name: str) -> list[str]:
    """All plugins that stand on one, directly or not, nearest first."""
    found: list[str] = []
    for other in plugins.current().needed_by(name):
        if other not in found:
            found += [other, *(one for one in dependents(other) if one not in found)]
    return found


def find(file: Path, named: str) -> Subject:
    """The plugin that is named, or else the one in whose distribution a test file lies.

    :raises LookupError: neither says one; the text says what to write.
    """
    if named:
        try:
            folder = Path(plugins.folder_of(f"asurso_{named}")).parent
        except ModuleNotFoundError:
            raise LookupError(f"No package asurso_{named} is installed here.") from None
        return Subject(named, folder if _name_in(folder) == named else None)
    for folder in file.parents:
        name = _name_in(folder)
        if name is not None:
            return Subject(name, folder)
    raise LookupError(
        f"{file} lies in no distribution of a plugin: its pyproject.toml needs "
        '[project.entry-points.asurso] with a line like  notes = "asurso_notes.plugin"'
    )


def _name_in(folder: Path) -> str | None:
    file = folder / "pyproject.toml"
    if not file.is_file():
        return None
    told = tomllib.loads(file.read_text("utf-8"))
    points = told.get("project", {}).get("entry-points", {}).get("asurso", {})
    return next(iter(points), None)
