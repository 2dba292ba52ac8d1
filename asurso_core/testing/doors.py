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

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


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
