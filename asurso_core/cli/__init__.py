"""The command line ``asurso``."""

from __future__ import annotations

import click

from asurso_core import __version__
from asurso_core.cli.data import database, demo, import_, init
from asurso_core.cli.looking import doctor, plugin, routes
from asurso_core.cli.people import person, user
from asurso_core.cli.serving import serve


class Commands(click.Group):
    """The kernel's commands, and under the name of each plugin the commands it brings."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return [*super().list_commands(ctx), *_plugin_commands()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """A command by name; plugins are asked only for what the kernel does not have."""
        return super().get_command(ctx, name) or _plugin_commands().get(name)


def _plugin_commands() -> dict[str, click.Command]:
    from asurso_core import plugins
    from asurso_core.hookspecs.collect import asurso_cli

    return {owner.name: command for owner, command in plugins.collect(asurso_cli)}


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="asurso")
def main() -> None:
    """asurso: a school information system made of plugins."""


for _command in (init, serve, demo, database, plugin, user, person, routes, import_, doctor):
    main.add_command(_command)
