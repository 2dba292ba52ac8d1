"""``asurso plugin …``: what the page of plugins does, for the operator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from asurso_core import plugins
from asurso_core.cli.frame import school

_REASON = "asurso plugin"


def _operator() -> Any:
    from asurso_core.actors import system

    return system(_REASON)


@click.group()
def plugin() -> None:
    """Installed plugins: list, switch on and off, remove, bring back."""


@plugin.command("list")
def list_() -> None:
    """Show every plugin, its version, state and what it stands on."""
    from asurso_core import lifecycle

    with school():
        for card in lifecycle.overview(_operator()):
            needs = f"  needs {', '.join(card.requires)}" if card.requires else ""
            why = f"  ({card.reason})" if card.reason else ""
            click.echo(
                f"{card.name:12} {card.version or '-':8} {card.state:9} {card.title}{needs}{why}"
            )


@plugin.command("info")
@click.argument("name")
def info(name: str) -> None:
    """Show what a plugin brings: rights, tables, addresses outside, hooks it answers."""
    from asurso_core import lifecycle

    with school():
        card = lifecycle.card(_operator(), name)
        click.echo(f"{card.name} {card.version}: {card.title}. {card.about}")
        click.echo(f"state     {card.state} {card.reason}".rstrip())
        click.echo(f"needs     {', '.join(card.requires) or '-'}")
        click.echo(f"needed by {', '.join(card.needed_by) or '-'}")
        click.echo(f"tables    {', '.join(card.tables) or '-'}")
        click.echo(f"outside   {', '.join(card.hosts) or '-'}")
        click.echo(f"waiting   {', '.join(card.waiting) or '-'}")
        for permission in card.rights:
            roles = ", ".join(permission.default) or "nobody"
            click.echo(f"right     {permission.name}: {permission.label} ({roles})")
        for hook in plugins.current().hooks_of(name):
            click.echo(f"hook      {hook}")


@plugin.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Switch a plugin on: make its tables, give its rights, let it take part."""
    from asurso_core import lifecycle

    with school():
        lifecycle.enable(_operator(), name)
    click.echo(f"{name} is switched on.")


@plugin.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Switch a plugin off; its data stay."""
    from asurso_core import lifecycle

    with school():
        lifecycle.disable(_operator(), name)
    click.echo(f"{name} is switched off; its data are kept.")


@plugin.command("remove")
@click.argument("name")
@click.option("--yes-remove", "typed", prompt="Type the name of the plugin to remove its data",
              help="The plugin's name once more, instead of the question.")  # fmt: skip
def remove(name: str, typed: str) -> None:
    """Archive all data of a plugin that is switched off, then drop its tables and settings."""
    from asurso_core import lifecycle

    with school() as app:
        folder = Path(app.instance_path) / "exports"
        archive = lifecycle.remove(_operator(), name, typed, folder)
    click.echo(f"The archive is {archive}. To take the code away too: pip uninstall asurso-{name}")


@plugin.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(archive: Path) -> None:
    """Bring the data of a removed plugin back from its archive; it stays switched off."""
    from asurso_core import lifecycle

    with school():
        name = lifecycle.restore(_operator(), archive)
    click.echo(f"The data of {name} are back. Switch it on: asurso plugin enable {name}")


@plugin.command("forget")
@click.argument("name")
def forget(name: str) -> None:
    """Strike a plugin off the list whose package is gone; its tables stay."""
    from asurso_core import lifecycle

    with school():
        lifecycle.forget(_operator(), name)
    click.echo(f"{name} is struck off the list.")
