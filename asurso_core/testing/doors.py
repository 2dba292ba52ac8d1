"""The import-linter contract "front door": plugins meet only where they promise to.

Whatever is not a door is private, so no list of internals has to be kept::

    [importlinter]
    contract_types =
        front_door: asurso_core.testing.doors.FrontDoor

    [importlinter:contract:doors]
    name = Plugins meet only at their doors
    type = front_door
    packages =
        asurso_journal
        asurso_library
    doors =
        api
        hookspecs
"""

from __future__ import annotations

import configparser
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

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

    The same for plugins of the tree (``setup.cfg``) and of others (:mod:`.contract`).
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


class FrontDoor(Contract):
    """No package imports another one of the list except through the modules named as doors."""

    type_name = "front_door"

    packages = fields.SetField(subfield=fields.StringField())
    doors = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as called
        """Look at every import between two packages of the list."""
        packages = _words(self.packages)
        open_doors = {f"{package}.{door}" for package in packages for door in _words(self.doors)}
        offences = [
            (importer, imported)
            for package in sorted(packages)
            for importer in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if _package(imported) in packages - {package} and imported not in open_doors
        ]
        lines = {
            offence: [
                detail["line_number"]
                for detail in graph.get_import_details(importer=offence[0], imported=offence[1])
            ]
            for offence in offences
        }
        return ContractCheck(kept=not offences, metadata={"offences": lines})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Tell every offence with its lines."""
        for (importer, imported), lines in check.metadata["offences"].items():
            numbers = ", ".join(f"l.{number}" for number in lines)
            output.print_error(f"{importer} may not import {imported} ({numbers})", bold=False)
        doors = " and ".join(sorted(_words(self.doors)))
        output.print(f"Other plugins may be entered only through: {doors}.")
        output.new_line()


def _words(value: object) -> set[str]:
    """What a field holds once the options are read: a set of strings, not the field itself."""
    return cast("set[str]", value)


def _package(module: str) -> str:
    return module.split(".", 1)[0]
