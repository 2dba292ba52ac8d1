"""Who may import whom, for plugins: the contracts of import-linter, and running them."""

from __future__ import annotations

import configparser
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

DOORS = ("api", "hookspecs")
LAYERS = (
    "(plugin)",
    "(views) | (rest) | (cli) | (jobs) | (reports) | (transfer) | (widgets) | (demo)",
    "(forms)",
    "(api)",
    "(services)",
    "(queries)",
    "(permissions)",
    "(models)",
)
_BELOW_VIEWS = ("services", "queries", "permissions", "models")
_FLASK = ("flask", "flask_babel", "flask_login", "flask_wtf", "werkzeug", "wtforms")


def contracts(packages: Sequence[str]) -> dict[str, dict[str, str]]:
    """The sections of the configuration that hold plugins to the rules of the house.

    The same for plugins of the tree (``setup.cfg``) and of others (the contract).
    """

    def several(lines: Iterable[str]) -> str:
        return "".join(f"\n{line}" for line in lines)

    listed = several(packages)
    return {
        "importlinter": {
            "root_packages": several(["asurso_core", *packages]),
            "include_external_packages": "True",
            "exclude_type_checking_imports": "True",
            "contract_types": several(["front_door: asurso_core.testing.doors.FrontDoor"]),
        },
        "importlinter:contract:doors": {
            "name": "Plugins meet only at their doors",
            "type": "front_door",
            "packages": listed,
            "doors": several(DOORS),
        },
        "importlinter:contract:public": {
            "name": "The kernel is entered one dot deep",
            "type": "forbidden",
            "source_modules": listed,
            "forbidden_modules": several(["asurso_core.*.*"]),
            "allow_indirect_imports": "True",
        },
        "importlinter:contract:layers": {
            "name": "Inside a plugin imports point down",
            "type": "layers",
            "containers": listed,
            "layers": several(LAYERS),
        },
        "importlinter:contract:views": {
            "name": "Views never touch models",
            "type": "forbidden",
            "source_modules": several(["*.views", "*.*.views"]),
            "forbidden_modules": several(["*.models", "*.*.models"]),
            "allow_indirect_imports": "True",
        },
        "importlinter:contract:no-flask": {
            "name": "Below the views there is no Flask",
            "type": "forbidden",
            "source_modules": several(
                f"{stars}.{room}" for room in _BELOW_VIEWS for stars in ("*", "*.*")
            ),
            "forbidden_modules": several(_FLASK),
            "allow_indirect_imports": "True",
        },
    }


def lint(packages: Sequence[str], folder: Path) -> str:
    """Hold installed packages to the contracts; what is broken, or an empty text.

    ``folder`` takes the configuration.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_dict(contracts(packages))
    file = folder / "imports.ini"
    with file.open("w", encoding="utf-8") as out:
        parser.write(out)
    program = "from importlinter.cli import lint_imports_command as run; run()"
    words = [sys.executable, "-c", program, "--no-cache", "--config", str(file)]
    ran = subprocess.run(  # noqa: S603 - our own words
        words, cwd=folder, capture_output=True, text=True, check=False
    )
    if ran.returncode == 0:
        return ""
    broken = ran.stdout.rpartition("Broken contracts\n----------------\n")[2].strip()
    return f"{broken}\n{ran.stderr}".strip()
