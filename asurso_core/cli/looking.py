"""Commands that only look: routes, plugins, doctor."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from flask import Flask

from asurso_core import access
from asurso_core.cli.frame import school


def route_table(app: Flask) -> list[dict[str, Any]]:
    """Every endpoint: methods, rule, door, permission, scopes, owner; sorted by endpoint."""
    known = access.permissions()
    owners: dict[str, str] = app.extensions["asurso_owner"]
    table = []
    for rule in app.url_map.iter_rules():
        door = access.door_of(app.view_functions[rule.endpoint])
        static = rule.endpoint.endswith("static")
        permission = door.permission if door is not None else None
        table.append(
            {
                "endpoint": rule.endpoint,
                "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
                "rule": rule.rule,
                "door": "public" if static else (door.kind if door is not None else None),
                "permission": permission,
                "scopes": list(known[permission].scopes) if permission else [],
                "owner": owners.get(rule.endpoint.split(".")[0], "core"),
            }
        )
    return sorted(table, key=lambda row: (row["endpoint"], row["rule"]))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def routes(as_json: bool) -> None:
    """Show every endpoint and who may enter it."""
    with school(upgraded=False) as app:
        table = route_table(app)
    if as_json:
        click.echo(json.dumps(table, ensure_ascii=False, indent=1))
        return
    for row in table:
        who = row["permission"] or row["door"]
        click.echo(f"{','.join(row['methods']):9} {row['rule']:50} {row['owner']:10} {who}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Look at the health of the school's system; exit code 1 when something failed."""
    with school(upgraded=False):
        from asurso_core.admin import checks

        found = checks.run_all()
        lines = [
            {
                "check": check.name,
                "title": str(check.title),
                "level": finding.level,
                "text": str(finding.text),
            }
            for check, finding in found
        ]
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            click.echo(f"{line['level']:8} {line['check']:4} {line['title']}: {line['text']}")
    if any(line["level"] == "failure" for line in lines):
        sys.exit(1)
