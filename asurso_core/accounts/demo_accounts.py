"""Accounts that the sign-in page of a demonstration school offers to try."""

from __future__ import annotations

import csv
from pathlib import Path

from asurso_core.accounts import people_queries
from asurso_core.school.models import School

_COLUMNS = ("login", "password", "role", "name", "about")


def accounts(instance: str) -> list[dict[str, str]]:
    """Rows of ``demo-accounts.csv``, which the maker of the school wrote; else nothing.

    The file has the roles' names, as programs want them; here they are titles, as people read them.
    """
    if not School.select(School.id).where(School.demo == True).exists():  # noqa: E712 - SQL
        return []
    try:
        with (Path(instance) / "demo-accounts.csv").open(encoding="utf-8-sig", newline="") as lines:
            found = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    titles = people_queries.role_labels()
    rows = [{name: row.get(name) or "" for name in _COLUMNS} for row in found[:40]]
    return [{**row, "role": titles.get(row["role"], row["role"])} for row in rows]
