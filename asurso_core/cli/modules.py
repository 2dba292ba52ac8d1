"""``asurso plugin …``: what the page of plugins does, for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from flask import Flask

from asurso_core import plugins
from asurso_core.cli.frame import school
from asurso_core.hookspecs.collect import (
    asurso_cli,
    asurso_fragments,
    asurso_settings,
    asurso_slots,
)

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
            needs = f"  needs {_named(card.requires, card.needs)}" if card.requires else ""
            why = f"  ({card.reason})" if card.reason else ""
            click.echo(
                f"{card.name:12} {card.version or '-':8} {card.state:9} {card.title}{needs}{why}"
            )


@plugin.command("info")
@click.argument("name")
def info(name: str) -> None:
    """Show what a plugin brings: versions, rights, pages, tables, slots, settings, hooks."""
    with school() as app:
        tell(app, name)


def tell(app: Flask, name: str) -> None:
    """Print what a plugin brings; raises ``NotThere``."""
    from asurso_core import __version__, lifecycle, web

    card = lifecycle.card(_operator(), name)
    click.echo(f"{card.name} {card.version}: {card.title}. {card.about}")
    wants = ", ".join(plugins.wants(name)) or "-"
    _lines("state", [f"{card.state} {card.reason}".rstrip()])
    _lines("versions", [f"kernel {__version__}; wants {wants}"])
    _lines("needs", [_named(card.requires, card.needs)])
    _lines("needed by", [_named(card.needed_by, card.needed)])
    _lines("tables", [", ".join(card.tables) or "-"])
    _lines("outside", [", ".join(card.hosts) or "-"])
    _lines("waiting", [", ".join(card.waiting) or "-"])
    _lines("leaving", card.leaving)
    _lines("right", [f"{one.name}: {one.label} ({', '.join(one.default) or 'nobody'})"
                     for one in card.rights])  # fmt: skip
    for page in _brought(name, asurso_settings):
        _lines("setting", [f"{name}.{key} = {value!r}" for key, value in page.defaults.items()])
    _lines("slot", [f"{one.name}: {one.about}" for one in _brought(name, asurso_slots)])
    fragments = _brought(name, asurso_fragments)
    _lines("fragment", [f"{one.name} in {one.slot}" for one in fragments])
    _lines("command", [f"asurso {name}: {one.get_short_help_str()}"
                       for one in _brought(name, asurso_cli)])  # fmt: skip
    _lines("hook", plugins.current().hooks_of(name))
    _lines("page", web.addresses(app, name))


def _lines(title: str, texts: Iterable[str]) -> None:
    for text in texts:
        click.echo(f"{title:9} {text}")


def _named(names: Iterable[str], titles: Iterable[str]) -> str:
    return ", ".join(f"{name} ({title})" for name, title in zip(names, titles, strict=True)) or "-"


def _brought(name: str, spec: Any) -> list[Any]:
    found = plugins.current().collect(spec, everything=True)
    return [item for owner, item in found if owner.name == name]


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
