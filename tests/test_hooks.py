"""Hooks: each one is described, dated and used, and nobody answers one that does not exist."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from asurso_core import plugins
from asurso_core.hookspecs import announce, ask, collect

ROOT = Path(__file__).parents[1]


def _specs() -> Iterator[tuple[str, Any]]:
    modules = [collect, ask, announce]
    modules += [
        importlib.import_module(f"{file.parent.name}.hookspecs")
        for file in sorted(ROOT.glob("plugins/*/asurso_*/hookspecs.py"))
    ]
    for module in modules:
        for name, item in inspect.getmembers(module, inspect.isfunction):
            if item.__module__ == module.__name__ and hasattr(item, "asurso_spec"):
                yield name, item


SPECS = dict(_specs())


def test_specs_are_found() -> None:
    assert {"asurso_blueprints", "asurso_restrict", "journal_mark_set"} <= set(SPECS)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_a_hook_says_what_it_means_and_since_when(name: str) -> None:
    text = inspect.getdoc(SPECS[name]) or ""
    assert re.search(r"\.\. versionadded:: \d+\.\d+", text)
    assert len(text.split("..")[0].split()) >= 3


def test_every_hook_is_implemented_or_tested() -> None:
    files = [*ROOT.glob("asurso_core/**/*.py"), *ROOT.glob("plugins/**/*.py"),
             *ROOT.glob("tests/**/*.py")]  # fmt: skip
    texts = [
        file.read_text("utf-8") for file in files
        if "hookspecs" not in file.parts and file.name not in {"hookspecs.py", "test_hooks.py"}
    ]  # fmt: skip
    unused = [name for name in SPECS if not any(re.search(rf"\b{name}\b", one) for one in texts)]
    assert unused == []


def test_nobody_answers_an_unknown_hook(app: Flask) -> None:
    del app
    plugins.current()._pm.check_pending()
