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
from tools import references

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


def test_every_hook_has_an_example_that_a_test_runs() -> None:
    # Cut from test_hook_<name>: an implementation that takes part and whose effect is asserted.
    assert sorted(set(SPECS) - set(references.examples())) == []


def test_nobody_answers_an_unknown_hook(app: Flask) -> None:
    del app
    plugins.current()._pm.check_pending()
