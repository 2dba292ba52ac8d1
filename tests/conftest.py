"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-access`` writes the access table anew instead of comparing with it."""
    parser.addoption("--update-access", action="store_true", help="write tests/access_table.csv")
